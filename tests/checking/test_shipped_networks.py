"""The shipped documents beside the numbers that the papers print, typed in from the papers."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from striate.arithmetic import Walk, walk
from striate.checking import check
from striate.documents import write_document
from striate.errors import DocumentError
from striate.layers import Convolution, Dropout, FullyConnected, RadialBasis
from striate.networks import load, network_names, network_text


@pytest.fixture(scope="module")
def lenet() -> Walk:
    return walk(load("lenet5").table)


CONTRADICTED = {
    "alexnet": ["conv1, Neurons"],
    "googlenet": [
        "conv1, Parameters",
        "conv1, Operations",
        "inception (4c), Parameters",
        "inception (4d), Parameters",
        "inception (5a), Parameters",
        "inception (5a), Operations",
        "inception (5b), Parameters",
    ],
}
"""What the papers print and their own tables contradict."""


@pytest.mark.parametrize("name", network_names())
def test_a_shipped_document_has_no_finding_without_an_explanation(name: str) -> None:
    report = check(load(name))
    assert [finding.where for finding in report.findings] == CONTRADICTED.get(name, [])
    assert all("The document notes: " in finding.fix for finding in report.findings)


@pytest.mark.parametrize("name", ["lenet5", "lenet5-softmax"])
def test_every_claim_of_lenet_5_agrees_as_it_stands(name: str) -> None:
    assert {comparison.verdict for comparison in check(load(name)).comparisons} == {"agrees"}


@pytest.mark.parametrize("name", network_names())
def test_a_shipped_document_bears_its_files_name_and_a_source(name: str) -> None:
    document = load(name)
    assert document.name == name
    assert document.source
    assert document.recipe_line is not None


def test_the_shipped_networks_are_named_in_order() -> None:
    assert list(network_names()) == sorted(network_names())
    assert {"alexnet", "googlenet", "lenet5", "text-cnn-static"} < set(network_names())


def test_lenet_5_has_the_parameters_of_the_paper(lenet: Walk) -> None:
    assert parameters(lenet) == {
        "Input": 0,
        "C1": 156,
        "S2": 12,
        "C3": 1516,
        "S4": 32,
        "C5": 48120,
        "F6": 10164,
        "Output": 0,
    }
    assert lenet.total.parameters == 60000
    assert lenet.total.fixed == 840


def test_lenet_5_has_the_connections_of_the_paper(lenet: Walk) -> None:
    assert connections(lenet) == {
        "Input": 0,
        "C1": 122304,
        "S2": 5880,
        "C3": 151600,
        "S4": 2000,
        "C5": 48120,
        "F6": 10164,
        "Output": 840,
    }
    assert lenet.total.connections == 340908


def test_lenet_5_multiplies_as_often_as_its_tables_say(lenet: Walk) -> None:
    products = {
        report.row.name: report.cost.multiply_adds for report in lenet.reports if report.cost
    }
    assert products == {
        "Input": 0,
        "C1": 117600,
        "S2": 1176,
        "C3": 150000,
        "S4": 400,
        "C5": 48000,
        "F6": 10080,
        "Output": 840,
    }
    assert lenet.total.multiply_adds == 328096


def test_lenet_5_sees_further_from_layer_to_layer(lenet: Walk) -> None:
    fields = {
        name: str(lenet.report(name).field) for name in ("C1", "S2", "C3", "S4", "C5", "Output")
    }
    assert fields == {
        "C1": "5x5",
        "S2": "6x6",
        "C3": "14x14",
        "S4": "16x16",
        "C5": "32x32",
        "Output": "32x32",
    }


def test_the_centers_of_c3_cover_20_pixels_in_the_middle(lenet: Walk) -> None:
    field, output = lenet.report("C3").field, lenet.report("C3").output
    assert field is not None
    assert output is not None
    # The paper's reason for 32 pixels instead of 28: 20x20 centers, apart by the stride of S2.
    assert field.height.center == 6.5
    assert field.height.center + 9 * field.height.jump == 32 - 1 - 6.5
    assert output.axes == (16, 10, 10)


def test_c3_reads_the_maps_of_the_papers_table_1(lenet: Walk) -> None:
    layer = lenet.table.row("C3").layer
    assert isinstance(layer, Convolution)
    assert layer.connection_table is not None
    read: list[set[int]] = [set() for _ in range(16)]
    for column, below in layer.connection_table.pairs:
        read[column].add(below)
    assert read == [
        {0, 1, 2},
        {1, 2, 3},
        {2, 3, 4},
        {3, 4, 5},
        {0, 4, 5},
        {0, 1, 5},
        {0, 1, 2, 3},
        {1, 2, 3, 4},
        {2, 3, 4, 5},
        {0, 3, 4, 5},
        {0, 1, 4, 5},
        {0, 1, 2, 5},
        {0, 1, 3, 4},
        {1, 2, 4, 5},
        {0, 2, 3, 5},
        {0, 1, 2, 3, 4, 5},
    ]
    fan_in = [25 * maps for maps in layer.connection_table.maps_read]
    assert fan_in == [75] * 6 + [100] * 9 + [150]


def test_the_codes_are_ten_drawings_of_7x12_that_differ_in_12_cells_or_more() -> None:
    fenced = network_text("lenet5").split("```codes Output\n")[1].split("\n```")[0]
    drawings = [
        tuple(line.split()[at] for line in band.splitlines())
        for band in fenced.split("\n\n")
        for at in range(5)
    ]
    assert [(len(drawing), {len(line) for line in drawing}) for drawing in drawings] == [
        (12, {7})
    ] * 10
    cells = ["".join(drawing) for drawing in drawings]
    distances = {
        (a, b): sum(one != other for one, other in zip(cells[a], cells[b], strict=True))
        for a, b in combinations(range(10), 2)
    }
    assert min(distances.values()) >= 12
    # The document says which two are most alike.
    assert min(distances.items(), key=lambda item: item[1]) == ((3, 5), 21)

    layer = load("lenet5").table.row("Output").layer
    assert isinstance(layer, RadialBasis)
    assert layer.codes is not None
    assert layer.codes.drawings == tuple(drawings)
    assert layer.codes.smallest_distance == 21
    assert layer.codes.vectors == tuple(
        tuple({"#": 1, ".": -1}[cell] for cell in code) for code in cells
    )


def test_lenet_5_with_a_softmax_differs_in_its_last_row_alone(lenet: Walk) -> None:
    softmax = walk(load("lenet5-softmax").table)
    assert softmax.table.rows[:-1] == lenet.table.rows[:-1]
    assert softmax.table.rows[-1].name == lenet.table.rows[-1].name
    assert isinstance(softmax.table.rows[-1].layer, FullyConnected)
    assert softmax.total.parameters == 60850
    assert softmax.total.fixed == 0
    assert load("lenet5-softmax").recipe.loss == "cross-entropy"
    assert load("lenet5").recipe.loss == "map"


def test_the_mlp_has_the_numbers_that_torch_gives_the_layers_of_the_notes() -> None:
    # 2-10-10-10-1 with biases, as the notes' nn.Sequential makes them.
    assert parameters(walk(load("mlp").table)) == {
        "Input": 0,
        "H1": 10 * 2 + 10,
        "H2": 10 * 10 + 10,
        "H3": 10 * 10 + 10,
        "Output": 10 + 1,
    }
    recipe = load("mlp").recipe
    settings = (recipe.loss, recipe.optimizer, recipe.learning_rate, recipe.momentum)
    assert settings == ("binary-cross-entropy", "sgd", 1.0, 0.0)
    assert (recipe.weight_decay, recipe.schedule, recipe.warmup) == (0.0, "constant", 0.0)


def test_lenet_5_keeps_so_many_values_for_one_example(lenet: Walk) -> None:
    by_hand = 32 * 32 + 6 * 28 * 28 + 6 * 14 * 14 + 16 * 10 * 10 + 16 * 5 * 5 + 120 + 84 + 10
    assert lenet.activation_elements == by_hand


def test_lenet_5s_fixed_codes_are_explained() -> None:
    remarks = check(load("lenet5")).remarks
    assert [(remark.row, remark.line, remark.text) for remark in remarks] == [
        (
            "Output",
            line_of("lenet5", "| Output |"),
            (
                "Its 840 connections are 10 x 84 components of fixed codes, which training never "
                "changes. They belong to the total of 340,908; the other rows have 340,068."
            ),
        )
    ]


def test_what_is_not_there_is_looked_up_by_name() -> None:
    walked = walk(load("lenet5").table)
    with pytest.raises(KeyError, match="C9"):
        walked.report("C9")
    with pytest.raises(KeyError, match="C9"):
        walked.table.row("C9")
    with pytest.raises(DocumentError):
        network_text("leenet")


@pytest.mark.parametrize("where", ["x" * 5000, "\0", "lenet5.md"])
def test_what_is_neither_a_name_nor_a_path_is_refused(where: str) -> None:
    with pytest.raises(DocumentError, match="it is neither a shipped network nor a file"):
        load(where)


@pytest.mark.parametrize(
    ("name", "vectors", "trained", "fixed"),
    [
        ("text-cnn", {"Vectors": 5_629_500}, 5_990_402, 300),
        ("text-cnn-static", {"Vectors": 0}, 360_902, 5_629_800),
        ("text-cnn-non-static", {"Vectors": 5_629_500}, 5_990_402, 300),
        ("text-cnn-multichannel", {"Kept": 0, "Trained": 5_629_500}, 5_990_402, 5_630_100),
    ],
)
def test_the_text_cnns_have_the_sizes_of_the_paper(
    name: str, vectors: dict[str, int], trained: int, fixed: int
) -> None:
    walked = walk(load(name).table)
    counts = parameters(walked)
    assert {row: counts[row] for row in vectors} == vectors
    # 100 filters of 3, 4 and 5 words of 300 numbers with a bias each, and two classes.
    windows = [100 * (words * 300 + 1) for words in (3, 4, 5)]
    assert [counts[f"Windows {words}"] for words in (3, 4, 5)] == windows
    assert windows == [90_100, 120_100, 150_100]
    assert counts["Output"] == 602
    assert sum(windows) + 602 == 360_902
    assert (walked.total.parameters, walked.total.fixed) == (trained, fixed)
    outputs = [str(walked.report(f"Windows {words}").output) for words in (3, 4, 5)]
    assert outputs == ["100x62x1", "100x61x1", "100x60x1"]


def test_the_text_cnns_of_the_paper_differ_in_their_word_vectors_alone() -> None:
    first = load("text-cnn")
    for variant in ("static", "non-static", "multichannel"):
        other = load(f"text-cnn-{variant}")
        assert other.recipe == first.recipe
        assert other.text == first.text
        assert other.table.rows[-8:] == first.table.rows[-8:]
        assert other.table.rows[0] == first.table.rows[0]


def test_long_windows_and_dropout_behind_the_vectors_are_all_that_differs_from_kims_rows() -> None:
    first, other = load("text-cnn").table, load("text-cnn-long-windows").table
    added = other.rows[2]
    assert added.layer == Dropout(0.6)
    rest = (*other.rows[:2], *other.rows[3:])
    assert [type(row.layer) for row in first.rows] == [type(row.layer) for row in rest]
    lengths = {"3": "7", "4": "11", "5": "15"}
    for row, twin in zip(first.rows, rest, strict=True):
        kind, _, length = row.name.partition(" ")
        assert twin.name == (f"{kind} {lengths[length]}" if length else row.name)
        if isinstance(row.layer, Dropout | FullyConnected):
            assert twin.layer == row.layer
        if isinstance(row.layer, Convolution):
            assert twin.reads == (added.name,)
            assert twin.layer == replace(row.layer, kernel=(int(lengths[length]), 200))


def test_long_windows_have_the_sizes_of_the_sums() -> None:
    walked = walk(load("text-cnn-long-windows").table)
    counts = parameters(walked)
    # 56 words and 14 zeros on either side; 100 filters of 7, 11 and 15 words of 200 numbers and a bias.
    windows = {words: 100 * (words * 200 + 1) for words in (7, 11, 15)}
    assert {words: counts[f"Windows {words}"] for words in windows} == windows
    outputs = [str(walked.report(f"Windows {words}").output) for words in windows]
    assert outputs == [f"100x{56 + 2 * 14 - words + 1}x1" for words in windows]
    assert counts["Vectors"] == 18_765 * 200
    assert walked.total.parameters == 18_765 * 200 + sum(windows.values()) + 602


def parameters(walked: Walk) -> dict[str, int]:
    return {report.row.name: report.cost.parameters for report in walked.reports if report.cost}


def connections(walked: Walk) -> dict[str, int]:
    return {report.row.name: report.cost.connections for report in walked.reports if report.cost}


def line_of(name: str, opening: str) -> int:
    lines = network_text(name).splitlines()
    return next(at for at, line in enumerate(lines, start=1) if line.startswith(opening))


def test_a_network_is_checked_however_it_is_given(tmp_path: Path) -> None:
    document = load("lenet5")
    file = tmp_path / "net.md"
    file.write_text(write_document(document), encoding="utf-8")
    given = ("lenet5", file, str(file), document, document.table)
    assert {check(network).walk.total for network in given} == {check(document).walk.total}
