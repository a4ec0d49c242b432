"""A table in plain PyTorch: the same graph, built without Striate's own modules, to compare with."""

from collections.abc import Callable, Mapping
from typing import assert_never, final

import torch
from torch import Tensor, nn
from torch.nn import functional

from striate.arithmetic import Walk, reads
from striate.errors import TimingError
from striate.errors.timing import optimizer_not_in_plain_torch
from striate.layers import FullyConnected, Inception, RadialBasis, SideHead
from striate.recipe import Recipe
from striate.timing.plain_rows import (
    MaskedConv2d,
    SquaredDistances,
    WordEmbedding,
    plain_row,
    squash,
)


Criterion = Callable[[Tensor, Tensor], Tensor]
"""From outputs and labels to the mean loss."""


@final
class PlainNetwork(nn.Module):
    """The rows of a table one behind the other.

    The softmax of a last row, or its sigmoid, is left to the loss, as torch's losses want it.

    Args:
        walk: The arithmetic on a table without faults.

    Raises:
        TimingError: A row has no usual spelling in plain PyTorch.
    """

    def __init__(self, walk: Walk) -> None:
        super().__init__()
        trunk, *heads = walk.table.parts
        lasts = {part[-1].name for part in walk.table.parts}
        self.reads = reads(walk.table)[1:]
        self.functions = tuple(
            None
            if isinstance(row.layer, Inception)
            or (row.name in lasts and row.function in {"softmax", "sigmoid"})
            else row.function
            for row in walk.table.rows[1:]
        )
        self.names = tuple(row.identifier for row in walk.table.rows[1:])
        self.rows = nn.ModuleList(plain_row(report) for report in walk.reports[1:])
        self.last = len(trunk) - 1
        self.heads: list[tuple[int, float]] = []
        end = self.last
        for head in heads:
            end += len(head)
            if isinstance(head[0].layer, SideHead):
                self.heads.append((end, head[0].layer.weight))
        self.limits = [
            (number, row.layer.max_norm)
            for number, row in enumerate(walk.table.rows[1:])
            if isinstance(row.layer, FullyConnected) and row.layer.max_norm is not None
        ]
        self.gives_distances = isinstance(trunk[-1].layer, RadialBasis)

    def forward(self, examples: Tensor) -> Tensor | tuple[Tensor, ...]:
        """Give the outputs; in training mode those of the side heads behind them, if there are any.

        Shapes:
            in:  batch x channels x height x width, batch x values, or batch x words
            out: batch x classes
        """
        with_heads = self.training and self.heads
        outputs = [examples]
        for number, row in enumerate(self.rows):
            if number == self.last and not with_heads:
                break
            below = (outputs[read] for read in self.reads[number])
            outputs.append(squash(self.functions[number], row(*below)))
        result = outputs[self.last].flatten(1)
        if not with_heads:
            return result
        return (result, *(outputs[end].flatten(1) for end, _ in self.heads))

    def limit_norms(self) -> None:
        """Scale the weights of units back to the norms that their rows allow."""
        with torch.no_grad():
            for number, limit in self.limits:
                weight = _core(self.rows[number]).weight
                weight.copy_(torch.renorm(weight, 2, 0, limit))  # type: ignore[operator, arg-type]

    def load(self, weights: Mapping[str, Tensor]) -> None:
        """Take the numbers of the same network built by Striate.

        Args:
            weights: Its state, by the names of its rows.
        """
        with torch.no_grad():
            for name, row in zip(self.names, self.rows, strict=True):
                own = {
                    key.partition(".")[2]: values
                    for key, values in weights.items()
                    if key.partition(".")[0].removesuffix("_") == name
                }
                _lay_in(_core(row), own)


def _core(row: nn.Module) -> nn.Module:
    """Give the module that holds a row's numbers, behind a padding or a flattening."""
    return row[-1] if isinstance(row, nn.Sequential) else row


def _lay_in(module: nn.Module, numbers: dict[str, Tensor]) -> None:
    match module:
        case WordEmbedding():
            module.vectors.weight[0] = 0
            module.vectors.weight[1:] = numbers["weight"]
        case MaskedConv2d():
            places = module.mask.expand(-1, -1, *module.kernel_size) > 0
            module.weight.zero_()[places] = numbers["weight"].flatten().to(module.weight.dtype)
            if module.bias is not None:
                module.bias.copy_(numbers["bias"])
        case SquaredDistances():
            module.codes.copy_(numbers["codes"])
        case _:
            own = dict(module.named_parameters()) | dict(module.named_buffers())
            for name, values in numbers.items():
                found = own[name] if name in own else own[_behind_padding(name)]
                found.copy_(values)


def _behind_padding(name: str) -> str:
    """Name the numbers of a branch's convolution that stands behind a padding of its own."""
    part, _, last = name.rpartition(".")
    return f"{part}.1.{last}"


def criterion_of(recipe: Recipe) -> Criterion:
    """Give the loss of a recipe as torch's users write it."""
    match recipe.loss:
        case "cross-entropy":
            return nn.CrossEntropyLoss()
        case "binary-cross-entropy":
            return lambda scores, labels: functional.binary_cross_entropy_with_logits(
                scores.squeeze(1), labels.to(scores.dtype)
            )
        case "distance":
            return lambda distances, labels: distances.gather(1, labels[:, None]).mean()
        case "map":
            constant = recipe.map_constant
            return lambda distances, labels: _map_loss(distances, labels, constant)
        case _:
            assert_never(recipe.loss)


def _map_loss(distances: Tensor, labels: Tensor, constant: float) -> Tensor:
    rubbish = torch.full_like(distances[:, :1], -constant)
    others = torch.logsumexp(torch.cat((-distances, rubbish), dim=1), dim=1)
    return (distances.gather(1, labels[:, None]).squeeze(1) + others).mean()


def optimizer_of(recipe: Recipe, network: nn.Module, **options: bool) -> torch.optim.Optimizer:
    """Make torch's optimizer of a recipe.

    Args:
        recipe: Its numbers.
        network: What is trained.
        options: More arguments, as `fused`.
    """
    parameters = [one for one in network.parameters() if one.requires_grad]
    rate, decay, momentum = recipe.learning_rate, recipe.weight_decay, recipe.momentum
    match recipe.optimizer:
        case "sgd" | "nesterov":
            nesterov = recipe.optimizer == "nesterov" and momentum > 0
            return torch.optim.SGD(
                parameters, rate, momentum, weight_decay=decay, nesterov=nesterov, **options
            )
        case "adam":
            return torch.optim.Adam(
                parameters, rate, (momentum, 0.999), weight_decay=decay, **options
            )
        case "adamw":
            return torch.optim.AdamW(
                parameters, rate, (momentum, 0.999), weight_decay=decay, **options
            )
        case "adagrad":
            return torch.optim.Adagrad(parameters, rate, weight_decay=decay, **options)
        case _:
            pass
    options.pop("fused", None)  # torch has no others that are fused
    match recipe.optimizer:
        case "adamax" | "nadam" | "radam":
            kinds = {
                "adamax": torch.optim.Adamax,
                "nadam": torch.optim.NAdam,
                "radam": torch.optim.RAdam,
            }
            kind = kinds[recipe.optimizer]
            return kind(parameters, rate, (momentum, 0.999), weight_decay=decay, **options)
        case "rmsprop":
            return torch.optim.RMSprop(parameters, rate, momentum, weight_decay=decay, **options)
        case "adadelta":
            return torch.optim.Adadelta(parameters, rate, momentum, 1e-6, decay, **options)
        case "muon":
            raise TimingError(optimizer_not_in_plain_torch(recipe.optimizer))
        case _:
            assert_never(recipe.optimizer)
