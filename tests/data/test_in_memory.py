"""Data that a program holds: pairs of arrays, Datasets, mappings, frames; anything else gets a fault."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, final

import numpy as np
import PIL.Image
import pytest
import torch
from torch.utils.data import Dataset, IterableDataset, TensorDataset

from picture_files import write_classes
from striate.data import Source, find_source, load_source, summarize
from striate.data.images.listing import Listing
from striate.data.sources.in_memory import IN_MEMORY
from striate.errors import DataError


IMAGES = np.random.default_rng(0).integers(0, 256, (20, 3, 4, 5), dtype=np.uint8)
LABELS = np.arange(20) % 2


def refusal(data: object) -> str:
    with pytest.raises(DataError) as caught:
        load_source(data)
    return str(caught.value)


def everything(source: Source) -> list[bytes]:
    parts = [part for part in (source.train, source.validation, source.test) if part is not None]
    return sorted(image.numpy().tobytes() for part in parts for image in part.images)


EXPECTED = sorted(image.tobytes() for image in IMAGES)


@final
class Pictures(Dataset[Any]):
    """Pictures as other libraries give them, with the names of their classes."""

    classes = ("cat", "dog")

    def __init__(self, numbers: Sequence[int], width: int = 5) -> None:
        self.numbers, self.width = numbers, width

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, at: int) -> tuple[PIL.Image.Image, int]:
        number = self.numbers[at]
        picture = PIL.Image.fromarray(IMAGES[number].transpose(1, 2, 0))
        return picture if number else picture.resize((self.width, 4)), int(LABELS[number])


@pytest.mark.parametrize(
    "data",
    [
        (IMAGES, LABELS),
        [torch.tensor(IMAGES), torch.tensor(LABELS)],
        (IMAGES.transpose(0, 2, 3, 1), LABELS.tolist()),
        (torch.tensor(IMAGES) / 255, torch.tensor(LABELS)),
        ((IMAGES[:15], LABELS[:15]), (IMAGES[15:], LABELS[15:])),
        {
            "x_train": IMAGES[:15],
            "y_train": LABELS[:15],
            "x_test": IMAGES[15:],
            "y_test": LABELS[15:],
        },
        {"train": (IMAGES[:15], LABELS[:15]), "val": (IMAGES[15:], LABELS[15:])},
        TensorDataset(torch.tensor(IMAGES), torch.tensor(LABELS)),
        {"train": Pictures(range(15)), "test": Pictures(range(15, 20))},
        (Pictures(range(15)), Pictures(range(15, 20))),
        Pictures(range(20)),
    ],
)
def test_what_a_program_holds_is_read(data: object) -> None:
    source = load_source(data)
    assert everything(source) == EXPECTED
    assert len(source.train) in {15, 16}
    assert source.test.labels.tolist() == [number % 2 for number in source.test.labels.tolist()]
    assert summarize(source).lines()


def test_classes_have_the_names_that_a_dataset_gives() -> None:
    assert load_source(Pictures(range(20))).classes == ("cat", "dog")
    assert load_source((IMAGES, np.array(["a", "b"] * 10))).classes == ("a", "b")


def test_a_data_set_that_is_loaded_is_itself() -> None:
    source = load_source((IMAGES, LABELS))
    assert load_source(source) is source


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (3, "int"),
        (None, "NoneType"),
        (IMAGES, "ndarray"),
        ((IMAGES, None), "NoneType"),
        ({"train": 3}, "int"),
    ],
)
def test_anything_else_is_refused_by_its_type(data: object, kind: str) -> None:
    assert refusal(data) == (
        f"data: it is of the type {kind}.\n"
        "  Needed: a name or a path; a pair of images and labels; two such pairs; a torch Dataset; a mapping of "
        "splits to these; or a pandas frame of sentences and classes.\n"
        "  Fix: write (images, labels), for example, or the path of a folder as a text."
    )


def test_arrays_that_do_not_go_together_are_refused_as_those_of_files() -> None:
    assert refusal((IMAGES, LABELS[:9])).startswith("data: x holds 20 images, and y 9 labels.")
    assert refusal((IMAGES - 300.0, LABELS)).startswith("data, x: its images are float64 from -300")
    assert refusal({"pictures": IMAGES}).startswith("data: it holds pictures.")


def test_datasets_of_something_else_are_refused() -> None:
    needed = (
        "  Needed: a Dataset with a length, whose items are pairs of an image and its label.\n"
        "  Fix: wrap it in a Dataset that gives such pairs."
    )
    assert refusal(TensorDataset(torch.tensor(IMAGES))) == f"data: item 0 is a tuple.\n{needed}"

    @final
    class Stream(IterableDataset[Any]):
        def __iter__(self) -> Iterator[object]:
            return iter(())

    assert refusal(Stream()) == f"data: it has no length.\n{needed}"
    assert refusal(Pictures(range(20), width=7)) == (
        "data: its images are of several sizes: 4x5x3, 4x7x3.\n"
        "  Needed: images of one size.\n"
        "  Fix: resize them in the Dataset, or give the folder of the pictures: they are resized then."
    )


def test_data_of_an_ended_program_cannot_be_read_again() -> None:
    assert refusal(IN_MEMORY) == (
        "data: it was held by a program, and is kept nowhere.\n"
        "  Needed: data that can be read again.\n"
        "  Fix: train anew in a program that holds it, or save it as an .npz file first."
    )


class Frame:
    """A frame with as much of pandas' as is asked of one; pandas itself is not among the dependencies."""

    def __init__(self, **columns: Sequence[object]) -> None:
        self.columns, self._rows = list(columns), list(zip(*columns.values(), strict=True))

    def to_dict(self) -> None:
        raise NotImplementedError

    def itertuples(self, *, index: bool, name: None) -> list[tuple[object, ...]]:
        assert (index, name) == (False, None)
        return self._rows


def test_a_frame_of_sentences_is_read() -> None:
    source = load_source(
        Frame(review=["one", "two", "three", "four"], stars=[0, 0, 0, 0], label=[1.0, 0.0] * 2)
    )
    assert source.texts == ("one", "two", "three", "four")
    assert source.classes == ("0", "1")
    assert refusal(Frame(review=["a", float("nan")], label=["x", "y"])).startswith(
        "data frame, row 2: the text is empty."
    )
    assert refusal(Frame(a=["x"], b=["y"])).startswith(
        "data frame, line 1: the headings are 'a', 'b'."
    )


TEXTS, SIDES = ["one", "two", "three", "four"], ["x", "y", "x", "y"]


@pytest.mark.parametrize(
    "pair", [(TEXTS, SIDES), [tuple(TEXTS), np.array(SIDES)], (np.array(TEXTS), SIDES)]
)
def test_lists_of_sentences_and_classes_are_read(pair: object) -> None:
    source = load_source(pair)
    assert (source.texts, source.classes) == (tuple(TEXTS), ("x", "y"))
    assert source.origin.is_drawn
    assert load_source((TEXTS, np.arange(4) % 2)).classes == ("0", "1")


@pytest.mark.parametrize(
    "data",
    [
        {"train": (TEXTS, SIDES), "test": (["five", "six"], ["y", "x"])},
        ((TEXTS, SIDES), (["five", "six"], ["y", "x"])),
    ],
)
def test_lists_of_sentences_for_each_split_are_read(data: object) -> None:
    source = load_source(data)
    assert [source.texts[place] for place in source.test.images.flatten()] == ["five", "six"]
    assert source.test.labels.tolist() == [1, 0]
    assert source.origin.split == "as given"
    assert not source.origin.is_drawn


def test_broken_lists_of_sentences_are_named() -> None:
    assert refusal({"train": (TEXTS, SIDES[:3]), "test": (["a", " "], ["x", None])}) == (
        "data, train: there are 4 sentences, and 3 labels.\n"
        "  Needed: one label for each sentence.\n"
        "  Fix: check that the two lists belong together.\n"
        "data, test, row 2: the text is empty.\n"
        "  Needed: a sentence and its class in every row.\n"
        "  Fix: correct or remove 1 row."
    )


def test_lists_of_which_none_is_for_training_are_refused() -> None:
    said = refusal({"val": (TEXTS, SIDES), "test": (TEXTS, SIDES)})
    assert "every row is marked test or validation." in said


def test_a_part_that_is_no_split_is_named() -> None:
    assert refusal({"train": (IMAGES, LABELS), "foo": (IMAGES, LABELS)}) == (
        "data: it has splits, and 'foo' is none.\n"
        "  Needed: parts called train, val and test, or arrays such as x_train and y_train.\n"
        "  Fix: name what is meant, and leave the others out."
    )


def test_a_frame_of_images_or_paths_is_read(tmp_path: Path) -> None:
    write_classes(tmp_path, ["cat", "dog"], 3)
    paths = sorted(tmp_path.glob("*/*.png"))
    names = [path.parent.name for path in paths]
    parts = ["train", "train", "test"] * 2
    columns: dict[str, list[object]] = {"kind": list(names), "split": list(parts)}
    listing = find_source(Frame(filename=list(map(str, paths)), **columns))
    assert isinstance(listing, Listing)
    assert [(item.where, listing.classes[item.label], item.split) for item in listing.items] == [
        (str(path), name, part)
        for wanted in ("train", "test")
        for path, name, part in zip(paths, names, parts, strict=True)
        if part == wanted
    ]
    opened = [PIL.Image.open(path) for path in paths]
    for images in (opened, [np.asarray(image) for image in opened]):
        source = find_source(Frame(image=list(images), **columns))
        assert isinstance(source, Source)
        assert source.classes == ("cat", "dog")
        assert (len(source.train), len(source.test)) == (4, 2)
        assert np.array_equal(source.test.images[1].permute(1, 2, 0).numpy(), np.asarray(opened[5]))
        assert source.test.labels.tolist() == [0, 1]
    with pytest.raises(DataError, match="its images are of several sizes: 2x2x3, 6x8x3"):
        find_source(Frame(image=[opened[0], np.zeros((2, 2, 3))], kind=["a", "b"]))
    with pytest.raises(DataError, match="data frame, row 2: the split is 'x'"):
        find_source(Frame(image=opened[:2], kind=["a", "b"], split=["train", "x"]))
