"""A new kind of layer is tested from the moment it joins the union."""

from dataclasses import fields
from typing import get_args

import pytest
from hypothesis import Phase, find, settings

from strategies import layers_on
from striate.documents import read_networks
from striate.documents.schema import _MAPS, _SHAPE, _UNITS, _WINDOW, SCHEMA
from striate.documents.vocabulary import FUNCTIONS, KINDS, Kind, kind_of
from striate.layers import Add, Concat, Embedding, Input, Layer, Multiply, RadialBasis, SideHead
from striate.shapes import Image


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
