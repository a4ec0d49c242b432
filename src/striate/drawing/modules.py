"""A graph in fewer letters: a line a block as ResNet was drawn, and modules that come again drawn once, with a letter."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from string import ascii_uppercase
from typing import final

from striate.drawing.blocks import Block, span
from striate.drawing.figure import QUIET, Item, Text, bounds
from striate.drawing.graph import Label, draw_graph
from striate.drawing.words import Language, after_convolutions, briefly
from striate.shapes import Image


_BETWEEN = 14.0
"""Between the graph and the modules, in points."""


@final
@dataclass(frozen=True, slots=True)
class Module:
    """Blocks between one that is read and one that joins them, which come more than once in a network.

    Args:
        letter: By which it is named.
        blocks: What it reads, as the first, and its own; the last one joins them.
    """

    letter: str
    blocks: tuple[Block, ...]


def draw_lines(blocks: tuple[Block, ...], size: float, language: Language) -> Iterator[Item]:
    """Draw blocks of one line each: what they do, and what comes out where it is not as large as what they read."""
    usual = _usual(blocks)
    labels = [(Label(_line(block, blocks, usual, language)),) for block in blocks]
    items = list(draw_graph(blocks, labels, size))
    yield from items
    yield from _note(items, usual, size, language)


def draw_modules(blocks: tuple[Block, ...], size: float, language: Language) -> Iterator[Item]:
    """Draw blocks of one line each, modules as one block with its maps, and each kind of module once beside them."""
    trunk, modules = folded(blocks)
    usual = _usual(blocks)
    labels = [
        (
            Label(f"{block.name}, {block.size}" if block.name else block.size, is_bold=True),
            Label(block.operation),
        )
        if block.is_module
        else (Label(_line(block, trunk, usual, language)),)
        for block in trunk
    ]
    items = list(draw_graph(trunk, labels, size))
    graph, top = tuple(items), bounds(items)[1]
    for module in modules:
        parts = [(Label(module.letter, is_bold=True),)]
        parts += [
            (Label(", ".join((briefly(block.operation, language), *_after(block, usual)))),)
            for block in module.blocks[1:]
        ]
        inside = list(draw_graph(module.blocks, parts, size))
        left, above, _, below = bounds(inside)
        right = _edge(graph, top, top + below - above) + _BETWEEN
        items += [item.moved(right - left, top - above) for item in inside]
        top += below - above + _BETWEEN
    yield from items
    yield from _note(items, usual, size, language)


def _edge(items: Sequence[Item], top: float, bottom: float) -> float:
    """Return how far a graph reaches to the right between two heights."""
    extents = (bounds((item,)) for item in items)
    return max(
        (
            right
            for _, up, right, down in extents
            if up < bottom + _BETWEEN and down > top - _BETWEEN
        ),
        default=0.0,
    )


def _usual(blocks: Sequence[Block]) -> tuple[str, ...]:
    """Return what follows most convolutions, where something follows each of them."""
    after = Counter(block.in_place for block in blocks if block.family == "convolution")
    if not after or () in after:
        return ()
    ((usual, times),) = after.most_common(1)
    return usual if times > 1 else ()


def _note(
    items: Sequence[Item], usual: tuple[str, ...], size: float, language: Language
) -> Iterator[Item]:
    """Say under a graph what its lines leave out."""
    if usual:
        left, _, _, bottom = bounds(items)
        text = after_convolutions(", ".join(usual), language)
        yield Text((left, bottom + 1.8 * size), text, size, "start", QUIET)


def _line(
    block: Block, blocks: tuple[Block, ...], usual: tuple[str, ...], language: Language
) -> str:
    """Say in one line what a block does and gives."""
    if not block.operation:
        return f"{block.name} {block.size}"
    read = [blocks[source] for source in block.sources]
    is_smaller = isinstance(block.output, Image) and block.sides != read[0].sides
    size = block.size if is_smaller else f"{block.maps:,}"
    operation = briefly(block.operation, language)
    if block.family == "join":
        operation = block.name or operation
        size = block.size
        if all(source.output == block.output for source in read):
            operation, size = briefly(block.operation, language), ""
    return ", ".join(part for part in (operation, size, *_after(block, usual)) if part)


def _after(block: Block, usual: tuple[str, ...]) -> tuple[str, ...]:
    return () if block.family == "convolution" and block.in_place == usual else block.in_place


def folded(blocks: tuple[Block, ...]) -> tuple[tuple[Block, ...], tuple[Module, ...]]:
    """Put one block in the place of each module whose structure comes at least twice.

    Returns:
        The blocks, and the kinds of modules in the order in which they come.
    """
    found = list(_regions(blocks))
    structures = {at: _structure(blocks, members, fork) for at, members, fork in found}
    times = Counter(structures.values())
    letters: dict[object, Module] = {}
    names = (letter * number for number in count(1) for letter in ascii_uppercase)
    inside: set[int] = set()
    instead: dict[int, Block] = {}
    for at, members, fork in found:
        structure = structures[at]
        if times[structure] < 2 or inside & set(members):  # noqa: PLR2004 - drawn once, it would be named for nothing
            continue
        if structure not in letters:
            letters[structure] = Module(next(names), _numbered(blocks, members, fork))
        inside |= set(members)
        words = f"{letters[structure].letter}: {_widths(blocks, at, fork)}"
        instead[at] = replace(
            blocks[at], operation=words, sources=(fork,), in_place=(), is_module=True
        )
    kept = [at for at in range(len(blocks)) if at not in inside or at in instead]
    place = {at: number for number, at in enumerate(kept)}
    trunk = [instead.get(at, blocks[at]) for at in kept]
    renumbered = tuple(
        replace(block, sources=tuple(place[source] for source in block.sources)) for block in trunk
    )
    return _runs(renumbered), tuple(letters.values())


def _regions(blocks: tuple[Block, ...]) -> Iterator[tuple[int, tuple[int, ...], int]]:
    """Give each join, the blocks between it and the last one that all its ways pass, and that one; the smallest first."""
    above: list[frozenset[int]] = []
    passed: list[
        frozenset[int]
    ] = []  # blocks on every way from the input to this one, itself among them
    readers: dict[int, set[int]] = {at: set() for at in range(len(blocks))}
    for at, block in enumerate(blocks):
        above.append(frozenset({at}).union(*(above[source] for source in block.sources)))
        common = (
            frozenset.intersection(*(passed[source] for source in block.sources))
            if block.sources
            else frozenset()
        )
        passed.append(common | {at})
        for source in block.sources:
            readers[source].add(at)
    regions = []
    for at, block in enumerate(blocks):
        if len(block.sources) > 1:
            fork = max(passed[at] - {at})
            members = tuple(sorted(above[at] - above[fork]))
            if all(readers[member] <= set(members) for member in members if member != at):
                regions.append((at, members, fork))
    yield from sorted(regions, key=lambda region: len(region[1]))


def _structure(blocks: tuple[Block, ...], members: tuple[int, ...], fork: int) -> object:
    """Return what two modules have in common that differ in their maps alone."""
    place = {fork: -1} | {member: number for number, member in enumerate(members)}
    return tuple(
        (
            blocks[member].family,
            blocks[member].operation,
            blocks[member].in_place,
            tuple(place[source] for source in blocks[member].sources),
        )
        for member in members
    )


def _numbered(blocks: tuple[Block, ...], members: tuple[int, ...], fork: int) -> tuple[Block, ...]:
    """Give a module as a network of its own, whose input is what it reads."""
    place = {fork: 0} | {member: number for number, member in enumerate(members, 1)}
    own = [replace(blocks[fork], family="other", sources=())]
    own += [
        replace(blocks[member], sources=tuple(place[source] for source in blocks[member].sources))
        for member in members
    ]
    return tuple(own)


def _widths(blocks: tuple[Block, ...], join: int, fork: int) -> str:
    """Give the maps of the convolutions of each way through a module: `64 | 96→128 | 16→32 | 32`."""
    ways = []
    for source in blocks[join].sources:
        maps: list[str] = []
        at = source
        while at != fork:
            if blocks[at].family not in {"pooling", "other"}:
                maps.insert(0, f"{blocks[at].maps:,}")
            at = blocks[at].sources[0]
        ways += ["→".join(maps)] if maps else []
    return " | ".join(ways)


def _runs(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Put one block in the place of equal modules that follow one another."""
    readers = Counter(source for block in blocks for source in block.sources)
    kept: list[Block] = []
    place: dict[int, int] = {}
    names: list[list[str]] = []
    for at, block in enumerate(blocks):
        sources = tuple(place[source] for source in block.sources)
        is_again = (
            block.is_module
            and sources == (len(kept) - 1,)
            and readers[block.sources[0]] == 1
            and (kept[-1].operation, kept[-1].output) == (block.operation, block.output)
        )
        if is_again:
            names[-1].append(block.name)
        else:
            kept.append(replace(block, sources=sources))
            names.append([block.name])
        place[at] = len(kept) - 1
    return tuple(
        replace(block, name=span(run), operation=f"{len(run)} × {block.operation}")
        if len(run) > 1
        else block
        for block, run in zip(kept, names, strict=True)
    )
