"""A folder of several runs is told from one that holds no trained network."""

from pathlib import Path

import pytest

from striate.cli import main


@pytest.mark.parametrize("verb", ["evaluate", "predict", "see", "export", "serve"])
def test_a_folder_of_seeds_is_told_with_what_to_give(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for seed in (0, 1):
        file = tmp_path / "many" / f"seed-{seed}" / "bundle" / "config.json"
        file.parent.mkdir(parents=True)
        file.write_text("{}", encoding="utf-8")
    words = {"predict": ["a.png"], "export": ["-o", "a.onnx"]}.get(verb, [])
    assert main([verb, "many", *words]) == 2
    assert capsys.readouterr().err == (
        "error: many: it is no bundle, and holds 2 trained runs: seed-0, seed-1.\n"
        "  Needed: one of them.\n"
        "  Fix: write many/seed-0; `striate compare` lays runs beside each other.\n"
    )
