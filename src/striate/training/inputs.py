"""From the examples of a data set to the inputs of a network: pictures, vectors or sentences."""

from typing import assert_never, final

from striate.data import Examples, ReadExamples, Vocabulary, fit_for_reading, fit_sentences
from striate.documents import Document
from striate.shapes import Features, Image, Shape, Words


@final
class Inputs:
    """Brings examples to a network's input, and remembers what was cut on the way.

    Args:
        shape: What the network reads.
        texts: Sentences of the data set; none if it holds anything else.
        document: The network.
        vocabulary: Its words, if it reads sentences.
    """

    def __init__(
        self,
        shape: Shape,
        texts: tuple[str, ...],
        document: Document,
        vocabulary: Vocabulary | None,
    ) -> None:
        self.shape, self.texts, self.document = shape, texts, document
        self.vocabulary = vocabulary or Vocabulary(())
        self.cut = self.seen = 0

    def fit(self, examples: Examples) -> ReadExamples:
        """Bring examples to the network's input."""
        match self.shape:
            case Image() | Features():
                return fit_for_reading(examples, self.shape, self.document.preparation)
            case Words():
                fitted, cut = fit_sentences(
                    examples, self.texts, self.shape, self.document.text, self.vocabulary
                )
                self.cut, self.seen = self.cut + cut, self.seen + len(examples)
                return fitted
            case _:
                assert_never(self.shape)

    def texts_of(self, examples: Examples) -> tuple[str, ...]:
        """Give the sentences of examples that are not fitted yet; none for anything else."""
        if not self.texts:
            return ()
        return tuple(self.texts[index] for index in examples.images.flatten().tolist())

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader should know before the network trains."""
        if not isinstance(self.shape, Words) or not self.cut:
            return ()
        cut = "1 sentence is" if self.cut == 1 else f"{self.cut:,} sentences are"
        remark = (
            f"Of {self.seen:,} sentences, {cut} longer than the {self.shape.room} words that the "
            "network reads: the rest is cut off."
        )
        return (remark,)
