"""torch's optimizers that need nothing but their own steps."""

from typing import final

import torch

from striate.training.optimizers.one_call import Unwrapped


@final
class RMSprop(Unwrapped, torch.optim.RMSprop):
    """torch's RMSprop."""


@final
class Adagrad(Unwrapped, torch.optim.Adagrad):
    """torch's Adagrad."""


@final
class Adamax(Unwrapped, torch.optim.Adamax):
    """torch's Adamax."""


@final
class NAdam(Unwrapped, torch.optim.NAdam):
    """torch's NAdam."""


@final
class RAdam(Unwrapped, torch.optim.RAdam):
    """torch's RAdam."""
