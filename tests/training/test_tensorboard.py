"""Events for TensorBoard are those of the run, read back by TensorBoard's own reader."""

from pathlib import Path

import pytest

from striate.cli import main
from striate.errors import TrainingError
from striate.training import tensorboard
from striate.training.history import read_history


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Read the points of each figure."""
    accumulators = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    reader = accumulators.EventAccumulator(str(folder))
    reader.Reload()
    return {
        name: [(one.step, one.value) for one in reader.Scalars(name)]
        for name in reader.Tags()["scalars"]
    }


def test_a_run_and_its_going_on_are_one_course(tmp_path: Path) -> None:
    run, logs = tmp_path / "first", tmp_path / "logs"
    log = ["--tensorboard", str(logs)]
    words = ["train", "mlp", "--data", "xor", "--epochs", "3", "--output", str(run), *log]
    assert main(words) == 0
    assert main(["train", "--resume", str(run), "--epochs", "5", *log]) == 0
    found = scalars(logs / "first")
    history = read_history(run)
    assert [step for step, _ in found["loss/training"]] == [1, 2, 3, 4, 5]
    for name, values in (
        ("loss/training", [one.training_loss for one in history]),
        ("error/training", [one.training_error for one in history]),
        ("learning_rate", [one.learning_rate for one in history]),
    ):
        assert [value for _, value in found[name]] == pytest.approx(values)
    assert [step for step, _ in found["error/test"]][-1] == 5
    assert "loss/validation" not in found


def test_without_the_library_it_is_named_before_anything_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tensorboard, "find_spec", lambda _: None)
    with pytest.raises(TrainingError) as caught:
        tensorboard.EventLog(tmp_path)
    assert str(caught.value) == (
        "--tensorboard: events are written by the library tensorboard, which is not installed.\n"
        "  Needed: tensorboard.\n"
        "  Fix: write pip install 'striate[tensorboard]', or leave it out: metrics.csv holds the same."
    )
    words = ["train", "mlp", "--data", "xor", "--output", str(tmp_path / "run"), "--tensorboard"]
    assert main([*words, str(tmp_path / "logs")]) == 2
    assert not (tmp_path / "run").exists()
