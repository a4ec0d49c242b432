"""From a variant to a network: the edits of its lines, applied to the base network, its recipe and its data."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from typing import Literal, final, get_args

from striate.arithmetic import Walk
from striate.documents import Document, read_networks
from striate.documents.document import usual_recipe
from striate.documents.front_matter import record_of, values_of
from striate.documents.row_writer import cells_of
from striate.documents.schema import Cells
from striate.documents.vocabulary import COLUMNS, Column, column_of, kind_of
from striate.documents.writer import write_attachments, write_cells
from striate.errors import DocumentError, Fault, StriateError
from striate.errors.experiments import (
    change_parts_branches,
    edit_not_understood,
    not_matched,
    only_convolutions_share,
    same_variants,
    unknown_edit,
    unknown_target,
)
from striate.experiments.experiment import Edit, Experiment, Variant
from striate.experiments.measures.kinds import read_measure
from striate.experiments.measures.tables import parameters_of
from striate.experiments.selection import named_row, select
from striate.layers import Add, Convolution, DepthwiseConvolution, Dropout, Multiply
from striate.networks import load
from striate.recipe import Recipe, fitting_losses
from striate.shapes import Image
from striate.table import Claims, Row, Table


Shuffling = Literal["pixels", "words"]

_RECIPE, _DATA, NETWORK, _TRAINING = "recipe", "data", "network", "training"
_ROW, _ABOVE, _BELOW, _PAIRS = "row", "above", "below", "connection table"
_WEIGHTS = "weights"
MATCH = re.compile(r"match (parameters|multiply-adds) of (.+)", re.IGNORECASE)
_LIKE = re.compile(r"(as|twice) (.+)", re.IGNORECASE)
_PAIR = re.compile(r"(\d+)x\1 twice", re.IGNORECASE)
_RECIPE_FIELDS = tuple(
    item.name
    for item in fields(Recipe)
    if item.name not in {"seed", "validation", "early_stopping"}
)

_NEAR = 0.02
"""How near two matched budgets must be, as a part of the one that is matched."""


@final
@dataclass(frozen=True, slots=True)
class Setting:
    """A variant, ready to be built and trained.

    Args:
        name: Of the variant.
        document: Its network with its recipe.
        shuffled: What is put out of order in its data.
        is_trained: Whether it learns before it is measured.
        train: Training examples, where the variant has a number of its own; 0 otherwise.
        matched: What was solved for, one sentence each.
        unshared: Rows whose places have weights of their own.
    """

    name: str
    document: Document
    shuffled: tuple[Shuffling, ...] = ()
    is_trained: bool = True
    train: int = 0
    matched: tuple[str, ...] = ()
    unshared: tuple[str, ...] = ()


def settings_of(experiment: Experiment, base: Document | None = None) -> dict[str, Setting]:
    """Apply the edits of every variant.

    Args:
        experiment: The experiment.
        base: A base network in place of the experiment's own.

    Returns:
        A setting for each variant, by its name.

    Raises:
        DocumentError: An edit does not apply, what comes of it is no network, or two variants that are compared are
            the same; all faults are named.
    """
    own = base
    base = _base(experiment) if base is None else base
    made: dict[str, Setting] = {}
    faults: list[Fault] = []
    failed: set[str] = set()
    waiting = list(experiment.variants)
    while waiting:
        variant = waiting.pop(0)
        needed = {
            found[2].strip() for edit in variant.edits if (found := MATCH.fullmatch(edit.value))
        }
        # Whatever it is matched with comes first; those that wait for each other are faults below.
        if needed & {one.name for one in waiting} and not all(map(_waits, waiting)):
            waiting.append(variant)
            continue
        if needed & failed:
            # What it would be matched with is told already.
            failed.add(variant.name)
            continue
        try:
            made[variant.name] = _Editor(experiment, base, own, made).setting(variant)
        except StriateError as error:
            failed.add(variant.name)
            faults += error.faults
    if faults:
        raise DocumentError(*dict.fromkeys(faults))
    faults += _measure_faults(experiment, made) + _same_faults(experiment, made)
    if faults:
        raise DocumentError(*dict.fromkeys(faults))
    return {variant.name: made[variant.name] for variant in experiment.variants}


def _waits(variant: Variant) -> bool:
    return any(MATCH.fullmatch(edit.value) for edit in variant.edits)


def _base(experiment: Experiment) -> Document | None:
    if experiment.network:
        return load(experiment.network)
    return experiment.networks[0] if experiment.networks else None


def _measure_faults(experiment: Experiment, settings: dict[str, Setting]) -> list[Fault]:
    """Report measures of rows that a variant does not have."""
    faults = []
    for name, setting in settings.items():
        rows = [row.name for row in setting.document.table.rows]
        for text in experiment.measures_of(name):
            measure = read_measure(text)
            if isinstance(measure, Fault) or not measure.row:
                continue
            if named_row(measure.row, setting.document.table) in rows:
                continue
            document = setting.document.name
            faults.append(unknown_target(name, measure.row, document, rows, None))
    return faults


def _same_faults(experiment: Experiment, settings: dict[str, Setting]) -> list[Fault]:
    """Report variants that are compared and are the same network, trained alike on the same data."""
    faults = []
    for one in experiment.comparisons:
        if not isinstance(one.other, str) or one.measure != one.other_measure:
            continue
        compared, other = settings[one.compared], settings[one.other]
        if _content(compared) == _content(other):
            lines = {variant.name: variant.line for variant in experiment.variants}
            network = compared.document.name
            faults.append(same_variants(one.compared, one.other, network, lines[one.compared]))
    return faults


def _content(setting: Setting) -> tuple[object, ...]:
    document = setting.document
    how = setting.shuffled, setting.is_trained, setting.train, setting.unshared
    return (document.table, document.recipe, *how)


@final
class _Editor:
    """Applies the edits of one variant."""

    def __init__(
        self,
        experiment: Experiment,
        base: Document | None,
        own: Document | None,
        made: dict[str, Setting],
    ) -> None:
        self.experiment, self.own, self.made = experiment, own, made
        self.rows: list[Cells] = []
        self.unpaired: set[str] = set()
        self.unshared: list[str] = []
        self.recipe: dict[str, object] = {}
        self.shuffled: list[Shuffling] = []
        self.is_trained, self.train = True, 0
        self.names: dict[str, list[str]] = {}
        self.matched: list[str] = []
        self.variant = Variant("")
        self.document: Document | None = None
        if base is not None:
            self._take(base)

    def _take(self, document: Document) -> None:
        # Its recipe may lack a loss: not every variant is trained.
        faults = (*document.reading_faults, *document.walk.faults)
        if faults:
            raise DocumentError(*faults)
        self.document = document
        self.rows = [
            cells_of(replace(row, claims=Claims(), note="")) for row in document.table.rows
        ]

    def setting(self, variant: Variant) -> Setting:
        self.variant = variant
        faults: list[Fault] = []
        for edit in sorted(variant.edits, key=lambda edit: edit.row != NETWORK):
            try:
                self._apply(edit)
            except StriateError as error:
                faults += error.faults
        if faults:
            raise DocumentError(*faults)
        if self.document is None:
            choices = ["network"]
            raise DocumentError(
                unknown_edit(variant.name, "the variant", "-", choices, variant.line)
            )
        document = self._read(self.rows)
        self._check_unshared(document.table)
        return Setting(
            variant.name,
            document,
            tuple(self.shuffled),
            self.is_trained,
            self.train,
            tuple(self.matched),
            tuple(self.unshared),
        )

    def _check_unshared(self, table: Table) -> None:
        shares = (Convolution, DepthwiseConvolution)
        others = [
            row.name
            for row in table.rows
            if row.name in self.unshared and not isinstance(row.layer, shares)
        ]
        if others:
            raise DocumentError(
                only_convolutions_share(self.variant.name, others, self.variant.line)
            )

    def _apply(self, edit: Edit) -> None:
        column = edit.column.casefold()
        match edit.row.casefold():
            case "recipe":
                if column not in _RECIPE_FIELDS:
                    raise self._unknown(edit, "the recipe", _RECIPE_FIELDS)
                self.recipe[column] = edit.value
            case "data":
                self._edit_data(edit, column)
            case "network":
                self._take(self._beside_own(self._network(edit)))
            case "training":
                if edit.value.casefold() != "none":
                    raise self._wrong(edit, "none")
                self.is_trained = False
            case _ if self.document is None:
                raise self._unknown(edit, "the variant", ("network",))
            case _ if MATCH.fullmatch(edit.value):
                self._match(edit)
            case _ if column in {_ABOVE, _BELOW}:
                self._insert(edit, column)
            case _:
                for at in self._found(edit, edit.row):
                    self._edit_row(edit, column, at)

    def _edit_data(self, edit: Edit, column: str) -> None:
        if column in get_args(Shuffling):
            if edit.value.casefold() != "shuffled":
                raise self._wrong(edit, "shuffled")
            self.shuffled += [one for one in get_args(Shuffling) if one == column]
        elif column == "train":
            if not edit.value.replace(",", "").isdecimal():
                raise self._wrong(edit, "a whole number of training examples")
            self.train = int(edit.value.replace(",", ""))
        else:
            raise self._unknown(edit, "the data", (*get_args(Shuffling), "train"))

    def _network(self, edit: Edit) -> Document:
        """Find the network that a variant takes in place of the base network."""
        for network in self.experiment.networks:
            if edit.value in {network.name, network.title}:
                return network
        return load(edit.value)

    def _beside_own(self, network: Document) -> Document:
        """Let a network of the experiment read what the user's reads, and learn by the same recipe."""
        own = self.own
        if own is None:
            return network
        first, *rows = network.table.rows
        if own.table.words is None and network.table.words is None:
            first = replace(own.table.rows[0], name=first.name)
        return replace(
            network,
            table=replace(network.table, rows=(first, *rows)),
            recipe=own.recipe,
            preparation=own.preparation,
            text=own.text,
        )

    def _edit_row(self, edit: Edit, column: str, at: Cells) -> None:
        if column == _ROW:
            if edit.value.casefold() != "removed":
                raise self._wrong(edit, "removed")
            self._remove(at)
            return
        if column == _PAIRS:
            if edit.value.casefold() != "none":
                raise self._wrong(edit, "none")
            self.unpaired.add(at["Layer"])
            return
        if column == _WEIGHTS:
            if edit.value.casefold() != "unshared":
                raise self._wrong(edit, "unshared")
            self.unshared.append(at["Layer"])
            return
        heading = column_of(column)
        if heading is None or heading == "Layer":
            raise self._unknown(
                edit, "a row", (*COLUMNS[1:], _ROW, _ABOVE, _BELOW, _PAIRS, _WEIGHTS)
            )
        if heading == "Kernel" and (pair := _PAIR.fullmatch(edit.value)):
            self._pair(edit, int(pair[1]), at)
            return
        value = self._like(edit, heading, at) if _LIKE.fullmatch(edit.value) else edit.value
        if value.casefold() == "none":
            at.pop(heading, None)
        else:
            at[heading] = value

    def _like(self, edit: Edit, heading: Column, at: Cells) -> str:
        """Give the cell of another row, `above` for the one that is read; maps may be twice as many."""
        found = _LIKE.fullmatch(edit.value)
        if found is None:
            raise TypeError
        like = (
            self._read_by(at) if found[2].casefold() == "above" else self._found(edit, found[2])[0]
        )
        if heading == "Maps":
            return str(self._maps(like) * (2 if found[1].casefold() == "twice" else 1))
        if found[1].casefold() == "twice":
            raise self._wrong(edit, f"as {found[2]}")
        return like.get(heading, "none")

    def _read_by(self, at: Cells) -> Cells:
        """Find the row that a row reads; the first one where it reads several."""
        named = at.get("From", "").split(",")[0].strip()
        index = next(number for number, row in enumerate(self.rows) if row is at)
        return next((row for row in self.rows if row["Layer"] == named), self.rows[index - 1])

    def _maps(self, at: Cells) -> int:
        """Count the maps that a row gives."""
        if "Maps" in at:
            return int(at["Maps"].replace(",", ""))
        known = self.document.walk.reports if self.document is not None else ()
        output = next((one.output for one in known if one.row.name == at["Layer"]), None)
        if kind_of(at["Type"]) in {"Concat", "Inception"} and isinstance(output, Image):
            return output.channels
        return self._maps(self._read_by(at)) if at is not self.rows[0] else 1

    def _pair(self, edit: Edit, side: int, at: Cells) -> None:
        """Put two convolutions in the place of one that sees as much; the last one keeps its name."""
        whole = 2 * side - 1
        padding = (
            at.get("Padding", "0").split("x")[0] if at.get("Kernel") == f"{whole}x{whole}" else "?"
        )
        zeros = re.fullmatch(r"\d+", padding)
        if zeros is None and padding not in {"same", "valid"}:
            raise self._wrong(
                edit, f"a convolution of {whole}x{whole} with zeros alike on all sides"
            )
        above, below = (padding,) * 2
        if zeros is not None:
            below = str(int(padding) // 2)
            above = str(int(padding) - int(below))
        index = next(number for number, row in enumerate(self.rows) if row is at)
        ends = [row["Activation"] for row in self.rows[index:-1] if "Activation" in row]
        first = at | {"Layer": f"{at['Layer']}a", "Kernel": f"{side}x{side}", "Padding": above}
        first |= {"Activation": ends[0]} if ends else {}
        self.rows.insert(index, first)
        at |= {"Kernel": f"{side}x{side}", "Padding": below, "Stride": "1"}
        at.pop("From", None)

    def _remove(self, at: Cells) -> None:
        """Take a row out: whoever reads it by name reads what it read, which takes over its function."""
        read = self._read_by(at)
        if "Activation" in at and "Activation" not in read:
            read["Activation"] = at["Activation"]
        self.rows.remove(at)
        self._reread(at["Layer"], at.get("From") or read["Layer"])

    def _reread(self, name: str, other: str) -> None:
        """Let all that read a row by name read another."""
        for row in self.rows:
            if "From" in row:
                names = [one.strip() for one in row["From"].split(",")]
                row["From"] = ", ".join(other if one == name else one for one in names)

    def _insert(self, edit: Edit, column: str) -> None:
        """Put a new row above or below each row that is named; all of them answer to the new row's name."""
        beside = self._found(edit, edit.value)
        names = (
            [edit.row]
            if len(beside) == 1
            else [f"{edit.row} {n}" for n in range(1, len(beside) + 1)]
        )
        self.names[edit.row] = names
        for name, at in zip(names, beside, strict=True):
            index = next(number for number, row in enumerate(self.rows) if row is at)
            row: Cells = {"Layer": name, "Type": "?"}
            if column == _BELOW:
                self._reread(at["Layer"], name)
            elif "From" in at:
                row["From"] = at.pop("From")
            self.rows.insert(index + (column == _BELOW), row)

    def _found(self, edit: Edit, named: str) -> list[Cells]:
        """Find the rows that a line speaks of: by name, by their place among those of a type, or several."""
        if named in self.names:
            return [row for row in self.rows if row["Layer"] in self.names[named]]
        found = select(named, self.rows)
        if not found and "," in named:
            parts = [part.strip() for part in named.split(",")]
            found = [row for part in parts for row in self._found(edit, part)]
        if not found and not named.casefold().startswith("any ") and self.document is not None:
            rows = [row["Layer"] for row in self.rows]
            raise DocumentError(
                unknown_target(self.variant.name, named, self.document.name, rows, edit.line)
            )
        return found

    # ---- matched budgets

    def _match(self, edit: Edit) -> None:
        """Choose widths of rows so that the network costs as much as another variant's, within 2 %."""
        found = MATCH.fullmatch(edit.value)
        heading = column_of(edit.column)
        if found is None or heading not in {"Maps", "Size"}:
            raise self._unknown(edit, "matched rows", ("Maps", "Size"))
        quantity, other = found[1].casefold(), found[2].strip()
        if other not in self.made:
            names = tuple(name for name in self.made)
            raise self._wrong(
                edit, f"match {quantity} of one of {', '.join(names) or 'no variant'}"
            )
        asked = self.made[other]
        wanted = _cost(asked.document.walk, quantity, asked.unshared)
        chosen = self._found(edit, edit.row)
        first = [int(row.get(heading, "1").replace(",", "")) for row in chosen]
        best: tuple[float, list[int]] | None = None
        low, high, last = 0.0, 1.0, [0]
        while (
            self._cost(chosen, heading, _scaled(first, high), quantity) < wanted and high < _WIDEST
        ):
            low, high = high, 2 * high
        for _ in range(_TRIES):
            scale = (low + high) / 2
            widths = _scaled(first, scale)
            if widths == last:
                # Nearer scales round to the same whole widths.
                break
            last = widths
            cost = self._cost(chosen, heading, widths, quantity)
            if best is None or abs(cost - wanted) < abs(best[0] - wanted):
                best = cost, widths
            low, high = (scale, high) if cost < wanted else (low, scale)
        if best is not None:
            best = self._nearest(chosen, heading, best, (quantity, wanted))
        if best is None or abs(best[0] - wanted) > _NEAR * wanted:
            nearest_cost = 0.0 if best is None else best[0]
            raise DocumentError(
                not_matched(self.variant.name, quantity, wanted, nearest_cost, edit.line)
            )
        self._walk(chosen, heading, best[1])
        told = ", ".join(f"{row['Layer']} {n}" for row, n in zip(chosen, best[1], strict=True))
        self.matched.append(f"{told}: {best[0]:,.0f} {quantity}, {wanted:,.0f} in {other}")

    def _nearest(
        self,
        chosen: Sequence[Cells],
        heading: str,
        best: tuple[float, list[int]],
        asked: tuple[str, float],
    ) -> tuple[float, list[int]]:
        """Change single widths by one as long as that brings the cost nearer."""
        quantity, wanted = asked
        while abs(best[0] - wanted) > _NEAR * wanted:
            tried = [
                [width + (at == number) * step for number, width in enumerate(best[1])]
                for at in range(len(chosen))
                for step in (1, -1)
            ]
            found = []
            for widths in tried:
                # Rows that are added up must stay as wide as each other.
                with suppress(DocumentError):
                    if min(widths) > 0:
                        found.append((self._cost(chosen, heading, widths, quantity), widths))
            nearest = min(found, key=lambda one: abs(one[0] - wanted), default=best)
            if abs(nearest[0] - wanted) >= abs(best[0] - wanted):
                break
            best = nearest
        return best

    def _cost(
        self, chosen: Sequence[Cells], heading: str, widths: Sequence[int], quantity: str
    ) -> float:
        return _cost(self._walk(chosen, heading, widths), quantity, self.unshared)

    def _walk(self, chosen: Sequence[Cells], heading: str, widths: Sequence[int]) -> Walk:
        column = "Maps" if heading == "Maps" else "Size"
        for row, width in zip(chosen, widths, strict=True):
            row["Maps" if column == "Maps" else "Size"] = str(width)
        return self._read(self.rows).walk

    # ---- the network

    def _read(self, rows: Sequence[Cells]) -> Document:
        """Read the rows as they are now, and report what is wrong with them at the variant."""
        base = self.document
        if base is None:
            raise TypeError
        shown = [dict(row) for row in rows]
        kinds = {row.name: cells_of(row)["Type"] for row in base.table.rows}
        names = [
            row["Layer"]
            for row in rows
            if row["Layer"] not in self.unpaired and kinds.get(row["Layer"]) == row["Type"]
        ]
        attached = write_attachments(base.table, names)
        text = f"# {base.name}\n\n{write_cells(shown)}\n\n{attached}\n"
        read = read_networks(text, base.name)[0]
        stated = {**values_of(base.recipe), **dict(self.experiment.fields), **self.recipe}
        losses = fitting_losses(read.table)
        if losses and stated["loss"] not in losses and "loss" not in self.recipe:
            stated["loss"] = usual_recipe(read.table).loss
        if "dropout_samples" not in self.recipe and not any(map(_drops, read.table.rows)):
            stated["dropout_samples"] = 1
        recipe = record_of(Recipe, stated, "the recipe")
        document = replace(
            base,
            name=base.name,
            table=Table(tuple(replace(row, line=None) for row in read.table.rows)),
            recipe=recipe,
            body="",
            line=None,
            recipe_line=None,
            reading_faults=read.reading_faults,
        )
        if faults := document.faults:
            joined = {
                f"{row.name}, From": row.name
                for row in document.table.rows
                if isinstance(row.layer, Add | Multiply)
            }
            if self.own is not None and all(fault.where in joined for fault in faults):
                parted = [
                    fault.came.removesuffix(".").replace("it", joined[fault.where], 1)
                    for fault in faults
                ]
                name, line = self.variant.name, self.variant.line
                raise DocumentError(change_parts_branches(name, base.name, parted, line))
            where = f"variant {self.variant.name}"
            raise DocumentError(
                *(replace(f, where=f"{where}, {f.where}", line=self.variant.line) for f in faults)
            )
        return document

    def _unknown(self, edit: Edit, row: str, choices: Sequence[str]) -> DocumentError:
        column = edit.column or "-"
        return DocumentError(unknown_edit(self.variant.name, row, column, choices, edit.line))

    def _wrong(self, edit: Edit, needed: str) -> DocumentError:
        column = edit.column or edit.row
        return DocumentError(
            edit_not_understood(self.variant.name, column, edit.value, needed, edit.line)
        )


_TRIES = 24
_WIDEST = 4096


def _drops(row: Row) -> bool:
    return isinstance(row.layer, Dropout)


def _scaled(widths: Sequence[int], scale: float) -> list[int]:
    return [max(1, round(width * scale)) for width in widths]


def _cost(walk: Walk, quantity: str, unshared: Sequence[str]) -> float:
    if quantity == "parameters":
        return parameters_of(walk.trunk, unshared)
    return walk.total.multiply_adds
