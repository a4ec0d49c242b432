"""Findings as GitHub shows them beside the lines of a change: workflow commands on standard output."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from striate.checking import Report
from striate.cli.report import left_in_english, passed_over, said_in_all
from striate.cli.terminal import visible
from striate.errors import Fault
from striate.errors.words import Words
from striate.networks.gathering import Gathered


_IN_MESSAGE = {"%": "%25", "\n": "%0A"}
_IN_PROPERTY = {**_IN_MESSAGE, ":": "%3A", ",": "%2C"}
"""As GitHub's own toolkit escapes them: a line is a command, commas part its properties."""


def print_annotations(gathered: Gathered, reports: Sequence[Report], words: Words) -> None:
    """Write a command a line for what was found and what could not be read, and sum up below them."""
    commands = [command for report in reports for command in annotations(report, words)]
    commands += [
        annotation(place.partition("#")[0], fault, words) for place, fault in gathered.faults
    ]
    end = [said_in_all(reports, words), *passed_over(gathered, words), *left_in_english(words)]
    sys.stdout.writelines(f"{visible(line)}\n" for line in (*commands, *end))


def annotations(report: Report, words: Words) -> Iterator[str]:
    """Write an error for each finding and a notice for each remark, with file and line."""
    where = report.document.where
    for finding in report.findings:
        yield annotation(where, finding, words)
    for remark in report.remarks:
        row = words.place(remark.row)
        yield _command("notice", where, remark.line, row, words.sentence(remark.text))


def annotation(where: str, fault: Fault, words: Words) -> str:
    """Write one fault of a document as an error."""
    message = "\n".join(words.told(fault))
    return _command("error", where, fault.line, words.place(fault.where), message)


def _command(kind: str, where: str, line: int | None, title: str, message: str) -> str:
    properties = {"title": title}
    if Path(where).exists():  # a shipped network is no file of the reader's
        properties = {"file": where, **({} if line is None else {"line": str(line)}), **properties}
    written = ",".join(
        f"{name}={_escaped(value, _IN_PROPERTY)}" for name, value in properties.items()
    )
    return f"::{kind} {written}::{_escaped(message, _IN_MESSAGE)}"


def _escaped(text: str, codes: dict[str, str]) -> str:
    return "".join(codes.get(letter, letter) for letter in visible(text, is_name=False))
