"""Messages about folders of pictures, tables of labels, and archives of arrays."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath

from striate.errors.fault import Fault, all_quoted, counted, listed, typed


_SHOWN = 5

_LAYOUTS = (
    "a folder for each class, also within train/, val/ and test/; or pictures with a labels.csv of "
    "the columns file and label; or IDX files"
)


def data_of_other_form(where: str, form: str, fix: str) -> Fault:
    """Report a file of data in a form that is not read."""
    return Fault(
        where=where,
        came=f"it is {form}.",
        needed="a folder of pictures, packed or not, an .npz file, or a table of sentences (.csv, .tsv, .json, "
        ".jsonl, .parquet).",
        fix=fix,
    )


def not_a_data_set(
    where: str,
    files: Sequence[str] = (),
    others: tuple[Sequence[str], str, int] | None = None,
) -> Fault:
    """Report a folder in which nothing was found that can be learned from.

    Args:
        where: The folder.
        files: Those in it that are data by themselves.
        others: The first of all others, each with its form; what makes data of the first; and how many they are.
    """
    beside = f" It holds {_shown(files)}." if files else ""
    fix = f"give the file itself, {files[0]}, unpacked where it is in an archive." if files else ""
    if files[1:]:
        fix = (
            f"unpack what is packed; call tables train and test; or join those of the same headings into one, with a "
            f"column for the class where each file is of its own; or give one, as {typed(f'{where}/{files[0]}')}."
        )
    if others and not files:
        names, fix, count = others
        more = f" and {count - len(names):,} more" if count > len(names) else ""
        beside = f" It holds {', '.join(names)}{more}."
    return Fault(
        where=where,
        came=f"it holds no pictures, and no IDX files.{beside}",
        needed=f"{_LAYOUTS}.",
        fix=fix or "correct the path, or convert the pictures.",
    )


def no_classes(
    where: str, pictures: int, likely: tuple[str, Sequence[str]] | None = None, beside: str = ""
) -> Fault:
    """Report pictures of which nothing says what they show, and the pattern by which their names may tell it.

    Args:
        where: Their folder.
        pictures: How many they are.
        likely: A pattern, and the classes that it would give.
        beside: What lies beside them and says something else, as a sentence.
    """
    by_names = ""
    if likely:
        pattern, words = likely
        by_names = f" If the classes are {_shown(words)}, write --names '{pattern}'."
    said = f" {beside}" if beside else ""
    return Fault(
        where=where,
        came=f"it holds {counted(pictures, 'picture')}, and nothing says what they show.{said}",
        needed=f"{_LAYOUTS}.",
        fix=f"move the pictures into a folder for each class, or write a labels.csv.{by_names}",
    )


def pattern_without_class(pattern: str) -> Fault:
    """Report a pattern of names that does not say once where the class stands."""
    return Fault(
        where="--names",
        came=f"{pattern!r}.",
        needed="{class} once, where the class stands; # for a number, * for anything, ? for one character.",
        fix="write --names '{class}_#', for example, for cat_001.jpg.",
    )


def names_unlike_pattern(where: str, pattern: str, names: Sequence[str]) -> Fault:
    """Report a pattern that no picture's name follows."""
    return Fault(
        where=f"{where}, --names",
        came=f"{pattern!r}, and no picture is called so: {_shown(names)}.",
        needed="the form of their names, with or without their endings.",
        fix="write {class} where the class stands, and # for the numbers, * for what differs otherwise.",
    )


def options_not_taken(where: str, flags: Sequence[str]) -> Fault:
    """Report choices of columns, names or a share for data that have none to choose."""
    given = " and ".join(flags)
    return Fault(
        where=where,
        came=f"{given} {'does' if len(flags) == 1 else 'do'} not fit these data.",
        needed="--columns for a table of labels or sentences, --names for pictures without a table, --skip for "
        "pictures in files and for sentences, but not for streams.",
        fix=f"leave {given} out, or check that these are the data that are meant.",
    )


def pictures_outside_classes(where: str, pictures: Sequence[str]) -> Fault:
    """Report pictures that lie beside the class folders."""
    return Fault(
        where=where,
        came=f"{counted(len(pictures), 'picture')} in no class folder: {_shown(pictures)}.",
        needed="every picture in the folder of its class.",
        fix="move the pictures into their classes, or out of the folder.",
    )


def folder_beside_train(where: str, top: str, others: Sequence[str]) -> Fault:
    """Report a folder of a split with classes in it, beside folders that stand for none."""
    return Fault(
        where=where,
        came=f"{top}/ holds classes and lies beside {_shown([f'{other}/' for other in others])}: they may "
        "be classes, or other parts of the data.",
        needed="folders of splits alone (train/, val/, test/), or folders of classes alone.",
        fix=f"name the others val/ or test/ if they are measured on, or give {top}/ alone as the data.",
    )


def folder_beside_classes(where: str, top: str, others: Sequence[str]) -> Fault:
    """Report a folder that may be a class or the pictures for the test, whose classes nobody tells."""
    return Fault(
        where=where,
        came=f"{top}/ lies beside {_shown([f'{other}/' for other in others])}: it may be a class, or "
        "pictures for the test without their classes.",
        needed="folders of classes, or train/ and test/ with the classes in each.",
        fix=f"move {top}/ out of the folder; if it is a class, move all of them into train/.",
    )


def folder_of_all_classes(where: str, label: str, beside: str = "") -> Fault:
    """Report a folder that would be a class by where it lies, and is called as one of pictures of any class."""
    said = f" {beside}" if beside else ""
    return Fault(
        where=where,
        came=f"{label}/ would be a class by where it lies, and is called as a folder of pictures of any class.{said}",
        needed=f"{_LAYOUTS}.",
        fix=f"move the pictures into a folder for each class, or write a labels.csv; give {label}/ another name "
        "if it is a class.",
    )


def same_classes_in_two_folders(where: str, one: str, other: str, shared: Sequence[str]) -> Fault:
    """Report two folders that hold the same classes, so that each of these would be two."""
    return Fault(
        where=where,
        came=f"{f'{one}/' if one else 'the folder itself'} and {other}/ hold the same classes: {_shown(shared)}.",
        needed="each class in one folder, or in the folders of the splits (train/, val/, test/).",
        fix=f"name the two after their splits, or move the pictures of each class together; or give "
        f"one of them as the data, as in {where}/{one or other}.",
    )


def class_spelt_differently(where: str, learnt: str, label: str, split: str) -> Fault:
    """Report a class that has one name in training and another in a split to measure on."""
    return Fault(
        where=where,
        came=f"the class is called {learnt!r} in training, and {label!r} in the {split}.",
        needed="the same name for a class in every split.",
        fix="rename one of the two.",
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
        fix=f"`striate data check {typed(where)}` names them all.",
    )


def too_many_unusable(where: str, count: int, total: int, share: float) -> Fault:
    """Report that more pictures cannot be used than are left out without asking."""
    return Fault(
        where=where,
        came=f"{count:,} of its {total:,} pictures cannot be used.",
        needed=f"at most {100 * share:g} %, which are left out.",
        fix=f"mend them, or write --skip {min(1.0, -(-100 * count // total) / 100):g} to go on without them.",
    )


def share_not_understood(came: str) -> Fault:
    """Report a share of pictures to be left out that is none."""
    return Fault(
        where="--skip",
        came=f"{came!r}.",
        needed="a share from 0 to 1.",
        fix="write 0.05, for example, for 5 %.",
    )


def changed_while_read(where: str) -> Fault:
    """Report a picture that was replaced at the moment it was read."""
    return Fault(
        where=where,
        came="it changed while it was read.",
        needed="files that stay as they are.",
        fix="try again when nothing writes to the folder.",
    )


def data_of_other_kind(kind: str) -> Fault:
    """Report something given as data that holds no examples, as far as can be told."""
    return Fault(
        where="data",
        came=f"it is of the type {kind}.",
        needed="a name or a path; a pair of images and labels; two such pairs; a torch Dataset; a mapping of "
        "splits to these; or a pandas frame of sentences and classes.",
        fix="write (images, labels), for example, or the path of a folder as a text.",
    )


def parts_of_no_split(names: Sequence[str]) -> Fault:
    """Report parts of a mapping of splits whose names say nothing about what they are for."""
    return Fault(
        where="data",
        came=f"it has splits, and {all_quoted(names)} {'is none' if len(names) == 1 else 'are none'}.",
        needed="parts called train, val and test, or arrays such as x_train and y_train.",
        fix="name what is meant, and leave the others out.",
    )


def dataset_of_other_items(came: str) -> Fault:
    """Report a torch Dataset that gives something else than images with their labels."""
    return Fault(
        where="data",
        came=came,
        needed="a Dataset with a length, whose items are pairs of an image and its label.",
        fix="wrap it in a Dataset that gives such pairs.",
    )


def dataset_of_several_sizes(sizes: Sequence[str]) -> Fault:
    """Report a torch Dataset whose images cannot be laid into one array."""
    return Fault(
        where="data",
        came=f"its images are of several sizes: {_shown(sizes)}.",
        needed="images of one size.",
        fix="resize them in the Dataset, or give the folder of the pictures: they are resized then.",
    )


def data_in_memory_gone() -> Fault:
    """Report a run whose data was no file, and is asked for again."""
    return Fault(
        where="data",
        came="it was held by a program, and is kept nowhere.",
        needed="data that can be read again.",
        fix="train anew in a program that holds it, or save it as an .npz file first.",
    )


def archive_not_unpacked(where: str, problem: str) -> Fault:
    """Report a packed folder that cannot be unpacked."""
    return Fault(
        where=where,
        came=f"it cannot be unpacked: {problem}.",
        needed="a whole .zip or .tar without encryption, whose paths stay in it.",
        fix="copy or download it again, or unpack it yourself and give the folder.",
    )


def archive_names_unclear(where: str, name: str, readings: Mapping[str, str]) -> Fault:
    """Report a .zip whose names are of a code page that it does not name, with those in which they are words."""
    page = next(iter(readings), "cp949")
    read = listed(f"{text} in {code}" for code, text in readings.items())
    return Fault(
        where=where,
        came=f"its names are of a code page that it does not name: {name!r}"
        + (f" may be {read}." if read else "."),
        needed="names in UTF-8, by which classes are called.",
        fix=f"unpack it by `unzip -O {page} {typed(PurePath(where).name)}`, or where it was packed, and give the folder.",
    )


def archive_too_large(where: str, size: int, free: int) -> Fault:
    """Report a packed folder that would fill the disk."""
    return Fault(
        where=where,
        came=f"unpacked it has {counted(size, 'byte')}, and the disk of the cache has {free:,} free.",
        needed="room for it, with a fifth of the disk left over.",
        fix="set STRIATE_CACHE to a folder on a larger disk.",
    )


def several_emnist(where: str, names: Sequence[str]) -> Fault:
    """Report a folder with more than one of EMNIST's sets."""
    return Fault(
        where=where,
        came=f"it holds several sets of EMNIST: {', '.join(names)}.",
        needed="the files of one of them.",
        fix=f"move the four files of emnist-{names[0]}-..., for example, into a folder of their own.",
    )


def emnist_incomplete(where: str, missing: Sequence[str]) -> Fault:
    """Report a folder that lacks some of the four files of a set of EMNIST."""
    return Fault(
        where=where,
        came=f"it has no file {listed(missing)}.",
        needed="images and labels for training and for the test, each raw, or packed as .gz or .xz.",
        fix="put the missing files into the folder, under these names.",
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
        needed="numbers, examples x height x width, with 1 or 3 channels last or second.",
        fix="save the images as they were before they were made into something else.",
    )


def values_not_finite(where: str, count: int) -> Fault:
    """Report images with values that are no numbers."""
    return Fault(
        where=where,
        came=f"{counted(count, 'value')} of its images {'is' if count == 1 else 'are'} not finite.",
        needed="images of numbers.",
        fix="find where they come from, and save the images again.",
    )


def values_not_plain(where: str, kind: str, low: float, high: float) -> Fault:
    """Report images whose values do not tell what black and white are."""
    is_around_zero = low < 0
    guess = " They look standardized." if is_around_zero else ""
    return Fault(
        where=where,
        came=f"its images are {kind} from {low:.6g} to {high:.6g}, and it is not plain which values are "
        f"black and white.{guess}",
        needed="values of 0 to 255, of 0 to 1, or of -1 to 1.",
        fix="save the images as they were before they were standardized: networks do that themselves."
        if is_around_zero
        else "scale them to 0 to 255 by their own black and white, and save them as uint8.",
    )


def scales_differ(where: str, scales: Sequence[tuple[str, str]]) -> Fault:
    """Report images whose values mean one thing in training and another in the test."""
    return Fault(
        where=where,
        came=f"{'; '.join(f'{name} is {scale}' for name, scale in scales)}.",
        needed="values of one range in all arrays.",
        fix="save all of them with the same scaling.",
    )


def labels_not_classes(where: str, kind: str, shape: Sequence[int]) -> Fault:
    """Report an array that does not give each example one class."""
    size = "x".join(str(length) for length in shape) or "a single value"
    return Fault(
        where=where,
        came=f"it is {size} of {kind}.",
        needed="one whole number from 0 to 65,535, or one name, for each image.",
        fix="give the index of the class of each image, or a column of 0 and 1 for each class.",
    )


def label_no_index(where: str, place: int, came: str, count: int) -> Fault:
    """Report labels of which at least one is no index of a class."""
    others = f", and {count - 1:,} more are no classes either" if count > 1 else ""
    return Fault(
        where=where,
        came=f"label {place:,}, counted from 0, is {came}{others}.",
        needed="whole numbers from 0 to 65,535.",
        fix="number the classes from 0, and leave examples without a class out.",
    )


def _shown(names: Sequence[str]) -> str:
    """Give the first names, and how many more there are."""
    some = ", ".join(names[:_SHOWN])
    return some if len(names) <= _SHOWN else f"{some} and {len(names) - _SHOWN:,} more"


def parquet_extra_missing(where: str) -> Fault:
    """Report a Parquet file where the library for it is not installed."""
    return Fault(
        where=where,
        came="the library that reads Parquet is not installed.",
        needed="the extra `parquet` of Striate.",
        fix="write pip install 'striate[parquet]', or save the table as CSV.",
    )


def parquet_not_read(where: str, problem: str) -> Fault:
    """Report a Parquet file that the library does not read."""
    return Fault(
        where=where,
        came=f"it cannot be read: {problem}.",
        needed="a whole Parquet file.",
        fix="copy or download it again.",
    )


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
