"""Messages about steps that are captured as a CUDA graph. None of them ends a run: steps go without it."""

from striate.errors.fault import Fault


def capture_refused(reason: str) -> Fault:
    """Report a pass that torch does not capture, with the first line of its own words."""
    lines = reason.strip().splitlines() or ["it says nothing"]
    return Fault(
        where="CUDA graph",
        came=f"torch cannot capture a step: {lines[0].rstrip('.')}.",
        needed="a step that never waits for the card, and memory for its graph.",
        fix="set the variable STRIATE_GRAPHS to off.",
    )


def captured_differs(apart: float, tolerance: float) -> Fault:
    """Report a captured pass that does not give what the same operations give one by one."""
    return Fault(
        where="CUDA graph",
        came=f"a captured step is {apart:.1%} away from the same step without a graph.",
        needed=f"at most {tolerance:.1%}.",
        fix="set the variable STRIATE_GRAPHS to off.",
    )


def not_captured(fault: Fault) -> str:
    """Say that operations are launched one by one, and why."""
    return (
        f"Operations are launched one by one, which is slower. {fault.where}: {fault.came} "
        f"To leave this line out, {fault.fix}"
    )
