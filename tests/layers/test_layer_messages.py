"""Messages about layers and the shapes they read, word for word: a changed message is a changed line here."""

import pytest

from messages import (
    C1,
    INPUT,
    OUTPUT,
    RBF,
    Case,
    assert_reads,
    functions,
    ids,
    rows,
)
from striate.arithmetic import walk
from striate.errors import layers
from striate.layers import (
    Activation,
    BatchNormalization,
    Border,
    Codes,
    ConnectionTable,
    Convolution,
    Cropping,
    Dropout,
    Embedding,
    FullyConnected,
    GlobalPooling,
    GroupNormalization,
    Inception,
    Input,
    LeakyReLU,
    MaxPooling,
    Reshape,
    ResponseNormalization,
    SideHead,
    Sides,
    Slice,
    Subsampling,
    TransposedConvolution,
)
from striate.shapes import Features, Image
from striate.table import Row, Table


FUNCTIONS = (
    "tanh, scaled tanh, ReLU, sigmoid, softmax, log-softmax, ReLU6, GELU, GELU (tanh), SiLU, mish, SELU, "
    "softplus, softsign, hard swish, hard sigmoid, hard tanh, log sigmoid, leaky ReLU or ELU"
)

CASES: list[Case] = [
    (
        "not_positive_number",
        lambda: ResponseNormalization(0, alpha=0, beta=float("nan"), k=-1),
        (
            "LRN: size is 0.\n"
            "  Needed: size is a whole number of at least 1.\n"
            "  Fix: write size as 1 or more.\n"
            "LRN: alpha is 0.\n"
            "  Needed: alpha is a finite number above 0.\n"
            "  Fix: write alpha as its source gives it.\n"
            "LRN: beta is nan.\n"
            "  Needed: beta is a finite number above 0.\n"
            "  Fix: write beta as its source gives it.\n"
            "LRN: k is -1.\n"
            "  Needed: k is a finite number above 0.\n"
            "  Fix: write k as its source gives it."
        ),
    ),
    (
        "not_positive_number",
        lambda: SideHead(0),
        (
            "Side head: weight is 0.\n"
            "  Needed: weight is a finite number above 0.\n"
            "  Fix: write weight as its source gives it."
        ),
    ),
    (
        "not_positive_number",
        lambda: BatchNormalization(epsilon=0, momentum=float("inf")),
        (
            "Batch normalisation: epsilon is 0.\n"
            "  Needed: epsilon is a finite number above 0.\n"
            "  Fix: write epsilon as its source gives it.\n"
            "Batch normalisation: momentum is inf.\n"
            "  Needed: momentum is a finite number above 0.\n"
            "  Fix: write momentum as its source gives it."
        ),
    ),
    (
        "even_window",
        lambda: ResponseNormalization(4),
        (
            "LRN: size is 4.\n"
            "  Needed: an odd size: the value's own map stands in the middle of the window.\n"
            "  Fix: write 3 or 5; TensorFlow's depth_radius r is a size of 2 r + 1."
        ),
    ),
    (
        "groups_do_not_divide_maps",
        lambda: ResponseNormalization(groups=2).output(Image(3, 4, 4)),
        (
            "LRN: 2 groups on 3 maps.\n"
            "  Needed: a number of groups that divides the maps.\n"
            "  Fix: correct Groups, or the maps of the row below."
        ),
    ),
    (
        "reduction_without_kernel",
        lambda: Inception(n3x3_reduce=8, n5x5_reduce=4, n1x1=-1),
        (
            "Inception: n1x1 is -1.\n"
            "  Needed: n1x1 is 0 or more.\n"
            "  Fix: write n1x1 as 0 or leave it out.\n"
            "Inception: a #3x3 reduce of 8 maps, and no #3x3.\n"
            "  Needed: maps of the 3x3 convolution that reads the reduction.\n"
            "  Fix: fill in #3x3, or take #3x3 reduce out.\n"
            "Inception: a #5x5 reduce of 4 maps, and no #5x5.\n"
            "  Needed: maps of the 5x5 convolution that reads the reduction.\n"
            "  Fix: fill in #5x5, or take #5x5 reduce out."
        ),
    ),
    (
        "inception_without_branch",
        Inception,
        (
            "Inception: no branch has a map.\n"
            "  Needed: at least one of #1x1, #3x3, #5x5 and pool proj.\n"
            "  Fix: fill in the six numbers of the row."
        ),
    ),
    (
        "not_positive",
        lambda: Convolution(0, (5, 0), 0, dilation=-1, groups=0),
        (
            "Convolution: kernel is 5x0.\n"
            "  Needed: kernel is a whole number of at least 1.\n"
            "  Fix: write kernel as 1 or more.\n"
            "Convolution: stride is 0.\n"
            "  Needed: stride is a whole number of at least 1.\n"
            "  Fix: write stride as 1 or more.\n"
            "Convolution: dilation is -1.\n"
            "  Needed: dilation is a whole number of at least 1.\n"
            "  Fix: write dilation as 1 or more.\n"
            "Convolution: maps is 0.\n"
            "  Needed: maps is a whole number of at least 1.\n"
            "  Fix: write maps as 1 or more.\n"
            "Convolution: groups is 0.\n"
            "  Needed: groups is a whole number of at least 1.\n"
            "  Fix: write groups as 1 or more."
        ),
    ),
    (
        "not_positive",
        rows("| Input | Input | 3 | 8x0 | - | - | - | - | - | - | - | - |\n", OUTPUT),
        (
            "line 3, Input, Input: every size is 3x8x0.\n"
            "  Needed: every size is a whole number of at least 1.\n"
            "  Fix: write every size as 1 or more."
        ),
    ),
    (
        "not_positive",
        lambda: FullyConnected(0),
        (
            "Fully connected: units is 0.\n"
            "  Needed: units is a whole number of at least 1.\n"
            "  Fix: write units as 1 or more."
        ),
    ),
    (
        "not_positive",
        rows(INPUT, RBF.replace("| 2 |", "| 0 |")),
        (
            "line 4, Output, RBF: units is 0.\n"
            "  Needed: units is a whole number of at least 1.\n"
            "  Fix: write units as 1 or more."
        ),
    ),
    (
        "negative",
        lambda: MaxPooling(2, padding=-1),
        (
            "Max pooling: padding is -1.\n"
            "  Needed: padding is 0 or more.\n"
            "  Fix: write padding as 0 or leave it out."
        ),
    ),
    (
        "not_a_choice",
        rows(
            INPUT,
            "| P1 | Average pooling | - | - | 2 | - | - | - | - | - | rounding=up; divisor=4 | - |\n",
            "| P2 | Subsampling | - | - | 2 | - | - | - | - | - | reduction=max | - |\n",
        ),
        (
            "line 4, P1, Average pooling: rounding is up.\n"
            "  Needed: rounding is one of floor or ceil.\n"
            "  Fix: write floor or ceil.\n"
            "line 4, P1, Average pooling: divisor is 4.\n"
            "  Needed: divisor is one of window or inside.\n"
            "  Fix: write window or inside.\n"
            "line 5, P2, Subsampling: reduction is max.\n"
            "  Needed: reduction is one of sum or mean.\n"
            "  Fix: write sum or mean."
        ),
    ),
    (
        "not_a_choice",
        lambda: Convolution(1, 1, padding="full"),  # type: ignore[arg-type]
        (
            "Convolution: padding is full.\n"
            "  Needed: padding is one of valid, same, a number of pixels or Sides.\n"
            "  Fix: write valid, same, a number of pixels or Sides."
        ),
    ),
    (
        "not_a_choice",
        lambda: GlobalPooling("sum"),  # type: ignore[arg-type]
        (
            "Global pooling: reduction is sum.\n"
            "  Needed: reduction is one of average or max.\n"
            "  Fix: write average or max."
        ),
    ),
    (
        "not_a_choice",
        lambda: Activation("cube"),  # type: ignore[arg-type]
        (
            "Activation: function is cube.\n"
            f"  Needed: function is one of {FUNCTIONS}.\n"
            f"  Fix: write {FUNCTIONS}."
        ),
    ),
    (
        "fraction_out_of_range",
        rows(INPUT, "| D | Dropout | - | - | - | - | - | - | - | - | fraction=50 | - |\n", OUTPUT),
        (
            "line 4, D, Dropout: fraction is 50.\n"
            "  Needed: fraction is at least 0 and below 1.\n"
            "  Fix: write it as a fraction: 0.5 drops every second value."
        ),
    ),
    (
        "fraction_out_of_range",
        lambda: Dropout(float("nan")),
        (
            "Dropout: fraction is nan.\n"
            "  Needed: fraction is at least 0 and below 1.\n"
            "  Fix: write it as a fraction: 0.5 drops every second value."
        ),
    ),
    (
        "window_too_large",
        rows(INPUT, C1.replace("| 3 | 1 | - |", "| 11x7 | 1 | 1 |"), OUTPUT),
        (
            "line 4, C1, height: a window of 11 on an input of 8 + 1 + 1 of padding.\n"
            "  Needed: the height of the window is at most 10.\n"
            "  Fix: use a kernel of at most 10, or add 1 of padding."
        ),
    ),
    (
        "window_too_large",
        lambda: MaxPooling((2, 3), dilation=4).output(Image(1, 8, 8)),
        (
            "width: a window of 9 on an input of 8.\n"
            "  Needed: the width of the window is at most 8.\n"
            "  Fix: use a kernel of at most 8, or add 1 of padding."
        ),
    ),
    (
        "pool_padding_too_large",
        rows(INPUT, "| P | max pool | - | - | 3x4 | 1 | 0+2 | - | - | - | - | - |\n", OUTPUT),
        (
            "line 4, P, height: a pooling window of 3 with padding 0 and 2.\n"
            "  Needed: at most 1 of padding at each end, so that every window meets the image.\n"
            "  Fix: use a padding of at most 1."
        ),
    ),
    (
        "pool_window_in_padding",
        lambda: MaxPooling(2, 1, 1, dilation=4).output(Image(1, 3, 5)),
        (
            "height: with dilation 4, a pooling window has all its cells in the padding.\n"
            "  Needed: a cell inside the image for every window.\n"
            "  Fix: use a smaller dilation or less padding."
        ),
    ),
    (
        "needs_image",
        rows(INPUT, OUTPUT.replace("Output", "F1"), C1, OUTPUT),
        (
            "line 5, C1, Convolution: it reads 2 values in a row, which have no height and width.\n"
            "  Needed: Convolution reads maps, as the input or a convolution gives them.\n"
            "  Fix: move the row above the first fully connected one."
        ),
    ),
    (
        "needs_image",
        lambda: (
            walk(
                Table(
                    (
                        Row("I", Input.features(5)),
                        Row("S", Subsampling(2)),
                        Row("G", GlobalPooling()),
                    )
                )
            ).faults
        ),
        (
            "S, Subsampling: it reads 5 values in a row, which have no height and width.\n"
            "  Needed: Subsampling reads maps, as the input or a convolution gives them.\n"
            "  Fix: move the row above the first fully connected one."
        ),
    ),
    (
        "groups_do_not_divide",
        rows(INPUT, C1.replace("| - | - | tanh", "| - | 2 | tanh"), OUTPUT),
        (
            "line 4, C1, Groups: 2 groups between 3 maps and 4 maps.\n"
            "  Needed: the number of groups divides both numbers of maps.\n"
            "  Fix: use a number of groups that divides both, or change the maps."
        ),
    ),
    (
        "groups_and_connections",
        rows(
            INPUT,
            C1.replace("| - | - | tanh", "| - | 2 | tanh"),
            OUTPUT,
            "\n| Input → C1 | 0 | 1 | 2 | 3 |\n|-|-|-|-|-|\n| 0 | X | X | X | X |\n",
        ),
        (
            "line 7, C1, Groups: the row has groups and a connection table.\n"
            "  Needed: one of the two: each says which maps are connected.\n"
            "  Fix: remove the groups or the connection table."
        ),
    ),
    (
        "connections_of_wrong_size",
        rows(
            INPUT,
            C1,
            OUTPUT,
            "\n| Input → C1 | 0 | 1 | 2 | 3 |\n|-|-|-|-|-|\n| 0 | X | X | X | X |\n",
        ),
        (
            "line 4, C1, connection table: it has 1 row and 4 columns.\n"
            "  Needed: a row for each of the 3 maps below and a column for each of the 4 maps of this "
            "row.\n"
            "  Fix: write 3 rows of 4 marks."
        ),
    ),
    (
        "unconnected_map",
        lambda: Convolution(2, 1, connection_table=ConnectionTable(((True, False),))).output(
            Image(1, 8, 8)
        ),
        (
            "connection table: map 1 reads no map below.\n"
            "  Needed: at least one mark in every column.\n"
            "  Fix: mark a map in column 1."
        ),
    ),
    (
        "codes_of_wrong_number",
        rows(INPUT.replace("3 | 8x8", "- | 2"), RBF, "\n```codes Output\n#.\n```\n"),
        (
            "line 4, Output, codes: 1 drawing for 2 units.\n"
            "  Needed: one drawing for each unit of the row.\n"
            "  Fix: draw 2 codes, in the order of the classes."
        ),
    ),
    (
        "codes_of_wrong_length",
        rows(INPUT.replace("3 | 8x8", "- | 2"), RBF, "\n```codes Output\n#. #\n```\n"),
        (
            "line 4, Output, codes: drawing 1 has 1 cell, the row above gives 2 values.\n"
            "  Needed: one cell for each value.\n"
            "  Fix: draw every code with 2 cells: LeNet-5's 84 are 7 wide and 12 high."
        ),
    ),
    (
        "equal_codes",
        lambda: Codes((("#.",), ("..",), ("#.",))),
        (
            "codes: drawings 0 and 2 are the same.\n"
            "  Needed: a drawing of its own for every class.\n"
            "  Fix: change one of the two."
        ),
    ),
    (
        "bad_code_cell",
        rows(INPUT.replace("3 | 8x8", "- | 2"), RBF, "\n```codes Output\n#x .?\n```\n"),
        (
            "line 6, Output, codes: drawing 0 holds 'x'.\n"
            "  Needed: `#` for ink (+1) and `.` for paper (-1).\n"
            "  Fix: draw with `#` and `.` only.\n"
            "line 6, Output, codes: drawing 1 holds '?'.\n"
            "  Needed: `#` for ink (+1) and `.` for paper (-1).\n"
            "  Fix: draw with `#` and `.` only."
        ),
    ),
    (
        "one_input_needed",
        rows(INPUT, C1, OUTPUT.replace("softmax | -", "softmax | Input, C1")),
        (
            "line 5, Output, From: it reads 2 rows.\n"
            "  Needed: Fully connected reads one row.\n"
            "  Fix: name one row, or join them by a Concat or Add row first."
        ),
    ),
    (
        "several_inputs_needed",
        rows(INPUT, "| J | Concat | - | - | - | - | - | - | - | - | - | - |\n", OUTPUT),
        (
            "line 4, J, From: it reads 1 row.\n"
            "  Needed: Concat joins at least two rows.\n"
            "  Fix: name the rows it joins in the From column, as in `a, b`."
        ),
    ),
    (
        "branches_differ",
        rows(
            INPUT,
            C1,
            "| J | Concat | - | - | - | - | - | - | - | Input, C1 | - | - |\n",
            "| K | Add | - | - | - | - | - | - | - | Input, C1 | - | - |\n",
            "| L | Concat | - | - | - | - | - | - | - | J, K | - | - |\n",
            OUTPUT,
        ),
        (
            "line 5, J, From: it joins 3x8x8 and 4x6x6.\n"
            "  Needed: Concat needs branches of the same height and width.\n"
            "  Fix: change the padding or stride of a branch until they agree.\n"
            "line 6, K, From: it joins 3x8x8 and 4x6x6.\n"
            "  Needed: Add needs branches of the same shape.\n"
            "  Fix: change the padding or stride of a branch until they agree."
        ),
    ),
    (
        "not_positive_number",
        lambda: FullyConnected(2, max_norm=0),
        (
            "Fully connected: max_norm is 0.\n"
            "  Needed: max_norm is a finite number above 0.\n"
            "  Fix: write max_norm as its source gives it."
        ),
    ),
    (
        "needs_words",
        rows(
            INPUT,
            "| V | Embedding | - | 8x5 | - | - | - | - | - | - | words=9 | - |\n",
            OUTPUT,
        ),
        (
            "line 4, V, Embedding: it reads 3x8x8.\n"
            "  Needed: Embedding reads the words of a sentence.\n"
            "  Fix: read the row of type Sentence, which is the first one of its table."
        ),
    ),
    (
        "needs_word_vectors",
        rows("| Input | Sentence | - | 9 | - | - | - | - | - | - | - | - |\n", OUTPUT),
        (
            "line 4, Output, Fully connected: it reads the words of a sentence.\n"
            "  Needed: numbers that say something about the words: only an Embedding reads words.\n"
            "  Fix: add a row of type Embedding behind the sentence, and read that."
        ),
    ),
    (
        "no_room_for_words",
        lambda: Input.sentence(8, 4),
        (
            "padding: 8 words with 4 of padding at each end.\n"
            "  Needed: room for at least one word between the two ends.\n"
            "  Fix: write a size of at least 9, or a smaller padding."
        ),
    ),
    (
        "not_a_choice",
        lambda: Embedding(0, 0, "frozen"),  # type: ignore[arg-type]
        (
            "Embedding: words is 0.\n"
            "  Needed: words is a whole number of at least 1.\n"
            "  Fix: write words as 1 or more.\n"
            "Embedding: dimensions is 0.\n"
            "  Needed: dimensions is a whole number of at least 1.\n"
            "  Fix: write dimensions as 1 or more.\n"
            "Embedding: vectors is frozen.\n"
            "  Needed: vectors is one of random, static or non-static.\n"
            "  Fix: write random, static or non-static."
        ),
    ),
    (
        "not_finite",
        lambda: LeakyReLU(float("nan")),
        (
            "leaky ReLU: slope is nan.\n"
            "  Needed: slope is a finite number.\n"
            "  Fix: write slope as its source gives it."
        ),
    ),
    (
        "group_of_one_value",
        lambda: GroupNormalization(6).output(Image(6, 1, 1)),
        (
            "Group normalisation: 6 groups of a single value each.\n"
            "  Needed: at least two values in a group: one value less its own mean is always 0.\n"
            "  Fix: use fewer groups, or put the row ahead of what reduces its maps to 1x1."
        ),
    ),
    (
        "output_padding_beside_same",
        lambda: TransposedConvolution(6, 3, 2, "same", 1),
        (
            "output_padding: the row has padding same and an output padding.\n"
            "  Needed: one of the two: same gives the input's size times the stride.\n"
            "  Fix: remove the output padding, or write the padding in pixels."
        ),
    ),
    (
        "output_padding_too_large",
        lambda: TransposedConvolution(6, 3, 2, 1, 2),
        (
            "output_padding: an output padding of 2 at a stride or dilation of 2.\n"
            "  Needed: less than the stride or the dilation: at most 1.\n"
            "  Fix: write an output padding of at most 1."
        ),
    ),
    (
        "cropped_to_nothing",
        lambda: TransposedConvolution(6, 3, 1, 2).output(Image(1, 2, 5)),
        (
            "height: padding cuts the height down to 0.\n"
            "  Needed: at least one cell that is left.\n"
            "  Fix: use a smaller padding."
        ),
    ),
    (
        "nothing_left",
        lambda: Cropping(Sides(2, 3, 0, 1)).output(Image(1, 5, 5)),
        (
            "height: 5 cells are cut off from 5.\n"
            "  Needed: at least one cell that is left.\n"
            "  Fix: cut off less, or correct the maps above."
        ),
    ),
    (
        "slice_too_long",
        lambda: Slice(3, 2).output(Image(4, 5, 5)),
        (
            "Maps: it takes 3 from 2 on, and 4 come in.\n"
            "  Needed: first and maps that end within 4.\n"
            "  Fix: correct Maps or the option first; the first of all is 0."
        ),
    ),
    (
        "reflection_too_wide",
        lambda: Border(4, "reflect").output(Image(1, 4, 5)),
        (
            "height: a mirrored border of 4 on an input of 4.\n"
            "  Needed: at most 3: the edge itself is not repeated.\n"
            "  Fix: use a border of at most 3, or mode=replicate."
        ),
    ),
    (
        "values_do_not_fit",
        lambda: Reshape(Image(2, 3, 4)).output(Features(25)),
        (
            "Reshape: it reads 25 = 25 values and gives 2x3x4 = 24.\n"
            "  Needed: as many values as it reads.\n"
            "  Fix: correct the shape, or the rows above."
        ),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_a_message_about_layers_reads_word_for_word(case: Case) -> None:
    assert_reads(layers, case)


def test_no_message_about_layers_is_without_a_case() -> None:
    assert {case[0] for case in CASES} == functions(layers)
