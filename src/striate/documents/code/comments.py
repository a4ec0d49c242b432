"""Sizes and counts that comments of code state of its layers: `# 28x28x1 -> 26x26x32`, `# 18,496 parameters`.

A comment is read where all of it is sizes, counts and their names, and is prose otherwise.
"""

import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import final

from striate.documents.code.source import ParsedBlock
from striate.documents.patterns import pattern_of
from striate.shapes import Features, Image, Shape
from striate.table import Claim, Claims


Numbers = tuple[int, ...]

# The number of examples, as it is written ahead of sizes.
_BATCH = r"(?:batch(?:[_ ]?size)?|bs|b|n|m|none|\?|-1)"
_TIMES = r"\s*[x×*@]\s*"
_COUNT = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:\.\d+)?[kKmM]\b|\d+)"
_PARTS = pattern_of(
    rf"""
      (?: [\d\s()+*x×]+=\s* )? (?P<number> {_COUNT} )
        \s*(?:(?:trainable|learnable)\s+)?(?:param(?:eter)?s?\b|파라미터|매개변수|参数|參數|パラメータ)
    | (?P<listed> (?P<torch>torch\.size)?\s*[(\[]\s*\(?\[? (?P<items> (?:{_BATCH}|\d+) (?:\s*,\s*\d+){{1,3}} ) ,?\s*\]?\)?[)\]] )
    | [(\[] \s* (?P<alone> \d+ ) \s*,?\s* [)\]]
    | (?P<batched> {_BATCH} (?:\s*,\s*|{_TIMES}) \d+ (?:(?:\s*,\s*|{_TIMES})\d+){{0,2}} )
    | [(\[]? (?P<times> \d+ (?:{_TIMES}\d+){{1,2}} ) [)\]]?
    | (?P<arrow> -+>|=+>|→|⇒ )
    | (?P<out> (?:output|out|resulting|new)?\s*(?:shape|size)\b | outputs?\b | out\b | 출력(?:\s*크기)? | 输出 | 輸出 | 出力 )
    | (?P<in> inputs?\s*(?:shape|size)\b | inputs?\b | in\b | 입력(?:\s*크기)? | 输入 | 輸入 | 入力 )
    | (?: param(?:eter)?s?\b | 파라미터 | 매개변수 | 参数 ) \s*[:=]\s* (?P<behind> {_COUNT} ) (?![\d.]|\s*[%*x×+])
    | (?P<other> [\s,;:|.=/]+ | 개\b )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_WORTH = pattern_of(r"#.*\d")
_PLANE, _MAPS = 2, 3
_LONGEST = 120


@final
@dataclass(frozen=True, slots=True)
class Said:
    """What one comment states.

    Args:
        line: Its line.
        before: Sizes that come in; empty if it does not say them.
        after: Sizes that come out, without the number of examples.
        parameters: The count as printed.
        is_bare: Whether nothing says that the sizes come out.
    """

    line: int
    before: Numbers = ()
    after: Numbers = ()
    parameters: str = ""
    is_bare: bool = False


def comments_of(block: ParsedBlock) -> list[Said]:
    """Read the comments that stand behind code on its line."""
    if not any(_WORTH.search(line) for line in block.lines):
        return []
    found: list[Said] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO("\n".join(block.lines)).readline):
            is_behind = token.type == tokenize.COMMENT and token.line[: token.start[1]].strip()
            said = meaning_of(token.string, token.start[0] + block.start - 1) if is_behind else None
            found += [said] if said is not None else []
    except (tokenize.TokenError, SyntaxError):
        return found
    return found


def meaning_of(comment: str, line: int) -> Said | None:
    """Read a comment that consists of sizes and counts alone; None for prose.

    >>> meaning_of("# 28x28x1 -> 26x26x32", 3)
    Said(line=3, before=(28, 28, 1), after=(26, 26, 32), parameters='', is_bare=False)
    >>> meaning_of("# 2 of 3x3x64 convolutions", 3)
    """
    text, at = comment.lstrip("#").strip(), 0
    if len(text) > _LONGEST:
        return None
    before: list[Numbers] = []
    after: list[Numbers] = []
    parameters: list[str] = []
    pending: Numbers = ()
    role = ""
    while at < len(text):
        part = _PARTS.match(text, at)
        if part is None or part.end() == at:
            return None
        at = part.end()
        sizes = _numbers(part)
        if sizes is not None:
            # One number alone is a size where it is called so.
            if len(sizes) == 0 or pending or (part["alone"] and not role):
                return None
            if role == "in":
                before.append(sizes)
            elif role == "out":
                after.append(sizes)
            else:
                pending = sizes
            role = ""
        elif part["arrow"]:
            before += [pending] if pending else []
            pending, role = (), "out"
        elif part["in"] or part["out"]:
            role = "in" if part["in"] else "out"
        elif part["number"] or part["behind"]:
            parameters.append(part["number"] or part["behind"])
    after += [pending] if pending else []
    if max(len(before), len(after), len(parameters)) != 1:
        return None
    return Said(
        line,
        before[0] if before else (),
        after[0] if after else (),
        parameters[0] if parameters else "",
        is_bare=bool(pending),
    )


def _numbers(part: re.Match[str]) -> Numbers | None:
    """Give the sizes of one example that a part states: none if they may mean something else, None if it states none."""
    if part["alone"]:
        return (int(part["alone"]),)
    if part["times"]:
        sizes = tuple(map(int, re.findall(r"\d+", part["times"])))
        # `5 * 5` is a product.
        return () if len(sizes) == _PLANE and "*" in part["times"] else sizes
    if part["batched"]:
        return tuple(map(int, re.findall(r"\d+", part["batched"].removeprefix("-1"))))
    if not part["listed"]:
        return None
    first, *others = re.split(r"\s*,\s*", part["items"])
    sizes = tuple(map(int, others))
    if part["torch"] or not first.isdigit() or len(sizes) == _MAPS:
        return sizes
    return (int(first), *sizes) if len(sizes) == _PLANE else ()


@final
@dataclass(frozen=True, slots=True)
class Stated:
    """What a comment states of one row.

    Args:
        said: The comment.
        place: The number of the row.
        came: What comes into the row.
        output: What comes out of it.
        kernel: Height and width of its window; empty if it has none.
        counted: The number of the row that alone holds the parameters of the comment's line.
    """

    said: Said
    place: int
    came: Shape | None
    output: Shape | None
    kernel: Numbers
    counted: int | None


def claims_of(stated: Sequence[Stated]) -> tuple[dict[int, Claims], str]:
    """Give what comments claim of rows, by their number, and what is told of them.

    Sizes are claims where most of those in comments agree with the rows: others may be kernels, or stand for
    another input.
    """
    sized = [(one, shape) for one in stated if (shape := _sized(one)) is not None]
    right = sum(agrees(one.said.after, shape) for one, shape in sized)
    claims: dict[int, Claims] = {}
    lines: set[int] = set()
    if 2 * right >= len(sized):
        # Of two comments on one row, the one that is wrong is told.
        for one, shape in sorted(sized, key=lambda each: agrees(each[0].said.after, each[1])):
            claim = replace(_sizes(one.said.after, shape), line=one.said.line)
            claims.setdefault(one.place, claim)
            lines.add(one.said.line)
    for one in stated:
        if one.said.parameters and one.counted is not None:
            known = claims.get(one.counted, Claims(line=one.said.line))
            claims[one.counted] = replace(known, parameters=Claim(one.said.parameters))
            lines.add(one.said.line)
    if lines:
        return claims, f"Its comments are compared with the rows: {_listed(lines)}."
    if sized:
        counted = f"{right} of {len(sized)}"
        where = _listed({one.said.line for one, _ in sized})
        return {}, f"Sizes in its comments are not compared, as {counted} agree: {where}."
    return {}, ""


def _sized(one: Stated) -> Shape | None:
    """Give what comes out of a row if a comment states its size, and not what comes in, or a kernel."""
    sizes, output = one.said.after, one.output
    if not sizes or output is None or (len(sizes) == 1) != isinstance(output, Features):
        return None
    if not one.said.is_bare or agrees(sizes, output):
        return output
    is_kernel = bool(one.kernel) and one.kernel in {sizes[:_PLANE], sizes[-_PLANE:]}
    is_input = one.came is not None and agrees(sizes, one.came)
    return None if is_kernel or is_input else output


def agrees(sizes: Numbers, shape: Shape) -> bool:
    """Whether sizes are those of a shape, with the maps first or last.

    >>> agrees((5, 7, 64), Image(64, 5, 7))
    True
    """
    return any(sizes == one for one in _orders(shape))


def _orders(shape: Shape) -> Iterator[Numbers]:
    if isinstance(shape, Image):
        yield (shape.channels, shape.height, shape.width)
        yield (shape.height, shape.width, shape.channels)
        yield (shape.height, shape.width)
    else:
        yield shape.axes


def _sizes(sizes: Numbers, shape: Shape) -> Claims:
    """Give sizes as claims; where they contradict a shape, in the order that leaves most of it right."""
    if len(sizes) < _MAPS or not isinstance(shape, Image):
        return Claims(size=sizes)
    first, last = (sizes[0], sizes[1:]), (sizes[2], sizes[:2])

    def distance(order: tuple[int, Numbers]) -> int:
        return (order[0] != shape.channels) + (order[1] != (shape.height, shape.width))

    maps, size = min(first, last, key=distance)
    return Claims(maps=maps, size=size)


def _listed(lines: set[int]) -> str:
    ordered = sorted(lines)
    return ("line " if len(ordered) == 1 else "lines ") + ", ".join(map(str, ordered))
