"""Pages for those who see little, have no mouse, a phone, or read Korean; in a real browser, from the disk."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

import striate
from page_checks import faults_of, has_any_width, has_width, is_narrow, press, tabbed, texts_of
from striate.data import Vocabulary
from striate.prediction import Bundle
from striate.see import Look, look_page
from striate.see.looks import look_at


NAMES_OF_THE_NETWORK = {
    *("Input", "Output", "LeNet", "png", "one", "scaled", "tanh", "reduction", "sum"),
    *("Sentence", "Vectors", "Windows", "Largest", "Features", "Dropout", "Text", "CNN", "drawn"),
    *("word", "vectors", "random", "with", "good", "film", "ReLU", "softmax", "max", "norm"),
    *("positive", "negative", "padding", "words", "fraction", "odd"),
}
"""What the documents themselves say: names of rows, classes and words, functions, options."""

WORDS_OF_EVERY_LANGUAGE = {"English", "Grad", "CAM", "Page", "Up", "Down"}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write a page of LeNet-5 with two pictures, and one of a network of sentences."""
    folder = tmp_path_factory.mktemp("pages")
    torch.manual_seed(1)
    lenet = striate.load("lenet5")
    looks = [Look(f"one-{n}.png", torch.rand(1, 1, 32, 32), -0.1, 1.175) for n in "12"]
    names = tuple("0123456789")
    page = look_page(striate.build(lenet).eval(), looks, names, lenet.title or "")
    (folder / "pictures.html").write_text(page, "utf-8")
    document = striate.load("text-cnn")
    bundle = Bundle(
        document,
        striate.build(document).eval(),
        ("negative", "positive"),
        Path(),
        vocabulary=Vocabulary(("a", "good", "film")),
    )
    look = look_at(bundle, "a good odd film")
    page = look_page(bundle.network, [look], bundle.classes, document.title or "")
    (folder / "sentences.html").write_text(page, "utf-8")
    return {file.stem: file for file in folder.iterdir()}


@pytest.fixture(params=["pictures", "sentences"])
def page(
    request: pytest.FixtureRequest, browser: webdriver.Chrome, pages: dict[str, Path]
) -> Iterator[webdriver.Chrome]:
    """Open each page from the disk; the browser finds no other machine."""
    browser.get(pages[request.param].as_uri())
    WebDriverWait(browser, 60).until(lambda one: one.execute_script("return !!window.striate"))
    yield browser
    has_any_width(browser)
    assert browser.get_log("browser") == []  # type: ignore[no-untyped-call]


def test_everything_has_a_name_and_can_be_told_from_its_ground(page: webdriver.Chrome) -> None:
    for theme in ("light", "dark"):
        for language in ("en", "ko"):
            for width in (1200, 360):
                has_width(page, width)
                page.execute_script(
                    "document.documentElement.dataset.theme = arguments[0];"
                    "striate.choose({language: arguments[1]})",
                    theme,
                    language,
                )
                assert faults_of(page) == [], (theme, language, width)


def test_a_phone_shows_all_without_scrolling_to_the_side(page: webdriver.Chrome) -> None:
    has_width(page, 360)
    for row in page.execute_script("return striate.record.rows.map((row) => row.name)"):
        page.execute_script("document.querySelector(`[data-row='${arguments[0]}']`).click()", row)
        assert is_narrow(page), row
        # What was asked for lies below the table, and is brought into view.
        top = "return document.getElementById('maps-title').getBoundingClientRect().top"
        assert -1 <= page.execute_script(top) < 740


def test_every_control_is_reached_by_tab_and_shows_it(page: webdriver.Chrome) -> None:
    reached = tabbed(page)
    names = [one["name"] for one in reached]
    assert [one for one in reached if not (one["ring"] and one["inside"])] == []
    rows = page.execute_script("return striate.record.rows.map((row) => row.name)")
    bars = page.find_elements(By.CSS_SELECTOR, "#scores button:enabled")
    steps = page.find_elements(By.CSS_SELECTOR, "#path button")
    assert {"language", "theme"} <= set(names)
    assert {f"row={row}" for row in rows} <= set(names)
    assert {f"class={bar.get_attribute('data-class')}" for bar in bars} <= set(names)
    assert {f"step={number}" for number in range(len(steps))} <= set(names)
    assert sum(name.startswith("map=") for name in names) == 1
    assert names.count("cell=") == len(page.find_elements(By.CSS_SELECTOR, "#unit [role=grid]"))


def test_korean_pages_have_no_english_word(page: webdriver.Chrome) -> None:
    page.execute_script("striate.choose({language: 'ko'})")
    words: set[str] = set()
    for row in page.execute_script("return striate.record.rows.map((row) => row.name)"):
        page.find_element(By.CSS_SELECTOR, f'[data-row="{row}"]').click()
        words |= {word for text in texts_of(page) for word in re.findall(r"[A-Za-z]{2,}", text)}
    assert words - NAMES_OF_THE_NETWORK - WORDS_OF_EVERY_LANGUAGE == set()
    assert page.execute_script("return document.documentElement.lang") == "ko"


def test_keys_lead_from_a_row_to_the_values_of_a_sum(
    browser: webdriver.Chrome, pages: dict[str, Path]
) -> None:
    browser.get(pages["pictures"].as_uri())
    WebDriverWait(browser, 60).until(lambda one: one.execute_script("return !!window.striate"))

    def chosen() -> tuple[str, str, str]:
        row, shown = (
            browser.find_element(By.CSS_SELECTOR, f'#{part} [aria-pressed="true"]')
            for part in ("rows", "maps")
        )
        told = browser.find_element(By.ID, "value").text
        return row.get_attribute("data-row") or "", shown.get_attribute("data-map") or "", told

    browser.find_element(By.CSS_SELECTOR, '[data-row="Input"]').send_keys(Keys.ARROW_DOWN)
    press(browser, Keys.ENTER)
    assert chosen()[0] == "C1"
    kept = browser.execute_script("return striate.record.pictures[0].maps.C1.kept")
    browser.find_element(By.CSS_SELECTOR, '#maps [aria-pressed="true"]').send_keys(Keys.NULL)
    browser.execute_script("document.querySelector('#maps [aria-pressed=true]').focus()")
    place = kept.index(int(chosen()[1]))
    press(browser, Keys.PAGE_DOWN if place == 0 else Keys.PAGE_UP)
    assert kept.index(int(chosen()[1])) == place + (1 if place == 0 else -1)
    focused = browser.switch_to.active_element
    assert focused.get_attribute("data-map") == chosen()[1]
    # From the unit to a value that it reads: arrows within the sum, Enter to go there.
    inside = browser.execute_script(
        "striate.choose({row: 'C3', map: 0, y: 4, x: 4});"
        "const grid = document.querySelector('#unit [role=grid]');"
        "grid.querySelector('[tabindex=\"0\"]').focus();"
        "return [...grid.querySelectorAll('td')].indexOf(document.activeElement)"
    )
    press(browser, Keys.ARROW_RIGHT if inside % 5 < 4 else Keys.ARROW_LEFT)
    value = browser.switch_to.active_element.text
    press(browser, Keys.ENTER)
    row, _, told = chosen()
    assert row == "S2"
    assert told.endswith(f": {value}")
    assert browser.switch_to.active_element.get_attribute("data-map") == chosen()[1]
    # Values of a row without places follow one another.
    browser.execute_script(
        "striate.choose({row: 'F6', map: 5, y: 0, x: 0});"
        "document.querySelector('#maps [aria-pressed=true]').focus()"
    )
    press(browser, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert chosen()[1] == "7"
    assert browser.get_log("browser") == []  # type: ignore[no-untyped-call]
