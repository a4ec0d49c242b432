"""What is shown of a sentence equals what torch computes word by word."""

import re
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch

import striate
from striate import see
from striate.cli import main
from striate.data import Vocabulary
from striate.documents import read_networks
from striate.errors import SeeingError
from striate.errors.seeing import row_beside_sentences
from striate.modules import Network
from striate.prediction.bundle import save_bundle
from striate.see.patches import words_seen
from striate.see.telling import Sentence, read_sentence


TEXT = """---
name: words
text:
  tokens: words
  letters: lower
data: {data}
---

| Layer    | Type               | Maps | Size | Kernel | Activation | From      | Options               |
| -------- | ------------------ | ---- | ---- | ------ | ---------- | --------- | --------------------- |
| Sentence | Sentence           | -    | 12   | -      | -          | -         | padding=2             |
| Vectors  | Embedding          | -    | 12x5 | -      | -          | -         | words=9, vectors=random |
| Two      | Convolution        | 3    | -    | 2x5    | ReLU       | Vectors   | -                     |
| Top two  | Global max pooling | -    | 3    | -      | -          | Two       | -                     |
| Three    | Convolution        | 4    | -    | 3x5    | tanh       | Vectors   | -                     |
| Top three | Global max pooling | -   | 4    | -      | -          | Three     | -                     |
| Both     | Concat             | -    | 7    | -      | -          | Top two, Top three | -            |
| Output   | Fully connected    | -    | 2    | -      | softmax    | -         | -                     |
"""
VOCABULARY = Vocabulary(("a", "film", "good", "bad", "very", "not", "the", "is", "was"))
SENTENCE = "The film is not very Wonderful, good"


def network_of(data: str = "movie-reviews") -> tuple[striate.Document, Network]:
    (document,) = read_networks(TEXT.format(data=data), "words.md")
    torch.manual_seed(2)
    return document, striate.build(document).eval()


DOCUMENT, NETWORK = network_of()


@pytest.fixture
def sentence() -> Sentence:
    return read_sentence(SENTENCE, DOCUMENT, NETWORK, VOCABULARY)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    file = tmp_path / "reviews.csv"
    file.write_text("text,label\n" + "a good film,yes\nthe film was bad,no\n" * 6, "utf-8")
    document, network = network_of(str(file))
    state = network.state_dict()
    weights = {"best": state, "last": state}
    folder = tmp_path / "bundle"
    save_bundle(folder, document, ("no", "yes"), weights, "", vocabulary=VOCABULARY)  # type: ignore[arg-type]
    return folder


def test_a_sentence_is_read_with_its_padding_and_its_unknown_words(sentence: Sentence) -> None:
    assert sentence.tokens == ("the", "film", "is", "not", "very", "wonderful", ",", "good")
    assert sentence.is_known == (True, True, True, True, True, False, False, True)
    assert sentence.names == ["_", "_", *sentence.tokens, "_", "_"]
    assert sentence.inputs.tolist() == [[0, 0, 7, 2, 8, 6, 5, 0, 0, 3, 0, 0]]
    assert read_sentence("good " * 11, DOCUMENT, NETWORK, VOCABULARY).cut == 3


def test_what_maps_add_is_their_value_times_the_weights_behind_it(sentence: Sentence) -> None:
    """Behind the largest values there is one full layer, so that all maps and its bias are the score."""
    found = see.fired(NETWORK, sentence.inputs, 1)
    assert len(found) == 7
    assert [abs(one.adds) for one in found] == sorted(
        (abs(one.adds) for one in found), reverse=True
    )
    with torch.no_grad():
        outputs = NETWORK.trace(sentence.inputs)
    weight, bias = (
        NETWORK.get_submodule("Output").get_parameter(n).detach() for n in ("weight", "bias")
    )
    for one in found:
        unit = one.map_number + (0 if one.row == "Two" else 3)
        values = outputs[one.row][0, one.map_number].flatten()
        assert one.value == pytest.approx(float(values.max()), abs=1e-6)
        assert one.place == int(values.numpy().argmax())
        assert one.words == (one.place, one.place + (1 if one.row == "Two" else 2))
        expected = float(weight[1, unit]) * one.value
        assert one.adds == pytest.approx(expected, abs=1e-5)
    total = sum(one.adds for one in found) + float(bias[1])
    assert total == pytest.approx(float(outputs["Output"][0, 1]), abs=1e-5)


def test_without_a_word_is_the_network_without_it(sentence: Sentence) -> None:
    effects = see.word_effects(NETWORK, sentence.inputs, 0)
    with torch.no_grad():
        whole = float(NETWORK(sentence.inputs)[0, 0])
        for place, number in enumerate(sentence.inputs[0].tolist()):
            without = sentence.inputs.clone()
            without[0, place] = 0
            fall = whole - float(NETWORK(without)[0, 0])
            assert effects[place] == pytest.approx(fall, abs=1e-6)
            assert number or not effects[place]


def test_near_words_have_the_smallest_angles() -> None:
    """Of the vectors that the network itself gives to words 1, 2, ..., which are not the lines of its weight."""
    embedding = NETWORK.get_submodule("Vectors")
    count = len(embedding.get_parameter("weight"))
    with torch.no_grad():
        vectors = embedding(torch.arange(count + 1)[None])[0, 0].double().numpy()
    for word in (1, 3, count):
        cosines = {
            other: vectors[other] @ vectors[word] / np.linalg.norm(vectors[other])
            for other in range(1, count + 1)
            if other != word
        }
        order = sorted(cosines, key=lambda other: -cosines[other])[:4]
        near = see.near_words(NETWORK, word, count=4)
        assert [number for number, _ in near] == order
        length = np.linalg.norm(vectors[word])
        assert [cosine for _, cosine in near] == pytest.approx(
            [cosines[number] / length for number in order], abs=1e-6
        )


def test_the_words_of_a_window_and_of_all_windows() -> None:
    assert words_seen(NETWORK, "Three", 4) == (4, 6)
    assert words_seen(NETWORK, "Top three", 0) == (0, 11)
    with pytest.raises(SeeingError, match="no receptive field"):
        words_seen(NETWORK, "Sentence", 0)
    with pytest.raises(SeeingError) as caught:
        see.fired(striate.build(striate.load("lenet5")), torch.zeros(1, 1, 32, 32), 0)
    assert str(caught.value) == (
        "Input: the network reads no sentences.\n"
        "  Needed: a network whose first row is a sentence.\n"
        "  Fix: give pictures to a network of pictures."
    )


def test_a_sentence_is_shown_in_a_picture_and_in_numbers(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["see", str(bundle), SENTENCE, "-o", str(out), "--class", "yes"]) == 0
    said = capsys.readouterr().out
    names = {file.name for file in out.iterdir()}
    assert {"words-yes.png", "words-yes.txt", "unit.txt"} <= names
    assert all(name in said for name in names)
    text = (out / "words-yes.txt").read_text("utf-8")
    assert "unknown, and read as nothing: wonderful, ,\n" in text
    assert sum(" Two " in line or " Three " in line for line in text.splitlines()) == 7
    unit = (out / "unit.txt").read_text("utf-8")
    assert "sees the words: " in unit
    parts = (
        unit.split("sum of x w over the vector of each word:\n")[1].split("\n\n")[0].splitlines()
    )
    total = float(unit.split("sum of x w = ")[1].split("\n")[0])
    assert sum(float(line.rpartition(": ")[2]) for line in parts) == pytest.approx(total, abs=1e-4)
    with PIL.Image.open(out / "words-yes.png") as picture:
        assert picture.size[0] > 500


def test_the_phrases_of_many_sentences_are_listed(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, data = tmp_path / "out", str(tmp_path / "reviews.csv")
    command = ["see", str(bundle), "--top-patches", "--data", data, "--row", "Two", "-o", str(out)]
    assert main(command) == 0
    capsys.readouterr()
    lines = (out / "phrases-Two.txt").read_text("utf-8").splitlines()
    assert [line for line in lines if line.startswith("map ")] == ["map 0", "map 1", "map 2"]
    phrases = {
        re.sub(r"  \(\d+ times\)$", "", line).split(maxsplit=1)[1]
        for line in lines
        if line.startswith("  ")
    }
    pairs = {"_ a", "a good", "good film", "film _", "_ the", "the film", "film was", "was bad"}
    assert phrases <= {*pairs, "bad _", "_ _"}


def test_one_value_of_a_sentence_is_explained_forward_and_back(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = str(tmp_path / "reviews.csv")
    assert main(["explain", str(bundle), "--row", "Three", "--data", data, "--example", "1"]) == 0
    said = capsys.readouterr().out
    assert "sees the words: " in said
    assert "dL/dz = dL/da x da/dz" in said
    assert "10 places share w[" in said


def test_what_is_no_sentence_is_named(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "cat.png"
    picture.write_bytes(b"a picture")
    long = "good " * 200  # longer than the name of a file may be
    for page in ((), ("--page", str(tmp_path / "look.html"))):
        assert main(["see", str(bundle), str(picture), " ", long, *page]) == 2
        assert capsys.readouterr().err == (
            f"error: {picture}: it is a file, and words reads sentences.\n"
            "  Needed: the sentence itself, within quotes.\n"
            '  Fix: write it out, such as "What a film.", or give pictures to a network of pictures.\n'
            '" ": there is no word in it.\n'
            "  Needed: a sentence of at least one word.\n"
            '  Fix: write one within quotes, such as "What a film.".\n'
        )
    assert not (tmp_path / "look.html").exists()


def test_fresh_weights_know_no_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["see", "text-cnn", "a good film"]) == 2
    assert capsys.readouterr().err == (
        "error: text-cnn: it has not been trained, and knows no words.\n"
        "  Needed: the folder of a run, or a bundle, which holds the words that it learnt.\n"
        "  Fix: train it first: striate train text-cnn.\n"
    )


def test_a_row_for_grad_cam_beside_sentences_is_named() -> None:
    assert str(row_beside_sentences("text-cnn")) == (
        "--row: text-cnn reads sentences, and Grad-CAM is of pictures.\n"
        "  Needed: a network of pictures.\n"
        "  Fix: leave --row out; --unit names a unit of any row."
    )
