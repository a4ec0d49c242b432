"""Run every command and every block of code of the README and docs/, in a folder that holds what they speak of.

    .venv/bin/python scripts/blocks.py [--folder FOLDER] [--seconds 60] [--again]

Writes results/commands.json: of each command, as it stands in a page, how it ended, how long it took and the end of what it
printed. One that takes longer than it may is interrupted as Ctrl-C does it, and ends with 130. What has a record is left as it is.

A block that cannot be run has a line above it that says why: `<!-- not run: ... -->`.
"""

import argparse
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import safetensors.torch
from PIL import Image, ImageDraw

import striate
from striate.experiments import experiment_names


ROOT = Path(__file__).parents[1]
RECORD = ROOT / "results" / "commands.json"
PAGES = [
    ROOT / "docs" / "gallery.md",  # whose runs are there for the others
    ROOT / "README.md",
    ROOT / "README.ko.md",
    *sorted(path for path in (ROOT / "docs").rglob("*.md") if path.name != "gallery.md"),
    *sorted((ROOT / "examples").rglob("*.md")),
    ROOT / "benchmarks" / "README.md",
    ROOT / "CONTRIBUTING.md",
]

_BLOCK = re.compile(r"^( *)```([^\n]*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_REASON = re.compile(r"<!-- not run: ([^\n]+) -->\n\Z")
_SPAN = re.compile(r"`(striate [^`]+)`")

NOT_RUN = {
    "serve": "answers until it is stopped",
    "page": "answers until it is stopped",
    "push": "sends to the hub",
    "bench": "measures for minutes, in turns with others",
    "data fetch": "downloads",
    "train text-cnn-static": "needs the word vectors of Google News, 1.5 GB",
    "experiment padding-keeps-size --record": "changes the document",
}
"""Beginnings of commands that are read and not run, and why."""

FINDS = {
    "check alexnet": "published numbers contradict each other",
    "check googlenet": "published numbers contradict each other",
    "check my-lenet.md": "the page shows what is wrong with it",
    "diff mine.py paper.md": "they differ",
}
"""Commands that end with 1, for they find something, and what."""

STAND_INS = {
    "RUN": "small-run",
    "실행": "small-run",
    "DATA": "digits/",
    "FOLDER": "digits/",
    "FILE": "paper.md",
    "문서": "paper.md",
    "NAME": "padding-keeps-size",
    "이름": "padding-keeps-size",
    "NETWORK": "lenet5",
    "VERB": "check",
    "WEIGHTS": "weights.safetensors",
    "LAST": "C3",
    "RIGHT": "3",
    "...": "",
}
"""What stands for the words of the pages; a run of sentences stands for RUN before a sentence."""


@dataclass(frozen=True)
class Block:
    """A block of a page.

    Args:
        page: Path in the repository.
        line: Of its first line.
        language: What stands behind its fence.
        text: What it holds.
        reason: Why it is not run; empty where it is.
    """

    page: str
    line: int
    language: str
    text: str
    reason: str

    @property
    def commands(self) -> list[str]:
        """Give the commands of `striate` that the block holds, as they stand."""
        lines = (
            line.removeprefix("$ ").split("    #")[0].strip() for line in self.text.split("\n")
        )
        return [line for line in lines if line.startswith("striate ")]

    @property
    def is_of_commands(self) -> bool:
        """Whether it holds commands, perhaps with what they print."""
        lines = self.text.splitlines()
        is_plain = all(line.startswith("striate ") for line in lines)
        return self.language in {"", "console"} and (is_plain or lines[0].startswith("$ striate "))


def blocks(path: Path) -> Iterator[Block]:
    """Give every block of a page."""
    text = path.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        before = text[: found.start()]
        reason = _REASON.search(before)
        page, line = path.relative_to(ROOT).as_posix(), before.count("\n") + 1
        yield Block(page, line, found[2], found[3], reason[1] if reason else "")


def named_files() -> dict[str, str]:
    """Return the files that the gallery shows: blocks whose first line is their name."""
    found = {}
    for block in blocks(PAGES[0]):
        first, _, rest = block.text.partition("\n")
        if block.language in {"python", "markdown"}:
            found[first.removeprefix("# ").removeprefix("<!-- ").removesuffix(" -->")] = rest
    return found


def commands(path: Path) -> list[str]:
    """Return every command of a page, each once: those of its blocks, and those within its sentences."""
    text = path.read_text(encoding="utf-8")
    in_blocks = [one for block in blocks(path) if not block.reason for one in block.commands]
    spans = (" ".join(span.split()) for span in _SPAN.findall(_BLOCK.sub("", text)))
    # A verb alone names itself: `striate check` is no command to copy.
    in_sentences = [span for span in spans if span.count(" ") > 1 or span == "striate list"]
    return list(dict.fromkeys([*in_blocks, *in_sentences]))


def words_of(command: str) -> list[str]:
    """Return the words behind `striate`, with what stands for those of the page."""
    words = shlex.split(command)[1:]
    is_of_sentences = any(" " in word for word in words) and "RUN" in words
    stood = STAND_INS | ({"RUN": "text-run"} if is_of_sentences else {})
    if "NETWORK" in words:
        stood |= {"WEIGHTS": STAND_INS["RUN"]}  # of the network that stands for it
    if "--class-weights" in words:
        stood |= {"NETWORK": "lenet5-softmax"}  # LeNet-5's own loss knows no weights of classes
    kept = [stood.get(word, word) for word in words]
    if words.count("RUN") > 1:
        kept[len(words) - 1 - words[::-1].index("RUN")] = "other-run"
    return [word for word in kept if word]


def reason_not_to_run(words: list[str]) -> str | None:
    """Return why a command is read and not run; None where it is run."""
    said = " ".join(words)
    if any(word.startswith("hf:") for word in words):
        return "downloads"
    return next((why for start, why in NOT_RUN.items() if f"{said} ".startswith(f"{start} ")), None)


def as_document(block: Block) -> str:
    """Return the document of a block of YAML: it is its front matter, above a table that reads pictures."""
    rows = "| Input | Input | 3 | 224x224 |\n| Output | Fully connected | - | 10 |\n"
    return (
        f"---\nname: block\n{block.text}---\n\n| Layer | Type | Maps | Size |\n"
        f"| --- | --- | --- | --- |\n{rows}"
    )


def prepare(folder: Path, *, is_for_all: bool) -> None:
    """Put what the pages speak of into a folder.

    Args:
        folder: Where the commands run.
        is_for_all: Whether trained weights of large networks are made as well.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(("cat", "dog")):
        (folder / "pictures" / name).mkdir(parents=True, exist_ok=True)
        for place in range(30):
            picture = Image.new("RGB", (32, 32), (200 - 5 * place, 90, 6 * place))
            draw = (ImageDraw.Draw(picture).ellipse, ImageDraw.Draw(picture).rectangle)[number]
            draw((4 + place % 7, 3 + place % 5, 20 + place % 9, 22), fill=(240, 6 * place, 20))
            file = "one.png" if place == 0 else f"{place}.png"
            picture.save(folder / "pictures" / name / file)
    written = striate.load_source("mnist").test
    for place in range(200):
        into = folder / "digits" / str(int(written.labels[place]))
        into.mkdir(parents=True, exist_ok=True)
        Image.fromarray(written.images[place, 0].numpy()).save(into / f"{place}.png")
    shutil.copytree(folder / "pictures" / "cat", folder / "new", dirs_exist_ok=True)
    for name, text in named_files().items():
        (folder / name).write_text(text, encoding="utf-8")
    shutil.copytree(ROOT / "examples", folder / "examples", dirs_exist_ok=True)
    names = ("picture.png", "그림.png", "one.png", "two.png", "five.png", "that.png")
    for place, name in enumerate(names):
        Image.fromarray(written.images[place, 0].numpy()).save(folder / name)
    lenet = (ROOT / "src/striate/networks/lenet5.md").read_text(encoding="utf-8")
    (folder / "my-lenet.md").write_text(lenet.replace("28x28", "29x29"), encoding="utf-8")
    (folder / "paper.md").write_text(lenet, encoding="utf-8")
    (folder / "docs").mkdir(exist_ok=True)
    (folder / "docs" / "paper.md").write_text(lenet, encoding="utf-8")
    for name, maps in (("net.py", 6), ("mine.py", 8)):
        code = f"import torch\nfrom torch import nn\n\nnet = nn.Sequential(nn.Conv2d(1, {maps}, 5), nn.ReLU())\n"
        (folder / name).write_text(f"{code}net(torch.zeros(1, 1, 28, 28))\n", encoding="utf-8")
    shutil.copy(ROOT / "src/striate/experiments/padding-keeps-size.md", folder / "mine.md")
    if is_for_all:
        subset = [sys.executable, ROOT / "scripts" / "subset.py"]
        subset += ["fashion-mnist", "1000", "200", "fashion-1000.npz"]
        subprocess.run(
            subset, cwd=folder, check=True, env={**os.environ, "PYTHONPATH": str(ROOT / "src")}
        )
        state = striate.build(striate.load("resnet18")).state_dict()
        safetensors.torch.save_file(state, folder / "weights.safetensors")
        for name, seed in (("small-run", "0"), ("other-run", "1")):
            if not (folder / name).exists():
                words = [
                    "train",
                    "lenet5",
                    "--data",
                    "digits/",
                    "--epochs",
                    "4",
                    "--batch-size",
                    "20",
                ]
                run([*words, "--seed", seed, "--output", name], folder, 300)


def run(words: list[str], folder: Path, seconds: float) -> dict[str, object]:
    """Run a command in a process of its own, and return how it ended."""
    to = None
    if ">" in words:
        at = words.index(">")
        to, words = words[at + 1], words[:at]
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "striate", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "100"},
        start_new_session=True,
    )
    try:
        printed, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        # A terminal sends it to all processes of a command.
        os.killpg(process.pid, signal.SIGINT)
        printed, _ = process.communicate(timeout=60)
    if to is not None:
        (folder / to).write_text(printed, encoding="utf-8")
    lines = [line.rstrip() for line in printed.splitlines() if line.strip()]
    taken = round(time.perf_counter() - began, 1)
    return {"exit": process.returncode, "seconds": taken, "output": lines[-2:]}


def run_code(block: Block, folder: Path) -> dict[str, object]:
    """Run a block of Python in a process of its own, and return how it ended."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", block.text],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )
    lines = (done.stdout + done.stderr).splitlines()
    taken = round(time.perf_counter() - began, 1)
    return {"exit": done.returncode, "seconds": taken, "output": lines[-2:]}


def is_right(words: list[str], outcome: dict[str, object]) -> bool:
    """Whether a command ended as it should: with 0, with 1 where it finds something, with 130 where it was ended."""
    wanted = 1 if " ".join(words) in FINDS else 0
    return outcome["exit"] in {wanted, 130}


def everything(pages: list[Path]) -> dict[str, list[str] | Block]:
    """Return what is run, under the names of the record: words of commands, and blocks of Python."""
    named: dict[str, list[str] | Block] = {}
    for page in pages:
        for block in blocks(page):
            if block.language == "python" and not block.reason:
                named[f"{block.page}, Python, {block.text.splitlines()[0]}"] = block
        for command in commands(page):
            words = words_of(command)
            # What a shipped experiment came to stands in its document, by `--record`.
            is_recorded = words[0] == "experiment" and words[1:2] and words[1] in experiment_names()
            if reason_not_to_run(words) is None and not (is_recorded and "--text" not in words):
                named[command] = words
    # Code comes last: what it reads has been made by then.
    return dict(sorted(named.items(), key=lambda item: isinstance(item[1], Block)))


def main() -> int:
    """Run what has no record yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="where to run; one that is removed by itself")
    parser.add_argument("--seconds", type=float, default=60, help="that a command may take (60)")
    parser.add_argument("--again", action="store_true", help="run what has a record, too")
    given = parser.parse_args()
    wanted = everything(PAGES)
    before = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}
    record = {name: told for name, told in before.items() if name in wanted and not given.again}
    wrong = []
    with tempfile.TemporaryDirectory() as spare:
        folder = given.folder.resolve() if given.folder else Path(spare)
        prepare(folder, is_for_all=True)
        for name, what in wanted.items():
            needs = not isinstance(what, Block) and what[0] == "train"
            if name in record and not (needs and given.folder is None):
                continue
            print(name, flush=True)
            if isinstance(what, Block):
                outcome = run_code(what, folder)
                is_fine = outcome["exit"] == 0
            else:
                outcome = run(what, folder, given.seconds)
                is_fine = is_right(what, outcome)
            if not is_fine:
                wrong.append(name)
                print(f"  {outcome}", flush=True)
                continue
            record[name] = outcome
            text = json.dumps(record, indent=1, ensure_ascii=False)
            RECORD.write_text(text + "\n", encoding="utf-8")
    print(f"{len(record)} recorded, {len(wrong)} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
