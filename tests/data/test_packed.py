"""Folders in a .zip or .tar are read as the folders that they were."""

import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest

from picture_files import write_classes
from striate.data import find_source, load_source
from striate.data.images.listing import Listing
from striate.data.sources import packed
from striate.errors import DataError
from striate.shapes import Image
from striate.system.files import cache_in_words


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def refusal(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        find_source(str(path))
    return str(caught.value)


@pytest.mark.parametrize("form", ["zip", "tar", "gztar", "xztar"])
def test_a_packed_folder_is_the_folder(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_classes(tmp_path / "pets", ["train/cat", "train/dog", "test/cat", "test/dog"], 2)
    path = shutil.make_archive(str(tmp_path / "pets"), form, folder)
    for turn in ("unpacked", "found in the cache"):
        if turn == "found in the cache":
            monkeypatch.setattr(packed, "_unpack", None)
        listing, expected = find_source(path), find_source(str(folder))
        assert isinstance(listing, Listing)
        assert isinstance(expected, Listing)
        assert (listing.name, listing.classes) == ("pets", ("cat", "dog"))
        assert [item.name for item in listing.items] == [item.name for item in expected.items]
    assert {file.name for file in tmp_path.iterdir()} == {"cache", "pets", Path(path).name}


def test_an_archive_that_was_replaced_is_unpacked_anew(tmp_path: Path) -> None:
    for names in (["a", "b"], ["a", "b", "c"]):
        folder = write_classes(tmp_path / "-".join(names), names, 2)
        path = shutil.make_archive(str(tmp_path / "set"), "zip", folder)
        assert find_source(path).classes == tuple(names)


def test_a_damaged_archive_is_refused_and_leaves_nothing(tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "set.zip"
    path.write_bytes(b"PK\3\4 and no more")
    assert refusal(path) == (
        f"{path}: it cannot be unpacked: File is not a zip file.\n"
        "  Needed: a whole .zip or .tar without encryption, whose paths stay in it.\n"
        "  Fix: copy or download it again, or unpack it yourself and give the folder."
    )
    assert not [file for file in cache.rglob("*") if file.is_file()]


def test_paths_that_lead_out_are_refused(tmp_path: Path) -> None:
    inside = write_classes(tmp_path / "in", ["a", "b"], 1)
    path = tmp_path / "set.tar"
    with tarfile.open(path, "w") as archive:
        archive.add(inside / "a" / "0.png", "../../../out.png")
    assert "it cannot be unpacked: " in refusal(path)
    assert not list(tmp_path.rglob("out.png"))
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive_of_zip:
        for name in ("a", "b"):
            archive_of_zip.write(inside / name / "0.png", f"../../{name}/0.png")
    assert find_source(str(tmp_path / "set.zip")).classes == ("a", "b")  # zipfile keeps them inside


def test_an_archive_that_would_fill_the_disk_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_classes(tmp_path / "in", ["a", "b"], 1)
    path = shutil.make_archive(str(tmp_path / "set"), "zip", folder)
    size = sum(file.stat().st_size for file in folder.rglob("*.png"))
    usage = shutil.disk_usage(tmp_path)._replace(free=size)
    monkeypatch.setattr("striate.data.sources.packed.shutil.disk_usage", lambda _: usage)
    assert refusal(Path(path)) == (
        f"{path}: unpacked it has {size:,} bytes, and the disk of the cache has {size:,} free.\n"
        "  Needed: room for it, with a fifth of the disk left over.\n"
        "  Fix: set STRIATE_CACHE to a folder on a larger disk."
    )


def test_what_is_wrong_stands_in_the_archive_and_names_what_it_holds(tmp_path: Path) -> None:
    outer, loose = tmp_path / "outer.zip", tmp_path / "loose"
    with zipfile.ZipFile(outer, "w") as packing:
        packing.writestr("inner.zip", b"")
    assert refusal(outer).startswith(
        f"{outer}: it holds no pictures, and no IDX files. It holds inner.zip."
    )
    loose.mkdir()
    (loose / "digits.npz").write_bytes(b"")
    assert "Fix: give the file itself, digits.npz, " in refusal(loose)


def test_a_cache_that_cannot_be_made_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_classes(tmp_path / "pets", ["cat", "dog"], 2)
    shutil.make_archive(str(tmp_path / "pets"), "zip", tmp_path / "pets")
    (tmp_path / "a-file").touch()
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path / "a-file" / "cache"))
    with pytest.raises(DataError) as caught:
        find_source(str(tmp_path / "pets.zip"))
    assert str(caught.value) == (
        f"{tmp_path / 'a-file' / 'cache' / 'unpacked'}: the folder cannot be written: Not a directory.\n"
        "  Needed: a folder for what can be made again: what an archive holds, decoded pictures.\n"
        "  Fix: set STRIATE_CACHE to a folder that can be written to."
    )
    assert cache_in_words() == (
        f"none, the folder {tmp_path / 'a-file' / 'cache'} cannot be written: Not a directory; set STRIATE_CACHE "
        "to another"
    )
    source = load_source(str(tmp_path / "pets"), Image(3, 4, 4))
    assert len(source.train) == 2
    assert source.origin.cache == cache_in_words()
