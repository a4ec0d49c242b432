"""Find a data set by its name, its folder or its file, and read it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from striate.data.examples import Examples, Source
from striate.data.images.listing import Listing, Split
from striate.data.images.load import load_pictures
from striate.data.images.progress import Listener
from striate.data.sources import fashion, painted
from striate.data.sources.class_folders import list_pictures
from striate.data.sources.columns import Given, part_options, refuse_untaken, share_to_skip
from striate.data.sources.emnist import read_emnist
from striate.data.sources.found_pictures import Found, find_pictures
from striate.data.sources.hub import HUB, list_hub
from striate.data.sources.idx import (
    TEST,
    TRAIN,
    find_pair,
    holds_idx,
    read_folder,
    read_idx,
    read_pair,
    to_examples,
)
from striate.data.sources.in_memory import IN_MEMORY, Data, source_of
from striate.data.sources.label_tables import list_labelled
from striate.data.sources.movie_reviews import load_movie_reviews
from striate.data.sources.npz import arrays_source, divide, numbered_classes, read_arrays, read_npz
from striate.data.sources.other_forms import form_of
from striate.data.sources.packed import is_packed, unpack
from striate.data.sources.parquet import holds_pictures
from striate.data.sources.picture_names import list_named
from striate.data.sources.picture_rows import list_picture_tables
from striate.data.sources.pixel_tables import holds_pixels, read_pixel_tables
from striate.data.sources.rows import text_format
from striate.data.sources.shards import is_pattern, list_pattern, list_shards, shards_in
from striate.data.sources.split_names import split_name
from striate.data.sources.text_folders import read_text_folders
from striate.data.sources.texts import find_parts, only_table, read_text_source
from striate.data.sources.xor import exclusive_or
from striate.data.user_files import problem, read_unpacked
from striate.errors import DataError, Fault
from striate.errors.data import altered_file, reinstall, unknown_source, unreadable_file
from striate.errors.datasets import data_of_other_form, not_a_data_set
from striate.errors.fetching import altered_data_set, data_set_missing
from striate.errors.streams import not_to_be_streamed
from striate.preparation import Preparation
from striate.shapes import Image
from striate.system.memory import without_collections


NAMES = ("mnist", fashion.NAME, "xor", "movie-reviews", painted.NAME)

# Files that are named where a folder holds no data.
_FEW_FILES = 3

STREAM = "stream:"
"""What a name begins with whose pictures are decoded whenever they are read, and kept nowhere."""

SHIPPED = Path(__file__).parents[1] / "mnist"

# SHA-256 of the unpacked files.
DIGESTS = {
    TRAIN[0]: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    TRAIN[1]: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    TEST[0]: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    TEST[1]: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


def load_source(
    name: Data,
    image: Image | None = None,
    preparation: Preparation | None = None,
    listen: Listener | None = None,
) -> Source:
    """Load a data set.

    Args:
        name: `mnist` or `movie-reviews`, which come with Striate; `fashion-mnist`; `xor`, the four
            examples of exclusive or; `painted-shapes`, coloured shapes that are painted anew; the path of a folder of pictures or of IDX files, or of an .npz
            file; `hf:owner/name`, a data set of Hugging Face's hub; shards of WebDataset, as
            `shards/train-{000..099}.tar` or their folder, which are a stream; `stream:` before any data set of pictures,
            for a stream of it; or the path of a CSV, TSV or
            JSONL file of sentences, or of a folder with one called train and perhaps one called
            test. `./mnist` is a folder. Or data that a program holds, as `source_of` takes it.
        image: The size that pictures in files are brought to: that of a network's input. Data sets
            whose images all have one size keep it.
        preparation: How pictures in files are brought to that size.
        listen: Called after every picture in a file that was compared with the cache, or decoded.

    Returns:
        The data set. The classes of IDX files are the digits from 0 to the largest label, as text;
        those of Fashion-MNIST have their names, wherever its files lie.

    Raises:
        DataError: There is no such data set, or its files cannot be used; all faults are named.
    """
    found = find_source(name)
    match found:
        case Source():
            return found
        case Listing():
            return load_pictures(found, image, preparation, listen)


def find_source(data: Data) -> Source | Listing:
    """Find a data set, and decode nothing: pictures in files are listed, all else is loaded.

    Raises:
        DataError: There is no such data set, or it cannot be understood.
    """
    if not isinstance(data, str | Path) or data == IN_MEMORY:
        return source_of(data)
    if str(data).startswith(STREAM):
        return _stream_of(str(data))
    name, given = part_options(str(data))
    if is_pattern(name) and not Path(name).exists():
        refuse_untaken(name, given)
        return list_pattern(name)
    if name in NAMES:
        refuse_untaken(name, given)
        return _named(name)
    if name.startswith(HUB):
        refuse_untaken(name, given, "skip")
        return _with_share(list_hub(name), given)
    path = Path(name)
    try:
        if name and path.is_dir():
            return _of_folder(path, given)
        if is_packed(path) and path.is_file():
            return _of_archive(path, given)
        if text_format(path) and path.is_file():
            return _of_rows(path.resolve().name, [("train", path)], given)
        if path.suffix.lower() == ".npz" and path.exists():
            refuse_untaken(name, given)
            return read_npz(path)
        siblings = [
            str(one)
            for one in path.parent.iterdir()
            if one.is_dir() or one.suffix == ".npz" or text_format(one) or is_packed(one)
        ]
        if path.is_file():
            form = form_of(path)
            raise DataError(data_of_other_form(name, form.name, form.fix))
    except (FileNotFoundError, NotADirectoryError):
        siblings = []
    except (OSError, ValueError) as error:
        raise DataError(unreadable_file(name, problem(error))) from error
    raise DataError(unknown_source(name, NAMES, siblings))


def is_stream(name: str) -> bool:
    """Whether a name alone says that a data set is a stream: by its first word, or as shards."""
    path = Path(name)
    return (
        name.startswith(STREAM)
        or is_pattern(name)
        or (path.suffix.lower() == ".tar" and path.is_file())
    )


def _stream_of(name: str) -> Listing:
    """Find a data set whose pictures are decoded whenever they are read."""
    there, given = part_options(name.removeprefix(STREAM))
    path = Path(there)
    refuse_untaken(there, {role: given[role] for role in given if role == "skip"})
    if path.name.lower().endswith(".tar") and path.is_file():
        refuse_untaken(there, given)
        found: Source | Listing = list_shards(path.stem, str(path), [path])
    else:
        found = find_source(name.removeprefix(STREAM))
    if not isinstance(found, Listing):
        raise DataError(not_to_be_streamed(name))
    return replace(found, is_stream=True)


def _named(name: str) -> Source:
    """Load a data set that comes with Striate, or is found by its name."""
    match name:
        case "mnist":
            return _source(name, *_known(SHIPPED, ".xz", DIGESTS, reinstall, altered_file))
        case "movie-reviews":
            return load_movie_reviews()
        case "xor":
            return exclusive_or()
        case painted.NAME:
            return painted.painted_shapes()
        case _:
            return _fashion()


def _with_share(listing: Listing, given: Given) -> Listing:
    """Note which share of the pictures may be left out."""
    return replace(listing, skip=share_to_skip(given))


def _of_folder(folder: Path, given: Given) -> Source | Listing:
    # The last part alone: what is stored with a result does not tell where it was made.
    name = folder.resolve().name
    pair = find_pair(folder)
    idx = None
    if pair is not None:
        examples = read_pair(*pair)
        idx = divide(name, numbered_classes(examples), examples)
    idx = idx or read_emnist(folder)
    if idx is None and holds_idx(folder):
        idx = _source(name, *read_folder(folder))
    if idx is not None:
        refuse_untaken(str(folder), given)
        return idx
    with without_collections():
        found = find_pictures(folder)
        if len(found.numbers):
            return _with_share(_of_pictures(folder, found, given), given)
    arrays = read_arrays(folder)
    if arrays:
        refuse_untaken(str(folder), given)
        return arrays_source(name, str(folder), arrays)
    shards = shards_in(folder)
    if shards:
        refuse_untaken(str(folder), given)
        return list_shards(name, str(folder), shards)
    inner = _stepped_into(folder)
    texts = find_parts(inner) or only_table(inner)
    if texts:
        beside = set(_data_files(inner)) - {path.name for _, path in texts}
        return _beside(_of_rows(name, texts, given), sorted(beside))
    source = read_text_folders(name, inner)
    if source is None:
        found_files = found.index.files.names
        forms = {name: form_of(folder / name) for name in found_files[:_FEW_FILES]}
        others = None
        if forms:
            names = [f"{name} ({form.name.partition(',')[0]})" for name, form in forms.items()]
            others = (names, next(iter(forms.values())).fix, len(found_files))
        raise DataError(not_a_data_set(str(folder), _data_files(folder), others))
    refuse_untaken(str(folder), given)
    return source


def _of_pictures(folder: Path, found: Found, given: Given) -> Listing:
    """Read classes by the names of pictures if the user says how, or else from a table, or else from folders."""
    where = str(folder)
    if "names" in given:
        refuse_untaken(where, given, "names", "skip")
        return list_named(folder, found, given["names"])
    listing = list_labelled(folder, found, given)
    if isinstance(listing, Listing):
        return listing
    listed = list_pictures(folder, found, listing)
    refuse_untaken(where, given, "skip")
    return listed


def _of_archive(path: Path, given: Given) -> Source | Listing:
    """Read what is packed; what is wrong with it stands in the archive, not in the cache."""
    folder = unpack(path)
    try:
        return _of_folder(folder, given)
    except DataError as error:
        there = str(folder)
        raise DataError(
            *(replace(one, where=one.where.replace(there, str(path))) for one in error.faults)
        ) from None


def _beside(found: Source | Listing, names: Sequence[str]) -> Source | Listing:
    """Name files beside those of the splits, which are not read."""
    said = (f"files of no split: {', '.join(names)}",) if names else ()
    if isinstance(found, Listing):
        return replace(found, ignored=(*found.ignored, *said))
    origin = replace(found.origin, ignored=(*found.origin.ignored, *said))
    return replace(found, origin=origin)


def _stepped_into(folder: Path) -> Path:
    """Step into folders that hold nothing but one folder and what is no data, as `data/` beside a README."""
    while not _data_files(folder):
        inner = [one for one in folder.iterdir() if one.is_dir() and one.name[0] not in "._"]
        if len(inner) != 1 or split_name(inner[0].name) is not None:
            break
        (folder,) = inner
    return folder


def _data_files(folder: Path) -> list[str]:
    """Name the files of a folder that are data by themselves."""
    return sorted(
        one.name
        for one in folder.iterdir()
        if one.suffix.lower() == ".npz" or text_format(one) or is_packed(one)
    )


def _of_rows(name: str, files: Sequence[tuple[Split, Path]], given: Given) -> Source | Listing:
    """Read tables of sentences, or of pictures: Parquet may hold both."""
    where = str(files[0][1])
    if all(holds_pixels(path) for _, path in files):
        refuse_untaken(where, given)
        return read_pixel_tables(name, files)
    if any(text_format(path) == ".parquet" and holds_pictures(path) for _, path in files):
        refuse_untaken(where, given, "label", "split", "skip")
        return _with_share(list_picture_tables(name, files, given), given)
    refuse_untaken(where, given, "text", "label", "split", "skip")
    return read_text_source(name, files, given)


def _source(name: str, train: Examples, test: Examples) -> Source:
    if fashion.is_labelled_alike(train.labels.numpy(), test.labels.numpy()):
        return Source(name, fashion.CLASSES, train, test)
    # Over both halves, so that the classes do not depend on which of them holds a rare one.
    return Source(name, numbered_classes(train, test), train, test)


def _fashion() -> Source:
    folder = fashion.fashion_folder()
    if folder is None:
        raise DataError(data_set_missing(fashion.NAME, str(fashion.DEBIAN), fashion.PACKAGE))
    halves = _known(
        folder,
        ".gz",
        fashion.DIGESTS,
        lambda fault: fault,
        lambda where: altered_data_set(where, fashion.NAME),
    )
    return Source(fashion.NAME, fashion.CLASSES, *halves)


def _known(
    folder: Path,
    packing: str,
    digests: Mapping[str, str],
    mended: Callable[[Fault], Fault],
    altered: Callable[[str], Fault],
) -> tuple[Examples, Examples]:
    arrays = {}
    faults: list[Fault] = []
    for stem, digest in digests.items():
        path = folder / f"{stem}{packing}"
        try:
            content = read_unpacked(path)
        except DataError as error:
            faults += [mended(fault) for fault in error.faults]
            continue
        if sha256(content).hexdigest() == digest:
            arrays[stem] = read_idx(content, str(path))
        else:
            faults.append(altered(str(path)))
    if faults:
        raise DataError(*faults)
    return (
        to_examples(arrays[TRAIN[0]], arrays[TRAIN[1]]),
        to_examples(arrays[TEST[0]], arrays[TEST[1]]),
    )
