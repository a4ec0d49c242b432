"""In which order an epoch reads the examples."""

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from striate.data.examples import Shards
from striate.recipe import Recipe


@final
@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """The examples of an epoch, one after another.

    Args:
        indices: Of the examples, int64.
        keys: What each use of an example draws its random numbers by: its index, and another number for each
            further use in the same epoch.
    """

    indices: Tensor
    keys: Tensor

    def part(self, start: int, end: int) -> "Order":
        """Give the uses of a step."""
        indices = self.indices[start:end]
        return Order(indices, indices if self.keys is self.indices else self.keys[start:end])

    def at(self, places: Tensor) -> "Order":
        """Give the uses at some places of the epoch."""
        return Order(self.indices[places], self.keys[places])


def order_of(recipe: Recipe, labels: Tensor, epoch: int, shards: Shards | None = None) -> Order:
    """Shuffle the examples; the order depends on the seed and the epoch alone.

    Balanced, there are as many uses in all, and the same number of each class, or one more: each example of a class
    comes once before one of them comes again.

    Args:
        recipe: Its seed and its sampling.
        labels: Of the training examples.
        epoch: Counted from 0.
        shards: Where the examples lie, if they are read shard by shard.
    """
    generator = torch.Generator().manual_seed(recipe.seed * 1_000_003 + epoch)
    count = len(labels)
    if recipe.sampling == "shuffled":
        if shards is None:
            order = torch.randperm(count, generator=generator).to(labels.device)
        else:
            order = shards.shuffled(generator, torch.arange(count))
        return Order(order, order)
    classes = [(labels == label).nonzero().flatten().cpu() for label in labels.bincount().nonzero()]
    least, more = divmod(count, len(classes))
    # Who has one use more changes from epoch to epoch.
    lucky = set(torch.randperm(len(classes), generator=generator)[:more].tolist())
    indices, keys = [], []
    for number, members in enumerate(classes):
        wanted = least + (number in lucky)
        rounds = -(-wanted // len(members))
        for turn in range(rounds):
            chosen = members[torch.randperm(len(members), generator=generator)]
            chosen = chosen[: wanted - turn * len(members)]
            indices.append(chosen)
            keys.append(chosen + turn * count)
    every = Order(torch.cat(indices), torch.cat(keys))
    if shards is None:
        order = torch.randperm(count, generator=generator)
    else:
        order = shards.shuffled(generator, every.indices)
    whole = every.at(order)
    return Order(whole.indices.to(labels.device), whole.keys.to(labels.device))
