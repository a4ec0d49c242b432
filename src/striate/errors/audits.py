"""Messages about a built network that is not what the arithmetic says: faults of Striate itself."""

from striate.errors.fault import Fault


def audit_failed(row: str, quantity: str, computed: str, built: str) -> Fault:
    """Report a number in which torch and the arithmetic differ."""
    return Fault(
        where=f"{row}, {quantity}",
        came=f"the arithmetic gives {computed}, the built network has {built}.",
        needed="the same number from both.",
        fix="this is a bug of Striate: please report it with the table.",
    )
