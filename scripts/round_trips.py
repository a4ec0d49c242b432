"""Write which shipped networks do not come back from which form into the pages of commands; `--check` only compares."""

import sys
from pathlib import Path

from striate import load, network_names
from striate.checking.differences import compare
from striate.documents import Document, read_networks
from striate.documents.writing import FORMS, Form, write_form
from striate.errors import DocumentError
from striate.errors.words import Language, Words


DOCS = Path(__file__).parent.parent / "docs"
BEGIN, END = "<!-- written by scripts/round_trips.py -->", "<!-- end of round trips -->"
ENDINGS: dict[Form, str] = {
    "markdown": "md",
    "keras": "py",
    "torch": "py",
    "latex": "tex",
    "html": "html",
    "csv": "csv",
    "prototxt": "prototxt",
}
PAGES: dict[Language, tuple[str, str, str, str, str]] = {
    "en": (
        "commands.md",
        "| form | networks | why not |",
        "side heads act in training alone and are left out",
        (
            "What is written is read again as the same network (`striate diff` finds nothing): {same} of the {all} pairs of a shipped network and "
            "a form. {unsaid} cannot be said in the form, and are refused row by row; {heads} come back without their side heads, {other} differ."
        ),
        "it differs",
    ),
    "ko": (
        "commands.ko.md",
        "| 꼴 | 네트워크 | 안 되는 까닭 |",
        "곁가지는 훈련에서만 쓰이므로 빠진다",
        (
            "쓴 것을 다시 읽으면 같은 네트워크이다(`striate diff`가 다른 점을 찾지 못한다): 함께 오는 네트워크와 꼴의 짝 {all}개 "
            "가운데 {same}개. {unsaid}개는 그 꼴로 말할 수 없어 행마다 거절하고, {heads}개는 곁가지 없이 돌아오고, {other}개는 다르다."
        ),
        "다르다",
    ),
}


def outcome(document: Document, form: Form) -> DocumentError | str | None:
    """Write a network, read it again, and compare: None if it is the same, an error if it cannot be written."""
    try:
        text = write_form(document, form).text
    except DocumentError as error:
        return error
    (read,) = read_networks(text, f"network.{ENDINGS[form]}")
    found = compare(document.sound_walk(), read.sound_walk())
    if found.is_same:
        return None
    other = [pair.first or pair.second for pair in found.pairs if not pair.is_same]
    return "heads" if all(one is not None and one.is_side for one in other) else "differs"


def outcomes() -> dict[tuple[str, Form], DocumentError | str | None]:
    """Give the outcome of every shipped network in every form."""
    return {(name, form): outcome(load(name), form) for form in FORMS for name in network_names()}


def section(found: dict[tuple[str, Form], DocumentError | str | None], language: Language) -> str:
    """Give the text and the table of what does not come back."""
    _, heading, heads, said, differs = PAGES[language]
    why: dict[tuple[Form, str], list[str]] = {}
    for (name, form), came in found.items():
        if isinstance(came, DocumentError):
            words = Words(language)
            reasons = dict.fromkeys(words.sentence(fault.came).rstrip(".") for fault in came.faults)
            why.setdefault((form, "; ".join(reasons)), []).append(name)
        elif came is not None:
            why.setdefault((form, heads if came == "heads" else differs), []).append(name)
    same = sum(came is None for came in found.values())
    unsaid = sum(isinstance(came, DocumentError) for came in found.values())
    without = sum(came == "heads" for came in found.values())
    other = len(found) - same - unsaid - without
    lines = [
        said.format(same=same, all=len(found), unsaid=unsaid, heads=without, other=other),
        "",
        heading,
        "| --- | --- | --- |",
    ]
    lines += [
        f"| {form} | {', '.join(names)} | {reason} |" for (form, reason), names in why.items()
    ]
    return "\n".join(lines)


def main() -> int:
    """Write both pages, or compare them."""
    found, is_same = outcomes(), True
    for language, (page, *_) in PAGES.items():
        path = DOCS / page
        text = path.read_text(encoding="utf-8")
        before, rest = text.split(BEGIN)
        fresh = f"{before}{BEGIN}\n{section(found, language)}\n{END}{rest.split(END)[1]}"
        is_same = is_same and fresh == text
        if "--check" not in sys.argv:
            path.write_text(fresh, encoding="utf-8")
    return 0 if is_same or "--check" not in sys.argv else 1


if __name__ == "__main__":
    sys.exit(main())
