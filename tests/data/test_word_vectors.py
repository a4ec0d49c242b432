"""Word vectors of word2vec and GloVe: the same vectors from every form, and clear refusals."""

import gzip
import hashlib
import lzma
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from striate.data import Vocabulary, read_vectors
from striate.errors import DataError


VOCABULARY = Vocabulary(("good", "영화", "never", "."))
VECTORS = {
    "good": [0.5, -1.25, 3e-05],
    "other": [9.0, 9.0, 9.0],
    ". . .": [1.0, 2.0, 4.0],
    "영화": [-7.0, 0.0, 0.125],
    "good ": [6.0, 6.0, 6.0],
    ".": [1.5, 2.5, 3.5],
}
EXPECTED = [[0.5, -1.25, 3e-05], [-7.0, 0.0, 0.125], [0.0] * 3, [1.5, 2.5, 3.5]]


def glove() -> bytes:
    return "".join(
        f"{word} {' '.join(map(repr, numbers))}\n" for word, numbers in VECTORS.items()
    ).encode()


def word2vec_text() -> bytes:
    return f"{len(VECTORS)} 3\n".encode() + glove()


def word2vec_binary(end: bytes = b"\n") -> bytes:
    plain = {word: numbers for word, numbers in VECTORS.items() if " " not in word}
    return f"{len(plain)} 3\n".encode() + b"".join(
        word.encode() + b" " + np.array(numbers, "<f4").tobytes() + end
        for word, numbers in plain.items()
    )


def plain(content: bytes) -> bytes:
    return content


@pytest.mark.parametrize("pack", [plain, gzip.compress, lzma.compress])
@pytest.mark.parametrize(
    "content", [glove(), word2vec_text(), word2vec_binary(), word2vec_binary(b"")]
)
def test_every_form_gives_the_same_vectors(
    tmp_path: Path, pack: Callable[[bytes], bytes], content: bytes
) -> None:
    file = tmp_path / "vectors"
    file.write_bytes(pack(content))
    given = read_vectors(file, VOCABULARY, 3, "Vectors")
    torch.testing.assert_close(given.vectors, torch.tensor(EXPECTED))
    assert given.is_found.tolist() == [True, True, False, True]
    assert given.digest == hashlib.sha256(pack(content)).hexdigest()
    assert given.remark == "3 of 4 words have a vector in vectors; the other 1 are drawn."


REST = "  Needed: a word and its numbers, all finite.\n  Fix: copy or download the file again."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"good 1 2 3 4\n",
            (
                "{file}: its vectors have 4 numbers, and the row Vectors has 3.\n"
                "  Needed: vectors of 3 numbers.\n"
                "  Fix: choose another file, or write 4 as the second number of the row's size and as "
                "the width of the kernels that read it."
            ),
        ),
        (
            b"a picture\n",
            (
                "{file}: its first line is neither two counts nor a word with its numbers.\n"
                "  Needed: word vectors: word2vec's text or binary form, or GloVe's text form.\n"
                "  Fix: check that this is the right file."
            ),
        ),
        (
            b"good 1 2 3\nbad 1 two 3\n",
            "{file}, line 2: it holds no word with 3 numbers.\n" + REST,
        ),
        (
            b"2 3\ngood 1 2 3\nbad 1 2\n",
            "{file}, line 3: it holds no word with 3 numbers.\n" + REST,
        ),
        (b"good 1 2 nan\n", "{file}, a vector: it holds values that are not finite.\n" + REST),
        (
            word2vec_binary()[:-9],
            "{file}, vector 4 of 4: it holds less than a word and its numbers.\n" + REST,
        ),
        (
            b"gut 1 2 3\nschlecht 1 2 3\n",
            (
                "{file}: it holds none of the words of the training sentences.\n"
                "  Needed: vectors for words such as 'good', '영화' or 'never'.\n"
                "  Fix: choose a file of the language of the sentences, made from tokens like theirs."
            ),
        ),
        (
            gzip.compress(glove(), mtime=0)[:-12],
            (
                "{file}: it is packed with gzip or xz and is damaged or cut off.\n"
                "  Needed: a whole gzip or xz file.\n"
                "  Fix: copy or download it again."
            ),
        ),
        (
            b"",
            (
                "{file}: the file is empty.\n"
                "  Needed: a file with content.\n"
                "  Fix: copy or download it again."
            ),
        ),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "vectors"
    file.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_vectors(file, VOCABULARY, 3, "Vectors")
    assert str(caught.value) == message.format(file=file)


def test_a_mark_of_the_order_of_bytes_is_no_part_of_the_first_word(tmp_path: Path) -> None:
    for content in (glove(), word2vec_text()):
        (tmp_path / "vectors").write_bytes(b"\xef\xbb\xbf" + content)
        given = read_vectors(tmp_path / "vectors", VOCABULARY, 3, "Vectors")
        assert torch.equal(given.vectors, torch.tensor(EXPECTED))


@pytest.mark.parametrize("begin", [b"\n", b" ", b"\r\n", b"0 1 2\n", b"1.5 2.5 3\n4"])
def test_binary_vectors_that_begin_like_text_are_binary(tmp_path: Path, begin: bytes) -> None:
    numbers = np.frombuffer((begin + b"\x00\x00\x80\x3f" * 8)[:20], "<f4")
    content = b"1 5\ngood " + numbers.tobytes() + b"\n"
    (tmp_path / "vectors").write_bytes(content)
    given = read_vectors(tmp_path / "vectors", VOCABULARY, 5, "Vectors")
    assert given.vectors[0].numpy().tobytes() == numbers.tobytes()
