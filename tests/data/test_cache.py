"""Where the cache folder is."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from striate.data.images import cache
from striate.data.images.cache import keep_pixels, kept_pixels
from striate.system.files import cache_folder, make_private


@pytest.mark.parametrize(
    ("own", "users", "expected"),
    [
        ("/own", "/users", "/own"),
        ("~/own", "", "/home/me/own"),
        ("", "/users", "/users/striate"),
        ("", "relative", "/home/me/.cache/striate"),
        ("", "", "/home/me/.cache/striate"),
    ],
)
def test_the_variables_decide(
    monkeypatch: pytest.MonkeyPatch, own: str, users: str, expected: str
) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("STRIATE_CACHE", own)
    monkeypatch.setenv("XDG_CACHE_HOME", users)
    assert cache_folder() == Path(expected)


def test_remains_of_a_dead_process_go_and_those_of_a_living_one_stay(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    node = os.uname().nodename
    for process in (ended.pid, os.getppid()):
        (tmp_path / f".a.npy.{node}.{process}.tmp").touch()
    (tmp_path / f".a.npy.elsewhere.{ended.pid}.tmp").touch()
    pixels = keep_pixels(tmp_path / "b.npy", (2, 3), iter([b"abc", b"def"]))
    assert pixels.tobytes() == b"abcdef"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [
            f".a.npy.{node}.{os.getppid()}.tmp",
            f".a.npy.elsewhere.{ended.pid}.tmp",
            "b.npy",
            "b.npy.json",
        ]
    )


def test_what_the_blocks_raise_leaves_nothing(tmp_path: Path) -> None:
    def blocks() -> object:
        yield b"abc"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        keep_pixels(tmp_path / "b.npy", (2, 3), blocks())  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def _aged(file: Path) -> None:
    """Let a file be older than a tick of the clock: its entry's own time cannot be set, so time is moved on."""
    past = time.time_ns() - 3600 * 10**9
    os.utime(file, ns=(past, past))


@pytest.mark.parametrize("at", [0, 200, 128 + 2 * 100, -1])
def test_pixels_that_were_changed_are_not_believed(
    tmp_path: Path, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "BLOCK_BYTES", 100)
    file = tmp_path / "a.npy"
    keep_pixels(file, (7, 100), iter([bytes([value]) * 100 for value in range(1, 8)]))
    assert kept_pixels(file, (7, 100)) is not None
    content = bytearray(file.read_bytes())
    content[at] ^= 1
    file.write_bytes(content)
    assert kept_pixels(file, (7, 100)) is None


def test_a_change_that_leaves_size_and_time_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "a.npy"
    keep_pixels(file, (3,), iter([b"abc"]))
    told = file.stat()
    file.write_bytes(file.read_bytes().replace(b"abc", b"abd"))
    os.utime(file, ns=(told.st_atime_ns, told.st_mtime_ns))
    assert kept_pixels(file, (3,)) is None


def test_pixels_are_compared_once_a_stamp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.npy"
    keep_pixels(file, (3,), iter([b"abc"]))
    monkeypatch.setattr(cache, "time_ns", lambda: time.time_ns() + 3600 * 10**9)
    assert kept_pixels(file, (3,)) is not None  # compared, an hour later
    with monkeypatch.context() as patch:
        patch.setattr(cache, "_digested", None)
        assert kept_pixels(file, (3,)) is not None
    _aged(file)
    with monkeypatch.context() as patch:
        patch.setattr(cache, "_digested", lambda *_: pytest.fail("compared again"))
        with pytest.raises(pytest.fail.Exception):
            kept_pixels(file, (3,))


@pytest.mark.parametrize(
    "seal", [None, b"", b"[]", b'{"digests": 3}', b'{"digests": [], "stamp": [], "compared": 0}']
)
def test_pixels_without_their_digests_are_not_believed(tmp_path: Path, seal: bytes | None) -> None:
    file = tmp_path / "a.npy"
    keep_pixels(file, (3,), iter([b"abc"]))
    beside = tmp_path / "a.npy.json"
    if seal is None:
        beside.unlink()
    else:
        beside.write_bytes(seal)
    assert kept_pixels(file, (3,)) is None


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_folders_of_the_cache_are_for_their_owner_alone(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        make_private(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("a", "a/b")] == [0o700] * 2
