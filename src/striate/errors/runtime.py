"""Messages about the forms of a network that are there for speed."""


def runs_plainly(reason: str) -> str:
    """Say that a network runs as torch alone runs it, and why."""
    return f"The network runs as torch alone runs it, which is slower: {reason}."


def engine_refuses(problem: str) -> str:
    """Say that OpenVINO cannot read a network, and what reads it."""
    return f"OpenVINO cannot read the network ({problem}); Striate's own form does."


def engine_disagrees(difference: float) -> str:
    """Say that OpenVINO gives something else than torch, and what reads the network."""
    return f"OpenVINO's outputs differ from torch's by up to {difference:.2g}; Striate's own form reads the network."
