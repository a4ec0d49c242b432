"""A network of sentences from its first step to its bundle: words, vectors, resuming, predicting."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import striate
from finished_runs import end_of
from striate.checking import check
from striate.data import tokenize
from striate.errors import BundleError, DataError, StriateError, TrainingError
from striate.layers import Embedding
from striate.prediction.bundle import load_bundle
from striate.prediction.evaluation import evaluate
from striate.prediction.predictions import predict, predict_sentences
from striate.training import Finished, Interrupted, resume, start


KOREAN = str(Path(__file__).parents[2] / "examples" / "korean-reviews.tsv")

NET = """---
name: small-text
text:
  tokens: words
recipe:
  epochs: 12
  batch_size: 6
  optimizer: adadelta
  learning_rate: 1.0
  momentum: 0.95
  schedule: constant
  warmup: 0.0
  initialization: kim-2014
---

| Layer    | Type               | Maps | Size  | Kernel | Activation | From | Options                    |
| -------- | ------------------ | ---- | ----- | ------ | ---------- | ---- | -------------------------- |
| Sentence | Sentence           | -    | 12    | -      | -          | -    | padding=2                  |
| Vectors  | Embedding          | -    | 12x16 | -      | -          | -    | words=1,000, vectors=VECTORS |
| Windows  | Convolution        | 20   | -     | 2x16   | ReLU       | -    | -                          |
| Largest  | Global max pooling | -    | -     | -      | -          | -    | -                          |
| Dropout  | Dropout            | -    | -     | -      | -          | -    | fraction=0.3               |
| Output   | Fully connected    | -    | 2     | -      | softmax    | -    | max_norm=3                 |
"""


def document(vectors: str = "random", tokens: str = "words") -> striate.Document:
    text = NET.replace("VECTORS", vectors).replace("tokens: words", f"tokens: {tokens}")
    (read,) = striate.read_networks(text, "small.md")
    assert not read.faults
    return read


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return striate.train(document(), KOREAN, tmp_path_factory.mktemp("text") / "run", epochs=25)


def refusal(kind: type[StriateError], act: object) -> str:
    assert callable(act)
    with pytest.raises(kind) as caught:
        act()
    return str(caught.value)


def test_korean_sentences_are_learnt_and_their_tokens_travel(done: Finished) -> None:
    history = [
        json.loads(line)
        for line in (done.folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert history[-1]["training_error"] < 0.1
    assert history[-1]["training_loss"] < history[0]["training_loss"] / 2
    bundle = load_bundle(done.bundle)
    assert bundle.classes == ("긍정", "부정")
    assert bundle.vocabulary is not None
    assert "재미있어요" in bundle.vocabulary
    layer = bundle.document.table.row("Vectors").layer
    assert isinstance(layer, Embedding)
    assert layer.words == len(bundle.vocabulary)
    assert check(bundle.document).findings == ()
    made = predict_sentences(bundle, ["이야기가 재미있어요 우주선", "너무 지루해요"])
    assert [one.classes[0][0] for one in made] == ["긍정", "부정"]
    assert made[0].unknown == ("우주선",)
    assert evaluate(bundle, KOREAN).confusion == done.test.confusion
    source = striate.load_source(KOREAN)
    seen = [source.texts[index] for index in source.train.images.flatten().tolist()]
    for text in seen:
        assert 0 not in bundle.vocabulary.numbers(tokenize(text, bundle.document.text))


def test_a_sentence_is_prepared_as_predict_reads_it(done: Finished) -> None:
    bundle = load_bundle(done.bundle)
    (said,) = predict_sentences(bundle, "정말 좋은 영화")
    numbers = bundle.prepare("정말 좋은 영화")
    with torch.no_grad():
        chances = bundle.network(numbers).softmax(1)[0]
    assert [chance for _, chance in said.classes] == pytest.approx(
        [float(chances[bundle.classes.index(name)]) for name, _ in said.classes], abs=1e-6
    )
    with pytest.raises(DataError) as caught:
        bundle.prepare(3)  # type: ignore[arg-type]
    assert str(caught.value) == (
        "the sentence: it is of the type int.\n"
        "  Needed: a text, or a list of texts.\n"
        "  Fix: write predict_sentences(bundle, ['a sentence']), for example."
    )


def test_what_a_long_sentence_loses_is_told(done: Finished) -> None:
    bundle = load_bundle(done.bundle)
    (short, long) = predict_sentences(bundle, ["좋아요 " * 8, "좋아요 " * 8 + "최악 " * 5], top=1)
    assert (short.left_out, long.left_out) == (0, 5)
    assert short.classes == long.classes
    assert predict_sentences(bundle, []) == ()
    assert [made.sentence for made in predict_sentences(bundle, "좋아요 정말")] == ["좋아요 정말"]
    assert refusal(DataError, lambda: predict_sentences(bundle, ["a", 3])) == (  # type: ignore[list-item]
        "sentence 2: it is of the type int.\n"
        "  Needed: a text, or a list of texts.\n"
        "  Fix: write predict_sentences(bundle, ['a sentence']), for example."
    )


def test_mistakes_are_shown_as_sentences_and_no_picture_as_a_batch(done: Finished) -> None:
    lines = (done.folder / "mistakes.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 3 + done.test.errors
    assert not (done.folder / "first-batch.png").exists()
    assert not (done.folder / "mistakes.png").exists()
    assert (done.folder / "confusion.png").exists()


def test_characters_are_tokens_where_the_document_says_so(tmp_path: Path) -> None:
    finished = striate.train(document(tokens="characters"), KOREAN, tmp_path / "run", epochs=1)
    bundle = load_bundle(finished.bundle)
    assert bundle.document.text.tokens == "characters"
    assert bundle.vocabulary is not None
    assert all(len(word) == 1 for word in bundle.vocabulary.words)


def test_a_run_says_which_row_changes_and_how_many_sentences_are_cut(tmp_path: Path) -> None:
    long = tmp_path / "long.csv"
    long.write_text("text,label\n" + "".join(f"{'w ' * n},{n % 2}\n" for n in range(4, 12)))
    run = start(document(), str(long), tmp_path / "run")
    assert run.remarks == (
        "Row Vectors holds 1 words, those of the training sentences; the document says 1,000.",
        (
            "Of 8 sentences, 3 sentences are longer than the 8 words that the network reads: "
            "the rest is cut off."
        ),
    )


def test_a_resumed_run_ends_bit_for_bit_as_an_unbroken_one(tmp_path: Path) -> None:
    trained = document()
    trained = replace(trained, recipe=replace(trained.recipe, epochs=3, validation=8))
    runs = {}
    for name in ("unbroken", "broken"):
        run = start(trained, KOREAN, tmp_path / name)
        for steps, event in enumerate(run.events()):
            if name == "broken" and steps == 2:
                run.stop()
            if isinstance(event, Interrupted):
                break
        runs[name] = event
    assert isinstance(runs["broken"], Interrupted)
    *_, last = resume(tmp_path / "broken").events()
    assert isinstance(last, Finished)
    unbroken, broken = (end_of(tmp_path / name) for name in ("unbroken", "broken"))
    assert unbroken.keys() == broken.keys()
    for name, values in unbroken.items():
        assert torch.equal(values, broken[name]), name
    files = [
        (tmp_path / name / "bundle" / "vocabulary.txt").read_bytes()
        for name in ("unbroken", "broken")
    ]
    assert files[0] == files[1]


@pytest.mark.parametrize("kind", ["static", "non-static"])
def test_vectors_from_a_file_stay_or_are_trained_further(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "vectors.txt"
    generator = torch.Generator().manual_seed(0)
    given = {word: torch.randn(16, generator=generator) for word in ("정말", "너무", "영화")}
    lines = [f"{word} {' '.join(map(repr, one.tolist()))}" for word, one in given.items()]
    file.write_text("\n".join(lines), encoding="utf-8")
    run = start(document(kind), KOREAN, tmp_path / "run", file)
    assert any("3 of" in remark and "vectors.txt" in remark for remark in run.remarks)
    assert run.vocabulary is not None
    before = run.trainer.network.state_dict()["Vectors.weight"].clone()
    for word, values in given.items():
        (number,) = run.vocabulary.numbers([word])
        torch.testing.assert_close(before[number - 1], values)
    *_, last = run.events()
    assert isinstance(last, Finished)
    after = run.trainer.network.state_dict()
    assert torch.equal(after["Vectors.weight"], before) == (kind == "static")
    assert not after["Vectors.padding"].any()
    assert file.name in (tmp_path / "run" / "run.yaml").read_text(encoding="utf-8")
    file.unlink()
    assert load_bundle(last.bundle).vocabulary == run.vocabulary


def test_vectors_are_asked_for_and_refused_before_a_folder_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    assert refusal(TrainingError, lambda: start(document("static"), KOREAN, folder)) == (
        "Vectors, Options: its vectors are static, and no file of word vectors is given.\n"
        "  Needed: a file of word2vec or GloVe.\n"
        "  Fix: add --vectors FILE, or write vectors=random."
    )
    assert refusal(TrainingError, lambda: start(document(), KOREAN, folder, tmp_path)) == (
        "--vectors: no row of small-text reads word vectors from a file.\n"
        "  Needed: a row of type Embedding with vectors=static or vectors=non-static.\n"
        "  Fix: leave the file out, or choose a network such as text-cnn-static."
    )
    assert not folder.exists()


def test_pictures_and_sentences_are_not_mixed_up(tmp_path: Path, done: Finished) -> None:
    sentences = (
        "  Needed: a data set of sentences: movie-reviews, or a CSV, TSV or JSONL file with "
    )
    wanted = f"{sentences}texts.\n  Fix: choose such data, or a network of pictures such as lenet5."
    reads = "small-text: it reads sentences, and mnist holds pictures.\n"
    assert refusal(DataError, lambda: start(document(), "mnist", tmp_path / "a")).startswith(
        f"{reads}{wanted}"
    )
    bundle = load_bundle(done.bundle)
    assert refusal(DataError, lambda: evaluate(bundle, "mnist")) == f"{reads}{wanted}"
    refused = refusal(DataError, lambda: start(striate.load("lenet5"), KOREAN, tmp_path / "a"))
    assert refused.startswith(
        "lenet5: it reads pictures, and korean-reviews.tsv holds sentences.\n"
        "  Needed: a data set of pictures such as mnist.\n"
        "  Fix: choose such data, or a network of sentences such as text-cnn."
    )
    assert refusal(DataError, lambda: predict(bundle, ["a.png"])) == (
        "small-text: it reads sentences, not pictures.\n"
        "  Needed: sentences.\n"
        "  Fix: call predict_sentences, or choose a network of pictures."
    )
    pictures = replace(bundle, vocabulary=None)
    assert refusal(DataError, lambda: predict_sentences(pictures, ["a"])) == (
        "small-text: it reads no sentences.\n"
        "  Needed: a network whose first row is of type Sentence.\n"
        "  Fix: give it pictures, or train a network such as text-cnn."
    )


def test_a_vocabulary_that_is_missing_altered_or_another_is_refused(
    done: Finished, tmp_path: Path
) -> None:
    place = tmp_path / "bundle"
    place.mkdir()
    for file in done.bundle.iterdir():
        (place / file.name).write_bytes(file.read_bytes())
    words = place / "vocabulary.txt"
    text = words.read_text(encoding="utf-8")
    words.write_text(text + "more\n", encoding="utf-8")
    assert "its bytes are not those that were written" in refusal(
        BundleError, lambda: load_bundle(place)
    )
    config = json.loads((place / "config.json").read_text(encoding="utf-8"))
    config["sha256"]["vocabulary.txt"] = hashlib.sha256((text + "more\n").encode()).hexdigest()
    (place / "config.json").write_text(json.dumps(config), encoding="utf-8")
    count = text.count("\n")
    assert refusal(BundleError, lambda: load_bundle(place)) == (
        f"{words}: it holds {count + 1} words, and the row Vectors has {count}.\n"
        "  Needed: the vocabulary of this very table.\n"
        "  Fix: copy the bundle again from where it was trained."
    )
    words.unlink()
    assert "it has no vocabulary.txt" in refusal(BundleError, lambda: load_bundle(place))
