"""Messages about folders of pictures, tables of labels, and archives of arrays."""

from collections.abc import Iterable, Sequence

from striate.errors.fault import Fault, counted


_SHOWN = 5

_LAYOUTS = (
    "a folder for each class, also within train/, val/ and test/; or pictures with a labels.csv of "
    "the columns file and label; or IDX files"
)


def not_a_data_set(where: str) -> Fault:
    """Report a folder in which nothing was found that can be learned from."""
    return Fault(
        where=where,
        came="it holds no PNG or JPEG, and no IDX files.",
        needed=f"{_LAYOUTS}.",
        fix="correct the path, or convert the pictures.",
    )


def no_classes(where: str, pictures: int) -> Fault:
    """Report pictures of which nothing says what they show."""
    return Fault(
        where=where,
        came=f"it holds {counted(pictures, 'picture')}, and nothing says what they show.",
        needed=f"{_LAYOUTS}.",
        fix="move the pictures into a folder for each class, or write a labels.csv.",
    )


def pictures_outside_classes(where: str, pictures: Sequence[str]) -> Fault:
    """Report pictures that lie beside the class folders."""
    return Fault(
        where=where,
        came=f"{counted(len(pictures), 'picture')} in no class folder: {_shown(pictures)}.",
        needed="every picture in the folder of its class.",
        fix="move the pictures into their classes, or out of the folder.",
    )


def no_training_pictures(where: str) -> Fault:
    """Report a data set that leaves nothing to learn from."""
    return Fault(
        where=where,
        came="none of its pictures is for training.",
        needed="at least one training picture of each class.",
        fix="put pictures into train/, or write train into the column split.",
    )


def no_test_pictures(where: str) -> Fault:
    """Report a data set with too few pictures to keep any for the test."""
    return Fault(
        where=where,
        came="none of its pictures is left for the test.",
        needed="at least two pictures of one class, or pictures in test/.",
        fix="add pictures.",
    )


def one_class(where: str, name: str) -> Fault:
    """Report a data set in which there is nothing to tell apart."""
    return Fault(
        where=where,
        came=f"all of its pictures are of the class {name!r}.",
        needed="at least two classes.",
        fix="check that this is the folder above the class folders.",
    )


def several_label_files(where: str, names: Iterable[str]) -> Fault:
    """Report two tables that may both be the one with the labels."""
    return Fault(
        where=where,
        came=f"{' and '.join(names)} all have columns of files and labels.",
        needed="one table, or tables called train, val and test.",
        fix="call the right one labels.csv, and the others are left alone.",
    )


def table_not_text(where: str, problem: str) -> Fault:
    """Report a table that cannot be read as CSV or TSV."""
    return Fault(
        where=where,
        came=f"it cannot be read: {problem}.",
        needed="a CSV or TSV table in UTF-8.",
        fix="save it again as CSV in UTF-8.",
    )


def row_without_picture(where: str, name: str) -> Fault:
    """Report a row about a picture that is not there, or that several files may be."""
    return Fault(
        where=where,
        came=f"{name!r} is no picture of the folder, or the name of several.",
        needed="the path of a picture, counted from the folder.",
        fix="correct the path, or remove the row.",
    )


def row_without_label(where: str, name: str) -> Fault:
    """Report a row that does not say what its picture shows."""
    return Fault(
        where=where,
        came=f"{name!r} has no label.",
        needed="the class of the picture.",
        fix="write its class, or remove the row.",
    )


def unknown_split(where: str, came: str) -> Fault:
    """Report a row for something else than training, validation or test."""
    return Fault(
        where=where,
        came=f"the split is {came!r}.",
        needed="train, val or test.",
        fix="write one of these, or remove the column split: the pictures are divided then.",
    )


def picture_named_twice(where: str, name: str, first: str, labels: tuple[str, str]) -> Fault:
    """Report a second row about one picture."""
    once, again = labels
    said = f"twice as {once!r}" if once == again else f"as {once!r} and as {again!r}"
    return Fault(
        where=where,
        came=f"{name} is named {said}; the first is {first.rpartition(', ')[2]}.",
        needed="each picture once.",
        fix="remove one of the two rows.",
    )


def pictures_have_no_size(where: str) -> Fault:
    """Report pictures that were asked for without a size to bring them to."""
    return Fault(
        where=where,
        came="its pictures are decoded to the size that a network reads, and none was given.",
        needed="an image size.",
        fix="write load_source(name, Image(3, 64, 64)), for example.",
    )


def more_faults(where: str, others: int) -> Fault:
    """Say that there are more faults than are worth printing."""
    return Fault(
        where=where,
        came=f"{others:,} more of its pictures cannot be used.",
        needed="pictures that can all be decoded.",
        fix=f"`striate data check {where}` names them all.",
    )


def changed_while_read(where: str) -> Fault:
    """Report a picture that was replaced at the moment it was read."""
    return Fault(
        where=where,
        came="it changed while it was read.",
        needed="files that stay as they are.",
        fix="try again when nothing writes to the folder.",
    )


def archive_not_npz(where: str, problem: str) -> Fault:
    """Report a file that is no archive of arrays."""
    return Fault(
        where=where,
        came=f"it cannot be read: {problem}.",
        needed="an .npz file of arrays, without Python objects: nothing is unpickled.",
        fix="save it again with numpy.savez, as uint8 images and whole numbers for labels.",
    )


def arrays_missing(where: str, came: Iterable[str]) -> Fault:
    """Report an archive whose arrays have other names than those that are known."""
    names = ", ".join(came) or "nothing"
    return Fault(
        where=where,
        came=f"it holds {names}.",
        needed="x_train, y_train, x_test and y_test, or images and labels.",
        fix="save the arrays under these names.",
    )


def images_not_bytes(where: str, kind: str, shape: Sequence[int]) -> Fault:
    """Report an array that is not one of images."""
    size = "x".join(str(length) for length in shape) or "a single value"
    return Fault(
        where=where,
        came=f"it is {size} of {kind}.",
        needed="uint8, examples x height x width, with 1 or 3 channels last or second.",
        fix="convert it first, as in (255 * images).astype(numpy.uint8).",
    )


def labels_not_classes(where: str, kind: str, shape: Sequence[int]) -> Fault:
    """Report an array that does not give each example one class."""
    size = "x".join(str(length) for length in shape) or "a single value"
    return Fault(
        where=where,
        came=f"it is {size} of {kind}.",
        needed="one whole number from 0 to 65,535, or one name, for each image.",
        fix="give the index of the class of each image, not one column for each class.",
    )


def _shown(names: Sequence[str]) -> str:
    """Give the first names, and how many more there are."""
    some = ", ".join(names[:_SHOWN])
    return some if len(names) <= _SHOWN else f"{some} and {len(names) - _SHOWN:,} more"


def hub_extra_missing(name: str) -> Fault:
    """Report a data set of the hub where the library for it is not installed."""
    return Fault(
        where=name,
        came="the library that reads data sets of the hub is not installed.",
        needed="the extra `hub` of Striate.",
        fix="write pip install 'striate[hub]'",
    )


def hub_failed(name: str, problem: str) -> Fault:
    """Report a data set that the library for the hub does not give."""
    return Fault(
        where=name,
        came=f"it cannot be loaded: {problem}.",
        needed="a data set of the hub, as hf:owner/name.",
        fix="check the name and the connection.",
    )


def hub_without_pictures(name: str, columns: Iterable[str]) -> Fault:
    """Report a data set of the hub that is not one of pictures."""
    return Fault(
        where=name,
        came=f"its columns are {', '.join(columns)}, and none holds pictures.",
        needed="a column of pictures.",
        fix="choose another data set.",
    )


def hub_without_labels(name: str, columns: Iterable[str]) -> Fault:
    """Report a data set of the hub whose pictures have no classes."""
    return Fault(
        where=name,
        came=f"its columns are {', '.join(columns)}, and none holds labels.",
        needed="a column label, labels, class or category.",
        fix="choose another data set.",
    )


def not_to_be_drawn(name: str, holds: str) -> Fault:
    """Report sentences or vectors that are to be drawn."""
    return Fault(
        where=name,
        came=f"it holds {holds}, not pictures.",
        needed="pictures to draw.",
        fix="look through it with striate data check, or draw a data set of pictures.",
    )
