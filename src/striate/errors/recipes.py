"""Messages about the fields of a recipe, of a preparation, and of the front matter that holds them."""

from collections.abc import Iterable

from striate.errors.fault import Fault, listed, nearest
from striate.errors.remark import Remark


def unknown_field(of: str, came: str, fields: Iterable[str]) -> Fault:
    """Report a field that does not exist, with the one that was probably meant."""
    names = tuple(fields)
    meant = nearest(came, names)
    return Fault(
        where=came,
        came=f"{of} has no field {came!r}.",
        needed=f"one of {listed(names)}.",
        fix=f"write {meant!r}." if meant else "remove the line.",
    )


def repeated_field(of: str, came: str) -> Fault:
    """Report a field that is given twice."""
    return Fault(
        where=came,
        came=f"{of} gives {came!r} twice.",
        needed="each field once.",
        fix="remove one of the two lines.",
    )


def field_of_wrong_type(field: str, came: str, needed: str) -> Fault:
    """Report a value of another type than the field's; `came` is the value as it is to be shown."""
    return Fault(
        where=field,
        came=f"{came} is not {needed}.",
        needed=f"{needed}.",
        fix=f"write {field} as {needed}.",
    )


def field_not_finite(field: str, came: float) -> Fault:
    """Report infinity, or what is no number at all."""
    return Fault(
        where=field,
        came=f"{field} is {came:g}.",
        needed="a finite number.",
        fix=f"write {field} as a number such as 0.5.",
    )


def field_above(field: str, came: float, most: float) -> Fault:
    """Report a value over the largest one that makes sense."""
    return Fault(
        where=field,
        came=f"{field} is {came:,g}.",
        needed=f"{most:,g} or less.",
        fix=f"write {field} as {most:,g} or less.",
    )


def field_below(field: str, came: float, least: float) -> Fault:
    """Report a value under the smallest one that makes sense."""
    return Fault(
        where=field,
        came=f"{field} is {came:g}.",
        needed=f"{least:g} or more.",
        fix=f"write {field} as {least:g} or more.",
    )


def field_not_positive(field: str, came: float) -> Fault:
    """Report a value that must be above zero."""
    return Fault(
        where=field,
        came=f"{field} is {came:g}.",
        needed="a number above 0.",
        fix=f"write {field} as a number above 0.",
    )


def field_not_below(field: str, came: float, limit: float) -> Fault:
    """Report a fraction that is not below its limit."""
    return Fault(
        where=field,
        came=f"{field} is {came:g}.",
        needed=f"a number from 0 to below {limit:g}.",
        fix=f"write {field} as a number from 0 to below {limit:g}.",
    )


def field_not_a_choice(field: str, came: object, choices: Iterable[str]) -> Fault:
    """Report a word outside the closed set of a field."""
    names = tuple(choices)
    meant = nearest(str(came), names)
    return Fault(
        where=field,
        came=f"{field} is {str(came)!r}.",
        needed=f"{listed(names)}.",
        fix=f"write {meant!r}." if meant else f"use one of {listed(names)}.",
    )


def range_is_empty(low: float, high: float) -> Fault:
    """Report a range of values that would map every byte to one number."""
    return Fault(
        where="high",
        came=f"byte 0 becomes {low:g} and byte 255 becomes {high:g}.",
        needed="two different values.",
        fix="write the value of the background as low and that of the ink as high.",
    )


def mean_without_std(given: str, missing: str) -> Fault:
    """Report one of mean and std without the other."""
    return Fault(
        where=given,
        came=f"{given} is given, and {missing} is not.",
        needed="both: the value of a byte is (byte / 255 - mean) / std.",
        fix=f"write {missing} as well, or remove {given}.",
    )


def mean_not_a_fraction(came: float) -> Fault:
    """Report a mean that no pictures have whose values are fractions of 1: mostly one in bytes."""
    return Fault(
        where="mean",
        came=f"mean has {came:g}.",
        needed="numbers from 0 to 1, for byte 255 counts as 1.",
        fix="divide mean and std by 255 if they are in bytes.",
    )


def means_and_stds_differ(means: int, stds: int) -> Fault:
    """Report mean and std for different numbers of channels."""
    return Fault(
        where="std",
        came=f"the length of mean is {means}, and that of std is {stds}.",
        needed="a number in both for each channel, or one for all.",
        fix="give mean and std as many numbers.",
    )


def mean_beside_range(field: str) -> Fault:
    """Report the value of a byte that is said in two ways."""
    return Fault(
        where=field,
        came=f"{field} is given beside mean and std.",
        needed="low and high, or mean and std: each pair says the values of bytes by itself.",
        fix=f"remove {field}, or mean and std.",
    )


def mean_beside_subtract(subtract: str) -> Fault:
    """Report a mean that is written down beside one that is measured."""
    return Fault(
        where="subtract",
        came=f"subtract is {subtract!r}, beside mean and std.",
        needed="one mean: that of the training images, or the one that is written down.",
        fix="remove subtract, or mean and std.",
    )


def digit_of_channels(count: int) -> Fault:
    """Report values for several channels of a digit, which has one."""
    return Fault(
        where="mean",
        came=f"the length of mean is {count}, and fit is 'digit'.",
        needed="one number, for a digit has one channel.",
        fix="write one number as mean and one as std, or another fit.",
    )


def means_do_not_fit_input(count: int, shape: str, channels: int) -> Fault:
    """Report values for another number of channels than the input has."""
    return Fault(
        where="input, mean",
        came=f"the length of mean is {count}, and the number of channels of the input {shape} is {channels}.",
        needed="a number for each channel, or one for all.",
        fix="give mean and std as many numbers as the input has channels, or one each.",
    )


def loss_does_not_fit(loss: str, output: str, fitting: Iterable[str]) -> Fault:
    """Report a loss that cannot be computed from what the last row gives."""
    names = listed(fitting)
    return Fault(
        where="loss",
        came=f"the loss is {loss!r}, and the last row gives {output}.",
        needed=f"{names} for {output}.",
        fix=f"write loss: {names}, or change the last row.",
    )


def no_dropout_to_sample(samples: int) -> Fault:
    """Report samples of dropout in a recipe whose table leaves nothing out."""
    return Fault(
        where="dropout_samples",
        came=f"dropout_samples is {samples}, and the table has no Dropout.",
        needed="a row Dropout, whose choice is drawn so many times.",
        fix="remove the line, or add a row Dropout.",
    )


def milestones_not_read(came: str) -> Fault:
    """Report milestones that are no rising list of epochs."""
    return Fault(
        where="milestones",
        came=f"{came!r} is no list of epochs that rises.",
        needed="whole numbers from 1 on, each larger than the one before.",
        fix="write the epochs after which the rate falls, as in `30, 60, 80`.",
    )


def milestones_without_step(came: str, schedule: str) -> Fault:
    """Report milestones of a schedule that does not fall by steps."""
    return Fault(
        where="milestones",
        came=f"{came!r} is given, and the schedule is {schedule}.",
        needed="the schedule step, which alone falls at milestones.",
        fix="write schedule: step, or leave milestones out.",
    )


def least_rate_without_plateau(came: float, schedule: str) -> Fault:
    """Report a least rate of a schedule that does not look at it."""
    return Fault(
        where="least_rate",
        came=f"{came:g} is given, and the schedule is {schedule}.",
        needed="the schedule plateau, which alone ends its falls there.",
        fix="write schedule: plateau, or leave least_rate out.",
    )


def class_weights_not_read(came: str) -> Fault:
    """Report weights of classes that cannot be told from their names."""
    return Fault(
        where="class_weights",
        came=f"{came} gives no class its weight.",
        needed="none, balanced, or classes with their weights.",
        fix="write class_weights: balanced, or a class and its weight, as in `cat 2, dog 0.5`.",
    )


def class_weight_not_positive(name: str, weight: float) -> Fault:
    """Report a class that would not count, or count against what it is."""
    return Fault(
        where="class_weights",
        came=f"the weight of {name} is {weight:g}.",
        needed="a finite number above 0.",
        fix=f"write a number above 0 for {name}; where it is not to be learnt, leave its examples out.",
    )


def class_weight_twice(name: str) -> Fault:
    """Report a class with two weights."""
    return Fault(
        where="class_weights",
        came=f"{name} has two weights.",
        needed="one weight a class.",
        fix="leave one of the two out.",
    )


def classes_without_weight(
    unknown: Iterable[str], missing: Iterable[str], classes: Iterable[str]
) -> Fault:
    """Report weights that do not belong to the classes of the data."""
    unknown, missing = list(unknown), list(missing)
    parts = [f"no class of the data: {', '.join(unknown)}"] if unknown else []
    parts += [f"without a weight: {', '.join(missing)}"] if missing else []
    return Fault(
        where="class_weights",
        came=f"{'; '.join(parts)}.",
        needed=f"a weight for each class: {', '.join(classes)}.",
        fix="write each class with its weight, or `balanced`, which computes them.",
    )


def weights_without_data() -> Fault:
    """Report weights of classes where no classes are known."""
    return Fault(
        where="class_weights",
        came="the recipe weighs classes, and a form alone knows neither their names nor their numbers.",
        needed="a recipe without class_weights: the loss of a form of your own is yours to weigh.",
        fix="replace(recipe, class_weights=()), or train with striate.train.",
    )


def only_for_cross_entropy(field: str, came: str, loss: str) -> Fault:
    """Report what is asked of labels beside a loss that has no room for it."""
    return Fault(
        where=field,
        came=f"{field} is {came}, and the loss is {loss!r}.",
        needed="cross-entropy or binary-cross-entropy, which know shares and weights of classes.",
        fix=f"remove {field}, or end the table in a softmax and train by cross-entropy.",
    )


def no_shares_of_words(field: str, came: str) -> Fault:
    """Report mixed examples in a document whose network reads sentences."""
    return Fault(
        where=field,
        came=f"{field} is {came}, and the network reads sentences.",
        needed="images or vectors: numbers of words have no mean.",
        fix=f"remove {field}.",
    )


def no_loss_fits(output: str) -> Fault:
    """Report a table that ends in something that cannot be trained to name a class."""
    return Fault(
        where="loss",
        came=f"the last row gives {output}.",
        needed=(
            "a last row of scores for classes: fully connected with softmax, one unit with sigmoid, "
            "or RBF."
        ),
        fix="add such a row.",
    )


def optimizer_not_stated(optimizer: str, rate: float, line: int | None) -> Remark:
    """Say which optimizer a recipe has that names none."""
    said = f"It states no optimizer: {optimizer} is used, with a learning rate of {rate:g}."
    return Remark("recipe", said, line)


def values_are_taken(values: str, line: int | None) -> Remark:
    """Say that pictures are prepared by the values that a transform in code gives."""
    said = f"Pictures are prepared as Normalize says, {values}: the same as `mean` and `std` below `input:`."
    return Remark("input", said, line)


def not_yaml(problem: str, line: int) -> Fault:
    """Report front matter that is not YAML."""
    return Fault(
        where="front matter",
        came=f"it cannot be read: {problem}.",
        needed="YAML between the two lines of `---`.",
        fix="write `name: value`, one a line, indented alike.",
        line=line,
    )


def front_matter_not_closed() -> Fault:
    """Report front matter that never ends."""
    return Fault(
        where="front matter",
        came="it begins with `---` and never ends.",
        needed="a second line of `---` below it.",
        fix="add the line.",
        line=1,
    )
