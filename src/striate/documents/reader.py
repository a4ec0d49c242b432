"""From a Markdown text to its networks, with every fault in it and no torch."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from itertools import count, islice, pairwise
from pathlib import Path
from typing import final

from striate.documents.blocks import attach, is_codes, is_connection_table
from striate.documents.data_sets import Mention, data_set_of, mention_in
from striate.documents.document import Document, usual_recipe
from striate.documents.forms import names_input, outlines_of, read_listings, split_file
from striate.documents.forms.recognition import SAVED
from striate.documents.heading import Heading
from striate.documents.language import language_of
from striate.documents.parts import Block, Grid, NetworkRead, Parts
from striate.documents.rows import is_layer_table, is_own_form, is_side_head, read_rows, with_heads
from striate.documents.vocabulary import column_of
from striate.errors import DocumentError, Fault, NoNetworkError
from striate.errors.arguments import need
from striate.errors.blocks import fence_not_closed
from striate.errors.documents import (
    columns_lost,
    document_too_long,
    folder_for_file,
    meaningless_group,
    no_network,
    no_such_network,
    other_input,
    several_networks,
    too_many_rows,
    too_many_tables,
    unreadable_file,
)
from striate.errors.forms import form_not_read, library_for_form, no_config_in_file, no_text
from striate.errors.recipes import optimizer_not_stated, values_are_taken
from striate.errors.remark import Remark
from striate.preparation import Preparation, TextPreparation
from striate.recipe import Recipe
from striate.shapes import Shape
from striate.table import Table, Unreadable


LONGEST = 5_000_000
"""Most characters of a document: a hundred times what lecture notes of a term hold."""

MOST_TABLES = 200
"""Most tables of a document that are read as other people write them: each is solved for what it leaves out."""


MOST_ROWS = 1000
"""Most rows of such a table."""


def read_networks(
    text: str, where: str, given: Shape | None = None, *, own_form: bool = False
) -> tuple[Document, ...]:
    """Read every network of a Markdown text.

    A table with the headings Layer and Type is a network, or a side head of the network above it if
    its first row is of the type Side head; and so is a Sequential of Keras or PyTorch in a block of
    Python, which is never run. The connection tables and drawn codes between a network's table and the
    next one belong to it, and those above the first one to the first.
    What cannot be read becomes a fault of the document that it stands in, with its line.

    Args:
        text: The whole text.
        where: Its path or name, for messages.
        given: What comes in, for a table or code that does not say it.
        own_form: Read tables in our headings alone, as Striate writes them: what reads other people's need not be
            loaded.

    Returns:
        One document a network, in the order of the text.

    Raises:
        NoNetworkError: There is neither in it.
        DocumentError: It is too long, or a fence without an end may have swallowed what there is.
    """
    need("text", text, str, "the text of a document")
    if len(text) > LONGEST:
        raise DocumentError(document_too_long(where, len(text), LONGEST))
    parts = split_file(text, where)
    heading = _heading_of(parts)
    foreign = [] if own_form else _foreign_in(parts, where)
    known = {grid.line for grid in foreign}
    others = _whole(foreign)
    layer_tables = [grid for grid in parts.grids if grid.line not in known and is_layer_table(grid)]
    grids = [grid for grid in layer_tables if not is_side_head(grid)]
    codes = [] if own_form else _read_code(parts, grids, given)
    if not own_form:
        codes += read_listings(parts, given, is_alone=not (grids or others or codes))
    if not grids and not codes and not others and not own_form:
        # Points and diagrams beside a table, or code, tell of it; alone they are the network.
        others = [grid for grid in outlines_of(parts) if is_foreign(grid) and _names_layers(grid)]
        _refuse_endless(others)
    if not grids and not codes and not others:
        raise _none_found(parts, heading, where)
    reader = _Reader(parts, heading, where, is_alone=len(grids) + len(codes) + len(others) == 1)
    bounds = [0, *(grid.line for grid in grids[1:]), sys.maxsize]
    networks = [
        reader.of_own(grid, within, given)
        for grid, within in zip(grids, pairwise(bounds), strict=False)
    ]
    networks += [reader.of_read(read) for read in codes]
    networks += [
        reader.of_read(read) for grid in others for read in reader.interpreted(grid, given)
    ]
    networks.sort(key=lambda network: network.line or 0)
    if given is not None:
        networks = _with_given(networks, given)
    language = language_of(parts)
    return _uniquely_named([replace(network, language=language) for network in networks])


def _heading_of(parts: Parts) -> Heading:
    """Read the front matter, if there is any."""
    if parts.front_matter is None:
        return Heading()
    from striate.documents.front_matter import read_front_matter

    return read_front_matter(parts.front_matter)


def _none_found(parts: Parts, heading: Heading, where: str) -> DocumentError:
    """Say that a text holds no network; a fence without an end may have swallowed one."""
    endless = [block for block in parts.blocks if not block.is_closed]
    swallowed = (fence_not_closed(block.info, block.line) for block in endless)
    raised = DocumentError if endless else NoNetworkError
    from striate.documents.forms.unread import lost_columns, unread_form

    unread, lost = unread_form(parts), lost_columns(parts)
    if unread is not None:
        missing = form_not_read(where, *unread)
    elif lost is not None:
        missing = columns_lost(where, *lost)
    else:
        missing = no_network(where, len(parts.grids), len(parts.blocks))
    return raised(*heading.faults, *swallowed, missing)


def read_file(
    path: Path, given: Shape | None = None, *, own_form: bool = False
) -> tuple[Document, ...]:
    """Read every network of a file, in any form or in our own alone.

    Raises:
        DocumentError: The file cannot be read, or holds no network.
    """
    ending = path.suffix.casefold()
    if ending == ".onnx":
        return _read_graph(path, given)
    try:
        if ending in SAVED:
            return read_networks(_saved_config(path), str(path), given)
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DocumentError(_unopened(path, error)) from error
    except UnicodeDecodeError as error:
        from striate.documents.forms.unread import binary_form

        holds = binary_form(ending)
        problem = f"byte {error.start} is not UTF-8"
        fault = unreadable_file(str(path), problem) if holds is None else no_text(str(path), holds)
        raise DocumentError(fault) from error
    return read_networks(text, str(path), given, own_form=own_form)


def _unopened(path: Path, error: OSError) -> Fault:
    """Say what is wrong with a file that cannot be opened; of a folder, which file in it holds a network."""
    if not path.is_dir():
        return unreadable_file(str(path), error.strerror or str(error))
    inside = next((name for name in _TABLES_IN_FOLDERS if (path / name).is_file()), None)
    return folder_for_file(str(path), None if inside is None else str(path / inside))


_TABLES_IN_FOLDERS = ("network.md", "README.md")
"""Where the folder of a run, and that of a bundle, keep their network."""


def _saved_config(path: Path) -> str:
    """Read which model a file of Keras holds."""
    if path.suffix.casefold() != ".keras" and find_spec("h5py") is None:
        raise DocumentError(library_for_form(str(path), "HDF5", "h5py", "keras"))
    from striate.documents.forms.keras_config import saved_config

    config = saved_config(path, LONGEST)
    if config is None:
        raise DocumentError(no_config_in_file(str(path)))
    return config


def _read_graph(path: Path, given: Shape | None) -> tuple[Document, ...]:
    """Read the one network of a file that is no text."""
    if find_spec("onnx") is None:
        raise DocumentError(library_for_form(str(path), "ONNX", "onnx", "export"))
    from striate.documents.forms.onnx_files import read_onnx

    try:
        read = read_onnx(path, given)
    except OSError as error:
        raise DocumentError(unreadable_file(str(path), error.strerror or str(error))) from error
    reader = _Reader(Parts(None, "", (), (), ""), Heading(), str(path), is_alone=True)
    network = reader.of_read(read)
    return (network,) if given is None else tuple(_with_given([network], given))


def choose(networks: tuple[Document, ...], choice: str | None, where: str) -> Document:
    """Pick one network of a document, by its name or its number from 1.

    Raises:
        DocumentError: The choice is missing or fits none.
    """
    names = [network.name for network in networks]
    if not choice:
        if len(networks) == 1:
            return networks[0]
        raise DocumentError(several_networks(where, names))
    if choice.isdecimal() and 1 <= int(choice) <= len(networks):
        return networks[int(choice) - 1]
    for network in networks:
        if choice.casefold() in {network.name.casefold(), network.title.casefold()}:
            return network
    called = [network.name for network in networks if choice in network.other_names]
    if len(called) == 1:
        return next(network for network in networks if network.name == called[0])
    if called:
        raise DocumentError(several_networks(where, called))
    raise DocumentError(no_such_network(where, choice, names))


@final
@dataclass(frozen=True, slots=True)
class _Reader:
    """Makes documents of the networks of one text.

    Args:
        parts: The text in parts.
        heading: Its front matter, read.
        where: Its path or name.
        is_alone: Whether it holds one network, which then bears the document's name.
    """

    parts: Parts
    heading: Heading
    where: str
    is_alone: bool

    def of_own(self, grid: Grid, within: tuple[int, int], given: Shape | None) -> Document:
        """Read a table in our headings, whose cells may be written as other people write them all the same."""
        network = self.of_grid(grid, within)
        start, end = within
        is_sound = network.table.input is not None and not any(
            isinstance(row.layer, Unreadable) for row in network.table.rows
        )
        # Options, connection tables and side heads belong to our form alone.
        if (
            is_sound
            or not _may_be_foreign(grid)
            or any(
                start < other.line < end and (is_connection_table(other) or is_side_head(other))
                for other in self.parts.grids
            )
        ):
            return network
        from striate.documents.table import is_network

        reads = self.interpreted(grid, given) if is_network(grid) else []
        is_whole = len(reads) == 1 and not reads[0].faults
        return self.of_read(reads[0]) if is_whole else network

    def of_grid(self, grid: Grid, within: tuple[int, int]) -> Document:
        """Read a table of layers, with the blocks that stand between two lines."""
        start, end = within
        heads = [
            read_rows(head, _meaning_of)
            for head in self.parts.grids
            if start < head.line < end and is_layer_table(head) and is_side_head(head)
        ]
        read = with_heads(read_rows(grid, _meaning_of), heads)
        blocks = attach(
            Table(read.rows, read.totals, read.totals_line),
            [
                other
                for other in self.parts.grids
                if start < other.line < end and other is not grid and is_connection_table(other)
            ],
            [block for block in self.parts.blocks if start < block.line < end and is_codes(block)],
        )
        recipe = usual_recipe(blocks.table)
        if self.heading.recipe is not None:
            recipe = self._stated(recipe, blocks.table)
        return replace(
            self._document(blocks.table, grid.heading, grid.line),
            recipe=recipe,
            remarks=self._of_recipe(recipe, frozenset()),
            stated_fields=self.heading.stated,
            body=self.parts.body if self.is_alone else "",
            recipe_line=self.heading.recipe_line,
            reading_faults=(
                *self.heading.faults,
                *_faults_of_groups(self.heading, blocks.table),
                *read.faults,
                *blocks.faults,
            ),
        )

    def interpreted(self, grid: Grid, given: Shape | None) -> list[NetworkRead]:
        """Read a table as people write it, with the sentences around it."""
        from striate.documents.table import read_table
        from striate.documents.table.prose import read_prose

        own = {line for line, _ in grid.lines}
        near = tuple(said for said in self.parts.section(grid.line) if said[0] not in own)
        told = own | {line for line, _ in near}
        end = sys.maxsize if self.is_alone else self.parts.introduction_end
        far = [one for one in self.parts.prose if one[0] not in told and one[0] < end]
        return read_table(grid, read_prose(near, far, grid.line), self.parts.grids, given)

    def of_read(self, read: NetworkRead) -> Document:
        """Make a document of a network in another form; what the front matter says of training is stronger."""
        usual = usual_recipe(read.table)
        # Beside an optimizer of its own, what belongs to another one has no place.
        usual = Recipe(loss=usual.loss) if "optimizer" in read.fields else usual
        recipe, line = replace(usual, **read.fields), read.training_line
        if self.heading.recipe is not None:
            recipe = self._stated(recipe, read.table)
            line = self.heading.recipe_line if self.heading.has_loss or not read.has_loss else line
        made = self._document(read.table, read.heading, read.line, read.name)
        remarks = self._of_recipe(recipe, frozenset(read.fields))
        if read.preparation is not None and self.heading.preparation is None:
            made = replace(made, preparation=read.preparation)
            remarks += (values_are_taken(read.preparation.values, read.preparation_line),)
        return replace(
            made,
            recipe=recipe,
            recipe_line=line,
            reading_faults=(
                *self.heading.faults,
                *_faults_of_groups(self.heading, read.table),
                *read.faults,
            ),
            remarks=(*read.remarks, *remarks),
            stated_fields=self.heading.stated | frozenset(read.fields),
            other_names=read.other_names,
            training_faults=read.training_faults,
        )

    def _stated(self, usual: Recipe, table: Table) -> Recipe:
        """Lay the fields of the front matter over a recipe, as flags are laid over one."""
        stated, names = self.heading.recipe or Recipe(), self.heading.stated
        if "optimizer" in names:
            # What belongs to another optimizer has no place beside it.
            is_descent = stated.optimizer in {"sgd", "nesterov"}
            usual = Recipe(loss=usual.loss) if is_descent else usual_recipe(table)
        return replace(usual, **{name: getattr(stated, name) for name in names})

    def _of_recipe(self, recipe: Recipe, read: frozenset[str]) -> tuple[Remark, ...]:
        """Say which optimizer is used where a recipe states none."""
        stated = self.heading.stated | read
        if self.heading.recipe is None or "optimizer" in stated:
            return ()
        rate, line = recipe.learning_rate, self.heading.recipe_line
        return (optimizer_not_stated(recipe.optimizer, rate, line),)

    def _document(self, table: Table, heading: str, line: int, column: str = "") -> Document:
        named, name = self.heading, self.heading.name
        above = column or (self.parts.title if self.is_alone else heading)
        title = above or name or Path(self.where).stem
        return Document(
            name=name if self.is_alone and name and not column else _slug(title),
            table=table,
            title=title,
            source=named.source,
            data=named.data,
            preparation=named.preparation or Preparation(),
            text=named.text or TextPreparation(),
            where=self.where,
            line=line,
            mention=self._mention(line),
        )

    def _mention(self, line: int) -> Mention | None:
        if self.heading.data:
            known = data_set_of(self.heading.data)
            return None if known is None else Mention(known)
        return mention_in(self.parts.section(line))


def _with_given(networks: list[Document], given: Shape) -> list[Document]:
    """Report an input that was given and that every network of the document contradicts.

    A network that is not read has its faults. Beside one that reads what was given, the others keep what
    they say.
    """
    if any(network.table.input == given for network in networks):
        return networks
    return [_contradicted(network, given) for network in networks]


def _contradicted(network: Document, given: Shape) -> Document:
    came = network.table.input
    if came is None and network.faults:
        return network
    fault = other_input(
        str(given), "none that can be read" if came is None else str(came), network.line
    )
    return replace(network, reading_faults=(*network.reading_faults, fault))


def _foreign_in(parts: Parts, where: str) -> list[Grid]:
    """Give the tables in other people's forms, of which only so many are solved."""
    found = list(islice((grid for grid in parts.grids if is_foreign(grid)), MOST_TABLES + 1))
    if len(found) > MOST_TABLES:
        raise DocumentError(too_many_tables(where, MOST_TABLES))
    _refuse_endless(found)
    return found


def _refuse_endless(grids: list[Grid]) -> None:
    endless = [
        too_many_rows(len(grid.lines), MOST_ROWS, grid.line)
        for grid in grids
        if len(grid.lines) > MOST_ROWS
    ]
    if endless:
        raise DocumentError(*endless)


def _whole(grids: list[Grid]) -> list[Grid]:
    """Join tables of counts to those whose rows they count, and the end of a network to its beginning."""
    if not grids:
        return grids
    from striate.documents.table import with_counts, with_ends

    return with_ends(with_counts(grids))


def is_foreign(grid: Grid) -> bool:
    """Whether a table of layers is written as other people write it."""
    if is_own_form(grid) or is_connection_table(grid):
        return False
    from striate.documents.table import is_network

    return is_network(grid)


def _may_be_foreign(grid: Grid) -> bool:
    """Whether a table in our headings has none that only this project uses."""
    return not {column_of(title) for title in grid.titles} & {"Options", "Initialization", "From"}


def _names_layers(grid: Grid) -> bool:
    """Whether nearly each line of an outline names a layer in its first cell; the others are reported.

    Where none of them is the input every line must, most with numbers, the first of them a convolution: notes that
    explain layers point by point have points without numbers, or of other things.
    """
    from striate.documents.table.phrases import CONVOLUTIONS, POOLINGS
    from striate.documents.table.words import ops_in

    texts = [" ".join(cells) for _, cells in grid.lines]
    ops = [{op for _, _, op in ops_in(text)} for text in texts]
    if names_input(" ".join(grid.lines[0][1])):
        return sum(map(bool, ops)) >= _NAMED * len(texts)
    kinds = CONVOLUTIONS | POOLINGS | {"dense"}
    counted = [
        bool(re.search(r"\d", text)) for text, op in zip(texts, ops, strict=True) if op & kinds
    ]
    return (
        all(ops)
        and bool(ops[0] & CONVOLUTIONS)
        and len(counted) >= _FEWEST
        and sum(counted) >= _COUNTED * len(counted)
    )


_NAMED = 0.75
"""Least share of the lines of an outline that name layers."""
_FEWEST, _COUNTED = 3, 0.8
"""Fewest layers of an outline without an input, and the least share of them that have numbers."""


def _meaning_of(heading: str) -> str | None:
    from striate.documents.table.words import own_heading

    return own_heading(heading)


def _read_code(parts: Parts, grids: list[Grid], given: Shape | None) -> list[NetworkRead]:
    """Read the networks in the blocks of code."""
    if not any(_may_be_code(block) for block in parts.blocks):
        return []
    from striate.documents.code import read_code

    ends = (*parts.headings, *(grid.line for grid in grids))
    return read_code(parts.blocks, ends, given, parts.prose)


def _may_be_code(block: Block) -> bool:
    """Whether a block can hold a network: drawn codes cannot, nor what calls nothing and names no language."""
    return not is_codes(block) and bool(block.info or any("(" in line for line in block.lines))


def _uniquely_named(networks: list[Document]) -> tuple[Document, ...]:
    """Number the names that stand twice, so that each network can be told from the others."""
    taken = {network.name for network in networks}
    seen: dict[str, Iterator[int]] = {}
    named: list[Document] = []
    for network in networks:
        name = network.name
        if name in seen:
            # Counting goes on where it stopped, so that many networks of one name take no quadratic time.
            numbers = seen[name]
            name = next(free for number in numbers if (free := f"{name}-{number}") not in taken)
        seen.setdefault(name, count(2))
        taken.add(name)
        named.append(replace(network, name=name))
    return tuple(named)


def _faults_of_groups(heading: Heading, table: Table) -> Iterator[Fault]:
    """Report a preparation of pictures for sentences, and the other way round."""
    if table.input is None:
        return
    if table.words is None and heading.text_line is not None:
        yield meaningless_group("text", "no sentences", heading.text_line)
    if table.words is not None and heading.input_line is not None:
        yield meaningless_group("input", "sentences", heading.input_line)


def _slug(title: str) -> str:
    return re.sub(r"[^\w]+", "-", title.casefold()).strip("-") or "network"
