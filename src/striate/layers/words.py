"""Word vectors: from the numbers of words to numbers that say something about them."""

from dataclasses import dataclass
from typing import ClassVar, Literal, final, get_args

from striate.errors import LayerError
from striate.errors.fault import listed
from striate.errors.layers import needs_words, not_a_choice, not_positive
from striate.layers.cost import Cost
from striate.layers.windows import Axis
from striate.shapes import Image, Shape, Words


Vectors = Literal["random", "static", "non-static"]
"""Where word vectors come from: drawn and trained, read from a file and kept, or read and trained."""


@final
@dataclass(frozen=True, slots=True)
class Embedding:
    """Look up a vector for every word; word 0, the padding, has the vector of zeros for good.

    Shapes:
        in:  words
        out: 1 x words x dimensions, a map with one line a word

    Args:
        words: Words that have a vector, the padding not counted.
        dimensions: Numbers of a vector.
        vectors: `random` draws and trains them; `static` reads them from a file and keeps them;
            `non-static` reads and trains them.

    Raises:
        LayerError: A number is below 1, or the word is none of the three.

    Source:
        Kim 2014, section 3.1, for the three names.
    """

    words: int
    dimensions: int
    vectors: Vectors = "random"

    KIND: ClassVar = "Embedding"

    def __post_init__(self) -> None:
        faults = [
            not_positive(self.KIND, name, value)
            for name, value in (("words", self.words), ("dimensions", self.dimensions))
            if value < 1
        ]
        if self.vectors not in get_args(Vectors):
            choices = listed(get_args(Vectors))
            faults.append(not_a_choice(self.KIND, "vectors", self.vectors, choices))
        if faults:
            raise LayerError(*faults)

    @property
    def is_trained(self) -> bool:
        """Whether training changes the vectors."""
        return self.vectors != "static"

    @property
    def is_read(self) -> bool:
        """Whether the vectors come from a file."""
        return self.vectors != "random"

    def axes(self, shape: Shape) -> tuple[Axis, Axis]:  # noqa: ARG002 - each word stays itself
        """Give a window of one word."""
        return Axis(), Axis()

    def output(self, shape: Shape) -> Image:
        """Give the shape of the output.

        Raises:
            LayerError: The input is no sentence.
        """
        if not isinstance(shape, Words):
            raise LayerError(needs_words(self.KIND, str(shape)))
        return Image(1, shape.count, self.dimensions)

    def cost(self, shape: Shape) -> Cost:  # noqa: ARG002 - the same for every length
        """Count the numbers held; looking them up is no product and no link."""
        vectors = self.words * self.dimensions
        if self.is_trained:
            return Cost(parameters=vectors, fixed=self.dimensions)
        return Cost(fixed=vectors + self.dimensions)
