"""What torch's optimizers load beside themselves, and how to do without."""

from typing import Any

import torch


class Uncompiled(torch.optim.Optimizer):
    """torch's optimizer without its compiler.

    torch keeps the compiler's hands off some methods by asking the compiler, which it loads for that on their
    first call: 70 MB and a second, in a process that compiles nothing.
    """

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters with their options; called once, while the optimizer is made."""
        method = torch.optim.Optimizer.add_param_group
        getattr(method, "__wrapped__", method)(self, param_group)
