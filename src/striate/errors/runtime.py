"""Messages about the forms of a network that are there for speed."""


def runs_plainly(reason: str) -> str:
    """Say that a network runs as torch alone runs it, and why."""
    return f"The network runs as torch alone runs it, which is slower: {reason}."
