"""The live page for those who see little, have no mouse, a phone, or read Korean; in a real browser."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

import striate
from live_pages import errors_of, served_page, settled
from page_checks import (
    faults_of,
    has_any_width,
    has_width,
    is_narrow,
    press,
    tabbed,
    texts_of,
    write_over,
)
from striate.data import Vocabulary
from striate.documents import read_networks
from striate.modules import build
from striate.page import PageServer, RunWatch, Session
from striate.prediction import Bundle
from striate.see import Look
from striate.see.looks import look_at
from striate.training import EpochEnded, Run, run as story, start
from striate.training.history import read_history


PICTURES = """# Net

| Layer | Type | Maps | Kernel | Padding | Activation | Size |
| --- | --- | --- | --- | --- | --- | --- |
| In | Input | 1 | | | | 12x12 |
| C1 | Convolution | 3 | 3x3 | same | ReLU | |
| M1 | Max pooling | | 2x2 | | | |
| C2 | Convolution | 4 | 3x3 | | tanh | |
| Out | Fully connected | | | | softmax | 3 |
"""
SENTENCES = """# Text

| Layer | Type | Maps | Kernel | Activation | Size | Options |
| --- | --- | --- | --- | --- | --- | --- |
| Sentence | Sentence | | | | 9 | |
| Vectors | Embedding | | | | 9x20 | words=4, vectors=random |
| Two | Convolution | 3 | 2x20 | ReLU | | |
| Largest | Global max pooling | | | | | |
| Out | Fully connected | | | softmax | 2 | |
"""
OF_THE_DOCUMENTS = {
    *("In", "Out", "ReLU", "tanh", "softmax", "Net", "one", "two", "png", "same", "valid"),
    *(
        "Text",
        "Sentence",
        "Vectors",
        "Two",
        "Largest",
        "words",
        "vectors",
        "random",
        "good",
        "film",
    ),
    *("odd", "positive", "negative", "exp", "sigmoid", "scaled", "leaky", "hard", "Swish", "wide"),
}
"""What the documents themselves say: names of rows, classes and words, functions, options."""

OF_EVERY_LANGUAGE = {"English", "Grad", "CAM", "Page", "Up", "Down", "Enter"}


def pictures() -> Session:
    (document,) = read_networks(PICTURES, "net.md")
    torch.manual_seed(1)
    network = build(document).eval()
    looks = [Look(f"{name}.png", torch.rand(1, 1, 12, 12), 0, 1) for name in ("one", "two")]
    return Session(Bundle(document, network, ("x", "y", "z"), Path()), looks)


def sentences() -> Session:
    (document,) = read_networks(SENTENCES, "text.md")
    torch.manual_seed(1)
    network = build(document).eval()
    words = Vocabulary(("a", "good", "film"))
    bundle = Bundle(document, network, ("negative", "positive"), Path(), vocabulary=words)
    return Session(bundle, [look_at(bundle, "a good odd film")])


@pytest.fixture(params=[pictures, sentences])
def page(request: pytest.FixtureRequest, browser: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    """Open the live page of a network of each kind."""
    with served_page(request.param()) as server:
        browser.get(server.address)
        yield settled(browser)
        has_any_width(browser)
        assert errors_of(browser) == []
        browser.get("about:blank")


@pytest.fixture
def server() -> Iterator[PageServer]:
    with served_page(pictures()) as server:
        yield server


def opened_up(page: webdriver.Chrome) -> None:
    """Open what is not there at first: the pad, what was changed, and what was refused."""
    settled(page).execute_script(
        "striate.choose({row: 'C1' in arguments[0] ? 'C1' : 'Two'})", rows_of(page)
    )
    if not page.execute_script("return !!striate.record.pictures[0].words"):
        page.find_element(By.ID, "draw").click()
    write(page, '[data-field="bias"]', "2")
    write(page, '[data-field="padding"]', "wide")
    assert page.find_element(By.ID, "faults").text
    assert page.find_element(By.ID, "changes").text


def rows_of(page: webdriver.Chrome) -> dict[str, int]:
    found: dict[str, int] = page.execute_script(
        "return Object.fromEntries(striate.record.rows.map((row, place) => [row.name, place]))"
    )
    return found


def write(page: webdriver.Chrome, selector: str, text: str) -> None:
    """Write into a field by the keyboard, over what stands there."""
    page.execute_script("document.querySelector(arguments[0]).focus()", selector)
    write_over(page, text)
    press(page, Keys.ENTER)
    settled(page)


def focused(page: webdriver.Chrome) -> Any:
    """Return what the element that has the focus is called."""
    return page.execute_script(
        "const one = document.activeElement;"
        "return one.id || Object.entries(one.dataset).map((pair) => pair.join('='))[0] || one.tagName"
    )


def test_everything_has_a_name_and_can_be_told_from_its_ground(page: webdriver.Chrome) -> None:
    opened_up(page)
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
    opened_up(page)
    has_width(page, 360)
    for row in rows_of(page):
        page.execute_script("document.querySelector(`[data-row='${arguments[0]}']`).click()", row)
        assert is_narrow(settled(page)), row


def test_every_control_is_reached_by_tab_and_shows_it(page: webdriver.Chrome) -> None:
    opened_up(page)
    reached = tabbed(page)
    assert [one for one in reached if not (one["ring"] and one["inside"])] == []
    names = [one["name"] for one in reached]
    own = {"language", "theme", "reset", "document", "edit-activation", "edit-padding", "edit-bias"}
    is_read = page.execute_script("return !!striate.record.pictures[0].words")
    own |= {"read", "read-it"} if is_read else {"file", "draw", "pad", "ink", "clear"}
    bars = page.find_elements(By.CSS_SELECTOR, "#scores button:enabled")
    assert own | {f"row={row}" for row in rows_of(page)} <= set(names)
    assert {f"class={bar.get_attribute('data-class')}" for bar in bars} <= set(names)
    # Maps, kernels and the numbers of a kernel are one stop each; keys go on from there.
    assert sum(name.startswith("map=") for name in names) == 1
    assert sum(name.startswith("kernel=") for name in names) == 1
    grids = page.find_elements(By.CSS_SELECTOR, "#unit [role=grid]")
    kernels = [grid for grid in grids if grid.find_elements(By.TAG_NAME, "input")]
    assert kernels
    assert sum(name.startswith("number=") for name in names) == len(kernels)


def test_the_focus_stays_where_it_was_when_all_is_drawn_again(
    browser: webdriver.Chrome, server: PageServer
) -> None:
    browser.get(server.address)
    settled(browser).execute_script("striate.choose({row: 'C1', map: 1, y: 2, x: 2})")

    def stays(selector: str, *keys: str) -> None:
        browser.execute_script("document.querySelector(arguments[0]).focus()", selector)
        before = focused(browser)
        assert before not in {"BODY", "HTML"}, selector
        press(browser, *keys)
        settled(browser)
        assert focused(browser) == before, selector

    stays('[data-picture="1"]', Keys.ENTER)
    assert browser.find_element(By.CSS_SELECTOR, "#pictures [aria-pressed=true]").text == "two.png"
    stays('[data-class="2"]', Keys.SPACE)
    stays("#edit-activation", Keys.ARROW_DOWN)
    assert browser.find_element(By.ID, "changes").text.startswith("C1: Activation ")
    write(browser, "#edit-padding", "1")
    assert focused(browser) == "edit-padding"
    stays("#edit-bias", Keys.END, "1", Keys.ENTER)
    stays('[data-number="12"]', Keys.END, "1", Keys.ENTER)
    stays('[data-kernel="1"]', Keys.ENTER)
    stays("#reset", Keys.SPACE)
    assert browser.find_element(By.ID, "changes").text == ""
    stays("#draw", Keys.ENTER)
    stays("#clear", Keys.SPACE)
    stays("#language", Keys.ENTER)
    stays("#theme", Keys.SPACE)
    assert errors_of(browser) == []


def test_arrow_keys_go_from_number_to_number_of_a_kernel(
    browser: webdriver.Chrome, server: PageServer
) -> None:
    browser.get(server.address)
    settled(browser).execute_script("striate.choose({row: 'C1', map: 0, y: 2, x: 2})")
    browser.execute_script("document.querySelector('[data-number=\"0\"]').select()")
    press(browser, Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_UP, Keys.END, Keys.ARROW_RIGHT)
    assert focused(browser) == "number=4"
    press(browser, Keys.HOME, Keys.ARROW_LEFT)
    assert focused(browser) == "number=3"
    # Within what is written they go from letter to letter.
    press(browser, Keys.HOME, Keys.ARROW_RIGHT)
    assert focused(browser) == "number=3"
    press(browser, "12", Keys.ARROW_LEFT)
    assert focused(browser) == "number=3"


def test_a_drawing_is_made_by_keys(browser: webdriver.Chrome, server: PageServer) -> None:
    browser.get(server.address)
    settled(browser).find_element(By.ID, "draw").click()
    browser.execute_script("document.getElementById('pad').focus()")
    press(browser, *[Keys.ARROW_LEFT] * 8, Keys.SPACE, *[Keys.ARROW_RIGHT] * 16)
    press(browser, Keys.SPACE, *[Keys.ARROW_DOWN] * 9)
    is_drawn = "return striate.record.pictures.some((one) => one.name === 'drawing')"
    WebDriverWait(browser, 20, 0.05).until(lambda one: one.execute_script(is_drawn))
    WebDriverWait(browser, 20, 0.05).until(
        lambda _: server.session._looks[-1].shown[0, 5:7, 3:9].sum(axis=0).min() > 0.7
    )
    shown = server.session._looks[-1].shown[0]
    assert shown[8:].max() == 0  # where the tip went when it was lifted
    assert focused(settled(browser)) == "pad"
    assert errors_of(browser) == []


def test_korean_pages_have_no_english_word(page: webdriver.Chrome) -> None:
    opened_up(page)
    page.execute_script("striate.choose({language: 'ko'})")
    words: set[str] = set()
    for row in rows_of(page):
        page.find_element(By.CSS_SELECTOR, f'[data-row="{row}"]').click()
        texts = texts_of(settled(page))
        words |= {word for text in texts for word in re.findall(r"[A-Za-z]{2,}", text)}
        assert not any("=>" in text for text in texts)
    functions = set(page.execute_script("return striate.record.functions.join(' ').split(' ')"))
    assert words - OF_THE_DOCUMENTS - OF_EVERY_LANGUAGE - functions == set()


def begun(folder: Path) -> Run:
    """Set up a run of two short epochs."""
    draws = np.random.default_rng(1)
    images, labels = draws.integers(0, 256, (60, 12, 12), np.uint8), np.arange(60) % 3
    (document,) = read_networks(PICTURES, "net.md")
    recipe = replace(document.recipe, epochs=2, batch_size=20, validation=15)
    data = {"train": (images, labels), "test": (images[:9], labels[:9])}
    return start(replace(document, recipe=recipe), data, folder)


def test_a_run_is_followed_while_somebody_writes(
    browser: webdriver.Chrome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(story, "_SAVE_SHARE", 1e9)  # after each epoch, however short
    events = begun(tmp_path / "run").events()
    next(events)
    watch = RunWatch(tmp_path / "run")
    look = Look("one.png", torch.rand(1, 1, 12, 12), 0, 1)
    with served_page(Session(watch.bundle(), [look], watch)) as server:
        browser.get(server.address)
        settled(browser).execute_script("striate.choose({row: 'C1', map: 0, y: 2, x: 2})")
        note = browser.find_element(By.ID, "training-note")
        assert note.text.startswith("epoch 0 of 2, the run goes on.")
        scores = browser.execute_script("return striate.record.pictures[0].scores")
        least = scores.index(min(scores))
        browser.find_element(By.CSS_SELECTOR, f'[data-class="{least}"]').click()
        settled(browser).execute_script("document.querySelector('[data-number=\"3\"]').focus()")
        write_over(browser, "0.7")
        next(event for event in events if isinstance(event, EpochEnded))
        waits_for(browser, note, "epoch 1 of 2")
        values = striate.see.maps(server.session.bundle.network, look.inputs)["C1"][0][0]
        shown = browser.execute_script("return striate.valueAt('C1', 0, 2, 3)")
        assert shown == pytest.approx(float(values[2, 3]), abs=1e-6)
        assert len(browser.find_elements(By.CSS_SELECTOR, "#curves svg[role=img]")) == 2
        # What was being written, and the class that was asked for, outlive the epoch.
        own = browser.switch_to.active_element
        assert (focused(browser), own.get_attribute("value")) == ("number=3", "0.7")
        assert browser.execute_script("return striate.record.changes") == []
        pressed = browser.find_element(By.CSS_SELECTOR, "#scores [aria-pressed=true]")
        assert pressed.get_attribute("data-class") == str(least)
        assert len(browser.find_elements(By.CSS_SELECTOR, "#reasons canvas")) == 3
        assert faults_of(browser) == []
        press(browser, Keys.ENTER)
        weight = settled(browser) and server.session.bundle.network.C1.weight  # type: ignore[union-attr]
        assert float(weight[0, 0, 1, 0].detach()) == pytest.approx(0.7)  # type: ignore[index]
        assert list(events)
        waits_for(browser, note, "no process works on the run. There are newer weights.")
        browser.find_element(By.ID, "reset").click()
        assert "newer weights" not in settled(browser).find_element(By.ID, "training-note").text
        assert errors_of(browser) == []
        browser.get("about:blank")


def waits_for(browser: webdriver.Chrome, note: WebElement, text: str) -> None:
    WebDriverWait(browser, 20, 0.05).until(lambda _: text in note.text)
    settled(browser)


def test_curves_of_a_run_that_has_ended_wait_for_who_wants_them(
    browser: webdriver.Chrome, tmp_path: Path
) -> None:
    assert list(begun(tmp_path / "run").events())
    watch = RunWatch(tmp_path / "run")
    with served_page(Session(watch.bundle(), run=watch)) as server:
        browser.get(server.address)
        settled(browser)
        curves = "#curves svg[role=img]"
        assert not any(one.is_displayed() for one in browser.find_elements(By.CSS_SELECTOR, curves))
        browser.execute_script("document.querySelector('summary').focus()")
        press(browser, Keys.ENTER)
        shown = [
            one.get_attribute("aria-label") or ""
            for one in browser.find_elements(By.CSS_SELECTOR, curves)
            if one.is_displayed()
        ]
        last = read_history(tmp_path / "run")[-1]
        assert [one.partition(":")[0] for one in shown] == ["Loss", "Error"]
        assert (
            f"training {last.training_loss:.4f}, validation {last.validation_loss:.4f}" in shown[0]
        )
        assert errors_of(browser) == []
        browser.get("about:blank")
