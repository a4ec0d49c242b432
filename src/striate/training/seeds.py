"""A recipe run from several seeds: a folder of runs, and what their test errors come to together.

seeds.yaml          command, seeds, what the runs are begun with, result
network.md          the document as it was given
seed-0, seed-1 ...  a run each
"""

import math
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, final

import torch
import yaml

from striate.data import Data, Listener, data_name
from striate.documents import Document, choose, read_file, write_document
from striate.errors import TrainingError
from striate.errors.arguments import need
from striate.errors.training import (
    data_changed,
    run_folder_in_use,
    seeds_are_finished,
    too_few_seeds,
    unreadable_seeds,
)
from striate.networks import document_from
from striate.notebook import table_html
from striate.prediction.intervals import mean_interval
from striate.system.files import write_durably
from striate.table import Table
from striate.training.checkpoint import load_checkpoint
from striate.training.comparison import RunOutcome, read_outcomes
from striate.training.display import Display
from striate.training.events import Event
from striate.training.folder import RunFolder, check_threads, free_folder, read_settings
from striate.training.launch import asked_for, resume, start
from striate.training.run import Run


SETTINGS = "seeds.yaml"
_DOCUMENT = "network.md"
_OPEN = "is_preparation_open"
"""Whether the data may choose the preparation: a written document no longer tells that nobody had chosen it."""
_OPTIONS = frozenset(("device", "vectors", "weights", "film"))
"""What `start` takes beside network, data and folder."""
_FEWEST = 2


@final
@dataclass(frozen=True, slots=True, repr=False)
class SeedRuns:
    """What runs of one recipe from several seeds came to.

    Args:
        folder: The folder that holds them.
        outcomes: What each came to, in the order of the seeds.
    """

    folder: Path
    outcomes: tuple[RunOutcome, ...]

    @property
    def test_errors(self) -> tuple[float, ...]:
        """Test error of each finished run."""
        errors = (outcome.test_error for outcome in self.outcomes)
        return tuple(error for error in errors if error is not None)

    @property
    def mean(self) -> float:
        """Mean of the test errors."""
        return _mean(self.test_errors)

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % interval of that mean over seeds, by Student's t; None for one run.

        It says how far another set of seeds would lead, on the same test examples.
        """
        return mean_interval(self.test_errors)

    @property
    def balanced_errors(self) -> tuple[float, ...]:
        """Mean over classes of the test error, of each finished run."""
        errors = (outcome.balanced_error for outcome in self.outcomes)
        return tuple(error for error in errors if error is not None)

    @property
    def is_unbalanced(self) -> bool:
        """Whether a class has at least twice as many test examples as another one."""
        return any(outcome.is_unbalanced for outcome in self.outcomes)

    def plain(self) -> dict[str, object]:
        """Return the figures as JSON and YAML hold them."""
        balanced = mean_interval(self.balanced_errors)
        return {
            "seeds": [outcome.seed for outcome in self.outcomes],
            "test_errors": list(self.test_errors),
            "mean_test_error": self.mean,
            "interval": self.interval and list(self.interval),
            "balanced_errors": list(self.balanced_errors),
            "mean_balanced_error": _mean(self.balanced_errors),
            "balanced_interval": balanced and list(balanced),
        }

    def __repr__(self) -> str:
        """Tell the mean with its interval."""
        low, high = self.interval or (math.nan, math.nan)
        return (
            f"<SeedRuns: {len(self.test_errors)} seeds, mean test error {100 * self.mean:.2f} % "
            f"({100 * low:.2f} to {100 * high:.2f} %); {self.folder}>"
        )

    def _repr_html_(self) -> str:
        cells = (
            (one.seed, len(one.history), one.errors, f"{100 * (one.test_error or 0.0):.2f} %")
            for one in self.outcomes
        )
        return table_html(("Seed", "Epochs", "Wrong", "Test error"), cells, repr(self)[1:-1])


@final
class Seeds:
    """Runs of one recipe from several seeds. Make it with `start_seeds` or `resume_seeds`.

    Args:
        folder: The folder that holds them.
        document: The network and its recipe.
        data: Name, folder or file of the data, or what a program holds.
        seeds: Start of the random choices of each run.
        options: What else `start` takes.
    """

    def __init__(
        self,
        folder: Path,
        document: Document,
        data: Data,
        seeds: Sequence[int],
        options: dict[str, Any],
    ) -> None:
        self.folder, self.document, self.data = folder, document, data
        self.seeds, self.options = tuple(seeds), options
        self.remarks: tuple[str, ...] = ()

    def place(self, seed: int) -> Path:
        """Give the folder of the run of a seed."""
        return self.folder / f"seed-{seed}"

    def runs(self, listen: Listener | None = None) -> Iterator[Run]:
        """Set up the runs that are not finished, one after another: whoever asks for the next has done the last.

        Args:
            listen: Called after every picture in a file that was compared with the cache, or decoded.

        Raises:
            TrainingError: The data is no longer that of the first run.
        """
        for seed in self.seeds:
            place = self.place(seed)
            if _is_finished(place):
                continue
            if RunFolder(place).checkpoint.is_file():
                run = resume(place, listen)
            else:
                recipe = replace(self.document.recipe, seed=seed)
                given = self.document.given_fields | {"seed"}
                document = replace(self.document, recipe=recipe, given_fields=given)
                try:
                    run = start(document, self.data, place, listen=listen, **self.options)
                except BaseException:
                    self._forget_if_empty()
                    raise
                run.remarks = (*self.remarks, *run.remarks)
            try:
                self._compare_data(seed)
            except BaseException:
                run.folder.release()
                raise
            yield run

    def _forget_if_empty(self) -> None:
        """Remove the folder if not even the first run could be set up: nothing would go on from it."""
        own = {SETTINGS, _DOCUMENT}
        if {file.name for file in self.folder.iterdir()} == own:
            for name in own:
                (self.folder / name).unlink()
            self.folder.rmdir()

    def _compare_data(self, seed: int) -> None:
        """Make sure that a run learns what the first one has learnt."""
        prints = [
            read_settings(RunFolder(self.place(one))).fingerprint for one in (self.seeds[0], seed)
        ]
        if prints[0] != prints[1]:
            raise TrainingError(data_changed(str(self.folder), data_name(self.data)))

    def result(self) -> SeedRuns:
        """Read what the runs came to, and write it down."""
        found = read_seed_runs(self.folder)
        _write(self.folder, self, {"result": found.plain()})
        return found


def start_seeds(
    network: str | Path | Document | Table,
    data: Data,
    seeds: int,
    output: str | Path | None = None,
    **options: Any,
) -> Seeds:
    """Set up runs of one recipe from several seeds: that of the recipe, and those that follow it.

    Args:
        network: A shipped name, a path, a document with its recipe, or a table written in Python.
        data: Name, folder or file of the data, or what a program holds, as `load_source` takes it.
        seeds: How many.
        output: Folder of the runs; `runs/<network>-<number>` when absent.
        options: What else `start` takes.

    Raises:
        TrainingError: The folder is in use, or there are fewer than two seeds.
    """
    need("seeds", seeds, int, "a whole number of 2 or more")
    if seeds < _FEWEST:
        raise TrainingError(too_few_seeds(seeds))
    document = document_from(network)
    document.sound_walk()
    folder = free_folder(document.name) if output is None else Path(output)
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise TrainingError(run_folder_in_use(str(folder)))
    first = document.recipe.seed
    made = Seeds(folder, document, data, range(first, first + seeds), options)
    write_durably(folder / _DOCUMENT, write_document(document))
    _write(folder, made, {})
    return made


def resume_seeds(folder: str | Path) -> Seeds:
    """Set up what is left of runs from several seeds.

    Raises:
        TrainingError: There are none, or all are finished.
    """
    need("folder", folder, (str, Path), "the folder of runs from several seeds")
    place = Path(folder)
    settings = _read(place)
    written = choose(read_file(place / _DOCUMENT), None, str(place / _DOCUMENT))
    document = replace(written, is_preparation_open=settings[_OPEN])
    check_threads(settings["threads"], f"{place / SETTINGS}, threads")
    torch.set_num_threads(settings["threads"])
    found = Seeds(place, document, settings["data"], settings["seeds"], settings["options"])
    if all(_is_finished(found.place(seed)) for seed in found.seeds):
        raise TrainingError(seeds_are_finished(str(place), len(found.seeds)))
    return found


def are_seeds(folder: Path) -> bool:
    """Whether a folder holds runs from several seeds."""
    return (folder / SETTINGS).is_file()


def read_seed_runs(folder: Path) -> SeedRuns:
    """Read what runs from several seeds came to; those that were not begun are left out.

    Raises:
        TrainingError: The folder holds none, or their files are damaged.
    """
    begun = [folder / f"seed-{seed}" for seed in _read(folder)["seeds"]]
    return SeedRuns(
        folder, read_outcomes([place for place in begun if (place / "run.yaml").is_file()])
    )


def train_seeds(
    network: str | Path | Document | Table | None = None,
    data: Data = None,
    seeds: int = 5,
    output: str | Path | None = None,
    listen: Callable[[Event], None] | None = None,
    *,
    progress: bool | None = None,
    **given: object,
) -> SeedRuns:
    """Train a network from several seeds, each from its first step to its bundle.

    Args:
        network: A shipped name, a path, a document, or a table written in Python; chosen by the data when absent.
        data: Name, folder or file of the data, as `load_source` takes it; the document's own, or
            `mnist`, when absent.
        seeds: How many: that of the recipe, and those that follow it.
        output: Folder of the runs; `runs/<network>-<number>` when absent.
        listen: Called with every event of every run.
        progress: Whether to show how it goes; in a terminal and in a notebook alone when absent.
        given: `device`, `vectors`, `weights` and `film`, as `start` takes them, and fields of the recipe that
            replace the document's.

    Returns:
        The error of each run, their mean, and its interval.

    Raises:
        StriateError: Anything is wrong with the document, the recipe, the data or the folder.
    """
    options = {name: value for name, value in given.items() if name in _OPTIONS}
    fields = {name: value for name, value in given.items() if name not in _OPTIONS}
    document, data, reasons = asked_for(network, data, fields)
    made = start_seeds(document, data, seeds, output, **options)
    made.remarks = reasons
    for run in made.runs():
        with Display(is_wanted=progress) as display:
            for event in run.events():
                display.show(event)
                if listen is not None:
                    listen(event)
    return made.result()


def _is_finished(place: Path) -> bool:
    file = RunFolder(place).checkpoint
    return file.is_file() and load_checkpoint(file)[1].finished_of > 0


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else math.nan


def _write(folder: Path, made: Seeds, more: dict[str, object]) -> None:
    """Write down what the runs are begun with, so that they can go on from the folder alone."""
    file = folder / SETTINGS
    command = shlex.join(sys.argv) if not file.is_file() else _read(folder)["command"]
    settings: dict[str, object] = {
        "command": command,
        "data": data_name(made.data),
        "seeds": list(made.seeds),
        "threads": torch.get_num_threads(),
        _OPEN: made.document.is_preparation_open,
        "options": {name: _plain(value) for name, value in made.options.items()},
    }
    write_durably(file, yaml.safe_dump(settings | more, sort_keys=False, allow_unicode=True))


def _plain(value: object) -> object:
    """Write what a run is begun with; numbers that a program holds can only be named, and are not found again."""
    if value is None or isinstance(value, str | int | float):
        return value
    return str(value) if isinstance(value, Path) else "numbers in memory"


def _read(folder: Path) -> dict[str, Any]:
    file = folder / SETTINGS
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
        return {
            "command": str(found["command"]),
            "data": str(found["data"]),
            "seeds": [int(seed) for seed in found["seeds"]],
            "threads": int(found["threads"]),
            _OPEN: bool(found[_OPEN]),
            "options": {str(name): value for name, value in found["options"].items()},
        }
    except (
        OSError,
        yaml.YAMLError,
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        RecursionError,
    ) as error:
        raise TrainingError(unreadable_seeds(str(file), type(error).__name__)) from error
