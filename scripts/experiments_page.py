"""Write measures and shipped experiments into docs/experiments.md, and what was found into the pages of the course."""

import re
import sys
from collections import Counter
from pathlib import Path

from striate.experiments import experiment_names, load_experiment
from striate.experiments.measures.kinds import MEASURES, Measure


PAGE = Path("docs/experiments.md")
KOREAN_PAGE = Path("docs/experiments.ko.md")
_ARGUMENTS = {"": "", "row": ": ROW", "row or all": " or : ROW", "number": ": NUMBER"}
_KOREAN_ARGUMENTS = {"": "", "row": ": 행", "row or all": " 또는 : 행", "number": ": 수"}


def written(page: str) -> str:
    """Return the page with both lists as they are now."""
    head = page.partition("## Measures\n")[0]
    lines = ["## Measures", "", "| measure | what it says | exact |", "| --- | --- | --- |"]
    for name, kind in MEASURES.items():
        exact = "yes" if Measure(name).is_exact else "-"
        lines.append(f"| `{name}`{_ARGUMENTS[kind.argument]} | {kind.says} | {exact} |")
    lines += ["", "## The claims of the notes", ""]
    return head + "\n".join([*lines, *_claims("en")]) + "\n"


def written_in_korean(page: str) -> str:
    """Return the Korean page with both lists as they are now."""
    lines = ["## 측정", "", "| 쓰는 말 | 무엇인가 | 표만으로 정확한가 |", "| --- | --- | --- |"]
    lines += [
        f"| `{name}`{_KOREAN_ARGUMENTS[kind.argument]} | {kind.korean} | {'예' if Measure(name).is_exact else '-'} |"
        for name, kind in MEASURES.items()
    ]
    lines += ["", "## 강의 노트의 주장", "", *_claims("ko")]
    return page.partition("## 측정\n")[0] + "\n".join(lines) + "\n"


def _claims(language: str) -> list[str]:
    """List the claims with what was found."""
    headings = {
        "en": "# | experiment | claim | verdict | budget, seeds | processor seconds",
        "ko": "# | 실험 | 주장 | 판정 | 예산, 시드 | 프로세서 시간(초)",
    }
    lines = [f"| {headings[language]} |", "| ---: | --- | --- | --- | --- | ---: |"]
    for name in experiment_names():
        one = load_experiment(name)
        found = dict(one.found)
        link = f"[{name}](../src/striate/experiments/{name}.md)"
        claim = one.korean if language == "ko" else one.claim
        verdict = _VERDICTS[language].get(found.get("verdict", ""), _OPEN[language])
        spent = [told for told in (found.get("budget", "-"), found.get("seeds", "")) if told]
        said = _SPENT[language][0] if spent[0] == "exact" else ", ".join(spent)
        seconds = found.get("processor", "-")
        lines.append(f"| {one.number} | {link} | {claim} | {verdict} | {said} | {seconds} |")
    return lines


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
    told = KOREAN_PAGE.read_text(encoding="utf-8")
    KOREAN_PAGE.write_text(written_in_korean(told), encoding="utf-8")
    for path, text in lessons().items():
        path.write_text(text, encoding="utf-8")
