"""Whatever becomes of a folder, what is remembered of it gives what reading all of it afresh gives."""

import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings, strategies as st

from picture_files import pixels
from striate.data import load_source
from striate.data.images import index, scan
from striate.data.images.decode import decode_picture
from striate.data.images.listing import Listing
from striate.data.images.scan import Stamp
from striate.data.sources.find import find_source
from striate.errors import DataError
from striate.shapes import Image


SIZE = Image(3, 3, 4)

# Letters in pieces, bytes that are no text, lines, quotes, what parts columns, and what shells read.
NAMES = [
    "a.png",
    "b.JPG",
    "a b.png",
    "a",
    "고.png",
    "e\u0301.png",
    "\udcff.png",
    "x\ny.png",
    '".png',
    "$~",
]
PLACES = ["a", "a b", "b", "b/c", "고양이", "b-c"]

place = st.sampled_from(PLACES)
name = st.sampled_from(NAMES)
file = st.builds("{}/{}".format, place, name)
change = st.one_of(
    st.tuples(st.just("write"), file, st.integers(0, 9)),
    st.tuples(st.just("empty"), file),
    st.tuples(st.just("remove"), file),
    st.tuples(st.just("rename"), file, file),
    st.tuples(st.just("link"), file, file),
    st.tuples(st.just("touch"), file, st.integers(0, 10**9)),
    st.tuples(st.just("load")),
)


def apply(root: Path, doing: str, *about: str | int) -> None:
    path = root / str(about[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    if doing == "write":
        # Not packed, so that all of them have the same size in bytes.
        PIL.Image.fromarray(pixels(int(about[1]))).save(path, "PNG", compress_level=0)
    elif doing == "empty":
        path.unlink(missing_ok=True)
        path.write_bytes(b"")
    elif doing == "remove":
        path.unlink(missing_ok=True)
    elif doing == "touch" and path.exists():
        os.utime(path, ns=(0, int(about[1])))
    elif doing in {"rename", "link"} and path.exists():
        other = root / str(about[1])
        other.parent.mkdir(parents=True, exist_ok=True)
        if doing == "rename":
            path.replace(other)
        elif not other.is_symlink() and other != path:
            other.unlink(missing_ok=True)
            other.symlink_to(path)


def outcome(root: Path) -> tuple[object, ...] | str:
    try:
        source = load_source(str(root), SIZE)
    except DataError as error:
        return str(error)
    parts = [source.train, source.test]
    shown = [(part.images.numpy().tobytes(), part.labels.tolist()) for part in parts]
    return (source.classes, source.origin.sizes, source.origin.ignored, *shown)


@settings(deadline=None, max_examples=30)
@given(st.lists(change, min_size=1, max_size=14))
def test_any_changes_give_what_a_fresh_look_gives(changes: list[tuple[str, ...]]) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "time_ns", lambda: time.time_ns() + 3600 * 10**9)
        root = Path(folder) / "set"
        for seed, start in enumerate(("a/1.png", "a/2.png", "b/1.png", "b/2.png")):
            apply(root, "write", start, seed)
        for doing, *about in [*changes, ("load",)]:
            if doing != "load":
                apply(root, doing, *about)
                continue
            patch.setenv("STRIATE_CACHE", f"{folder}/kept")
            remembered = outcome(root), outcome(root)
            with TemporaryDirectory() as fresh:
                patch.setenv("STRIATE_CACHE", fresh)
                assert remembered == (outcome(root),) * 2


def listed(root: Path) -> Listing:
    found = find_source(str(root))
    assert isinstance(found, Listing)
    return found


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    for seed, at in enumerate(
        f"{one}/{other}" for one in ("a b", "a", "b", "b/c", "b/k") for other in NAMES
    ):
        apply(tmp_path / "odd", "write", at, seed)
    return tmp_path / "odd"


def test_files_are_listed_as_python_walks(odd: Path) -> None:
    files = scan.list_files(odd, Counter())
    expected = sorted(
        (path.relative_to(odd).parts for path in odd.rglob("*") if path.is_file()),
    )
    assert [tuple(one.split("/")) for one in files.names] == expected
    for number in range(len(files)):
        path = odd / files.names[number]
        status = path.stat()
        stamp = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
        assert tuple(files.stamps[number].tolist()) == stamp
        assert files.file(number).where == str(path)
        assert files.places[files.place_of[number]] == files.names[number].rpartition("/")[0]


@pytest.mark.parametrize("root", [".", "odd", "odd/../odd"])
def test_paths_are_as_the_folder_was_given(
    odd: Path, monkeypatch: pytest.MonkeyPatch, root: str
) -> None:
    monkeypatch.chdir(odd if root == "." else odd.parent)
    files = scan.list_files(Path(root), Counter())
    assert files.file(0).where == str(Path(root) / files.names[0])


def test_items_are_a_sequence_and_know_their_pictures(odd: Path) -> None:
    items = listed(odd).items
    together = list(items)
    assert [one.name for one in together] == [items[at].name for at in range(len(items))]
    some = [(one.name, one.where) for one in items[3:9:2]]
    assert some == [(one.name, one.where) for one in together[3:9:2]]
    assert items[-1].where == together[-1].where
    assert [one.name for split in ("train", "test") for one in items if one.split == split] == [
        one.name for one in together
    ]
    source = load_source(str(odd), Image(3, 6, 8))
    for item, image in zip(listed(odd).of("train"), source.train.images, strict=True):
        expected = decode_picture(Path(item.where))
        assert np.array_equal(image.permute(1, 2, 0), expected)


@pytest.mark.parametrize("inode", [2**63, 2**64 - 1, 2**70 + 5])
def test_numbers_of_any_length_tell_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inode: int
) -> None:
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(index, "time_ns", lambda: time.time_ns() + 3600 * 10**9)
    root = tmp_path / "set"
    for seed, start in enumerate(("a/1.png", "a/2.png", "b/1.png", "b/2.png")):
        apply(root, "write", start, seed)

    def stamp(more: int) -> Callable[[os.stat_result], Stamp]:
        return lambda status: (status.st_size, 0, 0, inode + more)

    def load() -> bytes:
        return load_source(str(root), SIZE).train.images.numpy().tobytes()

    monkeypatch.setattr(scan, "_stamp", stamp(0))
    before = load()
    for seed, start in enumerate(("a/1.png", "a/2.png", "b/1.png", "b/2.png"), start=4):
        apply(root, "write", start, seed)
    assert load() == before
    monkeypatch.setattr(scan, "_stamp", stamp(1))
    assert load() != before
