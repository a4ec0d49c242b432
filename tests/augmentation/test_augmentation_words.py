"""The augmentation of a recipe as text: what is written comes back, in both languages."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given

import striate
from strategies import augmentations
from striate.augmentation.kinds import (
    KINDS,
    WORDS,
    AreaCrop,
    Augmentation,
    Crop,
    Elastic,
    Flip,
    Lighting,
    Rotate,
    Shift,
    word_of,
)
from striate.documents import read_networks, write_document
from striate.documents.augmentations import read_augmentation, write_augmentation
from striate.documents.front_matter import record_of, values_of
from striate.errors import RecipeError
from striate.recipe import Recipe


@given(augmentations())
def test_a_list_comes_back_with_every_digit(augmentation: tuple[Augmentation, ...]) -> None:
    text = write_augmentation(augmentation)
    assert read_augmentation(text) == augmentation
    assert write_augmentation(read_augmentation(text)) == text


@given(augmentations())
def test_a_recipe_comes_back_from_its_plain_values(augmentation: tuple[Augmentation, ...]) -> None:
    recipe = Recipe(augmentation=augmentation)
    assert record_of(Recipe, values_of(recipe), "recipe") == recipe


@pytest.mark.parametrize(
    ("text", "augmentation"),
    [
        ("", ()),
        ("  none ", ()),
        ("없음", ()),
        ("flip", (Flip(),)),
        ("Flip,CROP", (Flip(), Crop(0))),
        ("rotate 10, shift 2", (Rotate(10), Shift(2))),
        ("shift +2.50", (Shift(2.5),)),
        ("shift .5", (Shift(0.5),)),
        ("elastic", (Elastic(34, 4),)),
        ("elastic 8", (Elastic(8, 4),)),
        ("area crop 0.5", (AreaCrop(0.5, 0.75),)),
        ("lighting", (Lighting(0.1),)),
        ("이동 2, 회전 10,  좌우 반전, 면적   자르기", (Shift(2), Rotate(10), Flip(), AreaCrop())),
    ],
)
def test_a_text_is_read(text: str, augmentation: tuple[Augmentation, ...]) -> None:
    assert read_augmentation(text) == augmentation


@pytest.mark.parametrize("text", [",", "flip,", "none, flip", "2", "shift two", "shift nan"])
def test_what_names_no_kind_is_refused(text: str) -> None:
    with pytest.raises(RecipeError):
        read_augmentation(text)


def test_the_numbers_of_the_papers_are_the_usual_ones() -> None:
    assert write_augmentation(read_augmentation("elastic, lighting, area-crop")) == (
        "elastic 34 4, lighting 0.1, area-crop 0.08 0.75"
    )


def test_every_kind_has_its_word() -> None:
    assert tuple(KINDS.values()) == get_args(Augmentation)
    assert tuple(KINDS) == WORDS
    for word, kind in KINDS.items():
        assert kind.__name__.casefold() == word.replace("-", "")


@given(augmentations())
def test_each_kind_is_called_by_its_word(augmentation: tuple[Augmentation, ...]) -> None:
    for one in augmentation:
        assert type(one) is KINDS[word_of(one)]


def test_a_document_keeps_it() -> None:
    text = striate.write_document(striate.load("lenet5"))
    assert "  augmentation: none\n" in text
    front = text.replace("augmentation: none", "augmentation: 이동 2, 회전 1e1")
    (document,) = read_networks(front, "a.md")
    assert document.faults == ()
    assert document.recipe.augmentation == (Shift(2), Rotate(10))
    assert "  augmentation: shift 2, rotate 10\n" in write_document(document)
    silent = text.replace("  augmentation: none\n", "")
    assert read_networks(silent, "a.md") == (striate.load("lenet5"),)
    empty = text.replace("augmentation: none", "augmentation:")
    assert read_networks(empty, "a.md") == (striate.load("lenet5"),)


def test_a_recipe_takes_kinds_and_text_and_nothing_else() -> None:
    good: tuple[object, ...] = ((Flip(),), [Flip()], "flip", "뒤집기")
    for value in good:
        assert record_of(Recipe, {"augmentation": value}, "recipe").augmentation == (Flip(),)
    bad: tuple[object, ...] = (3, True, ["flip"], {"flip": 1})
    for value in bad:
        with pytest.raises(RecipeError, match="is not a text such as `shift 2, rotate 10`"):
            record_of(Recipe, {"augmentation": value}, "recipe")


def test_a_recipe_made_in_python_refuses_what_a_text_refuses() -> None:
    with pytest.raises(RecipeError) as caught:
        Recipe(epochs=0, augmentation=(Flip(), Crop(), AreaCrop(), Flip()))
    assert [fault.where for fault in caught.value.faults] == ["epochs"] + 2 * ["augmentation"]


def test_all_faults_of_a_recipe_come_together() -> None:
    recipe = replace(Recipe(), epochs=3)
    values = {**values_of(recipe), "seed": "x", "augmentation": "shft 2, rotate 400"}
    with pytest.raises(RecipeError) as caught:
        record_of(Recipe, values, "recipe")
    assert [fault.where for fault in caught.value.faults] == ["seed"] + 2 * ["augmentation"]
