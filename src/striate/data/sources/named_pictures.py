"""Pictures by what a table or a list may call them: paths, names with or without endings, numbers."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TypeVar, final

from striate.data.images.listing import Split, composed
from striate.data.images.scan import ending
from striate.data.sources.found_pictures import Found
from striate.data.sources.split_names import split_name


_Key = TypeVar("_Key")


@final
class NamedPictures:
    """Pictures by what a cell may call them.

    Args:
        found: All pictures.
        place: Folder of the table below the root.
        split: What the table is for, if its name tells.
    """

    def __init__(self, found: Found, place: str, split: Split | None) -> None:
        self.sure: dict[str, int | None] = {}
        self.likely: dict[str, int | None] = {}
        self.numbered: dict[int, int | None] = {}
        chosen = self._chosen(found.names, place, split)
        self.count = len(chosen)
        above = f"{place}/" if place else ""
        for picture in chosen:
            path = found.names[picture]
            last = path.rpartition("/")[2]
            stem = last[: len(last) - len(ending(last))]
            self._add(self.sure, last, picture)
            self._add(self.likely, stem, picture)
            if stem.isascii() and stem.isdecimal():
                self._add(self.numbered, int(stem), picture)
        # Last, so that a path is never hidden by a name.
        for picture in chosen:
            path = found.names[picture]
            for name in {path, path.removeprefix(above)}:
                self.sure[name] = picture
                if "/" in name:
                    self.likely[name[: len(name) - len(ending(name.rpartition("/")[2]))]] = picture

    @cached_property
    def folded(self) -> Mapping[str, int | None]:
        """Pictures by their names in small letters; made once a cell is met that is written otherwise."""
        folded: dict[str, int | None] = {}
        for names in (self.sure, self.likely):
            for name, number in names.items():
                key = name.casefold()
                folded[key] = number if folded.get(key, number) == number else None
        return folded

    def find(self, cell: str, prefix: str = "") -> tuple[int, int] | None:
        """Return the picture that a cell names, and how surely."""
        key = self._key(cell, prefix)
        for sureness, names in ((2, self.sure), (1, self.likely)):
            picture = names.get(key)
            if picture is not None:
                return picture, sureness
        # Where small and capital letters are one, as on Windows, tables are written in either.
        picture = self.folded.get(key.casefold())
        if picture is not None:
            return picture, 1
        # A program that takes names for numbers writes 7 for 0007.
        whole = key.removesuffix(".0")
        number = self.numbered.get(int(whole)) if whole.isascii() and whole.isdecimal() else None
        return None if number is None else (number, 0)

    def is_recased(self, cell: str, prefix: str) -> bool:
        """Whether a cell names a picture in other small and capital letters than its own."""
        key = self._key(cell, prefix)
        is_as_written = (self.sure.get(key), self.likely.get(key)) != (None, None)
        return not is_as_written and self.folded.get(key.casefold()) is not None

    @staticmethod
    def _key(cell: str, prefix: str) -> str:
        key = composed(cell.strip().replace("\\", "/").removeprefix("./"))
        return key.removeprefix(prefix)

    @staticmethod
    def _chosen(names: Sequence[str], place: str, split: Split | None) -> Sequence[int]:
        """Return the pictures beside a table, or in the folder of its split; all where there are none."""
        for is_meant in (
            lambda name: bool(place) and name.startswith(f"{place}/"),
            lambda name: split is not None and _split_of(name) == split,
        ):
            chosen = [at for at, name in enumerate(names) if is_meant(name)]
            if chosen:
                return chosen
        return range(len(names))

    @staticmethod
    def _add(names: dict[_Key, int | None], name: _Key, picture: int) -> None:
        names[name] = None if name in names else picture


def _split_of(name: str) -> Split | None:
    top, mark, _ = name.partition("/")
    found = split_name(top) if mark else None
    return found.split if found else None
