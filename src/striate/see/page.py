"""One self-contained page that shows a network looking at pictures: a click on a value gives its sum.

The numbers go into the file as they are, and the page does the sums itself. What has no room is left out by a
rule, and the page says so where somebody asks for it.
"""

import json
import math
from base64 import b64encode
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, cast

import numpy as np

from striate.arithmetic import RowReport, reads
from striate.documents.row_writer import cells_of
from striate.documents.vocabulary import Kind, korean_column, korean_kind
from striate.layers import (
    Convolution,
    DepthwiseConvolution,
    FullyConnected,
)
from striate.modules import Network
from striate.see.gallery import Look, reasons, scores_of
from striate.see.rows import Array, maps, module_of_row, report_of
from striate.see.sentences import word_effects
from striate.see.sums import Numbers, told_sum


FILE_BYTES = 5_000_000
"""A page may be so large, as long as it is not all code."""

REASONED_CLASSES = 3
"""Classes of the highest scores that reasons are given for."""

_TEXT_BYTES = 150_000  # of the page itself and its lists
_BYTES_IN_TEXT = 3 / 4  # what base64 leaves
_MAPS_SHARE = 0.5
_LEAST_MAPS = 4


def look_page(
    network: Network,
    looks: Sequence[Look],
    classes: tuple[str, ...],
    title: str,
    *,
    map_constant: float = 1.0,
    largest: int = FILE_BYTES,
    rows: Sequence[str] = (),
) -> str:
    """Return one HTML file that shows what a network makes of pictures, and needs nothing beside itself.

    Where the numbers are more than the file may hold, each row keeps its strongest maps, late rows keep their
    kernels in half precision, and the largest kernels are left out. The page tells which.

    Args:
        network: A network of images, or of sentences.
        looks: The pictures or the sentences, at least one.
        classes: Names of the classes.
        title: Of the page.
        map_constant: That of the recipe, by which distances become scores.
        largest: Bytes that the file may have.
        rows: Names of rows whose maps and weights come first where not all have room.

    Raises:
        SeeingError: There is no such row.
    """
    record, numbers = look_record(
        network,
        looks,
        classes,
        title,
        map_constant=map_constant,
        room=int((largest - _TEXT_BYTES) * _BYTES_IN_TEXT),
        first=rows,
    )
    return filled_page(record, numbers.packed())


def look_record(
    network: Network,
    looks: Sequence[Look],
    classes: tuple[str, ...],
    title: str,
    *,
    map_constant: float = 1.0,
    room: int,
    first: Sequence[str] = (),
    with_reasons: bool = True,
) -> tuple[dict[str, Any], Numbers]:
    """Return what a page knows, and the arrays that it refers to.

    Args:
        network: A network of images, or of sentences.
        looks: The pictures or the sentences, at least one.
        classes: Names of the classes.
        title: Of the page.
        map_constant: That of the recipe, by which distances become scores.
        room: Bytes that the arrays may take.
        first: Names of rows that come first where not all have room.
        with_reasons: Whether reasons for the likeliest classes are among them, which take most of the time.
    """
    for row in first:
        report_of(network, row)
    numbers = Numbers()
    seen = [maps(network, look.inputs) for look in looks]
    reports = network.walk.reports[: network.trunk_length + 1]
    counts = _maps_kept(reports, len(looks), int(room * _MAPS_SHARE), first)
    pictures = [
        _picture(network, look, outputs, map_constant, counts, numbers)
        for look, outputs in zip(looks, seen, strict=True)
    ]
    if with_reasons:
        for look, picture in zip(looks, pictures, strict=True):
            picture["reasons"] = _likely_reasons(network, look, picture["scores"], classes, numbers)
    widths = _widths(network, reports, room - len(numbers.packed(1)), first)
    sources = reads(network.walk.table)
    rows = [
        _row(network, report, sources[number], widths.get(report.row.name), numbers)
        for number, report in enumerate(reports)
    ]
    return {"title": title, "classes": list(classes), "rows": rows, "pictures": pictures}, numbers


def filled_page(
    record: Mapping[str, Any], numbers: bytes, program: str = "", style: str = ""
) -> str:
    """Return the page with what it knows.

    Args:
        record: As `look_record` gives it.
        numbers: The arrays, packed.
        program: What is run behind the page's own program.
        style: What is said of its looks behind its own style.
    """
    assets = files("striate.see") / "assets"
    text = (assets / "look.html").read_text(encoding="utf-8")
    # A class or a file may be called </script>; within JSON a slash can be written with a backslash.
    told = (
        json.dumps(record, ensure_ascii=False).replace("</", "<\\/").replace("<!--", "<\\u0021--")
    )
    plain = str(record["title"]).replace("&", "&amp;").replace("<", "&lt;")
    parts = {
        "title": plain,
        "style": (assets / "look.css").read_text(encoding="utf-8") + style,
        "program": (assets / "look.js").read_text(encoding="utf-8") + program,
        "numbers": b64encode(numbers).decode(),
        "record": told,
    }
    for name, part in parts.items():
        text = text.replace(f"<!-- {name} -->", part, 1)
    return text


def _maps_kept(
    reports: Sequence[RowReport], pictures: int, room: int, first: Sequence[str]
) -> dict[str, int]:
    """Decide how many maps of each row are kept: all of them if they fit, else the same bytes for every row.

    Rows that were asked for come first: the others share what they leave.
    """
    sizes = {
        report.row.name: (shape.axes[0], shape.elements // shape.axes[0])
        for report in reports
        if (shape := report.output) is not None
    }
    wanted = {name: 4 * pictures * count * cells for name, (count, cells) in sizes.items()}
    left, kept = room, {}
    for group in ([name for name in sizes if name in first], [n for n in sizes if n not in first]):
        # Rows that need less than their part leave it to the others.
        for place, name in enumerate(sorted(group, key=lambda name: wanted[name])):
            count, cells = sizes[name]
            part = left // (len(group) - place)
            kept[name] = min(count, max(_LEAST_MAPS, part // (4 * pictures * cells)))
            left = max(0, left - 4 * pictures * kept[name] * cells)
    return kept


def _picture(
    network: Network,
    look: Look,
    outputs: dict[str, Array],
    map_constant: float,
    counts: Mapping[str, int],
    numbers: Numbers,
) -> dict[str, Any]:
    told = {}
    for row, count in counts.items():
        values = outputs[row][0]
        strength = np.abs(values.reshape(len(values), -1)).mean(axis=1)
        kept = np.argsort(-strength, kind="stable")[:count]
        if values.ndim == 1:
            kept.sort()
        told[row] = {"kept": kept.tolist(), "values": numbers.add(values[kept])}
    return {
        "name": look.name,
        "low": np.ravel(look.low).tolist(),
        "high": np.ravel(look.high).tolist(),
        # JSON has no word for what is not finite.
        "scores": [
            score if math.isfinite(score) else None
            for score in scores_of(network, look, map_constant)
        ],
        "maps": told,
        "reasons": {},
        **({"words": look.words, "unknown": look.unknown} if look.words else {}),
    }


def _likely_reasons(
    network: Network,
    look: Look,
    scores: Sequence[float | None],
    classes: tuple[str, ...],
    numbers: Numbers,
) -> dict[str, Any]:
    first = sorted(range(len(scores)), key=lambda number: -(scores[number] or 0))
    first = first[:REASONED_CLASSES]
    return {
        str(number): told_reasons(network, look, number, numbers)
        for number in first
        if number < len(classes)
    }


def told_reasons(
    network: Network, look: Look, class_number: int, numbers: Numbers
) -> list[dict[str, Any]]:
    """Return what speaks for a class, as a page has it.

    Args:
        network: A network of images, or of sentences.
        look: The picture, or the sentence.
        class_number: The class, counted from 0.
        numbers: Take the arrays.
    """
    if look.words:
        effects = word_effects(network, look.inputs, class_number)
        return [{"title": "words left out", "values": numbers.add(effects[None])}]
    return [
        {"title": reason.heading, "values": numbers.add(reason.heat)}
        for reason in reasons(network, look, class_number)
    ]


def _widths(
    network: Network, reports: Sequence[RowReport], room: int, first: Sequence[str]
) -> dict[str, str]:
    """Decide how the weights of each row are kept: in full, in half precision, or not at all.

    Rows that were asked for come first, and then the first rows: what they do is what people ask about, and they
    are small.
    """
    own = {
        report.row.name: module_of_row(network, report.row.name).get_parameter("weight").numel()
        for report in reports
        if isinstance(report.row.layer, Convolution | DepthwiseConvolution | FullyConnected)
    }
    sizes = {name: own[name] for name in sorted(own, key=lambda name: name not in first)}
    widths = {}
    for name, size in sizes.items():
        if 2 * size <= room:
            widths[name] = "<f2"
            room -= 2 * size
    for name in widths:
        if 2 * sizes[name] <= room:
            widths[name] = "<f4"
            room -= 2 * sizes[name]
    return widths


def _row(
    network: Network,
    report: RowReport,
    sources: Sequence[int],
    width: str | None,
    numbers: Numbers,
) -> dict[str, Any]:
    row, shape = report.row, report.output
    cells = {name: text for name, text in cells_of(row).items() if name != "Layer"}
    told: dict[str, Any] = {
        "name": row.name,
        "cells": cells,
        "korean": {
            korean_column(name): korean_kind(cast("Kind", text)) if name == "Type" else text
            for name, text in cells.items()
        },
        "shape": [] if shape is None else list(shape.axes),
        "reads": [network.walk.reports[source].row.name for source in sources],
        "sum": told_sum(network, report, width, numbers),
    }
    functions = [step.function for step in network.steps if step.row == row.name]
    told["function"] = None if not functions or functions[0] is None else str(functions[0])
    if report.field is not None:
        told["field"] = [
            {"first": float(span.first), "last": float(span.last), "jump": float(span.jump)}
            for span in (report.field.height, report.field.width)
        ]
    return told
