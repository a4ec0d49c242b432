"""`striate check` of many files and folders: one pass, one exit code, and nothing passed over in silence."""

import json
import re
import shlex
from pathlib import Path

import pytest
import yaml

from striate.cli import main
from striate.documents import ENDINGS
from striate.networks import network_text


ROOT = Path(__file__).parents[2]


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of notes as people have them: two networks, one of them wrong, and much else."""
    monkeypatch.chdir(tmp_path)
    write(Path("docs/right.md"), network_text("lenet5"))
    write(Path("docs/more/wrong.md"), network_text("lenet5").replace("28x28", "29x29"))
    write(Path("docs/journal.md"), "# Monday\n\nNothing happened.\n")
    write(Path("docs/photo.png"), "no picture")
    for foreign in (".git", "node_modules", "env/lib"):
        write(Path("docs", foreign, "wrong.md"), network_text("lenet5").replace("28x28", "27x27"))
    write(Path("docs/env/pyvenv.cfg"), "home = /usr/bin\n")
    return Path("docs")


def test_a_folder_is_checked_with_all_below_it(
    notes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(notes)]) == 1
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out == (
        "LeNet-5  docs/more/wrong.md, line 33\n"
        "\n"
        "wrong line 36, C1, Size: the table says 29x29, the arithmetic gives 28x28.\n"
        "  Needed: 28x28: (32 - 5 + 2*0)/1 + 1 = 28.\n"
        "  Fix: write 28x28; a 4x4 kernel would give it.\n"
        "\n"
        "2 networks in 2 documents: 1 finding.\n"
        "\n"
        "document            network  rows  parameters  line  findings\n"
        "docs/right.md       lenet5      8      60,000    33         0\n"
        "docs/more/wrong.md  lenet5      8      60,000    33         1\n"
        "Passed over without a network: 1 file.\n"
        "Not opened, for networks are not written in such files: .png (1).\n"
    )


def test_the_exit_code_is_the_worst_and_every_file_is_checked(
    notes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal, right = notes / "journal.md", notes / "right.md"
    assert main(["check", str(right), "mlp"]) == 0
    assert "2 networks in 2 documents: 0 findings." in capsys.readouterr().out
    assert main(["check", str(journal), str(notes), "missing.md"]) == 2
    captured = capsys.readouterr()
    assert "wrong line 36, C1, Size" in captured.out
    assert captured.err.startswith("error: docs/journal.md: it holds no table and no code.\n")
    assert "error: missing.md: it is neither a shipped network nor a file.\n" in captured.err


def test_a_named_file_without_a_network_is_passed_over_when_asked(
    notes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["check", str(notes / "journal.md"), str(notes / "right.md")]
    assert main(words) == 2
    capsys.readouterr()
    assert main([*words, "--skip-others"]) == 0
    assert "Passed over without a network: 1 file." in capsys.readouterr().out


def test_a_folder_without_a_network_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "a.md", "# Nothing\n")
    needed = (
        "  Needed: at least one file that holds a network: Markdown, Python, a notebook, HTML, LaTeX, CSV, text.\n"
        "  Fix: check the path, or name the files.\n"
    )
    assert main(["check", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"error: {tmp_path}: no network stands in its 1 file.\n{needed}"
    )
    (tmp_path / "a.md").unlink()
    assert main(["check", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"error: {tmp_path}: no file in it is read.\n{needed}"


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_checked(
    notes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (notes / "old.txt").write_bytes("합성곱".encode("cp949"))
    write(notes / "open.md", "---\nname: a\n\n# A\n")
    assert main(["check", str(notes)]) == 2
    captured = capsys.readouterr()
    assert "1 finding." in captured.out
    assert "error: docs/old.txt: it cannot be read: byte 0 is not UTF-8.\n" in captured.err


def test_a_fault_names_its_document_where_there_are_several(
    notes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(notes / "endless.md", "# A\n\n```python\nx = 1\n")
    assert main(["check", str(notes / "endless.md"), "lenet5"]) == 2
    assert "error: line 3, docs/endless.md, python: the block begins here and never ends." in (
        capsys.readouterr().err
    )


def test_json_holds_all_networks_and_what_was_not_read(
    notes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(notes), "missing.md", "--json"]) == 2
    outcome = json.loads(capsys.readouterr().out)
    assert [(network["where"], network["agrees"]) for network in outcome["networks"]] == [
        ("docs/right.md", True),
        ("docs/more/wrong.md", False),
    ]
    assert [error["place"] for error in outcome["errors"]] == ["missing.md"]
    assert outcome["errors"][0]["came"] == "it is neither a shipped network nor a file."
    assert outcome["without_network"] == ["docs/journal.md"]
    assert outcome["not_opened"] == {".png": 1}


def test_annotations_are_commands_that_nothing_in_a_document_can_break(
    notes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = notes / "a, b:c.md"
    text = network_text("lenet5").replace("28x28", "29x29").replace("| C1 ", "| 100%::C1 ")
    write(odd, text.replace("C1 → ", "100%::C1 → "))
    assert main(["check", str(odd), str(notes / "journal.md"), "--format", "github"]) == 2
    error, *notices, missing, end = capsys.readouterr().out.splitlines()
    assert error.startswith(
        "::error file=docs/a%2C b%3Ac.md,line=36,title=100%25%3A%3AC1%2C Size::the table says 29x29, the "
        "arithmetic gives 28x28.%0ANeeded: 28x28: (32 - 5 + 2*0)/1 + 1 = 28.%0AFix: write 28x28;"
    )
    assert all(notice.startswith("::notice file=docs/a%2C b%3Ac.md,line=") for notice in notices)
    assert missing.startswith(
        "::error file=docs/journal.md,title=docs/journal.md::it holds no table"
    )
    assert end == "1 network in 1 document: 1 finding."


def test_annotations_give_a_terminal_no_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(
        tmp_path / "a.md",
        "| Layer | Type | Size |\n|---|---|---|\n| In\x1b[2J | Input | 3 |\n| F\x1b[2J | Flatten | 4 |\n",
    )
    main(["check", str(file), "--format", "github"])
    main(["check", str(file), "--draft"])
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert printed.count("\\x1b[2J") >= 2


def test_what_is_said_in_two_forms_at_once_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "lenet5", "--json", "--draft"]) == 2
    assert "--draft: it stands beside --json." in capsys.readouterr().err


def test_the_entry_of_the_hook_runs_on_the_files_that_it_names(
    notes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    program, *words = shlex.split(hook["entry"])
    assert program == "striate"
    assert main([*words, str(notes / "journal.md"), str(notes / "right.md")]) == 0
    assert main([*words, str(notes / "journal.md")]) == 0
    assert main([*words, str(notes / "more/wrong.md")]) == 1
    capsys.readouterr()
    assert all(re.search(hook["files"], f"a{ending}") for ending in ENDINGS)
    assert not re.search(hook["files"], "a.png")


def test_watching_checks_again_when_the_file_changes_and_ends_with_ctrl_c(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "a.md", network_text("lenet5"))
    waits = 0

    def while_nothing_changes(_: float) -> None:
        nonlocal waits
        waits += 1
        if waits == 2:
            file.unlink()  # as an editor does that writes the file anew
        if waits == 4:
            write(file, network_text("lenet5").replace("28x28", "29x29"))
        if waits == 6:
            raise KeyboardInterrupt

    monkeypatch.setattr("striate.cli.watching.time.sleep", while_nothing_changes)
    assert main(["check", str(file), "--watch"]) == 130
    printed = capsys.readouterr()
    assert [printed.out.count(end) for end in ("claims agree.\n", "1 finding.\n")] == [1, 1]
    assert printed.err.count("it is neither a shipped network nor a file.") == 1


def test_a_shipped_network_cannot_be_watched(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "lenet5", "--watch"]) == 2
    assert capsys.readouterr().err == (
        "error: --watch: lenet5: no file or folder of this name is there.\n"
        "  Needed: a file, or a folder, that changes.\n"
        "  Fix: name the file that you write.\n"
    )
