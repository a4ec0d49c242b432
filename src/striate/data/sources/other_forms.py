"""Which forms of data that are not read a file holds, told by its first bytes, so that they can be named."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, final

from striate.data.images.scan import ending
from striate.data.user_files import open_file
from striate.errors import DataError


@final
class Form(NamedTuple):
    """A form of data that is not read.

    Args:
        name: What follows "it is".
        fix: What makes data of it that are read.
    """

    name: str
    fix: str


_SAVED = "save its arrays by numpy.savez, as x_train, y_train, x_test and y_test."

_FORMS = (
    (b"MATLAB 5.0", Form("values of MATLAB", f"read it by scipy.io.loadmat, and {_SAVED}")),
    (b"\x89HDF\r\n", Form("HDF5", f"read it by h5py, and {_SAVED}")),
    (
        b"\x93NUMPY",
        Form("one array of numpy", "put images and labels into one file by numpy.savez."),
    ),
    (
        b"\x80",
        Form(
            "a pickle of Python, which may run code and is never opened",
            f"open it by Python if you trust it, and {_SAVED}",
        ),
    ),
    (b"\xd0\xcf\x11\xe0", Form("a workbook of Excel", "save it as `CSV UTF-8`.")),
    (b"PK\x03\x04", Form("a workbook of Excel", "save it as `CSV UTF-8`.")),
    (b"SQLite format 3", Form("a database of SQLite", "write the table that is meant as CSV.")),
    (b"Rar!", Form("an archive of RAR", "unpack it, and give the folder.")),
    (b"7z\xbc\xaf", Form("an archive of 7-Zip", "unpack it, and give the folder.")),
)
_RECORDS = Form(
    "records of TensorFlow (TFRecord)", "write the pictures into a folder for each class."
)
_TEXT = Form(
    "text whose name does not say how it is laid out",
    "end its name in .csv, .tsv, .jsonl or .txt, whichever it is.",
)
_UNKNOWN = Form("of a form that is not known", "convert it to one of these.")

_HEAD_BYTES = 2**16
_YOLO = re.compile(rb"(?:\d+(?: (?:0?\.\d+|[01](?:\.0*)?)){4,}\s+)+")
_BOXES = (
    (".xml", re.compile(rb"(?s).*<bndbox>"), "Pascal VOC writes"),
    (".json", re.compile(rb'(?s)\s*\{.*"(?:bbox|file_name|annotations)"\s*:'), "COCO has"),
    (".txt", _YOLO, "YOLO reads"),
)


def form_of(path: Path) -> Form:
    """Return what form a file has that is not read as data."""
    head = _head(path)
    if ending(path.name).startswith(".tfrec"):
        return _RECORDS
    found = next((form for start, form in _FORMS if head.startswith(start)), None)
    if found is not None:
        return found
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - len("\U0001f600".encode()):
            return _UNKNOWN
    return _TEXT if head and b"\0" not in head else _UNKNOWN


def boxes_in(folder: Path, names: Iterable[str]) -> str:
    """Say which file beside pictures holds where objects lie in them, or is not read; nothing where none does.

    Args:
        folder: Where they lie.
        names: Paths of files below it.
    """
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(ending(name.rpartition("/")[2]), name)
    for suffix, form, program in _BOXES:
        if suffix in first and form.match(_head(folder / first[suffix])):
            return f"{first[suffix]} holds boxes of objects, as {program} them, and no class of a picture."
    return f"{first['.mat']} is {_FORMS[0][1].name}, which are not read." if ".mat" in first else ""


def _head(path: Path) -> bytes:
    try:
        with open_file(path) as file:
            return file.read(_HEAD_BYTES)
    except (DataError, OSError):
        return b""
