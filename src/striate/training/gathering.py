"""A batch that is read in parts, one after another or by several processes, and its gradients put together again."""

from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor

from striate.modules import Network
from striate.runtime import Outcome
from striate.system.ranks import Ranks


_FIGURES = 5
"""Errors, whether a process is asked to stop, what the examples count, loss, loss without side heads; those of side
heads follow."""


@final
class Gathering:
    """Adds up the gradients and figures of the parts of a batch.

    They lie side by side, so that processes talk once a step. A loss is a mean over examples, or over their
    weights: each part counts by its share of them, and parts may be of different sizes.

    Args:
        network: Whose gradients they are.
        ranks: The processes that share a batch.
    """

    def __init__(self, network: Network, ranks: Ranks) -> None:
        self.ranks, self.heads = ranks, tuple(name for name, _ in network.heads)
        self.parameters = [values for values in network.parameters() if values.requires_grad]
        counts = [values.numel() for values in self.parameters]
        device = next((values.device for values in network.parameters()), None)
        self.sums = torch.zeros(sum(counts) + _FIGURES + len(self.heads), device=device)
        self.figures = self.sums[sum(counts) :]
        parts = torch.split(self.sums, [*counts, len(self.figures)])
        pairs = zip(parts, self.parameters, strict=False)
        self.gradients = [part.view(values.shape) for part, values in pairs]
        self.are_there = [False] * len(counts)

    def parts(self, whole: int, count: int) -> Iterator[slice]:
        """Divide a batch among the processes, and this one's part further.

        Args:
            whole: Its examples.
            count: Parts that each process takes one after another.

        Yields:
            Where a part lies in the batch; `count` and `add` follow.
        """
        ranks = self.ranks
        # Where there is less than an example for each, every process reads all of them.
        ranks.weight = 1 / ranks.count if whole < ranks.count else 1.0
        self.sums.zero_()
        self.are_there = [False] * len(self.parameters)
        own = ranks.part(whole)
        # All processes take as many parts as the smallest of them can.
        turns = min(count, max(whole // ranks.count, 1))
        length = own.stop - own.start
        for turn in range(turns):
            yield slice(
                own.start + length * turn // turns, own.start + length * (turn + 1) // turns
            )

    def count(self, labels: Tensor, class_weights: Tensor | None) -> None:
        """Say what a part counts before its gradients are computed: its examples, or their weights.

        Args:
            labels: Numbers of classes, or a row of shares, one a class.
            class_weights: Of each class, where the loss is a mean over weights.
        """
        counts = float(len(labels))
        if class_weights is not None:
            weights = class_weights[labels] if labels.dim() == 1 else labels @ class_weights
            counts = float(weights.sum())
        self.ranks.share = self.ranks.weight * counts

    def add(self, outcome: Outcome) -> None:
        """Add the gradients that a part has left in the parameters, and its figures."""
        share = self.ranks.share
        for index, (total, values) in enumerate(zip(self.gradients, self.parameters, strict=True)):
            if values.grad is not None:
                total.add_(values.grad, alpha=share)
                self.are_there[index] = True
        losses = (
            outcome.loss,
            outcome.own_loss,
            *(outcome.head_losses[name] for name in self.heads),
        )
        errors = self.ranks.weight * outcome.errors
        figures = (errors, 0.0, share, *(share * loss for loss in losses))
        self.figures += torch.tensor(figures, device=self.figures.device)

    def finish(self, *, is_asked_to_stop: bool) -> tuple[Outcome, bool]:
        """Leave the gradients of the whole batch in the parameters.

        Args:
            is_asked_to_stop: Whether this process is to end its run.

        Returns:
            The batch's figures, and whether any process is to end the run.

        Raises:
            RankError: Another process has ended.
        """
        self.figures[1] += is_asked_to_stop
        self.ranks.add_up(self.sums)
        errors, stops, count, *losses = self.figures.tolist()
        self.sums /= count
        for total, values, is_there in zip(
            self.gradients, self.parameters, self.are_there, strict=True
        ):
            if is_there and values.grad is not None:
                values.grad.copy_(total)
        loss, own_loss, *heads = (one / count for one in losses)
        names = dict(zip(self.heads, heads, strict=True))
        return Outcome(loss, own_loss, round(errors), names), stops > 0
