"""Has files fail under real commands, each operation in turn: `python -m proofs.faults --full`.

An operation fails once, each third one does, or all from one on. Beside that: folders that may not be written, clocks that
go back, data that changes while it is read.

A command whose file fails must end with a fault in words, or do without what failed; what was there must still be there,
and the same work begun again must end with the bytes of an undisturbed run.
"""

import errno
import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random  # noqa: TID251 - seeded
from tempfile import TemporaryDirectory

from PIL import Image

from proofs.kills import Stage
from proofs.records import Record, arguments
from proofs.scenes import fresh, scenes
from proofs.watched import Aim, How, preloaded


_ERRORS = {"EIO": errno.EIO, "ENOSPC": errno.ENOSPC}
_QUICK, _NOBODY = 4, 65534


def main() -> int:
    """Do all of it, or a few of each kind."""
    library = preloaded("proofs.faults")
    asked = arguments(__doc__, cases=0)
    record = Record.begun("faults", "python -m proofs.faults --full", asked)
    with TemporaryDirectory(prefix="striate-faults-") as folder:
        Path(folder).chmod(0o755)
        chosen = scenes() if asked.full else scenes()[-1:]
        stages = [Stage(scene, Path(folder), library, record) for scene in chosen]
        cases = [
            (stage, Aim(stage.watched, at, how, number), f"{name}, {how.name.lower()}")
            for stage in stages
            for at in range(1, stage.operations + 1)
            for name, number in _ERRORS.items()
            for how in (How.FAIL, How.FAIL_FROM)
        ]
        cases += [
            (stage, Aim(stage.watched, 0, How.FAIL, number, every), f"{name}, each {every}.")
            for stage in stages
            for every in (1, 2, 3, 5, 11)
            for name, number in _ERRORS.items()
        ]
        limit = asked.cases or (len(cases) if asked.full else _QUICK)
        drawn = Random(asked.seed).sample(cases, min(limit, len(cases)))
        for stage, aim, how in record.rest(drawn, asked.seconds):
            fail(stage, aim, how, record)
        record.counts["places at which an operation can fail"] = len(cases)
        if asked.full and record.tried == record.planned:
            for work in (read_only, clock_that_goes_back, data_that_changes):
                work(stages[0], record)
    return record.finish(is_full=asked.full)


def fail(stage: Stage, aim: Aim, how: str, record: Record) -> None:
    """Have a command fail once, and look at what is left."""
    case = f"{stage.scene.name}, operation {aim.at} of {stage.operations}, {how}"
    fresh(stage.beginning, stage.place)
    ended = stage.scene.run(stage.runner, aim)
    record.count(f"failing operations: {stage.scene.name}")
    if not ended.is_named:
        record.fail(f"{case}: it ends with {ended.code}: {ended.told[-400:]}")
    stage.look(case)


def read_only(stage: Stage, record: Record) -> None:
    """Run as a user who may write nothing there."""
    fresh(stage.beginning, stage.place)
    for path in (stage.place, *stage.place.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)

    def as_nobody() -> int:
        from striate.cli import main as striate

        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
        return striate([str(word) for word in stage.scene.words])

    if os.getuid():
        record.remarks.append("read-only folders: not tried, for that needs another user")
        return
    ended = stage.runner.call(as_nobody)
    record.count("read-only folders")
    if ended.code != 2 or not ended.is_named:
        record.fail(f"a read-only folder: it ends with {ended.code}: {ended.told[-300:]}")


def clock_that_goes_back(stage: Stage, record: Record) -> None:
    """Train while the clock runs backwards, with pictures of the year 2100 and of 1970."""
    hour = 3600
    for stamp in (4102444800, 0):
        fresh(stage.beginning, stage.place)
        for picture in (stage.place / "pictures").rglob("*.png"):
            os.utime(picture, (stamp, stamp))

        def backwards() -> int:
            from striate.cli import main as striate

            began, calls = time.time(), iter(range(10**9))
            time.time = lambda: began - hour * next(calls)
            time.time_ns = lambda: int(1e9 * (began - hour * next(calls)))
            return striate([str(word) for word in stage.scene.words])

        ended = stage.runner.call(backwards)
        record.count("clocks that go back")
        if ended.code:
            record.fail(f"a clock that goes back: {ended.code}: {ended.told[-300:]}")
        elif stage.scene.outcomes(stage.place) != stage.wanted:
            record.fail("a clock that goes back: other bytes came out")


def data_that_changes(stage: Stage, record: Record) -> None:
    """Change a picture just before it is opened for the n-th time, and compare with what a fresh cache then says."""
    words = ("data", "check", "pictures", "--json")
    for name, change in _CHANGES.items():
        for nth in (1, 2, 3):
            fresh(stage.beginning, stage.place)
            shutil.rmtree(stage.place / "cache", ignore_errors=True)
            case = f"a picture that is {name} before it is opened for the {nth}. time"
            ended = stage.runner.call(lambda c=change, n=nth: _changing(c, n, words))  # type: ignore[misc]
            record.count("data that changes while it is read")
            if not ended.is_named:
                record.fail(f"{case}: it ends with {ended.code}: {ended.told[-300:]}")
            known = stage.runner.striate(words)
            shutil.rmtree(stage.place / "cache", ignore_errors=True)
            anew = stage.runner.striate(words)
            if (known.code, _said(known.told)) != (anew.code, _said(anew.told)):
                record.fail(f"{case}: the cache believes what was there before")


def _said(told: str) -> object:
    try:
        return json.loads(told)
    except ValueError:
        return told


def _changing(change: Callable[[Path], None], nth: int, words: tuple[str, ...]) -> int:
    from striate.cli import main as striate

    target, seen = Path("pictures/a/0.png").absolute(), 0

    def hook(event: str, details: tuple[object, ...]) -> None:
        nonlocal seen
        if event == "open" and str(details[0]).endswith("pictures/a/0.png"):
            seen += 1
            if seen == nth:
                change(target)

    sys.addaudithook(hook)
    return striate(list(words))


_CHANGES: dict[str, Callable[[Path], None]] = {
    "cut short": lambda file: os.truncate(file, 40),
    "emptied": lambda file: os.truncate(file, 0),
    "replaced": lambda file: Image.new("L", (12, 12), 200).save(file),
    "removed": lambda file: file.unlink(missing_ok=True),
}


if __name__ == "__main__":
    sys.exit(main())
