"""Files of sentences: any heading in two languages, and every broken row named at once."""

import gzip
from pathlib import Path

import pytest

from striate.data import Source, load_source, read_sentences
from striate.errors import DataError


KOREAN = Path(__file__).parents[2] / "examples" / "korean-reviews.tsv"


def write(path: Path, content: str | bytes) -> str:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def rows(source: Source) -> list[tuple[str, str]]:
    """Sentence and class of all rows, in the order of the file."""
    found = {}
    for part in (source.train, source.test):
        for index, label in zip(part.images.flatten().tolist(), part.labels.tolist(), strict=True):
            found[index] = (source.texts[index], source.classes[label])
    return [found[index] for index in sorted(found)]


def refusal(name: str) -> str:
    with pytest.raises(DataError) as caught:
        load_source(name)
    return str(caught.value)


EXPECTED = [("a film, with a comma", "good"), ('a "quoted" film', "bad"), ("third", "good")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", 'text,label\n"a film, with a comma",good\n"a ""quoted"" film",bad\nthird,good\n'),
        (
            "a.csv",
            '\ufefflabel;Text\r\ngood;a film, with a comma\r\nbad;"a ""quoted"" film"\r\ngood;third',
        ),
        (
            "a.csv",
            'text\tlabel\na film, with a comma\tgood\n"a ""quoted"" film"\tbad\nthird\tgood\n',
        ),
        (
            "a.tsv",
            'id\t문장\t감정\n1\ta film, with a comma\tgood\n2\ta "quoted" film\tbad\n\n3\tthird\tgood',
        ),
        (
            "ratings.txt",
            'id\tdocument\tlabel\n1\ta film, with a comma\tgood\n2\ta "quoted" film\tbad\n3\tthird\tgood\n',
        ),
        (
            "a.jsonl",
            (
                '{"Review": "a film, with a comma", "class": "good"}\n\n'
                '{"class": "bad", "Review": "a \\"quoted\\" film"}\n'
                '{"Review": "third", "class": "good"}\n'
            ),
        ),
        (
            "reviews.txt",
            '__label__good a film, with a comma\n\n__label__bad a "quoted" film\nthird __label__good\n',
        ),
    ],
)
def test_sentences_and_classes_are_found_by_their_headings(
    tmp_path: Path, name: str, content: str
) -> None:
    source = load_source(write(tmp_path / name, content))
    assert source.name == name
    assert source.classes == ("bad", "good")
    assert rows(source) == EXPECTED
    assert (len(source.train), len(source.test)) == (2, 1)


def test_packed_files_and_whole_numbers_as_classes(tmp_path: Path) -> None:
    lines = "".join(f"s{number},{number % 11}\n" for number in range(110))
    packed = gzip.compress(f"sentence,target\n{lines}".encode())
    source = load_source(write(tmp_path / "a.csv.gz", packed))
    assert source.classes == tuple(map(str, range(11)))
    assert source.test.labels.bincount().tolist() == [1] * 11
    again = load_source(str(tmp_path / "a.csv.gz"))
    assert source.test.images.tolist() == again.test.images.tolist()


def test_a_column_or_two_files_part_training_from_test(tmp_path: Path) -> None:
    one = write(tmp_path / "one.csv", "text,label,split\na,x,train\nb,y,학습\nc,x,test\nd,y,dev\n")
    source = load_source(one)
    assert source.test.images.flatten().tolist() == [2]
    folder = tmp_path / "two"
    folder.mkdir()
    write(folder / "train.csv", "text,label\na,x\nb,y\n")
    write(folder / "test.jsonl", '{"text": "c", "label": "x"}\n')
    source = load_source(str(folder))
    assert rows(source) == [("c", "x"), ("a", "x"), ("b", "y")]
    assert [source.texts[index] for index in source.test.images.flatten().tolist()] == ["c"]


def test_the_korean_example_is_read_as_it_is_written() -> None:
    source = load_source(str(KOREAN))
    assert source.classes == ("긍정", "부정")
    assert (len(source.train), len(source.test)) == (48, 12)
    assert rows(source)[:2] == [
        ("배우들의 연기가 정말 훌륭해요", "긍정"),
        ("배우들의 연기가 너무 어색해요", "부정"),
    ]


def test_every_broken_row_is_named_with_its_line(tmp_path: Path) -> None:
    name = write(
        tmp_path / "a.csv",
        "text,label,split\ngood,x,train\n,x,train\nfine,,test\na,b\n ,y,test\nc,x,tset\n,x,\n",
    )
    rest = "  Needed: a sentence and its class in every row.\n  Fix: correct or remove "
    assert refusal(name) == "\n".join(
        (
            f"{name}, lines 3, 6, 8: the text is empty.\n{rest}3 rows.",
            f"{name}, line 4: the class is empty.\n{rest}1 row.",
            f"{name}, line 5: 2 cells under 3 headings.\n{rest}1 row.",
            f"{name}, line 7: 'tset' is no part of a data set: write train, val or test.\n{rest}1 row.",
        )
    )


def test_rows_for_something_else_than_training_are_refused(tmp_path: Path) -> None:
    name = write(tmp_path / "a.csv", "text,label,split\na,x,test\nb,y,dev\n")
    assert refusal(name) == (
        f"{name}: every row is marked test or validation.\n"
        "  Needed: rows to train on, or no such column.\n"
        "  Fix: mark some rows train, or remove the column: a tenth is then kept for the test."
    )


def test_rows_for_training_alone_leave_a_tenth_for_the_test(tmp_path: Path) -> None:
    rows_of_it = "".join(f"s{number},{number % 2},train\n" for number in range(40))
    source = load_source(write(tmp_path / "a.csv", f"text,label,split\n{rows_of_it}"))
    assert (len(source.train), len(source.test)) == (36, 4)
    assert source.origin.split.startswith("by the column 'split'; none for the test, so drawn: of")


@pytest.mark.parametrize("word", ["dev", "valid", "val", "validation"])
def test_rows_for_validation_are_for_validation(tmp_path: Path, word: str) -> None:
    lines = f"text,label,split\na,x,train\nb,y,train\nc,x,{word}\n"
    source = load_source(write(tmp_path / "two.csv", lines))
    assert (source.validation, source.test.images.tolist()) == (None, [[2]])
    source = load_source(write(tmp_path / "three.csv", f"{lines}d,y,test\n"))
    assert source.validation is not None
    assert (source.validation.images.tolist(), source.test.images.tolist()) == ([[2]], [[3]])


def test_files_of_three_splits_and_shards_are_read(tmp_path: Path) -> None:
    for name in ("train-00000-of-00002", "train-00001-of-00002", "valid", "test"):
        write(tmp_path / f"{name}.csv", "text,label,id\na,x,1\nb,y,2\n")
    source = load_source(str(tmp_path))
    assert source.validation is not None
    assert [len(part) for part in (source.train, source.validation, source.test)] == [4, 2, 2]
    assert "columns of test.csv: id" in source.origin.ignored
    write(tmp_path / "test.tsv", "text\tlabel\na\tx\n")
    assert refusal(str(tmp_path)) == (
        f"{tmp_path}: test.csv and test.tsv are all called after the test.\n"
        "  Needed: one file for each split.\n"
        "  Fix: join them, or move those that are not meant out of the folder."
    )


def test_few_rows_with_an_empty_text_are_left_out_and_counted(tmp_path: Path) -> None:
    lines = [f"s{number},{number % 2}" for number in range(38)]
    name = write(tmp_path / "a.csv", "\n".join(["text,label", *lines, " ,1", ",0"]))
    source = load_source(name)
    assert len(source.texts) == len(source.train) + len(source.test) == 38
    assert source.origin.ignored == ("rows of a.csv with an empty text: 2",)
    name = write(tmp_path / "b.csv", "\n".join(["text,label", *lines, " ,1", ",0", ",0"]))
    assert refusal(name).startswith(f"{name}, lines 40-42: the text is empty.")
    assert len(load_source(f"{name}::skip=0.1").texts) == 38


def test_broken_lines_of_json_are_named_with_their_line(tmp_path: Path) -> None:
    name = write(
        tmp_path / "a.jsonl",
        '{"text": "a", "label": 1}\n{"text": 3, "label": 1}\n[1]\n{"text"\n'
        '{"text": "\\ud800", "label": 0}\n{"text": "b", "label": 0}\n',
    )
    rest = "  Needed: a sentence and its class in every row.\n  Fix: correct or remove 1 row."
    assert refusal(name) == "\n".join(
        f"{name}, line {line}: {problem}.\n{rest}"
        for line, problem in (
            (2, "its text is no text"),
            (3, "it is no JSON object"),
            (4, "it is no JSON"),
            (5, "it holds half a character (a lone surrogate)"),
        )
    )


def test_an_open_quotation_mark_is_named_where_it_begins(tmp_path: Path) -> None:
    name = write(tmp_path / "a.csv", 'text,label\ngood,x\n"never closed,y\nbad,z\n')
    assert f"{name}, line 3: it cannot be read: unexpected end of data." in refusal(name)


def test_other_encodings_are_refused_with_the_way_out(tmp_path: Path) -> None:
    name = write(tmp_path / "a.csv", "문장,라벨\n좋다,1\n나쁘다,0\n".encode("cp949"))
    assert refusal(name) == (
        f"{name}: byte 0, on line 1, is not UTF-8. It reads as CP949, which Korean Windows writes.\n"
        "  Needed: a text file in UTF-8.\n"
        "  Fix: save it again as UTF-8; in Excel, choose the file type `CSV UTF-8`."
    )
    name = write(tmp_path / "b.csv", b"text,label\na,1\nb\xff\xff\xff,2\n")
    assert refusal(name).startswith(f"{name}: byte 16, on line 3, is not UTF-8.\n")


def test_headings_that_say_nothing_are_shown(tmp_path: Path) -> None:
    name = write(tmp_path / "a.tsv", "1\t2.27\tThe Rock is destined\n")
    assert refusal(name) == (
        f"{name}, line 1: the headings are '1', '2.27', 'The Rock is destined'.\n"
        "  Needed: one heading for the sentences (text, sentence, review, document, comment, content, "
        "문장, 내용, 글, 텍스트, 리뷰, 본문 or 댓글) and one for their classes (label, class, "
        "sentiment, category, target, 라벨, 레이블, 분류, 클래스, 감정 or 범주).\n"
        "  Fix: write such headings in the first line, or choose by --columns 'text=...,label=...'."
    )
    name = write(tmp_path / "b.csv", "text,review,label\na,b,c\n")
    assert refusal(name) == (
        f"{name}, line 1: 'text' and 'review' could both be the text.\n"
        "  Needed: one column of this kind; `text` is always understood.\n"
        "  Fix: write --columns text=..., with the heading that is meant."
    )


def test_files_of_no_use_are_refused(tmp_path: Path) -> None:
    name = write(tmp_path / "a.csv", "text,label\n")
    assert refusal(name) == (
        f"{name}: there is no row below the headings.\n"
        "  Needed: at least two rows of different classes.\n"
        "  Fix: check that this is the right file."
    )
    name = write(tmp_path / "b.csv", "text,label\na,x\nb,x\n")
    assert refusal(name) == (
        f"{name}: every row has the class 'x'.\n"
        "  Needed: at least two classes.\n"
        "  Fix: add rows of another class."
    )


QUOTES = [("a film", "neg"), ('so "good", they say', "pos"), ("third", "neg")]


@pytest.mark.parametrize(
    "content",
    [
        '"text"\t"label"\n"a film"\t"neg"\n"so ""good"", they say"\t"pos"\n"third"\t"neg"\n',
        'text\tlabel\na film\t"neg"\n"so ""good"", they say"\tpos\nthird\tneg\n',
        'text\tlabel\na film\tneg\nso "good", they say\tpos\nthird\tneg\n',
    ],
)
def test_quotes_of_tsv_are_understood_as_they_are_meant(tmp_path: Path, content: str) -> None:
    assert rows(load_source(write(tmp_path / "a.tsv", content))) == QUOTES


def test_quotes_of_tsv_may_hold_ends_of_lines(tmp_path: Path) -> None:
    content = 'text\tlabel\n"a\nfilm"\tneg\n"third\n\nline"\tpos\n'
    assert rows(load_source(write(tmp_path / "a.tsv", content))) == [
        ("a\nfilm", "neg"),
        ("third\n\nline", "pos"),
    ]


def test_a_quote_in_tsv_does_not_swallow_the_rows_below(tmp_path: Path) -> None:
    content = 'text\tlabel\n"so it begins\tneg\nthird\tpos\nand ends"\tneg\n'
    assert [text for text, _ in rows(load_source(write(tmp_path / "a.tsv", content)))] == [
        '"so it begins',
        "third",
        'and ends"',
    ]


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["1", "0", "1.0", "0"], ("0", "1")),
        (["1.0", "0.0", "1.0", "0.0"], ("0", "1")),
        (["1.5", "1.0", "1.5", "1.0"], ("1.0", "1.5")),
        ([" pos ", "neg", "pos", "neg "], ("neg", "pos")),
    ],
)
def test_classes_are_the_same_however_numbers_and_blanks_are_written(
    tmp_path: Path, labels: list[str], classes: tuple[str, ...]
) -> None:
    lines = "".join(f"s{at},{label}\n" for at, label in enumerate(labels))
    assert load_source(write(tmp_path / "a.csv", f"text, label\n{lines}")).classes == classes
    if "pos" not in classes:
        lines = "".join(
            f'{{"text": "s{at}", "label": {label}}}\n' for at, label in enumerate(labels)
        )
        assert load_source(write(tmp_path / "a.jsonl", lines)).classes == classes


def test_true_and_false_are_classes_and_null_is_none(tmp_path: Path) -> None:
    lines = '{"text": "a", "label": true}\n{"text": "b", "label": false}\n'
    assert load_source(write(tmp_path / "a.jsonl", lines)).classes == ("false", "true")
    name = write(tmp_path / "b.jsonl", lines + '{"text": "c", "label": null}\n')
    assert refusal(name).startswith(f"{name}, line 3: the class is null.\n")


def test_columns_may_be_chosen(tmp_path: Path) -> None:
    name = write(tmp_path / "a.csv", "text,review,stars\na,b,5\nc,d,1\n")
    assert rows(load_source(f"{name}::text=review,label=stars")) == [("b", "5"), ("d", "1")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", 'review,sentiment\n"one, two",pos\n,neg\nthree,pos\n'),
        ("a.tsv", 'review\tid\n"one, two"\t1\n""\t2\nthree\t3\n'),
        ("a.jsonl", '{"text": "one, two"}\n{"text": null}\n{"text": "three"}\n'),
    ],
)
def test_sentences_without_their_classes_are_read(tmp_path: Path, name: str, content: str) -> None:
    assert read_sentences(Path(write(tmp_path / name, content))) == ["one, two", "", "three"]


def test_sentences_of_a_chosen_column_are_read(tmp_path: Path) -> None:
    path = Path(write(tmp_path / "a.csv", "a,b\n1,one\n2,two\n"))
    assert read_sentences(path, "text=b") == ["one", "two"]
    with pytest.raises(DataError) as caught:
        read_sentences(path)
    assert str(caught.value) == (
        f"{path}, line 1: the headings are 'a', 'b'.\n"
        "  Needed: one heading for the sentences (text, sentence, review, document, comment, content, "
        "문장, 내용, 글, 텍스트, 리뷰, 본문 or 댓글).\n"
        "  Fix: write such headings in the first line, or choose by --columns 'text=...'."
    )


def test_lines_of_no_class_or_of_several_are_named(tmp_path: Path) -> None:
    name = write(tmp_path / "a.txt", "__label__a x y\n__label__a __label__b z\n\nq\n")
    assert refusal(name) == "\n".join(
        f"{name}, line {line}: it has {count}.\n"
        "  Needed: a sentence and its class in every row.\n"
        "  Fix: correct or remove 1 row."
        for line, count in ((2, "2 classes"), (4, "0 classes"))
    )


def test_several_classes_in_a_cell_are_named_unless_they_are_chosen(tmp_path: Path) -> None:
    name = write(tmp_path / "a.csv", 'text,labels\nx,"[""a"", ""b""]"\ny,"[""a""]"\n')
    assert refusal(name) == (
        f"{name}, line 1: the column 'labels' holds several classes in a cell, as in "
        '["a", "b"].\n'
        "  Needed: one class for each example.\n"
        "  Fix: keep the one that matters, or write --columns 'label=labels' if each such list is a class by itself."
    )
    assert load_source(f"{name}::label=labels").classes == ('["a", "b"]', '["a"]')
    with_brackets = write(tmp_path / "b.csv", 'text,label\nx,[a]\ny,"(b, c)"\nz,d\n')
    assert len(load_source(with_brackets).classes) == 3
