"""Write measures and shipped experiments into docs/experiments.md, and what was found into the pages of the course."""

import re
import sys
from collections import Counter
from pathlib import Path

from striate.experiments import experiment_names, load_experiment
from striate.experiments.measures.kinds import MEASURES


PAGE = Path("docs/experiments.md")
_ARGUMENTS = {"": "", "row": ": ROW", "row or all": " or : ROW", "number": ": NUMBER"}


def written(page: str) -> str:
    """Return the page with both lists as they are now."""
    head = page.partition("## Measures\n")[0]
    lines = ["## Measures", "", "| measure | what it says | exact |", "| --- | --- | --- |"]
    for name, kind in MEASURES.items():
        exact = (
            "yes" if list(MEASURES).index(name) < list(MEASURES).index("gradient error") else "-"
        )
        lines.append(f"| `{name}`{_ARGUMENTS[kind.argument]} | {kind.says} | {exact} |")
    lines += ["", "## The claims of the notes", ""]
    lines += ["| # | experiment | claim | verdict | budget, seeds | processor seconds |"]
    lines += ["| ---: | --- | --- | --- | --- | ---: |"]
    for name in experiment_names():
        one = load_experiment(name)
        found = dict(one.found)
        link = f"[{name}](../src/striate/experiments/{name}.md)"
        spent = ", ".join(
            told for told in (found.get("budget", "-"), found.get("seeds", "")) if told
        )
        spent = "exact" if found.get("budget") == "exact" else spent
        lines.append(
            f"| {one.number} | {link} | {one.claim} | {found.get('verdict', 'not asked yet')} | {spent} | "
            f"{found.get('processor', '-')} |"
        )
    return head + "\n".join(lines) + "\n"


COURSE = Path("docs/course")
_MARK = re.compile(r"<!-- found: (\S+) -->\n(?:.*\n)*?<!-- end -->")
_VERDICTS = {
    "en": {"supported": "supported", "contradicted": "contradicted", "undecided": "undecided"},
    "ko": {"supported": "지지됨", "contradicted": "반박됨", "undecided": "미정"},
}
_OPEN = {"en": "not asked yet", "ko": "아직 묻지 않음"}
_SPENT = {"en": ("exact", "{budget}, {seeds} seeds"), "ko": ("정확", "{budget}, 시드 {seeds}개")}


def lesson(page: str, language: str) -> str:
    """Return a page of the course with what was found at each of its marks."""
    return _MARK.sub(lambda mark: _told(mark[1], language), page)


def _told(name: str, language: str) -> str:
    one = load_experiment(name)
    found = dict(one.found)
    claim = one.korean if language == "ko" else one.claim
    verdict = _VERDICTS[language].get(found.get("verdict", ""), _OPEN[language])
    exact, spent = _SPENT[language]
    told = "" if not found else exact if found["budget"] == "exact" else spent.format(**found)
    told = ", ".join(part for part in (told, _parts(one.body, language)) if part)
    text = f"{claim} **{verdict}**" + (f" ({told})." if told else ".")
    link = f"[{name}](../../../src/striate/experiments/{name}.md)"
    return f"<!-- found: {name} -->\n{text} {link}\n<!-- end -->"


_PART = re.compile(r"\| (supported|undecided|contradicted) \|$", re.MULTILINE)
_PARTS = {
    "en": {"supported": "{} of {} parts hold", "undecided": "{} open", "contradicted": "{} fail"},
    "ko": {
        "supported": "{1}개 가운데 {0}개 성립",
        "undecided": "{0}개 미정",
        "contradicted": "{0}개 반박",
    },
}


def _parts(body: str, language: str) -> str:
    """Say how many comparisons of a claim hold, where it has several."""
    found = Counter(_PART.findall(body))
    if found.total() < 2:  # noqa: PLR2004 - one is the claim itself
        return ""
    told = (
        says.format(found[verdict], found.total())
        for verdict, says in _PARTS[language].items()
        if found[verdict] or verdict == "supported"
    )
    return ", ".join(told)


def lessons() -> dict[Path, str]:
    """Return every page of the course as it is to be."""
    return {
        path: lesson(path.read_text(encoding="utf-8"), path.parent.name)
        for path in sorted(COURSE.glob("*/*.md"))
    }


if __name__ == "__main__":
    now = PAGE.read_text(encoding="utf-8")
    wanted = written(now)
    if "--check" in sys.argv:
        sys.exit(0 if now == wanted else 1)
    PAGE.write_text(wanted, encoding="utf-8")
    for path, text in lessons().items():
        path.write_text(text, encoding="utf-8")
