"""An unchanged folder is only listed, and no change of it goes unseen, whatever became of the index."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import PIL.Image
import pytest
import torch

from picture_files import pixels, write_classes
from striate.data import Source, find_source, load_source
from striate.data.images import index, scan
from striate.data.images.scan import Stamp
from striate.data.user_files import open_file
from striate.errors import DataError
from striate.shapes import Image


SIZE = Image(3, 6, 8)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("STRIATE_CACHE", str(folder))
    return folder


@pytest.fixture
def folder(tmp_path: Path, cache: Path) -> Path:
    assert not cache.exists()
    return write_classes(tmp_path / "set", ["a", "b"], 5)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an hour pass, so that what was just written can be told from what will be."""
    monkeypatch.setattr(index, "time_ns", lambda: time.time_ns() + 3600 * 10**9)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that were opened."""
    names: list[str] = []

    def noted(path: Path) -> IO[bytes]:
        names.append(path.name)
        return open_file(path)

    monkeypatch.setattr(scan, "open_file", noted)
    return names


def load(folder: Path) -> Source:
    return load_source(str(folder), SIZE)


def are_same(one: Source, other: Source) -> bool:
    pairs = [(one.train, other.train), (one.test, other.test)]
    return one.classes == other.classes and all(
        torch.equal(a.images, b.images) and torch.equal(a.labels, b.labels) for a, b in pairs
    )


def indices(cache: Path) -> list[Path]:
    return sorted((cache / "folders").iterdir()) if (cache / "folders").exists() else []


def picture(path: Path, seed: int) -> None:
    # Not packed, so that all of them have the same size in bytes.
    PIL.Image.fromarray(pixels(seed)).save(path, "PNG", compress_level=0)


@pytest.mark.usefixtures("later")
def test_of_an_unchanged_folder_no_file_is_opened(folder: Path, opened: list[str]) -> None:
    (folder / "a" / "notes").write_text("no picture")
    picture(folder / "a" / "picture", 50)
    first = load(folder)
    assert {"0.png", "notes", "picture"} < set(opened)
    opened.clear()
    second = load(folder)
    assert opened == []
    assert are_same(first, second)
    assert second.origin.sizes == "8x6"
    assert second.origin.ignored == ("without an ending: 1",)


@pytest.mark.usefixtures("later")
def test_another_size_of_an_unchanged_folder_is_read_once(folder: Path, opened: list[str]) -> None:
    load(folder)
    opened.clear()
    load_source(str(folder), Image(1, 5, 5))
    assert sorted(opened) == sorted(f"{at}.png" for at in range(5) for _ in "ab")


def test_what_was_just_written_is_opened_again(
    folder: Path, cache: Path, opened: list[str]
) -> None:
    load(folder)
    opened.clear()
    load(folder)
    assert len(opened) == 10
    assert indices(cache) == []


def edit(folder: Path) -> None:
    picture(folder / "a" / "0.png", 70)


def edit_and_turn_the_time_back(folder: Path) -> None:
    file = folder / "a" / "0.png"
    before = file.stat()
    while file.stat().st_ctime_ns == before.st_ctime_ns:
        picture(file, 70)
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = file.stat()
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def replace(folder: Path) -> None:
    (folder / "b" / "1.png").replace(folder / "a" / "0.png")


def exchange(folder: Path) -> None:
    one, other = folder / "a" / "0.png", folder / "b" / "1.png"
    one.rename(folder / "aside")
    other.rename(one)
    (folder / "aside").rename(other)


def delete(folder: Path) -> None:
    (folder / "a" / "0.png").unlink()


def add(folder: Path) -> None:
    picture(folder / "b" / "new.png", 70)


def turn_a_text_into_a_picture(folder: Path) -> None:
    picture(folder / "a" / "notes", 70)


def lead_a_link_elsewhere(folder: Path) -> None:
    (folder / "a" / "link.png").unlink()
    (folder / "a" / "link.png").symlink_to(folder / "b" / "1.png")


def write_into_what_a_link_leads_to(folder: Path) -> None:
    picture(folder.parent / "elsewhere.png", 70)


def swap_the_folder(folder: Path) -> None:
    shutil.copytree(folder, folder.with_name("copy"), symlinks=True)
    picture(folder.with_name("copy") / "a" / "0.png", 70)
    shutil.rmtree(folder)
    folder.with_name("copy").rename(folder)


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize(
    "change",
    [
        edit,
        edit_and_turn_the_time_back,
        replace,
        exchange,
        delete,
        add,
        turn_a_text_into_a_picture,
        lead_a_link_elsewhere,
        write_into_what_a_link_leads_to,
        swap_the_folder,
    ],
)
def test_every_change_is_seen(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    for file in folder.rglob("*.png"):
        picture(file, int(file.stem) + 5 * (file.parent.name == "b"))
    picture(folder.parent / "elsewhere.png", 60)
    (folder / "a" / "link.png").symlink_to(folder.parent / "elsewhere.png")
    (folder / "a" / "notes").write_text("no picture")
    before = load(folder)
    change(folder)
    seen = load(folder)
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path / "another cache"))
    assert are_same(seen, load(folder))
    assert not are_same(seen, before)


def test_a_write_within_the_same_tick_is_seen(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time_ns()
    stamp: Stamp = (100, now, now, 1)
    monkeypatch.setattr(scan, "_stamp", lambda _: stamp)
    before = load(folder)
    edit(folder)
    assert not are_same(load(folder), before)


@pytest.mark.usefixtures("later")
def test_a_change_that_the_system_hides_is_told_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamp: Stamp = (100, 0, 0, 1)
    monkeypatch.setattr(scan, "_stamp", lambda _: stamp)
    before = load(folder)
    edit(folder)
    with pytest.raises(DataError, match=r"0\.png: it changed while it was read"):
        load_source(str(folder), Image(3, 5, 5))
    assert not are_same(load(folder), before)


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize("at", [0, 8, 20, 100, -1])
def test_a_damaged_index_is_as_none(folder: Path, cache: Path, opened: list[str], at: int) -> None:
    expected = load(folder)
    (index,) = indices(cache)
    whole = index.read_bytes()
    damaged = bytearray(whole)
    damaged[at] ^= 1
    for content in (bytes(damaged), whole[:at], b""):
        index.write_bytes(content)
        opened.clear()
        assert are_same(load(folder), expected)
        assert len(opened) == 10
        assert index.read_bytes() == whole


@pytest.mark.usefixtures("later")
def test_an_index_of_another_version_is_as_none(
    folder: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    load(folder)
    opened.clear()
    monkeypatch.setattr(index, "FORMAT", index.FORMAT + 1)
    load(folder)
    assert len(opened) == 10


@pytest.mark.usefixtures("later")
def test_where_no_index_can_be_written_nothing_is_said(
    folder: Path, cache: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    cache.mkdir()
    (cache / "folders").write_text("a file in the way")
    assert are_same(load(folder), load(folder))
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("later")
def test_the_index_forgets_what_is_gone(folder: Path, cache: Path) -> None:
    load(folder)
    (index,) = indices(cache)
    assert b"a/0.png" in index.read_bytes()
    delete(folder)
    load(folder)
    assert indices(cache) == [index]
    assert b"a/0.png" not in index.read_bytes()
    assert b"a/1.png" in index.read_bytes()


@pytest.mark.usefixtures("later")
def test_only_the_folders_that_were_written_last_are_remembered(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "MOST_FOLDERS", 2)
    written = []
    for at in range(4):
        load(write_classes(tmp_path / f"set {at}", ["a", "b"], 2))
        written += [file for file in indices(cache) if file not in written]
        os.utime(written[-1], ns=(at, at))
    assert indices(cache) == sorted(written[-2:])


@pytest.mark.usefixtures("later")
def test_one_folder_has_one_index_however_it_is_called(
    folder: Path, cache: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    load(folder)
    opened.clear()
    monkeypatch.chdir(folder)
    found = load(Path())
    assert opened == []
    assert are_same(found, load(folder))
    assert len(indices(cache)) == 1


@pytest.mark.usefixtures("later")
def test_a_file_that_could_not_be_read_is_tried_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture(folder / "a" / "picture", 50)

    def refused(path: Path) -> IO[bytes]:
        if path.name == "picture":
            raise PermissionError(13, "Permission denied")
        return open_file(path)

    with monkeypatch.context() as patch:
        patch.setattr(scan, "open_file", refused)
        assert len(load(folder).train) + len(load(folder).test) == 10
    assert len(load(folder).train) + len(load(folder).test) == 11


def test_processes_at_once_do_not_harm_each_other(folder: Path, cache: Path) -> None:
    script = (
        "import os, sys, time; from striate.data import load_source; from striate.data.images import index\n"
        "from striate.shapes import Image\n"
        "index.time_ns = lambda: time.time_ns() + 3600 * 10**9\n"
        "other = os.fork()\n"
        "for size in range(4, 16):\n"
        "    for file in (index.cache_folder() / 'folders').glob('*.json'):\n"
        "        file.unlink(missing_ok=True)\n"
        "    source = load_source(sys.argv[1], Image(3, size, size))\n"
        "    assert source.train.images.shape == (8, 3, size, size)\n"
        "sys.exit(other and os.waitpid(other, 0)[1])"
    )
    assert subprocess.run([sys.executable, "-c", script, str(folder)], check=False).returncode == 0
    assert [file.suffix for file in indices(cache)] == [".json"]


@pytest.mark.usefixtures("later")
def test_finding_alone_writes_nothing(folder: Path, cache: Path) -> None:
    find_source(str(folder))
    assert indices(cache) == []
