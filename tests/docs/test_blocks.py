"""Every command and every block of code of the README and docs/: each is run here, or has its record, or a reason."""

import argparse
import importlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from finished_runs import FinishedRun
from scripts_of_repository import script
from striate import cli
from striate.checking import check
from striate.cli import main
from striate.documents import read_networks
from striate.experiments import experiment_names, load_experiment


BLOCKS: Any = script("blocks")
ALL = [block for page in BLOCKS.PAGES for block in BLOCKS.blocks(page)]
COMMANDS = list(dict.fromkeys(one for page in BLOCKS.PAGES for one in BLOCKS.commands(page)))
QUICK = {
    "check", "compare", "completion", "convert", "data", "diff", "draw", "evaluate", "experiment", "explain", "list",
    "predict", "summary",
}  # fmt: skip
"""Verbs that are run here; the others take seconds, and have their record."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, finished_lenet5: FinishedRun) -> Path:
    """Give a folder that holds what the pages speak of; the runs are small ones."""
    folder = tmp_path_factory.mktemp("pages")
    BLOCKS.prepare(folder, is_for_all=False)
    for run in ("small-run", "other-run", "runs/color-cnn-1"):
        shutil.copytree(finished_lenet5[0].bundle.parent, folder / run)
    return folder


def test_every_block_is_one_that_can_be_run_or_says_why_not() -> None:
    open_ones = [
        f"{block.page}:{block.line}"
        for block in ALL
        if not block.reason
        and not block.is_of_commands
        and block.language not in {"python", "yaml", "markdown"}
    ]
    assert open_ones == []
    assert len(ALL) > 100


def test_every_command_is_one() -> None:
    assert len(COMMANDS) > 120
    for command in COMMANDS:
        verb, *words = BLOCKS.words_of(command)
        if "--help" in words:
            continue
        parser = argparse.ArgumentParser(prog=command, exit_on_error=False)
        importlib.import_module(f"striate.cli.{cli.VERBS[verb]}").add_arguments(parser)
        assert vars(parser.parse_args(words[: words.index(">")] if ">" in words else words))


def test_quick_commands_do_what_they_say(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(place)
    run: set[str] = set()
    for command in COMMANDS:
        words = BLOCKS.words_of(command)
        said = " ".join(words)
        if words[0] not in QUICK or said in run or {"text-run", "mnist"} & {*words}:
            continue
        asks = words[0] == "experiment" and len(words) > 1 and not words[1].startswith("--")
        if asks and words[1] != "small-fields":
            words = [*words[:2], "--text"]
        if BLOCKS.reason_not_to_run(words) or "--help" in words:
            continue
        run.add(said)
        assert main(words) == (said in BLOCKS.FINDS), command
        assert capsys.readouterr().out
    assert len(run) > 60


def test_commands_and_code_have_their_record() -> None:
    record = json.loads(BLOCKS.RECORD.read_text("utf-8"))
    wanted = BLOCKS.everything(BLOCKS.PAGES)
    # A few may be newer than the record, which takes half an hour to write.
    open_ones = [name for name in wanted if name not in record]
    assert len(open_ones) < len(wanted) / 10, "run scripts/blocks.py"
    assert all(dict(load_experiment(name).found)["verdict"] for name in experiment_names())
    for name, what in wanted.items():
        words = what if isinstance(what, list) else []
        assert name in open_ones or BLOCKS.is_right(words, record[name]), name


def test_blocks_of_python_run(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    seen = 0
    for block in ALL:
        # The README's example trains, and has a test of its own.
        if block.language == "python" and not block.reason and block.page != "README.md":
            exec(compile(block.text, f"{block.page}:{block.line}", "exec"), {})
            seen += 1
    assert seen > 2


def test_blocks_of_yaml_are_front_matter() -> None:
    found = [block for block in ALL if block.language == "yaml"]
    assert len(found) > 1
    for block in found:
        (document,) = read_networks(BLOCKS.as_document(block), block.page)
        assert check(document).findings == (), block.page
        assert document.recipe is not None
        assert document.recipe.augmentation or document.preparation.mean, block.page


def test_blocks_of_markdown_are_networks_that_agree() -> None:
    found = [block for block in ALL if block.language == "markdown"]
    assert found
    for block in found:
        (document,) = read_networks(block.text, block.page)
        report = check(document)
        assert report.agrees
        assert report.comparisons


def test_only_what_ends_as_it_should_is_right() -> None:
    assert BLOCKS.is_right(["check", "lenet5"], {"exit": 0})
    assert not BLOCKS.is_right(["check", "lenet5"], {"exit": 1})
    assert BLOCKS.is_right(["check", "alexnet"], {"exit": 1})
    assert not BLOCKS.is_right(["check", "alexnet"], {"exit": 0})
    assert not BLOCKS.is_right(["train", "lenet5"], {"exit": 2})
    assert BLOCKS.is_right(["train", "lenet5"], {"exit": 130})  # ended for the time it took
