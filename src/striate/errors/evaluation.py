"""Messages about a trained network and images that do not suit it."""

from collections.abc import Sequence

from striate.errors.fault import Fault


def network_reads_no_images(network: str) -> Fault:
    """Report a table that reads flat vectors where images are needed."""
    return Fault(
        where=network,
        came="its input is a flat vector.",
        needed="an input of maps x height x width for images.",
        fix="write the size of the input row as height x width.",
    )


def network_reads_sentences(network: str, data: str) -> Fault:
    """Report pictures for a network of sentences."""
    return Fault(
        where=network,
        came=f"it reads sentences, and {data} holds pictures.",
        needed="a data set of sentences: movie-reviews, or a CSV, TSV or JSONL file with texts.",
        fix="choose such data, or a network of pictures such as lenet5.",
    )


def network_reads_pictures(network: str, data: str) -> Fault:
    """Report sentences for a network of pictures."""
    return Fault(
        where=network,
        came=f"it reads pictures, and {data} holds sentences.",
        needed="a data set of pictures such as mnist.",
        fix="choose such data, or a network of sentences such as text-cnn.",
    )


def network_reads_no_sentences(network: str) -> Fault:
    """Report sentences that are to be told by a network of something else."""
    return Fault(
        where=network,
        came="it reads no sentences.",
        needed="a network whose first row is of type Sentence.",
        fix="give it pictures, or train a network such as text-cnn.",
    )


def sentences_needed(network: str) -> Fault:
    """Report pictures that are to be told by a network of sentences."""
    return Fault(
        where=network,
        came="it reads sentences, not pictures.",
        needed="sentences.",
        fix="call predict_sentences, or choose a network of pictures.",
    )


def other_classes(data: str, came: Sequence[str], needed: Sequence[str]) -> Fault:
    """Report data whose classes are not those of the network."""
    return Fault(
        where=data,
        came=f"its classes are {_shown(came)}.",
        needed=f"those that the network was trained for: {_shown(needed)}.",
        fix="choose data with these classes, or train on this data.",
    )


def _shown(classes: Sequence[str]) -> str:
    shown = ", ".join(classes[:10])
    return shown if len(classes) <= 10 else f"{shown} and {len(classes) - 10} more"  # noqa: PLR2004
