"""How names, numbers and calls are spelled in Python: shared by what is written as code."""

import json
import keyword
import re
from collections.abc import Collection, Iterable, Sequence

from striate.arithmetic import PlainRow
from striate.documents.document import Document
from striate.layers import Codes, Convolution, DepthwiseConvolution, Layer
from striate.layers.windows import Sides, Window
from striate.shapes import Image, Shape


def call(name: str, /, *arguments: object, **options: object) -> str:
    """Spell a call: `nn.Conv2d(1, 6, 5, stride=2)`; options that are None are left out.

    >>> call("nn.Conv2d", 1, 6, (5, 5), stride=(2, 1), bias=None)
    'nn.Conv2d(1, 6, 5, stride=(2, 1))'
    """
    spelled = [value(argument) for argument in arguments]
    spelled += [f"{key}={value(given)}" for key, given in options.items() if given is not None]
    return f"{name}({', '.join(spelled)})"


class Verbatim(str):
    """An expression that stands in a call as it is, without quotation marks."""

    __slots__ = ()


def value(given: object) -> str:
    """Spell a value; a pair of one number is that number."""
    match given:
        case Verbatim():
            return str(given)
        case (int(height), int(width)) if height == width:
            return str(height)
        case str():
            return json.dumps(given, ensure_ascii=False)
        case _:
            return repr(given)


def unless(given: object, usual: object) -> object:
    """Return a value, or None where it is what the form takes by itself."""
    return None if given == usual else given


def class_name(document: Document, taken: Collection[str]) -> str:
    """Return the name of a network as that of a class: `text-cnn` is `TextCnn`."""
    words = re.findall(r"[^\W_]+", document.name)
    name = "".join(word[:1].upper() + word[1:] for word in words)
    is_name = name.isidentifier() and not keyword.iskeyword(name) and name not in taken
    return name if is_name else f"Network{name}"


def free_names(names: Iterable[str], taken: Collection[str] = ()) -> list[str]:
    """Put a `_` behind names that are taken, or that stand twice."""
    used = set(taken)
    free = []
    for name in names:
        found = name
        while found in used:
            found += "_"
        used.add(found)
        free.append(found)
    return free


def heading_lines(document: Document, notes: Sequence[str]) -> list[str]:
    """Return comments on what a file holds, and on what it does not."""
    told = [f"{document.heading}.", document.source, *notes]
    return [f"# {' '.join(words.split())}" for words in told if words]


def needed_later(read_by: Sequence[Sequence[int]]) -> list[bool]:
    """Tell of each row whether what it gives is read by more than the row behind it.

    Args:
        read_by: Positions that each row reads.
    """
    later = [False] * len(read_by)
    for position, sources in enumerate(read_by):
        for source in sources:
            later[source] = later[source] or source != position - 1
    return later


def is_same_padding(window: Window, image: Image) -> bool:
    """Whether a padding is the one that TensorFlow's rule `same` gives on some maps."""
    same = Window(window.kernel, window.stride, "same", window.dilation)
    return window.sides(image) == same.sides(image)


def sides_of(window: Window, shape: Shape) -> Sides:
    """Return the padding of a window on each side of some maps."""
    if not isinstance(shape, Image):
        message = f"{shape} has no sides"
        raise TypeError(message)
    return Sides(*window.sides(shape))


def drawn_codes(codes: Codes) -> tuple[str, ...]:
    """Write each code as a line of `#` for +1 and `.` for -1."""
    return tuple("".join("#" if cell > 0 else "." for cell in code) for code in codes.vectors)


def as_convolution(row: PlainRow) -> Convolution | None:
    """Return the convolution that a row does, one of each map by itself too; None for other kinds."""
    layer: Layer = row.layer
    if isinstance(layer, DepthwiseConvolution):
        return layer.on(row.inputs[0])
    return layer if isinstance(layer, Convolution) else None
