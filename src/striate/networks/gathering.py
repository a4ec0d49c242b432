"""Every network of many documents at once: shipped ones, files, and folders of files."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import final

from striate.documents import ENDINGS, Document
from striate.errors import DocumentError, Fault, NoNetworkError
from striate.errors.documents import folder_without_network
from striate.networks import STANDARD_INPUT, load_networks, network_names
from striate.shapes import Shape


_FOREIGN = {"__pycache__", "node_modules", "site-packages"}
"""Folders of programs that others wrote; those whose names begin with a dot are passed over, too."""
_OF_PYTHON = "pyvenv.cfg"
"""The file by which a virtual environment is known."""


@final
@dataclass(slots=True)
class Gathered:
    """What was found in many places.

    Args:
        networks: All networks, in the order of the places, then of their paths.
        faults: (place, fault) of what could not be read, or was named and holds no network.
        without: Paths of files that hold no network and were passed over.
        unopened: How many files of a folder were not opened, by their endings.
        is_many: Whether more was asked for than one document.
    """

    networks: list[Document] = field(default_factory=list)
    faults: list[tuple[str, Fault]] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    unopened: Counter[str] = field(default_factory=Counter)
    is_many: bool = False


def gather(
    places: Sequence[str], given: Shape | None = None, *, skips_others: bool = False
) -> Gathered:
    """Load the networks of all places.

    Args:
        places: Shipped names, files, `FILE#NAME`, or folders, which are searched with all below them.
        given: What comes in, for tables that do not say it.
        skips_others: Whether files that are named are passed over as those of folders are, if they
            hold no network.

    Returns:
        The networks, and what was not read. Nothing is raised for what a place holds.
    """
    found = Gathered(is_many=len(places) > 1)
    for place in places:
        if place not in network_names() and Path(place).is_dir():
            found.is_many = True
            _gather_folder(place, found, given, skips_others=skips_others)
        else:
            _gather_file(place, found, given, skips_others=skips_others)
    return found


def _gather_folder(place: str, found: Gathered, given: Shape | None, *, skips_others: bool) -> None:
    networks, faults, files = len(found.networks), len(found.faults), 0
    for path in files_of(Path(place)):
        if path.suffix.casefold() in ENDINGS:
            files += 1
            _gather_file(str(path), found, given, skips_others=True)
        else:
            found.unopened[path.suffix.casefold() or path.name] += 1
    is_empty = networks == len(found.networks) and faults == len(found.faults)
    if is_empty and not skips_others:
        found.faults.append((place, folder_without_network(place, files)))


def _gather_file(place: str, found: Gathered, given: Shape | None, *, skips_others: bool) -> None:
    try:
        found.networks += load_networks(place, given)
    except NoNetworkError as error:
        if skips_others:
            found.without.append(place)
        else:
            found.faults += [(place, _placed(fault, place)) for fault in error.faults]
    except DocumentError as error:
        found.faults += [(place, _placed(fault, place)) for fault in error.faults]


def _placed(fault: Fault, place: str) -> Fault:
    """Have a fault name the document, too, in which it is one among others."""
    file = place.partition("#")[0]
    file = STANDARD_INPUT if file == "-" else file
    return fault if file in fault.where else replace(fault, where=f"{file}, {fault.where}")


def files_of(folder: Path) -> Iterator[Path]:
    """Walk through a folder and those below it, in the order of their names.

    What begins with a dot is passed over, and what belongs to other programs: virtual environments,
    `node_modules`. Links to folders are not followed.
    """
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _FOREIGN
            and not Path(here, name, _OF_PYTHON).exists()
        )
        yield from (Path(here, name) for name in sorted(names) if not name.startswith("."))
