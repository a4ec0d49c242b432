"""Read lists of layers as lectures write them: `INPUT -> [CONV3-64 -> RELU]*2 -> FC-10`, or one a line."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import final

from striate.documents.forms.building import MOST_LAYERS, NO_CLAIMS, Builder, image_of
from striate.documents.forms.list_habits import habits_around
from striate.documents.forms.list_items import FUNCTIONS, ItemNumbers, word_of
from striate.documents.forms.recognition import INPUT_WORDS
from striate.documents.parts import Block, NetworkRead
from striate.documents.patterns import pattern_of
from striate.errors.forms import (
    form_input_unknown,
    form_not_parsed,
    list_item_ambiguous,
    list_item_not_understood,
    list_words_not_understood,
    missing_form_number,
)
from striate.errors.inference import words_not_taken
from striate.layers import (
    Activation,
    AveragePooling,
    BatchNormalization,
    Convolution,
    Dropout,
    Flatten,
    FullyConnected,
    GlobalPooling,
    Input,
    Layer,
    MaxPooling,
    Padding,
    ResponseNormalization,
    Window,
)
from striate.shapes import Features, Image, Shape
from striate.table import Claim, Claims, Unreadable


FORM = "list of layers"
# A plus between two words of layers stands for an arrow: `CONV3-8 + BN + RELU`.
_MARK = pattern_of(r"-{1,3}>|={1,2}>|→|⟶|➔|➜|⇒|›|»|\+(?=[ \t]?[^\W\d])")
_ARROW = pattern_of(rf"[ \t]{{0,2}}(?:{_MARK.pattern})[ \t]{{0,2}}")
_FIRST = INPUT_WORDS
_START = pattern_of(rf"^[ \t>*+\-`\"']*(?:\d+[.)]\s*)?\[?\s*{_FIRST}", re.IGNORECASE)
# Words may stand ahead of the input and its arrow: `Architecture: Input (32x32x3) → ...`.
_LABEL = pattern_of(
    rf"^[^→⟶➔➜⇒›»]{{0,60}}?(?<![^\s`*\[(])(?=\[?{_FIRST}[^→⟶➔➜⇒›»\n]{{0,40}}?(?:{_MARK.pattern}))",
    re.IGNORECASE,
)
_REPEAT = pattern_of(r"\s*[*×x]\s*([A-Za-z0-9?]{1,20})")
_REPEAT_BEHIND = pattern_of(r"\s+[x×](\d{1,3})$")
_SIZE = pattern_of(r"\d+(?:\s*[x×*,]\s*\d+)+")
_COLOURS = {
    "rgb": 3, "colour": 3, "color": 3, "컬러": 3, "grey": 1, "gray": 1, "greyscale": 1, "grayscale": 1, "흑백": 1,
}  # fmt: skip
_LONGEST = 4_000
"""Most characters of a line of a list; what is longer is no list that a person wrote."""
_DEEPEST = 10
"""Most brackets around an item."""
_SHORT = 40
"""Most characters of a line that goes on with a list and has no arrow."""
_ITEMS = ("INPUT", "CONV", "POOL", "AVGPOOL", "RELU", "FC", "DROPOUT", "BN", "SOFTMAX")


@final
@dataclass(frozen=True)
class _Item:
    """One layer of a list, with the line on which it stands and what stands behind it."""

    text: str
    line: int
    claims: Claims = NO_CLAIMS
    size: tuple[int, ...] = ()


def is_list(lines: Iterable[str]) -> bool:
    """Whether lines hold a list of layers: arrows behind an input, or a layer with its size a line."""
    texts = [line for line in lines if line.strip()]
    if any(len(line) > _LONGEST for line in texts):
        return False
    texts = [_plain(line) for line in texts]
    starts = [line for line in texts if _START.match(line)]
    if any(len(_ARROW.findall(line)) > 1 for line in starts):
        return True
    if starts and sum(bool(_ARROW.match(line.strip())) for line in texts) > 1:
        return True
    return len(_lines_of_layers(list(enumerate(texts, 1)))) >= _LEAST


_WORDS = 3
"""Blanks of a line that may be a sentence, and tell of all layers."""

_LEAST = 3
"""Fewest lines of a list: an input, a layer, an output."""


def read_lists(block: Block, around: str, given: Shape | None = None) -> Iterator[NetworkRead]:
    """Read the lists of layers of a block.

    Args:
        block: The text that holds them.
        around: The prose around it, which may say whether convolutions keep the size.
        given: What comes in, where a list does not say it.

    Returns:
        One network a list; each begins with its input.
    """
    numbered = list(enumerate(map(_plain, block.lines), block.line + 1))
    starts = [index for index, (_, text) in enumerate(numbered) if _START.match(text)] or [0]
    parts = [
        numbered[start:end] for start, end in zip(starts, [*starts[1:], len(numbered)], strict=True)
    ]
    sentences = [
        text for _, text in numbered if text.count(" ") >= _WORDS and not _ARROW.search(text)
    ]
    around = "\n".join([*sentences, around])
    for part in parts:
        if is_list(dict(part).values()):
            yield _read_list(part, block.heading, around, given)


def _plain(line: str) -> str:
    """Give a line without a label ahead of its input, and with single blanks, which keeps searches linear."""
    indent = line[: len(line) - len(line.lstrip())]
    return _LABEL.sub("", indent[:1] + _BLANKS.sub(_narrowed, line.strip()), count=1)


def _narrowed(blanks: re.Match[str]) -> str:
    return "  " if len(blanks[0]) > 1 else blanks[0]


_BLANKS = pattern_of(r"[ \t]{2,}")


def _read_list(
    numbered: list[tuple[int, str]], heading: str, around: str, given: Shape | None
) -> NetworkRead:
    rows = Builder()
    items = _lines_of_layers(numbered)
    if len(items) < _LEAST:
        items = _expanded(numbered, rows)
    start = numbered[0][0]
    _Reader(rows, items, around, start, given).read()
    totals, totals_line = _totals(numbered)
    table = rows.table(merged=True, totals=totals, totals_line=totals_line)
    from striate.documents.table.functions import linear_layers

    rows.remarks += linear_layers(table.rows)
    return NetworkRead(
        table,
        start,
        heading,
        faults=tuple(rows.faults),
        remarks=tuple(rows.remarks),
    )


def _lines_of_layers(numbered: Sequence[tuple[int, str]]) -> list[_Item]:
    """Give the layers of a list that has one a line, each with the size that comes out of it.

    Lines between two of them are items without a size: what they say is not passed over.
    """
    found: list[_Item] = []
    between: list[_Item] = []
    has_windows = _has_windows([text for _, text in numbered])
    for line, text in numbered:
        stripped = text.strip().lstrip("*-+ ")
        head, colon, tail = stripped.partition(":")
        if not found and not (colon and _START.match(head)):
            continue
        sized = _SIZED.match(tail)
        is_window = has_windows and found and _PAIR.fullmatch(tail)
        if not colon or not sized or is_window or _ARROW.search(text):
            if stripped and not stripped.startswith(("#", "//", "`", "=", "(")):
                between.append(_Item(stripped, line))
            continue
        size = tuple(int(number) for number in re.findall(r"\d+", sized["within"] or sized["bare"]))
        found += [*between, _Item(head.strip(), line, _weights(tail), size)]
        between = []
    return found


_PAIR = pattern_of(r"\s*(\d{1,9})\s*[x×*]\s*(\d{1,9})\s*,?\s*")
_WIDEST_WINDOW = 11


def _has_windows(texts: Sequence[str]) -> bool:
    """Whether pairs behind colons are windows, as in `Max-Pooling: 2×2`: all are small, and no layer has another size."""
    tails = [text.partition(":")[2] for text in texts]
    sizes = [tail for tail in tails if _SIZED.match(tail)][1:]
    pairs = [found for tail in sizes if (found := _PAIR.fullmatch(tail))]
    is_sized = any(re.search(r"\d\s*[x×*,]\s*\d+\s*[x×*,]\s*\d|\[", tail) for tail in sizes)
    return not is_sized and all(max(int(pair[1]), int(pair[2])) <= _WIDEST_WINDOW for pair in pairs)


# Without brackets a size is followed by nothing, or by a wide space: `FC: 96 11x11 filters` tells of a layer.
_SIZED = pattern_of(
    r"\s*(?:\[\s*(?P<within>\d{1,9}(?:\s*[x×*, ]\s*\d{1,9})*)\s*\]"
    r"|(?P<bare>\d{1,9}(?:\s*[x×*]\s*\d{1,9})*)(?=\s*$|\s{2}|\t|,))"
)


def _weights(tail: str) -> Claims:
    """Give what a line claims of its weights: the last number of a sum that it spells out."""
    weights = re.search(rf"{_WEIGHTS}[^:]*:\s*(.*)$", tail, re.IGNORECASE)
    last = weights and re.search(
        r"([\d,]+(?:\.\d+)?[KMG]?)\s*$", weights[1].strip().rstrip("."), re.IGNORECASE
    )
    if not last or last[1] == "0" or not last[1].strip(","):
        return NO_CLAIMS
    return Claims(parameters=Claim(last[1]))


def _totals(numbered: list[tuple[int, str]]) -> tuple[Claims, int | None]:
    """Give the total of weights that a line claims, which may tell of the memory as well."""
    for line, text in numbered:
        if not re.match(r"\W*(?:TOTAL|합계|총)", text, re.IGNORECASE):
            continue
        found = _TOTAL_BEHIND.search(text) or _TOTAL_AHEAD.search(text)
        if found:
            return Claims(parameters=Claim(found[1].replace(" ", ""))), line
    return Claims(), None


_WEIGHTS = r"(?:weights?|param\w*|가중치|파라미터)"
_COUNT = r"(\d[\d,]*(?:\.\d+)?(?:\s*[KMG](?![a-z]))?)(?![\w.])"
_TOTAL_BEHIND = pattern_of(rf"{_WEIGHTS}[^\d,;]{{0,40}}{_COUNT}", re.IGNORECASE)
_TOTAL_AHEAD = pattern_of(rf"{_COUNT}\s*{_WEIGHTS}", re.IGNORECASE)


def _expanded(lines: list[tuple[int, str]], rows: Builder) -> list[_Item]:
    """Write a pattern out: groups in brackets, repeated as often as `*n` says."""
    tokens = list(_tokens(lines))
    items, end = _sequence(tokens, 0, 0, rows)
    if end < len(tokens):
        came = f"{tokens[end - 1][1]!r} closes a bracket that is not there"
        rows.faults.append(
            form_not_parsed(FORM, came, "a bracket for each that closes", tokens[end - 1][2])
        )
    return items


def _tokens(lines: list[tuple[int, str]]) -> Iterator[tuple[str, str, int]]:
    """Give brackets, repetitions and items; a bracket behind an item holds its numbers."""
    for line, text in _joined(lines):
        rest = text.strip().strip("`").strip()
        while rest:
            arrow = _ARROW.match(rest)
            if arrow:
                rest = rest[arrow.end() :]
            elif rest[0] in "[({":
                yield "open", rest[0], line
                rest = rest[1:].lstrip()
            elif rest[0] in "])}":
                yield "close", rest[0], line
                rest = rest[1:]
                repeat = _REPEAT.match(rest)
                if repeat:
                    yield "times", repeat[1], line
                    rest = rest[repeat.end() :]
                optional = rest.startswith("?")
                rest = rest[1:].lstrip() if optional else rest.lstrip()
            else:
                item, rest = _item(rest)
                behind = _REPEAT_BEHIND.search(item)
                yield "item", item[: behind.start()] if behind else item, line
                if behind:
                    yield "times", behind[1], line
                repeat = _REPEAT.match(rest) if rest.lstrip()[:1] in {"*", "×"} else None
                if repeat:
                    yield "times", repeat[1], line
                    rest = rest[repeat.end() :]
                rest = rest.lstrip()


def _joined(lines: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Give the lines of one pattern: it ends where a line neither has an arrow nor is a layer."""
    latest, is_open = lines[0][0], True
    for line, text in lines:
        words = text.strip().strip("`").strip()
        if not words:
            continue
        arrows = list(_ARROW.finditer(words))
        is_layer = bool(arrows) or (len(words) <= _SHORT and word_of(words)[0] is not None)
        # An arrow at the end of a line, or at the beginning of the next one, leads across empty lines.
        is_near = line <= latest + 1 or is_open or bool(arrows and arrows[0].start() == 0)
        if line != lines[0][0] and not (is_layer and is_near):
            return
        yield line, text
        latest, is_open = line, bool(arrows) and arrows[-1].end() == len(words)


def _item(text: str) -> tuple[str, str]:
    """Cut one item off, with the brackets that belong to it: `CONV[3x3, 64]`, `INPUT [48x48x3]`."""
    depth, at = 0, 0
    while at < len(text):
        mark = text[at]
        if mark in "[({":
            inner = text[at + 1 : at + 20].lstrip()
            if depth == 0 and not (inner[:1].isdigit() or re.match(r"[^\W\dA-Z_]|[%/]", inner)):
                break
            depth += 1
        elif mark in "])}":
            if depth == 0:
                break
            depth -= 1
        elif depth == 0 and (
            (mark in "*×" and not _is_product(text, at)) or _ARROW.match(text, at)
        ):
            break
        at += 1
    return text[:at].strip(" ,;`"), text[at:]


def _is_product(text: str, at: int) -> bool:
    """Whether a sign of times stands within a size, `5×5`, and not ahead of a repetition, `CONV3-8*2`."""
    before, after = text[:at].rstrip(), text[at + 1 : at + 20]
    number = re.search(r"(.?)\d+$", before)
    is_apart = len(before) < at and after[:1].isdigit()
    return bool(number and number[1] != "-" and after.lstrip()[:1].isdigit() and not is_apart)


def _sequence(
    tokens: list[tuple[str, str, int]], at: int, depth: int, rows: Builder
) -> tuple[list[_Item], int]:
    """Give the items up to the end of a bracket, and the place behind it."""
    items: list[_Item] = []
    latest: list[_Item] = []
    while at < len(tokens):
        kind, value, line = tokens[at]
        at += 1
        if kind == "close":
            return items, at
        if kind == "times":
            items += _repeated(latest, value, MOST_LAYERS - len(items), line, rows)
            continue
        if kind == "open":
            if depth == _DEEPEST:
                came = f"brackets stand more than {_DEEPEST} deep"
                rows.faults.append(form_not_parsed(FORM, came, "brackets less deep", line))
                return items, len(tokens)
            latest, at = _sequence(tokens, at, depth + 1, rows)
        else:
            latest = [_Item(value, line)] if value else []
        items += latest
    if depth:
        needed = "a bracket that closes for each that opens"
        rows.faults.append(form_not_parsed(FORM, "a bracket is not closed", needed, tokens[-1][2]))
    return items, at


def _repeated(latest: list[_Item], count: str, room: int, line: int, rows: Builder) -> list[_Item]:
    """Give the items that a repetition adds behind those that stand there once."""
    times = int(count) if count.isdecimal() else 0
    if not times:
        needed = "how often it is repeated, a number"
    elif len(latest) * (times - 1) > room:
        needed = f"fewer than {MOST_LAYERS:,} layers"
    else:
        return latest * (times - 1)
    rows.faults.append(missing_form_number(f"*{count}", needed, line))
    return []


class _Reader:
    """Makes rows of the items of a list."""

    def __init__(
        self,
        rows: Builder,
        items: list[_Item],
        around: str,
        start: int,
        given: Shape | None,
    ) -> None:
        self.rows = rows
        self.items = items
        self.given = given
        self.start = start
        self.counts: dict[str, int] = {}
        self.habits = habits_around(around)
        self.told: set[str] = set()

    def read(self) -> None:
        """Add every row."""
        first = self.items[0] if self.items else None
        kind, rest = word_of(first.text) if first else (None, "")
        shape = self._input(rest, first) if first and kind == "input" else None
        if first is not None and shape is None and kind == "input":
            shape = self.given or self.habits.input
            if shape is not None and self.given is None:
                self.rows.tell("input", f"{shape}: from the text around the list.", first.line)
        if first is None or shape is None:
            needed, fix = "height, width and maps behind INPUT", "write `INPUT [HEIGHTxWIDTHxMAPS]`"
            self.rows.faults.append(form_input_unknown(FORM, needed, fix, self.start))
            if kind != "input":
                return
        self.rows.add("input", Input(shape) if shape else Unreadable(), (), line=self.start)
        if first is not None and kind == "input" and shape is not None:
            self._account(rest, first, (shape, shape.elements))
            self._tell_words(first.text, first.line)
        for item in self.items[1:]:
            self._add(item)

    def _input(self, rest: str, item: _Item) -> Shape | None:
        sizes = list(item.size)
        if not sizes:
            found = _SIZE.search(rest)
            sizes = [int(number) for number in re.findall(r"\d{1,9}", found[0] if found else rest)]
        match sizes:
            case [height, width, maps] if min(sizes) > 0:
                if height in {1, 3} and maps not in {1, 3}:
                    return Image(height, width, maps)
                return Image(maps, height, width)
            case [height, width] if min(sizes) > 0:
                words = re.findall(r"[^\W\d_]+", rest.casefold())
                colours = [_COLOURS[word] for word in words if word in _COLOURS]
                if not colours:
                    text = "one map: the list gives height and width alone."
                    self.rows.tell("input", text, item.line)
                return Image(colours[0] if colours else 1, height, width)
            case [count] if count > 0:
                return Features(count)
            case _:
                return None

    def _add(self, item: _Item) -> None:
        kind, rest = word_of(item.text)
        if kind is None:
            if not item.text.casefold().startswith("total"):
                fault = list_item_not_understood(item.text, _ITEMS, item.line)
                self.rows.faults.append(fault)
            return
        if kind == "input":
            self.rows.faults.append(list_item_not_understood(item.text, _ITEMS[1:], item.line))
            return
        if kind == "fc" and item is self.items[-1] and _NAMES_THE_END.fullmatch(item.text.strip()):
            return
        numbers = ItemNumbers(rest, is_pooling=kind in {"pool", "avgpool"})
        if kind == "pool" and numbers.is_average:
            kind = "avgpool"
        layer = self._layer(kind, numbers, item)
        if numbers.unread:
            fault = list_words_not_understood(item.text, numbers.unread, item.line)
            self.rows.faults.append(fault)
        came = self.rows.outputs.get(self.rows.last)
        claims = self._claims(item, kind)
        name = self.rows.add(self._name(kind), layer or Unreadable(), line=item.line, claims=claims)
        made = self.rows.layer(name)
        if not isinstance(made, Unreadable):
            self._account(item.text, item, (made, came, self.rows.outputs.get(name), item.size))
        if numbers.function is not None:
            self.rows.add(
                f"{name} function", Activation(FUNCTIONS[numbers.function]), line=item.line
            )

    def _account(self, text: str, item: _Item, facts: tuple[object, ...]) -> None:
        """Name the numbers of an item that are none of its layer, nor of what comes in and out of it."""
        from striate.documents.table.accounting import facts_of, numbers_left

        steps = sum(self.counts.values()) + 1
        left = [number for _, number in numbers_left({"details": text}, facts_of(facts), steps)]
        if left:
            self.rows.faults.append(list_words_not_understood(item.text, left, item.line))

    def _tell_words(self, text: str, line: int) -> None:
        """Tell the words behind the input that say nothing of it."""
        if not re.search(r"[^\W\d_]{2}", text):
            return
        from striate.documents.table.accounting import words_left

        words = [(line, said) for said in words_left({"details": text}, {"input"})]
        self.rows.remarks += [words_not_taken(tuple(words), line)] if words else []

    def _layer(
        self, kind: str, numbers: ItemNumbers, item: _Item
    ) -> Layer | Callable[[], Layer] | None:
        """Give the layer of an item, or what makes it; None if a number is missing."""
        match kind:
            case "conv":
                return self._convolution(numbers, item)
            case "pool" | "avgpool":
                return self._pooling(kind, numbers, item)
            case "gap" | "gmp":
                return GlobalPooling("average" if kind == "gap" else "max")
            case "fc":
                return self._units(numbers, item)
            case "dropout":
                fraction = numbers.fraction
                if fraction is None:
                    self.rows.tell(item.text, "no fraction is given: half is dropped.", item.line)
                return lambda: Dropout(0.5 if fraction is None else fraction)
            case "bn":
                return BatchNormalization()
            case "lrn":
                text = "the list gives no numbers of the normalisation: those of Krizhevsky et al. are taken."
                self.rows.tell(item.text, text, item.line)
                return ResponseNormalization()
            case "flatten":
                return Flatten()
            case _:
                return Activation(FUNCTIONS[kind])

    def _name(self, kind: str) -> str:
        self.counts[kind] = number = self.counts.get(kind, 0) + 1
        return f"{kind.lower()}{number}"

    def _claims(self, item: _Item, kind: str) -> Claims:
        """Give what an item claims, without what its own layer sets."""
        match item.size:
            case (height, width, maps) if kind != "fc":
                size = (height, width)
                return replace(item.claims, maps=None if kind == "conv" else maps, size=size)
            case _:
                return item.claims

    def _convolution(self, numbers: ItemNumbers, item: _Item) -> Callable[[], Layer] | None:
        maps = numbers.maps
        if maps is None and len(item.size) == 3:  # noqa: PLR2004 - height, width, maps
            maps = item.size[2]
        kernel, stride, padding = numbers.kernel, numbers.stride, numbers.padding
        if numbers.is_ambiguous:
            self.rows.faults.append(list_item_ambiguous(item.text, item.line))
            return None
        if kernel is None and self.habits.kernel is not None:
            kernel = self.habits.kernel
            sides = "x".join(map(str, kernel))
            text = f"kernel {sides} of every convolution: from the text around the list."
            self._tell_once(item, text)
        for word, value in (("maps", maps), ("kernel", kernel)):
            if value is None:
                self.rows.faults.append(missing_form_number(item.text, word, item.line))
        if maps is None or kernel is None:
            return None
        if padding is None:
            below = image_of(self.rows.outputs.get(self.rows.last))
            padding = self._unsaid_padding(kernel, stride, below, item)
        rule = padding
        return lambda: Convolution(maps, kernel, stride, rule)

    def _unsaid_padding(
        self, kernel: tuple[int, int], stride: int, below: Image | None, item: _Item
    ) -> Padding:
        """Decide a padding that the item does not give: by the size behind it, then by the text around."""
        if len(item.size) > 1 and below is not None and min(stride, *kernel) > 0:
            size = item.size[:2]
            rules: tuple[Padding, ...] = ("valid", kernel[0] // 2, "same")
            for rule in rules:
                if Window(kernel, (stride, stride), rule).count(below) == size:
                    return rule or "valid"
        if kernel == (1, 1):
            return "valid"
        padding, text = self.habits.padding_of(item.text)
        self._tell_once(item, text)
        if padding == "valid" or isinstance(padding, int):
            return padding
        half = kernel[0] // 2
        return half if kernel[0] == kernel[1] and kernel[0] % 2 and stride == 1 else "same"

    def _tell_once(self, item: _Item, text: str) -> None:
        if text not in self.told:
            self.told.add(text)
            self.rows.tell(item.text, text, item.line)

    def _pooling(self, kind: str, numbers: ItemNumbers, item: _Item) -> Callable[[], Layer]:
        kernel = numbers.kernel
        below = image_of(self.rows.outputs.get(self.rows.last))
        if kernel is None or kernel == (1, 1):  # the 1 of pool1 counts
            kernel = (2, 2)
            if len(item.size) > 1 and below is not None and item.size[0] and item.size[1]:
                down, across = below.height // item.size[0], below.width // item.size[1]
                kernel = (max(down, 1), max(across, 1))
            elif "POOL" not in self.counts:
                self.counts["POOL"] = 1
                text = "no size of the pooling is given: 2x2 with stride 2, as is the custom of such lists."
                self.rows.tell(item.text, text, item.line)
        side = kernel
        stride = numbers.stride if numbers.has_stride else kernel
        padding = numbers.padding or "valid"
        if kind == "pool":
            return lambda: MaxPooling(side, stride, padding)
        return lambda: AveragePooling(side, stride, padding)

    def _units(self, numbers: ItemNumbers, item: _Item) -> Callable[[], Layer] | None:
        units = item.size[-1] if item.size else numbers.units
        if not units:
            self.rows.faults.append(missing_form_number(item.text, "units", item.line))
            return None
        return lambda: FullyConnected(units)


_NAMES_THE_END = pattern_of(r"(?:output|out)s?", re.IGNORECASE)
