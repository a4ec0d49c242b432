"""Every field of the recipe in force is told, with who has said it."""

import json
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

import striate
from striate.cli import main
from striate.cli.progress import recipe_lines
from striate.recipe import Recipe


XOR = ("train", "mlp", "--data", "xor", "--epochs", "2", "--class-weights", "0 2, 1 1")


def test_flags_document_and_defaults_share_the_fields_between_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert main([*XOR, "--output", str(run), "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[0])["recipe"]
    assert told["flags"] == {"epochs": 2, "class_weights": {"0": 2.0, "1": 1.0}}
    assert told["data"] == {}
    shipped = Path(striate.networks.__file__).with_name("mlp.md").read_text(encoding="utf-8")
    stated = yaml.safe_load(shipped.split("---")[1])["recipe"]
    assert {name: value for name, value in stated.items() if name not in told["flags"]} == told[
        "document"
    ]
    names = [name for values in told.values() for name in values]
    assert sorted(names) == sorted(item.name for item in fields(Recipe))
    kept = yaml.safe_load((run / "run.yaml").read_text(encoding="utf-8"))
    assert kept["recipe_from"] == {origin: list(values) for origin, values in told.items()}
    # What is said once is remembered where the run goes on, with what is new.
    assert main(["train", "--resume", str(run), "--epochs", "3", "--json"]) == 0
    again = json.loads(capsys.readouterr().out.splitlines()[0])["recipe"]
    assert again == told | {"flags": told["flags"] | {"epochs": 3}}


def test_what_the_data_has_chosen_is_told_as_that(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["train", "--data", "xor", "--seed", "4"]) == 0
    lines = capsys.readouterr().out.splitlines()
    begin = next(place for place, line in enumerate(lines) if line.startswith("Recipe"))
    assert lines[begin] == "Recipe    flags: seed 4"
    assert lines[begin + 1].startswith("          data: epochs ")
    assert lines[begin + 2].startswith("          defaults: batch_size 32, optimizer adamw, ")


def test_a_narrow_terminal_has_more_lines() -> None:
    recipe: dict[str, dict[str, object]] = {
        "flags": {"augmentation": "shift 2, flip"},
        "data": {},
        "defaults": {"a" * 20: 1, "b" * 20: 2},
    }
    assert list(recipe_lines(recipe, 40)) == [
        "Recipe    flags: augmentation 'shift 2,",
        "          flip'",
        "          defaults: aaaaaaaaaaaaaaaaaaaa",
        "          1, bbbbbbbbbbbbbbbbbbbb 2",
    ]
