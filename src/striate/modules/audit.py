"""The second witness: torch builds the table, runs every row, and must find the same numbers."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from striate.arithmetic import RowReport, Walk
from striate.errors import AuditError, Fault
from striate.errors.audits import audit_failed
from striate.modules.network import Network, Step
from striate.shapes import Shape, Words
from striate.system.randomness import own_random_state


LARGEST_REAL = 10_000_000
"""Numbers, in weights and outputs, up to which the audit makes real tensors. The meta device makes
none, but its first use imports a large part of torch, which takes seconds."""

BATCH = 2


def audit(walk: Walk) -> None:
    """Build a walked table, run its rows, and compare each one with the arithmetic.

    Every row runs on inputs of the sizes that the arithmetic gives, so that one wrong row does not
    hide another. torch's own random state is left as it was.

    Args:
        walk: The arithmetic on a table without faults.

    Raises:
        AuditError: A size, a number of parameters or of fixed numbers differs.
    """
    total = walk.total_with_heads
    numbers = total.parameters + total.fixed + BATCH * walk.activation_elements
    device = torch.device("cpu" if numbers <= LARGEST_REAL else "meta")
    with own_random_state(), device, torch.no_grad():
        network = Network(walk).eval()
        outputs = {
            position: torch.zeros(BATCH, *report.output.axes, dtype=_number_type(report.output))
            for position, report in enumerate(walk.reports)
            if report.output is not None
        }
        faults = [
            fault
            for step, report in zip(network.steps, walk.reports[1:], strict=True)
            for fault in _faults(network, step, report, outputs)
        ]
    if faults:
        raise AuditError(*faults)


def _number_type(shape: Shape) -> torch.dtype:
    return torch.int32 if isinstance(shape, Words) else torch.get_default_dtype()


def _faults(
    network: Network, step: Step, report: RowReport, outputs: dict[int, Tensor]
) -> Iterator[Fault]:
    size = _size(network, step, outputs)
    if size != str(report.output):
        yield audit_failed(step.row, "size", str(report.output), size)
    if report.cost is None:
        return
    module = network.get_submodule(step.child)
    for quantity, computed, tensors in (
        ("parameters", report.cost.parameters, module.parameters()),
        ("fixed numbers", report.cost.fixed, _kept_buffers(module)),
    ):
        found = sum(tensor.numel() for tensor in tensors)
        if found != computed:
            yield audit_failed(step.row, quantity, f"{computed:,}", f"{found:,}")


def _size(network: Network, step: Step, outputs: dict[int, Tensor]) -> str:
    """Run a row and write the size of what comes out, or why nothing does."""
    try:
        return "x".join(map(str, network.run(step, outputs).shape[1:]))
    except RuntimeError as error:
        return f"none: {error}"


def _kept_buffers(module: nn.Module) -> list[Tensor]:
    # torch's batch normalisation also counts its batches, which is no number of the network.
    kept = {name for name, values in module.state_dict().items() if values.is_floating_point()}
    return [buffer for name, buffer in module.named_buffers() if name in kept]
