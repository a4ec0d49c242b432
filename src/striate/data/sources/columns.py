"""Which columns of a table hold the pictures, their classes and their splits: told by what is in them."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final, Literal, final, get_args

from striate.data.images.listing import SKIP, Split
from striate.data.sources.several_classes import cell_of_several
from striate.data.sources.split_names import plain_split
from striate.errors import DataError
from striate.errors.datasets import options_not_taken, share_not_understood
from striate.errors.label_tables import (
    column_not_there,
    labels_are_lists,
    labels_unlike_classes,
    no_label_column,
    option_not_understood,
    several_classes_a_row,
    several_file_columns,
    several_label_columns,
)


Role = Literal["file", "label", "split", "text", "names", "skip"]
ROLES: tuple[Role, ...] = ("file", "label", "split", "text")

_MARK = "::"

Given = Mapping[str, str]
"""Headings that a user chose, by role."""

# Headings, written small and with `_` between words.
_FILE = frozenset(
    [
        "file",
        "files",
        "filename",
        "filenames",
        "file_name",
        "filepath",
        "file_path",
        "filepaths",
        "path",
        "paths",
        "image",
        "images",
        "image_path",
        "image_paths",
        "image_name",
        "image_file",
        "img",
        "img_path",
        "img_name",
        "img_file",
        "picture",
        "photo",
        "파일",
        "파일명",
        "이미지",
        "사진",
        "경로",
    ]
)
_NUMBER = frozenset(["id", "image_id", "img_id", "picture_id", "photo_id", "index"])
_LABEL = frozenset(
    [
        "label",
        "labels",
        "class",
        "classes",
        "class_name",
        "class_id",
        "class_label",
        "label_name",
        "category",
        "category_name",
        "category_id",
        "target",
        "y",
        "breed",
        "species",
        "dx",
        "diagnosis",
        "disease",
        "sentiment",
        "emotion",
        "variety",
        "tag",
        "choice",
        "klasse",
        "kategorie",
        "标签",
        "標籤",
        "类别",
        "類別",
        "ラベル",
        "クラス",
        "라벨",
        "레이블",
        "분류",
        "클래스",
        "종류",
        "품종",
        "감정",
        "범주",
    ]
)
# Sentences: by the first words, or where none of them is there, by the others.
TEXT = (
    *("text", "sentence", "review", "document", "comment", "content"),
    *("문장", "내용", "글", "텍스트", "리뷰", "본문", "댓글"),
)
_TEXTS = (*TEXT, *(f"{word}s" for word in TEXT if word.isascii()))
_ALSO_TEXT = (
    *("body", "message", "tweet", "post", "title", "headline", "question", "utterance", "phrase"),
    *("review_text", "comment_text", "제목", "질문", "메시지", "발화"),
)
_SPLIT = frozenset(
    [
        "split",
        "set",
        "subset",
        "part",
        "partition",
        "data_set",
        "dataset",
        "usage",
        "phase",
        "fold_name",
        "구분",
        "분할",
    ]
)
# Columns of yes and no, and the split of the rows with yes.
_FLAGS: Final[Mapping[str, Split]] = {
    "is_train": "train",
    "is_training": "train",
    "is_training_image": "train",
    "is_valid": "validation",
    "is_validation": "validation",
    "is_val": "validation",
    "is_test": "test",
}
_YES, _NO = (
    frozenset(["1", "1.0", "true", "yes", "y", "t"]),
    frozenset(("0", "0.0", "-1", "-1.0", "false", "no", "n", "f", "")),
)

# Of the rows below a heading, the share that has to name pictures; and of those, different ones.
_MOST, _DISTINCT = 0.5, 0.9
_SURE = 2
# Times as many letters as below a heading such as `title` are those of another text.
_LONGER = 1.5
# A list of one class, as programs write lists into a cell.
_LIST_OF_ONE = re.compile(r"""[\[({]\s*(?P<quote>["']?)(?P<label>[^"',]+)(?P=quote)\s*[\])}]""")
_ONE_HOT_ROWS = 0.95
_ENOUGH_ROWS = 10
# Fewer rows than these may each be of a class of its own.
_ROWS_WITHOUT_DOUBT = 4
# Values of a column above which numbers are doubted, and rows that each class then has at least.
_FEW, _ROWS_OF_A_CLASS = 10, 3
# Beside each other these are places, and neither is a class.
_COORDINATES = frozenset(["x", "y"])


def heading_of(cell: str) -> str:
    """Return a heading in small letters, with `_` between words and without quotes around it.

    Examples:
        >>> heading_of("Class Index"), heading_of("ClassId"), heading_of('"text"')
        ('class_index', 'class_id', 'text')
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", cell.strip().strip('"')).casefold()
    return "_".join(words.replace("-", " ").split())


def known_headings(cells: Sequence[str]) -> int:
    """Count the roles of a table of sentences that some cells are headings of."""
    headings = set(map(heading_of, cells))
    return sum(bool(headings & set(words)) for words in ((*_TEXTS, *_ALSO_TEXT), _LABEL, _SPLIT))


@final
@dataclass(frozen=True, slots=True)
class Heading:
    """What a table is made of.

    Args:
        where: The table, in messages.
        names: Its headings as they are written.
        rows: Cells of the rows below them, each as long as the headings.
    """

    where: str
    names: Sequence[str]
    rows: Sequence[Sequence[str]]

    def column(self, at: int) -> list[str]:
        """Return the cells below a heading."""
        return [row[at] for row in self.rows]

    def known(self, words: frozenset[str]) -> list[int]:
        """Return the columns whose heading is one of some words."""
        return [at for at, name in enumerate(self.names) if heading_of(name) in words]

    def chosen(self, given: Given, role: Role) -> int | None:
        """Return the column that the user chose.

        Raises:
            DataError: There is no such heading.
        """
        if role not in given:
            return None
        wanted = heading_of(given[role])
        found = [at for at, name in enumerate(self.names) if heading_of(name) == wanted]
        if len(found) != 1:
            raise DataError(column_not_there(self.where, role, given[role], self.names))
        return found[0]


@final
@dataclass(frozen=True, slots=True)
class Choice:
    """The column of the classes, or those of a table with a column for each class.

    Args:
        columns: One column; or one for each class, of 1 in the rows of the class and 0 elsewhere.
        is_one_hot: Whether it is the latter.
        are_lists: Whether each cell of the column is a list of one class.
    """

    columns: tuple[int, ...]
    is_one_hot: bool = False
    are_lists: bool = False

    def label(self, heading: Heading, cells: Sequence[str]) -> str:
        """Return the class of a row; nothing where it has none, or several of columns of 0 and 1."""
        if not self.is_one_hot:
            cell = cells[self.columns[0]]
            one = _LIST_OF_ONE.fullmatch(cell) if self.are_lists else None
            return one["label"].strip() if one else cell
        meant = [heading.names[column] for column in self.columns if is_yes(cells[column])]
        return meant[0] if len(meant) == 1 else ""

    def said(self, heading: Heading) -> str:
        """Return in words where the classes were read."""
        if self.is_one_hot:
            return f"classes from {len(self.columns)} columns of 0 and 1"
        return f"classes from {heading.names[self.columns[0]]!r}"


@final
@dataclass(frozen=True, slots=True)
class SplitColumn:
    """The column that says what a row is for.

    Args:
        column: Which one.
        yes_means: What 1, or yes, means in it; None where it holds names of splits.
    """

    column: int
    yes_means: Split | None = None

    def split(self, cells: Sequence[str]) -> Split | None:
        """Return what a row is for; None where its cell means no split."""
        cell = cells[self.column]
        if self.yes_means is None:
            return plain_split(cell)
        other: Split = "test" if self.yes_means == "train" else "train"
        return self.yes_means if is_yes(cell) else other


def parse_columns(text: str, alone: Role | None = None) -> dict[str, str]:
    """Read `file=picture name, label=breed`.

    Args:
        text: What a user wrote.
        alone: Role of a heading that is written alone, without a role before it.

    Raises:
        DataError: It has another form.
    """
    if alone is not None and "=" not in text and text.strip():
        return {alone: text.strip()}
    given: dict[str, str] = {}
    for part in text.split(","):
        role, mark, name = (word.strip() for word in part.partition("="))
        if not mark or role not in get_args(Role) or not name or role in given:
            raise DataError(option_not_understood(text, ROLES))
        given[role] = name
    return given


def part_options(name: str) -> tuple[str, dict[str, str]]:
    """Part what a user wrote as data into its name and the columns that were chosen in it.

    Raises:
        DataError: What stands behind `::` has another form.

    Examples:
        >>> part_options("pictures::file=name, label=breed")
        ('pictures', {'file': 'name', 'label': 'breed'})
    """
    name, mark, options = name.partition(_MARK)
    return name, parse_columns(options) if mark else {}


def refuse_untaken(where: str, given: Given, *taken: Role) -> None:
    """Name what was chosen for data that have none of it to choose.

    Args:
        where: The data, in messages.
        given: What the user chose.
        taken: What these data are read by.

    Raises:
        DataError: There is some.
    """
    untaken = [role for role in given if role not in taken]
    if untaken:
        flags = [f"--{role}" if role in {"names", "skip"} else "--columns" for role in untaken]
        raise DataError(options_not_taken(where, list(dict.fromkeys(flags))))


def share_to_skip(given: Given) -> float:
    """Return the share of pictures that may be left out, as the user chose it or as it usually is.

    Raises:
        DataError: It is no share.
    """
    try:
        share = float(given.get("skip", SKIP))
    except ValueError:
        share = math.nan
    if not 0 <= share <= 1:
        raise DataError(share_not_understood(given["skip"]))
    return share


def with_options(name: str, columns: str | None, names: str | None, skip: str | None) -> str:
    """Write what a user chose behind the name of the data, where `part_options` finds it."""
    chosen = [columns, f"names={names}" if names else None, f"skip={skip}" if skip else None]
    options = ",".join(option for option in chosen if option)
    return f"{name}{_MARK}{options}" if options else name


# Tells for a cell which picture it names, and how surely: by a name with its ending (2) or without (1).
Lookup = Callable[[str], tuple[int, int] | None]


def choose_file(heading: Heading, lookup: Lookup, pictures: int, given: Given) -> int | None:
    """Return the column whose cells name pictures; None where there is none.

    Args:
        heading: The table.
        lookup: Finds a picture.
        pictures: How many there are. Numbers that happen to be names of a few are no names of files.
        given: What the user chose.

    Raises:
        DataError: Two columns do, and name others.
    """
    chosen = heading.chosen(given, "file")
    if chosen is not None:
        return chosen
    found: dict[int, list[int | None]] = {}
    sureness_of: dict[int, int] = {}
    by_heading = heading.known(_FILE | _NUMBER)
    for at in range(len(heading.names)):
        named = [lookup(cell) for cell in heading.column(at)]
        hits = [one for one in named if one is not None]
        different = {picture for picture, _ in hits}
        if hits and len(hits) >= _MOST * len(named) and len(different) >= _DISTINCT * len(hits):
            sure = sorted(sureness for _, sureness in hits)[len(hits) // 2]
            if sure == _SURE or at in by_heading or 2 * len(different) >= pictures:
                found[at] = [one and one[0] for one in named]
                sureness_of[at] = sure
    best = [at for at in found if sureness_of[at] == max(sureness_of.values())]
    if all(found[at] == found[best[0]] for at in best):
        known = [at for at in best if at in heading.known(_FILE)]
        return (known or best or _by_heading(heading) or [None])[0]
    for words in (_FILE, _FILE | _NUMBER):
        known = [at for at in best if at in heading.known(words)]
        labels = heading.known(_LABEL)
        if len(known) == 1 and (
            words is _FILE or all(at in labels for at in best if at not in known)
        ):
            return known[0]
    raise DataError(several_file_columns(heading.where, [heading.names[at] for at in best]))


def _by_heading(heading: Heading) -> list[int | None]:
    """Return the columns that by their heading name files, where no cell does."""
    return [*heading.known(_FILE), *heading.known(_NUMBER)] if heading.known(_LABEL) else []


def choose_text(heading: Heading, given: Given) -> list[int]:
    """Return the columns that may hold the sentences: one, or several that are called alike; or none."""
    chosen = heading.chosen(given, "text")
    if chosen is not None:
        return [chosen]
    known = heading.known(frozenset(TEXT)) or heading.known(frozenset(_TEXTS))
    if known or not heading.rows:
        return known or heading.known(frozenset(_ALSO_TEXT))
    # A title may stand beside what it is the title of.
    likely = heading.known(frozenset(_ALSO_TEXT))
    letters = [sum(map(len, heading.column(at))) for at in range(len(heading.names))]
    longest = max((letters[at] for at in likely), default=0)
    longer = [at for at, count in enumerate(letters) if count > _LONGER * longest and likely]
    return [*likely, *(at for at in longer if at not in likely)]


def choose_split(heading: Heading, given: Given, taken: int | None) -> SplitColumn | None:
    """Return the column that says what each row is for.

    A column called as one whose cells are no splits is none, unless it is called `split`; an empty one is none.

    Raises:
        DataError: There is no heading as it is given.
    """
    chosen = heading.chosen(given, "split")
    if chosen is not None:
        return SplitColumn(chosen)
    for at in heading.known(_SPLIT):
        cells = [cell for cell in heading.column(at) if cell]
        meant = sum(plain_split(cell) is not None for cell in cells)
        is_called_so = heading_of(heading.names[at]) == "split"
        if at != taken and cells and (2 * meant > len(cells) or is_called_so):
            return SplitColumn(at)
    for at, name in enumerate(heading.names):
        meaning = _FLAGS.get(heading_of(name))
        if meaning is not None and at != taken and _is_indicator(heading.column(at)):
            return SplitColumn(at, meaning)
    return None


def is_yes(cell: str) -> bool:
    """Whether a cell of a column of yes and no says yes."""
    return cell.casefold() in _YES


def choose_label(heading: Heading, given: Given, taken: Sequence[int | None]) -> Choice:
    """Return where the classes stand.

    Args:
        heading: The table.
        given: What the user chose.
        taken: Columns that hold something else.

    Raises:
        DataError: It cannot be told; what is there and what is missing is named.
    """
    chosen = heading.chosen(given, "label")
    if chosen is not None:
        return Choice((chosen,), are_lists=_are_lists_of_one(heading, chosen))
    choice = _choose_label(heading, taken)
    if choice.is_one_hot:
        return choice
    filled = [cell for cell in map(str.strip, heading.column(choice.columns[0])) if cell]
    name = heading.names[choice.columns[0]]
    several = cell_of_several(heading_of(name), filled)
    if several is not None:
        raise DataError(labels_are_lists(heading.where, name, several))
    return replace(choice, are_lists=_are_lists_of_one(heading, choice.columns[0]))


def _are_lists_of_one(heading: Heading, column: int) -> bool:
    filled = [cell for cell in map(str.strip, heading.column(column)) if cell]
    return bool(filled) and all(map(_LIST_OF_ONE.fullmatch, filled))


def _choose_label(heading: Heading, taken: Sequence[int | None]) -> Choice:
    """Return the column that is called as one of classes, or columns of 0 and 1, or the only one that can be it."""
    others = [at for at in range(len(heading.names)) if at not in taken]
    headings = set(map(heading_of, heading.names))
    words = _LABEL - _COORDINATES if headings >= _COORDINATES else _LABEL
    known = [column for column in heading.known(words) if column in others]
    if known:
        label = _of_one_meaning(heading, known)
        _refuse_measures(heading, label, are_measures(heading.column(label)))
        return Choice((label,))
    one_hot = [at for at in others if _is_indicator(heading.column(at))]
    if len(one_hot) > 1 and _are_one_hot(heading, one_hot):
        return Choice(tuple(one_hot), is_one_hot=True)
    likely = [at for at in others if may_be_classes(heading.column(at))]
    by_word = [at for at in likely if words & set(heading_of(heading.names[at]).split("_"))]
    if by_word:
        return Choice((_of_one_meaning(heading, by_word),))
    if len(likely) > 1 and set(likely) <= set(one_hot):
        raise DataError(several_classes_a_row(heading.where, [heading.names[at] for at in likely]))
    others = [at for at in others if at not in heading.known(_SPLIT)]
    if len(others) != 1:
        raise DataError(
            no_label_column(heading.where, heading.names, [heading.names[at] for at in likely])
        )
    (only,) = others
    _refuse_measures(heading, only, _may_be_measures(heading.column(only)))
    return Choice((only,))


def may_be_classes(cells: Sequence[str]) -> bool:
    """Whether a column has several values, and most of them in several rows."""
    filled = [cell for cell in cells if cell]
    return 1 < len(set(filled)) <= len(filled) / 2 and not _may_be_measures(filled)


def are_measures(cells: Sequence[str]) -> bool:
    """Whether the cells of a column of classes are numbers of which nearly every row has its own."""
    filled = [cell for cell in cells if cell]
    if len(filled) < _ENOUGH_ROWS or not all(map(_is_number, filled)):
        return False
    distinct = len(set(filled))
    return 2 * distinct > len(filled) or (distinct > _FEW and any(map(_is_fraction, filled)))


def _may_be_measures(cells: Sequence[str]) -> bool:
    """Whether a column whose heading does not say what it holds is doubtful as one of classes."""
    filled = [cell for cell in cells if cell]
    distinct = len(set(filled))
    if any(map(_is_fraction, filled)):
        return True
    if len(filled) >= _ENOUGH_ROWS and 2 * distinct > len(filled):
        return True
    if len(filled) >= _ROWS_WITHOUT_DOUBT and distinct == len(filled):
        return True
    # Numbers of classes begin at 0 or 1, and each is there several times; ages and places do not.
    if distinct <= _FEW or not all(map(_is_number, filled)):
        return False
    begins = min(map(float, filled)) in {0, 1}
    return not begins or distinct * _ROWS_OF_A_CLASS > len(filled)


def _refuse_measures(heading: Heading, column: int, are_meant: bool) -> None:  # noqa: FBT001 - the question
    if are_meant:
        cells = [cell for cell in heading.column(column) if cell]
        raise DataError(
            labels_unlike_classes(
                heading.where, heading.names[column], len(set(cells)), len(heading.rows)
            )
        )


def _of_one_meaning(heading: Heading, known: Sequence[int]) -> int:
    """Return the column of names, of several that say the same."""
    columns = {at: heading.column(at) for at in known}
    for one, other in combinations(known, 2):
        pairs = set(zip(columns[one], columns[other], strict=True))
        if len(pairs) != len(set(columns[one])) or len(pairs) != len(set(columns[other])):
            raise DataError(
                several_label_columns(heading.where, [heading.names[at] for at in known])
            )
    return min(known, key=lambda at: all(map(_is_number, columns[at])))


def _is_indicator(cells: Sequence[str]) -> bool:
    return {cell.casefold() for cell in cells} <= _YES | _NO


def _are_one_hot(heading: Heading, columns: Sequence[int]) -> bool:
    sums = [sum(is_yes(row[at]) for at in columns) for row in heading.rows]
    return sums.count(1) >= _ONE_HOT_ROWS * len(sums)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _is_fraction(cell: str) -> bool:
    return _is_number(cell) and not float(cell).is_integer()
