"""A new kind of layer is tested from the moment it joins the union."""

from typing import get_args

import pytest
from hypothesis import Phase, find, settings

from strategies import tables
from striate.documents import read_networks
from striate.documents.layer_cells import OPTIONS
from striate.documents.vocabulary import FUNCTIONS, KINDS, Kind, kind_of
from striate.layers import Layer
from striate.table import Table


CELLS: dict[str, str] = {
    "Input": "| Input | 3 | 4x4 | - | - |",
    "Convolution": "| Convolution | 3 | - | 2 | - |",
    "Max pooling": "| Max pooling | - | - | 2 | - |",
    "Average pooling": "| Average pooling | - | - | 2 | - |",
    "Global average pooling": "| Global average pooling | - | - | - | - |",
    "Global max pooling": "| Global max pooling | - | - | - | - |",
    "Subsampling": "| Subsampling | - | - | 2 | - |",
    "Fully connected": "| Fully connected | - | 3 | - | - |",
    "RBF": "| RBF | - | 3 | - | - |",
    "Flatten": "| Flatten | - | - | - | - |",
    "Activation": "| Activation | - | - | - | ReLU |",
    "Dropout": "| Dropout | - | - | - | - |",
    "Concat": "| Concat | - | - | - | - |",
    "Add": "| Add | - | - | - | - |",
    "Inception": "| Inception | - | - | - | - | 3 |",
    "LRN": "| LRN | - | - | - | - |",
    "Batch normalisation": "| Batch normalisation | - | - | - | - |",
    "Side head": "| Side head | - | - | - | - |",
    "Sentence": "| Sentence | - | 9 | - | - |",
    "Embedding": "| Embedding | - | 9x2 | - | - | - | words=5 |",
}


@pytest.mark.parametrize("kind", get_args(Layer))
def test_random_tables_hold_every_kind(kind: type) -> None:
    def holds_it(table: Table) -> bool:
        return any(isinstance(row.layer, kind) for row in table.rows)

    # It ends with the first one, and fails only if thousands of tables lack it.
    once = settings(max_examples=5000, phases=[Phase.generate], derandomize=True)
    assert holds_it(find(tables(), holds_it, settings=once))


def test_every_type_of_the_table_language_becomes_a_layer_of_its_own() -> None:
    assert set(CELLS) == set(KINDS) - {"Total"}
    layers = []
    for cells in CELLS.values():
        titles = "| Layer | Type | Maps | Size | Kernel | Activation | #1x1 | Options |"
        # A side head alone is no network: it stands behind one, whose first row is then the other.
        first = "| I | Input | 3 | 4x4 |\n" if "Side head" in cells else ""
        text = f"{titles}\n{'|-' * 8}|\n{first}| L {cells}"
        layers.append(read_networks(text, "a.md")[0].table.rows[-1].layer)
    assert {type(layer) for layer in layers} == set(get_args(Layer))
    assert len({repr(layer) for layer in layers}) == len(CELLS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_type_is_known_whatever_its_case(kind: Kind) -> None:
    assert kind_of(kind) == kind_of(kind.upper()) == kind_of(f"  **{kind.lower()}** ") == kind


def test_options_belong_to_types_and_functions_have_names() -> None:
    assert set(OPTIONS) <= set(KINDS)
    assert len(set(FUNCTIONS)) == len(FUNCTIONS)
