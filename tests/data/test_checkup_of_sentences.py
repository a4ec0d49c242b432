"""What a look through sentences finds, and what is said of data that a network does not read."""

from pathlib import Path

import pytest

from striate.cli import main
from striate.data import Source, find_source, kind_faults, load_for, load_source, summarize
from striate.data.inspection.checkup import check_source
from striate.data.inspection.preview import drawing_faults
from striate.errors import DataError
from striate.networks import load


def sentences(folder: Path, *rows: str) -> str:
    file = folder / "reviews.tsv"
    file.write_text("\n".join(("text\tlabel\tsplit", *rows)) + "\n", encoding="utf-8")
    return str(file)


def test_sentences_that_come_twice_are_named_whatever_their_blanks_and_spelling(
    tmp_path: Path,
) -> None:
    name = sentences(
        tmp_path,
        "정말 좋다\tgood\ttrain",
        "bad film\tbad\ttrain",
        "\u110c\u1165\u11bc\u1106\u1161\u11af  좋다\tgood\ttrain",
        "so so\tbad\ttrain",
        "so so\tgood\ttrain",
        "bad film\tbad\ttest",
        "good film\tgood\ttest",
    )
    found = [(one.kind, str(one.fault)) for one in check_source(name).findings if one.is_wrong]
    assert found == [
        (
            "mislabelled",
            (
                "train 3 'so so': the same sentence has several labels: train 3 'so so' (bad), "
                "train 4 'so so' (good).\n"
                "  Needed: one class for one sentence.\n"
                "  Fix: keep the right one, and remove the others."
            ),
        ),
        (
            "leaking",
            (
                "train 1 'bad film': the same sentence is in several splits: train 1 'bad film' "
                "(training), test 0 'bad film' (test).\n"
                "  Needed: sentences to measure by that the network has never seen.\n"
                "  Fix: remove the copy that is for training, or the other."
            ),
        ),
        (
            "duplicate",
            (
                "train 0 '정말 좋다': the same sentence comes 2 times: train 0 '정말 좋다', "
                "train 2 '정말 좋다'.\n"
                "  Needed: each sentence once, or it counts several times.\n"
                "  Fix: remove the copies."
            ),
        ),
    ]


def test_a_small_class_of_sentences_is_spoken_of_as_sentences(tmp_path: Path) -> None:
    name = sentences(tmp_path, "a\tgood\ttrain", "b\tbad\ttrain", "c\tbad\ttest")
    missing, small = (str(one.fault) for one in check_source(name).findings)
    assert "the classes 'bad' and 'good' have 1 training sentence." in small
    assert "has no test sentence: nothing is measured of it." in missing
    assert summarize(find_source(name)).lines()[:2] == (
        "Data      reviews.tsv: 2 training + 1 test sentences",
        "Classes   2: bad, good; 1 training sentences a class",
    )


def test_a_part_that_is_drawn_for_the_test_is_told(tmp_path: Path) -> None:
    rows = [f"sentence {index}\t{('good', 'bad')[index % 2]}\t" for index in range(20)]
    lines = summarize(find_source(sentences(tmp_path, *rows))).lines()
    assert lines[2] == (
        "Split     drawn: of every class 90 % for training and 10 % for the test, seed 0"
    )


@pytest.mark.parametrize(("name", "holds"), [("movie-reviews", "sentences"), ("xor", "vectors")])
def test_what_is_no_picture_is_not_drawn(
    name: str, holds: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (fault,) = drawing_faults(find_source(name))
    assert str(fault) == (
        f"{name}: it holds {holds}, not pictures.\n"
        "  Needed: pictures to draw.\n"
        "  Fix: look through it with striate data check, or draw a data set of pictures."
    )
    assert main(["data", "show", name]) == 2
    assert str(fault) in capsys.readouterr().err


def test_vectors_are_looked_through() -> None:
    assert [one.kind for one in check_source("xor").findings if one.kind == "leaking"]


@pytest.mark.parametrize(
    ("network", "data", "text"),
    [
        (
            "text-cnn",
            "mnist",
            (
                "text-cnn: it reads sentences, and mnist holds pictures.\n"
                "  Needed: a data set of sentences: movie-reviews, or a CSV, TSV or JSONL file with "
                "texts.\n"
                "  Fix: choose such data, or a network of pictures such as lenet5."
            ),
        ),
        (
            "text-cnn",
            "xor",
            (
                "text-cnn: it reads sentences, and xor holds vectors.\n"
                "  Needed: a data set of sentences: movie-reviews, or a CSV, TSV or JSONL file with "
                "texts.\n"
                "  Fix: choose such data, or a network of pictures such as lenet5."
            ),
        ),
        (
            "lenet5",
            "movie-reviews",
            (
                "lenet5: it reads pictures, and movie-reviews holds sentences.\n"
                "  Needed: a data set of pictures such as mnist.\n"
                "  Fix: choose such data, or a network of sentences such as text-cnn."
            ),
        ),
        (
            "mlp",
            "movie-reviews",
            (
                "mlp: it reads vectors, and movie-reviews holds sentences.\n"
                "  Needed: a data set of vectors such as xor.\n"
                "  Fix: choose such data, or a network of sentences such as text-cnn."
            ),
        ),
    ],
)
def test_data_of_another_kind_are_refused(network: str, data: str, text: str) -> None:
    (fault,) = kind_faults(load_source(data), load(network))
    assert str(fault) == text


@pytest.mark.parametrize(
    ("network", "came"),
    [
        ("text-cnn", "it reads sentences, and pictures holds pictures."),
        ("mlp", "its input is a flat vector."),
    ],
)
def test_pictures_in_files_are_refused_before_they_are_decoded(
    tmp_path: Path, network: str, came: str
) -> None:
    for name in ("cat", "dog"):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        (tmp_path / "pictures" / name / "1.png").touch()
    with pytest.raises(DataError) as caught:
        load_for(load(network), str(tmp_path / "pictures"))
    assert came in [fault.came for fault in caught.value.faults]


def test_a_network_takes_data_of_its_kind() -> None:
    for network, data in (("text-cnn", "movie-reviews"), ("lenet5", "mnist"), ("mlp", "xor")):
        source = load_for(load(network), data)
        assert isinstance(source, Source)
        assert kind_faults(source, load(network)) == []
