"""What a network sees of a sentence: which words fire which maps, what each word adds, and which words lie near it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from striate.errors import SeeingError
from striate.errors.seeing import no_such_output, reads_no_sentences
from striate.layers import Convolution, DepthwiseConvolution, Embedding
from striate.modules import Network, preferences
from striate.see.patches import word_spans, words_seen
from striate.see.rows import Array, evaluating, module_of_row
from striate.shapes import Image, Words


@final
@dataclass(frozen=True, slots=True)
class Fired:
    """A map of a row of windows over words, where it answers most strongly to one sentence.

    Args:
        row: Name of the row.
        map_number: The map, counted from 0.
        place: Where its largest value stands.
        words: The first and the last word that it sees there, counted in the padded sentence.
        value: The largest value.
        adds: What the map adds to the class's score: the sum over its places of value times slope.
    """

    row: str
    map_number: int
    place: int
    words: tuple[int, int]
    value: float
    adds: float


def rows_of_windows(network: Network) -> list[str]:
    """Return the rows of a network of sentences whose kernels slide over words, in their order.

    Raises:
        SeeingError: The network reads no sentences.
    """
    if not isinstance(network.walk.input, Words):
        raise SeeingError(reads_no_sentences(network.walk.reports[0].row.name))
    spans, kinds = word_spans(network), Convolution | DepthwiseConvolution
    return [
        report.row.name
        for report in network.walk.reports[: network.trunk_length + 1]
        if report.row.name in spans and isinstance(report.row.layer, kinds)
    ]


def fired(network: Network, inputs: Tensor, class_number: int) -> tuple[Fired, ...]:
    """Return every map of every row of windows for a sentence, that which adds most to or takes most from a class first.

    Shapes:
        inputs: 1 x words

    Args:
        network: A network of sentences; its mode and its gradients are left as they were.
        inputs: The numbers of the words.
        class_number: The class, counted from 0.

    Raises:
        SeeingError: The network reads no sentences, or tells no such class.
    """
    found = []
    for row, values, slopes in _with_slopes(network, inputs, class_number):
        adds = (values * slopes).sum(axis=1)
        for number, answers in enumerate(values):
            place = int(answers.argmax())
            words = words_seen(network, row, place)
            found.append(
                Fired(row, number, place, words, float(answers[place]), float(adds[number]))
            )
    return tuple(sorted(found, key=lambda one: -abs(one.adds)))


def _with_slopes(
    network: Network, inputs: Tensor, class_number: int
) -> list[tuple[str, NDArray[np.float64], NDArray[np.float64]]]:
    """Give rows of windows with their values and the slopes of a class's score by them: maps x places."""
    rows = rows_of_windows(network)
    with evaluating(network), torch.enable_grad():
        outputs = network.trace(inputs)
        last = network.steps[network.trunk_length - 1].row
        score = _scores(network, outputs[last].flatten(1), class_number).sum()
        slopes = torch.autograd.grad(score, [outputs[row] for row in rows], materialize_grads=True)
    parts = []
    for row, slope in zip(rows, slopes, strict=True):
        values = outputs[row][0].detach().flatten(1).double().numpy()
        by = slope[0].flatten(1).double().numpy()
        parts.append((row, values, by))
    return parts


def _scores(network: Network, outputs: Tensor, class_number: int) -> Tensor:
    scores = preferences(outputs, network.ending)
    if not 0 <= class_number < scores.shape[1]:
        raise SeeingError(no_such_output(class_number, scores.shape[1]))
    return scores[:, class_number]


def word_answers(network: Network, inputs: Tensor, row: str, map_number: int) -> Array:
    """Return how strongly a map answers around each word: the largest value among the windows that see it.

    Shapes:
        inputs: 1 x words
        out: words, of the padded sentence
    """
    with evaluating(network), torch.no_grad():
        values = network.trace(inputs)[row][0, map_number].flatten().float().numpy()
    answers = np.full(inputs.shape[1], -np.inf, np.float32)
    for place, value in enumerate(values):
        first, last = words_seen(network, row, place)
        part = answers[max(first, 0) : last + 1]
        np.maximum(part, value, out=part)
    return np.where(np.isfinite(answers), answers, 0).astype(np.float32)


def word_effects(network: Network, inputs: Tensor, class_number: int) -> Array:
    """Return by how much a class's score falls where a word is taken for the padding, for each place of the sentence.

    Shapes:
        inputs: 1 x words
        out: words; 0 where there is padding

    Args:
        network: A network of sentences; its mode is left as it was.
        inputs: The numbers of the words.
        class_number: The class, counted from 0.

    Raises:
        SeeingError: The network tells no such class.
    """
    places = inputs[0].nonzero().flatten()
    without = inputs.repeat(len(places) + 1, 1)
    without[torch.arange(len(places)), places] = 0
    with evaluating(network), torch.no_grad():
        scores = _scores(network, network(without), class_number)
    effects = torch.zeros(inputs.shape[1])
    effects[places] = (scores[-1] - scores[:-1]).float().cpu()
    return effects.numpy()


def near_words(network: Network, number: int, count: int = 5) -> list[tuple[int, float]]:
    """Return the words whose vectors point most nearly as that of a word does, with the cosine of the angle.

    Args:
        network: A network of sentences; of several rows of vectors the first that is trained counts.
        number: Of the word, from 1 on.
        count: How many words.

    Raises:
        SeeingError: The network has no vectors of words.
    """
    rows = [
        report.row for report in network.walk.reports if isinstance(report.row.layer, Embedding)
    ]
    if not rows:
        raise SeeingError(reads_no_sentences(network.walk.reports[0].row.name))
    trained = [row for row in rows if isinstance(row.layer, Embedding) and row.layer.is_trained]
    vectors = module_of_row(network, (trained or rows)[0].name).get_parameter("weight").detach()
    lengths = vectors.norm(dim=1).clamp_min(1e-12)
    line = number - 1  # word 0 is the padding, which has no line
    cosines = (vectors @ vectors[line]) / (lengths * lengths[line])
    cosines[line] = -torch.inf
    largest, lines = cosines.topk(min(count, len(cosines) - 1))
    return [
        (line + 1, cosine) for line, cosine in zip(lines.tolist(), largest.tolist(), strict=True)
    ]


def strongest_window(network: Network, found: Sequence[Fired]) -> tuple[str, int, tuple[int, int]]:
    """Return row, map and place of the value that adds most to a class: the first of `fired` that is above 0.

    Args:
        network: A network of sentences.
        found: What `fired` gave; at least one.
    """
    first = next((one for one in found if one.adds > 0), found[0])
    output = next(r.output for r in network.walk.reports if r.row.name == first.row)
    width = output.width if isinstance(output, Image) else 1
    return first.row, first.map_number, (first.place // width, first.place % width)
