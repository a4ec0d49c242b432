"""Messages about a layer's own numbers and about the shape it reads."""

from striate.errors.fault import Fault, counted


def not_positive(kind: str, argument: str, value: object) -> Fault:
    """Report an argument that must be a whole number of at least 1."""
    return Fault(
        where=kind,
        came=f"{argument} is {value}.",
        needed=f"{argument} is a whole number of at least 1.",
        fix=f"write {argument} as 1 or more.",
    )


def not_positive_number(kind: str, argument: str, value: float) -> Fault:
    """Report an argument that must be a number above zero."""
    return Fault(
        where=kind,
        came=f"{argument} is {value:g}.",
        needed=f"{argument} is a finite number above 0.",
        fix=f"write {argument} as its source gives it.",
    )


def not_finite(kind: str, argument: str, value: float) -> Fault:
    """Report an argument that is infinite or no number."""
    return Fault(
        where=kind,
        came=f"{argument} is {value:g}.",
        needed=f"{argument} is a finite number.",
        fix=f"write {argument} as its source gives it.",
    )


def even_window(kind: str, size: int) -> Fault:
    """Report a window that has no middle."""
    return Fault(
        where=kind,
        came=f"size is {size}.",
        needed="an odd size: the value's own map stands in the middle of the window.",
        fix=f"write {size - 1} or {size + 1}; TensorFlow's depth_radius r is a size of 2 r + 1.",
    )


def groups_do_not_divide_maps(kind: str, groups: int, maps: int) -> Fault:
    """Report maps that cannot be split into equal groups."""
    return Fault(
        where=kind,
        came=f"{groups} groups on {maps} maps.",
        needed="a number of groups that divides the maps.",
        fix="correct Groups, or the maps of the row below.",
    )


def group_of_one_value(kind: str, groups: int) -> Fault:
    """Report groups that hold one value each, of which nothing is left without its mean."""
    return Fault(
        where=kind,
        came=f"{groups} groups of a single value each.",
        needed="at least two values in a group: one value less its own mean is always 0.",
        fix="use fewer groups, or put the row ahead of what reduces its maps to 1x1.",
    )


def reduction_without_kernel(kind: str, side: str, maps: int) -> Fault:
    """Report a reduction of an Inception row that nothing reads."""
    return Fault(
        where=kind,
        came=f"a #{side} reduce of {maps} maps, and no #{side}.",
        needed=f"maps of the {side} convolution that reads the reduction.",
        fix=f"fill in #{side}, or take #{side} reduce out.",
    )


def inception_without_branch(kind: str) -> Fault:
    """Report an Inception row that gives no map."""
    return Fault(
        where=kind,
        came="no branch has a map.",
        needed="at least one of #1x1, #3x3, #5x5 and pool proj.",
        fix="fill in the six numbers of the row.",
    )


def negative(kind: str, argument: str, value: object) -> Fault:
    """Report an argument that must not be below zero."""
    return Fault(
        where=kind,
        came=f"{argument} is {value}.",
        needed=f"{argument} is 0 or more.",
        fix=f"write {argument} as 0 or leave it out.",
    )


def not_a_choice(kind: str, argument: str, value: object, choices: str) -> Fault:
    """Report an argument outside its closed set of values."""
    return Fault(
        where=kind,
        came=f"{argument} is {value}.",
        needed=f"{argument} is one of {choices}.",
        fix=f"write {choices}.",
    )


def needs_words(kind: str, came: str) -> Fault:
    """Report word vectors that are to be looked up for something else than words."""
    return Fault(
        where=kind,
        came=f"it reads {came}.",
        needed=f"{kind} reads the words of a sentence.",
        fix="read the row of type Sentence, which is the first one of its table.",
    )


def needs_word_vectors(kind: str) -> Fault:
    """Report a layer that would do sums with the numbers of words, which only name them."""
    return Fault(
        where=kind,
        came="it reads the words of a sentence.",
        needed="numbers that say something about the words: only an Embedding reads words.",
        fix="add a row of type Embedding behind the sentence, and read that.",
    )


def no_room_for_words(count: int, padding: int) -> Fault:
    """Report a sentence that would consist of padding alone."""
    return Fault(
        where="padding",
        came=f"{counted(count, 'word')} with {padding} of padding at each end.",
        needed="room for at least one word between the two ends.",
        fix=f"write a size of at least {2 * padding + 1}, or a smaller padding.",
    )


def fraction_out_of_range(kind: str, argument: str, value: float) -> Fault:
    """Report a fraction outside [0, 1)."""
    return Fault(
        where=kind,
        came=f"{argument} is {value:g}.",
        needed=f"{argument} is at least 0 and below 1.",
        fix="write it as a fraction: 0.5 drops every second value.",
    )


def window_too_large(axis: str, reach: int, length: int, before: int, after: int) -> Fault:
    """Report a window that is larger than what it slides over."""
    padded = f"{length}" if before + after == 0 else f"{length} + {before} + {after} of padding"
    short = reach - length - before - after
    return Fault(
        where=axis,
        came=f"a window of {reach} on an input of {padded}.",
        needed=f"the {axis} of the window is at most {length + before + after}.",
        fix=f"use a kernel of at most {length + before + after}, or add {short} of padding.",
    )


def pool_padding_too_large(axis: str, kernel: int, before: int, after: int) -> Fault:
    """Report a pooling window that could lie in the padding alone."""
    return Fault(
        where=axis,
        came=f"a pooling window of {kernel} with padding {before} and {after}.",
        needed=f"at most {kernel // 2} of padding at each end, so that every window meets the image.",
        fix=f"use a padding of at most {kernel // 2}.",
    )


def pool_window_in_padding(axis: str, dilation: int) -> Fault:
    """Report a dilated pooling window whose cells all lie beside the image."""
    return Fault(
        where=axis,
        came=f"with dilation {dilation}, a pooling window has all its cells in the padding.",
        needed="a cell inside the image for every window.",
        fix="use a smaller dilation or less padding.",
    )


def needs_image(kind: str, came: str) -> Fault:
    """Report a layer with a window that reads a flat vector."""
    return Fault(
        where=kind,
        came=f"it reads {came} values in a row, which have no height and width.",
        needed=f"{kind} reads maps, as the input or a convolution gives them.",
        fix="move the row above the first fully connected one.",
    )


def groups_do_not_divide(groups: int, maps_in: int, maps_out: int) -> Fault:
    """Report groups that do not split the maps evenly."""
    return Fault(
        where="Groups",
        came=f"{groups} groups between {counted(maps_in, 'map')} and {counted(maps_out, 'map')}.",
        needed="the number of groups divides both numbers of maps.",
        fix="use a number of groups that divides both, or change the maps.",
    )


def output_padding_beside_same() -> Fault:
    """Report cells added to an output whose size `same` says already."""
    return Fault(
        where="output_padding",
        came="the row has padding same and an output padding.",
        needed="one of the two: same gives the input's size times the stride.",
        fix="remove the output padding, or write the padding in pixels.",
    )


def output_padding_too_large(cells: int, most: int) -> Fault:
    """Report cells added behind the output which a larger input would fill."""
    return Fault(
        where="output_padding",
        came=f"an output padding of {cells} at a stride or dilation of {most}.",
        needed=f"less than the stride or the dilation: at most {most - 1}.",
        fix=f"write an output padding of at most {most - 1}.",
    )


def cropped_to_nothing(axis: str, size: int) -> Fault:
    """Report a transposed convolution whose padding cuts off all that comes out."""
    return Fault(
        where=axis,
        came=f"padding cuts the {axis} down to {size}.",
        needed="at least one cell that is left.",
        fix="use a smaller padding.",
    )


def nothing_left(axis: str, length: int, size: int) -> Fault:
    """Report a cropping that cuts off all that comes in."""
    return Fault(
        where=axis,
        came=f"{length - size} cells are cut off from {length}.",
        needed="at least one cell that is left.",
        fix="cut off less, or correct the maps above.",
    )


def slice_too_long(first: int, maps: int, came: int) -> Fault:
    """Report a slice that ends behind the maps that come in."""
    return Fault(
        where="Maps",
        came=f"it takes {maps} from {first} on, and {came} come in.",
        needed=f"first and maps that end within {came}.",
        fix="correct Maps or the option first; the first of all is 0.",
    )


def reflection_too_wide(axis: str, pixels: int, length: int) -> Fault:
    """Report a border that mirrors more than there is."""
    return Fault(
        where=axis,
        came=f"a mirrored border of {pixels} on an input of {length}.",
        needed=f"at most {length - 1}: the edge itself is not repeated.",
        fix=f"use a border of at most {length - 1}, or mode=replicate.",
    )


def values_do_not_fit(came: str, asked: str) -> Fault:
    """Report a shape of more or fewer values than there are."""
    return Fault(
        where="Reshape",
        came=f"it reads {came} values and gives {asked}.",
        needed="as many values as it reads.",
        fix="correct the shape, or the rows above.",
    )


def groups_and_connections() -> Fault:
    """Report a row with groups and a connection table at once."""
    return Fault(
        where="Groups",
        came="the row has groups and a connection table.",
        needed="one of the two: each says which maps are connected.",
        fix="remove the groups or the connection table.",
    )


def connections_of_wrong_size(rows: int, columns: int, maps_in: int, maps_out: int) -> Fault:
    """Report a connection table that does not match the maps."""
    return Fault(
        where="connection table",
        came=f"it has {counted(rows, 'row')} and {counted(columns, 'column')}.",
        needed=f"a row for each of the {maps_in} maps below and a column for each of the "
        f"{maps_out} maps of this row.",
        fix=f"write {maps_in} rows of {maps_out} marks.",
    )


def unconnected_map(column: int) -> Fault:
    """Report an output map that reads nothing."""
    return Fault(
        where="connection table",
        came=f"map {column} reads no map below.",
        needed="at least one mark in every column.",
        fix=f"mark a map in column {column}.",
    )


def codes_of_wrong_number(codes: int, units: int) -> Fault:
    """Report a set of drawn codes that does not match the number of classes."""
    return Fault(
        where="codes",
        came=f"{counted(codes, 'drawing')} for {counted(units, 'unit')}.",
        needed="one drawing for each unit of the row.",
        fix=f"draw {units} codes, in the order of the classes.",
    )


def codes_of_wrong_length(index: int, cells: int, features: int) -> Fault:
    """Report a drawing whose cells do not match the vector it is compared with."""
    return Fault(
        where="codes",
        came=f"drawing {index} has {counted(cells, 'cell')}, the row above gives {features} values.",
        needed="one cell for each value.",
        fix=f"draw every code with {features} cells: LeNet-5's 84 are 7 wide and 12 high.",
    )


def equal_codes(first: int, second: int) -> Fault:
    """Report two classes that could never be told apart."""
    return Fault(
        where="codes",
        came=f"drawings {first} and {second} are the same.",
        needed="a drawing of its own for every class.",
        fix="change one of the two.",
    )


def bad_code_cell(index: int, cell: str) -> Fault:
    """Report a character in a drawing that is neither ink nor paper."""
    return Fault(
        where="codes",
        came=f"drawing {index} holds {cell!r}.",
        needed="`#` for ink (+1) and `.` for paper (-1).",
        fix="draw with `#` and `.` only.",
    )


def one_input_needed(kind: str, came: int) -> Fault:
    """Report several inputs where one is read."""
    return Fault(
        where="From",
        came=f"it reads {came} rows.",
        needed=f"{kind} reads one row.",
        fix="name one row, or join them by a Concat or Add row first.",
    )


def several_inputs_needed(kind: str, came: int) -> Fault:
    """Report a joining layer with fewer than two inputs."""
    return Fault(
        where="From",
        came=f"it reads {counted(came, 'row')}.",
        needed=f"{kind} joins at least two rows.",
        fix="name the rows it joins in the From column, as in `a, b`.",
    )


def branches_differ(kind: str, branches: tuple[str, ...], what: str) -> Fault:
    """Report branches that cannot be joined."""
    return Fault(
        where="From",
        came=f"it joins {' and '.join(branches)}.",
        needed=f"{kind} needs branches of the same {what}.",
        fix="change the padding or stride of a branch until they agree.",
    )
