"""A network is chosen by the data, and why is said."""

import re
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch

from striate.augmentation.kinds import Flip, Shift
from striate.cli import main
from striate.data import Examples, Source, find_source
from striate.documents.front_matter import recipe_with
from striate.errors import TrainingError
from striate.shapes import Image
from striate.training.choosing import choose_for, choose_network, load_for_data


def write(folder: Path, size: tuple[int, int], *, is_colored: bool, each: int = 3) -> Path:
    """Write pictures of two classes, dark and light."""
    for name, value in (("dark", 40), ("light", 200)):
        (folder / name).mkdir(parents=True)
        for at in range(each):
            color = (value, value + at, 255 - value) if is_colored else (value + at,) * 3
            PIL.Image.new("RGB", size, color).save(folder / name / f"{at}.png")
    return folder


@pytest.mark.parametrize(
    ("size", "side"),
    [((20, 30), 32), ((48, 90), 32), ((70, 70), 64), ((300, 100), 96), ((999, 500), 128)],
)
def test_the_size_is_that_of_the_pictures(tmp_path: Path, size: tuple[int, int], side: int) -> None:
    document, (said, _) = choose_network(str(write(tmp_path / "data", size, is_colored=True)))
    assert str(document.table.input) == f"3x{side}x{side}"
    assert (
        f"colored pictures of {min(size)} pixels; 2 classes, 4 files to train on: read at {side}x{side}"
        in said
    )
    assert not document.faults


def test_gray_pictures_in_color_files_are_gray(tmp_path: Path) -> None:
    document, (said, _) = choose_network(str(write(tmp_path / "data", (32, 32), is_colored=False)))
    assert str(document.table.input) == "1x32x32"
    assert "gray pictures" in said


def source(images: torch.Tensor, classes: int = 2) -> Source:
    labels = torch.arange(len(images)) % classes
    examples = Examples(images, labels)
    return Source("data", tuple(map(str, range(classes))), examples, examples)


def test_many_small_colored_pictures_get_the_large_network() -> None:
    random = np.random.default_rng(0)
    small = torch.from_numpy(random.integers(0, 256, (10_000, 3, 32, 32), np.uint8))
    assert choose_for(source(small))[0].name == "resnet9"
    assert choose_for(source(small[:9_999]))[0].name == "color-cnn"


def test_a_small_set_has_more_epochs() -> None:
    few, many = (
        choose_for(source(torch.zeros(n, 1, 28, 28)))[0].recipe.epochs for n in (200, 20_000)
    )
    assert (few, many) == (60, 10)


def test_nothing_is_said_of_what_is_given_and_why_nothing_is_augmented_is(tmp_path: Path) -> None:
    data = str(write(tmp_path / "data", (70, 70), is_colored=True))
    document, (network, augmentation) = choose_network(data)
    assert network.endswith("4 files to train on: read at 64x64, 60 epochs.")
    assert augmentation == (
        "Pictures are learnt as they are, for the data does not show which changes leave a class as it is (a mirrored "
        'letter is another one): --augmentation "flip, shift 4" mirrors and moves them; whether that helps, '
        "held-out pictures tell (--validation)."
    )
    asked = recipe_with(document, {"augmentation": augmentation.split('"')[1]})
    assert asked.augmentation == (Flip(), Shift(4))
    _, (network,) = choose_network(data, {"epochs", "augmentation"})
    assert network.endswith("4 files to train on: read at 64x64.")


def test_the_numbers_that_a_command_tells_do_not_contradict_each_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write(tmp_path / "data", (32, 32), is_colored=True, each=40)
    for name in ("dark", "light"):
        (data / name / "cut.png").write_bytes((data / name / "0.png").read_bytes()[:40])
    words = ["train", "--data", str(data), "--epochs", "1", "--output", str(tmp_path / "run")]
    assert main([*words, "--threads", "1"]) == 0
    said = capsys.readouterr().out
    files, images = (
        int(re.findall(rf"(\d+) {what}", said)[0])
        for what in ("files to train on", "training images;")
    )
    skipped = (tmp_path / "run" / "skipped.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert files - len(skipped) <= images <= files
    assert "60 epochs" not in said


def test_vectors_get_a_hidden_row_and_their_classes() -> None:
    document, (said,) = choose_for(source(torch.zeros(30, 7, dtype=torch.uint8), classes=3))
    walk = document.sound_walk()
    assert walk.total.parameters == (7 + 1) * 64 + (64 + 1) * 3
    assert "vectors of 7 values; 3 classes, 30 to train on" in said


def test_sentences_get_the_network_of_sentences(tmp_path: Path) -> None:
    file = tmp_path / "said.csv"
    file.write_text("text,label\n" + "good film,pos\nbad film,neg\n" * 20)
    document, (said,) = choose_network(str(file))
    assert document.name == "text-cnn"
    assert document.recipe.validation < 5
    assert "sentences; 2 classes" in said


def test_nothing_is_chosen_for_what_no_network_reads(tmp_path: Path) -> None:
    with pytest.raises(TrainingError) as caught:
        choose_for(source(torch.zeros(4, 2, 3)))
    assert str(caught.value) == (
        "data: no network was named, and it holds examples of the shape (2, 3).\n"
        "  Needed: pictures, sentences, or flat vectors, where a network is to be chosen.\n"
        "  Fix: name a network: `striate train NETWORK --data DATA`."
    )
    folder = write(tmp_path / "data", (8, 8), is_colored=True)
    for picture in folder.rglob("*.png"):
        picture.write_bytes(b"no picture")
    with pytest.raises(TrainingError, match="it holds no picture that can be opened"):
        choose_for(find_source(str(folder)))


def test_the_command_says_what_it_chose_and_learns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write(tmp_path / "data", (24, 24), is_colored=True, each=10)
    words = ["train", "--data", str(data), "--epochs", "8", "--output", str(tmp_path / "run")]
    assert main([*words, "--threads", "1"]) == 0
    said = capsys.readouterr().out
    assert "No network was named: color-cnn is taken, for the data holds colored pictures" in said
    assert "Test error 0.00 %" in said


CODE = """
import torch.nn as nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 2)
        self.fc = nn.Linear(18, 2)

    def forward(self, x):
        return self.fc(self.conv(x).relu().flatten(1))
"""


def test_code_without_a_size_reads_what_the_data_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "net.py"
    file.write_text(CODE)
    images = np.zeros((8, 1, 4, 4), np.uint8)
    np.savez(tmp_path / "four.npz", images=images, labels=np.arange(8) % 2)
    document, said = load_for_data(file, str(tmp_path / "four.npz"))
    assert str(document.table.input) == "1x4x4"
    assert said == (
        "The network does not say what comes in: 1x4x4 is taken, which is what four holds.",
    )
    assert load_for_data(file, str(tmp_path / "four.npz"), Image(1, 5, 5))[1] == ()
    np.savez(
        tmp_path / "five.npz", images=np.zeros((8, 1, 5, 5), np.uint8), labels=np.arange(8) % 2
    )
    words = ["train", str(file), "--data", str(tmp_path / "five.npz"), "--epochs", "1"]
    assert main([*words, "--output", str(tmp_path / "run")]) == 2
    assert "does not say the height and width" in capsys.readouterr().err
    assert main([*words, "--input", "1x4x4", "--output", str(tmp_path / "run")]) == 0
