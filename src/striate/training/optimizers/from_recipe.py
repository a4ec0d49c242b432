"""From a recipe to torch's optimizer, and the optimizer's state as plain tensors."""

from collections.abc import Mapping
from typing import Any, assert_never

import torch
from torch import Tensor, nn

from striate.fine_tuning import rate_factors
from striate.modules import Embedding, Network
from striate.recipe import Recipe
from striate.training.optimizers.adadelta import Adadelta
from striate.training.optimizers.muon import Muon
from striate.training.optimizers.one_call import SGD, Adam
from striate.training.optimizers.plain import Adagrad, Adamax, NAdam, RAdam, RMSprop


def optimizer_of(recipe: Recipe, network: nn.Module) -> torch.optim.Optimizer:
    """Make the optimizer of a recipe, for what is trained; the learning rate is set before each step."""
    parameters, rate, decay = groups_of(recipe, network), recipe.learning_rate, recipe.weight_decay
    match recipe.optimizer:
        case "sgd" | "nesterov":
            momentum = recipe.momentum
            # torch refuses Nesterov's rule without momentum, where both rules are the same.
            is_nesterov = recipe.optimizer == "nesterov" and momentum > 0
            return SGD(
                parameters,
                lr=rate,
                momentum=momentum,
                weight_decay=decay,
                nesterov=is_nesterov,
                fused=True,
            )
        case "adam" | "adamw":
            return Adam(
                parameters,
                lr=rate,
                betas=(recipe.momentum, 0.999),
                weight_decay=decay,
                fused=True,
                decoupled_weight_decay=recipe.optimizer == "adamw",
            )
        case "adamax" | "nadam" | "radam":
            kind = {"adamax": Adamax, "nadam": NAdam, "radam": RAdam}[recipe.optimizer]
            return kind(parameters, lr=rate, betas=(recipe.momentum, 0.999), weight_decay=decay)
        case "adagrad":
            return Adagrad(parameters, lr=rate, weight_decay=decay)
        case "rmsprop":
            return RMSprop(parameters, lr=rate, alpha=recipe.momentum, weight_decay=decay)
        case "adadelta":
            # With weight decay every vector moves in every step, and nothing can be left out. A card goes
            # through all of them sooner than the processor is told which were read.
            for module in network.modules():
                if isinstance(module, Embedding):
                    is_there = module.weight.device.type == "cpu"
                    module.has_sparse_gradient = is_there and decay == 0
            return Adadelta(parameters, rate, recipe.momentum, decay)
        case "muon":
            return Muon(parameters, hidden_matrices(network), rate, recipe.momentum, decay)
        case _:
            assert_never(recipe.optimizer)


FACTOR = "factor"
"""Option of a group of parameters: what the learning rate is multiplied by for them."""


def groups_of(recipe: Recipe, network: nn.Module) -> list[dict[str, Any]]:
    """Put parameters that are trained into groups, each of one factor of the learning rate."""
    by_child: dict[str, float] = {}
    if isinstance(network, Network):
        factors = rate_factors(recipe.learning_rate_of, network.walk)
        for step in network.steps:
            by_child |= dict.fromkeys(step.children, factors.get(step.row, 1.0))
    groups: dict[float, list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            factor = by_child.get(name.partition(".")[0], 1.0)
            groups.setdefault(factor, []).append(parameter)
    return [{"params": group, FACTOR: factor} for factor, group in groups.items()]


def hidden_matrices(network: nn.Module) -> list[nn.Parameter]:
    """Give the weights that Muon treats as matrices: those between the words and the outputs."""
    words = [module for module in network.modules() if isinstance(module, Embedding)]
    ends = network.ends if isinstance(network, Network) else ()
    left_out = {id(one) for module in (*words, *ends) for one in module.parameters()}
    return [one for one in network.parameters() if one.dim() > 1 and id(one) not in left_out]


def state_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Give the state of an optimizer by name: `0.exp_avg` belongs to the first parameter."""
    # Not by its `state_dict`, for which torch loads its compiler.
    return {
        f"{index}.{name}": values
        for index, parameter in enumerate(_parameters(optimizer))
        for name, values in optimizer.state.get(parameter, {}).items()
        if values is not None
    }


def restore_state(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Put back a state that `state_tensors` gave."""
    parameters = _parameters(optimizer)
    optimizer.state.clear()
    for key, values in tensors.items():
        index, _, name = key.partition(".")
        parameter = parameters[int(index)]
        # Fused steps count on the device.
        is_there = values.dim() > 0 or optimizer.defaults.get("fused")
        moved = values.to(parameter.device if is_there else "cpu", copy=True)
        optimizer.state[parameter][name] = _laid_out_as(parameter, moved)


def _parameters(optimizer: torch.optim.Optimizer) -> list[Tensor]:
    return [one for group in optimizer.param_groups for one in group["params"]]


def _laid_out_as(parameter: Tensor, values: Tensor) -> Tensor:
    """Give values the memory order of a parameter: a fused step goes through both from end to end."""
    return torch.empty_like(parameter).copy_(values) if values.shape == parameter.shape else values
