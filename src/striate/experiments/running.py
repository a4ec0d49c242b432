"""Ask a claim: every variant measured, the differences decided, and what it came to."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

from striate.data import Data
from striate.documents import Document
from striate.errors import DataError, ExperimentError, Fault, StriateError
from striate.errors.experiments import (
    claim_is_about,
    data_without_use,
    no_data_for,
    seeds_without_use,
    too_few_seeds,
)
from striate.errors.recipes import field_below
from striate.experiments.experiment import Budget, BudgetName, Experiment
from striate.experiments.jobs import Result, Store, digest_of, run_jobs, usual_store
from striate.experiments.learning import Job, fitted_document, source_for
from striate.experiments.measures.kinds import Measure, read_measure
from striate.experiments.measures.tables import measure_table
from striate.experiments.other_network import asked_of
from striate.experiments.outcome import ComparisonOutcome, Outcome, VariantOutcome
from striate.experiments.reading import load_experiment
from striate.experiments.selection import named_row
from striate.experiments.statistics import effects, overall, sample_of
from striate.experiments.variants import Setting, settings_of
from striate.networks import load
from striate.system.devices import available_cores


_SEARCH_SEED = 1000
"""Seed of the trainings that compare rates; no measured training has it."""

_RATE_STEP = 3.0
"""From one learning rate that is tried to the next."""


@final
@dataclass(frozen=True, slots=True)
class Progress:
    """How far an experiment has come.

    Args:
        done: Trainings that are finished.
        total: Trainings in all.
        variant: The variant of the last one.
        says: Its seed or rate, and the time that it took.
    """

    done: int
    total: int
    variant: str
    says: str


def experiment(
    claim: str | Path | Experiment,
    budget: BudgetName = "quick",
    *,
    network: str | Path | None = None,
    data: Data = None,
    seeds: int | None = None,
    workers: int | None = None,
    listen: Callable[[Progress], None] | None = None,
    store: Store | None = None,
) -> Outcome:
    """Ask whether a claim holds.

    Args:
        claim: A shipped experiment, the path of a document, or one made in Python.
        budget: `quick`, or `full`.
        network: Another base network to ask it of, by name or path.
        data: Other data to ask it on, as `load_source` takes it.
        seeds: Trainings of each variant; the budget's when absent.
        workers: Processes that train; one a core when absent. A script that has more than 1 calls this below
            `if __name__ == "__main__":`. Data that a program holds is trained on in its own process.
        listen: Called after each training.
        store: Where finished trainings are kept and looked for; the user's cache when absent.

    Returns:
        Values, differences with their intervals, and the verdict.

    Raises:
        DocumentError: The document, or what a variant makes of the network, has faults.
        ExperimentError: The claim cannot be asked of this network, or on this data.
        DataError: The data cannot be used, or does not suit the network.
    """
    began, processor = time.monotonic(), time.process_time()
    asked = claim if isinstance(claim, Experiment) else load_experiment(claim)
    asked, left_out, base = _as_asked(asked, network, data)
    settings = settings_of(asked, base)
    drawn = {name: _drawn_measures(asked, name) for name in settings}
    drawn = {name: measures for name, measures in drawn.items() if measures}
    spent = asked.quick if budget == "quick" else asked.full
    faults = _usage_faults(asked, seeds, data, is_drawn=bool(drawn))
    if workers is not None and workers < 1:
        faults.append(field_below("--workers", workers, 1))
    if faults:
        raise ExperimentError(*faults)
    spent = spent if seeds is None else replace(spent, seeds=seeds)
    chosen = asked.data if data is None else data
    trained: dict[str, VariantOutcome] = {}
    worked = 0.0
    if drawn:
        runner = _Runner(settings, drawn, spent, chosen, workers, listen, store or usual_store())
        trained, spent, worked = runner.run(), runner.spent, runner.processor
    variants = tuple(_with_exact(asked, one, trained) for one in settings.values())
    comparisons = _decided(asked, variants)
    verdict = overall([one.effect.verdict for one in comparisons])
    told = "" if not drawn else chosen if isinstance(chosen, str) else "data of the program"
    return Outcome(
        asked, budget, spent, told, variants, comparisons, verdict, time.monotonic() - began,
        "" if network is None else str(network), left_out, worked or time.process_time() - processor,
    )  # fmt: skip


def _as_asked(
    asked: Experiment, network: str | Path | None, data: Data
) -> tuple[Experiment, tuple[str, ...], Document | None]:
    """Give what is asked of another network, what of it is left out, and the network."""
    faults = _about_faults(asked, network, data)
    if faults:
        raise ExperimentError(*faults)
    if network is None:
        return asked, (), None
    base = load(str(network))
    return *asked_of(asked, base), base


def _about_faults(asked: Experiment, network: object, data: Data) -> list[Fault]:
    """Report what cannot be another than the claim's own."""
    base = asked.network or (asked.networks[0].title if asked.networks else "its own networks")
    given = {"network": (network, base), "data": (data, asked.data)}
    return [
        claim_is_about(asked.name, flag, own)
        for flag, (came, own) in given.items()
        if came is not None and flag in asked.about
    ]


def _usage_faults(
    asked: Experiment, seeds: int | None, data: Data, *, is_drawn: bool
) -> list[Fault]:
    if not is_drawn:
        faults = [] if data is None else [data_without_use(asked.name)]
        return faults if seeds is None else [*faults, seeds_without_use(asked.name)]
    faults = [no_data_for(asked.name)] if data is None and not asked.data else []
    return faults if seeds is None or seeds > 1 else [*faults, too_few_seeds(seeds)]


def _measure(text: str) -> Measure:
    found = read_measure(text)
    if isinstance(found, Fault):
        raise ExperimentError(found)
    return found


def _drawn_measures(asked: Experiment, variant: str) -> tuple[str, ...]:
    return tuple(text for text in asked.measures_of(variant) if not _measure(text).is_exact)


def _with_exact(
    asked: Experiment, setting: Setting, trained: dict[str, VariantOutcome]
) -> VariantOutcome:
    """Add what follows from the table to what was found by training."""
    outcome = trained.get(setting.name) or VariantOutcome(setting.name, {}, matched=setting.matched)
    values: dict[str, tuple[float, ...]] = {}
    for text in asked.measures_of(setting.name):
        measure = _measure(text)
        if measure.is_exact:
            document = setting.document
            measure = replace(measure, row=named_row(measure.row, document.table))
            values[text] = (
                float(measure_table(document.walk, measure, document.name, setting.unshared)),
            )
        else:
            values[text] = outcome.values[text]
    return replace(outcome, values=values)


def _decided(
    asked: Experiment, variants: Sequence[VariantOutcome]
) -> tuple[ComparisonOutcome, ...]:
    by_name = {variant.name: variant.values for variant in variants}
    samples = []
    for one in asked.comparisons:
        compared = by_name[one.compared][one.measure]
        is_number = not isinstance(one.other, str)
        other = (float(one.other),) if is_number else by_name[str(one.other)][one.other_measure]
        count = max(len(compared), len(other))
        # What is exact is the same for every seed.
        compared, other = (
            values * count if len(values) == 1 else values for values in (compared, other)
        )
        is_exact = _measure(one.measure).is_exact and (
            is_number or _measure(one.other_measure).is_exact
        )
        samples.append(sample_of(compared, other, one.direction, one.margin, is_exact=is_exact))
    return tuple(
        ComparisonOutcome(one, effect, sample.is_exact)
        for one, effect, sample in zip(asked.comparisons, effects(samples), samples, strict=True)
    )


@final
class _Runner:
    """Trains the variants of one experiment."""

    def __init__(
        self,
        settings: dict[str, Setting],
        drawn: dict[str, tuple[str, ...]],
        spent: Budget,
        data: Data,
        workers: int | None,
        listen: Callable[[Progress], None] | None,
        store: Store,
    ) -> None:
        self.settings, self.drawn, self.spent = settings, drawn, spent
        self.data, self.store = data, store
        self.workers = (workers or available_cores()) if isinstance(data, str) else 1
        self.listen = listen
        self.searched = [name for name in drawn if self._is_searched(name)]
        searches = len(self.searched) * spent.rates
        self.done, self.total = 0, searches + len(drawn) * spent.seeds
        self.processor = 0.0
        self.digest = self._check()

    def _is_searched(self, name: str) -> bool:
        after = any(not _measure(text).is_untrained for text in self.drawn[name])
        return self.spent.rates > 1 and self.settings[name].is_trained and after

    def _check(self) -> str:
        """Make sure that every variant can learn the data, before any does; return the digest of the data."""
        faults: list[Fault] = []
        sources = []
        for name in self.drawn:
            try:
                source = source_for(self.settings[name].document, self.data)
                fitted_document(self.settings[name], source)
                sources.append(source)
            except StriateError as error:
                faults += error.faults
        if faults:
            raise DataError(*dict.fromkeys(faults))
        # What is told of a budget is what was there to be spent.
        train, test = len(sources[0].train), len(sources[0].test)
        self.spent = replace(
            self.spent, train=min(self.spent.train, train), test=min(self.spent.test, test)
        )
        return digest_of(sources[0])

    def run(self) -> dict[str, VariantOutcome]:
        """Search rates, then train every variant with every seed."""
        rates = self._search()
        jobs = [
            Job(self.settings[name], self.data, self.spent, seed, rates[name][0], measures=measures)
            for seed in range(self.spent.seeds)
            for name, measures in self.drawn.items()
        ]
        results = self._run(jobs)
        found: dict[str, VariantOutcome] = {}
        for name, measures in self.drawn.items():
            own = [
                result
                for job, result in zip(jobs, results, strict=True)
                if job.setting.name == name
            ]
            setting = self.settings[name]
            found[name] = VariantOutcome(
                name,
                {text: tuple(float(one["values"][text]) for one in own) for text in measures},
                (rates[name][0] or setting.document.recipe.learning_rate) * setting.is_trained,
                rates[name][1],
                setting.matched,
                tuple(tuple(one["history"]) for one in own),
                sum(float(one["seconds"]) for one in own),
            )
        return found

    def _search(self) -> dict[str, tuple[float, tuple[tuple[float, float], ...]]]:
        """Give each variant the best of as many rates, by the error on held-out training examples."""
        rates: dict[str, tuple[float, tuple[tuple[float, float], ...]]]
        rates = dict.fromkeys(self.drawn, (0.0, ()))
        tries = [_RATE_STEP ** (at - (self.spent.rates - 1) / 2) for at in range(self.spent.rates)]
        jobs = [
            Job(
                self.settings[name],
                self.data,
                self.spent,
                _SEARCH_SEED,
                rate * factor,
                is_search=True,
            )
            for name in self.searched
            for rate in [self.settings[name].document.recipe.learning_rate]
            for factor in tries
        ]
        results = self._run(jobs)
        for name in self.searched:
            own = [
                (float(result["error"]), float(result["loss"]), job.rate)
                for job, result in zip(jobs, results, strict=True)
                if job.setting.name == name
            ]
            tried = tuple((rate, error) for error, _, rate in sorted(own, key=lambda one: one[2]))
            rates[name] = min(own)[2], tried
        return rates

    def _run(self, jobs: Sequence[Job]) -> list[Result]:
        return run_jobs(jobs, self.digest, self.store, self.workers, self._heard)

    def _heard(self, job: Job, result: Result) -> None:
        self.done += 1
        self.processor += float(result["processor"])
        if self.listen is not None:
            says = f"rate {job.rate:.3g}" if job.is_search else f"seed {job.seed}"
            says += f", {float(result['seconds']):.1f} s"
            self.listen(Progress(self.done, self.total, job.setting.name, says))
