"""The page about augmentation tells of every kind, and its pictures are there."""

import re
from pathlib import Path

import PIL.Image
import pytest

from striate.augmentation.kinds import WORDS
from striate.documents.augmentations import read_augmentation


PAGE = Path(__file__).parents[2] / "docs" / "augmentation.md"


@pytest.mark.parametrize("word", WORDS)
def test_a_kind_has_a_row_and_a_picture(word: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    row = re.search(rf"^\| `{word}` ([^|]+?) \|", text, re.MULTILINE)
    assert row is not None
    # The Korean word of the row is understood as well.
    number = {"elastic": "", "flip": "", "crop": "", "rand-augment": ""}.get(word, " 0.5")
    assert read_augmentation(row[1] + number) == read_augmentation(word + number)
    picture = re.search(rf"^!\[{word}\]\((.+)\)$", text, re.MULTILINE)
    assert picture is not None
    with PIL.Image.open(PAGE.parent / picture[1]) as opened:
        opened.load()
        assert opened.format == "PNG"
