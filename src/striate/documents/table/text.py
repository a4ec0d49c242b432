r"""The letters and numbers of a cell: marks of Markdown, TeX and HTML taken off, sizes and counts read."""

import html
import re
import unicodedata
from functools import lru_cache

from striate.documents.forms.latex import plain_words
from striate.documents.patterns import pattern_of
from striate.documents.table.axes import IMAGE_AXES, in_order


_TAGS = pattern_of(r"<br\s*/?>", re.IGNORECASE)
_OTHER_TAGS = pattern_of(r"</?[a-zA-Z][^<>]{0,200}>")
_TEX = pattern_of(r"\$|\\[a-zA-Z]")
_MATH = pattern_of(r"\$[^$]{1,300}\$")
_BRACED = pattern_of(r"\{\s*(\d[\d ]*)\}")
_SPACED_DIGITS = pattern_of(r"(?<![\d.])\d(?: \d)+(?![\d.])")
_SQUARED = pattern_of(r"(?<![\d.])(\d{1,4})(?:²|\^\{?2\}?(?!\d))")
_SPACED_THOUSANDS = pattern_of(r"\d{1,3}(?: \d{3})+")
_LINK = pattern_of(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
_STAR = pattern_of(r"(?<=[\d)\]])\s*\*\s*(?=[\d(\[])")
_MARKS = pattern_of(r"\*\*|__|`|(?<!\w)[*_]|[*_](?!\w)")
_TIMES = pattern_of(r"(?<=[\d)\]}?])\s*[x×✕✖⨯хX]\s*(?=[\d(\[{])")
_TIMES_WORD = pattern_of(r"(?<=\d)\s*(?:by|mal|곱하기|乘)\s*(?=\d)", re.IGNORECASE)
_NUMBER_WORDS = {
    word: number
    for number, words in (
        *(
            (2, "two"),
            (3, "three"),
            (4, "four"),
            (5, "five"),
            (6, "six"),
            (7, "seven"),
            (8, "eight"),
        ),
        *((9, "nine"), (10, "ten"), (12, "twelve"), (16, "sixteen"), (20, "twenty"), (50, "fifty")),
        *((32, "thirty-two"), (64, "sixty-four"), (96, "ninety-six"), (100, "hundred")),
    )
    for word in (words, words.replace("-", " "))
}
_COUNTED_WORD = pattern_of(
    rf"\b({'|'.join(sorted(_NUMBER_WORDS, key=len, reverse=True))})(?=[\s-]+(?:\d+x\d+\s+|learned\s+|different\s+|output\s+|hidden\s+)?"
    r"(?:filters?|kernels?|(?:feature[ -]?)?maps?|channels?|neurons?|units?|nodes?|outputs?|classes)\b)",
    re.IGNORECASE,
)
"""Numbers in words, where they count maps or units: `six 5x5 filters`."""

_NOTHING = {
    "",
    "-",
    "–",
    "—",
    "--",
    "−",
    "n/a",
    "na",
    "none",
    "nil",
    "/",
    "·",
    "―",
    "─",
    "없음",
    "无",
    "無",
    "なし",
    "keine",
    "ー",
}


@lru_cache(maxsize=16_384)
def plain(text: str) -> str:
    r"""Write a cell in plain letters: no marks of emphasis, no TeX, `x` for every sign of a product.

    >>> plain("**5 × 5**"), plain(r"$28\times28\times6$"), plain("3 &times; 3<br>pad 1")
    ('5x5', '28x28x6', '3x3; pad 1')
    """
    words = html.unescape(text)
    words = _OTHER_TAGS.sub("", _TAGS.sub("; ", words))
    words = _SQUARED.sub(r"\1x\1", words)
    words = unicodedata.normalize("NFKC", words)
    words = _LINK.sub(r"\1", words)
    if _TEX.search(words):
        words = plain_words(_MATH.sub(_joined_digits, words))
    words = _STAR.sub("x", words)
    words = _MARKS.sub("", words)
    words = _TIMES_WORD.sub("x", _TIMES.sub("x", words))
    words = _COUNTED_WORD.sub(lambda found: str(_NUMBER_WORDS[found[1].casefold()]), words)
    words = words.replace("、", ", ").replace("{,}", ",")
    words = " ".join(words.replace("\u200b", "").split())
    return words.replace(" ", ",") if _SPACED_THOUSANDS.fullmatch(words) else words


def _joined_digits(math: re.Match[str]) -> str:
    r"""Write the numbers of a formula in one piece: `$6 4 \times {32}$`, as scans of papers have them."""
    words = _BRACED.sub(r"\1", math[0])
    return _SPACED_DIGITS.sub(lambda found: found[0].replace(" ", ""), words)


def is_empty(text: str) -> bool:
    """Whether a cell says nothing: blank, a dash, or a word for none."""
    return plain(text).strip().casefold() in _NOTHING


_LONGEST_CELL = 200
"""Characters of the longest cell that is read as a size or a count."""

_LARGEST_SIZE = 10**9
_BATCH_AXES = 4
"""Numbers of a size that begins with the batch."""

_BATCH = r"(?:none|null|n|b|bs|batch(?:[_ ]?size)?|\?|-1|m|num[_ ]samples)"
_AT = pattern_of(r"(\d+)\s*@\s*(\d+)(?:\s*x\s*(\d+))?")
_AT_BEHIND = pattern_of(r"(\d+)\s*x\s*(\d+)\s*@\s*(\d+)")
_LISTED = pattern_of(
    rf"[(\[]\s*(?:(?P<batch>{_BATCH})\s*,)?\s*(?P<numbers>\d+(?:\s*,\s*\d+)*)\s*,?\s*[)\]]",
    re.IGNORECASE,
)
_BATCH_TIMES = pattern_of(rf"^(?P<batch>{_BATCH})\s*[x,]\s*(?=\d)", re.IGNORECASE)
_NUMBER = r"\d{1,3}(?:,\d{3})+(?!\d)|\d+"
_TIMED = pattern_of(rf"(?<![\d.])(?:{_NUMBER})(?:x(?:{_NUMBER}))+(?![\d])")
_ONE = pattern_of(rf"(?<![\d.,\w])(?:{_NUMBER})(?![\d.]*\d)(?!\s*%)")


_STATED = pattern_of(
    rf"\d\s*[x*]\s*\d+\s*[)\]]?\s*[(\[]?\s*(?:=|＝|→)\s*({_NUMBER})(?![\d.x*@])(?!\s*[x*]\s*\d)"
    rf"|^\s*({_NUMBER})\s*[(\[]?\s*[=＝]\s*\d+(?:\s*[x*]\s*\d+)+"
)


class Size:
    """An output or input size as printed, its order not yet decided.

    Args:
        numbers: As printed, without the batch.
        order: `maps first` or `maps last` where the notation tells, else nothing.
        text: As printed.
    """

    __slots__ = ("numbers", "order", "text")

    def __init__(self, numbers: tuple[int, ...], text: str, order: str = "") -> None:
        self.numbers = numbers
        self.text = text
        self.order = order

    @property
    def stated(self) -> int | None:
        """The count of values that stands behind a product: 1600 of `5x5x64 = 1600`; None where none does."""
        found = _STATED.search(self.text)
        return None if found is None else whole(found[1] or found[2])

    def __repr__(self) -> str:
        """Give the numbers and the order."""
        return f"Size({self.numbers}, {self.order!r})"


def whole(digits: str) -> int:
    """Read a whole number with thousands separators."""
    return int(digits.replace(",", ""))


def read_size(text: str, axes: str = "") -> Size | None:
    """Read the first size in a text that holds sizes: `(None, 26, 26, 32)`, `6@28x28`, `28x28x6`, `120`.

    Args:
        text: The cell.
        axes: The order that the document gives for sizes, as `axes_in` has it; empty where it gives none.

    >>> read_size("[-1, 64, 24, 24]").numbers, read_size("6@28×28").numbers, read_size("3,380").numbers
    ((64, 24, 24), (6, 28, 28), (3380,))
    >>> read_size("96×24×8", "WHC")
    Size((8, 24, 96), 'maps first')
    """
    size = _size_in(text)
    if size is None or not axes:
        return size
    # `8@96x24` says by itself which number counts the maps.
    ordered = in_order(size.numbers, f"C{axes.replace('C', '')}" if size.order else axes)
    if ordered is None:
        return size
    return Size(ordered, size.text, "maps first" if len(ordered) == IMAGE_AXES else "")


def _size_in(text: str) -> Size | None:
    words = plain(text)
    if len(words) > _LONGEST_CELL:
        return None
    words = re.sub(r"torch\.size", "", words, flags=re.IGNORECASE)
    behind = _AT_BEHIND.search(words)
    if behind:
        return Size((int(behind[3]), int(behind[1]), int(behind[2])), words, "maps first")
    found = _AT.search(words)
    if found:
        height = int(found[2])
        return Size((int(found[1]), height, int(found[3] or height)), words, "maps first")
    spaced = re.sub(r"(?<=\d)\s*[x*]\s*(?=\d)", "x", words)
    bare = re.fullmatch(r"\d+(?:,\s*\d+){1,3}", spaced)
    if bare and not re.fullmatch(r"\d{1,3}(?:,\d{3})+", spaced):
        spaced = f"({spaced})"
    listed = _LISTED.search(spaced)
    times = _TIMED.search(spaced)
    batch = _BATCH_TIMES.match(spaced)
    if listed and (
        listed["batch"] or "," in listed["numbers"] or spaced[: listed.start()].strip() == ""
    ):
        inside = listed["numbers"]
        # `(3,380)` is a count in brackets; `(3, 380)` and `(None, 3, 380)` are lists.
        if not listed["batch"] and re.fullmatch(r"\d{1,3}(?:,\d{3})+", inside):
            return Size((whole(inside),), words)
        numbers = tuple(int(one) for one in re.findall(r"\d+", inside))
        if not listed["batch"] and len(numbers) == _BATCH_AXES and numbers[0] == 1:
            numbers = numbers[1:]
        before = times and times.start() < listed.start()
        if not before:
            return _sized(numbers, words)
    one = _ONE.search(spaced)
    if one and times and one.start() < times.start():
        times = None
    if times and (batch is None or times.start() >= batch.end()):
        numbers = tuple(whole(one) for one in times[0].split("x"))
        if len(numbers) == _BATCH_AXES and numbers[0] == 1:
            numbers = numbers[1:]
        return _sized(numbers, words)
    if batch:
        numbers = tuple(whole(one) for one in re.findall(_NUMBER, spaced[batch.end() :]))
        return _sized(numbers, words)
    return None if one is None else _sized((whole(one[0]),), words)


def _sized(numbers: tuple[int, ...], text: str) -> Size | None:
    if not numbers or len(numbers) > _BATCH_AXES or max(numbers) > _LARGEST_SIZE:
        return None
    return Size(numbers, text)


_LONGEST_NUMBER = 12
"""Digits of the longest number in a formula."""

ABOUT = (
    r"(?:[~≈≒∼]|(?:about|around|approximately|approx|roughly|circa|ca|nearly|almost|some|etwa|rund|ungefähr|knapp|zirka)(?![a-z])\.?|"
    r"약|대략|거의|大约|约|大約|約|およそ|ほぼ)\s*"
)
"""Signs and words in front of a number that was rounded."""

ABOUT_BEHIND = r"(?:\s*(?:정도|쯤|가량|여|左右|余|程度|ほど|くらい)|(?<=\d)\+)"

_COUNT = pattern_of(
    rf"(?P<sign>{ABOUT})?"
    r"(?P<number>\d{1,3}(?P<mark>[,. '’])\d{3}(?:(?P=mark)\d{3})*(?![\d.])|\d+(?:\.\d+)?)\s*"
    r"(?P<unit>k|m|g|b|million|mio\.?|thousand|천|千|만|백만|万|百万|tsd\.?)?(?![a-z\d])"
    rf"(?P<behind>{ABOUT_BEHIND})?",
    re.IGNORECASE,
)
_UNITS = {
    "": "",
    "k": "K",
    "m": "M",
    "g": "G",
    "b": "G",
    "million": "M",
    "mio": "M",
    "mio.": "M",
    "thousand": "K",
    "천": "K",
    "千": "K",
    "백만": "M",
    "百万": "M",
    "tsd": "K",
    "tsd.": "K",
}


_HEADED_UNIT = pattern_of(
    r"[(\[,/]\s*(?:in |x ?)?(?P<unit>k|m|g|thousands?|millions?|mio\.?|tsd\.?|천|千|만|万|백만|百万|10\^?3|10\^?6|1e3|1e6)"
    r"(?:\s*개)?\s*(?:[)\]]|$)|(?<![a-z])in (?P<word>thousand|million)s(?![a-z])",
    re.IGNORECASE,
)
_POWERS = {"103": "K", "10^3": "K", "1e3": "K", "106": "M", "10^6": "M", "1e6": "M"}


def unit_of_heading(title: str) -> str:
    """Return what a heading says that its column counts in, nothing if it says no unit.

    >>> unit_of_heading("Params (K)"), unit_of_heading("FLOPs (M)"), unit_of_heading("参数量（万）"), unit_of_heading("Params")
    ('k', 'm', '万', '')
    """
    found = _HEADED_UNIT.search(plain(title))
    if found is None:
        return ""
    unit = (found["unit"] or found["word"]).casefold().removesuffix("s")
    return _POWERS.get(unit, unit)


def read_count(text: str, unit: str = "") -> str | None:
    """Read a count as a claim prints it: whole, rounded with a unit, or a formula that is worked out.

    Args:
        text: The cell.
        unit: What the column counts in, for a number without a unit of its own.

    >>> read_count("7,240"), read_count("1.2 K"), read_count("(5x5x1+1)x8"), read_count("1·5·25 = 125")
    ('7,240', '1.2K', '208', '125')
    >>> read_count("4.7", "k"), read_count("4,700", "k"), read_count("0", "k")
    ('4.7K', '4700K', '0K')
    """
    words = plain(text).strip()
    if len(words) > _LONGEST_CELL:
        return None
    if unit and re.fullmatch(r"\d[\d,]*(?:\.\d+)?", words):
        number = words.replace(",", "")
        return read_count(f"{number} {unit}")
    words = re.sub(
        r"\s*(?:params?|parameters?|개|个|個|weights)\.?$", "", words, flags=re.IGNORECASE
    ).strip()
    if len(_NAMED_NUMBER.findall(words)) > 1:
        # `k=3, f=32, s=1` are numbers of a layer, and the last of them is no count.
        return None
    explained = _EXPLAINED.fullmatch(words)
    if explained and _is_explained(explained[1], explained[2]):
        return f"{whole(explained[1]):,}"
    sides = [side.strip() for side in re.split(r"[=＝≈→]", words) if side.strip()]
    if any(_SETTINGS.search(side) for side in sides[:-1]) or _PLAIN_ARROW.fullmatch(words):
        # `kernel 3x3, padding=1` and `2352 → 128` are numbers of a layer.
        return None
    for side in [*reversed(sides), *sides]:
        found = _COUNT.fullmatch(side)
        if found:
            return _printed(found)
        worked = _worked_out(side)
        if worked is not None:
            return f"{worked:,}"
    remark = re.match(r"([\d.,]+\s*[KMGkmg]?)\s*[(（]", words)
    if remark:
        found = _COUNT.fullmatch(remark[1].strip())
        return None if found is None else _printed(found)
    return None


_SETTINGS = pattern_of(r"\d.*[^\W\d_]{2}|[^\W\d_]{2}.*\d")
_PLAIN_ARROW = pattern_of(r"\d[\d,]*\s*→\s*\d[\d,]*")
_NAMED_NUMBER = pattern_of(r"[^\W\d_]\s*[=:]\s*\d")
_EXPLAINED = pattern_of(r"(\d{1,3}(?:,\d{3})+|\d{1,12})\s*[(\[](.*)[)\]]")


def _is_explained(count: str, formula: str) -> bool:
    """Whether brackets behind a count hold the sum that gives it: `2,416 (6*5*5*16 + 16)`.

    Of `6 (5x5x1 + 1)` they hold a factor.
    """
    worked = _worked_out(formula)
    return worked is not None and 20 * abs(worked - whole(count)) <= worked


def _printed(found: re.Match[str]) -> str | None:
    number, unit = found["number"], (found["unit"] or "").casefold()
    if unit in {"만", "万"}:
        # Ten thousand is no unit of a claim: the count is written out, as far as it is said.
        return f"{float(number) / 100:g}M" if "," not in number else None
    separated = re.fullmatch(r"\d{1,3}(?:([,. '’])\d{3})+", number)
    if separated and not unit:
        # A point with three digits behind it parts thousands where counts are whole, as in German.
        number = number.replace(separated[1], ",")
    elif "." in number and not unit:
        return None
    is_about = not unit and (found["sign"] or found["behind"])
    return f"{'~' if is_about else ''}{number}{_UNITS.get(unit, '')}"


def _worked_out(text: str) -> int | None:
    """Work out a formula of whole numbers, sums and products; None if it is something else."""
    words = (
        re.sub(r"\s", "", text)
        .replace("·", "*")
        .replace("⋅", "*")
        .replace("∙", "*")
        .replace("x", "*")
    )
    words = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", words).replace("[", "(").replace("]", ")")
    words = re.sub(r"(?<=[\d)])\(", "*(", words)
    if not re.fullmatch(r"[\d+\-*()]{1,120}", words) or not re.search(r"[*+]", words):
        return None
    tokens = re.findall(r"\d+|[+\-*()]", words)
    try:
        value, rest = _sum(tokens)
    except (ValueError, IndexError):
        return None
    return value if not rest and 0 <= value < 10**15 else None


def _sum(tokens: list[str]) -> tuple[int, list[str]]:
    value, tokens = _product(tokens)
    while tokens and tokens[0] in "+-":
        sign = 1 if tokens[0] == "+" else -1
        other, tokens = _product(tokens[1:])
        value += sign * other
    return value, tokens


def _product(tokens: list[str]) -> tuple[int, list[str]]:
    value, tokens = _factor(tokens)
    while tokens and tokens[0] == "*":
        other, tokens = _factor(tokens[1:])
        value *= other
        if value > 10**18:
            raise ValueError
    return value, tokens


def _factor(tokens: list[str]) -> tuple[int, list[str]]:
    if tokens[0] == "(":
        value, rest = _sum(tokens[1:])
        if not rest or rest[0] != ")":
            raise ValueError
        return value, rest[1:]
    if len(tokens[0]) > _LONGEST_NUMBER:
        raise ValueError
    return int(tokens[0]), tokens[1:]
