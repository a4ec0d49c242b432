"""Messages about files, and the images and labels of a data set."""

from collections.abc import Iterable
from dataclasses import replace

from striate.errors.fault import Fault, counted, listed, nearest


def missing_file(where: str) -> Fault:
    """Report a file that is not there."""
    return Fault(
        where=where,
        came="there is no such file.",
        needed="a file that can be read.",
        fix="correct the path.",
    )


def not_a_file(where: str) -> Fault:
    """Report a folder or a device where a file is read."""
    return Fault(
        where=where,
        came="it is a folder or a device, not a file.",
        needed="a file.",
        fix="give the path of a file.",
    )


def unreadable_file(where: str, problem: str) -> Fault:
    """Report a file that the operating system does not hand out."""
    return Fault(
        where=where,
        came=f"it cannot be read: {problem}.",
        needed="a file that you may read.",
        fix="correct the path, or the permissions of the file.",
    )


def empty_file(where: str) -> Fault:
    """Report a file of no bytes."""
    return Fault(
        where=where,
        came="the file is empty.",
        needed="a file with content.",
        fix="copy or download it again.",
    )


def file_too_large(where: str, size: int, limit: int) -> Fault:
    """Report a file above the largest one that is read."""
    return Fault(
        where=where,
        came=f"the file has {counted(size, 'byte')}.",
        needed=f"at most {counted(limit, 'byte')}.",
        fix="save the picture smaller.",
    )


def content_too_large(where: str, limit: int) -> Fault:
    """Report a file that holds, or unpacks to, more than is read."""
    return Fault(
        where=where,
        came=f"it holds more than {counted(limit, 'byte')} when unpacked.",
        needed=f"at most {counted(limit, 'byte')}.",
        fix="split the data set, or check that this is the right file.",
    )


def damaged_packing(where: str, packing: str) -> Fault:
    """Report a packed file that cannot be unpacked."""
    return Fault(
        where=where,
        came=f"it is packed with {packing} and is damaged or cut off.",
        needed=f"a whole {packing} file.",
        fix="copy or download it again.",
    )


def not_idx(where: str) -> Fault:
    """Report content that does not begin like an IDX file."""
    return Fault(
        where=where,
        came="it does not begin with two bytes of 0, a type and a number of dimensions.",
        needed="an IDX file, the format of MNIST.",
        fix="check that this is the right file.",
    )


def idx_of_other_type(where: str, code: int) -> Fault:
    """Report an IDX file of something else than unsigned bytes."""
    return Fault(
        where=where,
        came=f"its values have the type 0x{code:02X}.",
        needed="unsigned bytes, type 0x08.",
        fix="store the values as bytes from 0 to 255.",
    )


def idx_of_wrong_rank(where: str, came: int, needed: str) -> Fault:
    """Report an IDX file with another number of dimensions than can be used."""
    return Fault(
        where=where,
        came=f"it has {counted(came, 'dimension')}.",
        needed=f"{needed}.",
        fix="check that this is the right file.",
    )


def idx_header_cut(where: str, came: int, needed: int) -> Fault:
    """Report a file that ends before its dimensions do."""
    return Fault(
        where=where,
        came=f"it ends after {counted(came, 'byte')}.",
        needed=f"{counted(needed, 'byte')} of header, and the values behind them.",
        fix="copy or download it again.",
    )


def idx_too_large(where: str, shape: Iterable[int], limit: int) -> Fault:
    """Report dimensions that no data set of this kind has."""
    return Fault(
        where=where,
        came=f"it declares {_product(shape)} values.",
        needed=f"at most {counted(limit, 'value')}, an empty dimension counted as 1.",
        fix="copy or download it again, or split the data set.",
    )


def idx_of_wrong_length(where: str, shape: Iterable[int], came: int, needed: int) -> Fault:
    """Report a file with more or fewer values than its dimensions say."""
    return Fault(
        where=where,
        came=f"it declares {_product(shape)} values and holds {came:,}.",
        needed=f"exactly {counted(needed, 'value')} behind the header.",
        fix="copy or download it again.",
    )


def array_not_bytes(kind: str) -> Fault:
    """Report an array that an IDX file of bytes cannot hold."""
    return Fault(
        where="array",
        came=f"its values are {kind}.",
        needed="uint8.",
        fix="convert it first, as in array.astype(numpy.uint8).",
    )


def unknown_source(name: str, known: Iterable[str], folders: Iterable[str]) -> Fault:
    """Report a name that is neither a known data set nor a path."""
    names = tuple(known)
    meant = nearest(name, (*names, *folders))
    return Fault(
        where="data",
        came=f"{name!r} is neither a data set that Striate knows nor a path.",
        needed=f"{listed(names)}, or the path of a folder of images, of an .npz file, or of a file of "
        "sentences.",
        fix=f"write {meant!r}." if meant else "correct the name or the path.",
    )


def missing_parts(where: str, missing: Iterable[str]) -> Fault:
    """Report the IDX files that a folder lacks."""
    return Fault(
        where=where,
        came=f"it has no file {listed(missing)}.",
        needed="four IDX files, each raw, or packed as .gz or .xz.",
        fix="put the missing files into the folder, under these names.",
    )


def no_examples(where: str) -> Fault:
    """Report a file of images or labels that holds none."""
    return Fault(
        where=where,
        came="it holds no examples.",
        needed="at least one.",
        fix="check that this is the right file.",
    )


def images_without_pixels(where: str, shape: Iterable[int]) -> Fault:
    """Report images with a side of 0 pixels."""
    return Fault(
        where=where,
        came=f"its images have {_product(shape)} pixels.",
        needed="at least one pixel along each side.",
        fix="check that this is the right file.",
    )


def counts_differ(where: str, images: tuple[str, int], labels: tuple[str, int]) -> Fault:
    """Report images and labels that do not go together."""
    return Fault(
        where=where,
        came=f"{images[0]} holds {counted(images[1], 'image')}, "
        f"and {labels[0]} {counted(labels[1], 'label')}.",
        needed="one label for each image.",
        fix="check that the two files belong together.",
    )


def sizes_differ(where: str, train: Iterable[int], test: Iterable[int]) -> Fault:
    """Report training and test images of two sizes."""
    return Fault(
        where=where,
        came=f"the training images are {_product(train)}, and the test images {_product(test)}.",
        needed="images of one size.",
        fix="check that the files belong to one data set.",
    )


def altered_file(where: str) -> Fault:
    """Report a shipped file whose content is not the one that was released."""
    return Fault(
        where=where,
        came="its content is not the one that Striate was released with.",
        needed="the file as released: its SHA-256 is known.",
        fix="install Striate again: pip install --force-reinstall --no-deps striate",
    )


def reinstall(fault: Fault) -> Fault:
    """Turn a fault of a shipped file into one that the user can mend."""
    return replace(
        fault, fix="install Striate again: pip install --force-reinstall --no-deps striate"
    )


def nothing_left_to_train_on(count: int, total: int) -> Fault:
    """Report more examples held out than can be spared."""
    return Fault(
        where="validation",
        came=f"{counted(count, 'example')} held out of {total:,}.",
        needed=f"from 0 to {max(total - 1, 0):,}, so that at least one is left to train on.",
        fix=f"write --validation {max(total, 0) // 10}, for example.",
    )


def _product(shape: Iterable[int]) -> str:
    return "x".join(str(length) for length in shape)
