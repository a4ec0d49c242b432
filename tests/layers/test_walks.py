"""Tables with faults: what the walk still knows of the rows below."""

import pytest

from striate.arithmetic import reads, walk
from striate.layers import (
    Add,
    AveragePooling,
    Concat,
    Convolution,
    Dropout,
    Flatten,
    FullyConnected,
    GlobalPooling,
    Input,
    Layer,
    MaxPooling,
    RadialBasis,
)
from striate.shapes import Features, Image, Shape
from striate.table import Claims, Row, Table, Unreadable


IMAGE = Row("Input", Input.image(1, 8, 8))
TOO_LARGE = Convolution(4, 9)


def outputs(*rows: Row) -> list[str | None]:
    walked = walk(Table(rows))
    return [None if report.output is None else str(report.output) for report in walked.reports]


def wheres(*rows: Row) -> list[str]:
    return [fault.where for fault in walk(Table(rows)).faults]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (Row("R", TOO_LARGE, claims=Claims(size=(3, 5))), "4x3x5"),
        (Row("R", TOO_LARGE, claims=Claims(maps=7, size=(3, 5))), "4x3x5"),
        (Row("R", MaxPooling(9), claims=Claims(maps=7, size=(3, 5))), "7x3x5"),
        (Row("R", MaxPooling(9), claims=Claims(size=(3, 5))), None),
        (Row("R", TOO_LARGE), None),
        (Row("R", TOO_LARGE, claims=Claims(size=(0, 5))), None),
        (Row("R", TOO_LARGE, claims=Claims(size=(5, 0))), None),
        (Row("R", MaxPooling(9), claims=Claims(maps=0, size=(5, 5))), None),
        (Row("R", Unreadable(), claims=Claims(size=(12,))), "12"),
        (Row("R", Unreadable(), claims=Claims(size=(0,))), None),
        (Row("R", Unreadable(), claims=Claims(maps=7, size=(3, 5))), "7x3x5"),
        (Row("R", Unreadable(), claims=Claims(maps=7, size=(3,))), None),
        (Row("R", TOO_LARGE, claims=Claims(size=(3,))), None),
        (Row("R", FullyConnected(5), reads=("x",)), "5"),
        (Row("R", RadialBasis(5), reads=("x",)), "5"),
    ],
)
def test_a_row_that_cannot_be_computed_gives_what_it_claims(row: Row, expected: str | None) -> None:
    pooled = Row("P", Dropout())
    assert outputs(IMAGE, row, pooled) == ["1x8x8", expected, expected]
    report = walk(Table((IMAGE, row))).reports[-1]
    assert report.cost is None
    assert report.field is None


def test_rows_below_an_unknown_one_are_silent() -> None:
    assert wheres(IMAGE, Row("R", TOO_LARGE), Row("S", MaxPooling(99)), Row("F", Flatten())) == [
        "R, height",
        "R, width",
    ]


def test_an_input_below_the_first_row_is_an_input_all_the_same() -> None:
    rows = (IMAGE, Row("C", Convolution(2, 3)), Row("I", Input.image(3, 5, 5)), Row("D", Dropout()))
    assert outputs(*rows) == ["1x8x8", "2x6x6", "3x5x5", "3x5x5"]
    assert wheres(*rows) == ["I"]


@pytest.mark.parametrize("first", [Convolution(2, 3), Concat(), Flatten()])
def test_a_table_without_an_input_says_so_once(first: Layer) -> None:
    assert wheres(Row("R", first), Row("D", Dropout())) == ["R"]


def test_a_first_row_that_was_not_understood_may_be_the_input() -> None:
    assert wheres(Row("R", Unreadable()), Row("D", Dropout())) == []


def test_a_table_without_rows_says_so() -> None:
    walked = walk(Table(()))
    assert [fault.came for fault in walked.faults] == ["it has no rows."]
    assert walked.reports == ()
    assert Table(()).image is None


def test_what_a_row_reads_is_resolved_to_rows_above() -> None:
    rows = (
        IMAGE,
        Row("a", Dropout()),
        Row("b", Dropout(), reads=("Input",)),
        Row("c", Add(), reads=("a", "b")),
        Row("d", Add(), reads=("c", "d", "e", "nix")),
        Row("e", Dropout()),
        Row("a", Dropout(0.1)),
        Row("f", Dropout(), reads=("a",)),
    )
    assert reads(Table(rows)) == ((), (0,), (0,), (1, 2), (3,), (4,), (5,), (1,))


def test_of_rows_with_one_name_the_first_is_read() -> None:
    copies = (IMAGE, Row("C", Convolution(2, 3)), Row("C", Convolution(5, 3)))
    assert outputs(*copies, Row("D", Dropout(), reads=("C",))) == [
        *("1x8x8", "2x6x6", "5x4x4", "2x6x6")
    ]


def test_an_exact_copy_gives_what_its_original_gives_and_costs_nothing() -> None:
    row = Row("C", Convolution(2, 3), claims=Claims(size=(6, 6)))
    walked = walk(Table((IMAGE, row, row, Row("D", Dropout()))))
    assert [report.output for report in walked.reports[1:]] == [Image(2, 6, 6)] * 3
    assert [report.cost is None for report in walked.reports] == [False, False, True, False]
    assert walked.total.parameters == 20
    assert [fault.where for fault in walked.faults] == ["C"]


def test_a_row_of_one_name_with_other_numbers_is_no_copy() -> None:
    row = Row("C", Convolution(1, 3), claims=Claims(size=(6, 6)))
    other = Row("C", Convolution(1, 3), claims=Claims(size=(4, 4)))
    assert outputs(IMAGE, row, other) == ["1x8x8", "1x6x6", "1x4x4"]
    # The claim holds for neither, so it does not tell whether the row was copied.
    wrong = Row("C", Convolution(1, 3), claims=Claims(size=(5, 5)))
    assert outputs(IMAGE, wrong, wrong) == ["1x8x8", "1x6x6", "1x4x4"]


def test_faults_come_in_the_order_of_their_lines() -> None:
    rows = (
        Row("Input", Input.image(1, 8, 8), line=3),
        Row("R", TOO_LARGE, line=4),
        Row("S", Dropout(), reads=("x",), line=5),
        Row("R", Convolution(1, 1), reads=("Input",), line=6),
    )
    assert [fault.line for fault in walk(Table(rows)).faults] == [4, 4, 5, 6]


@pytest.mark.parametrize(
    ("layer", "shapes", "expected"),
    [
        (Concat(), (Image(2, 3, 4), Image(5, 3, 4)), Image(7, 3, 4)),
        (Concat(), (Features(2), Features(5), Features(1)), Features(8)),
        (Add(), (Image(2, 3, 4), Image(2, 3, 4)), Image(2, 3, 4)),
        (Add(), (Features(2), Features(2)), Features(2)),
    ],
)
def test_branches_are_joined(
    layer: Concat | Add, shapes: tuple[Shape, ...], expected: Shape
) -> None:
    assert layer.output(*shapes) == expected
    assert layer.cost(*shapes).connections == 0


@pytest.mark.parametrize(
    ("layer", "shapes"),
    [
        (Concat(), (Image(2, 3, 4), Features(24))),
        (Concat(), (Image(2, 3, 4), Image(2, 4, 3))),
        (Add(), (Image(2, 3, 4), Image(3, 3, 4))),
        (Add(), (Image(2, 3, 4), Features(24))),
        (Add(), (Features(3), Features(4))),
    ],
)
def test_branches_that_differ_are_not_joined(layer: Layer, shapes: tuple[Shape, ...]) -> None:
    rows = tuple(Row(f"I{index}", Input(shape)) for index, shape in enumerate(shapes))
    joint = Row("J", layer, reads=tuple(row.name for row in rows))
    assert wheres(*rows, joint)[-1] == "J, From"


def test_elements_and_axes_follow_torchs_order() -> None:
    assert (Image(2, 3, 4).elements, Image(2, 3, 4).axes, str(Image(2, 3, 4))) == (
        24,
        (2, 3, 4),
        "2x3x4",
    )
    assert (Features(5).elements, Features(5).axes, str(Features(5))) == (5, (5,), "5")


def test_links_of_poolings_are_counted_window_by_window() -> None:
    image = Image(3, 8, 8)
    assert MaxPooling(2).cost(image).connections == 3 * 4 * 4 * 2 * 2
    assert AveragePooling((3, 2), 1).cost(image).connections == 3 * 6 * 7 * 3 * 2
    assert GlobalPooling().cost(image).connections == 3 * 8 * 8
    for layer in (MaxPooling(2), AveragePooling(2), GlobalPooling(), Flatten(), Dropout()):
        cost = layer.cost(image)
        assert (cost.parameters, cost.fixed, cost.multiply_adds, cost.bias_links) == (0, 0, 0, 0)


def test_the_image_that_a_table_reads_is_known() -> None:
    assert Table((IMAGE,)).image == Image(1, 8, 8)
    assert Table((Row("I", Input.features(3)),)).image is None
    assert Table((Row("D", Dropout()),)).image is None


def test_each_of_many_wrong_names_is_reported_and_none_lists_the_whole_table() -> None:
    wrong = [Row(f"R{number}", Dropout(), reads=(f"Q{number}",)) for number in range(300)]
    faults = walk(Table((IMAGE, *wrong))).faults
    assert [fault.where for fault in faults] == [f"R{number}, From" for number in range(300)]
    assert max(len(fault.fix.split(", ")) for fault in faults) <= 100
