"""Assemble the pages of the site, some of them generated, build it with mkdocs, and look through it.

    .venv/bin/python scripts/site.py

Pages go to build/site-source, the site to build/site, where it opens from the disk. Exit code 1 where a link leads nowhere,
or a page would fetch something from elsewhere.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

from notebooks import as_markdown
from reference_pages import PAGES


ROOT = Path(__file__).parents[1]
SOURCE = Path("build/site-source")
SITE = Path("build/site")

FROM_REPOSITORY = {
    "README.md": "index.md",
    "README.ko.md": "index.ko.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "examples": "examples",
    "src/striate/networks": "networks",
    "src/striate/experiments": "claims",
    "docs": "",
}
"""Where a file or folder of the repository stands in the site; of networks and claims, the documents alone."""

_THEME = {
    "Table of contents": "목차",
    "Previous": "이전",
    "Next": "다음",
    "Search": "검색",
    "Copy to clipboard": "복사",
    "Skip to content": "본문으로",
    "Back to top": "맨 위로",
}
"""What the theme writes beside the pages."""

_OF_THEME = re.compile(rf"(?<=[>\"])\s*(?:{'|'.join(_THEME)})\s*(?=[:<\"])")
_LINK = re.compile(r"(!?)\[((?:[^\]\[]|\[[^\]]*\])*)\]\(([^)\s#]+)(#[^)\s]*)?\)")
_ELSEWHERE = re.compile(r"^[a-z]+:")
_HEADING = re.compile(r"\A(?:---\n.*?\n---\n)?\s*# [^\n]+\n", re.DOTALL)
_KOREAN = re.compile(r"(^|/)ko/|\.ko\.(md|html)$")


def placed(root: Path) -> dict[Path, str]:
    """Return where each file of the repository that is in the site stands there.

    Args:
        root: The repository.
    """
    places = {}
    for origin, target in FROM_REPOSITORY.items():
        path = root.resolve() / origin
        files = [path] if path.is_file() else sorted(path.rglob("*"))
        for file in files:
            if file.is_file() and (not origin.startswith("src") or file.suffix == ".md"):
                inner = file.relative_to(path).as_posix()
                places[file] = target if file == path else f"{target}/{inner}".lstrip("/")
    return places


def assemble(root: Path, source: Path) -> None:
    """Write every page of the site.

    Args:
        root: The repository.
        source: Where to; what is there is replaced.
    """
    shutil.rmtree(source, ignore_errors=True)
    places = placed(root)
    for file, place in places.items():
        target = source / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".ipynb":
            page = as_markdown(json.loads(file.read_text(encoding="utf-8")))
            target.with_suffix(".md").write_text(page, encoding="utf-8")
        elif file.suffix == ".md":
            text = linked(file.read_text(encoding="utf-8"), file, place, places)
            target.write_text(text, encoding="utf-8")
        else:
            shutil.copyfile(file, target)
    for name, text in PAGES.items():
        (source / name).write_text(text(), encoding="utf-8")
    shutil.copytree(root / "scripts" / "site_files", source / "assets")
    for page in source.rglob("*.md"):
        name = page.relative_to(source).as_posix()
        other = in_other_language(name)
        if (source / other).is_file():
            word = "English" if _KOREAN.search(name) else "한국어"
            text = page.read_text(encoding="utf-8")
            way = _way(other, name)
            switched = _HEADING.sub(
                lambda head, word=word, way=way: f"{head[0]}\n[{word}]({way})\n", text
            )
            page.write_text(switched, encoding="utf-8")


def in_other_language(name: str) -> str:
    """Return the name that a page has in the other language: `course/en/01-eye.md`, `start.ko.md`."""
    if name.startswith("course/"):
        language, other = ("ko", "en") if name.startswith("course/ko/") else ("en", "ko")
        return name.replace(f"/{language}/", f"/{other}/")
    return name.replace(".ko.md", ".md") if ".ko." in name else name.replace(".md", ".ko.md")


def linked(
    text: str, file: Path, place: str, places: dict[Path, str], *, is_link: bool = False
) -> str:
    """Return a page whose links lead to the places of files in the site; those that are not in it become text.

    A picture leads to itself, so that it can be looked at in its own size, unless it is a link already.
    """

    def way(link: re.Match[str]) -> str:
        picture, words, target, anchor = link[1], link[2], link[3], link[4] or ""
        if not picture and words.startswith("!["):
            words = linked(words, file, place, places, is_link=True)
        if _ELSEWHERE.match(target):
            return link[0]
        there = places.get((file.parent / unquote(target)).resolve())
        if there is None:
            return words
        there = there.replace(".ipynb", ".md")
        shown = f"{picture}[{words}]({_way(there, place)}{anchor})"
        return f"[{shown}]({_way(there, place)})" if picture and not is_link else shown

    return _LINK.sub(way, text)


def _way(target: str, page: str) -> str:
    return "../" * page.count("/") + target


class _Addresses(HTMLParser):
    """Collects what a page links to, what it loads, and the anchors that it has."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the addresses of a tag."""
        told = {name: value for name, value in attrs if value is not None}
        if "id" in told:
            self.anchors.add(told["id"])
        if tag == "a" and "href" in told:
            self.links.append(told["href"])
        elif "src" in told:
            self.loads.append(told["src"])
        elif tag == "link" and told.get("rel") not in {"canonical", "next", "prev"}:
            self.loads.append(told.get("href", ""))


def problems(site: Path) -> list[str]:
    """Return what of a built site leads nowhere, or would be fetched from elsewhere, each as one line."""
    pages = {}
    for page in sorted(site.rglob("*.html")):
        pages[page.resolve()] = addresses = _Addresses()
        addresses.feed(page.read_text(encoding="utf-8"))
    found = []
    for page, addresses in pages.items():
        name = page.relative_to(site.resolve())
        found += [f"{name}: loads {way}" for way in addresses.loads if _fetches(way)]
        for way in (*addresses.links, *addresses.loads):
            if _ELSEWHERE.match(way) or way.startswith("//") or name.name == "404.html":
                continue
            path, _, anchor = unquote(way).partition("#")
            file = (page.parent / path).resolve() if path else page
            if not file.exists():
                found.append(f"{name}: {way} is not there")
            elif anchor and file in pages and anchor not in pages[file].anchors:
                found.append(f"{name}: {way} has no such place")
    return list(dict.fromkeys(found))


def _fetches(way: str) -> bool:
    return way.startswith("//") or (_ELSEWHERE.match(way) is not None and way[:5] != "data:")


def finish(site: Path) -> None:
    """Say of the Korean pages that they are Korean, for screen readers and fonts, and let the theme speak it there."""
    for page in site.rglob("*.html"):
        if _KOREAN.search(page.relative_to(site).as_posix()):
            text = page.read_text(encoding="utf-8")
            text = text.replace('<html lang="en"', '<html lang="ko"', 1)
            page.write_text(
                _OF_THEME.sub(lambda word: _THEME[word[0].strip()], text), encoding="utf-8"
            )


if __name__ == "__main__":
    os.chdir(ROOT)
    assemble(ROOT, SOURCE)
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict"], check=False, env=quiet
    )
    if built.returncode:
        sys.exit(built.returncode)
    finish(SITE)
    wrong = problems(SITE)
    sys.stdout.writelines(f"{line}\n" for line in wrong)
    sys.exit(1 if wrong else 0)
