"""Whether the numbers of a network fit into the memory of this machine."""

from striate.arithmetic import Walk
from striate.errors import Fault
from striate.errors.tables import network_too_large
from striate.system.memory import available_memory


BYTES_A_NUMBER = 4
"""Of fp32, in which networks are built."""


def memory_fault(walk: Walk) -> Fault | None:
    """Report a network whose numbers alone need more bytes than are free; None if they fit.

    Args:
        walk: The arithmetic on its rows.
    """
    total, there = walk.total_with_heads, available_memory()
    needed = BYTES_A_NUMBER * (total.parameters + total.fixed)
    return None if there is None or needed <= there else network_too_large(needed, there)
