"""Runs beside each other: what each came to, and whether one is better than chance would make it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

from striate.errors import Fault, StriateError, TrainingError
from striate.errors.training import not_a_run
from striate.prediction.evaluation import UNBALANCED
from striate.prediction.intervals import mean_interval, wilson_interval
from striate.prediction.prediction_files import Predicted, read_predictions
from striate.training.folder import RunFolder, read_settings
from striate.training.history import EpochRecord, read_history


@final
@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What a run came to.

    Args:
        folder: Its folder, as it was given.
        network: Name of its network.
        data: What it was trained on.
        fingerprint: Of its training examples.
        seed: Start of its random choices.
        epochs: Epochs that it was to have.
        history: Its finished epochs.
        predictions: What each test example was taken for; None before it is finished.
    """

    folder: Path
    network: str
    data: str
    fingerprint: str
    seed: int
    epochs: int
    history: tuple[EpochRecord, ...]
    predictions: tuple[Predicted, ...] | None

    @property
    def errors(self) -> int | None:
        """Test examples that were given a wrong class; None before it is finished."""
        if self.predictions is None:
            return None
        return sum(found.true != found.predicted for found in self.predictions)

    @property
    def test_error(self) -> float | None:
        """Part of the test examples that was given a wrong class."""
        if not self.predictions or self.errors is None:
            return None
        return self.errors / len(self.predictions)

    @property
    def balanced_error(self) -> float | None:
        """Mean of the test errors of all classes with examples."""
        if not self.predictions:
            return None
        shares = [wrong / count for count, wrong in self._counts().values()]
        return math.fsum(shares) / len(shares)

    @property
    def is_unbalanced(self) -> bool:
        """Whether a class has at least twice as many test examples as another one."""
        counts = [count for count, _ in self._counts().values()]
        return bool(counts) and max(counts) >= UNBALANCED * min(counts)

    def _counts(self) -> dict[str, tuple[int, int]]:
        """Count the test examples of each class, and those that were given another one."""
        counts: dict[str, tuple[int, int]] = {}
        for found in self.predictions or ():
            count, wrong = counts.get(found.true, (0, 0))
            counts[found.true] = count + 1, wrong + (found.true != found.predicted)
        return counts

    @property
    def interval(self) -> tuple[float, float] | None:
        """Interval that holds the true test error with 95 % confidence."""
        if not self.predictions or self.errors is None:
            return None
        return wilson_interval(self.errors, len(self.predictions))

    @property
    def held_out_error(self) -> float | None:
        """The smallest error on held-out examples after an epoch; None without any."""
        errors = (record.validation_error for record in self.history)
        return min((error for error in errors if error is not None), default=None)

    @property
    def seconds(self) -> float:
        """Time spent on all epochs."""
        return sum(record.seconds for record in self.history)


@final
@dataclass(frozen=True, slots=True)
class Paired:
    """Two runs on the same test examples.

    Args:
        first: Folder of one run.
        other: Folder of the other.
        first_alone: Examples that the first alone got wrong.
        other_alone: Examples that the other alone got wrong.
        chance: Probability of a difference as large as this, or larger, between two networks that are equally
            good; None where they cannot be compared.
        reason: Why they cannot.
    """

    first: Path
    other: Path
    first_alone: int = 0
    other_alone: int = 0
    chance: float | None = None
    reason: str = ""


def read_outcomes(folders: Sequence[Path]) -> tuple[RunOutcome, ...]:
    """Read what some runs came to.

    Raises:
        TrainingError: A folder holds no run, or its files are damaged; all of them are named.
    """
    outcomes, faults = [], list[Fault]()
    for folder in folders:
        try:
            outcomes.append(_read_outcome(folder))
        except StriateError as error:
            faults += error.faults
    if faults:
        raise TrainingError(*faults)
    return tuple(outcomes)


def _read_outcome(path: Path) -> RunOutcome:
    folder = RunFolder(path)
    if not (path / "run.yaml").is_file() or not (path / "network.md").is_file():
        raise TrainingError(not_a_run(str(path)))
    settings = read_settings(folder)
    recipe = settings.document.recipe
    found = read_predictions(folder.predictions) if folder.predictions.is_file() else None
    return RunOutcome(
        path,
        settings.document.name,
        settings.data,
        settings.fingerprint,
        recipe.seed,
        recipe.epochs,
        read_history(path),
        found,
    )


def compare_runs(first: RunOutcome, other: RunOutcome) -> Paired:
    """Compare two runs by the test examples that only one of them got wrong.

    Source:
        Q. McNemar, Note on the sampling error of the difference between correlated proportions, 1947; with the
        binomial distribution in place of its approximation.
    """
    reason = _why_not(first, other)
    if reason or first.predictions is None or other.predictions is None:
        return Paired(first.folder, other.folder, reason=reason)
    wrong = [
        (ours.true != ours.predicted, theirs.true != theirs.predicted)
        for ours, theirs in zip(first.predictions, other.predictions, strict=True)
    ]
    alone = wrong.count((True, False)), wrong.count((False, True))
    return Paired(first.folder, other.folder, *alone, chance_of(*alone))


@final
@dataclass(frozen=True, slots=True)
class PairedSeeds:
    """Two recipes, each run from several seeds.

    Args:
        first: Folder of the runs of one.
        other: Folder of the runs of the other.
        difference: Mean test error of the other less that of the first, over the seeds that both have.
        interval: 95 % interval of that mean, by Student's t.
        seeds: How many seeds both have.
        reason: Why they cannot be compared.
    """

    first: Path
    other: Path
    difference: float = math.nan
    interval: tuple[float, float] | None = None
    seeds: int = 0
    reason: str = ""


def compare_seeds(
    first: Path, ours: Sequence[RunOutcome], other: Path, theirs: Sequence[RunOutcome]
) -> PairedSeeds:
    """Compare two recipes by the seeds that both were run from.

    Args:
        first: Folder of the runs of one.
        ours: Those runs.
        other: Folder of the runs of the other.
        theirs: Those runs.

    Source:
        Student, The probable error of a mean, 1908: the differences of pairs.
    """
    by_seed = {run.seed: run for run in theirs}
    pairs = [(run, by_seed[run.seed]) for run in ours if run.seed in by_seed]
    finished = [(one, two) for one, two in pairs if one.predictions and two.predictions]
    for one, two in finished:
        if reason := _why_not(one, two):
            return PairedSeeds(first, other, reason=reason)
    differences = [(two.test_error or 0.0) - (one.test_error or 0.0) for one, two in finished]
    interval = mean_interval(differences)
    if interval is None:
        said = "they have fewer than two finished seeds in common"
        return PairedSeeds(first, other, seeds=len(finished), reason=said)
    mean = math.fsum(differences) / len(differences)
    return PairedSeeds(first, other, mean, interval, len(finished))


def _why_not(first: RunOutcome, other: RunOutcome) -> str:
    for run in (first, other):
        if run.predictions is None:
            return f"{run.folder} has no predictions.csv: it is not finished"
    tested = [
        [(found.name, found.true) for found in run.predictions or ()] for run in (first, other)
    ]
    if tested[0] != tested[1]:
        return "they were tested on different examples"
    has_names = any(name for name, _ in tested[0])
    if not has_names and first.fingerprint != other.fingerprint:
        return (
            "they learnt different data, and their test examples have no names to be told apart by"
        )
    return ""


def chance_of(heads: int, tails: int) -> float:
    """Return the probability that a fair coin falls so unevenly, or more so: McNemar's exact test.

    Args:
        heads: Times that it fell on one side.
        tails: Times that it fell on the other.

    Examples:
        >>> chance_of(1, 7)  # 2 x (1 + 8) / 2^8
        0.0703125
        >>> chance_of(4, 4)
        1.0
    """
    count, fewer = heads + tails, min(heads, tails)
    # Terms of the binomial distribution by their logarithms: 2^-count is 0 beyond a thousand.
    logs = (
        math.lgamma(count + 1) - math.lgamma(k + 1) - math.lgamma(count - k + 1)
        for k in range(fewer + 1)
    )
    tail = math.fsum(math.exp(log - count * math.log(2)) for log in logs)
    return min(1.0, round(2 * tail, 12))
