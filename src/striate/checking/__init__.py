"""Check a document: faults, claims against arithmetic, doubts; all of them in one pass."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import final

from striate.arithmetic import Walk
from striate.checking.claims import Comparison, Quantity, Verdict, compare
from striate.checking.classes import class_doubts
from striate.checking.conventions import Count
from striate.checking.doubts import doubts, remarks
from striate.checking.memory import memory_fault
from striate.documents import Document
from striate.errors import Fault, Remark
from striate.errors.fault import counted
from striate.networks import document_from
from striate.notebook import table_html
from striate.table import Table


@final
@dataclass(frozen=True, repr=False)
class Report:
    """Everything that a check found.

    Args:
        document: What was checked.
        walk: The arithmetic on its rows.
        comparisons: Every claim with its verdict.
        findings: All that is wrong, in the order of the lines: what cannot be read or built, what
            the arithmetic contradicts, and rows that contradict themselves.
        remarks: What was inferred when the document was read, and what is right and worth explaining.
    """

    document: Document
    walk: Walk
    comparisons: tuple[Comparison, ...]
    findings: tuple[Fault, ...]
    remarks: tuple[Remark, ...]

    def __repr__(self) -> str:
        """Name the network, and how many of its claims and rows are wrong."""
        claims = counted(len(self.comparisons), "claim")
        found = counted(len(self.findings), "finding")
        return f"<Report of {self.document.name!r}: {claims} compared, {found}>"

    def _repr_html_(self) -> str:
        cells = (
            (
                report.row.name,
                "?" if report.output is None else str(report.output),
                "?" if report.cost is None else report.cost.parameters,
                "; ".join(dict.fromkeys(one.verdict for one in self.of_row(report.row.name))),
            )
            for report in self.walk.reports
        )
        table = table_html(("Layer", "Output", "Parameters", "Verdict"), cells, self.document.name)
        faults = "".join(f"<pre>{escape(str(finding))}</pre>" for finding in self.findings)
        return f"{table}{faults}"

    @property
    def agrees(self) -> bool:
        """Whether nothing at all is wrong."""
        return not self.findings

    def of_row(self, row: str) -> tuple[Comparison, ...]:
        """Return the comparisons of one row."""
        return tuple(self._by_row.get(row, ()))

    @cached_property
    def _by_row(self) -> dict[str, list[Comparison]]:
        """Sort the comparisons by their rows once, for each row asks for its own."""
        by_row: dict[str, list[Comparison]] = defaultdict(list)
        for comparison in self.comparisons:
            by_row[comparison.row].append(comparison)
        return by_row


def check(network: str | Path | Document | Table) -> Report:
    """Check a network, whether it can be built or not.

    Args:
        network: A shipped name, a path, a document, or a table written in Python.

    Returns:
        The report; nothing is raised for what it finds.

    Raises:
        DocumentError: A name or a path leads to no network, or to several.
    """
    document = document_from(network)
    walked = document.walk
    comparisons = compare(walked)
    findings = [
        *document.faults,
        *(comparison.fault for comparison in comparisons if comparison.fault is not None),
        *doubts(walked),
        *class_doubts(document, walked),
    ]
    findings.sort(key=lambda finding: finding.line or 0)
    found = [*document.remarks, *remarks(walked)]
    too_large = memory_fault(walked)
    if too_large is not None:  # the table may be right all the same
        found.append(
            Remark(
                too_large.where, f"{too_large.came[0].upper()}{too_large.came[1:]}", document.line
            )
        )
    return Report(document, walked, comparisons, tuple(findings), tuple(found))


__all__ = ["Comparison", "Count", "Quantity", "Remark", "Report", "Verdict", "check"]
