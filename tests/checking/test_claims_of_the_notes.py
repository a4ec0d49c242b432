"""What the lecture notes say of windows, bottlenecks and pooling, as arithmetic on small tables."""

from striate.arithmetic import Walk, walk
from striate.checking import check
from striate.documents import document_of
from striate.layers import (
    AveragePooling,
    Convolution,
    FullyConnected,
    GlobalPooling,
    Input,
    Layer,
    MaxPooling,
)
from striate.networks import load
from striate.shapes import Image
from striate.table import Row, Table


def walked(*layers: Layer, image: Image | None = None) -> Walk:
    rows = [Row("in", Input(image or Image(64, 28, 28)))]
    rows += [Row(f"L{at}", layer, "ReLU") for at, layer in enumerate(layers)]
    found = walk(Table(tuple(rows)))
    assert found.faults == ()
    return found


def test_two_windows_of_3x3_see_as_far_as_one_of_5x5_with_fewer_numbers_and_sums() -> None:
    pair = walked(Convolution(64, 3, padding=1), Convolution(64, 3, padding=1))
    one = walked(Convolution(64, 5, padding=2))
    assert str(pair.reports[-1].field) == str(one.reports[-1].field) == "5x5"
    assert pair.reports[-1].output == one.reports[-1].output == Image(64, 28, 28)
    assert pair.total.parameters == 2 * 64 * (64 * 9 + 1) == 73_856
    assert one.total.parameters == 64 * (64 * 25 + 1) == 102_464
    assert pair.total.multiply_adds < one.total.multiply_adds


def test_a_bottleneck_of_1x1_saves_numbers_and_sees_no_further() -> None:
    narrow = walked(Convolution(16, 1), Convolution(32, 5, padding=2), image=Image(192, 28, 28))
    straight = walked(Convolution(32, 5, padding=2), image=Image(192, 28, 28))
    assert str(narrow.reports[-1].field) == str(straight.reports[-1].field)
    assert narrow.total.parameters == 16 * 193 + 32 * (16 * 25 + 1)
    assert straight.total.parameters == 32 * (192 * 25 + 1)
    assert 9 * narrow.total.parameters < straight.total.parameters


def test_a_padding_of_1_keeps_the_size_under_3x3_and_one_of_2_under_5x5() -> None:
    for kernel, padding in ((3, 1), (5, 2)):
        by_pixels = walked(Convolution(8, kernel, padding=padding))
        same = walked(Convolution(8, kernel, padding="same"))
        assert by_pixels.reports[-1].output == same.reports[-1].output == Image(8, 28, 28)


def test_pooling_has_no_numbers_and_quarters_the_values() -> None:
    for layer in (MaxPooling(2), AveragePooling(2)):
        found = walked(layer)
        assert found.total.parameters == 0
        assert found.reports[-1].output == Image(64, 14, 14)


def test_global_average_pooling_takes_the_place_of_most_numbers() -> None:
    image = Image(1024, 7, 7)
    flat = walked(FullyConnected(1000), image=image)
    pooled = walked(GlobalPooling("average"), FullyConnected(1000), image=image)
    assert pooled.total.parameters == 1_025_000
    assert flat.total.parameters == 1000 * (1024 * 49 + 1)


def test_googlenet_has_ten_times_fewer_numbers_than_alexnet_less_than_the_notes_say() -> None:
    alexnet, googlenet = (walk(load(name).table).total for name in ("alexnet", "googlenet"))
    # "10배나 적은": it is 8.7 times; 60 M by the 6.8 M of the printed column come to 8.8.
    assert 8 < alexnet.parameters / googlenet.parameters < 9


def test_a_table_written_in_python_is_checked_as_one_in_markdown() -> None:
    table = Table((Row("in", Input.image(1, 8, 8)), Row("F", FullyConnected(2), "softmax")))
    assert check(document_of(table)).agrees
