"""Messages about networks and examples that are not put into numbers."""

from collections.abc import Sequence

from striate.errors.fault import Fault, counted


_ROWS_NAMED = 10


def rows_not_explained(network: str, rows: Sequence[str]) -> Fault:
    """Report rows whose forward and backward pass is not spelled out."""
    more = len(rows) - _ROWS_NAMED
    named = ", ".join(rows[:_ROWS_NAMED]) + (f" and {more} more" if more > 0 else "")
    return Fault(
        where=network,
        came=f"a step through {named} cannot be shown.",
        needed=(
            "fully connected rows one above the other, with tanh, scaled tanh, ReLU or sigmoid; a "
            "softmax in the last row alone."
        ),
        fix="explain one value of a row instead: --row NAME, which takes convolutions, too.",
    )


def no_words_known(network: str) -> Fault:
    """Report a network of sentences with fresh weights, which knows no words."""
    return Fault(
        where=network,
        came="it has not been trained, and knows no words.",
        needed="the folder of a run, or a bundle, which holds the words that it learnt.",
        fix=f"train it first: striate train {network}.",
    )


def no_such_example(data: str, came: int, count: int) -> Fault:
    """Report the number of an example that the data does not hold."""
    return Fault(
        where="--example",
        came=f"{came} is none of the {counted(count, 'training example')} of {data}.",
        needed=f"a number from 0 to {count - 1}.",
        fix=f"write --example {max(0, min(came, count - 1))}, for example.",
    )


def no_data_to_explain() -> Fault:
    """Report a call that leaves open which data the example is taken from."""
    return Fault(
        where="explain",
        came="the data is missing.",
        needed="the data from which the example is taken.",
        fix="write `striate explain mlp --step --data xor`, for example.",
    )


def flag_without_row(flag: str) -> Fault:
    """Report a flag that chooses within a row where no row is explained."""
    return Fault(
        where=flag,
        came="it chooses within a row, and no row was named.",
        needed="--row NAME beside it.",
        fix=f"write --row NAME, or leave {flag} out.",
    )


def full_is_for_steps() -> Fault:
    """Report a flag for the matrices of a whole step where one value is explained."""
    return Fault(
        where="--full",
        came="it prints the matrices of --step, and one value of a row was asked for.",
        needed="--step beside it.",
        fix="leave --full out; --json gives all digits of a row.",
    )


def numbers_not_understood(flag: str, text: str) -> Fault:
    """Report a place that is not written in numbers."""
    return Fault(
        where=flag,
        came=f"{text!r} is not understood.",
        needed="three whole numbers with commas between them, or one in a row without maps.",
        fix=f"write {flag} 0,2,3, for example.",
    )
