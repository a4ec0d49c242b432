"""A file is replaced whole or not at all, whatever happens on the way."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from striate.system.files import write_durably


WRITE = "import os, sys; from pathlib import Path; from striate.system.files import write_durably;"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bundle.md"
    path.write_bytes(b"old")
    return path


def assert_is_old(file: Path) -> None:
    assert file.read_bytes() == b"old"
    assert list(file.parent.iterdir()) == [file]


def test_bytes_and_texts_are_written_as_they_are(file: Path) -> None:
    write_durably(file, b"\r\n\xff")
    assert file.read_bytes() == b"\r\n\xff"
    write_durably(file, "출력\n")
    assert file.read_bytes() == "출력\n".encode()
    write_durably(file.with_name("new.md"), "")
    assert {path.name for path in file.parent.iterdir()} == {"bundle.md", "new.md"}


@pytest.mark.parametrize("call", ["os.fsync", "pathlib.Path.replace"])
@pytest.mark.parametrize("problem", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_a_failing_write_leaves_the_old_file_alone(
    file: Path, monkeypatch: pytest.MonkeyPatch, call: str, problem: BaseException
) -> None:
    def fail(*_: object) -> None:
        raise problem

    monkeypatch.setattr(call, fail)
    with pytest.raises(type(problem)):
        write_durably(file, "new")
    assert_is_old(file)


def test_a_write_that_fails_names_its_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="full") as caught:
        write_durably(file, "new")
    assert caught.value.filename == str(file)


def test_a_full_disk_leaves_the_old_file_alone(file: Path) -> None:
    # The system itself refuses to write more than 4 KiB.
    script = (
        f"{WRITE} import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096));"
        "write_durably(Path(sys.argv[1]), bytes(100_000))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"OSError: [Errno {errno.EFBIG}]" in done.stderr
    assert_is_old(file)


def test_a_process_killed_before_the_end_leaves_the_old_file(file: Path) -> None:
    script = (
        f"{WRITE} os.fsync = lambda _: os.kill(os.getpid(), 9);"
        "write_durably(Path(sys.argv[1]), 'new')"
    )
    done = subprocess.run([sys.executable, "-c", script, str(file)], check=False)
    assert done.returncode == -9
    assert file.read_bytes() == b"old"
    # What it left beside the file goes when the next one writes there.
    assert len(list(file.parent.iterdir())) == 2
    write_durably(file, "newer")
    assert list(file.parent.iterdir()) == [file]


def test_a_folder_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        write_durably(tmp_path / "none" / "a.md", "new")
    assert list(tmp_path.iterdir()) == []


def test_the_content_is_on_the_disk_before_the_name_and_the_name_before_the_return(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def noted_fsync(descriptor: int) -> None:
        is_folder = os.fstat(descriptor).st_ino == file.parent.stat().st_ino
        calls.append("flush folder" if is_folder else "flush file")
        fsync(descriptor)

    def noted_replace(self: Path, target: Path) -> Path:
        assert self.parent == target.parent
        assert self.read_bytes() == b"new"
        calls.append("replace")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    write_durably(file, "new")
    assert calls == ["flush file", "replace", "flush folder"]


def test_where_no_folder_can_be_flushed_the_file_is_written_all_the_same(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(os, "name", "nt")
        patched.delattr(os, "open")
        write_durably(file, "new")
    assert file.read_bytes() == b"new"
