"""Sentences become tokens, tokens numbers, and numbers rows; the vocabulary survives its file."""

import re
import unicodedata

import pytest
import torch
from hypothesis import given, strategies as st

from striate.data import (
    Examples,
    Vocabulary,
    fit_sentences,
    lay_out,
    load_source,
    read_vocabulary,
    standardize,
    tokenize,
    vocabulary_of,
)
from striate.data.sources import movie_reviews
from striate.data.user_files import read_unpacked
from striate.errors import DataError
from striate.preparation import Preparation, TextPreparation
from striate.shapes import Words


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("It's good, isn't it?", ["it", "'s", "good", ",", "is", "n't", "it", "?"]),
        (
            "They've said we'll go; I'd stay",
            ["they", "'ve", "said", "we", "'ll", "go", ";", "i", "'d", "stay"],
        ),
        ("You're right, I'm wrong.", ["you", "'re", "right", ",", "i", "'m", "wrong", "."]),
        ("CAN'T WON'T", ["ca", "n't", "wo", "n't"]),
        ("don\N{RIGHT SINGLE QUOTATION MARK}t", ["do", "n't"]),
        ("''Conan'' ... well!!", ["''", "conan", "''", "...", "well", "!!"]),
        ("well-made 3.5", ["well", "-", "made", "3", ".", "5"]),
        ("정말 좋다! 최고예요...", ["정말", "좋다", "!", "최고예요", "..."]),
        ("Élan naïve Ünlü", ["élan", "naïve", "ünlü"]),
        (" \t\n ", []),
        ("", []),
    ],
)
def test_words_are_parted_from_punctuation_and_endings(text: str, tokens: list[str]) -> None:
    assert tokenize(text, TextPreparation()) == tokens


def test_letters_may_stay_as_written_and_characters_may_be_tokens() -> None:
    assert tokenize("The Rock", TextPreparation(letters="as written")) == ["The", "Rock"]
    characters = TextPreparation(tokens="characters")
    assert tokenize("정말 좋다!", characters) == ["정", "말", "좋", "다", "!"]
    assert tokenize("A b", characters) == ["a", "b"]


@pytest.mark.parametrize("tokens", ["words", "characters"])
def test_hangul_in_single_letters_is_hangul_in_syllables(tokens: str) -> None:
    preparation = TextPreparation(tokens)  # type: ignore[arg-type]
    letters = "\u1112\u1161\u11ab\u1100\u116e\u11a8"
    assert tokenize(letters, preparation) == tokenize("한국", preparation)


@given(st.text())
def test_no_token_holds_a_blank_and_none_is_lost(text: str) -> None:
    seen = re.sub("[\u00ad\u2060\ufeff]", "", text).replace("\u200b", " ")
    whole = "".join(unicodedata.normalize("NFKC", seen).split())
    for tokens in ("words", "characters"):
        found = tokenize(text, TextPreparation(tokens, "as written"))
        assert all(token and not any(map(str.isspace, token)) for token in found)
        if tokens == "characters":
            assert "".join(found) == whole
        else:
            assert "".join(found) == whole.replace("`", "'").replace("’", "'")


@given(st.lists(st.text(min_size=1), unique=True))
def test_a_vocabulary_survives_its_file_whatever_its_words(words: list[str]) -> None:
    vocabulary = Vocabulary(tuple(words))
    assert read_vocabulary(vocabulary.text()) == vocabulary
    assert vocabulary.text().count("\n") == len(words)


def test_a_word_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="a word stands twice"):
        read_vocabulary("a\nb\na\n")


def test_words_are_numbered_by_their_count_and_then_by_the_alphabet() -> None:
    vocabulary = vocabulary_of([["b", "a", "c"], ["c", "나", "가"], ["c", "b"]])
    assert vocabulary.words == ("c", "b", "a", "가", "나")
    assert vocabulary.numbers(["c", "new", "나"]) == [1, 0, 5]
    assert len(vocabulary) == 5
    assert "가" in vocabulary
    assert "new" not in vocabulary


def test_rows_have_zeros_around_and_long_sentences_are_cut_and_counted() -> None:
    rows, cut = lay_out([[1, 2], [], [1, 2, 3, 4], [1, 2, 3, 4, 5]], Words(8, padding=2))
    assert rows.tolist() == [
        [0, 0, 1, 2, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 1, 2, 3, 4, 0, 0],
        [0, 0, 1, 2, 3, 4, 0, 0],
    ]
    assert cut == 1
    assert torch.equal(standardize(rows, Preparation(low=-1)), rows)


def test_examples_name_their_sentences_by_number() -> None:
    examples = Examples(torch.tensor([[2], [0]]), torch.tensor([1, 0]))
    texts = ("good", "unused", "bad good unseen")
    fitted, cut = fit_sentences(
        examples, texts, Words(4), TextPreparation(), Vocabulary(("good", "bad"))
    )
    assert fitted.images.tolist() == [[2, 1, 0, 0], [1, 0, 0, 0]]
    assert fitted.labels.tolist() == [1, 0]
    assert cut == 0


def test_the_movie_reviews_are_the_published_ones() -> None:
    source = load_source("movie-reviews")
    assert source.classes == ("negative", "positive")
    assert len(source.texts) == 10_568
    labels = torch.cat([source.train.labels, source.test.labels])
    assert labels.bincount().tolist() == [10_568 - 5_242, 5_242]
    assert (len(source.train), len(source.test)) == (9_511, 1_057)
    assert source.test.labels.bincount().tolist() == [533, 524]
    numbers = torch.cat([source.train.images, source.test.images]).flatten()
    assert sorted(numbers.tolist()) == list(range(10_568))
    assert source.texts[0].startswith("The Rock is destined to be the 21st Century's new ''Conan''")
    first = (source.train.images == 0).nonzero()
    assert source.classes[int(source.train.labels[first[0, 0]])] == "positive"


def test_an_altered_file_of_movie_reviews_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    content = bytes(read_unpacked(movie_reviews.FILE)) + b"\n"
    monkeypatch.setattr(movie_reviews, "read_unpacked", lambda _: content)
    with pytest.raises(DataError, match="its content is not the one that Striate was released"):
        load_source("movie-reviews")


def test_the_license_of_the_movie_reviews_is_shipped() -> None:
    text = movie_reviews.FILE.with_name("LICENSE").read_text(encoding="utf-8")
    assert "The MIT License" in text
    assert movie_reviews.DIGEST in text
    assert all(name in text for name in ("Hutto", "Gilbert", "Pang", "Lee"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("ＦＵＬＬ ｗｉｄｔｈ！", ["full", "width", "!"]),
        ("soft\u00adhyphen", ["softhyphen"]),
        ("क्\u200dष می\u200cخواهم", ["क्\u200dष", "می\u200cخواهم"]),
        ("fine\ufb01 e\u0301t\u00e9", ["finefi", "été"]),
        ("👩\u200d👩\u200d👧👍🏽👍🏽 🇰🇷🇩🇪", ["👩\u200d👩\u200d👧", "👍🏽👍🏽", "🇰🇷", "🇩🇪"]),
        ("ภาษาไทย\u200bดี", ["ภาษาไทย", "ดี"]),
    ],
)
def test_what_is_seen_as_one_is_not_parted(text: str, words: list[str]) -> None:
    assert tokenize(text, TextPreparation()) == words


def test_characters_are_what_a_reader_sees() -> None:
    characters = TextPreparation(tokens="characters")
    assert tokenize("हिन्दी e\u0302 👨\u200d👧 🇰🇷", characters) == [
        *("हि", "न्", "दी", "ê", "👨\u200d👧", "🇰🇷"),
    ]
