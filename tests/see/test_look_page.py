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
from striate.data import Vocabulary
from striate.documents import read_networks
from striate.errors import SeeingError
from striate.modules import Network, build
from striate.prediction import Bundle
from striate.prediction.bundle import Tensors, Weights, save_bundle
from striate.see import Look, look_page, maps, unit
from striate.see.looks import look_at
from striate.see.page import FILE_BYTES
from striate.see.sentences import word_effects


ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "examples/digits/two-16-bit.png"
EVERY_SUM = """# Every kind of sum

| Layer | Type | Maps | Kernel | Stride | Padding | Groups | Options | Activation | Size |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
| In | Input | 2 | | | | | | | 12x10 |
| C1 | Convolution | 4 | 3x3 | 1 | same | | | ReLU | |
| P1 | Average pooling | | 3x3 | 2 | 1 | | | | |
| L1 | Lp pooling | | 3x3 | 2 | 1 | | p=3, rounding=ceil | | |
| N1 | LRN | | | | | | size=3, alpha=1 | | |
| C2 | Convolution | 6 | 3x2 | 1 | 1 | 2 | | tanh | |
| M1 | Max pooling | | 2x2 | 2 | 1 | | | | |
| S1 | Subsampling | | 2x2 | 1 | | | | tanh | |
| F | Flatten | | | | | | | | |
| D | Dropout | | | | | | fraction=0.5 | | |
| Out | Fully connected | | | | | | | softmax | 3 |
"""
ROWS = ("C1", "P1", "L1", "N1", "C2", "M1", "S1", "Out")


BRANCHES = """# Branches

| Layer | Type | Maps | Kernel | Padding | Activation | From | Size |
| --- | --- | --- | --- | --- | --- | --- | --- |
| In | Input | 2 | | | | | 6x5 |
| C | Convolution | 4 | 3x3 | same | | | |
| N | Batch normalization | | | | | | |
| A | Activation | | | | ReLU | N | |
| S | Add | | | | | A, C | |
| J | Concat | | | | | S, N | |
| G | Global max pooling | | | | | J | |
| H | Global average pooling | | | | | J | |
| K | Concat | | | | | G, H | |
| Out | Fully connected | | | | softmax | | 3 |
"""
MOVES = """# Moves

| Layer | Type | Maps | Kernel | Padding | Activation | From | Size | Groups | Options |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
| In | Input | 2 | | | | | 6x5 | | |
| C | Convolution | 4 | 3x3 | same | | | | | |
| G | Group normalisation | | | | ReLU | C | | 2 | |
| I | Instance normalisation | | | | | C | | | |
| L | Layer normalisation | | | | tanh | C | | | |
| M | Layer normalisation | | | | | C | | | over=maps |
| W | Global average pooling | | | | | C | | | |
| X | Multiply | | | | ReLU | W, L | | | |
| J | Concat | | | | | G, I, X, M | | | |
| S | Channel shuffle | | | | | | | 4 | |
| P | Slice | 5 | | | | | | | first=3 |
| B | Padding | | | 2 | | | | | mode=reflect |
| Z | Padding | | | 1 | | | | | |
| R | Cropping | | | 2 | | | | | |
| U | Upsampling | | | | | | | | factor=2 |
| K | Scale | | | | tanh | | | | factor=0.5, offset=-0.2 |
| A | Adaptive average pooling | | | | | | 3x2 | | |
| F | Fully connected | | | | tanh | | 6 | | |
| Out | RBF | | | | | | 3 | | |
"""
SENTENCES = """# Sentences

| Layer | Type | Maps | Kernel | Activation | From | Size | Options |
| --- | --- | --- | --- | --- | --- | --- | --- |
| Sentence | Sentence | | | | | 9 | padding=1 |
| Vectors | Embedding | | | | | 9x20 | words=5, vectors=random |
| Two | Convolution | 3 | 2x20 | ReLU | Vectors | | |
| Largest 2 | Global max pooling | | | | | | |
| Three | Convolution | 4 | 3x20 | tanh | Vectors | | |
| Largest 3 | Global max pooling | | | | | | |
| Features | Concat | | | | Largest 2, Largest 3 | | |
| Out | Fully connected | | | softmax | | 3 | |
"""


def built(text: str) -> Bundle:
    """Build a network with numbers that are not alike."""
    (document,) = read_networks(text, "page.md")
    torch.manual_seed(4)
    made = build(document).eval()
    with torch.no_grad():
        for name, values in made.state_dict().items():
            if values.is_floating_point():
                values.uniform_(0.5, 2) if name.endswith("running_var") else values.normal_()
        for row in made.modules():
            if isinstance(row, torch.nn.Embedding):
                row.weight[0] = 0
    words = Vocabulary(("a", "very", "good", "bad", "film")) if document.table.words else None
    return Bundle(document, made, ("x", "y", "z"), Path(), vocabulary=words)


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


def test_values_of_branches_are_what_their_rows_read(
    browser: webdriver.Chrome, tmp_path: Path
) -> None:
    bundle = built(BRANCHES)
    look = Look("a.png", torch.randn(1, 2, 6, 5, generator=torch.Generator().manual_seed(5)), -2, 2)
    file = tmp_path / "look.html"
    file.write_text(look_page(bundle.network, [look], bundle.classes, "Branches"), "utf-8")
    opened(browser, file)
    given = maps(bundle.network, look.inputs)
    draws = np.random.default_rng(3)
    for row in ("N", "A", "S", "J", "G", "H", "K"):
        values = given[row][0]
        for _ in range(6):
            place = [*(int(draws.integers(length)) for length in values.shape), 0, 0][:3]
            found = browser.execute_script("return striate.unit(...arguments)", row, *place)
            value = float(values[tuple(place[: values.ndim])])
            total = max(found["total"], 0) if row == "A" else found["total"]
            assert (found["value"], total) == pytest.approx((value, value), rel=1e-5, abs=1e-6), row
    rows = browser.execute_script("return striate.path('K', 2, 0, 0).map((part) => part.row)")
    assert rows[:3] == ["K", "G", "J"]
    assert rows[-1] == "In"
    assert browser.get_log("browser") == []  # type: ignore[no-untyped-call]


def test_values_that_are_moved_multiplied_and_normalised_are_taken_apart(
    browser: webdriver.Chrome, tmp_path: Path
) -> None:
    bundle = built(MOVES)
    look = Look("a.png", torch.randn(1, 2, 6, 5, generator=torch.Generator().manual_seed(5)), -2, 2)
    file = tmp_path / "look.html"
    file.write_text(look_page(bundle.network, [look], bundle.classes, "Moves"), "utf-8")
    opened(browser, file)
    given = maps(bundle.network, look.inputs)
    draws = np.random.default_rng(3)
    rows = {row: given[row][0] for row in "GILMXSPBZRUK"} | {"Out": given["Out"][0]}
    units: list[tuple[str, int, int, int]] = [
        (row, *draws.integers((*values.shape, 1, 1)[:3]).tolist())
        for row, values in rows.items()
        for _ in range(12)
    ]
    ask = "return arguments[0].map((unit) => striate.unit(...unit))"
    for (row, number, *at), found in zip(units, browser.execute_script(ask, units), strict=True):
        value = float(rows[row][(number, *at)[: rows[row].ndim]])
        total = unit(bundle.network, look.inputs, row, number, (at[0], at[1])).total
        assert found["absent"] is False
        assert found["value"] == pytest.approx(value, rel=1e-6), row
        assert found["total"] == pytest.approx(total, rel=1e-4, abs=1e-4), (row, number, at)
    # The path of a value goes on through all of them, down to the picture.
    way = browser.execute_script("return striate.path('Out', 1, 0, 0).map((part) => part.row)")
    assert way[:2] == ["Out", "F"]
    way = browser.execute_script("return striate.path('K', 1, 4, 4).map((part) => part.row)")
    assert way[:7] == ["K", "U", "R", "Z", "B", "P", "S"]
    assert way[-1] == "In"
    # What the page cannot take apart, the command can, and is named.
    browser.execute_script("striate.choose({row: 'A', map: 1, y: 2, x: 0})")
    said = browser.find_element(By.ID, "unit").text
    assert "They are printed by: striate see … --unit A:1,2,0" in said
    taken = unit(bundle.network, look.inputs, "A", 1, (2, 0))
    assert taken.value == pytest.approx(float(given["A"][0, 1, 2, 0]), rel=1e-5)
    for row in (*rows, "J"):
        browser.execute_script("striate.choose({row: arguments[0], map: 0, y: 0, x: 0})", row)
        assert "They are printed by" not in browser.find_element(By.ID, "unit").text, row
    assert browser.get_log("browser") == []  # type: ignore[no-untyped-call]


def test_a_sentence_is_followed_from_a_class_to_its_words(
    browser: webdriver.Chrome, tmp_path: Path
) -> None:
    bundle = built(SENTENCES)
    look = look_at(bundle, "a very good odd film")
    assert look.words == ("", "a", "very", "good", "odd", "film", "", "", "")
    assert look.unknown == (4,)
    file = tmp_path / "look.html"
    file.write_text(look_page(bundle.network, [look], bundle.classes, "Sentences"), "utf-8")
    opened(browser, file)
    given = maps(bundle.network, look.inputs)
    for row, number, place in (("Two", 1, 3), ("Three", 2, 0), ("Largest 3", 3, 0), ("Out", 2, 0)):
        found = browser.execute_script("return striate.unit(...arguments)", row, number, place, 0)
        value = given[row][0][number].ravel()[place]
        total = float(found["total"])
        total = {"Two": max(total, 0.0), "Three": float(np.tanh(total))}.get(row, total)
        assert (found["value"], total) == pytest.approx((value, value), rel=1e-5, abs=1e-6), row
    # The strongest window of map 1 of Two, where it stands and with its words.
    strongest = int(given["Two"][0, 1].argmax())
    browser.find_element(By.CSS_SELECTOR, '[data-row="Two"]').click()
    window = browser.find_element(By.CSS_SELECTOR, '#maps [data-map="1"]')
    words = [word or "·" for word in look.words[strongest : strongest + 2]]
    assert window.text.splitlines()[0] == f"1: {' '.join(words)}"
    window.click()
    seen = browser.find_elements(By.CSS_SELECTOR, "#sentence .seen")
    assert [one.text for one in seen] == words
    # Each line of the kernel adds what the vector of its word makes of it.
    kernel, vectors = bundle.network.Two.weight[1, 0], given["Vectors"][0, 0]  # type: ignore[index, union-attr]
    adds = (kernel.detach().numpy() * vectors[strongest : strongest + 2]).sum(axis=1)
    lines = browser.find_elements(By.CSS_SELECTOR, "#unit .sum:first-of-type td:last-child")[:2]
    assert [float(line.text) for line in lines] == pytest.approx(adds, abs=1e-4)
    # Words that speak for a class are those without which its score falls.
    effects = word_effects(bundle.network, look.inputs, 0)
    held = browser.execute_script("return striate.record.pictures[0].reasons[0][0].values.shape")
    assert held == [1, len(effects)]
    unknown = browser.find_element(By.CSS_SELECTOR, "#sentence .unknown")
    assert unknown.text == "odd"
    browser.find_element(By.CSS_SELECTOR, "#path li:last-child button").click()
    assert browser.find_element(By.ID, "maps-title").text == "What Sentence gives"
    browser.set_window_size(400, 800)
    width = browser.execute_script("return document.documentElement.scrollWidth")
    assert width <= browser.execute_script("return window.innerWidth")
    assert browser.get_log("browser") == []  # type: ignore[no-untyped-call]


def test_the_command_writes_a_page_of_sentences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made, file = built(SENTENCES), tmp_path / "look.html"
    state = made.network.state_dict()
    weights: dict[Weights, Tensors] = {"best": state, "last": state}
    vocabulary = made.vocabulary
    save_bundle(tmp_path / "run", made.document, made.classes, weights, "", vocabulary=vocabulary)
    words = ["see", str(tmp_path / "run"), "a good film", "bad", "--page", str(file)]
    assert main(words) == 0
    record = json.loads(
        file.read_text("utf-8").split('type="application/json">')[1].split("</script>")[0]
    )
    assert [picture["words"][1:4] for picture in record["pictures"]] == [
        ["a", "good", "film"],
        ["bad", "", ""],
    ]
    capsys.readouterr()
    assert main(["see", "text-cnn", "a good film", "--page", str(file)]) == 2
    assert capsys.readouterr().err.startswith("error: text-cnn: it has not been trained, and knows")


def test_rows_that_are_asked_for_come_first(network: Network, looks: list[Look]) -> None:
    def maps_of(rows: tuple[str, ...]) -> dict[str, int]:
        page = look_page(network, looks, ("x", "y", "z"), "Every sum", largest=155_000, rows=rows)
        record = json.loads(page.split('type="application/json">')[1].split("</script>")[0])
        held = record["pictures"][0]["maps"]
        return {row: len(held[row]["kept"]) for row in held}

    assert maps_of(())["C2"] < 6
    assert maps_of(("C2",))["C2"] == 6
    with pytest.raises(SeeingError, match=r"^C9: the network has no row of this name\."):
        maps_of(("C9",))


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
    assert places == ["C2", "N1", "L1", "P1", "C1", "In"]
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


def test_rows_need_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["see", "lenet5", str(PICTURE), "--rows", "C1"]) == 2
    assert capsys.readouterr().err == (
        "error: --rows: no page is asked for, whose rows it chooses.\n"
        "  Needed: --page FILE.html beside it.\n"
        "  Fix: add --page, or leave --rows out.\n"
    )


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
