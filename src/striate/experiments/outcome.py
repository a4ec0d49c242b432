"""What an experiment came to: values of its variants, differences, and the verdict."""

from dataclasses import dataclass, field
from typing import final

from striate.errors.words import Words
from striate.experiments.drawing import draw_outcome
from striate.experiments.experiment import Budget, BudgetName, Comparison, Experiment
from striate.experiments.statistics import Effect, Verdict
from striate.experiments.telling import asked_text, effect_text, verdict_sentence
from striate.notebook import picture_html, table_html


@final
@dataclass(frozen=True, slots=True)
class VariantOutcome:
    """What a variant came to.

    Args:
        name: Of the variant.
        values: One a seed for each measure; a single one where it is exact.
        rate: Learning rate; 0 where nothing is trained.
        tried: Rates that were compared on held-out training examples, with their errors.
        matched: What was solved for.
        histories: Training errors of each epoch, one list a seed.
        seconds: Spent on learning, over all seeds.
    """

    name: str
    values: dict[str, tuple[float, ...]]
    rate: float = 0.0
    tried: tuple[tuple[float, float], ...] = ()
    matched: tuple[str, ...] = ()
    histories: tuple[tuple[float, ...], ...] = ()
    seconds: float = field(default=0.0, compare=False)


@final
@dataclass(frozen=True, slots=True)
class ComparisonOutcome:
    """What a comparison came to.

    Args:
        comparison: What was asked.
        effect: What was found.
        is_exact: Whether it follows from tables alone.
    """

    comparison: Comparison
    effect: Effect
    is_exact: bool


@final
@dataclass(frozen=True, slots=True, repr=False)
class Outcome:
    """What an experiment came to.

    Args:
        experiment: The claim.
        budget: Which budget was spent.
        spent: The budget.
        data: What it was asked on; empty where all is exact.
        variants: What each came to.
        comparisons: What each came to.
        verdict: On the claim as a whole.
        seconds: From its start to its end; what was kept from before takes none.
        network: The network it was asked of in place of the document's own.
        left_out: Variants that are networks of the document's own, and were not asked of another one.
        processor: Seconds of processor time for all trainings and measures, those kept from before too.
    """

    experiment: Experiment
    budget: BudgetName
    spent: Budget
    data: str
    variants: tuple[VariantOutcome, ...]
    comparisons: tuple[ComparisonOutcome, ...]
    verdict: Verdict
    seconds: float = field(default=0.0, compare=False)
    network: str = ""
    left_out: tuple[str, ...] = ()
    processor: float = field(default=0.0, compare=False)

    @property
    def is_exact(self) -> bool:
        """Whether nothing in it was drawn."""
        return all(one.is_exact for one in self.comparisons)

    def __repr__(self) -> str:
        """Tell the claim with its verdict."""
        return f"<Outcome of {self.experiment.name!r}: {verdict_sentence(self, Words())}>"

    def _repr_html_(self) -> str:
        words = Words()
        cells = (
            (asked_text(one.comparison, words), effect_text(one), one.effect.verdict)
            for one in self.comparisons
        )
        table = table_html(("Claim", "Difference", "Verdict"), cells, verdict_sentence(self, words))
        return f"{table}{picture_html(draw_outcome(self), 'differences beside their margins')}"
