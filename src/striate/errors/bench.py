"""Messages about measurements of speed."""

from striate.errors.fault import Fault


def worker_failed(name: str, problem: str, printed: str) -> Fault:
    """Report a process that was to be measured and failed."""
    return Fault(
        where=name,
        came=f"it failed: {problem}.",
        needed="a process that runs the network.",
        fix=f"see what it printed last:\n{printed}" if printed else "it printed nothing.",
    )


def worker_too_slow(name: str, asked: str, seconds: float) -> Fault:
    """Report a process that did not answer in time."""
    return Fault(
        where=name,
        came=f"asked to {asked}, it took more than {seconds:g} s.",
        needed="an answer in that time; otherwise the others wait for it in every round.",
        fix="measure it on a smaller network, or on a faster machine.",
    )


def outputs_differ(name: str, difference: float, tolerance: float) -> Fault:
    """Report a program whose outputs are not those of the network."""
    return Fault(
        where=name,
        came=f"its outputs differ from those in double precision by {difference:.2g} of the largest.",
        needed=f"at most {tolerance:g}; otherwise it does other work, and its time says nothing.",
        fix="compare its rows, its weights and its preparation with the table's.",
    )


def loss_differs(name: str, came: float, expected: float) -> Fault:
    """Report a program that learns by another loss."""
    return Fault(
        where=name,
        came=f"its loss on the first examples is {came:.6g}.",
        needed=f"{expected:.6g}, as in double precision.",
        fix="compare its loss with that of the recipe.",
    )


def graph_not_written(name: str, problem: str) -> Fault:
    """Report a network that a program cannot be given, as torch does not write it as ONNX."""
    return Fault(
        where=name,
        came=f"torch cannot write the network as ONNX: {problem.rstrip('.')}.",
        needed="the graph that it reads.",
        fix="measure beside other programs, or change the row.",
    )


def optimizer_not_in_plain_torch(name: str) -> Fault:
    """Report an optimizer that torch has not, or only in another form."""
    return Fault(
        where="optimizer",
        came=f"{name} is not among the optimizers of torch that do the same.",
        needed="one of torch's own to compare with.",
        fix="measure without the comparison: --without-plain.",
    )
