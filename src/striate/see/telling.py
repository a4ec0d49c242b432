"""Files about one sentence: which words fire which maps, what each word adds, and one value in numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from striate.data import Vocabulary, lay_out, tokenize
from striate.documents import Document
from striate.modules import Network, class_probabilities
from striate.pictures.words import Column, draw_words
from striate.see.gallery import Shown, plain
from striate.see.patches import word_spans, words_seen
from striate.see.rows import Array, evaluating
from striate.see.sentences import (
    Fired,
    fired,
    near_words,
    strongest_window,
    word_answers,
    word_effects,
)
from striate.see.units import as_lines, unit
from striate.shapes import Words


_DRAWN, _LISTED = 8, 24


@final
@dataclass(frozen=True, slots=True, eq=False)
class Sentence:
    """A sentence that a network looks at.

    Args:
        tokens: Its words, those that are cut off left out.
        cut: How many are cut off.
        inputs: 1 x words: their numbers, with the padding around them.
        before: Places of padding before the first word.
    """

    tokens: tuple[str, ...]
    cut: int
    inputs: Tensor
    before: int

    @property
    def is_known(self) -> tuple[bool, ...]:
        """Whether each word has a vector; the others are read as padding."""
        numbers = self.inputs[0, self.before : self.before + len(self.tokens)].tolist()
        return tuple(number > 0 for number in numbers)

    @property
    def names(self) -> list[str]:
        """What stands at each place of the padded sentence: a word, or `_`."""
        behind = self.inputs.shape[1] - self.before - len(self.tokens)
        return [*["_"] * self.before, *self.tokens, *["_"] * behind]


def read_sentence(
    text: str, document: Document, network: Network, vocabulary: Vocabulary
) -> Sentence:
    """Return a sentence as a network reads it.

    Args:
        text: The sentence.
        document: The network's document; what a word is stands there.
        network: A network of sentences.
        vocabulary: The words that it knows.
    """
    shape = network.walk.input
    if not isinstance(shape, Words):
        message = "a network of sentences was expected"
        raise TypeError(message)
    tokens = tokenize(text, document.text)
    inputs, _ = lay_out([vocabulary.numbers(tokens)], shape)
    kept = tuple(tokens[: shape.room])
    return Sentence(kept, len(tokens) - len(kept), inputs, shape.padding)


def show_sentence(
    network: Network,
    sentence: Sentence,
    vocabulary: Vocabulary,
    classes: tuple[str, ...],
    reasons_for: Sequence[int],
    *,
    chosen: tuple[str, int, tuple[int, int]] | None = None,
    map_constant: float = 1.0,
) -> Iterator[Shown]:
    """Draw and tell what a network makes of one sentence.

    Args:
        network: A network of sentences.
        sentence: As `read_sentence` gives it.
        vocabulary: The words that the network knows.
        classes: Names of the classes.
        reasons_for: Numbers of the classes to give reasons for; at least one.
        chosen: Row, map and place of the value that is taken apart; the one that adds most to the first of the
            classes where it is absent.
        map_constant: That of the recipe, by which distances become scores.

    Yields:
        A file at a time.
    """
    with evaluating(network), torch.no_grad():
        scores = class_probabilities(network(sentence.inputs), network.ending, map_constant)[0]
    for number in reasons_for:
        found = fired(network, sentence.inputs, number)
        effects = word_effects(network, sentence.inputs, number)
        said = f"{classes[number]}, score {float(scores[number]):.4f}"
        if sentence.tokens and found:
            content = _drawn(network, sentence, found, effects, said)
            yield Shown(f"words-{plain(classes[number])}.png", content, f"what speaks for {said}")
        text = "\n".join(_lines(network, sentence, vocabulary, found, effects, said)) + "\n"
        yield Shown(f"words-{plain(classes[number])}.txt", text.encode(), "the same in numbers")
    found = fired(network, sentence.inputs, reasons_for[0])
    if chosen is None and not found:
        return
    row, number, place = chosen or strongest_window(network, found)
    taken = unit(network, sentence.inputs, row, number, place)
    text = "\n".join(as_lines(taken, words=words_of(network, sentence, row, place))) + "\n"
    yield Shown("unit.txt", text.encode(), f"how a value of {row} comes about")


def words_of(
    network: Network, sentence: Sentence, row: str, place: tuple[int, int]
) -> tuple[str, ...]:
    """Return the words that the window of a row lies on, where it lies on words; none elsewhere."""
    if row not in word_spans(network):
        return ()
    first, last = words_seen(network, row, place[0])
    names = sentence.names
    return tuple(names[at] if 0 <= at < len(names) else "_" for at in range(first, last + 1))


def _drawn(
    network: Network,
    sentence: Sentence,
    found: Sequence[Fired],
    effects: Array,
    said: str,
) -> bytes:
    before, count = sentence.before, len(sentence.tokens)
    part = slice(before, before + count)
    columns = [
        Column(
            (one.row, f"map {one.map_number}", f"adds {one.adds:+.2f}"),
            word_answers(network, sentence.inputs, one.row, one.map_number)[part],
            _among(one.words, before, count),
        )
        for one in found[:_DRAWN]
    ]
    notes = [
        "left: by how much the score falls where the word is taken away",
        "right: the maps that add or take most, with their largest value around each word",
        "framed: the window that fires most strongly",
    ]
    if not all(sentence.is_known):
        notes.append("words in brackets are unknown and read as nothing")
    return draw_words(
        sentence.tokens, sentence.is_known, effects[part], columns, f"Why {said}?", notes
    )


def _among(words: tuple[int, int], before: int, count: int) -> tuple[int, int]:
    first, last = (min(max(at - before, 0), count - 1) for at in words)
    return first, last


def _lines(
    network: Network,
    sentence: Sentence,
    vocabulary: Vocabulary,
    found: Sequence[Fired],
    effects: Array,
    said: str,
) -> list[str]:
    lines = [said, ""]
    unknown = [
        word for word, known in zip(sentence.tokens, sentence.is_known, strict=True) if not known
    ]
    if unknown:
        lines += [f"unknown, and read as nothing: {', '.join(dict.fromkeys(unknown))}", ""]
    if sentence.cut:
        lines += [f"{sentence.cut} more words are cut off", ""]
    lines.append("falls without it  word, and the words nearest to it by their vectors")
    near: dict[str, str] = {}
    for at, (word, known) in enumerate(zip(sentence.tokens, sentence.is_known, strict=True)):
        if known and word not in near:
            number = int(sentence.inputs[0, sentence.before + at])
            beside = near_words(network, number)
            near[word] = ", ".join(
                f"{vocabulary.words[n - 1]} {cosine:.2f}" for n, cosine in beside
            )
        lines.append(f"{effects[sentence.before + at]:16.4f}  {word}: {near.get(word, 'unknown')}")
    names = sentence.names
    lines += ["", "     adds     value  map, and the words of its strongest window"]
    for one in found[:_LISTED]:
        first, last = one.words
        words = " ".join(
            names[at] if 0 <= at < len(names) else "_" for at in range(first, last + 1)
        )
        lines.append(f"{one.adds:9.4f} {one.value:9.4f}  {one.row} {one.map_number}: {words}")
    if len(found) > _LISTED:
        lines.append(f"and {len(found) - _LISTED} maps more, which add {_rest(found):.4f}")
    return lines


def _rest(found: Sequence[Fired]) -> float:
    return sum(one.adds for one in found[_LISTED:])
