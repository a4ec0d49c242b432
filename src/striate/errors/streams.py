"""Messages about pictures that are read as a stream, and about shards."""

from collections.abc import Sequence
from dataclasses import replace

from striate.errors.fault import Fault, counted, in_a_list, typed


_SHOWN = 5


def unusable_in_stream(fault: Fault, where: str) -> Fault:
    """Report a picture that cannot be used, and that no pass over all pictures has found before."""
    return replace(
        fault,
        fix=f"leave it out: write its shard or folder without it. `striate data check {typed(where)}` names all such "
        "pictures.",
    )


def cache_too_large(where: str, needed: int, free: int) -> Fault:
    """Report pictures whose decoded pixels would not fit on the disk."""
    return Fault(
        where=where,
        came=f"decoded they have {counted(needed, 'byte')}, and the disk of the cache has {free:,} free.",
        needed="room for them, with a fifth of the free disk left over.",
        fix=f"write {typed(f'stream:{where}')} to decode pictures whenever they are read and keep none, or set STRIATE_CACHE to a "
        "folder on a larger disk.",
    )


def pixels_too_large(where: str, needed: int, free: int, problem: str) -> Fault:
    """Report pictures whose pixels can be kept neither in the cache nor in memory."""
    return Fault(
        where=where,
        came=f"decoded they have {counted(needed, 'byte')}; the cache cannot be written ({problem}), and "
        f"{free:,} bytes of memory are free.",
        needed="a cache that can be written, or memory for them.",
        fix=f"set STRIATE_CACHE to a folder that can be written, or write {typed(f'stream:{where}')} to keep none of them.",
    )


def not_for_streams(where: str) -> Fault:
    """Report a stream where all pictures are needed at once."""
    return Fault(
        where=where,
        came="it is a stream, and this work needs all of its pictures at once.",
        needed="a folder of pictures, or any other data set.",
        fix="unpack some shards into a folder; train, evaluate, data check and data show read streams.",
    )


def stream_not_predicted(name: str) -> Fault:
    """Report shards, or a stream, among pictures that are to be named one by one."""
    return Fault(
        where=name,
        came="it is a stream of pictures, or a shard.",
        needed="pictures, or folders of them.",
        fix=f"write `striate evaluate RUN --data {typed(name)} --predictions FILE.csv`, which names the class of each.",
    )


def not_to_be_streamed(name: str) -> Fault:
    """Report data without pictures that could be decoded one by one."""
    return Fault(
        where=name,
        came="it holds no pictures in files, shards or rows.",
        needed="pictures that can be decoded one by one.",
        fix=f"write {name.removeprefix('stream:')} without stream:.",
    )


def pattern_without_files(pattern: str, missing: Sequence[str], count: int) -> Fault:
    """Report shards that a pattern names and that are not there."""
    some = ", ".join(map(in_a_list, missing[:_SHOWN]))
    more = len(missing) - _SHOWN
    rest = f" and {more:,} more" if more > 0 else ""
    return Fault(
        where=pattern,
        came=f"of {counted(count, 'shard')}, {len(missing):,} cannot be found: {some}{rest}.",
        needed="every shard that the pattern names.",
        fix="correct the numbers in the braces, or copy the missing shards.",
    )


def pattern_not_understood(pattern: str, problem: str) -> Fault:
    """Report braces that name no files."""
    return Fault(
        where=pattern,
        came=f"{problem}.",
        needed="numbers of equal length between braces, as in train-{000..099}.tar, or words, as in {train,val}.",
        fix="correct the braces.",
    )


def shard_not_read(where: str, problem: str) -> Fault:
    """Report a shard that is no whole, plain .tar."""
    return Fault(
        where=where,
        came=f"it cannot be read: {problem}.",
        needed="a whole .tar that is not compressed, for pictures are read from within it.",
        fix="copy or download it again, or unpack its compression (gunzip).",
    )


def shards_without_pictures(where: str) -> Fault:
    """Report shards in which no file is a picture by its name."""
    return Fault(
        where=where,
        came="its shards hold no picture.",
        needed="pictures, each beside a file of the same name that ends in .cls, .txt or .json, or in a folder named "
        "after its class.",
        fix="see what `tar -tf` lists.",
    )


def shards_without_classes(where: str, names: Sequence[str], count: int) -> Fault:
    """Report pictures in shards beside which nothing says what they show."""
    some = ", ".join(map(in_a_list, names[:_SHOWN]))
    return Fault(
        where=where,
        came=f"of {counted(count, 'picture')}, nothing says what {len(names):,} show: {some}.",
        needed="beside each picture a file of its name that ends in .cls or .txt, or in .json with a label; or a "
        "folder named after its class.",
        fix="write the shards with labels.",
    )


def class_without_name(where: str, number: str, count: int) -> Fault:
    """Report a number of a class for which a list of names has no line."""
    return Fault(
        where=where,
        came=f"the list has {counted(count, 'name')}, and a picture is of class {number}.",
        needed="a name for each number, from 0.",
        fix="add the missing lines, or take the list away.",
    )
