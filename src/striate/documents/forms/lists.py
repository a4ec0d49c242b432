"""Read lists of layers as lectures write them: `INPUT -> [CONV3-64 -> RELU]*2 -> FC-10`, or one a line."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import final

from striate.documents.forms.building import NO_CLAIMS, Builder, image_of
from striate.documents.parts import Block, NetworkRead
from striate.errors.forms import (
    form_input_unknown,
    list_item_not_understood,
    missing_form_number,
)
from striate.layers import (
    Activation,
    AveragePooling,
    BatchNormalization,
    Convolution,
    Dropout,
    Flatten,
    FullyConnected,
    Function,
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
_ARROW = re.compile(r"\s*(?:-{1,3}>|={1,2}>|→|⟶|➔|➜|⇒|›|»)\s*")
_START = re.compile(
    r"^[\s>*+\-`\"']*(?:\d+[.)]\s*)?\[?\s*(?:INPUT|IN|IMAGE|입력|DATA)\b", re.IGNORECASE
)
_REPEAT = re.compile(r"\s*[*×x]\s*([A-Za-z0-9?]+)")
_SIZE = re.compile(r"\d+(?:\s*[x×*,]\s*\d+)+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_MOST = 5000
_ITEMS = ("INPUT", "CONV", "POOL", "AVGPOOL", "RELU", "FC", "DROPOUT", "BN", "SOFTMAX")

_WORDS: dict[str, str] = {
    "input": "input", "image": "input", "in": "input", "data": "input", "입력": "input",
    "conv": "conv", "convolution": "conv", "conv2d": "conv", "합성곱": "conv", "c": "conv",
    "pool": "pool", "maxpool": "pool", "max": "pool", "maxpooling": "pool", "mp": "pool", "풀링": "pool",
    "pooling": "pool", "max-pool": "pool", "p": "pool",
    "avgpool": "avgpool", "avg": "avgpool", "averagepool": "avgpool", "averagepooling": "avgpool",
    "meanpool": "avgpool", "ap": "avgpool", "avg-pool": "avgpool",
    "gap": "gap", "globalavgpool": "gap", "globalaveragepool": "gap", "globalaveragepooling": "gap",
    "globalpool": "gap", "gmp": "gmp", "globalmaxpool": "gmp", "globalmaxpooling": "gmp",
    "fc": "fc", "dense": "fc", "linear": "fc", "fullyconnected": "fc", "full": "fc", "output": "fc",
    "affine": "fc", "out": "fc",
    "relu": "ReLU", "tanh": "tanh", "sigmoid": "sigmoid", "softmax": "softmax", "gelu": "GELU",
    "silu": "SiLU", "elu": "ELU",
    "dropout": "dropout", "drop": "dropout", "do": "dropout",
    "bn": "bn", "batchnorm": "bn", "batchnormalization": "bn", "norm": "lrn", "lrn": "lrn",
    "flatten": "flatten",
}  # fmt: skip
_LONGEST_FIRST = sorted(_WORDS, key=len, reverse=True)
_KEEPS_SIZE = re.compile(
    r"keep(?:s|ing)?\s+(?:the\s+)?(?:spatial\s+)?(?:size|resolution|dimension)|preserv\w*\s+(?:the\s+)?(?:spatial\s+)?(?:size|"
    r"resolution|dimension)|\bsame\b|zero[- ]padd|padded|padding\s*(?:of|=|:)?\s*1\b|크기(?:를|가)?\s*(?:유지|그대로)|같은 크기",
    re.IGNORECASE,
)
_SHRINKS = re.compile(
    r"\bvalid\b|\bno\s+padding\b|without\s+padding|unpadded|padding\s*(?:of|=|:)?\s*0\b|패딩\s*(?:없|0)",
    re.IGNORECASE,
)


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
    if any(_START.match(line) and len(_ARROW.findall(line)) > 1 for line in texts):
        return True
    if (
        any(_START.match(line) for line in texts)
        and sum(bool(_ARROW.match(line.strip())) for line in texts) > 1
    ):
        return True
    return len(_lines_of_layers(list(enumerate(texts, 1)))) > 2  # noqa: PLR2004 - input, a layer, an output


def read_list(block: Block, around: str) -> NetworkRead:
    """Read a list of layers.

    Args:
        block: The text that holds it.
        around: The prose around it, which may say whether convolutions keep the size.

    Returns:
        Its network.
    """
    numbered = list(enumerate(block.lines, block.line + 1))
    start = next((line for line, text in numbered if _START.match(text)), block.line + 1)
    rows = Builder()
    found = _lines_of_layers(numbered)
    if len(found) > 2:  # noqa: PLR2004 - as above
        items = found
    else:
        items = _expanded([(line, text) for line, text in numbered if line >= start], rows)
    _Reader(rows, items, around, start).read()
    totals, totals_line = _totals(numbered)
    return NetworkRead(
        rows.table(merged=True, totals=totals, totals_line=totals_line),
        start,
        block.heading,
        faults=tuple(rows.faults),
        remarks=tuple(rows.remarks),
    )


def _lines_of_layers(numbered: list[tuple[int, str]]) -> list[_Item]:
    """Give the layers of a list that has one a line, each with the size that comes out of it."""
    found: list[_Item] = []
    for line, text in numbered:
        head, colon, tail = text.strip().lstrip("*-+ ").partition(":")
        sized = re.match(r"\s*\[?\s*(\d[\dx×* ,]*\d|\d+)\s*\]?", tail)
        is_first = not found and _START.match(head)
        if not colon or not sized or _ARROW.search(text) or not (found or is_first):
            continue
        if _word(head)[0] is None:
            continue
        size = tuple(int(number) for number in re.findall(r"\d+", sized[1]))
        weights = re.search(
            r"(?:weights?|param\w*|가중치|파라미터)[^:]*:\s*(.*)$", tail, re.IGNORECASE
        )
        claims = Claims()
        if weights:
            last = re.search(
                r"([\d,]+(?:\.\d+)?[KMG]?)\s*$", weights[1].strip().rstrip("."), re.IGNORECASE
            )
            is_zero = last is not None and last[1] == "0"
            if last and not is_zero:
                claims = Claims(parameters=Claim(last[1]))
        found.append(_Item(head.strip(), line, claims, size))
    return found


def _totals(numbered: list[tuple[int, str]]) -> tuple[Claims, int | None]:
    for line, text in numbered:
        if re.match(r"\W*(?:TOTAL|합계|총)", text, re.IGNORECASE) and re.search(
            r"weight|param|가중치|파라미터", text, re.IGNORECASE
        ):
            number = re.search(r"(\d[\d,]*(?:\.\d+)?\s*[KMG]?)\b", text)
            if number:
                return Claims(parameters=Claim(number[1].replace(" ", ""))), line
    return Claims(), None


def _expanded(lines: list[tuple[int, str]], rows: Builder) -> list[_Item]:
    """Write a pattern out: groups in brackets, repeated as often as `*n` says."""
    tokens = list(_tokens(lines))
    items, _ = _sequence(tokens, 0, 0, rows)
    return items


def _tokens(lines: list[tuple[int, str]]) -> Iterator[tuple[str, str, int]]:
    """Give brackets, repetitions and items; a bracket behind an item holds its numbers."""
    for line, text in lines:
        if not text.strip():
            return
        rest = text.strip().strip("`").strip()
        if not (_ARROW.search(rest) or _START.match(rest)):
            return
        while rest:
            arrow = _ARROW.match(rest)
            repeat = _REPEAT.match(rest)
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
                yield "item", item, line
                repeat = _REPEAT.match(rest) if rest.lstrip()[:1] in {"*", "×"} else None
                if repeat:
                    yield "times", repeat[1], line
                    rest = rest[repeat.end() :]
                rest = rest.lstrip()


def _item(text: str) -> tuple[str, str]:
    """Cut one item off, with the brackets that belong to it: `CONV[3x3, 64]`, `INPUT [48x48x3]`."""
    depth, at = 0, 0
    while at < len(text):
        mark = text[at]
        if mark in "[({":
            inner = text[at + 1 :].lstrip()
            if depth == 0 and not (inner[:1].isdigit() or re.match(r"[a-z%]|/", inner)):
                break
            depth += 1
        elif mark in "])}":
            if depth == 0:
                break
            depth -= 1
        elif depth == 0 and (
            _ARROW.match(text, at) or (mark in "*×" and not text[at + 1 :].lstrip()[:0])
        ):
            break
        at += 1
    return text[:at].strip(" ,;`"), text[at:]


def _sequence(
    tokens: list[tuple[str, str, int]], at: int, depth: int, rows: Builder
) -> tuple[list[_Item], int]:
    items: list[_Item] = []
    latest: list[_Item] = []
    while at < len(tokens):
        kind, value, line = tokens[at]
        at += 1
        if kind == "close":
            break
        if kind == "times":
            times = int(value) if value.isdecimal() else 0
            if not times:
                rows.faults.append(
                    missing_form_number(f"*{value}", "how often it is repeated, a number", line)
                )
            if len(items) + len(latest) * times <= _MOST:
                items += latest * (times - 1)
            else:
                rows.faults.append(
                    missing_form_number(f"*{value}", f"fewer than {_MOST:,} layers", line)
                )
            continue
        if kind == "open" and depth < 10:  # noqa: PLR2004 - no list nests deeper
            latest, at = _sequence(tokens, at, depth + 1, rows)
        elif kind == "item":
            latest = [_Item(value, line)] if value else []
        items += latest
    return items, at


def _word(text: str) -> tuple[str | None, str]:
    """Tell what an item is by its first word, and give what stands behind that."""
    plain = text.strip().strip("`*_").strip()
    folded = plain.casefold()
    for glued in (folded.replace(" ", ""), folded):
        for word in _LONGEST_FIRST:
            if glued.startswith(word) and not glued[len(word) : len(word) + 1].isalpha():
                at = _behind(folded, word)
                return _WORDS[word], plain[at:]
    return None, plain


def _behind(text: str, word: str) -> int:
    """Find the place behind a word whose letters may have spaces between them."""
    at = 0
    for letter in word:
        while at < len(text) and text[at].isspace() and not letter.isspace():
            at += 1
        at += 1
    return at


class _Reader:
    """Makes rows of the items of a list."""

    def __init__(self, rows: Builder, items: list[_Item], around: str, start: int) -> None:
        self.rows = rows
        self.items = items
        self.start = start
        self.counts: dict[str, int] = {}
        self.keeps = self._padding_of(around)
        self.told = False

    def read(self) -> None:
        """Add every row."""
        first = self.items[0] if self.items else None
        kind, rest = _word(first.text) if first else (None, "")
        shape = self._input(rest, first) if first and kind == "input" else None
        if first is None or shape is None:
            needed, fix = "height, width and maps behind INPUT", "write `INPUT [32x32x3]`"
            self.rows.faults.append(form_input_unknown(FORM, needed, fix, self.start))
            if kind != "input":
                return
        self.rows.add("input", Input(shape) if shape else Unreadable(), (), line=self.start)
        for item in self.items[1:]:
            self._add(item)

    def _padding_of(self, around: str) -> Padding | None:
        keeps, shrinks = _KEEPS_SIZE.search(around), _SHRINKS.search(around)
        if keeps and not shrinks:
            return "same"
        return "valid" if shrinks and not keeps else None

    def _input(self, rest: str, item: _Item) -> Shape | None:
        sizes = list(item.size)
        if not sizes:
            found = _SIZE.search(rest)
            sizes = [int(number) for number in re.findall(r"\d+", found[0] if found else rest)]
        match sizes:
            case [height, width, maps] if min(sizes) > 0:
                if height in {1, 3} and maps not in {1, 3}:
                    return Image(height, width, maps)
                return Image(maps, height, width)
            case [height, width] if min(sizes) > 0:
                self.rows.tell(
                    "input", "one map: the list gives height and width alone.", item.line
                )
                return Image(1, height, width)
            case [count] if count > 0:
                return Features(count)
            case _:
                return None

    def _add(self, item: _Item) -> None:
        kind, rest = _word(item.text)
        if kind is None:
            if item.text.casefold().startswith("total"):
                return
            self.rows.faults.append(list_item_not_understood(item.text, _ITEMS, item.line))
            return
        claims = self._claims(item)
        match kind:
            case "conv":
                layer: Layer | None = self._convolution(rest, item)
            case "pool" | "avgpool":
                layer = self._pooling(kind, rest, item)
            case "gap" | "gmp":
                layer = GlobalPooling("average" if kind == "gap" else "max")
            case "fc":
                layer = self._units(rest, item)
                claims = replace(claims, maps=None, size=None)
            case "dropout":
                numbers = _NUMBER.findall(rest)
                fraction = float(numbers[0]) if numbers else 0.5
                layer = Dropout(fraction / 100 if fraction >= 1 else fraction)
            case "bn":
                layer = BatchNormalization()
            case "lrn":
                layer = ResponseNormalization()
                text = "the list gives no numbers of the normalisation: those of Krizhevsky et al. are taken."
                self.rows.tell(item.text, text, item.line)
            case "flatten":
                layer = Flatten()
            case "input":
                self.rows.faults.append(list_item_not_understood(item.text, _ITEMS[1:], item.line))
                return
            case _:
                layer = Activation(_FUNCTIONS.get(kind, "ReLU"))
        if kind == "conv":
            claims = replace(claims, maps=None)
        name = self._name(kind)
        self.rows.add(name, layer or Unreadable(), line=item.line, claims=claims)

    def _name(self, kind: str) -> str:
        self.counts[kind] = number = self.counts.get(kind, 0) + 1
        return f"{kind.lower()}{number}"

    def _claims(self, item: _Item) -> Claims:
        match item.size:
            case (height, width, maps):
                return replace(item.claims, maps=maps, size=(height, width))
            case _:
                return item.claims

    def _convolution(self, rest: str, item: _Item) -> Layer | None:
        numbers = _Numbers(rest)
        maps = numbers.maps
        if maps is None and len(item.size) == 3:  # noqa: PLR2004 - height, width, maps
            maps = item.size[2]
        below = image_of(self.rows.outputs.get(self.rows.last))
        kernel = numbers.kernel
        missing = [word for word, value in (("maps", maps), ("kernel", kernel)) if value is None]
        if maps is None or kernel is None:
            for word in missing:
                self.rows.faults.append(missing_form_number(item.text, word, item.line))
            return None
        padding = numbers.padding
        if padding is None:
            padding = self._unsaid_padding(kernel, numbers.stride, below, item)
        return Convolution(maps, kernel, numbers.stride, padding)

    def _unsaid_padding(
        self, kernel: tuple[int, int], stride: int, below: Image | None, item: _Item
    ) -> Padding:
        """Decide a padding that the item does not give: by the size behind it, then by the text around."""
        if len(item.size) > 1 and below is not None:
            size = item.size[:2]
            rules: tuple[Padding, ...] = ("valid", kernel[0] // 2, "same")
            for rule in rules:
                if Window(kernel, (stride, stride), rule).count(below) == size:
                    return rule or "valid"
        if kernel == (1, 1):
            return "valid"
        padding = self.keeps
        if not self.told:
            self.told = True
            if padding is None:
                text = (
                    "no padding is given: convolutions keep the size, as is the custom of such lists; "
                    "write `valid` into the text if they do not."
                )
            else:
                text = f"padding {padding} of every convolution: from the text around the list."
            self.rows.tell(item.text, text, item.line)
        if padding == "valid":
            return "valid"
        half = kernel[0] // 2
        return half if kernel[0] == kernel[1] and kernel[0] % 2 and stride == 1 else "same"

    def _pooling(self, kind: str, rest: str, item: _Item) -> Layer | None:
        numbers = _Numbers(rest, is_pooling=True)
        kernel = numbers.kernel
        below = image_of(self.rows.outputs.get(self.rows.last))
        if kernel is None:
            kernel = (2, 2)
            if len(item.size) > 1 and below is not None and item.size[0] and item.size[1]:
                down, across = below.height // item.size[0], below.width // item.size[1]
                kernel = (max(down, 1), max(across, 1))
            elif "POOL" not in self.counts:
                self.counts["POOL"] = 1
                text = "no size of the pooling is given: 2x2 with stride 2, as is the custom of such lists."
                self.rows.tell(item.text, text, item.line)
        stride = numbers.stride if numbers.has_stride else kernel
        padding = numbers.padding or "valid"
        if kind == "pool":
            return MaxPooling(kernel, stride, padding)
        return AveragePooling(kernel, stride, padding)

    def _units(self, rest: str, item: _Item) -> Layer | None:
        numbers = [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", rest)]
        units = numbers[-1] if numbers else None
        if item.size:
            units = item.size[-1]
        if not units:
            self.rows.faults.append(missing_form_number(item.text, "units", item.line))
            return None
        return FullyConnected(units)


_FUNCTIONS: dict[str, Function] = {
    "ReLU": "ReLU", "tanh": "tanh", "sigmoid": "sigmoid", "softmax": "softmax", "GELU": "GELU",
    "SiLU": "SiLU",
}  # fmt: skip


class _Numbers:
    """Kernel, maps, stride and padding of an item: `3-64`, `5x5-32`, `[3x3, 64, s2]`, `64@3x3`."""

    def __init__(self, text: str, *, is_pooling: bool = False) -> None:
        self.kernel: tuple[int, int] | None = None
        self.maps: int | None = None
        self.stride: int = 1
        self.has_stride = False
        self.padding: Padding | None = None
        rest = text.casefold()
        stride = re.search(r"(?:stride\s*=?\s*|\bs\s*=?\s*|/)(\d+)|(\d+)\s*stride", rest)
        if stride:
            self.stride, self.has_stride = int(stride[1] or stride[2]), True
            rest = rest[: stride.start()] + " " + rest[stride.end() :]
        padding = re.search(r"(?:pad(?:ding)?\s*=?\s*|\bp\s*=?\s*)(\d+)|\b(same|valid)\b", rest)
        if padding:
            self.padding = (
                int(padding[1]) if padding[1] else "same" if padding[2] == "same" else "valid"
            )
            rest = rest[: padding.start()] + " " + rest[padding.end() :]
        window = re.search(r"(\d+)\s*[x×]\s*(\d+)(?:\s*[x×]\s*(\d+))?", rest)
        if window:
            self.kernel = (int(window[1]), int(window[2]))
            self.maps = int(window[3]) if window[3] else None
            rest = rest[: window.start()] + " " + rest[window.end() :]
        numbers = [int(number) for number in re.findall(r"\d+", rest)]
        if self.kernel is None and numbers and (is_pooling or len(numbers) > 1):
            self.kernel = (numbers[0], numbers[0])
            numbers = numbers[1:]
        if is_pooling and numbers and not self.has_stride:
            self.stride, self.has_stride = numbers[0], True
        elif numbers:
            self.maps = numbers[0]
