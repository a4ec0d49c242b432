"""Find a data set by its name or its folder, and read it into memory."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from striate.data.examples import Examples, Source
from striate.data.folders import TEST, TRAIN, read_folder, to_examples
from striate.data.idx import read_idx
from striate.data.movie_reviews import load_movie_reviews
from striate.data.opening import problem, read_unpacked
from striate.data.text_files import Part, find_parts, read_text_source, text_format
from striate.errors import DataError, Fault
from striate.errors.data import altered_file, reinstall, unknown_source, unreadable_file


SHIPPED = Path(__file__).with_name("mnist")

# SHA-256 of the unpacked files.
DIGESTS = {
    TRAIN[0]: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    TRAIN[1]: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    TEST[0]: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    TEST[1]: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


def load_source(name: str) -> Source:
    """Load a data set.

    Args:
        name: `mnist` or `movie-reviews`, which come with Striate; the path of a folder that holds
            four IDX files under the names of MNIST's, raw or packed as .gz or .xz; or the path of a
            CSV, TSV or JSONL file of sentences, or of a folder with one called train and perhaps
            one called test. `./mnist` is a folder.

    Returns:
        The data set. The classes of IDX files are the digits from 0 to the largest label, as text.

    Raises:
        DataError: There is no such data set, or its files cannot be used; all faults are named.
    """
    if name == "mnist":
        return _source("mnist", *_shipped(SHIPPED))
    if name == "movie-reviews":
        return load_movie_reviews()
    folder = Path(name)
    try:
        if name and (texts := _text_files(folder)):
            return read_text_source(folder.resolve().name, texts)
        if name and folder.is_dir():
            # The last part alone: what is stored with a result does not tell where it was made.
            return _source(folder.resolve().name, *read_folder(folder))
        siblings = [str(path) for path in folder.parent.iterdir() if path.is_dir()]
    except (FileNotFoundError, NotADirectoryError):
        siblings = []
    except (OSError, ValueError) as error:
        raise DataError(unreadable_file(name, problem(error))) from error
    raise DataError(unknown_source(name, ("mnist", "movie-reviews"), siblings))


def _text_files(path: Path) -> Mapping[Part, Path]:
    """Give the files of sentences that a path stands for; none if it stands for something else."""
    if path.is_dir():
        return find_parts(path)
    return {"train": path} if text_format(path) and path.is_file() else {}


def _source(name: str, train: Examples, test: Examples) -> Source:
    # Over both halves, so that the classes do not depend on which of them holds a rare one.
    largest = int(max(train.labels.max(), test.labels.max()))
    return Source(name, tuple(str(label) for label in range(largest + 1)), train, test)


def _shipped(folder: Path) -> tuple[Examples, Examples]:
    arrays = {}
    faults: list[Fault] = []
    for stem, digest in DIGESTS.items():
        path = folder / f"{stem}.xz"
        try:
            content = read_unpacked(path)
        except DataError as error:
            faults += [reinstall(fault) for fault in error.faults]
            continue
        if sha256(content).hexdigest() == digest:
            arrays[stem] = read_idx(content, str(path))
        else:
            faults.append(altered_file(str(path)))
    if faults:
        raise DataError(*faults)
    return (
        to_examples(arrays[TRAIN[0]], arrays[TRAIN[1]]),
        to_examples(arrays[TEST[0]], arrays[TEST[1]]),
    )
