"""Kills real commands at each operation on their files, and looks at what is left: `python -m proofs.kills --full`.

A case is one SIGKILL: before an operation, in the middle of it (half of what was to be written is), or right after it.
Then every verb must give an answer or name a fault, what was there before must still be there, and the same work begun
again must end with the very bytes of a run that nobody killed, with nothing left over beside them.
"""

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from ctypes import CDLL
from io import StringIO
from pathlib import Path
from random import Random  # noqa: TID251 - seeded
from tempfile import TemporaryDirectory
from typing import final

from proofs.records import Record, arguments
from proofs.scenes import Scene, fresh, scenes
from proofs.watched import Aim, How, Runner, preloaded


_KILLS = 300
_QUICK = 3
_HOWS = (How.KILL_BEFORE, How.KILL_WITHIN, How.KILL_AFTER)


def main() -> int:
    """Do as many kills as are asked for, spread over all commands."""
    library = preloaded("proofs.kills")
    asked = arguments(__doc__, kills=0)
    count = asked.kills or (_KILLS if asked.full else _QUICK)
    record = Record.begun("kills", "python -m proofs.kills --full", asked)
    with TemporaryDirectory(prefix="striate-kills-") as folder:
        chosen = scenes() if asked.full else scenes()[:1]
        stages = [Stage(scene, Path(folder), library, record) for scene in chosen]
        cases = [(stage, at, how) for stage in stages for at, how in stage.aims()]
        chosen_cases = Random(asked.seed).sample(cases, min(count, len(cases)))
        for stage, at, how in record.rest(chosen_cases, asked.seconds):
            stage.kill(at, how)
        record.counts["operations that were aimed at"] = len(cases) // len(_HOWS)
    return record.finish(is_full=asked.full)


@final
class Stage:
    """One scene with its beginning, and what comes of it when nobody disturbs it."""

    def __init__(self, scene: Scene, folder: Path, library: CDLL, record: Record) -> None:
        self.scene, self.record = scene, record
        self.place = folder / "work"
        self.watched = self.place / scene.watched
        self.beginning = folder / f"begin-{len(list(folder.iterdir()))}"
        self.runner = Runner(library, self.place)
        settle(self.place)
        shutil.rmtree(self.place, ignore_errors=True)
        self.place.mkdir()
        scene.before(self.runner, self.place)
        self.place.rename(self.beginning)
        fresh(self.beginning, self.place)
        warm_up(scene, self.place)
        fresh(self.beginning, self.place)
        done = scene.run(self.runner, Aim(self.watched))
        if done.code:
            raise RuntimeError(done.told)
        self.operations, self.wanted = done.operations, scene.outcomes(self.place)
        self.was_there = (self.beginning / "run" / "bundle").is_dir()

    def aims(self) -> Iterator[tuple[int, How]]:
        """Give each place at which it can be killed."""
        for at in range(1, self.operations + 1):
            for how in _HOWS:
                yield at, how

    def kill(self, at: int, how: How) -> None:
        """Kill it once, and look at what is left."""
        scene, record = self.scene, self.record
        case = f"{scene.name}, operation {at} of {self.operations}, {how.name.lower()}"
        fresh(self.beginning, self.place)
        ended = scene.run(self.runner, Aim(self.watched, at, how))
        if ended.code != -9:
            record.count("cases in which the operation did not come")
            return
        record.count(f"kills: {scene.name}")
        self.look(case)

    def look(self, case: str) -> None:
        """Hold every promise against what is there now, and end the work."""
        scene, record = self.scene, self.record
        for words in scene.verbs:
            answer = self.runner.striate(words)
            if not answer.is_named:
                record.fail(f"{case}: {words[0]} ends with {answer.code}: {answer.told[-300:]}")
            elif self.was_there and answer.code:
                record.fail(f"{case}: {words[0]} has lost what was there: {answer.told[-300:]}")
            record.count("verbs asked after a fault")
        tried = []
        for words in scene.again:
            tried.append(self.runner.striate(words))
            if tried[-1].code == 0:
                break
        told = " | ".join(one.told[-200:] for one in tried)
        is_done = scene.outcomes(self.place) == self.wanted
        if tried[-1].code and not (is_done and tried[-1].is_named):
            record.fail(f"{case}: it cannot be ended: {told}")
        elif any(not one.is_named for one in tried):
            record.fail(f"{case}: {told}")
        elif not is_done:
            record.fail(f"{case}: other bytes came out than without it")
        elif left := strays(self.watched):
            record.fail(f"{case}: left over: {left}")
        else:
            record.count("ended with the bytes of an undisturbed run")


def strays(folder: Path) -> list[str]:
    """Name what should not be there any longer once the work is done."""
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob(".*")
        if path.name.endswith((".tmp", ".new", ".old", ".lock"))
    )


def settle(place: Path) -> None:
    """Load what all processes share, and set what they all do: save each epoch, and compile nothing."""
    import torch

    from striate import classifier, export, prediction, training  # noqa: F401 - before the forks
    from striate.training import run

    torch.set_num_threads(1)
    run._SAVE_SHARE = 1e9
    os.environ.update(STRIATE_CACHE=str(place / "cache"), STRIATE_KERNELS="off")


def warm_up(scene: Scene, place: Path) -> None:
    """Do all commands of a scene once in this process, so that those to come have every module loaded."""
    from striate.cli import main

    before = Path.cwd()
    os.chdir(place)
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        for words in (scene.words, *scene.again, *scene.verbs):
            main(words)
    os.chdir(before)
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    sys.exit(main())
