"""A new kind of layer is tested from the moment it joins the union."""

import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest
import torch
from hypothesis import Phase, find, settings
from torch.nn import functional

from strategies import layers_on
from striate import see
from striate.arithmetic import never_negative, plain_rows, walk
from striate.checking.variants import explain
from striate.documents import Document, read_networks
from striate.documents.code.functional import AS_LAYERS
from striate.documents.code.torch_layers import TORCH
from striate.documents.schema import _MAPS, _SHAPE, _UNITS, _WINDOW, SCHEMA
from striate.documents.vocabulary import FUNCTIONS, KINDS, Kind, kind_of
from striate.documents.writing import FORMS, write_form
from striate.errors import DocumentError
from striate.layers import (
    Activation,
    Add,
    Concat,
    Embedding,
    Input,
    Layer,
    Multiply,
    RadialBasis,
    SideHead,
    WindowPooling,
)
from striate.modules import build
from striate.page import Session
from striate.prediction import Bundle
from striate.see import Look
from striate.shapes import Image
from striate.table import Row, Table


CELLS: dict[str, str] = {
    "Input": "| Input | 3 | 4x4 | - | - |",
    "Convolution": "| Convolution | 3 | - | 2 | - |",
    "Depthwise convolution": "| Depthwise convolution | - | - | 2 | - |",
    "Transposed convolution": "| Transposed convolution | 3 | - | 2 | - |",
    "Upsampling": "| Upsampling | - | - | - | - |",
    "Padding": "| Padding | - | - | - | - | - | - | 1 |",
    "Slice": "| Slice | 2 | - | - | - |",
    "Cropping": "| Cropping | - | - | - | - | - | - | 1 |",
    "Channel shuffle": "| Channel shuffle | - | - | - | - | - | - | - | 2 |",
    "Max pooling": "| Max pooling | - | - | 2 | - |",
    "Average pooling": "| Average pooling | - | - | 2 | - |",
    "L2 pooling": "| L2 pooling | - | - | 2 | - |",
    "Lp pooling": "| Lp pooling | - | - | 2 | - | - | p=3 |",
    "Global average pooling": "| Global average pooling | - | - | - | - |",
    "Global max pooling": "| Global max pooling | - | - | - | - |",
    "Adaptive average pooling": "| Adaptive average pooling | - | 2x2 | - | - |",
    "Adaptive max pooling": "| Adaptive max pooling | - | 2x2 | - | - |",
    "Subsampling": "| Subsampling | - | - | 2 | - |",
    "Fully connected": "| Fully connected | - | 3 | - | - |",
    "RBF": "| RBF | - | 3 | - | - |",
    "Flatten": "| Flatten | - | - | - | - |",
    "Reshape": "| Reshape | 4 | 4x3 | - | - |",
    "Activation": "| Activation | - | - | - | ReLU |",
    "PReLU": "| PReLU | - | - | - | - |",
    "Scale": "| Scale | - | - | - | - | - | factor=0.5 |",
    "Spatial dropout": "| Spatial dropout | - | - | - | - |",
    "Dropout": "| Dropout | - | - | - | - |",
    "Concat": "| Concat | - | - | - | - |",
    "Add": "| Add | - | - | - | - |",
    "Multiply": "| Multiply | - | - | - | - |",
    "Inception": "| Inception | - | - | - | - | 3 |",
    "LRN": "| LRN | - | - | - | - |",
    "Batch normalisation": "| Batch normalisation | - | - | - | - |",
    "Layer normalisation": "| Layer normalisation | - | - | - | - |",
    "Group normalisation": "| Group normalisation | - | - | - | - | - | - | - | 2 |",
    "Instance normalisation": "| Instance normalisation | - | - | - | - |",
    "Side head": "| Side head | - | - | - | - |",
    "Sentence": "| Sentence | - | 9 | - | - |",
    "Embedding": "| Embedding | - | 9x2 | - | - | - | words=5 |",
}


ONLY_IN_TABLES = {Input, Embedding, Concat, Add, Multiply, RadialBasis, SideHead}
"""Kinds that do not read one row of maps or values, or have a place of their own in random tables."""


def test_random_layers_are_of_every_kind() -> None:
    seen: set[type] = set()
    once = settings(max_examples=2000, phases=[Phase.generate], derandomize=True)

    def completes_them(layer: Layer) -> bool:
        seen.add(type(layer))
        return seen >= set(get_args(Layer)) - ONLY_IN_TABLES

    # It ends with the last one that was missing, and fails only if thousands of layers lack it.
    find(layers_on(Image(4, 6, 5)), completes_them, settings=once)


def test_every_type_of_the_table_language_becomes_a_layer_of_its_own() -> None:
    assert set(CELLS) == set(KINDS) - {"Total"}
    layers = []
    for cells in CELLS.values():
        titles = "| Layer | Type | Maps | Size | Kernel | Activation | #1x1 | Options | Padding | Groups |"
        # A side head alone is no network: it stands behind one, whose first row is then the other.
        first = "| I | Input | 3 | 4x4 |\n" if "Side head" in cells else ""
        text = f"{titles}\n{'|-' * 10}|\n{first}| L {cells}"
        layers.append(read_networks(text, "a.md")[0].table.rows[-1].layer)
    assert {type(layer) for layer in layers} == set(get_args(Layer))
    assert len({repr(layer) for layer in layers}) == len(CELLS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_type_is_known_whatever_its_case(kind: Kind) -> None:
    assert kind_of(kind) == kind_of(kind.upper()) == kind_of(f"  **{kind.lower()}** ") == kind


def test_functions_have_names() -> None:
    assert len(set(FUNCTIONS)) == len(FUNCTIONS)


WORN_BY_OTHERS = {"Input", "Sentence", "Embedding", "Side head", "Concat", "Add", "Multiply", "RBF"}
"""Types that need other rows about them, or are no rows between maps."""

ROOMS = """# Net

| Layer | Type | Maps | Size | Kernel | Activation | #1x1 | Options | Padding | Groups |
|-|-|-|-|-|-|-|-|-|-|
| In | Input | 4 | 4x3 |
| Row {cells}
| Out | Fully connected | - | 3 | - | softmax |
"""


def network_with(kind: str) -> Document:
    (document,) = read_networks(ROOMS.format(cells=CELLS[kind]), "net.md")
    assert document.faults == ()
    return document


@pytest.mark.parametrize("kind", sorted(set(CELLS) - WORN_BY_OTHERS))
def test_a_kind_is_written_in_every_form_or_refused_by_the_name_of_its_row(kind: str) -> None:
    document, refused = network_with(kind), list[str]()
    for form in FORMS:
        try:
            written = write_form(document, form)
        except DocumentError as error:
            refused.append(str(error))
            continue
        if form in {"torch", "keras"}:
            (back,) = read_networks(
                f"```python\n{written.text}\n```\n", "a.md", document.walk.input
            )
            if back.faults and form == "keras":
                continue  # Not every order of axes is read back, which is then said.
            assert back.faults == ()
            assert str(back.walk.reports[-1].output) == "3"
            assert back.walk.total.parameters == document.walk.total.parameters
    assert all("Row: " in text for text in refused)


SLIDING = [
    kind
    for kind, entry in SCHEMA.items()
    if isinstance(entry.layer, type) and issubclass(entry.layer, WindowPooling)
]


@pytest.mark.parametrize("kind", SLIDING)
def test_a_pooling_is_taken_apart_changed_and_explained_like_the_others(kind: str) -> None:
    document = network_with(kind)
    network = build(document).eval()
    inputs = torch.rand(1, 4, 4, 3)
    taken = see.unit(network, inputs, "Row", 1, (1, 0))
    assert taken.value == pytest.approx(float(network.trace(inputs)["Row"][0, 1, 1, 0]), rel=1e-5)
    session = Session(Bundle(document, network, ("x", "y", "z"), Path()), [Look("a", inputs, 0, 1)])
    changed = session.set_cell("Row", "Padding", "1")["record"]
    assert changed["changes"]
    assert changed["rows"][1]["sum"] is not None
    layer, image = document.table.rows[1].layer, Image(4, 4, 3)
    assert isinstance(layer, WindowPooling)
    assert explain(layer, image, lambda output, _: output.axes == (4, 1, 1))
    positive = Table((Row("In", Input(image)), Row("A", Activation("ReLU")), Row("Row", layer)))
    assert never_negative(plain_rows(walk(positive)))[-1]


def test_a_pooling_of_torch_is_read_as_a_function_too() -> None:
    for kind in TORCH:
        spelled = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=LP)(?=P)", "_", kind).lower()
        if "Pool" in kind:
            assert hasattr(functional, spelled)
            assert AS_LAYERS[spelled] == kind


ELSEWHERE = {"connection_table", "codes", "function"}
"""Fields that a second table, a drawing or the column Activation hold."""


@pytest.mark.parametrize("kind", get_args(Layer))
def test_every_field_of_a_layer_has_a_place_in_its_table(kind: type) -> None:
    parts = {
        "maps": _MAPS,
        "shape": _SHAPE,
        "units": _UNITS,
        **dict.fromkeys(("kernel", "stride", "padding"), _WINDOW),
    }
    for entry in SCHEMA.values():
        if entry.layer is not kind:
            continue
        held = {field.name for field in entry.fields} | set(entry.fixed) | ELSEWHERE
        held |= {name for name, part in parts.items() if part in entry.parts}
        # Parts that one type alone has are taken to hold the rest.
        missing = {field.name for field in fields(kind)} - held
        assert not missing or len(set(entry.parts) - set(parts.values())) == 1, missing
