"""Pictures in files: decoded once, kept by their content, never stale, never half written."""

import os
import subprocess
import sys
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
import PIL.Image
import pytest
import torch

from picture_files import pixels, write_classes
from striate.data import (
    PicturesRead,
    Source,
    decode_picture,
    fit_picture,
    load_source,
)
from striate.data.images import load, parallel
from striate.data.images.decode import decode_upright
from striate.data.images.progress import Pass
from striate.data.preprocessing.digits import Pixels
from striate.data.preprocessing.resize import fit_pictures
from striate.errors import DataError
from striate.preparation import Preparation
from striate.shapes import Image


SIZE = Image(3, 4, 5)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("STRIATE_CACHE", str(folder))
    return folder / "pictures"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_classes(tmp_path / "set", ["a", "b"], 5)


def loaded(folder: Path, image: Image = SIZE, preparation: Preparation | None = None) -> Source:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return load_source(str(folder), image, preparation)


def files(cache: Path) -> list[Path]:
    """All but what tells of the pixels: their digests, and what was left out."""
    return sorted(one for one in cache.iterdir() if one.suffix != ".json") if cache.exists() else []


def full(_: int) -> None:
    raise OSError(28, "No space left on device")


def refusal(folder: Path) -> str:
    with pytest.raises(DataError) as caught:
        loaded(folder)
    return str(caught.value)


@pytest.fixture
def odd_folder(tmp_path: Path) -> Path:
    """Pictures as they are found: turned, in CMYK, with a palette, of 16 bits, called as they are."""
    root = tmp_path / "odd"
    picture = PIL.Image.fromarray(pixels(1, 20, 30))
    for name in ("train/고양이 1", "train/b, c", "test/고양이 1", "test/b, c"):
        (root / name).mkdir(parents=True)
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    picture.save(root / "train/고양이 1/돌린 그림.jpg", exif=exif)
    picture.convert("CMYK").save(root / "train/b, c/inks.jpeg")
    picture.quantize(16).save(root / "test/고양이 1/palette.PNG")
    deep = np.arange(600, dtype=np.uint16).reshape(20, 30) * 100
    PIL.Image.fromarray(deep).save(root / "test/b, c/deep.png")
    picture.convert("LA").save(root / "train/b, c/a jpeg, they say.jpg", "PNG")
    return root


@pytest.mark.parametrize("image", [Image(3, 7, 9), Image(1, 12, 12)])
def test_pictures_are_what_each_alone_is(odd_folder: Path, cache: Path, image: Image) -> None:
    source = loaded(odd_folder, image)
    assert source.classes == ("b, c", "고양이 1")
    expected = [
        fit_picture(decode_picture(odd_folder / name), image, Preparation(), name)
        for name in (
            "train/b, c/a jpeg, they say.jpg",
            "train/b, c/inks.jpeg",
            "train/고양이 1/돌린 그림.jpg",
        )
    ]
    assert torch.equal(source.train.images, torch.stack(expected))
    assert source.train.labels.tolist() == [0, 0, 1]
    assert len(files(cache)) == 1
    assert torch.equal(loaded(odd_folder, image).train.images, source.train.images)


def test_the_second_time_nothing_is_decoded(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = loaded(folder)
    monkeypatch.setattr(load, "decode_upright", lambda *_: pytest.fail("decoded again"))
    second = loaded(folder)
    assert torch.equal(first.train.images, second.train.images)
    assert torch.equal(first.test.images, second.test.images)
    assert second.origin.cache == str(files(cache)[0])
    assert second.origin.sizes == "8x6"


def told(folder: Path) -> list[PicturesRead]:
    events: list[PicturesRead] = []
    load_source(str(folder), SIZE, listen=events.append)
    return events


def in_stretches_of_three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "STRETCH_FILES", 3)
    monkeypatch.setattr(load, "STRETCH_PIXELS", 3 * 6 * 8)


def one_pass(doing: Pass) -> list[PicturesRead]:
    return [PicturesRead(doing, done, 10) for done in range(1, 11)]


def test_who_listens_hears_of_every_picture_and_nobody_else_does(
    folder: Path, cache: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    in_stretches_of_three(monkeypatch)
    assert told(folder) == one_pass("compare") + one_pass("read")
    assert told(folder) == one_pass("compare")
    files(cache)[0].unlink()
    loaded(folder)
    assert capfd.readouterr() == ("", "")


def test_where_the_disk_is_full_the_reading_is_told_from_its_beginning_again(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.fsync", full)
    assert told(folder) == one_pass("compare") + 2 * one_pass("read")
    assert files(cache) == []


def test_nothing_is_written_into_the_data(folder: Path, cache: Path) -> None:
    before = sorted(folder.rglob("*"))
    loaded(folder)
    assert sorted(folder.rglob("*")) == before
    assert len(files(cache)) == 1


def test_what_is_written_to_the_tensor_stays_out_of_the_file(folder: Path, cache: Path) -> None:
    kept = loaded(folder)
    before = files(cache)[0].read_bytes()
    kept.train.images.zero_()
    assert files(cache)[0].read_bytes() == before
    assert loaded(folder).train.images.any()


def test_an_edit_that_keeps_size_and_time_is_seen(folder: Path, cache: Path) -> None:
    file = folder / "a" / "0.png"
    PIL.Image.fromarray(np.zeros((6, 8, 3), np.uint8)).save(file, compress_level=0)
    loaded(folder)
    stat = file.stat()
    PIL.Image.fromarray(np.full((6, 8, 3), 255, np.uint8)).save(file, compress_level=0)
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (stat.st_size, stat.st_mtime_ns)
    source = loaded(folder)
    together = torch.cat([source.train.images, source.test.images])
    assert (together == 255).flatten(1).all(1).sum() == 1
    assert not (together == 0).flatten(1).all(1).any()
    assert len(files(cache)) == 2


def test_size_and_fit_and_box_make_files_of_their_own(tmp_path: Path, cache: Path) -> None:
    for at in range(4):
        ink = np.full((40, 40), 255, np.uint8)
        ink[10:30, 10 + at : 14 + at] = 0
        (tmp_path / "d" / f"{at % 2}").mkdir(parents=True, exist_ok=True)
        PIL.Image.fromarray(ink).save(tmp_path / "d" / f"{at % 2}" / f"{at}.png")
    gray = Image(1, 28, 28)
    loaded(tmp_path / "d", gray, Preparation("resize"))
    loaded(tmp_path / "d", gray, Preparation("resize", box=10, low=-1.0))
    assert len(files(cache)) == 1
    loaded(tmp_path / "d", gray, Preparation("digit"))
    loaded(tmp_path / "d", gray, Preparation("digit", box=10))
    loaded(tmp_path / "d", Image(1, 32, 32), Preparation("digit"))
    assert len(files(cache)) == 4


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY\x01\x00", None])
def test_a_damaged_cache_is_made_again(folder: Path, cache: Path, content: bytes | None) -> None:
    expected = loaded(folder).train.images.clone()
    file = files(cache)[0]
    file.write_bytes(file.read_bytes()[:-1] if content is None else content)
    assert torch.equal(loaded(folder).train.images, expected)


def test_a_killed_process_leaves_no_half_cache(folder: Path, cache: Path) -> None:
    script = (
        "import os, sys; from striate.data import load_source; from striate.shapes import Image\n"
        "os.fsync = lambda _: os.kill(os.getpid(), 9)\n"
        "load_source(sys.argv[1], Image(3, 4, 5))"
    )
    done = subprocess.run([sys.executable, "-c", script, str(folder)], check=False, timeout=60)
    assert done.returncode == -9
    assert [file.suffix for file in files(cache)] == [".tmp"]
    source = loaded(folder)
    assert [file.suffix for file in files(cache)] == [".npy"]
    assert source.train.images.any()


def test_a_full_disk_or_a_closed_folder_is_said_and_no_hindrance(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = loaded(folder)
    files(cache)[0].unlink()
    monkeypatch.setattr("os.fsync", full)
    source = loaded(folder)
    assert torch.equal(source.train.images, expected.train.images)
    assert source.origin.cache == (
        f"none, the folder {cache.parent} cannot be written: No space left on device; set STRIATE_CACHE to another"
    )
    assert files(cache) == []


def test_every_picture_that_cannot_be_used_is_named(folder: Path, cache: Path) -> None:
    whole = (folder / "a" / "1.png").read_bytes()
    (folder / "a" / "cut.png").write_bytes(whole[:60])
    (folder / "a" / "empty.jpg").touch()
    (folder / "b" / "text.png").write_text("<html>")
    (folder / "b" / "gone.png").symlink_to(folder / "nowhere")
    text = refusal(folder)
    assert text.count("Needed:") == 5
    assert text.endswith(
        f"{folder}: 4 of its 14 pictures cannot be used.\n"
        "  Needed: at most 5 %, which are left out.\n"
        "  Fix: mend them, or write --skip 0.29 to go on without them."
    )
    assert f"{folder / 'a' / 'cut.png'}: the picture in it is damaged or cut off." in text
    assert f"{folder / 'a' / 'empty.jpg'}: the file is empty." in text
    assert f"{folder / 'b' / 'gone.png'}: there is no such file." in text
    assert f"{folder / 'b' / 'text.png'}: it begins with '<html>'." in text
    assert files(cache) == []


def test_digits_without_ink_are_named_among_those_with(folder: Path, cache: Path) -> None:
    for at, file in enumerate(sorted(folder.rglob("*.png"))):
        PIL.Image.fromarray(np.pad(pixels(at)[..., 0], 3)).save(file)
    for place in ("a/2 blank", "b/blank"):
        PIL.Image.new("L", (8, 6), 90).save(folder / f"{place}.png")
    with pytest.raises(DataError) as caught:
        loaded(folder, Image(1, 32, 32), Preparation("digit"))
    assert {fault.where for fault in caught.value.faults} == {
        str(folder / "a/2 blank.png"),
        str(folder / "b/blank.png"),
        str(folder),
    }
    assert files(cache) == []


def test_of_many_faults_the_first_are_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "MOST_FAULTS", 2)
    for at in range(5):
        (folder / "a" / f"empty {at}.png").touch()
    text = refusal(folder)
    assert text.count("the file is empty") == 2
    assert (
        f"{folder}: 3 more of its pictures cannot be used.\n"
        "  Needed: pictures that can all be decoded.\n"
        f"  Fix: `striate data check {folder}` names them all."
    ) in text


def test_a_few_pictures_that_cannot_be_used_are_left_out_and_counted(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = loaded(folder)
    (folder / "a" / "cut.png").write_bytes((folder / "a" / "1.png").read_bytes()[:60])
    (folder / "b" / "text.png").write_text("<html>")
    words = f"{folder}::skip=0.2"
    for turn in ("decoded", "from the cache"):
        with monkeypatch.context() as patch:
            if turn == "from the cache":
                patch.setattr(load, "decode_upright", None)
            source = load_source(words, SIZE)
        assert sorted(source.train.images.flatten().tolist()) == sorted(
            expected.train.images.flatten().tolist()
        )
        assert [fault.where for fault in source.origin.skipped] == [
            str(folder / "a" / "cut.png"),
            str(folder / "b" / "text.png"),
        ]
        assert source.origin.ignored == ("pictures that cannot be used: 2",)


@pytest.mark.parametrize("share", ["two", "-0.1", "1.1", "nan"])
def test_a_share_to_leave_out_that_is_none_is_named(folder: Path, share: str) -> None:
    with pytest.raises(DataError) as caught:
        load_source(f"{folder}::skip={share}", SIZE)
    assert str(caught.value) == (
        f"--skip: {share!r}.\n"
        "  Needed: a share from 0 to 1.\n"
        "  Fix: write 0.05, for example, for 5 %."
    )


def test_what_was_done_with_pictures_is_said_each_time(folder: Path) -> None:
    clear = PIL.Image.new("RGBA", (8, 6), (255, 0, 0, 0))
    clear.save(folder / "a" / "clear.png")
    clear.save(
        folder / "a" / "moving.gif", save_all=True, append_images=[PIL.Image.new("RGB", (8, 6))]
    )
    for _ in range(2):
        assert loaded(folder).origin.notes == (
            "pictures that are transparent in part, laid on white: 2",
            "pictures of several frames or pages, of which the first is read: 1",
        )


def test_colors_that_are_left_out_are_said_and_gray_in_three_channels_is_no_color(
    tmp_path: Path,
) -> None:
    for name, color in (("gray", (90, 90, 90)), ("red", (200, 30, 30))):
        (tmp_path / name).mkdir()
        for number in range(5):
            PIL.Image.new("RGB", (8, 6), color).save(tmp_path / name / f"{number}.png")
    said = "pictures in color, of which the network reads shades of gray alone: 5"
    assert loaded(tmp_path, Image(1, 4, 5)).origin.notes == (said,)
    assert loaded(tmp_path, Image(3, 4, 5)).origin.notes == ()


def test_a_picture_that_changes_while_it_is_read_is_named(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, file = decode_upright, folder / "b" / "0.png"

    def decode_after_an_edit(content: IO[bytes], where: str, remarks: Any) -> PIL.Image.Image:
        PIL.Image.fromarray(pixels(99)).save(file)
        return given(content, where, remarks)

    # One thread, which has edited the file by the time that it comes to it.
    monkeypatch.setattr(parallel, "THREADS", 1)
    monkeypatch.setattr(load, "decode_upright", decode_after_an_edit)
    assert refusal(folder) == (
        f"{file}: it changed while it was read.\n"
        "  Needed: files that stay as they are.\n"
        "  Fix: try again when nothing writes to the folder."
    )
    assert files(cache) == []


def test_an_input_that_cannot_be_filled_is_named_once(folder: Path) -> None:
    with pytest.raises(DataError) as caught:
        loaded(folder, Image(2, 4, 4))
    assert str(caught.value) == (
        f"{folder}: 3 channels for a network that reads 2.\n"
        "  Needed: images of 2 channels, or gray for color, or color for gray.\n"
        "  Fix: change the channels of the input, or of the images."
    )


def test_pictures_keep_their_order_over_many_stretches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_stretches_of_three(monkeypatch)
    names = [f"{split}/{name}" for split in ("train", "test") for name in "ab"]
    root = write_classes(tmp_path / "set", names, 10)
    source = loaded(root, Image(3, 6, 8))
    assert source.train.labels.tolist() == [0] * 10 + [1] * 10
    for at in range(20):
        assert np.array_equal(source.train.images[at].permute(1, 2, 0), pixels(at))
        assert np.array_equal(source.test.images[at].permute(1, 2, 0), pixels(20 + at))


@pytest.mark.parametrize(("side", "together"), [(5, [10]), (300, [1] * 10)])
@pytest.mark.usefixtures("cache")
def test_small_pictures_are_fitted_together_unless_they_become_large(
    folder: Path, monkeypatch: pytest.MonkeyPatch, side: int, together: list[int]
) -> None:
    counts: list[int] = []

    def counted(given: Sequence[PIL.Image.Image], *how: Any) -> list[Pixels | None]:
        counts.append(len(given))
        return fit_pictures(given, *how)

    monkeypatch.setattr(load, "fit_pictures", counted)
    loaded(folder, Image(3, side, side))
    assert counts == together


def test_who_stops_listening_waits_for_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "THREADS", 2)
    begun: list[int] = []

    def slow(item: int) -> None:
        begun.append(item)
        time.sleep(0.02)

    outcomes = parallel.in_parallel(slow, range(10_000))
    next(outcomes)
    outcomes.close()
    assert len(begun) < 2 * parallel.AHEAD


def test_without_a_cache_a_damaged_picture_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_classes(tmp_path / "set", ["train/cat", "train/dog", "test/cat", "test/dog"], 12)
    (tmp_path / "file").touch()
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path / "file" / "cache"))
    whole = load_source(str(folder), Image(3, 6, 8))
    (folder / "train/cat/0 broken.png").write_bytes(b"nothing")
    source = load_source(str(folder), Image(3, 6, 8))
    assert source.origin.cache.startswith("none, ")
    assert torch.equal(source.train.images, whole.train.images)
    assert [fault.where for fault in source.origin.skipped] == [
        str(folder / "train/cat/0 broken.png")
    ]
