"""Messages about augmentation, word for word: a changed message is a changed line here."""

import pytest

from messages import HEAD, OUTPUT, Case, assert_reads, functions, ids, of, recipe
from striate.augmentation.kinds import Elastic, Rotate
from striate.documents.augmentations import read_augmentation
from striate.errors import augmentation


WORDS = (
    "shift, rotate, scale, squeeze, shear, elastic, flip, crop, area-crop, contrast, brightness, "
    "lighting, noise, erase or rand-augment"
)

CASES: list[Case] = [
    (
        "unknown_kind",
        recipe("recipe:\n  epochs: 3\n  augmentation: rotat 10, 이동하기 2, blur\n"),
        (
            "line 4, augmentation: 'rotat' is no kind of augmentation.\n"
            f"  Needed: {WORDS}, separated by commas, or none.\n"
            "  Fix: write 'rotate'.\n"
            "line 4, augmentation: '이동하기' is no kind of augmentation.\n"
            f"  Needed: {WORDS}, separated by commas, or none.\n"
            "  Fix: write '이동'.\n"
            "line 4, augmentation: 'blur' is no kind of augmentation.\n"
            f"  Needed: {WORDS}, separated by commas, or none.\n"
            f"  Fix: use one of {WORDS}."
        ),
    ),
    (
        "kind_given_twice",
        lambda: read_augmentation("shift 2, 이동 3, flip"),
        ("augmentation: shift is given twice.\n  Needed: each kind once.\n  Fix: keep one shift."),
    ),
    (
        "two_windows",
        lambda: read_augmentation("crop 4, area-crop"),
        (
            "augmentation: crop and area-crop both choose the window.\n"
            "  Needed: one of them.\n"
            "  Fix: remove crop, or remove area-crop."
        ),
    ),
    (
        "wrong_count_of_numbers",
        lambda: read_augmentation("shift, flip 0.5, elastic 34 4 1, rotate 1 2"),
        (
            "augmentation: shift stands with 0 numbers.\n"
            "  Needed: 1 number: pixels.\n"
            "  Fix: write it as `shift pixels`, with a number for each word after the first.\n"
            "augmentation: flip stands with 1 number.\n"
            "  Needed: 0 numbers.\n"
            "  Fix: write flip alone.\n"
            "augmentation: elastic stands with 3 numbers.\n"
            "  Needed: 0 to 2 numbers: alpha, sigma.\n"
            "  Fix: write it as `elastic alpha sigma`, with a number for each word after the first.\n"
            "augmentation: rotate stands with 2 numbers.\n"
            "  Needed: 1 number: degrees.\n"
            "  Fix: write it as `rotate degrees`, with a number for each word after the first."
        ),
    ),
    (
        "not_a_number",
        lambda: read_augmentation("shift 2px, crop 1.5, area-crop 8% 3/4"),
        (
            "augmentation: shift: pixels is '2px'.\n"
            "  Needed: a number.\n"
            "  Fix: write pixels as a number, without a unit.\n"
            "augmentation: crop: padding is '1.5'.\n"
            "  Needed: a whole number.\n"
            "  Fix: write padding as a whole number, without a unit.\n"
            "augmentation: area-crop: smallest is '8%'.\n"
            "  Needed: a number.\n"
            "  Fix: write smallest as a number, without a unit.\n"
            "augmentation: area-crop: aspect is '3/4'.\n"
            "  Needed: a number.\n"
            "  Fix: write aspect as a number, without a unit."
        ),
    ),
    (
        "value_outside",
        lambda: read_augmentation(
            "shift -1, rotate 181, scale 1, shear 1e999, contrast 1.5, area-crop 0 2"
        ),
        (
            "augmentation: shift: pixels is -1.\n"
            "  Needed: a finite number, 0 or more.\n"
            "  Fix: write shift with such a number for pixels.\n"
            "augmentation: rotate: degrees is 181.\n"
            "  Needed: a number, 0 or more and at most 180.\n"
            "  Fix: write rotate with such a number for degrees.\n"
            "augmentation: scale: fraction is 1.\n"
            "  Needed: a number, 0 or more and below 1.\n"
            "  Fix: write scale with such a number for fraction.\n"
            "augmentation: shear: fraction is inf.\n"
            "  Needed: a finite number, 0 or more.\n"
            "  Fix: write shear with such a number for fraction.\n"
            "augmentation: contrast: fraction is 1.5.\n"
            "  Needed: a number, 0 or more and at most 1.\n"
            "  Fix: write contrast with such a number for fraction.\n"
            "augmentation: area-crop: smallest is 0.\n"
            "  Needed: a number, above 0 and at most 1.\n"
            "  Fix: write area-crop with such a number for smallest.\n"
            "augmentation: area-crop: aspect is 2.\n"
            "  Needed: a number, above 0 and at most 1.\n"
            "  Fix: write area-crop with such a number for aspect."
        ),
    ),
    (
        "no_room_for_windows",
        recipe(
            "recipe:\n  epochs: 3\n  augmentation: crop\n  views: ten-crop\n  loss: cross-entropy\n"
        ),
        (
            "line 6, augmentation: crop takes windows of larger pictures, and the margin of the input "
            "is 0.\n"
            "  Needed: a margin of 1 or more.\n"
            "  Fix: write crop with padding, or margin: 32 in the input.\n"
            "line 6, views: ten-crop takes windows of larger pictures, and the margin of the input is "
            "0.\n"
            "  Needed: a margin of 1 or more.\n"
            "  Fix: write views: flip, or margin: 32 in the input."
        ),
    ),
    (
        "only_for_images",
        of(
            "---\ninput:\n  margin: 2\n  subtract: mean-image\nrecipe:\n  loss: cross-entropy\n"
            "  augmentation: shift 2\n  views: flip\n---\n",
            HEAD,
            "| Input | Input | - | 4 | - | - | - | - | - | - | - | - |\n",
            OUTPUT,
        ),
        "\n".join(
            f"line 6, {field}: {field} is '{came}', and the network reads vectors.\n"
            "  Needed: images: a row Input with maps and a size.\n"
            f"  Fix: write {field}: {usual}, or remove the line."
            for field, came, usual in (
                ("augmentation", "shift 2", "none"),
                ("views", "flip", "one"),
                ("margin", "2", "0"),
                ("subtract", "mean-image", "nothing"),
            )
        ),
    ),
    (
        "value_outside",
        lambda: (Rotate(10), Elastic(34, 0)),
        (
            "augmentation: elastic: sigma is 0.\n"
            "  Needed: a finite number, above 0.\n"
            "  Fix: write elastic with such a number for sigma."
        ),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_a_message_about_augmentation_reads_word_for_word(case: Case) -> None:
    assert_reads(augmentation, case)


def test_no_message_about_augmentation_is_without_a_case() -> None:
    assert {case[0] for case in CASES} == functions(augmentation)
