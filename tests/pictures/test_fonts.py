import warnings
from pathlib import Path
from typing import Any

import pytest
from matplotlib.font_manager import FontEntry, findfont, fontManager
from matplotlib.ft2font import FT2Font

from striate.drawing.figure import Figure, Text
from striate.drawing.pdf import write_pdf
from striate.drawing.raster import write_png
from striate.pictures import fonts, scripts
from striate.pictures.fonts import families, shortened, width_of, wrapped
from striate.pictures.page import Page


def characters_of(family: str) -> set[int]:
    return set(FT2Font(findfont(family)).get_charmap())


def test_a_text_that_the_usual_font_has_needs_no_other() -> None:
    assert families("T-shirt → Größe, 12 %") == ["DejaVu Sans"]


def test_a_character_that_the_usual_font_lacks_is_taken_from_an_installed_font() -> None:
    # Fonts for formulas come with matplotlib, so that one is always installed.
    lacking = min(characters_of("STIXGeneral") - characters_of("DejaVu Sans"))
    usual, other = families("a" + chr(lacking))
    assert usual == "DejaVu Sans"
    assert lacking in characters_of(other)


def test_a_character_that_no_font_has_is_a_box_and_no_warning() -> None:
    unassigned = "\U000e0fff"
    assert families(unassigned) == ["DejaVu Sans"]

    def draw() -> bytes:
        page = Page(100, 10, unassigned)
        page.write(0, 0, f"{unassigned}\n{unassigned}")
        return page.png()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert draw().startswith(b"\x89PNG")


def test_a_picture_with_boxes_says_which_letters_they_stand_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts: list[str] = []
    write = Page.write

    def heard(page: Page, x: float, y: float, text: str, **more: Any) -> None:
        texts.append(text)
        write(page, x, y, text, **more)

    monkeypatch.setattr(Page, "write", heard)

    def draw(text: str) -> None:
        page = Page(900, 10, "title")
        page.write(0, 0, text)
        page.png()

    draw("a class that every font has")
    assert texts == ["title", "a class that every font has"]
    draw("\U000e0fff")
    assert texts[-1] == (
        "Boxes: no installed font has U+E0FFF; packages such as fonts-noto-cjk or fonts-noto-core have."
    )


def test_a_font_that_was_installed_after_matplotlib_made_its_list_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The list is kept for good, so that a font of a later package was never asked."""
    letter = min(characters_of("STIXGeneral") - characters_of("DejaVu Sans"))
    path = findfont("STIXGeneral")
    holders = [entry for entry in fontManager.ttflist if _has(entry.fname, letter)]
    shown = [entry for entry in fontManager.ttflist if entry not in holders]
    monkeypatch.setattr(fontManager, "ttflist", shown)
    monkeypatch.setattr(scripts, "findSystemFonts", lambda: [path, str(tmp_path / "no-font.ttf")])
    caches = (scripts._family_with, scripts._list_new_fonts, scripts.others)
    for cached in caches:
        cached.cache_clear()
    try:
        assert families(chr(letter)) == ["DejaVu Sans", "STIXGeneral"]
    finally:
        for cached in caches:
            cached.cache_clear()


def test_a_family_without_bold_is_taken_in_its_nearest_weight_without_a_word(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Matplotlib would say `findfont: Failed to find font weight bold for ..., now using 600.`"""
    letter = chr(min(characters_of("STIXGeneral") - characters_of("DejaVu Sans")))
    usual = [entry for entry in fontManager.ttflist if entry.name == "DejaVu Sans"]
    other = FontEntry(fname=findfont("STIXGeneral"), name="NoBold", weight=600)
    monkeypatch.setattr(fontManager, "ttflist", [*usual, other])
    caches = (scripts._family_with, scripts.others, scripts.file_of)
    for cached in caches:
        cached.cache_clear()
    try:
        figure = Figure((Text((30, 20), letter, 6, is_bold=True),), "t", "d").cropped()
        assert write_png(figure).startswith(b"\x89PNG")
        assert b"STIXGeneral" in write_pdf(figure)
    finally:
        for cached in caches:
            cached.cache_clear()
    assert not caplog.records


def _has(path: str, letter: int) -> bool:
    return bool(FT2Font(path).get_char_index(letter))


def test_a_text_in_two_scripts_takes_a_font_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """No one font has both: of several that have some, each is taken for what the ones before it lack."""
    held = {"One": "\ue001\ue002", "Two": "\ue003"}
    monkeypatch.setattr(
        scripts,
        "_family_with",
        lambda letters: (
            max(held, key=lambda name: len(letters & set(held[name])), default=None)
            if any(letters & set(text) for text in held.values())
            else None
        ),
    )
    monkeypatch.setattr(scripts, "missing_in", lambda family, letters: letters - set(held[family]))
    assert families("a\ue001\ue002\ue003") == ["DejaVu Sans", "One", "Two"]
    assert fonts.lacking("a\ue001\ue002\ue003\ue004") == {"\ue004"}


def test_a_text_that_fits_stays_whole() -> None:
    assert shortened("Sneaker", 200, 9) == "Sneaker"


@pytest.mark.parametrize("width", [30, 60, 100, 200])
def test_a_text_that_does_not_fit_keeps_both_ends(width: int) -> None:
    short = shortened("golden retriever of the second kind", width, 9)
    assert width_of(short, 9) <= width
    assert short.startswith("g")
    assert "…" in short
    assert width < 60 or short.endswith("nd")


def test_lines_fit_and_lose_no_word() -> None:
    text = "a title that is longer than the page on which it is to be set"
    lines = wrapped(text, 150, 9)
    assert len(lines) > 1
    assert " ".join(lines) == text
    assert all(width_of(line, 9) <= 150 for line in lines)


def test_a_bold_text_is_wider() -> None:
    assert width_of("Sneaker", 9, bold=True) > width_of("Sneaker", 9) > 0


def test_a_family_without_bold_letters_gives_the_nearest_and_no_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """matplotlib would write on standard error that it failed to find the weight bold."""
    entries = [
        FontEntry(fname=f"{weight}.ttf", name="Two weights", weight=weight) for weight in (400, 600)
    ]
    monkeypatch.setattr(fontManager, "ttflist", entries)
    assert scripts.file_of("Two weights", bold=True) == "600.ttf"
    assert scripts.file_of("Two weights", bold=False) == "400.ttf"
    assert not caplog.records
