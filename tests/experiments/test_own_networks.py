"""The notes' claims, asked of networks that nobody who wrote them has seen."""

from dataclasses import replace

import pytest

from claim_documents import FRONT, with_comparisons, with_lines
from striate.documents import Document, read_networks
from striate.documents.row_writer import cells_of
from striate.errors import DocumentError
from striate.experiments import experiment_names, load_experiment, read_experiment
from striate.experiments.experiment import Experiment
from striate.experiments.other_network import asked_of
from striate.experiments.selection import select
from striate.experiments.variants import Setting, settings_of
from striate.layers import Convolution
from striate.networks import load


TUTORIAL = """# Tutorial CNN

| Layer (type) | Output Shape | Kernel | Filters | Activation | Param # |
| --- | --- | --- | --- | --- | --- |
| input_1 (InputLayer) | (None, 32, 32, 3) | | | | 0 |
| conv2d (Conv2D) | (None, 30, 30, 8) | 3x3 | 8 | relu | 224 |
| max_pooling2d (MaxPooling2D) | (None, 15, 15, 8) | 2x2 | | | 0 |
| conv2d_1 (Conv2D) | (None, 13, 13, 16) | 3x3 | 16 | relu | 1,168 |
| max_pooling2d_1 (MaxPooling2D) | (None, 6, 6, 16) | 2x2 | | | 0 |
| conv2d_2 (Conv2D) | (None, 4, 4, 16) | 3x3 | 16 | relu | 2,320 |
| flatten (Flatten) | (None, 256) | | | | 0 |
| dense (Dense) | (None, 32) | | | relu | 8,224 |
| dense_1 (Dense) | (None, 10) | | | softmax | 330 |
"""

RESIDUAL = """# Residual

| Layer | Type | Maps | Size | Kernel | Stride | Padding | Activation | From |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
| Input | Input | 3 | 32x32 | - | - | - | - | - |
| stem | Convolution | 8 | 32x32 | 3x3 | 1 | same | - | - |
| bn0 | Batch normalisation | 8 | 32x32 | - | - | - | ReLU | - |
| a1 | Convolution | 8 | 32x32 | 5x5 | 1 | 2 | - | bn0 |
| abn1 | Batch normalisation | 8 | 32x32 | - | - | - | ReLU | - |
| a2 | Convolution | 8 | 32x32 | 3x3 | 1 | same | - | - |
| add1 | Add | 8 | 32x32 | - | - | - | ReLU | bn0, a2 |
| b1 | Convolution | 16 | 16x16 | 3x3 | 2 | same | ReLU | add1 |
| gap | Global average pooling | 16 | 1x1 | - | - | - | - | - |
| fc | Fully connected | - | 10 | - | - | - | softmax | - |
"""

MISSING = {
    "tutorial": {
        "connection-table": "tutorial-cnn has no subsampling, which 'every subsampling' asks for.",
        "cross-entropy": "tutorial-cnn has no RBF, which 'last RBF' asks for.",
        "inception": "inception compares networks of its own",
        "small-kernels": "tutorial-cnn has no 5x5 convolution, which 'every 5x5 convolution' asks for.",
    },
    "residual": {
        "connection-table": "residual has no subsampling, which 'every subsampling' asks for.",
        "cross-entropy": "residual has no RBF, which 'last RBF' asks for.",
        "doubling-maps": "variant doubled: it changes one branch of residual and not the other, so that they do not fit "
        "where they are joined: add1 joins 8x32x32 and 32x32x32.",
        "dropout": "residual has no hidden fully connected, which 'every hidden fully connected' asks for.",
        "global-average-pooling": "residual has no hidden fully connected",
        "inception": "inception compares networks of its own",
        "max-or-average": "residual has no max pooling, which 'every max pooling' asks for.",
        "max-pooling-invariance": "residual has no max pooling",
        "pooling-cuts-cost": "residual has no max pooling",
        "response-normalization": "residual has no pooling, which 'first pooling' asks for.",
    },
}


def network(name: str) -> Document:
    return read_networks({"tutorial": TUTORIAL, "residual": RESIDUAL}[name], "own.md")[0]


def asked(name: str, own: Document) -> tuple[Experiment, dict[str, Setting]]:
    experiment, _ = asked_of(load_experiment(name), own)
    return experiment, settings_of(experiment, own)


@pytest.mark.parametrize(
    ("named", "rows"),
    [
        ("a2", ["a2"]),
        ("first convolution", ["stem"]),
        ("second convolution", ["a1"]),
        ("last convolution", ["b1"]),
        ("every 3x3 convolution", ["stem", "a2", "b1"]),
        ("every hidden row", ["bn0", "abn1", "add1", "b1"]),
        ("any dropout", []),
        ("every pooling", []),
        ("last fully connected", ["fc"]),
        ("every hidden fully connected", []),
        ("Every Input", ["Input"]),
    ],
)
def test_rows_are_named_by_their_place_among_those_of_a_type(named: str, rows: list[str]) -> None:
    cells = [cells_of(row) for row in network("residual").table.rows]
    assert [row["Layer"] for row in select(named, cells)] == rows


@pytest.mark.parametrize("own", ["tutorial", "residual"])
@pytest.mark.parametrize("name", experiment_names())
def test_a_claim_is_asked_of_another_network_or_says_what_it_lacks(name: str, own: str) -> None:
    missing = MISSING[own].get(name)
    if missing is None:
        experiment, settings = asked(name, network(own))
        assert settings.keys() == {variant.name for variant in experiment.variants}
        read = {one.document.table.input for one in settings.values()}
        assert read == {network(own).table.input} or name == "word-order"
    else:
        with pytest.raises(DocumentError) as error:
            asked(name, network(own))
        assert missing in str(error.value)


def test_networks_of_the_experiment_read_and_learn_as_the_other_one_does() -> None:
    own = network("tutorial")
    own = replace(own, recipe=replace(own.recipe, batch_size=17))
    experiment, settings = asked("sharing-weights", own)
    full = settings["fully connected"].document
    assert next(variant.name for variant in experiment.variants) == "tutorial-cnn"
    assert (full.table.input, full.recipe.batch_size) == (own.table.input, 17)
    wanted = own.walk.total.multiply_adds
    assert abs(full.walk.total.multiply_adds - wanted) <= 0.02 * wanted
    assert settings["locally connected"].unshared == ("conv2d (Conv2D)", "conv2d_1 (Conv2D)")


def test_what_is_compared_among_networks_of_the_experiment_is_left_out_and_named() -> None:
    experiment, left_out = asked_of(load_experiment("saturation"), network("tutorial"))
    assert left_out == ("ReLU, deep", "tanh, deep", "sigmoid, deep")
    assert {one.compared for one in experiment.comparisons} == {"ReLU"}


def edited(text: str, *lines: str) -> Document:
    own = read_networks(text, "own.md")[0]
    claim = read_experiment(
        FRONT + with_lines(*lines) + with_comparisons("| new | 1 | parameters |"), "c.md"
    )
    return settings_of(replace(claim, variants=claim.variants[2:]), own)["new"].document


def test_a_row_that_is_taken_out_leaves_its_function_to_the_one_it_reads() -> None:
    found = edited(RESIDUAL, "| new | any batch normalisation | row | removed |").table
    assert str(found.row("stem").function) == "ReLU"
    assert found.row("add1").reads == ("stem", "a2")


def test_all_that_read_a_row_read_what_is_put_below_it() -> None:
    lines = ("| new | D | below | bn0 |", "| new | D | Type | Dropout |")
    found = edited(RESIDUAL, *lines, "| new | D | Options | fraction=0.5 |").table
    assert [found.row(name).reads for name in ("a1", "add1")] == [("D",), ("D", "a2")]
    assert found.row("D").reads == ()


@pytest.mark.parametrize("padding", ["2", "1", "0", "same"])
def test_a_pair_sees_and_gives_as_much_as_the_kernel_it_stands_for(padding: str) -> None:
    text = RESIDUAL.replace("| 5x5 | 1 | 2 |", f"| 5x5 | 1 | {padding} |")
    # Nothing else reads these maps, so that they may be smaller.
    text = text.replace("| bn0, a2 |", "| a2, a2 |")
    whole = read_networks(text, "own.md")[0].walk
    pair = edited(text, "| new | a1 | Kernel | 3x3 twice |").walk
    assert pair.report("a1").output == whole.report("a1").output
    assert pair.report("a1").field == whole.report("a1").field
    layers = [pair.report(name).row for name in ("a1a", "a1")]
    assert all(isinstance(row.layer, Convolution) for row in layers)
    assert str(layers[0].function) == "ReLU"  # the function behind the normalisation
    assert layers[0].reads == ("bn0",)
    costs = [pair.report(name).cost for name in ("a1a", "a1")]
    assert [cost.parameters for cost in costs if cost] == [8 * 8 * 9 + 8] * 2


def test_cells_are_those_of_another_row() -> None:
    lines = (
        "| new | b1 | Maps | twice stem |",
        "| new | b1 | Kernel | as a1 |",
        "| new | C | above | gap |",
        "| new | C | Type | Convolution |",
        "| new | C | Kernel | 1 |",
        "| new | C | Maps | as above |",
    )
    found = edited(RESIDUAL, *lines).walk
    assert [found.report(name).output.axes for name in ("b1", "C")] == [(16, 16, 16)] * 2  # type: ignore[union-attr]
    assert str(cells_of(found.report("b1").row)["Kernel"]) == "5x5"


def test_widths_of_rows_that_are_added_up_stay_equal() -> None:
    own = network("residual")
    _, settings = asked("first-layer", own)
    for setting in settings.values():
        table = setting.document.table
        assert len({cells_of(table.row(name))["Maps"] for name in ("stem", "a2")}) == 1


def test_a_recipe_that_speaks_of_dropout_is_that_of_variants_without_it_too() -> None:
    own = load("fashion-cnn")
    assert own.recipe.dropout_samples > 1
    _, settings = asked("dropout", own)
    samples = {name: one.document.recipe.dropout_samples for name, one in settings.items()}
    assert samples == {"without": 1, "with": own.recipe.dropout_samples}


def test_variants_that_do_not_differ_are_refused() -> None:
    claim = read_experiment(FRONT + with_lines("| new | any dropout | row | removed |"), "c.md")
    with pytest.raises(DocumentError, match="it is the same as as it is: lenet5 has nothing"):
        settings_of(claim)
