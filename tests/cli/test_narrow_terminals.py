"""Tables on narrow terminals: 60 columns are enough for each, and nothing of it is lost."""

from pathlib import Path

import pytest
from rich.cells import cell_len

from striate.cli import console, main


NOTES = Path(__file__).parents[1] / "documents" / "cnn-notes.ko.md"


def printed(words: list[str], width: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(console, "_PIPE_WIDTH", width)
    with monkeypatch.context() as captured:
        lines: list[str] = []
        captured.setattr("sys.stdout.write", lines.append)
        main(words)
    return "".join(lines).splitlines()


@pytest.mark.parametrize("width", [40, 60, 80])
@pytest.mark.parametrize(
    "words",
    [
        ["check", "googlenet"],
        ["check", "lenet5", "--arithmetic", "--language", "ko"],
        ["check", str(NOTES.parent / "planted-faults.md"), "lenet5"],
        ["summary", "alexnet"],
        ["list", str(NOTES)],
    ],
    ids=lambda words: " ".join(Path(word).name for word in words),
)
def test_a_table_fits_and_loses_no_word(
    words: list[str], width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow, wide = (printed(words, size, monkeypatch) for size in (width, 1_000))
    assert max(map(cell_len, narrow)) <= width
    text = "".join("".join(narrow).split())
    assert [word for line in wide for word in line.split() if word not in text] == []


def test_the_shipped_networks_stand_on_a_line_each(monkeypatch: pytest.MonkeyPatch) -> None:
    wide, narrow = (printed(["list"], width, monkeypatch) for width in (1_000, 60))
    assert len(narrow) == len(wide)
    assert max(map(len, narrow)) <= 60
    assert [line.split()[:2] for line in narrow] == [line.split()[:2] for line in wide]


def test_what_fits_on_no_line_stands_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = printed(["check", "googlenet"], 60, monkeypatch)
    first = lines.index("row            conv1")
    assert lines[first - 1 : first + 7] == [
        "line           40",
        "row            conv1",
        "output         64x112x112 = 112x112",
        "parameters     9,472 ≠ 2.7K",
        "connections    118,816,768",
        "multiply-adds  118,013,952 ≠ 34M",
        "verdict        contradicts",
        "",
    ]


def test_a_name_is_neither_markup_nor_a_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.md"
    rows = "| :cat: | Flatten | 4 |\n| [red]x[/] | Flatten | 4 |\n"
    file.write_text(f"| Layer | Type | Size |\n|---|---|---|\n| In | Input | 4 |\n{rows}")
    assert main(["check", str(file)]) == 0
    text = capsys.readouterr().out
    assert ":cat:" in text
    assert "[red]x[/]" in text


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("runs")
    for name in ("a-run-of-a-long-name", "b"):
        words = ["train", "mlp", "--data", "xor", "--epochs", "2", "--output", str(folder / name)]
        assert main(words) == 0
    return str(folder / "a-run-of-a-long-name"), str(folder / "b")


@pytest.mark.parametrize("width", [40, 60])
@pytest.mark.parametrize(
    "words",
    [
        ["compare", "RUNS"],
        ["evaluate", "RUN"],
        ["data", "check", "xor"],
        ["explain", "lenet5", "--row", "C1"],
        ["diff", "lenet5", "alexnet"],
        ["experiment"],
    ],
    ids=" ".join,
)
def test_only_sentences_which_the_terminal_folds_are_longer(
    words: list[str], width: int, two_runs: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = {"RUNS": two_runs, "RUN": two_runs[:1]}
    asked = [given for word in words for given in runs.get(word, (word,))]
    narrow, wide = (printed(asked, size, monkeypatch) for size in (width, 1_000))
    cells = [line for line in narrow if cell_len(line) > width and "  " in line.strip()]
    # A heading of ten places and a sentence, or the remedy below one, is no row of a table.
    assert [line for line in cells if line not in wide] == []
    text = "".join("".join(narrow).split())
    assert [word for line in wide for word in line.split() if word not in text] == []


def test_a_pipe_is_as_wide_as_columns_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def widest(columns: str) -> int:
        monkeypatch.setenv("COLUMNS", columns)
        main(["check", "lenet5", "--arithmetic"])
        return max(map(cell_len, capsys.readouterr().out.splitlines()))

    assert widest("40") <= 40 < widest("70") <= 70 < widest("") == widest("0") == widest("wide")
