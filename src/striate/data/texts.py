"""Sentences with their classes: how they become a data set, and how a part is kept for the test."""

from collections.abc import Sequence

import torch

from striate.data.examples import Examples, Origin, Source, hold_out


TEST_SHARE = 0.1
"""Part of the sentences that is kept for the test where a data set has no test part of its own."""

_SPLIT_SEED = 0

DRAWN = f"drawn: of every class 90 % for training and 10 % for the test, seed {_SPLIT_SEED}"


def text_source(
    name: str, texts: Sequence[str], labels: Sequence[str], is_test: Sequence[bool] | None = None
) -> Source:
    """Make a data set of sentences.

    Args:
        name: What it is called.
        texts: The sentences.
        labels: The class of each.
        is_test: Which of them are for the test; a tenth of every class, drawn from a constant
            seed, when absent.

    Raises:
        DataError: Nothing would be left to train on.
    """
    classes = sorted(set(labels), key=_class_order)
    places = {label: index for index, label in enumerate(classes)}
    everything = Examples(
        torch.arange(len(texts)).unsqueeze(1), torch.tensor([places[label] for label in labels])
    )
    if is_test is None:
        count = max(1, round(TEST_SHARE * len(texts)))
        train, test = hold_out(everything, count, _SPLIT_SEED)
    else:
        chosen = torch.tensor(is_test)
        train, test = (
            Examples(everything.images[part], everything.labels[part]) for part in (~chosen, chosen)
        )
    origin = Origin(DRAWN) if is_test is None else Origin()
    return Source(name, tuple(classes), train, test, origin=origin, texts=tuple(texts))


def _class_order(label: str) -> tuple[bool, int, str]:
    """Order whole numbers by their size, and put them before words."""
    is_number = label.isdecimal()
    return (not is_number, int(label) if is_number else 0, label)
