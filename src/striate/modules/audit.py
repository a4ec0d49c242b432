"""The second witness: torch builds the table on the meta device, and must find the same numbers."""

import torch

from striate.arithmetic import Walk
from striate.errors import AuditError, Fault
from striate.errors.audits import audit_failed
from striate.modules.network import Network


def audit(walk: Walk) -> None:
    """Build a walked table without memory, run it, and compare every row with the arithmetic.

    Args:
        walk: The arithmetic on a table without faults.

    Raises:
        AuditError: A shape, a number of parameters or of fixed numbers differs.
    """
    with torch.device("meta"):
        network = Network(walk).eval()
        source = walk.reports[0].output
        if source is None:
            message = "a table without faults has an input"
            raise TypeError(message)
        outputs = network.trace(torch.empty(2, *source.axes))
    faults: list[Fault] = []
    for report in walk.reports[1:]:
        if report.output is None or report.cost is None:
            continue
        row, module = report.row, network.get_submodule(report.row.identifier)
        shape = tuple(outputs[row.name].shape[1:])
        if shape != report.output.axes:
            built = "x".join(map(str, shape))
            faults.append(audit_failed(row.name, "size", str(report.output), built))
        counts = (
            ("parameters", report.cost.parameters, module.parameters()),
            ("fixed numbers", report.cost.fixed, _kept_buffers(module)),
        )
        for quantity, computed, tensors in counts:
            found = sum(tensor.numel() for tensor in tensors)
            if found != computed:
                faults.append(audit_failed(row.name, quantity, f"{computed:,}", f"{found:,}"))
    if faults:
        raise AuditError(*faults)


def _kept_buffers(module: torch.nn.Module) -> list[torch.Tensor]:
    kept = module.state_dict()
    return [buffer for name, buffer in module.named_buffers() if name in kept]
