"""From Markdown to an experiment, with every fault of the document at once."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import final

import yaml

from striate.documents import Document, read_networks
from striate.documents.markdown import split
from striate.documents.parts import Grid, Parts
from striate.errors import DocumentError, Fault, NoNetworkError
from striate.errors.experiments import (
    budget_not_understood,
    edit_incomplete,
    edit_repeated,
    experiment_unreadable,
    field_missing,
    field_not_understood,
    heading_missing,
    heading_not_known,
    no_front_matter,
    no_such_experiment,
    no_variants,
    nothing_compared,
    several_tables,
    unknown_variant,
)
from striate.errors.fault import listed
from striate.errors.recipes import not_yaml, repeated_field, unknown_field
from striate.experiments.experiment import (
    DIRECTIONS,
    Budget,
    Comparison,
    Direction,
    Edit,
    Experiment,
    Margin,
    Variant,
    read_margin,
)
from striate.experiments.measures.kinds import read_measure


FIELDS = (
    *("name", "number", "claim", "notes", "source", "network", "data", "input", "text", "recipe"),
    *("about", "measure", "direction", "margin", "quick", "full", "found"),
)
_ABOUT = ("network", "data")
_OF_NETWORKS = {"data", "input", "text"}
_BUDGET = tuple(item.name for item in fields(Budget))

VARIANT_HEADINGS = ("Variant", "Row", "Column", "Value")
COMPARISON_HEADINGS = ("Compared", "With", "Measure", "With measure", "Direction", "Margin")
_KOREAN = {
    "변형": "Variant",
    "행": "Row",
    "열": "Column",
    "값": "Value",
    "비교 대상": "Compared",
    "비교 기준": "With",
    "측정": "Measure",
    "기준의 측정": "With measure",
    "방향": "Direction",
    "여유": "Margin",
}
_EMPTY = {"", "-", "–", "—"}

BEGIN = "<!-- found: written by striate experiment --record -->"
END = "<!-- end of found -->"
"""Around what `--record` writes below the front matter."""

_FOLDER = Path(__file__).parent


def experiment_names() -> tuple[str, ...]:
    """Name the shipped experiments, in the order of the notes' claims."""
    numbered = (
        (_number_in(path.read_text(encoding="utf-8")), path.stem) for path in _FOLDER.glob("*.md")
    )
    return tuple(name for _, name in sorted(numbered))


def _number_in(text: str) -> int:
    found = re.search(r"^number: *(\d+)", text, re.MULTILINE)
    return int(found[1]) if found else 0


def experiment_file(where: str) -> Path:
    """Return the document of a shipped experiment, or the path that was given.

    Raises:
        DocumentError: It is neither a name nor a file.
    """
    names = experiment_names()
    if where in names:
        return _FOLDER / f"{where}.md"
    path = Path(where)
    if not path.is_file():
        raise DocumentError(no_such_experiment(where, names))
    return path


def load_experiment(where: str | Path) -> Experiment:
    """Load an experiment.

    Args:
        where: A shipped name, or the path of a Markdown file.

    Raises:
        DocumentError: It is neither, or the document has faults; all of them are named.
    """
    path = experiment_file(str(where))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        problem = error.strerror or str(error)
        raise DocumentError(experiment_unreadable(str(where), problem)) from error
    except UnicodeDecodeError as error:
        problem = f"byte {error.start} is not UTF-8"
        raise DocumentError(experiment_unreadable(str(where), problem)) from error
    return read_experiment(text, str(where))


def read_experiment(text: str, where: str) -> Experiment:
    """Read an experiment.

    Args:
        text: Its Markdown.
        where: Its path or name, for messages.

    Raises:
        DocumentError: It has faults; all of them are named, in the order of their lines.
    """
    return _Reader(text, where).read()


Entry = tuple[yaml.Node, int]


@final
class _Reader:
    """Reads one document and gathers its faults."""

    def __init__(self, text: str, where: str) -> None:
        self.text, self.where = text, where
        self.parts: Parts = split(text)
        self.faults: list[Fault] = []
        self.entries: dict[str, Entry] = {}

    def read(self) -> Experiment:
        front = self.parts.front_matter
        if front is None or not front.is_closed:
            raise DocumentError(no_front_matter(self.where, ("name", "claim", "measure")))
        self.entries = self._mapping("the front matter", self._root(front.text), FIELDS)
        variants, comparisons = self._grid("Variant"), self._grid("Compared")
        claim, korean = self._claim()
        measure = self._words("measure")
        default = (measure, self._direction("direction"), self._margin("margin"))
        named = self._variants(variants)
        compared = self._comparisons(comparisons, named, default)
        network = self._words("network")
        networks = self._networks()
        if not network and not networks and not any(_brings_network(one) for one in named):
            self.faults.append(field_missing("network", "network: lenet5"))
        experiment = Experiment(
            name=self._words("name") or Path(self.where).stem,
            claim=claim,
            korean=korean,
            variants=named,
            comparisons=compared,
            title=self.parts.title,
            number=self._whole("number"),
            notes=self._words("notes"),
            source=self._words("source"),
            network=network,
            networks=networks,
            fields=self._pairs("recipe"),
            data=self._words("data"),
            about=self._about(),
            usual=default,
            quick=self._budget("quick", Budget()),
            full=self._budget("full", Budget(seeds=10)),
            found=self._pairs("found"),
            body=self.parts.body,
            where=self.where,
        )
        if self.faults:
            raise DocumentError(*sorted(self.faults, key=lambda fault: fault.line or 0))
        return experiment

    # ---- front matter

    def _root(self, text: str) -> yaml.Node | None:
        try:
            return yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            at = error.problem_mark.line if error.problem_mark else 0
            raise DocumentError(not_yaml(error.problem or "it is no YAML", at + 2)) from error
        except (yaml.YAMLError, RecursionError) as error:
            raise DocumentError(not_yaml(str(error).splitlines()[0], 2)) from error

    def _mapping(
        self, of: str, node: yaml.Node | None, names: Sequence[str] | None
    ) -> dict[str, Entry]:
        """Return the fields of a mapping with their lines; those of no name among `names` are faults."""
        if not isinstance(node, yaml.MappingNode):
            line = 2 if node is None else node.start_mark.line + 2
            self.faults.append(field_not_understood(of, "", "fields, each on a line", line))
            return {}
        entries: dict[str, Entry] = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 2
            if names is not None and name not in names:
                self.faults.append(replace(unknown_field(of, name, names), line=line))
            elif name in entries:
                self.faults.append(replace(repeated_field(of, name), line=line))
            else:
                entries[name] = (value, line)
        return entries

    def _words(self, name: str) -> str:
        if name not in self.entries:
            return ""
        node, line = self.entries[name]
        if isinstance(node, yaml.ScalarNode):
            return " ".join(str(node.value).split())
        self.faults.append(field_not_understood(name, "several values", "one text", line))
        return ""

    def _pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        if name not in self.entries:
            return ()
        node, line = self.entries[name]
        found = self._mapping(name, node, None)
        for key, (value, _) in found.items():
            if not isinstance(value, yaml.ScalarNode):
                self.faults.append(field_not_understood(key, "several values", "one value", line))
        return tuple((key, str(value.value)) for key, (value, _) in found.items())

    def _claim(self) -> tuple[str, str]:
        """Return the claim in English and in Korean."""
        if "claim" not in self.entries:
            self.faults.append(field_missing("claim", "claim: Pooling cuts computation."))
            return "", ""
        if isinstance(self.entries["claim"][0], yaml.ScalarNode):
            return self._words("claim"), ""
        told = self._mapping("claim", self.entries["claim"][0], ("en", "ko"))
        said = {key: " ".join(str(value.value).split()) for key, (value, _) in told.items()}
        return said.get("en", said.get("ko", "")), said.get("ko", "")

    def _about(self) -> tuple[str, ...]:
        words = self._words("about")
        named = tuple(part.strip() for part in words.split(",")) if words else ()
        if set(named) <= set(_ABOUT):
            return named
        needed = "network, data, or both with a comma"
        self.faults.append(field_not_understood("about", words, needed, self.entries["about"][1]))
        return ()

    def _whole(self, name: str) -> int:
        words = self._words(name)
        if words.isdecimal() or not words:
            return int(words or 0)
        self.faults.append(
            field_not_understood(name, words, "a whole number", self.entries[name][1])
        )
        return 0

    def _budget(self, name: str, usual: Budget) -> Budget:
        if name not in self.entries:
            return usual
        given: dict[str, int] = {}
        for key, (node, line) in self._mapping(name, self.entries[name][0], _BUDGET).items():
            came = str(node.value)
            least = 1 if key in {"seeds", "rates"} else 0
            if came.isdecimal() and int(came) >= least:
                given[key] = int(came)
            else:
                self.faults.append(budget_not_understood(name, key, came, line))
        return replace(usual, **given)

    def _direction(self, name: str) -> Direction:
        return self._as_direction(self._words(name), self.entries.get(name, (None, None))[1])

    def _as_direction(self, words: str, line: int | None) -> Direction:
        for direction in DIRECTIONS:
            if words.casefold() == direction:
                return direction
        if words:
            self.faults.append(field_not_understood("direction", words, listed(DIRECTIONS), line))
        return "lower"

    def _margin(self, name: str) -> Margin:
        return self._as_margin(self._words(name), self.entries.get(name, (None, None))[1])

    def _as_margin(self, words: str, line: int | None) -> Margin:
        margin = read_margin(words) if words else Margin()
        if margin is None:
            needed = "a number from 0, a share such as 1 %, or a factor from 1 such as x2"
            self.faults.append(field_not_understood("margin", words, needed, line))
        return margin or Margin()

    # ---- tables

    def _grid(self, first: str) -> Grid | None:
        found = [grid for grid in self.parts.grids if _titles(grid)[:1] == [first]]
        if len(found) > 1:
            self.faults.append(several_tables(first, found[1].line))
        return found[0] if found else None

    def _lines(
        self, grid: Grid, headings: Sequence[str], needed: Sequence[str]
    ) -> Iterator[tuple[int, Mapping[str, str]]]:
        """Give the lines of a table as cells by their headings; empty cells are left out."""
        titles = _titles(grid)
        for heading in needed:
            if heading not in titles:
                self.faults.append(heading_missing(heading, headings, grid.line))
        for title in titles:
            if title not in headings:
                self.faults.append(heading_not_known(title, headings, grid.line))
        for line, cells in grid.lines:
            told = zip(titles, cells, strict=False)
            yield line, {title: _plain(cell) for title, cell in told if _plain(cell) not in _EMPTY}

    def _variants(self, grid: Grid | None) -> tuple[Variant, ...]:
        if grid is None:
            self.faults.append(no_variants(self.where))
            return ()
        found: dict[str, Variant] = {}
        for line, cells in self._lines(grid, VARIANT_HEADINGS, VARIANT_HEADINGS):
            name = cells.get("Variant", "")
            if not name:
                self.faults.append(edit_incomplete("-", "name of a variant", line))
                continue
            variant = found.setdefault(name, Variant(name, line=line))
            if len(cells) == 1:
                continue
            missing = [title for title in ("Row", "Value") if title not in cells]
            self.faults += [edit_incomplete(name, title.casefold(), line) for title in missing]
            if missing:
                continue
            edit = Edit(cells["Row"], cells.get("Column", ""), cells["Value"], line)
            if any((one.row, one.column) == (edit.row, edit.column) for one in variant.edits):
                self.faults.append(edit_repeated(name, edit.row, edit.column, line))
            found[name] = replace(variant, edits=(*variant.edits, edit))
        return tuple(found.values())

    def _comparisons(
        self,
        grid: Grid | None,
        variants: Sequence[Variant],
        default: tuple[str, Direction, Margin],
    ) -> tuple[Comparison, ...]:
        measure, direction, margin = default
        names = [variant.name for variant in variants]
        if measure:
            measure = self._as_measure(measure, self.entries["measure"][1])
        if grid is None:
            if "measure" not in self.entries:
                self.faults.append(field_missing("measure", "measure: error on test"))
            elif len(variants) == 1:
                self.faults.append(nothing_compared(self.where))
            return tuple(
                Comparison(name, names[0], measure, measure, direction, margin)
                for name in names[1:]
            )
        found = []
        for line, cells in self._lines(grid, COMPARISON_HEADINGS, ("Compared", "With")):
            compared, other = cells.get("Compared", ""), cells.get("With", "")
            number = _number(other)
            known = [compared] if number is not None else [compared, other]
            unknown = [name for name in known if name not in names]
            self.faults += [unknown_variant(name, names, line) for name in unknown]
            asked = cells.get("Measure")
            asked = measure if asked is None else self._as_measure(asked, line)
            if not asked and "Measure" not in cells and "measure" not in self.entries:
                self.faults.append(
                    replace(field_missing("measure", "measure: error on test"), line=line)
                )
            against = cells.get("With measure")
            against = asked if against is None else self._as_measure(against, line)
            words = cells.get("Direction")
            towards = direction if words is None else self._as_direction(words, line)
            by = margin if "Margin" not in cells else self._as_margin(cells["Margin"], line)
            given = other if number is None else number
            found.append(Comparison(compared, given, asked, against, towards, by, line))
        if not found:
            self.faults.append(nothing_compared(self.where))
        return tuple(found)

    def _as_measure(self, text: str, line: int) -> str:
        found = read_measure(text)
        if isinstance(found, Fault):
            self.faults.append(replace(found, line=line))
            return ""
        return str(found)

    # ---- networks of the document's own

    def _networks(self) -> tuple[Document, ...]:
        """Read the networks that stand in the document, on their own lines."""
        lines = self.text.removeprefix("\ufeff").splitlines()
        own = {*VARIANT_HEADINGS, *COMPARISON_HEADINGS}
        for grid in self.parts.grids:
            if _titles(grid) and set(_titles(grid)) <= own:
                for line in range(
                    grid.line, (grid.lines[-1][0] if grid.lines else grid.line + 1) + 1
                ):
                    lines[line - 1] = ""
        is_found = False
        for at, told in enumerate(lines):
            # What was found is told in tables, too, which are no networks.
            is_found = told.strip() == BEGIN or (is_found and told.strip() != END)
            lines[at] = "" if is_found else told
        kept = False
        for at in range(1, len(lines)):
            if lines[at].rstrip() == "---":
                break
            key = re.match(r"(\w+):", lines[at])
            kept = key[1] in _OF_NETWORKS if key else kept
            lines[at] = lines[at] if kept else ""
        try:
            networks = read_networks("\n".join(lines), self.where)
        except NoNetworkError:
            return ()
        except DocumentError as error:
            self.faults += error.faults
            return ()
        above = {grid.line: grid.heading for grid in self.parts.grids}
        networks = tuple(
            replace(network, name=_short(title), title=title)
            if (title := above.get(network.line or 0, ""))
            else network
            for network in networks
        )
        known = set(self.faults)
        self.faults += [
            fault for network in networks for fault in network.reading_faults if fault not in known
        ]
        return networks


def _brings_network(variant: Variant) -> bool:
    return any(edit.row == "network" for edit in variant.edits)


def _short(title: str) -> str:
    return "-".join(re.findall(r"\w+", title.casefold())) or "network"


def _titles(grid: Grid) -> list[str]:
    return [_KOREAN.get(title, title) for title in map(_plain, grid.titles)]


def _plain(cell: str) -> str:
    return " ".join(cell.replace("`", "").replace("**", "").split())


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "").removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        return None
