"""Which measures there are, what each is asked of, and how it is written; nothing is computed here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, final, get_args

from striate.errors import Fault
from striate.errors.experiments import argument_missing, argument_not_taken, unknown_measure
from striate.errors.fault import nearest


TableMeasure = Literal[
    "parameters",
    "unshared parameters",
    "multiply-adds",
    "memory",
    "output height",
    "output width",
    "output values",
    "share of the view in one field",
    "share of the view in all fields",
    "fields over each pixel",
]
"""Follow from the table alone, and are exact."""

UntrainedMeasure = Literal["gradient error", "loss after a small step", "gradient norm"]
"""Asked of a network with its first numbers and a few examples."""

TrainedMeasure = Literal[
    "error on test",
    "error on training",
    "loss on test",
    "gap",
    "epochs to training error",
    "change under shift",
    "change under rotation",
    "selective filters",
    "preferred angles",
    "saturated values",
    "lost by a linear decoder",
    "class by a linear probe",
    "angle by a linear probe",
    "likeness of maps",
]
"""Asked of a network that has learnt; each seed gives its own value."""


Unit = Literal["count", "bytes", "pixels", "share", "number", "epochs"]


@final
@dataclass(frozen=True, slots=True)
class MeasureKind:
    """What a measure is.

    Args:
        korean: Its name in Korean.
        says: What it says, as one sentence of English.
        unit: Of its values; a share is written in per cent.
        argument: What stands behind its colon: a row's name, perhaps nothing for the whole network, a number, or
            always nothing.
    """

    korean: str
    says: str
    unit: Unit
    argument: Literal["", "row", "row or all", "number"] = ""


MEASURES: Mapping[str, MeasureKind] = {
    "parameters": MeasureKind(
        "파라미터 수", "Trained numbers of a row, or of the network.", "count", "row or all"
    ),
    "unshared parameters": MeasureKind(
        "공유하지 않을 때의 파라미터 수",
        "Numbers that a row, or the network, would train if each unit had weights of its own.",
        "count",
        "row or all",
    ),
    "multiply-adds": MeasureKind(
        "곱셈·덧셈 수",
        "Products of a weight and a value for one example, in a row or the network.",
        "count",
        "row or all",
    ),
    "memory": MeasureKind(
        "메모리",
        "Bytes of the outputs of a row, or of all rows, for one example in fp32.",
        "bytes",
        "row or all",
    ),
    "output height": MeasureKind("출력 높이", "Height of a row's maps.", "pixels", "row"),
    "output width": MeasureKind("출력 너비", "Width of a row's maps.", "pixels", "row"),
    "output values": MeasureKind("출력 값의 수", "Values of a row's output.", "count", "row"),
    "share of the view in one field": MeasureKind(
        "한 수용장이 보는 시야의 비율",
        "Share of the input's pixels that one unit of a row sees.",
        "share",
        "row",
    ),
    "share of the view in all fields": MeasureKind(
        "모든 수용장이 보는 시야의 비율",
        "Share of the input's pixels that the units of one map see together.",
        "share",
        "row",
    ),
    "fields over each pixel": MeasureKind(
        "픽셀마다 겹치는 수용장의 수",
        "Units of one map that see a pixel of the input, on average over the pixels that are seen.",
        "number",
        "row",
    ),
    "gradient error": MeasureKind(
        "그레이디언트의 오차",
        "Largest difference between backpropagation and finite differences in fp64, as a part of the largest slope.",
        "number",
    ),
    "loss after a small step": MeasureKind(
        "작은 한 걸음 뒤의 손실 비율",
        "Loss after one small step of descent over the loss before it, on the same examples.",
        "number",
    ),
    "gradient norm": MeasureKind(
        "그레이디언트의 크기",
        "Length of the gradient of the mean loss before training, on 256 training examples.",
        "number",
    ),
    "error on test": MeasureKind(
        "테스트 오류율", "Share of the test examples that are given a wrong class.", "share"
    ),
    "error on training": MeasureKind(
        "훈련 오류율",
        "Share of the training examples that the trained network gets wrong.",
        "share",
    ),
    "loss on test": MeasureKind("테스트 손실", "Mean loss on the test examples.", "number"),
    "gap": MeasureKind(
        "훈련과 테스트 오류율의 차이",
        "Error on test less error on training: over-fitting.",
        "share",
    ),
    "epochs to training error": MeasureKind(
        "훈련 오류율에 이르는 에포크",
        "Epochs until the training error is below a share, between two epochs on a straight line; all epochs where it "
        "is never.",
        "epochs",
        "number",
    ),
    "change under shift": MeasureKind(
        "이동에 따른 출력 변화",
        "How far the probabilities move when a picture is shifted by so many pixels: half the sum of their changes, "
        "over four directions.",
        "share",
        "number",
    ),
    "change under rotation": MeasureKind(
        "회전에 따른 출력 변화",
        "How far the probabilities move when a picture is turned by so many degrees, to either side.",
        "share",
        "number",
    ),
    "selective filters": MeasureKind(
        "각도를 가리는 필터의 비율",
        "Share of a convolution's filters that are selective for the angle of a grating.",
        "share",
        "row or all",
    ),
    "preferred angles": MeasureKind(
        "선호 각도의 퍼짐",
        "Spread of the angles that the filters of a convolution prefer: 0 where all prefer one, 1 where they lie all "
        "around.",
        "number",
        "row or all",
    ),
    "saturated values": MeasureKind(
        "포화된 값의 비율",
        "Share of the outputs of the rows with a squashing function that lie within 5 % of its range from an end.",
        "share",
    ),
    "lost by a linear decoder": MeasureKind(
        "선형 복원에서 잃는 비율",
        "Part of the variance of what a row reads that a linear decoder cannot restore from its output.",
        "share",
        "row",
    ),
    "class by a linear probe": MeasureKind(
        "선형 탐침의 분류 오류율",
        "Error of a linear classifier of the classes that reads a row's output.",
        "share",
        "row",
    ),
    "angle by a linear probe": MeasureKind(
        "선형 탐침의 각도 오류율",
        "Error of a linear classifier of the angle of the strongest edge that reads a row's output.",
        "share",
        "row",
    ),
    "likeness of maps": MeasureKind(
        "특성 맵의 닮음",
        "Mean size of the correlations between the maps of a row.",
        "number",
        "row",
    ),
}
"""Every measure by its name."""


@final
@dataclass(frozen=True, slots=True)
class Measure:
    """A measure as an experiment asks for it.

    Args:
        name: One of `MEASURES`.
        row: The row that it is asked of; empty for the whole network, and where it takes none.
        number: The number that it is asked at.
    """

    name: str
    row: str = ""
    number: float = 0.0

    @property
    def kind(self) -> MeasureKind:
        """What it is."""
        return MEASURES[self.name]

    @property
    def is_exact(self) -> bool:
        """Whether it follows from the table alone."""
        return self.name in get_args(TableMeasure)

    @property
    def is_untrained(self) -> bool:
        """Whether it is asked before training."""
        return self.name in get_args(UntrainedMeasure)

    def __str__(self) -> str:
        """Write it as in a document."""
        if self.row:
            return f"{self.name}: {self.row}"
        if self.kind.argument != "number":
            return self.name
        is_share = self.name == "epochs to training error"
        return (
            f"{self.name}: {100 * self.number:g} %" if is_share else f"{self.name}: {self.number:g}"
        )


def read_measure(text: str) -> Measure | Fault:
    """Read a measure: its name, and behind a colon the row or the number that it is asked of.

    >>> read_measure("multiply-adds: C3"), read_measure("change under shift: 2").number
    (Measure(name='multiply-adds', row='C3', number=0.0), 2.0)
    """
    name, colon, argument = (part.strip() for part in text.partition(":"))
    name, argument = " ".join(name.split()).casefold(), " ".join(argument.split())
    kind = MEASURES.get(name)
    if kind is None:
        return unknown_measure(name, nearest(name, MEASURES), list(MEASURES))
    if not kind.argument:
        return argument_not_taken(name, argument) if colon else Measure(name)
    if not argument:
        if kind.argument == "row or all" and not colon:
            return Measure(name)
        return argument_missing(name, kind.argument)
    if kind.argument != "number":
        return Measure(name, argument)
    try:
        number = float(argument.removesuffix("%")) / (100 if argument.endswith("%") else 1)
    except ValueError:
        return argument_missing(name, "number")
    return Measure(name, number=number) if 0 < number < _MOST else argument_missing(name, "number")


_MOST = 1000
