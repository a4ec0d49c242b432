"""What a network is measured on: the run's own test, the test of other data, or all of a folder of tests."""

import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from striate import Convolution, FullyConnected, Input, Row, Table, build, document_of
from striate.cli import main
from striate.data import load_source
from striate.errors import DataError
from striate.errors.evaluation import drawn_anew
from striate.prediction.bundle import load_bundle, save_bundle
from striate.prediction.evaluation import evaluate
from striate.prediction.held_out import data_of_run
from striate.prediction.prediction_files import write_predictions
from striate.shapes import Image


CLASSES = ("blue", "green", "red")


def write_colors(folder: Path, names: dict[str, int]) -> Path:
    """Write pictures of one color each, as many as are given; their noise keeps them apart."""
    for name, count in names.items():
        path = folder / name
        path.mkdir(parents=True)
        place = {"red": 0, "green": 1, "blue": 2}[path.name]
        for number in range(count):
            pixels = np.random.default_rng(number).integers(0, 40, (4, 4, 3), dtype=np.uint8)
            pixels[..., place] += 200
            PIL.Image.fromarray(pixels).save(path / f"{number}.png")
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a run, whose network takes every picture for `blue`."""
    table = Table(
        (
            Row("Input", Input.image(3, 4, 4)),
            Row("C1", Convolution(1, kernel=1), "ReLU"),
            Row("Output", FullyConnected(3), "softmax"),
        )
    )
    document = document_of(table, "colors")
    state = build(document).state_dict()
    for name, values in state.items():
        state[name] = values * 0
    state["Output.bias"][0] = 1
    folder = tmp_path / "run"
    folder.mkdir()
    save_bundle(folder / "bundle", document, CLASSES, {"best": state, "last": state}, "")
    own = write_colors(tmp_path / "own", dict.fromkeys(CLASSES, 10))
    (folder / "run.yaml").write_text(f"data: {own}\n", encoding="utf-8")
    return folder


def measured(run: Path, data: Path | None, *, everything: bool = False) -> list[int]:
    """Examples of each class that were measured on."""
    outcome = evaluate(load_bundle(run / "bundle"), str(data), all_if_drawn=everything)
    assert outcome.classes == CLASSES
    assert outcome.errors == outcome.examples - sum(outcome.confusion[0])
    return [sum(row) for row in outcome.confusion]


def test_all_of_a_folder_of_tests_are_measured(run: Path, tmp_path: Path) -> None:
    folder = write_colors(tmp_path / "more", {"blue": 3, "green": 4, "red": 5})
    assert measured(run, folder, everything=True) == [3, 4, 5]
    assert measured(run, folder) == [1, 1, 1]  # as a run that was trained on it would


def test_the_test_of_data_that_names_one_is_measured(run: Path, tmp_path: Path) -> None:
    names = {"train/red": 2, "train/blue": 2, "test/red": 3, "test/blue": 4}
    folder = write_colors(tmp_path / "parted", names)
    assert measured(run, folder, everything=True) == [4, 0, 3]
    alone = write_colors(tmp_path / "alone", {"test/green": 6})
    assert measured(run, alone) == [0, 6, 0]


def test_fewer_classes_are_measured_by_their_names(run: Path, tmp_path: Path) -> None:
    folder = write_colors(tmp_path / "two", {"green": 2, "red": 3})
    assert measured(run, folder, everything=True) == [0, 2, 3]


def test_a_class_that_the_network_does_not_know_is_refused(run: Path, tmp_path: Path) -> None:
    folder = write_colors(tmp_path / "other", {"green": 2, "red": 3})
    (folder / "green").rename(folder / "lime")
    with pytest.raises(DataError) as caught:
        measured(run, folder, everything=True)
    assert str(caught.value) == (
        f"{folder}: its classes are lime, red.\n"
        "  Needed: those that the network was trained for, or some of them: blue, green, red.\n"
        "  Fix: choose data with these classes, or train on this data."
    )


def test_arrays_without_a_test_are_measured_on_as_a_whole(run: Path, tmp_path: Path) -> None:
    source = load_source(
        str(write_colors(tmp_path / "a", dict.fromkeys(CLASSES, 4))), Image(3, 4, 4)
    )
    names = np.array(CLASSES)[source.train.labels.numpy()]
    np.savez(tmp_path / "a.npz", images=source.train.images.numpy(), labels=names)
    assert sum(measured(run, tmp_path / "a.npz", everything=True)) == len(names)


def test_without_data_the_test_of_the_run_is_measured(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for place in (run, run / "bundle"):
        assert data_of_run(place) == str(tmp_path / "own")
        assert main(["evaluate", str(place)]) == 0
        printed = capsys.readouterr().out
        assert f"colors on the test images of {tmp_path / 'own'}: 66.67 % wrong (4 of 6)" in printed
    # The same place, written in another way.
    assert main(["evaluate", str(run), "--data", f"{tmp_path}/run/../own/"]) == 0
    assert "(4 of 6)" in capsys.readouterr().out
    other = write_colors(tmp_path / "other", dict.fromkeys(CLASSES, 7))
    assert main(["evaluate", str(run), "--data", str(other)]) == 0
    assert (
        f"colors on all 21 images of {other}: 66.67 % wrong (14 of 21)" in capsys.readouterr().out
    )


def test_a_bundle_away_from_its_run_needs_data(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    away = tmp_path / "away"
    (run / "bundle").rename(away)
    assert main(["evaluate", str(away)]) == 2
    assert capsys.readouterr().err == (
        f"error: {away}: it lies in no run that would tell its data, and none is given.\n"
        "  Needed: a data set.\n"
        "  Fix: add --data, with its name or path.\n"
    )


def test_flags_about_data_need_data(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(run), "--columns", "label=breed", "--skip", "0.1"]) == 2
    assert capsys.readouterr().err == "".join(
        f"{before}{flag}: no data set is given that it could be about; that of the run is read as it was.\n"
        "  Needed: --data beside it.\n"
        f"  Fix: add --data, or leave {flag} out.\n"
        for before, flag in (("error: ", "--columns"), ("", "--skip"))
    )


def test_classes_of_different_sizes_have_the_mean_of_their_errors(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The network takes all for blue: 1 of 13 is wrong, and yet half of the classes."""
    data = write_colors(tmp_path / "test", {"blue": 12, "green": 1})
    assert main(["evaluate", str(run), "--data", str(data), "--json"]) == 0
    outcome = json.loads(capsys.readouterr().out)
    assert outcome["error"] == pytest.approx(1 / 13)
    assert outcome["balanced_error"] == pytest.approx(1 / 2)
    said = "Classes are of different sizes: the mean of their errors is 50.00 %."
    assert main(["evaluate", str(run), "--data", str(data)]) == 0
    assert said in " ".join(capsys.readouterr().out.split())
    even = write_colors(tmp_path / "even", {"blue": 12, "green": 7})
    assert main(["evaluate", str(run), "--data", str(even)]) == 0
    assert said[:30] not in capsys.readouterr().out


def lay_down_predictions(run: Path) -> list[str]:
    """Write down what the run was tested on, as a run does at its end, and give the names."""
    outcome = evaluate(run, str(run.parent / "own"))
    write_predictions(run / "predictions.csv", outcome)
    return list(outcome.names)


def test_pictures_that_a_run_may_have_learnt_from_are_not_its_test(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = run.parent / "own"
    tested = lay_down_predictions(run)
    assert evaluate(run, str(own)).remarks == ()
    gone = [name for name in tested if name.startswith(("red", "blue"))]
    for name in gone:
        (own / name).unlink()
    drawn = load_source(str(own), Image(3, 4, 4)).test_files
    strangers = len(set(drawn) - set(tested))
    assert strangers >= 2
    outcome = evaluate(run, str(own))
    assert set(outcome.names) == set(tested) - set(gone)
    assert sorted(outcome.labels.tolist()) == [1, 1]
    told = (
        f"{own} has changed since the run: measured on the 2 of its 6 test examples that are still there; "
        f"{strangers} examples that the draw now takes for the test are left out, for the run may have learnt "
        "from them."
    )
    assert outcome.remarks == (told,)
    assert main(["evaluate", str(run)]) == 0
    assert told in capsys.readouterr().out
    # Of other data with the same names the run has learnt nothing.
    other = write_colors(run.parent / "other", dict.fromkeys(CLASSES, 9))
    assert evaluate(run, str(other)).remarks == ()


def test_where_nothing_of_its_test_is_left_a_run_may_have_learnt_from_all(run: Path) -> None:
    own = run.parent / "own"
    tested = lay_down_predictions(run)
    for name in tested:
        (own / name).unlink()
    drawn = load_source(str(own), Image(3, 4, 4)).test_files
    assert not set(drawn) & set(tested)
    outcome = evaluate(run, str(own))
    assert list(outcome.names) == list(drawn)
    assert outcome.remarks == (
        (
            f"{own} has changed since the run: none of its {len(tested)} test examples is there; what the draw now takes for "
            f"the test is measured on, {len(drawn)} examples, and the run may have learnt from it."
        ),
    )


def test_one_example_is_told_as_one() -> None:
    assert drawn_anew("own", 1, 1, 1) == (
        "own has changed since the run: measured on the 1 of its 1 test example that are still there; 1 example that "
        "the draw now takes for the test is left out, for the run may have learnt from it."
    )
    assert drawn_anew("own", 2, 3, 0) == (
        "own has changed since the run: measured on the 2 of its 3 test examples that are still there."
    )


@pytest.mark.parametrize("given", ["-", "a bird on a tree", "x" * 999])
def test_a_sentence_is_no_picture(
    run: Path, given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for verb in ("predict", "see"):
        assert main([verb, str(run), given]) == 2
        assert capsys.readouterr().err == (
            f"error: {given}: there is no such file.\n"
            "  Needed: files of pictures, or folders of them: this network reads no sentences, and nothing from "
            "standard input.\n"
            "  Fix: correct the path.\n"
        )


def test_the_folder_of_a_run_is_no_table(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = "error: {}: it is a folder, and no file.\n  Needed: a file that holds a network.\n  Fix: {}.\n"
    for folder, fix in (
        (run / "bundle", f"write {run}/bundle/README.md"),
        (run.parent / "own", "write the file in it that is meant"),
    ):
        assert main(["summary", str(folder)]) == 2
        assert capsys.readouterr().err == said.format(folder, fix)
    (run / "network.md").write_text("| |", encoding="utf-8")
    assert main(["summary", str(run)]) == 2
    assert capsys.readouterr().err == said.format(run, f"write {run}/network.md")
