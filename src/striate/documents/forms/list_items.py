"""Read one item of a list of layers: the word that says what it is, and the numbers behind it."""

import re

from striate.layers import ELU, Function, LeakyReLU, Padding


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
    "silu": "SiLU", "swish": "SiLU", "elu": "ELU", "selu": "SELU", "leakyrelu": "leaky ReLU",
    "lrelu": "leaky ReLU",
    "dropout": "dropout", "drop": "dropout", "do": "dropout",
    "bn": "bn", "batchnorm": "bn", "batchnormalization": "bn", "norm": "lrn", "lrn": "lrn",
    "flatten": "flatten", "maxpool2d": "pool", "maxpooling2d": "pool", "avgpool2d": "avgpool",
    "averagepooling2d": "avgpool", "batchnorm2d": "bn", "globalaveragepooling2d": "gap",
    "globalmaxpooling2d": "gmp",
}  # fmt: skip
_LONGEST_FIRST = sorted(_WORDS, key=len, reverse=True)
FUNCTIONS: dict[str, Function] = {
    "ReLU": "ReLU", "tanh": "tanh", "sigmoid": "sigmoid", "softmax": "softmax", "GELU": "GELU",
    "SiLU": "SiLU", "ELU": ELU(), "SELU": "SELU", "leaky ReLU": LeakyReLU(),
}  # fmt: skip
# Words beside numbers that say which number it is, or nothing at all.
_SAY_NOTHING = {
    "filters", "filter", "maps", "map", "channels", "channel", "kernel", "kernels", "units", "unit",
    "neurons", "nodes", "hidden", "outputs", "classes", "size", "of", "with", "layer", "layers", "by",
    "max", "window", "ch", "a", "and", "p", "rate", "the", "필터", "채널", "개", "유닛",
}  # fmt: skip
_AVERAGES = {"avg", "average", "mean", "ave", "평균"}
_WIDEST = 11
"""The widest kernel that a bare number is taken for."""


def word_of(text: str) -> tuple[str | None, str]:
    """Tell what an item is by its first word, and give what stands behind that."""
    plain = text.strip().strip("`*_").strip()
    folded = plain.casefold()
    for glued in (re.sub(r"[\s-]", "", folded), folded):
        for word in _LONGEST_FIRST:
            if glued.startswith(word) and not glued[len(word) : len(word) + 1].isalpha():
                at = _behind(folded, word)
                return _WORDS[word], plain[at:]
    return _word_of_tables(plain)


_KINDS: dict[str, str] = {
    "input": "input", "convolution": "conv", "pooling": "pool", "max pooling": "pool",
    "average pooling": "avgpool", "global average": "gap", "global max": "gmp", "dense": "fc",
    "output": "fc", "dropout": "dropout", "normalisation": "bn", "response": "lrn", "flatten": "flatten",
}  # fmt: skip
"""What a list calls that which a row of a table does."""


def _word_of_tables(text: str) -> tuple[str | None, str]:
    """Tell what an item is by the words of tables, which are of five languages."""
    from striate.documents.table.words import function_in, ops_in

    first = next(iter(ops_in(text)), None)
    if first is None or first[0] > 0:
        return None, text
    _, end, op = first
    kind = _KINDS.get(op)
    if op == "activation":
        kind = function_in(text)
        kind = kind if kind in FUNCTIONS else None
    return kind, text if kind is None else text[end:]


def _behind(text: str, word: str) -> int:
    """Find the place behind a word whose letters may have spaces or hyphens between them."""
    at = 0
    for letter in word:
        while at < len(text) and (text[at].isspace() or text[at] == "-" != letter):
            at += 1
        at += 1
    return at


def _counts(word: str) -> bool:
    """Whether a word stands beside numbers in tables, in any of their languages: 개, 枚, Filter."""
    if word.isascii():
        return False
    from striate.documents.table.accounting import words_left

    return not any(words_left({"details": word}, {"convolution"}))


class ItemNumbers:
    """Kernel, maps, stride and padding of an item: `3-64`, `5x5-32`, `[3x3, 64, s2]`, `64@3x3`.

    What is left of the item is kept in `unread`, so that nothing of it is passed over.
    """

    def __init__(self, text: str, *, is_pooling: bool = False) -> None:
        self.kernel: tuple[int, int] | None = None
        self.maps: int | None = None
        self.units: int | None = None
        self.fraction: float | None = None
        self.stride: int = 1
        self.has_stride = False
        self.padding: Padding | None = None
        self.function: str | None = None
        self.is_average = False
        self.is_ambiguous = False
        self._rest = text.casefold()
        self._take_words()
        self._take_steps()
        self._take_numbers(is_pooling=is_pooling)
        words = re.findall(r"[^\W\d_]+", self._rest)
        self.unread = [word for word in words if word not in _SAY_NOTHING and not _counts(word)]

    def _take(self, pattern: str) -> re.Match[str] | None:
        """Cut the first match of a pattern out of the rest."""
        found = re.search(pattern, self._rest)
        if found:
            self._rest = f"{self._rest[: found.start()]} {self._rest[found.end() :]}"
        return found

    def _take_words(self) -> None:
        for word in re.findall(r"[^\W\d_]+", self._rest):
            meant = _WORDS.get(word, "")
            if meant in FUNCTIONS and self.function is None:
                self.function = meant
                self._take(rf"\b{word}\b")
            elif word in _AVERAGES:
                self.is_average = True
                self._take(rf"\b{word}\b")

    def _take_steps(self) -> None:
        stride = self._take(
            r"(?:strides?\s*(?:of|=|:)?\s*|(?<![a-z])s\s*=?\s*|/)(\d{1,4})\b|\b(\d{1,4})\s*-?stride"
        )
        if stride:
            self.stride, self.has_stride = int(stride[1] or stride[2]), True
        padding = self._take(
            r"(?:(?:zero[- ]?)?pad(?:ding)?\s*(?:of|=|:)?\s*|\bp\s*=?\s*)(?:(\d{1,4})\b|(same|valid))"
            r"|\b(same|valid|no)\b(?:\s*pad(?:ding)?)?"
        )
        if padding:
            word = padding[2] or padding[3]
            self.padding = int(padding[1]) if padding[1] else "same" if word == "same" else "valid"

    def _take_index(self, *, has_window: bool) -> None:
        """Leave out the number of a layer among its kind, as in `CONV1 3x3, 64` and `FC1 (120)`."""
        index = re.match(r"\d{1,2}(?=[\s:_,(\[])", self._rest)
        if index and (has_window or re.search(r"\d", self._rest[index.end() :])):
            self._rest = self._rest[index.end() :]

    def _take_numbers(self, *, is_pooling: bool) -> None:
        share = self._take(r"(\d+(?:\.\d+)?)\s*%|(?<!\d)(0?\.\d+)|\b1\.0+\b")
        if share:
            self.fraction = float(share[1]) / 100 if share[1] else float(share[2] or 1)
        window = self._take(r"(\d{1,9})\s*[x×]\s*(\d{1,9})(?:\s*[x×]\s*(\d{1,9}))?")
        if window:
            first, second, third = (int(side) if side else None for side in window.groups())
            self.kernel, self.maps = (first or 0, second or 0), third
            if third is not None and first != second:
                # `64 x 3x3` has its maps ahead of the kernel.
                self.kernel, self.maps = (second or 0, third), first
                self.is_ambiguous = second != third
        if window or not is_pooling:
            self._take_index(has_window=window is not None)
        is_dashed = re.match(r"\s*\d+\s*-\s*\d", self._rest) is not None
        # Within brackets a comma parts numbers; elsewhere it may part thousands.
        pattern = r"\d{1,9}" if set("([") & set(self._rest) else r"\d{1,3}(?:,\d{3})+(?!\d)|\d{1,9}"
        counts = [int(count.replace(",", "")) for count in re.findall(pattern, self._rest)]
        # FC6-4096 is the sixth layer; FC-4096 and FC 4,096 have no number of their own.
        self.units = counts[-1] if len(counts) == 1 or (is_dashed and len(counts) == 2) else None  # noqa: PLR2004
        if self.kernel is None and counts and (is_pooling or len(counts) > 1):
            if not is_pooling and not is_dashed and len(counts) == 2:  # noqa: PLR2004 - kernel and maps
                counts.sort(key=lambda count: count > _WIDEST)
                self.is_ambiguous = (counts[0] > _WIDEST) == (counts[1] > _WIDEST)
            self.kernel, counts = (counts[0], counts[0]), counts[1:]
        if is_pooling and counts and not self.has_stride:
            self.stride, self.has_stride, counts = counts[0], True, counts[1:]
        elif counts and self.maps is None:
            self.maps, counts = counts[0], counts[1:]
