"""What is changed on a page is what torch makes of the same change, and what is refused changes nothing."""

import zlib
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch
from numpy.typing import NDArray

from striate.data import Vocabulary
from striate.documents import read_networks
from striate.errors import DataError, SeeingError, StriateError
from striate.errors.page import not_a_number, padding_not_understood, row_begins_anew
from striate.modules import Network, build
from striate.networks import load
from striate.page import Session
from striate.page.session import MOST_PICTURES, told_fault
from striate.prediction import Bundle
from striate.see import Look, grad_cam


TEXT = """# Small

| Layer | Type | Maps | Kernel | Padding | Groups | Activation | Size |
| --- | --- | --- | --- | --- | --- | --- | --- |
| In | Input | 2 | | | | | 8x8 |
| C1 | Convolution | 4 | 3x3 | | | ReLU | 6x6 |
| C2 | Convolution | 4 | 3x3 | same | 2 | tanh | |
| G | Global average pooling | | | | | | |
| F | Fully connected | | | | | | 5 |
| Out | Fully connected | | | | | softmax | 3 |
"""


def bundle_from(text: str) -> Bundle:
    (document,) = read_networks(text, "small.md")
    torch.manual_seed(1)
    return Bundle(document, build(document).eval(), ("x", "y", "z"), Path())


@pytest.fixture
def session() -> Session:
    return Session(bundle_from(TEXT), [Look("a.png", PICTURE, -1, 1)])


PICTURE = torch.linspace(-1, 1, 128).sin().view(1, 2, 8, 8)


def array(answer: dict[str, Any], place: dict[str, Any]) -> NDArray[np.float32]:
    content = zlib.decompress(b64decode(answer["numbers"]))
    count = int(np.prod(place["shape"]))
    found = np.frombuffer(content, f"<{place['dtype']}", count, place["at"])
    return found.reshape(place["shape"]).astype(np.float32)


def maps_of(answer: dict[str, Any], row: str) -> NDArray[np.float32]:
    """Give the maps of a row in their order, where the page has all of them."""
    held = answer["record"]["pictures"][0]["maps"][row]
    return array(answer, held["values"])[np.argsort(held["kept"])]


def row_of(answer: dict[str, Any], name: str) -> dict[str, Any]:
    (row,) = (row for row in answer["record"]["rows"] if row["name"] == name)
    return dict(row)


def expected(network: Network, row: str) -> NDArray[np.float32]:
    with torch.no_grad():
        return network.trace(PICTURE)[row][0].numpy()


@pytest.mark.parametrize("number", [0, 17, 71])
def test_a_weight_is_that_which_the_page_numbers(session: Session, number: int) -> None:
    answer = session.set_number("C2", "weight", number, 2.5)
    shown = array(answer, row_of(answer, "C2")["sum"]["weights"])
    assert shown.ravel()[number] == 2.5
    plain = bundle_from(TEXT).network
    with torch.no_grad():
        plain.C2.weight.view(-1)[number] = 2.5  # type: ignore[operator, union-attr]
    np.testing.assert_array_equal(maps_of(answer, "Out"), expected(plain, "Out"))
    assert answer["record"]["changes"] == [{"row": "C2", "numbers": 1}]


def test_a_kernel_of_a_connection_table_is_that_which_the_page_numbers() -> None:
    document = load("lenet5")
    network = build(document).eval()
    session = Session(Bundle(document, network, tuple("0123456789"), Path()))
    number = 31 * 25 + 7
    answer = session.set_number("C3", "weight", number, -3.5)
    row = row_of(answer, "C3")
    shown = array(answer, row["sum"]["weights"])
    assert shown.ravel()[number] == -3.5
    before = np.cumsum([0, *map(len, row["sum"]["channels"])])
    above = int(np.searchsorted(before, 31, "right")) - 1
    channel = row["sum"]["channels"][above][31 - before[above]]
    full = network.C3.full_weight()  # type: ignore[operator, union-attr]
    assert full[above, channel].view(-1)[7] == -3.5


def test_a_bias_is_added_to_its_map(session: Session) -> None:
    before = maps_of(session.answer(), "F")
    answer = session.set_number("F", "bias", 3, 10.0)
    shown = row_of(answer, "F")["sum"]["bias"]
    assert (shown[3], shown[2]) == (10, pytest.approx(bundle_bias(2)))
    moved = maps_of(answer, "F") - before
    np.testing.assert_allclose(moved, [0, 0, 0, 10 - bundle_bias(3), 0], atol=1e-6)


def bundle_bias(number: int) -> float:
    return float(bundle_from(TEXT).network.F.bias[number].detach())  # type: ignore[index, union-attr]


def test_an_activation_is_that_of_the_edited_document(session: Session) -> None:
    answer = session.set_cell("C1", "Activation", "leaky relu (0.2)")
    plain = bundle_from(TEXT.replace("ReLU", "leaky ReLU (0.2)")).network
    np.testing.assert_allclose(maps_of(answer, "C1"), expected(plain, "C1"), atol=1e-7)
    np.testing.assert_allclose(maps_of(answer, "Out"), expected(plain, "Out"), atol=1e-6)
    assert row_of(answer, "C1")["function"] == "leaky ReLU (0.2)"
    change = {"row": "C1", "column": "Activation", "was": "ReLU", "is": "leaky ReLU (0.2)"}
    assert answer["record"]["changes"] == [change]
    assert "leaky ReLU (0.2)" in session.document
    assert session.set_cell("C1", "Activation", "ReLU")["record"]["changes"] == []


def test_a_padding_changes_the_sizes_and_what_contradicts_them_is_told(session: Session) -> None:
    answer = session.set_cell("C1", "Padding", "same")
    assert row_of(answer, "C1")["shape"] == [4, 8, 8]
    plain = bundle_from(TEXT.replace("| 3x3 | | | ReLU", "| 3x3 | same | | ReLU")).network
    np.testing.assert_allclose(maps_of(answer, "C2"), expected(plain, "C2"), atol=1e-6)
    cell, told = answer["record"]["changes"]
    assert cell == {"row": "C1", "column": "Padding", "was": "valid", "is": "same"}
    assert "6x6" in told["fault"]["en"][0]


def test_weights_that_no_longer_fit_begin_anew_and_come_back() -> None:
    text = TEXT.replace("| G | Global average pooling | | | | | | |\n", "")
    session = Session(bundle_from(text), [Look("a.png", PICTURE, -1, 1)])
    session.set_number("F", "weight", 0, 9.0)
    answer = session.set_cell("C1", "Padding", "1")
    _, *told = answer["record"]["changes"]
    assert told[0]["fault"]["en"] == [
        "F: its weights of 5x144 do not fit: 5x256 are needed now, and begin anew.",
        "  Needed: training, before what comes out of it means anything.",
        "  Fix: look at the rows before it, or put the network back.",
    ]
    plain = bundle_from(text.replace("| 3x3 | | | ReLU", "| 3x3 | 1 | | ReLU")).network
    state = plain.state_dict()
    kept = dict(bundle_from(text).network.state_dict().items())
    plain.load_state_dict({**state, **{n: v for n, v in kept.items() if v.shape == state[n].shape}})
    np.testing.assert_allclose(maps_of(answer, "C2"), expected(plain, "C2"), atol=1e-6)
    answer = session.set_cell("C1", "Padding", "valid")
    assert answer["record"]["changes"] == []
    np.testing.assert_array_equal(
        maps_of(answer, "Out"), expected(bundle_from(text).network, "Out")
    )


def test_what_begins_anew_and_what_is_refused_is_said_in_korean_too() -> None:
    anew = told_fault(row_begins_anew("F6", (84, 120), (84, 1080)))["ko"]
    assert anew == [
        "F6: 가중치 84x120이 맞지 않습니다: 이제 84x1080이 있어야 하고, 처음 값으로 다시 시작합니다.",
        "  필요: 나오는 값에 뜻이 있으려면 학습.",
        "  수정: 앞의 행을 보거나 모두 되돌리세요.",
    ]
    for fault in (
        padding_not_understood(
            "C1", "wide", "valid, same, pixels as in 2, or before+after as in 0+3"
        ),
        not_a_number("C1", "nan"),
    ):
        assert not any("Needed" in line or " is no " in line for line in told_fault(fault)["ko"])
        assert told_fault(fault)["ko"] != told_fault(fault)["en"]


def test_all_is_put_back(session: Session) -> None:
    before = session.answer()
    session.set_number("C1", "weight", 3, 1.0)
    session.set_cell("C2", "Activation", "")
    session.set_number("C1", "weight", 4, 1.0)
    assert session.answer() != before
    assert session.reset() == before


REFUSED: list[tuple[Callable[[Session], object], str]] = [
    (
        lambda one: one.set_number("C1", "weight", 72, 1.0),
        (
            "C1: it has no weight of number 72.\n"
            "  Needed: a number from 0 to 71.\n"
            "  Fix: load the page again, which then knows what there is."
        ),
    ),
    (
        lambda one: one.set_number("G", "weight", 0, 1.0),
        (
            "G: it has no weight of number 0.\n"
            "  Needed: a row that has such.\n"
            "  Fix: load the page again, which then knows what there is."
        ),
    ),
    (
        lambda one: one.set_number("C1", "weight", 0, 1e300),
        (
            "C1: 1e+300 is no finite number.\n"
            "  Needed: a number that float32 can hold.\n"
            "  Fix: write one as in -0.25."
        ),
    ),
    (
        lambda one: one.set_cell("C1", "Padding", "wide"),
        (
            "C1, Padding: 'wide' is no padding.\n"
            "  Needed: valid, same, pixels as in 2, or before+after as in 0+3.\n"
            "  Fix: write valid for none, or same to keep the size."
        ),
    ),
    (
        lambda one: one.set_cell("F", "Padding", "1"),
        (
            "F: its Padding cannot be changed here.\n"
            "  Needed: a row with a window for a padding, a row with weights or a function for an activation.\n"
            "  Fix: choose another row, or edit the document itself."
        ),
    ),
    (
        lambda one: one.set_cell("C1", "Activation", "relux"),
        (
            "C1, Activation: 'relux' is no activation function.\n"
            "  Needed: tanh, scaled tanh, ReLU, sigmoid, softmax, log-softmax, ReLU6, GELU, GELU (tanh), SiLU, mish, "
            "SELU, softplus, softsign, hard swish, hard sigmoid, hard tanh, log sigmoid, leaky ReLU or ELU.\n"
            "  Fix: write 'ReLU'."
        ),
    ),
    (
        lambda one: one.reasons(1, 0),
        (
            "pictures: it has no picture of number 1.\n"
            "  Needed: a number from 0 to 0.\n"
            "  Fix: load the page again, which then knows what there is."
        ),
    ),
]


@pytest.mark.parametrize(("ask", "words"), REFUSED)
def test_what_is_refused_changes_nothing(
    session: Session, ask: Callable[[Session], object], words: str
) -> None:
    before = session.answer()
    with pytest.raises(SeeingError) as caught:
        ask(session)
    assert str(caught.value) == words
    assert session.answer() == before


def test_a_network_that_cannot_be_is_refused_by_the_usual_check() -> None:
    text = TEXT.replace("8x8", "5x5").replace("| 6x6 |", "| |")
    text = text.replace("| C2 | Convolution | 4 | 3x3 | same", "| C2 | Convolution | 4 | 4x4 | 1")
    session = Session(bundle_from(text), [Look("a.png", PICTURE[:, :, :5, :5], -1, 1)])
    with pytest.raises(StriateError, match="C2, height: a window of 4 on an input of 3"):
        session.set_cell("C2", "Padding", "valid")
    assert row_of(session.answer(), "C2")["padding"] == "1"


def test_pictures_are_read_as_predict_reads_them_and_the_oldest_leaves(session: Session) -> None:
    text = TEXT.replace("| In | Input | 2 ", "| In | Input | 1 ")
    session = Session(bundle_from(text))
    assert np.ptp(maps_of(session.answer(), "In")) == 0
    content = BytesIO()
    PIL.Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save(content, "PNG")
    answer = session.add_picture("b.png", content.getvalue(), 0)
    assert answer["chosen"] == 0
    np.testing.assert_allclose(
        maps_of(answer, "In")[0], np.arange(64).reshape(8, 8) / 255, atol=1e-6
    )
    for number in range(MOST_PICTURES):
        answer = session.add_picture(f"{number}.png", content.getvalue())
    assert answer["chosen"] == MOST_PICTURES - 1
    assert [picture["name"] for picture in answer["record"]["pictures"]] == [
        f"{number}.png" for number in range(MOST_PICTURES)
    ]
    with pytest.raises(DataError, match=r"^c\.png: "):
        session.add_picture("c.png", b"no picture")


def test_reasons_are_those_of_the_network_as_it_is_now(session: Session) -> None:
    session.set_number("C1", "weight", 3, 1.0)
    answer = session.reasons(0, 2)
    found = array(answer, answer["reasons"][0]["values"])
    np.testing.assert_array_equal(found, grad_cam(session.bundle.network, PICTURE, 2))


def test_a_network_without_places_has_reasons_too() -> None:
    text = "\n".join(
        line for line in TEXT.split("\n") if line[:5] not in {"| C1 ", "| C2 ", "| G |"}
    )
    session = Session(bundle_from(text), [Look("a.png", PICTURE, -1, 1)])
    titles = [reason["title"] for reason in session.reasons(0, 1)["reasons"]]
    assert titles == ["occlusion", "integrated gradients"]


def test_a_sentence_is_read_where_a_picture_would_be() -> None:
    text = """# Words

| Layer | Type | Maps | Kernel | Activation | Size | Options |
| --- | --- | --- | --- | --- | --- | --- |
| Sentence | Sentence | | | | 6 | |
| Vectors | Embedding | | | | 6x4 | words=2, vectors=random |
| C | Convolution | 2 | 2x4 | ReLU | | |
| M | Global max pooling | | | | | |
| Out | Fully connected | | | softmax | 3 | |
"""
    bundle = replace(bundle_from(text), vocabulary=Vocabulary(("good", "film")))
    session = Session(bundle)
    answer = session.add_picture("sentence", b"a good film", 0)
    (told,) = answer["record"]["pictures"]
    assert told["words"] == ("a", "good", "film", "", "", "")
    assert told["unknown"] == (0,)
    np.testing.assert_array_equal(maps_of(answer, "Sentence"), [0, 1, 2, 0, 0, 0])
    reason = session.reasons(0, 1)["reasons"][0]
    assert reason["values"]["shape"] == [1, 6]
    answer = session.set_number("C", "weight", 7, 3.0)
    assert answer["record"]["changes"] == [{"row": "C", "numbers": 1}]


def test_numbers_that_are_not_finite_stay_readable(session: Session) -> None:
    session.set_number("Out", "weight", 0, 3e38)
    session.set_number("F", "bias", 0, 3e38)
    assert session.answer()["record"]["pictures"][0]["scores"] == [None] * 3


def test_fresh_weights_draw_nothing_from_the_random_numbers_of_the_process(
    session: Session,
) -> None:
    before = torch.get_rng_state()
    session.set_cell("C1", "Padding", "same")
    assert torch.equal(torch.get_rng_state(), before)
