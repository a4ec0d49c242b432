"""Messages about files of sentences, and about word vectors."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from striate.errors.fault import Fault, counted, listed


def not_utf8(where: str, at: int, line: int, *, is_korean: bool) -> Fault:
    """Report a text file in another encoding."""
    guess = " It reads as CP949, which Korean Windows writes." if is_korean else ""
    return Fault(
        where=where,
        came=f"byte {at:,}, on line {line:,}, is not UTF-8.{guess}",
        needed="a text file in UTF-8.",
        fix="save it again as UTF-8; in Excel, choose the file type `CSV UTF-8`.",
    )


def columns_not_found(
    where: str, came: Sequence[str], text: Iterable[str], label: Iterable[str]
) -> Fault:
    """Report a file whose first line does not name the sentences, or their classes where these are asked for."""
    shown = ", ".join(repr(one[:30]) for one in came[:8])
    classes = tuple(label)
    also = f" and one for their classes ({listed(classes)})" if classes else ""
    chosen = "text=...,label=..." if classes else "text=..."
    return Fault(
        where=f"{where}, line 1",
        came=f"the headings are {shown}.",
        needed=f"one heading for the sentences ({listed(text)}){also}.",
        fix=f"write such headings in the first line, or choose by --columns {chosen!r}.",
    )


def two_columns_alike(where: str, role: str, came: Iterable[str]) -> Fault:
    """Report two columns that could both be meant."""
    names = [repr(one) for one in came]
    return Fault(
        where=f"{where}, line 1",
        came=f"{' and '.join(names)} could both be the {role}.",
        needed=f"one column of this kind; `{role}` is always understood.",
        fix=f"write --columns {role}=..., with the heading that is meant.",
    )


def broken_rows(where: str, problem: str, lines: Sequence[int], noun: str = "line") -> Fault:
    """Report rows that are wrong in one way, with all their lines, or with their numbers."""
    places = f"{noun} {lines[0]:,}" if len(lines) == 1 else f"{noun}s {_ranges(lines)}"
    return Fault(
        where=f"{where}, {places}",
        came=f"{problem}.",
        needed="a sentence and its class in every row.",
        fix=f"correct or remove {counted(len(lines), 'row')}.",
    )


def no_rows(where: str) -> Fault:
    """Report a file of headings alone."""
    return Fault(
        where=where,
        came="there is no row below the headings.",
        needed="at least two rows of different classes.",
        fix="check that this is the right file.",
    )


def one_class(where: str, label: str) -> Fault:
    """Report sentences that all belong to one class."""
    return Fault(
        where=where,
        came=f"every row has the class {label!r}.",
        needed="at least two classes.",
        fix="add rows of another class.",
    )


def no_rows_to_train_on(where: str, splits: Sequence[str]) -> Fault:
    """Report a file whose rows are all for something else than training."""
    return Fault(
        where=where,
        came=f"every row is marked {' or '.join(splits)}.",
        needed="rows to train on, or no such column.",
        fix="mark some rows train, or remove the column: a tenth is then kept for the test.",
    )


def several_text_files(where: str, split: str, names: Sequence[str]) -> Fault:
    """Report files of which each may be the one with the sentences of a split."""
    return Fault(
        where=where,
        came=f"{' and '.join(names)} are all called after the {split}.",
        needed="one file for each split.",
        fix="join them, or move those that are not meant out of the folder.",
    )


def column_for_pictures(heading: str) -> Fault:
    """Report a column of sentences that was chosen for a network of pictures."""
    return Fault(
        where=f"--column {heading}",
        came="the network reads pictures.",
        needed="a network that reads sentences, where a column is chosen.",
        fix="leave --column out, or choose another network.",
    )


def json_no_rows(where: str, came: str) -> Fault:
    """Report a JSON document that does not hold the rows of a table."""
    return Fault(
        where=where,
        came=f"it {came}.",
        needed='a list of objects, one a row, as [{"text": ..., "label": ...}, ...]; or one object a line.',
        fix="write it so, as pandas does by to_json(..., orient='records').",
    )


def not_vectors(where: str) -> Fault:
    """Report a file that holds no word vectors."""
    return Fault(
        where=where,
        came="its first line is neither two counts nor a word with its numbers.",
        needed="word vectors: word2vec's text or binary form, or GloVe's text form.",
        fix="check that this is the right file.",
    )


def vectors_of_other_dimensions(where: str, came: int, row: str, needed: int) -> Fault:
    """Report word vectors that a network has no place for."""
    return Fault(
        where=where,
        came=f"its vectors have {counted(came, 'number')}, and the row {row} has {needed}.",
        needed=f"vectors of {counted(needed, 'number')}.",
        fix=f"choose another file, or write {came} as the second number of the row's size and as "
        "the width of the kernels that read it.",
    )


def damaged_vectors(where: str, place: str, came: str) -> Fault:
    """Report a file of word vectors that is cut off or changed."""
    return Fault(
        where=f"{where}, {place}",
        came=f"it holds {came}.",
        needed="a word and its numbers, all finite.",
        fix="copy or download the file again.",
    )


def no_vectors_found(where: str, words: Iterable[str]) -> Fault:
    """Report word vectors of other words, or of another language."""
    return Fault(
        where=where,
        came="it holds none of the words of the training sentences.",
        needed=f"vectors for words such as {listed(repr(word) for word in words)}.",
        fix="choose a file of the language of the sentences, made from tokens like theirs.",
    )


def vectors_needed(row: str, kind: str) -> Fault:
    """Report a row whose word vectors come from a file when no file is given."""
    return Fault(
        where=f"{row}, Options",
        came=f"its vectors are {kind}, and no file of word vectors is given.",
        needed="a file of word2vec or GloVe.",
        fix="add --vectors FILE, or write vectors=random.",
    )


def vectors_without_effect(network: str) -> Fault:
    """Report a file of word vectors that no row reads."""
    return Fault(
        where="--vectors",
        came=f"no row of {network} reads word vectors from a file.",
        needed="a row of type Embedding with vectors=static or vectors=non-static.",
        fix="leave the file out, or choose a network such as text-cnn-static.",
    )


def _ranges(lines: Sequence[int]) -> str:
    """Write lines briefly: `3, 7-9`."""
    starts = [lines[0], *(new for old, new in pairwise(lines) if new != old + 1)]
    ends = [*(old for old, new in pairwise(lines) if new != old + 1), lines[-1]]
    return ", ".join(
        f"{start:,}" if start == end else f"{start:,}-{end:,}"
        for start, end in zip(starts, ends, strict=True)
    )


def texts_without_classes(where: str, texts: int, labels: int) -> Fault:
    """Report sentences and classes that do not go together."""
    return Fault(
        where=where,
        came=f"there are {counted(texts, 'sentence')}, and {counted(labels, 'label')}.",
        needed="one label for each sentence.",
        fix="check that the two lists belong together.",
    )
