"""The rim: whatever goes wrong within ends in a fault, and whatever is printed gives no commands."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import striate
from striate import cli
from striate.cli import check, command, main
from striate.cli.terminal import print_json, visible
from striate.errors import CacheError, Fault, datasets, training
from striate.system.files import cache_folder


def run(*words: str, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "striate", *words],
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_without_a_verb_it_says_where_to_begin(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "striate check lenet5" in capsys.readouterr().out


def test_a_verb_that_does_not_exist_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trian", "lenet5"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: trian: there is no such verb.\n  Needed: one of list, check,")
    assert told.endswith("  Fix: write `striate train`.\n")
    assert main(["zzz"]) == 2
    assert capsys.readouterr().err.endswith("  Fix: see `striate --help`.\n")


def test_flags_that_do_not_exist_are_all_named(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", "lenet5", "--lr", "0.1", "--batch_size", "8", "--data", "mnist", "--foo"]
    assert main(words) == 2
    assert capsys.readouterr().err == (
        "error: striate train: --lr: there is no such flag.\n"
        "  Needed: flags of this verb.\n"
        "  Fix: write --learning-rate.\n"
        "striate train: --batch_size: there is no such flag.\n"
        "  Needed: flags of this verb.\n"
        "  Fix: write --batch-size.\n"
        "striate train: --foo: there is no such flag.\n"
        "  Needed: flags of this verb.\n"
        "  Fix: see `striate train --help`.\n"
    )
    assert main(["list", "lenet5", "too-much"]) == 2
    assert "striate list: too-much: this word is one too many." in capsys.readouterr().err


def test_a_fault_of_striate_asks_for_a_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def load(*_where: object, **_options: object) -> None:
        message = "seven"
        raise KeyError(message)

    monkeypatch.setattr(check, "gather", load)
    assert main(["check", "lenet5"]) == 70
    told = capsys.readouterr().err
    assert "this is a fault of Striate, not of yours: KeyError: 'seven'" in told
    assert "--debug" in told
    assert "Traceback" not in told
    with pytest.raises(KeyError):
        main(["check", "lenet5", "--debug"])


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("DefaultCPUAllocator: not enough memory: you tried")]
)
def test_memory_that_runs_out_is_named(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def load(*_where: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(check, "gather", load)
    assert main(["check", "lenet5"]) == 2
    assert "memory: the machine has no more of it to give" in capsys.readouterr().err


def test_a_closed_output_is_named_and_closed_errors_are_no_fault() -> None:
    code = "import os, sys; os.close({}); os.execv(sys.executable, sys.argv[1:])"
    command = [sys.executable, "-m", "striate", "check", "lenet5"]
    codes, told = [], []
    for stream in (1, 2):
        words = [sys.executable, "-c", code.format(stream), *command]
        done = subprocess.run(words, check=False, capture_output=True, text=True)
        codes.append(done.returncode)
        told.append(done.stderr)
    assert codes == [2, 0]
    assert told[1] == ""
    assert told[0] == (
        "error: standard output: it is closed.\n"
        "  Needed: a place for what is printed.\n"
        "  Fix: leave `>&-` out, or write `> /dev/null` where nothing is to be printed.\n"
    )


REFUSED = "  Needed: a file or folder that can be opened, and room for what is written.\n"


def test_a_folder_that_is_missing_is_named_and_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for words in (["draw", "mlp", "-o"], ["convert", "mlp", "--to", "torch", "-o"]):
        assert main([*words, "no folder/net.svg"]) == 2
        assert capsys.readouterr().err == (
            "error: no folder/net.svg: No such file or directory.\n"
            f"{REFUSED}"
            "  Fix: make the folder 'no folder', or correct the path.\n"
        )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_an_output_that_is_full_is_named(flags: list[str]) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "striate", "check", "mlp", *flags],
            check=False,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 2
    assert done.stderr == (
        "error: standard output: No space left on device.\n"
        f"{REFUSED}"
        "  Fix: correct the path or its permissions, or make room on the disk.\n"
    )


def test_commands_that_are_advised_can_be_typed_as_they_are(tmp_path: Path) -> None:
    folder = str(tmp_path / "my run's")
    for fault in (
        training.run_folder_in_use(folder),
        training.one_run_to_compare(folder),
        training.run_is_finished(folder, 2),
        training.seeds_are_finished(folder, 2),
        datasets.more_faults(folder, 2),
    ):
        (advised,) = re.findall("`(.+)`", fault.fix)
        assert folder in shlex.split(advised)


def test_letters_that_a_stream_does_not_know_are_written_as_numbers(tmp_path: Path) -> None:
    file = tmp_path / "한글.md"
    text = striate.write_document(striate.load("mlp")).replace("name: mlp", "name: 신경망")
    file.write_text(text, encoding="utf-8")
    done = run("list", str(file), PYTHONIOENCODING="latin-1")
    assert done.returncode == 0
    assert rb"\uc2e0\uacbd\ub9dd" in done.stdout
    done = run("list", str(file), "--json", PYTHONIOENCODING="latin-1")
    assert json.loads(done.stdout.decode("latin-1"))[0]["name"] == "신경망"


def test_names_that_are_no_text_are_shown(tmp_path: Path) -> None:
    place = os.fsdecode(os.fsencode(tmp_path) + b"/n\xff.md")
    done = run("check", place)
    assert done.returncode == 2
    assert rb"n\udcff.md: it is neither a shipped network nor a file." in done.stderr


def test_what_steers_a_terminal_is_written_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert visible("a\x1b[31mb\x9b\u202ec\nd\te") == "a\\x1b[31mb\\x9b\\u202ec\\nd\\te"
    print_json({"name": "\x9b\u202e\x7f", "score": float("nan"), "more": [float("inf"), 1.5]})
    printed = capsys.readouterr().out
    assert "\\u009b\\u202e\\u007f" in printed
    assert json.loads(printed) == {"name": "\x9b\u202e\x7f", "score": None, "more": [None, 1.5]}


@pytest.mark.parametrize("verb", ["check", "summary", "list"])
def test_a_document_full_of_commands_gives_none(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "esc.md"
    file.write_text(
        "# T\x1b[31mitle\x1b]0;PWN\x07 [bold]x[/]\u202e\n\n"
        "| Layer | Type | Maps | Size | Kernel |\n|---|---|---|---|---|\n"
        "| In\x1b[2J | Input | 1 | 28x28 | |\n"
        "| [red]C1[/red] | Convol\x1b[31m | 6 | | 5 |\n",
        encoding="utf-8",
    )
    assert main([verb, str(file)]) in {0, 1, 2}
    printed = "".join(capsys.readouterr())
    assert not {"\x1b", "\x07", "\u202e"} & set(printed)
    assert "\\x1b" in printed or "\\u001b" in printed or verb == "list"


def test_an_end_of_line_in_a_name_is_no_part_of_a_message() -> None:
    fault = Fault("a\nFix: do harm", "it\nis", "no\nthing", "nothing.")
    assert str(fault) == "a\\nFix: do harm: it\\nis\n  Needed: no\\nthing\n  Fix: nothing."


def test_without_a_home_the_cache_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STRIATE_CACHE", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: (_ for _ in ()).throw(RuntimeError("no home")))
    with pytest.raises(CacheError) as caught:
        cache_folder()
    assert str(caught.value) == (
        "cache: the user has no home folder, and neither STRIATE_CACHE nor XDG_CACHE_HOME names a place.\n"
        "  Needed: a folder for what can be made again: decoded pictures, compiled layers.\n"
        "  Fix: set STRIATE_CACHE to a folder that can be written to."
    )


@pytest.mark.parametrize(
    ("typed", "meant"), [("fit", "train"), ("Test", "evaluate"), ("ls", "list")]
)
def test_verbs_of_other_programs_are_known(
    typed: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([typed, "lenet5"]) == 2
    assert f"\n  Fix: write `striate {meant}`.\n" in capsys.readouterr().err


def test_what_is_meant_exists(capsys: pytest.CaptureFixture[str]) -> None:
    assert set(command._MEANT_VERBS.values()) <= set(cli.VERBS)
    assert not set(command._MEANT_VERBS) & set(cli.VERBS)
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    text = capsys.readouterr().out
    assert [one for one in command._MEANT.values() if f"  {one.split()[0]} " not in text] == []
    words = ["train", "lenet5", "--oversample", "--patience", "3", "--runs", "5"]
    assert main(words) == 2
    told = [line for line in capsys.readouterr().err.splitlines() if "Fix" in line]
    assert told == [
        "  Fix: write --sampling balanced.",
        "  Fix: write --early-stopping.",
        "  Fix: write --seeds.",
    ]


_INTERRUPTED_AT = """
import os, signal, sys

# Where the tests run in the background, a shell has its commands ignore the signal.
signal.signal(signal.SIGINT, signal.default_int_handler)

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
from striate.cli import main
sys.exit(main({words!r}))
"""


@pytest.mark.parametrize(
    ("words", "modules"),
    [
        (["check", "lenet5"], ["striate.cli.command", "striate.cli.check"]),
        (["train", "mlp", "--data", "xor"], ["numpy", "torch", "torch.nn", "striate.training"]),
    ],
)
def test_an_interruption_while_modules_are_imported_ends_quietly(
    words: list[str], modules: list[str]
) -> None:
    for module in modules:
        code = _INTERRUPTED_AT.format(module=module, words=words)
        done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
        assert (done.returncode, done.stderr) == (130, b"error: interrupted.\n"), module
        assert done.stdout == b""
