"""Where the cache folder is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from striate.data.images.cache import keep_pixels
from striate.system.files import cache_folder


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
        [f".a.npy.{node}.{os.getppid()}.tmp", f".a.npy.elsewhere.{ended.pid}.tmp", "b.npy"]
    )


def test_what_the_blocks_raise_leaves_nothing(tmp_path: Path) -> None:
    def blocks() -> object:
        yield b"abc"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        keep_pixels(tmp_path / "b.npy", (2, 3), blocks())  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
