"""Claims beside the arithmetic: under which convention they hold, and why they may not."""

import pytest

from striate.arithmetic import walk
from striate.checking import Comparison, check
from striate.checking.claims import compare
from striate.checking.conventions import readings
from striate.documents import document_of
from striate.layers import (
    AveragePooling,
    ConnectionTable,
    Convolution,
    FullyConnected,
    GlobalPooling,
    Input,
    Layer,
    MaxPooling,
    RadialBasis,
    Subsampling,
)
from striate.networks import load
from striate.table import Claim, Claims, Row, Table


def compared(layer: Layer, claims: Claims, source: Input | None = None) -> Comparison:
    """Compare the one claim of a layer that reads 32x32 pixels, or something else."""
    rows = (Row("Input", source or Input.image(1, 32, 32)), Row("R", layer, claims=claims))
    (comparison,) = compare(walk(Table(rows)))
    return comparison


def claimed(quantity: str, text: str) -> Claims:
    return Claims(**{quantity: Claim(text)})  # type: ignore[arg-type]


C1 = Convolution(6, 5)
S2 = Subsampling(2)
F6 = FullyConnected(84)
FLAT = Input.features(120)


@pytest.mark.parametrize(
    ("layer", "source", "claims", "convention"),
    [
        (C1, None, claimed("parameters", "156"), ""),
        (RadialBasis(10), FLAT, claimed("parameters", "1,200"), "fixed numbers counted too"),
        (C1, None, claimed("connections", "122,304"), ""),
        (C1, None, claimed("connections", "117600"), "biases not counted"),
        (S2, None, claimed("connections", "1024"), "biases not counted"),
        (F6, FLAT, claimed("connections", "10,080"), "biases not counted"),
        (C1, None, claimed("multiply_adds", "117,600"), ""),
        (C1, None, claimed("multiply_adds", "235,200"), "two operations a multiply-add"),
        (C1, None, claimed("multiply_adds", "122,304"), "biases counted too"),
        (F6, FLAT, claimed("multiply_adds", "10,164"), "biases counted too"),
        (C1, None, claimed("parameters", "150"), "weights without biases"),
        (F6, FLAT, claimed("parameters", "10,080"), "weights without biases"),
        (F6, FLAT, claimed("parameters", "10K"), "K = 1,000"),
        (F6, FLAT, claimed("parameters", "10.2K"), "K = 1,000"),
        (F6, FLAT, claimed("parameters", "10.1k"), "K = 1,000"),
        (F6, FLAT, claimed("parameters", "9.9K"), "K = 1,024"),
        (
            C1,
            None,
            claimed("multiply_adds", "229.7K"),
            "K = 1,024, two operations a multiply-add",
        ),
        (FullyConnected(1000), Input.features(999), claimed("parameters", "1M"), "M = 1,000,000"),
        (
            FullyConnected(1024),
            Input.features(1023),
            claimed("parameters", "1.00M"),
            "M = 1,048,576",
        ),
        (C1, None, Claims(size=(28, 28)), ""),
        (Convolution(6, (5, 3)), None, Claims(size=(28, 30)), ""),
        (Convolution(6, (5, 3)), None, Claims(size=(30, 28)), "width x height"),
        (Convolution(120, 32), None, Claims(size=(120,)), "maps of 1x1 counted as units"),
        (F6, FLAT, Claims(size=(84,)), ""),
        (F6, FLAT, Claims(size=(1, 1)), ""),
        (MaxPooling(2), None, Claims(maps=1), ""),
        (GlobalPooling(), None, Claims(maps=1), ""),
    ],
)
def test_a_claim_agrees_under_its_convention(
    layer: Layer, source: Input | None, claims: Claims, convention: str
) -> None:
    comparison = compared(layer, claims, source)
    expected = "agrees under a convention" if convention else "agrees"
    assert (comparison.verdict, comparison.convention) == (expected, convention)
    assert comparison.fault is None


@pytest.mark.parametrize(
    ("layer", "claims"),
    [
        (C1, claimed("parameters", "155")),
        (C1, claimed("parameters", "156.5")),
        (C1, claimed("parameters", "0.2M")),
        (C1, claimed("multiply_adds", "117,444")),
        (Convolution(120, (32, 30)), Claims(size=(120,))),
        (Convolution(120, (30, 32)), Claims(size=(120,))),
        (C1, Claims(size=(28,))),
        (MaxPooling(2), Claims(maps=2)),
        (F6, Claims(size=(1, 84))),
        # One more than a float can tell from its neighbour.
        (FullyConnected(9 * 10**15), claimed("parameters", str(9 * 10**15 * 1025 + 1))),
    ],
)
def test_a_claim_that_no_convention_explains_is_contradicted(layer: Layer, claims: Claims) -> None:
    comparison = compared(layer, claims)
    assert comparison.verdict == "contradicts"
    assert comparison.fault is not None


@pytest.mark.parametrize(
    ("layer", "claims", "expected"),
    [
        (
            C1,
            Claims(size=(29, 29)),
            (
                "R, Size: the table says 29x29, the arithmetic gives 28x28.\n"
                "  Needed: 28x28: (32 - 5 + 2*0)/1 + 1 = 28.\n"
                "  Fix: write 28x28; a 4x4 kernel would give it."
            ),
        ),
        (
            C1,
            Claims(size=(32, 32)),
            (
                "R, Size: the table says 32x32, the arithmetic gives 28x28.\n"
                "  Needed: 28x28: (32 - 5 + 2*0)/1 + 1 = 28.\n"
                "  Fix: write 28x28; a padding of same would give it."
            ),
        ),
        (
            C1,
            Claims(size=(14, 14)),
            (
                "R, Size: the table says 14x14, the arithmetic gives 28x28.\n"
                "  Needed: 28x28: (32 - 5 + 2*0)/1 + 1 = 28.\n"
                "  Fix: write 28x28; a stride of 2 would give it."
            ),
        ),
        (
            Convolution(6, (5, 3)),
            Claims(size=(3, 3)),
            (
                "R, Size: the table says 3x3, the arithmetic gives 28x30.\n"
                "  Needed: 28x30: (32 - 5 + 2*0)/1 + 1 = 28; (32 - 3 + 2*0)/1 + 1 = 30.\n"
                "  Fix: write 28x30."
            ),
        ),
        (
            MaxPooling(3, 2),
            Claims(size=(16, 16)),
            (
                "R, Size: the table says 16x16, the arithmetic gives 15x15.\n"
                "  Needed: 15x15: floor((32 - 3 + 2*0)/2) + 1 = 15.\n"
                "  Fix: write 15x15; rounding by ceil would give it."
            ),
        ),
        (
            AveragePooling(3, 2, rounding="ceil"),
            Claims(size=(15, 15)),
            (
                "R, Size: the table says 15x15, the arithmetic gives 16x16.\n"
                "  Needed: 16x16: ceil((32 - 3 + 2*0)/2) + 1 = 16.\n"
                "  Fix: write 16x16; rounding by floor would give it."
            ),
        ),
        (
            S2,
            claimed("parameters", "0"),
            (
                "R, Parameters: the table says 0, the arithmetic gives 2.\n"
                "  Needed: 2: 2 x 1 = 2.\n"
                "  Fix: write 2."
            ),
        ),
        (
            MaxPooling(2),
            Claims(maps=4000),
            "R, Maps: the table says 4,000, the arithmetic gives 1.\n  Needed: 1.\n  Fix: write 1.",
        ),
        (
            C1,
            claimed("multiply_adds", "5"),
            (
                "R, Operations: the table says 5, the arithmetic gives 117,600.\n"
                "  Needed: 117,600: 28x28 x 6 x 5x5x1 = 117,600.\n"
                "  Fix: write 117,600."
            ),
        ),
    ],
)
def test_a_contradiction_names_its_likely_reason(
    layer: Layer, claims: Claims, expected: str
) -> None:
    assert str(compared(layer, claims).fault) == expected


def test_a_dropped_connection_table_is_named_as_the_reason() -> None:
    marks = ConnectionTable(((True, False), (True, True)))
    comparison = compared(
        Convolution(2, 3, connection_table=marks),
        claimed("parameters", "38"),
        Input.image(2, 8, 8),
    )
    assert comparison.fault is not None
    assert comparison.fault.fix == (
        "write 29; a connection from every map to every map would give it."
    )


def test_dropped_groups_are_named_as_the_reason() -> None:
    comparison = compared(
        Convolution(256, 5, padding=2, groups=2),
        claimed("parameters", "614,656"),
        Input.image(96, 27, 27),
    )
    assert comparison.fault is not None
    assert comparison.fault.fix == "write 307,456; a convolution without groups would give it."


def lenet_with_totals(totals: Claims) -> Table:
    return Table(load("lenet5").table.rows, totals, totals_line=49)


@pytest.mark.parametrize(
    ("totals", "convention"),
    [
        (claimed("parameters", "60,000"), ""),
        (claimed("parameters", "60,840"), "fixed numbers counted too"),
        (claimed("parameters", "60K"), "K = 1,000"),
        (claimed("parameters", "58.6K"), "K = 1,024"),
        (claimed("connections", "340,908"), ""),
        (claimed("connections", "332,824"), "biases not counted"),
        (claimed("multiply_adds", "656,192"), "two operations a multiply-add"),
    ],
)
def test_a_total_agrees_under_its_convention(totals: Claims, convention: str) -> None:
    comparison = compare(walk(lenet_with_totals(totals)))[-1]
    assert (comparison.row, comparison.convention, comparison.fault) == ("Total", convention, None)


def test_a_total_without_one_row_says_which() -> None:
    report = check(document_of(lenet_with_totals(claimed("connections", "340,068"))))
    assert [str(finding) for finding in report.findings] == [
        (
            "line 49, Total, Connections: the table says 340,068, the arithmetic gives 340,908.\n"
            "  Needed: 340,908: "
            "122,304 + 5,880 + 151,600 + 2,000 + 48,120 + 10,164 + 840.\n"
            "  Fix: write 340,908; the claim leaves out the 840 of Output."
        )
    ]


def test_a_total_that_no_row_explains_gives_the_sum_alone() -> None:
    report = check(document_of(lenet_with_totals(claimed("parameters", "61,706"))))
    assert [finding.fix for finding in report.findings] == ["write 60,000."]
    assert report.findings[0].needed == "60,000: 156 + 12 + 1,516 + 32 + 48,120 + 10,164."


def test_claims_of_rows_that_cannot_be_computed_are_left_to_their_faults() -> None:
    rows = (
        Row("Input", Input.image(1, 4, 4)),
        Row("C1", Convolution(6, 5), claims=Claims(None, (2, 2), Claim("156"))),
        Row("P2", MaxPooling(2), claims=Claims(6, (1, 1))),
    )
    walked = walk(Table(rows, Claims(parameters=Claim("999"))))
    assert [fault.where for fault in walked.faults] == ["C1, height", "C1, width"]
    # P2 is checked from what C1 claims; the total waits for C1.
    assert [(one.row, one.quantity, one.verdict) for one in compare(walked)] == [
        ("P2", "maps", "agrees"),
        ("P2", "size", "agrees"),
    ]


def test_the_comparisons_of_a_row_are_found_by_its_name() -> None:
    report = check(load("lenet5"))
    assert [(one.quantity, one.claimed, one.computed) for one in report.of_row("C1")] == [
        ("size", "28x28", "28x28"),
        ("parameters", "156", "156"),
        ("connections", "122,304", "122,304"),
    ]
    assert report.agrees
    assert report.of_row("Total")[-1].claimed == "340,908"


@pytest.mark.parametrize(
    ("count", "agrees"),
    [(6_999, True), (7_000, False), (5_001, True), (5_000, False), (6_000, True)],
)
def test_a_rounded_claim_is_less_than_one_of_its_last_digit_away(
    count: int, *, agrees: bool
) -> None:
    found = {reading.convention for reading in readings(Claim("6K"), (("", count),))}
    assert ("K = 1,000" in found) == agrees


@pytest.mark.parametrize(
    ("text", "number", "unit", "decimals"),
    [
        ("122,304", 122304, "", 0),
        ("2.7K", 2.7, "K", 1),
        ("60M", 60, "M", 0),
        ("1.25g", 1.25, "G", 2),
    ],
)
def test_a_claim_is_read_as_printed(text: str, number: float, unit: str, decimals: int) -> None:
    claim = Claim(text)
    assert str(claim) == text
    assert (claim.number, claim.unit, claim.decimals) == (number, unit, decimals)
    assert claim.is_rounded == bool(unit)


def verdicts_of(*claims: str) -> list[str]:
    """Compare three convolutions of 6 maps, 5x5 on 1 and then on 6 maps."""
    layers = (Convolution(6, 5), Convolution(6, 5), Convolution(6, 5))
    rows = [Row("Input", Input.image(1, 32, 32))]
    rows += [
        Row(f"C{number}", layer, claims=claimed("parameters", claim))
        for number, (layer, claim) in enumerate(zip(layers, claims, strict=True))
    ]
    return [comparison.verdict for comparison in compare(walk(Table(tuple(rows))))]


def test_a_convention_that_one_row_alone_follows_is_a_contradiction() -> None:
    # 156 and 906 with their 6 biases, 150 and 900 without.
    assert verdicts_of("156", "906", "900") == ["agrees", "agrees", "contradicts"]
    assert verdicts_of("150", "900", "900") == ["agrees under a convention"] * 3
    assert verdicts_of("156", "900", "900")[1:] == ["agrees under a convention"] * 2


@pytest.mark.parametrize(
    ("text", "count", "agrees"),
    [
        ("~211,000", 210_898, True),
        ("~210,000", 210_898, True),
        ("~290,000", 209_660, False),
        ("~61,706", 61_706, True),
        ("~61,706", 61_707, False),
        ("~5,300", 5_258, True),
        ("~5,300", 5_458, False),
    ],
)
def test_a_count_with_a_sign_is_rounded_to_the_zeros_that_it_ends_in(
    text: str, count: int, *, agrees: bool
) -> None:
    found = readings(Claim(text), (("", count),))
    assert bool(found) == agrees
    digits = text.replace(",", "")
    step = 10 ** (len(digits) - len(digits.rstrip("0")))
    assert [one.convention for one in found] == ([f"rounded to {step:,}"] if step > 1 else [""])[
        : len(found)
    ]


def test_each_claim_for_the_whole_network_is_compared_with_its_line() -> None:
    rows = (Row("Input", Input.image(1, 5, 5)), Row("Output", FullyConnected(2)))
    table = Table(rows, Claims(parameters=Claim("52")), 7, ((9, Claims(parameters=Claim("53"))),))
    found = compare(walk(table))
    assert [(one.claimed, one.verdict) for one in found] == [
        ("52", "agrees"),
        ("53", "contradicts"),
    ]
    assert [one.fault.line for one in found if one.fault] == [9]
