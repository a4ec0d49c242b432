"""The page that shows a network looking at pictures, in a real browser, beside the numbers of Python."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from striate.cli import main
from striate.documents import read_networks
from striate.modules import Network, build
from striate.see import Look, look_page, maps, unit
from striate.see.page import FILE_BYTES


ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "examples/digits/two-16-bit.png"
EVERY_SUM = """# Every kind of sum

| Layer | Type | Maps | Kernel | Stride | Padding | Groups | Options | Activation | Size |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
| In | Input | 2 | | | | | | | 12x10 |
| C1 | Convolution | 4 | 3x3 | 1 | same | | | ReLU | |
| P1 | Average pooling | | 3x3 | 2 | 1 | | | | |
| N1 | LRN | | | | | | size=3, alpha=1 | | |
| C2 | Convolution | 6 | 3x2 | 1 | 1 | 2 | | tanh | |
| M1 | Max pooling | | 2x2 | 2 | 1 | | | | |
| S1 | Subsampling | | 2x2 | 1 | | | | tanh | |
| F | Flatten | | | | | | | | |
| D | Dropout | | | | | | fraction=0.5 | | |
| Out | Fully connected | | | | | | | softmax | 3 |
"""
ROWS = ("C1", "P1", "N1", "C2", "M1", "S1", "Out")


@pytest.fixture(scope="module")
def network() -> Network:
    """Build a network that has every kind of sum, with numbers that are not alike."""
    (document,) = read_networks(EVERY_SUM, "every-sum.md")
    torch.manual_seed(1)
    made = build(document).eval()
    with torch.no_grad():
        for values in made.parameters():
            values.normal_()
    return made


@pytest.fixture(scope="module")
def looks() -> list[Look]:
    draws = torch.Generator().manual_seed(2)
    return [Look(f"{n}.png", torch.randn(1, 2, 12, 10, generator=draws), -2, 2) for n in "ab"]


def opened(browser: webdriver.Chrome, file: Path) -> webdriver.Chrome:
    browser.get(file.as_uri())
    WebDriverWait(browser, 60).until(lambda one: one.execute_script("return !!window.striate"))
    return browser


def test_every_sum_is_that_of_python(
    browser: webdriver.Chrome, network: Network, looks: list[Look], tmp_path: Path
) -> None:
    file = tmp_path / "look.html"
    file.write_text(look_page(network, looks, ("x", "y", "z"), "Every sum"), encoding="utf-8")
    opened(browser, file)
    draws = np.random.default_rng(3)
    for picture, look in enumerate(looks):
        browser.execute_script("striate.choose({picture: arguments[0]})", picture)
        given = maps(network, look.inputs)
        units = [
            (row, *draws.integers(np.array([*given[row][0].shape, 1, 1][:3])).tolist())
            for row in ROWS
            for _ in range(12)
        ]
        ask = "return arguments[0].map((unit) => striate.unit(...unit))"
        for (row, number, *place), found in zip(
            units, browser.execute_script(ask, units), strict=True
        ):
            expected = unit(network, look.inputs, row, number, (place[0], place[1]))
            values = given[row][0].reshape(len(given[row][0]), -1)
            cell = place[0] * given[row].shape[-1] + place[1] if given[row].ndim > 2 else 0
            assert found["absent"] is False
            assert found["total"] == pytest.approx(expected.total, rel=1e-5, abs=1e-5), row
            assert found["value"] == pytest.approx(float(values[number, cell]), rel=1e-6)
    assert browser.get_log("browser") == []  # type: ignore[no-untyped-call]


def test_a_click_leads_from_a_row_to_the_sum_and_down_to_the_picture(
    browser: webdriver.Chrome, network: Network, looks: list[Look], tmp_path: Path
) -> None:
    file = tmp_path / "look.html"
    file.write_text(look_page(network, looks, ("x", "y", "z"), "Every sum"), encoding="utf-8")
    opened(browser, file)
    browser.find_element(By.CSS_SELECTOR, '[data-row="C2"]').click()
    assert browser.find_element(By.ID, "maps-title").text == "What C2 gives"
    chosen = browser.find_element(By.CSS_SELECTOR, '#maps [aria-pressed="true"]')
    places = browser.execute_script("return striate.path('C2', 0, 2, 2).map((part) => part.row)")
    assert places == ["C2", "N1", "P1", "C1", "In"]
    before = browser.find_element(By.ID, "unit").text
    chosen.send_keys(Keys.ARROW_LEFT, Keys.ARROW_UP, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert browser.find_element(By.ID, "unit").text != before
    steps = browser.find_elements(By.CSS_SELECTOR, "#path button")
    steps[-1].click()
    assert "A value of the picture" in browser.find_element(By.ID, "unit").text
    browser.find_element(By.ID, "language").click()
    assert browser.find_element(By.ID, "rows-title").text == "층 표"
    assert browser.find_element(By.TAG_NAME, "html").get_attribute("lang") == "ko"
    browser.find_element(By.CSS_SELECTOR, ".bar:nth-child(2)").click()
    assert len(browser.find_elements(By.CSS_SELECTOR, "#reasons figure")) == 3
    browser.set_window_size(400, 800)
    width = browser.execute_script("return document.documentElement.scrollWidth")
    assert width <= browser.execute_script("return window.innerWidth")
    browser.set_window_size(1200, 1000)
    assert browser.get_log("browser") == []  # type: ignore[no-untyped-call]


def test_what_has_no_room_is_said(
    browser: webdriver.Chrome, network: Network, looks: list[Look], tmp_path: Path
) -> None:
    whole = look_page(network, looks, ("x", "y", "z"), "Every sum")
    small = look_page(network, looks, ("x", "y", "z"), "Every sum", largest=151_000)
    assert len(small) < len(whole)
    file = tmp_path / "look.html"
    file.write_text(small, encoding="utf-8")
    opened(browser, file)
    browser.execute_script("striate.choose({row: 'Out', map: 1, y: 0, x: 0})")
    assert "striate see … --unit Out:1,0,0" in browser.find_element(By.ID, "unit").text


def test_names_cannot_end_the_script(
    browser: webdriver.Chrome, network: Network, looks: list[Look], tmp_path: Path
) -> None:
    name = "</script><script>window.broken=1</script><!--"
    file = tmp_path / "look.html"
    file.write_text(look_page(network, looks[:1], (name, "y", "z"), name), encoding="utf-8")
    opened(browser, file)
    assert browser.find_element(By.ID, "title").text == name
    assert browser.execute_script("return window.broken") is None
    assert browser.execute_script("return striate.record.classes[0]") == name


def test_the_command_writes_one_file_that_asks_for_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "look.html"
    assert main(["see", "lenet5", str(PICTURE), "--page", str(file), "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    text = file.read_text(encoding="utf-8")
    assert told["file"] == str(file)
    assert told["bytes"] == len(text.encode()) <= FILE_BYTES
    record = json.loads(text.split('type="application/json">')[1].split("</script>")[0])
    widths = {
        row["name"]: row["sum"]["weights"]["dtype"] for row in record["rows"] if "C" in row["name"]
    }
    assert widths == {"C1": "f4", "C3": "f4", "C5": "f4"}
    assert re.findall(r"(?:src|href)=\"(?!data:)|https?:|\burl\(|@import|\bfetch\(", text) == []


def test_a_page_needs_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["see", "lenet5", "--page", str(tmp_path / "look.html")]) == 2
    assert capsys.readouterr().err == (
        f"error: {tmp_path / 'look.html'}: no picture was given for the page.\n"
        "  Needed: at least one: the page shows what the network makes of it.\n"
        "  Fix: name pictures before --page: striate see RUN one.png two.png --page FILE.html.\n"
    )


def test_flags_that_a_page_does_not_heed_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "look.html"
    words = [
        "see",
        "lenet5",
        str(PICTURE),
        "--page",
        str(file),
        "--unit",
        "C1:0,0,0",
        "--row",
        "C3",
    ]
    assert main(words) == 2
    assert capsys.readouterr().err == (
        "error: --unit, --row: --page is asked for, too, and holds every row, unit and likely class.\n"
        "  Needed: either the page, or pictures that are chosen.\n"
        "  Fix: leave --unit, --row out, or --page.\n"
    )
    assert not file.exists()
