"""What somebody looks at and changes on a page, in memory alone."""

import math
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import Any, cast, final

import torch
from torch import Tensor

from striate.checking import check
from striate.documents import Document, choose, read_networks, write_document
from striate.documents.cells import read_padding
from striate.documents.schema import PADDING
from striate.documents.vocabulary import FUNCTIONS, Column, function_of, korean_column
from striate.errors import BundleError, Fault, LayerError, SeeingError
from striate.errors.documents import unknown_function
from striate.errors.page import (
    no_such_number,
    no_such_place,
    not_a_number,
    padding_not_understood,
    row_begins_anew,
    row_without_cell,
)
from striate.errors.words import Language, Words
from striate.layers import (
    Activation,
    Convolution,
    DepthwiseConvolution,
    FullyConnected,
    Padding,
    Subsampling,
    TransposedConvolution,
    WindowPooling,
)
from striate.modules import Network, build
from striate.page.training import RunWatch
from striate.prediction import Bundle
from striate.see.gallery import Look
from striate.see.looks import empty_look, look_at_content
from striate.see.page import filled_page, look_record, told_reasons
from striate.see.rows import module_of_row, report_of
from striate.see.sums import Numbers
from striate.table import Row


MOST_PICTURES = 8
"""Pictures that a page holds; the oldest leaves where another comes."""

_ROOM = 3_500_000  # bytes of arrays in one answer
_FAST = 1  # of zlib's levels: the way is short
_FRESH_SEED = 0

_QUICK_MULTIPLY_ADDS = 20_000_000
"""Of one pass: reasons take some hundred passes, and are given unasked up to here."""


Answer = dict[str, Any]

Padded = Convolution | DepthwiseConvolution | TransposedConvolution | WindowPooling
"""Kinds of rows whose window may reach beyond what it reads."""


@final
@dataclass(slots=True)
class _Changes:
    """What has been changed since the network was as it came.

    Args:
        numbers: (row, `weight` or `bias`, number) with what it was at first.
        cells: (row, column) with what was written there at first.
        fresh: Rows whose weights begin anew.
    """

    numbers: dict[tuple[str, str, int], float] = field(default_factory=dict)
    cells: dict[tuple[str, str], str] = field(default_factory=dict)
    fresh: list[Fault] = field(default_factory=list)


@final
class Session:
    """A network that a page shows and changes; the folder that it came from is never touched.

    Whatever is asked for is answered by the network itself, one request after the other.

    Args:
        bundle: The network.
        looks: The pictures that are looked at first; a plain one where there are none.
        run: The run that the network is of, if it is of one.
    """

    def __init__(
        self, bundle: Bundle, looks: Sequence[Look] = (), run: RunWatch | None = None
    ) -> None:
        self._lock = RLock()
        self._run = run
        self._stamp = "" if run is None else run.stamp()
        self._looks = list(looks)[-MOST_PICTURES:] or [empty_look(bundle)]
        self._take(bundle)

    def _take(self, bundle: Bundle) -> None:
        self._came = bundle
        self._bundle = replace(bundle)
        self._state = _copied(bundle.network)
        self._changes = _Changes()
        self._findings_at_first = _findings(bundle.document)

    @property
    def bundle(self) -> Bundle:
        """The network as it is now."""
        return self._bundle

    @property
    def document(self) -> str:
        """The document of the network as it is now, as Markdown."""
        with self._lock:
            return write_document(self._bundle.document)

    def page(self, program: str, style: str) -> str:
        """Return the page as it is to begin with.

        Args:
            program: What is run behind the page's own program.
            style: What is said of its looks behind its own style.
        """
        with self._lock:
            record, numbers = self._record()
            return filled_page(record, numbers.packed(_FAST), program, style)

    def answer(self, **more: object) -> Answer:
        """Return all that the page shows now, and what is given besides."""
        with self._lock:
            record, numbers = self._record()
            return {"record": record, "numbers": b64encode(numbers.packed(_FAST)).decode(), **more}

    def training(self, stamp: str) -> Answer:
        """Return how the run stands, and the network of its newest epoch where nothing was changed by hand.

        Args:
            stamp: Of what the page shows; where nothing is newer, nothing is given.

        Raises:
            SeeingError: The network is of no run.
            TrainingError: The run is damaged.
        """
        if self._run is None:
            raise SeeingError(no_such_place("training"))
        with self._lock:
            if not (self._changes.numbers or self._changes.cells):
                self._refresh(self._run)
            return {} if stamp == self._stamp == self._run.stamp() else self.answer()

    def _refresh(self, run: RunWatch) -> None:
        """Take what a run has saved last, if it is newer than what is shown."""
        now = run.stamp()
        if now == self._stamp:
            return
        try:
            self._take(run.bundle())
            self._stamp = now
        except BundleError:
            pass  # It is being replaced at this moment; the next question finds it whole.

    def add_picture(self, name: str, content: bytes, place: int | None = None) -> Answer:
        """Look at another picture, or read another sentence.

        Args:
            name: Of the picture.
            content: Bytes of a file of any kind that `predict` takes, or a sentence in UTF-8.
            place: Number of the picture that leaves for it; a new place where it is absent.

        Raises:
            DataError: It cannot be decoded or fitted; the pictures are as they were.
        """
        with self._lock:
            look = look_at_content(self._bundle, name, content)
            if place is not None and 0 <= place < len(self._looks):
                self._looks[place] = look
            else:
                self._looks = [*self._looks, look][-MOST_PICTURES:]
                place = len(self._looks) - 1
            return self.answer(chosen=place)

    def set_number(self, row: str, kind: str, number: int, value: float) -> Answer:
        """Change a trained number of a row.

        Args:
            row: Its name.
            kind: `weight` or `bias`.
            number: Which of the row's numbers of this kind, in the order of the tensor.
            value: What it becomes.

        Raises:
            SeeingError: There is no such number, or the value is not finite; nothing has changed.
        """
        with self._lock:
            report_of(self._bundle.network, row)
            module = module_of_row(self._bundle.network, row)
            values = getattr(module, kind, None) if kind in {"weight", "bias"} else None
            count = values.numel() if isinstance(values, Tensor) else 0
            if values is None or not 0 <= number < count:
                raise SeeingError(no_such_number(row, kind, number, count))
            if not math.isfinite(value) or math.isinf(float(torch.tensor(value))):
                raise SeeingError(not_a_number(row, repr(value)))
            with torch.no_grad():
                flat = values.view(-1)
                self._changes.numbers.setdefault((row, kind, number), float(flat[number]))
                flat[number] = value
            return self.answer()

    def set_cell(self, row: str, column: str, text: str) -> Answer:
        """Change the activation or the padding of a row, and build the network again.

        Rows keep their weights where their shapes allow it; the others begin anew, and are named.

        Args:
            row: Its name.
            column: `Activation` or `Padding`.
            text: What shall stand there, as in a document.

        Raises:
            SeeingError: The row has no such cell.
            DocumentError: The text is not understood, or no network can be built with it; nothing has changed.
        """
        with self._lock:
            network, document = self._bundle.network, self._bundle.document
            before = report_of(network, row).row
            after = _with_cell(before, column, text)
            rows = tuple(after if own.name == row else own for own in document.table.rows)
            edited = replace(document, table=replace(document.table, rows=rows))
            # What it became goes the way of every document, from text to a walk without faults.
            written = write_document(edited)
            read = choose(read_networks(written, document.name), None, document.name)
            edited = replace(edited, table=read.table, recipe=read.recipe, line=read.line)
            read.sound_walk()
            edited.sound_walk()
            self._rebuild(edited)
            self._changes.cells.setdefault((row, column), _cell(before, column))
            if self._changes.cells[row, column] == _cell(after, column):
                del self._changes.cells[row, column]
            return self.answer()

    def _rebuild(self, document: Document) -> None:
        old = self._bundle.network.state_dict()
        with torch.random.fork_rng():
            torch.manual_seed(_FRESH_SEED)
            network = build(document).eval()
        state = network.state_dict()
        row_of = {step.child: step.row for step in network.steps}
        fresh: dict[str, Fault] = {}
        for name, values in state.items():
            row = row_of.get(name.rpartition(".")[0], name)
            kept = next(
                (
                    one[name]
                    for one in (old, self._state)
                    if name in one and one[name].shape == values.shape
                ),
                None,
            )
            if name in self._state and self._state[name].shape != values.shape:
                came, needed = tuple(self._state[name].shape), tuple(values.shape)
                fresh.setdefault(row, row_begins_anew(row, came, needed))
            if kept is None or kept is not old.get(name):
                # Its numbers are others than those that were changed.
                for key in [key for key in self._changes.numbers if key[0] == row]:
                    del self._changes.numbers[key]
            if kept is not None:
                state[name] = kept
        network.load_state_dict(state)
        self._bundle = replace(self._bundle, document=document, network=network)
        self._changes.fresh = list(fresh.values())

    def reset(self) -> Answer:
        """Put the network back as it came."""
        with self._lock:
            network = self._came.network
            network.load_state_dict(self._state)
            self._bundle = replace(self._came)
            self._changes = _Changes()
            if self._run is not None:
                self._refresh(self._run)
            return self.answer()

    def reasons(self, picture: int, class_number: int) -> Answer:
        """Return which places of a picture speak for a class.

        Raises:
            SeeingError: There is no such picture or class.
        """
        with self._lock:
            if not 0 <= picture < len(self._looks):
                raise SeeingError(no_such_number("pictures", "picture", picture, len(self._looks)))
            numbers = Numbers()
            network = self._bundle.network
            found = told_reasons(network, self._looks[picture], class_number, numbers)
            return {"reasons": found, "numbers": b64encode(numbers.packed(_FAST)).decode()}

    def _record(self) -> tuple[Answer, Numbers]:
        bundle = self._bundle
        title = bundle.document.heading
        record, numbers = look_record(
            bundle.network,
            self._looks,
            bundle.classes,
            title,
            map_constant=bundle.document.recipe.map_constant,
            room=_ROOM,
            with_reasons=False,
        )
        reports = {report.row.name: report for report in bundle.network.walk.reports}
        for told in record["rows"]:
            row = reports[told["name"]].row
            told["activation"] = _cell(row, "Activation") if _takes_activation(row) else None
            told["biased"] = _has_bias(bundle.network, row)
            told["padding"] = None if _padding_of(row) is None else _cell(row, "Padding")
        quick = bundle.network.walk.total.multiply_adds <= _QUICK_MULTIPLY_ADDS
        if self._run is not None:
            record["training"] = {**self._run.told(), "shown": self._stamp}
        return {
            **record,
            "live": True,
            "quick": quick,
            "changes": self._told_changes(),
            "functions": FUNCTIONS,
        }, numbers

    def _told_changes(self) -> list[dict[str, object]]:
        changes = self._changes
        cells: list[dict[str, object]] = [
            {
                "row": row,
                "column": column,
                "was": was,
                "is": _cell(report_of(self._bundle.network, row).row, column),
            }
            for (row, column), was in changes.cells.items()
        ]
        counts: dict[str, int] = {}
        for row, _, _ in changes.numbers:
            counts[row] = counts.get(row, 0) + 1
        numbers: list[dict[str, object]] = [
            {"row": row, "numbers": count} for row, count in counts.items()
        ]
        found = _findings(self._bundle.document) if changes.cells else []
        doubts = [fault for fault in found if fault not in self._findings_at_first]
        notes: list[dict[str, object]] = [
            {"fault": told_fault(fault)} for fault in [*changes.fresh, *doubts]
        ]
        return [*cells, *numbers, *notes]


def told_fault(fault: Fault) -> dict[str, list[str]]:
    """Return a fault as the page shows it: where and what came, what is needed, what to do, in each language."""
    row, _, column = fault.where.rpartition(", ")
    korean = f"{row}, {korean_column(cast('Column', column))}" if row else fault.where
    places: dict[Language, str] = {"en": fault.where, "ko": korean}
    return {
        language: Words(language).fault(fault.at(where, None)).split("\n")
        for language, where in places.items()
    }


def _copied(network: Network) -> dict[str, Tensor]:
    return {name: values.clone() for name, values in network.state_dict().items()}


def _findings(document: Document) -> tuple[Fault, ...]:
    return tuple(replace(fault, line=None) for fault in check(document).findings)


def _has_bias(network: Network, row: Row) -> bool:
    kinds = Convolution | DepthwiseConvolution | FullyConnected
    if not isinstance(row.layer, kinds):
        return False
    return getattr(module_of_row(network, row.name), "bias", None) is not None


def _takes_activation(row: Row) -> bool:
    kinds = Activation | Convolution | DepthwiseConvolution | FullyConnected | Subsampling
    return isinstance(row.layer, kinds) or row.activation is not None


def _padding_of(row: Row) -> Padding | None:
    """Return the padding of a row's window; None where it has none."""
    return row.layer.padding if isinstance(row.layer, Padded) else None


def _cell(row: Row, column: str) -> str:
    """Return what a row's activation or padding is, as a document has it; nothing where there is none."""
    if column == "Padding":
        padding = _padding_of(row)
        return "" if padding is None else PADDING.write(padding)
    function = row.layer.function if isinstance(row.layer, Activation) else row.activation
    return "" if function is None else str(function)


def _with_cell(row: Row, column: str, text: str) -> Row:
    layer = row.layer
    if column == "Padding":
        if not isinstance(layer, Padded):
            raise SeeingError(row_without_cell(row.name, column))
        try:
            return replace(row, layer=replace(layer, padding=read_padding(text)))
        except ValueError as error:
            raise SeeingError(padding_not_understood(row.name, text, str(error))) from error
        except LayerError as error:
            faults = (fault.at(f"{row.name}, {fault.where}", None) for fault in error.faults)
            raise SeeingError(*faults) from error
    if column != "Activation" or not _takes_activation(row):
        raise SeeingError(row_without_cell(row.name, column))
    function = function_of(text) if text.strip() not in {"", "-"} else None
    if function is None and (text.strip() not in {"", "-"} or isinstance(layer, Activation)):
        raise SeeingError(replace(unknown_function(row.name, text, FUNCTIONS, 0), line=None))
    if isinstance(layer, Activation) and function is not None:
        return replace(row, layer=Activation(function))
    return replace(row, activation=function)
