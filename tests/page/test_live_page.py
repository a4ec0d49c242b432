"""The live page in a real browser: what is changed there is what Python computes of the same change."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from live_pages import errors_of, served_page, settled
from striate.documents import read_networks
from striate.modules import build
from striate.page import PageServer, Session
from striate.prediction import Bundle
from striate.see import Look, maps


TEXT = """# Live

| Layer | Type | Maps | Kernel | Activation | Size |
| --- | --- | --- | --- | --- | --- |
| In | Input | 1 | | | 12x12 |
| C1 | Convolution | 3 | 3x3 | ReLU | |
| C2 | Convolution | 4 | 3x3 | tanh | |
| Out | Fully connected | | | softmax | 3 |
"""
MAP_OF_PAGE = (
    "striate.choose({picture: striate.record.pictures.length - 1, row: arguments[0]});"
    "return [...Array(arguments[1] * arguments[2]).keys()].map((cell) => striate.valueAt("
    "arguments[0], 1, Math.floor(cell / arguments[2]), cell % arguments[2]))"
)


@pytest.fixture
def server() -> Iterator[PageServer]:
    (document,) = read_networks(TEXT, "live.md")
    torch.manual_seed(1)
    bundle = Bundle(document, build(document).eval(), ("x", "y", "z"), Path())
    look = Look("first.png", torch.rand(1, 1, 12, 12), 0, 1)
    with served_page(Session(bundle, [look])) as server:
        yield server


def shows(browser: webdriver.Chrome, count: int) -> None:
    """Wait until the page has so many pictures, and all that was asked for."""
    ready = f"return striate.record.pictures.length === {count}"
    WebDriverWait(browser, 20, 0.05).until(lambda one: one.execute_script(ready))
    settled(browser)


def agrees(browser: webdriver.Chrome, server: PageServer, row: str) -> None:
    """Compare map 1 of a row for the last picture with that of the network as it is now."""
    settled(browser)
    look = server.session._looks[-1]
    values = maps(server.session.bundle.network, look.inputs)[row][0][1]
    found = browser.execute_script(MAP_OF_PAGE, row, *values.shape)
    np.testing.assert_allclose(np.reshape(found, values.shape), values, rtol=1e-5, atol=1e-6)
    settled(browser)


def write(field: WebElement, text: str) -> None:
    """Write into a field by the keyboard, over what stands there."""
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys(text, Keys.ENTER)


def test_a_weight_is_changed_by_the_keyboard(browser: webdriver.Chrome, server: PageServer) -> None:
    browser.get(server.address)
    agrees(browser, server, "C2")
    before = maps(server.session.bundle.network, server.session._looks[0].inputs)["C1"][0][1]
    browser.execute_script("striate.choose({row: 'C1', map: 1, y: 2, x: 2})")
    settled(browser)
    write(browser.find_element(By.CSS_SELECTOR, '[data-number="10"]'), "1,5")
    settled(browser)
    network = server.session.bundle.network
    assert float(network.C1.weight[1, 0, 0, 1].detach()) == 1.5  # type: ignore[index, union-attr]
    assert browser.execute_script("return document.activeElement.dataset.number") == "10"
    agrees(browser, server, "C1")
    after = maps(network, server.session._looks[0].inputs)["C1"][0][1]
    assert not np.allclose(before, after)
    browser.find_element(By.ID, "reset").click()
    settled(browser)
    np.testing.assert_array_equal(
        maps(server.session.bundle.network, server.session._looks[0].inputs)["C1"][0][1], before
    )
    agrees(browser, server, "C1")
    assert errors_of(browser) == []


def test_an_activation_and_a_padding_are_changed_and_put_back(
    browser: webdriver.Chrome, server: PageServer
) -> None:
    browser.get(server.address)
    settled(browser).execute_script("striate.choose({row: 'C1'})")
    Select(browser.find_element(By.ID, "edit-activation")).select_by_value("sigmoid")
    agrees(browser, server, "C1")
    browser.execute_script("striate.choose({row: 'C2'})")
    write(browser.find_element(By.ID, "edit-padding"), "same")
    agrees(browser, server, "C2")
    told = browser.find_element(By.ID, "changes").text
    assert "C1: Activation sigmoid, was ReLU" in told
    assert "Out: its weights of 3x256 do not fit: 3x400 are needed now, and begin anew." in told

    # What cannot be is said, and the page shows what is.
    write(browser.find_element(By.ID, "edit-padding"), "wide")
    settled(browser)
    assert browser.find_element(By.ID, "faults").text.startswith("C2, Padding: 'wide' is no")
    assert browser.find_element(By.ID, "edit-padding").get_attribute("value") == "same"

    # All is put back.
    browser.find_element(By.ID, "reset").click()
    settled(browser)
    assert browser.find_element(By.ID, "faults").text == ""
    assert browser.find_element(By.ID, "changes").text == ""
    browser.execute_script("striate.choose({row: 'C1'})")
    agrees(browser, server, "C1")
    assert errors_of(browser) == []


def test_a_picture_is_opened_drawn_and_refused(
    browser: webdriver.Chrome, server: PageServer, tmp_path: Path
) -> None:
    file, broken = tmp_path / "second.png", tmp_path / "broken.png"
    draws = np.random.default_rng(5)
    PIL.Image.fromarray(draws.integers(0, 256, (30, 20), np.uint8)).save(file)
    broken.write_bytes(b"no picture")
    browser.get(server.address)
    settled(browser).find_element(By.ID, "file").send_keys(str(file))
    shows(browser, 2)
    agrees(browser, server, "C2")
    assert [one.text for one in browser.find_elements(By.CSS_SELECTOR, "#pictures button")] == [
        "first.png",
        "second.png",
    ]
    browser.find_element(By.ID, "file").send_keys(str(broken))
    settled(browser)
    assert browser.find_element(By.ID, "faults").text.startswith("broken.png: ")
    browser.find_element(By.ID, "language").click()
    assert browser.find_element(By.ID, "change-title").text.startswith("바꾸어 보기")

    # A stroke from left to right lights the middle of the picture and leaves its corners dark.
    browser.find_element(By.ID, "draw").click()
    pad = browser.find_element(By.ID, "pad")
    pen = ActionChains(browser, 20).move_to_element_with_offset(pad, -100, 0).click_and_hold()
    pen.move_by_offset(200, 0).release().perform()
    shows(browser, 3)
    # The page sends what is drawn so far, again and again.
    WebDriverWait(browser, 20, 0.05).until(
        lambda _: server.session._looks[-1].shown[0, 5:7].sum(axis=0).mean() > 0.5
    )
    shows(browser, 3)
    agrees(browser, server, "C1")
    assert server.session._looks[-1].shown[0, [0, -1]].max() == 0
    assert len(server.session._looks) == 3

    # Reasons are computed when they are wanted, by the network as it is.
    assert len(browser.find_elements(By.CSS_SELECTOR, "#reasons figure")) == 3
    browser.set_window_size(400, 800)
    width = browser.execute_script("return document.documentElement.scrollWidth")
    assert width <= browser.execute_script("return window.innerWidth")
    assert errors_of(browser) == []
