"""Shards and tables of pictures are read as streams: the same pixels as from a folder, each whenever it is asked for."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch

from shard_files import png, write_shard, write_shards
from striate.data import find_source, load_source
from striate.data.examples import Shards
from striate.data.images import stream
from striate.data.images.listing import Item, Listing
from striate.data.images.load import load_pictures
from striate.data.images.read import read_item
from striate.data.inspection.checkup import check_source
from striate.data.sources import parquet
from striate.data.sources.shards import list_shards
from striate.errors import DataError, Fault, streams
from striate.preparation import Preparation
from striate.shapes import Image


SIZE = Image(3, 8, 8)


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path / "cache"))


def listed(name: str) -> Listing:
    found = find_source(name)
    assert isinstance(found, Listing)
    return found


def refusal(name: str) -> str:
    with pytest.raises(DataError) as caught:
        find_source(name)
    return str(caught.value)


def test_shards_are_found_by_braces_and_by_their_folder(tmp_path: Path) -> None:
    folder = write_shards(tmp_path / "shards")
    for name in (f"{folder}/{{train-00,train-01,train-02,test-00}}.tar", str(folder)):
        found = listed(name)
        assert found.is_stream
        assert found.classes == ("0", "1")
        assert found.items.counts() == [12, 0, 4]
        assert found.shards is not None
        assert found.shards.tolist() == sorted(found.shards.tolist())
    of_train = listed(f"{folder}/train-{{00..02}}.tar")
    assert "chosen" in of_train.split or "drawn" in of_train.split or "fifth" in of_train.split
    assert sum(of_train.items.counts()) == 12


def test_a_stream_gives_the_pixels_of_the_folder(tmp_path: Path) -> None:
    folder = write_shards(tmp_path / "shards")
    for number in range(16):
        split = "test" if number >= 12 else "train"
        place = tmp_path / "folder" / split / str(number % 2) / f"{number:04}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(png(number))
    expected = load_source(str(tmp_path / "folder"), SIZE)
    source = load_pictures(listed(str(folder)), SIZE, may_stream=True)
    assert source.stream is not None
    by_pixels = {
        bytes(pixels.numpy().tobytes()): int(label)
        for pixels, label in zip(expected.train.images, expected.train.labels, strict=True)
    }
    found = source.stream(source.train.images)
    assert {
        bytes(pixels.numpy().tobytes()): int(label)
        for pixels, label in zip(found, source.train.labels, strict=True)
    } == by_pixels
    streamed = load_pictures(listed(f"stream:{tmp_path / 'folder'}"), SIZE, may_stream=True)
    assert streamed.stream is not None
    assert torch.equal(streamed.stream(streamed.test.images), expected.test.images)
    assert not list((tmp_path / "cache" / "pictures").glob("shards*"))


@pytest.mark.parametrize(
    ("members", "label"),
    [
        ([("a.png", png(0)), ("a.cls", b"cat\n")], "cat"),
        ([("a.seg.png", png(0)), ("a.txt", "고양이".encode())], "고양이"),
        ([("a.PNG", png(0)), ("a.json", json.dumps({"x": 1, "label": 7}).encode())], "7"),
        ([("train/cat/a.png", png(0))], "cat"),
        ([("cat/a.png", png(0)), ("cat/a.cls", b"dog")], "dog"),
    ],
)
def test_what_a_picture_of_a_shard_shows(
    tmp_path: Path, members: list[tuple[str, bytes]], label: str
) -> None:
    other = ("z.png", png(1)), ("z.cls", b"other")
    write_shard(tmp_path / "set" / "one.tar", [*members, *other])
    assert label in listed(str(tmp_path / "set")).classes


def test_numbers_of_classes_have_the_names_of_a_list_beside_the_shards(tmp_path: Path) -> None:
    folder = write_shards(tmp_path / "shards")
    (folder / "classes.txt").write_text("tench\ngoldfish\n", "utf-8")
    assert listed(str(folder)).classes == ("tench", "goldfish")
    (folder / "classes.txt").write_text("tench\n", "utf-8")
    assert refusal(str(folder)) == str(
        streams.class_without_name(str(folder / "classes.txt"), "1", 1)
    )


def test_shards_that_cannot_be_read_are_all_named(tmp_path: Path) -> None:
    folder = write_shards(tmp_path / "shards")
    whole = (folder / "train-01.tar").read_bytes()
    (folder / "train-01.tar").write_bytes(whole[: len(whole) // 2])
    write_shard(folder / "train-02.tar", [("a.png", png(0))], "w:gz")
    told = refusal(str(folder))
    assert told.count("it cannot be read: ") == 2
    assert "train-01.tar" in told
    assert "train-02.tar" in told
    shutil.rmtree(folder)
    write_shards(folder)
    told = refusal(f"{folder}/train-{{00..09}}.tar")
    assert "of 10 shards, 7 cannot be found: " in told
    assert "train-07.tar and 2 more." in told


def test_pictures_without_a_class_are_refused(tmp_path: Path) -> None:
    write_shard(tmp_path / "set" / "a.tar", [("1.png", png(1)), ("2.png", png(2)), ("2.cls", b"x")])
    assert refusal(str(tmp_path / "set")) == str(
        streams.shards_without_classes(str(tmp_path / "set"), ["a.tar, 1.png"], 2)
    )


pa, pq = (pytest.importorskip(name) for name in ("pyarrow", "pyarrow.parquet"))


def write_table(path: Path, numbers: range, group: int) -> None:
    rows = {
        "image": [{"bytes": png(number), "path": f"{number}.png"} for number in numbers],
        "label": [number % 2 for number in numbers],
    }
    told = {"label": {"names": ["cat", "dog"], "_type": "ClassLabel"}, "image": {"_type": "Image"}}
    table = pa.table(rows).replace_schema_metadata(
        {"huggingface": json.dumps({"info": {"features": told}})}
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, row_group_size=group)


def test_tables_of_the_hub_are_streamed_group_by_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_table(tmp_path / "set" / "train.parquet", range(12), 4)
    write_table(tmp_path / "set" / "test.parquet", range(12, 16), 4)
    found = listed(f"stream:{tmp_path / 'set'}")
    assert found.classes == ("cat", "dog")
    assert found.shards is not None
    assert found.shards.tolist() == [0] * 4 + [1] * 4 + [2] * 4 + [3] * 4
    read: list[int] = []
    whole = parquet.PictureTable.read_group

    def noted(table: parquet.PictureTable, group: int) -> object:
        read.append(group)
        return whole(table, group)

    monkeypatch.setattr(parquet.PictureTable, "read_group", noted)
    monkeypatch.setattr(parquet, "_KEPT_BYTES", 1)
    source = load_pictures(found, SIZE, may_stream=True)
    assert source.stream is not None
    assert source.train.labels.tolist() == [0, 1] * 6
    for at in range(12):
        pixels = source.stream(source.train.images[at : at + 1])
        path = tmp_path / "one.png"
        path.write_bytes(png(at))
        shown = np.array(PIL.Image.open(path).convert("RGB"))
        assert abs(float(pixels.float().mean()) - shown.mean()) < 8
    assert read == [0, 1, 2]  # each group once


def test_an_order_goes_through_shards_and_moves_nothing_far() -> None:
    shards = Shards(torch.arange(1000) // 100, torch.arange(1000), 30)
    orders = [
        shards.shuffled(torch.Generator().manual_seed(seed), torch.arange(1000))
        for seed in (0, 0, 1)
    ]
    assert torch.equal(orders[0], orders[1])
    assert not torch.equal(orders[0], orders[2])
    for order in orders:
        assert torch.equal(order.sort().values, torch.arange(1000))
        for at in range(0, 1000, 10):  # never more than a few shards are open
            assert len(set((order[at : at + 10] // 100).tolist())) <= 2
        places = torch.empty(1000, dtype=torch.int64)
        places[order] = torch.arange(1000)
        within = torch.tensor(
            [
                int(
                    places[shard * 100 : shard * 100 + 100].max()
                    - places[shard * 100 : shard * 100 + 100].min()
                )
                for shard in range(10)
            ]
        )
        assert int(within.max()) <= 100 + 2 * 30
        assert float((order[1:] - order[:-1] == 1).double().mean()) < 0.2


def test_a_picture_that_was_announced_is_decoded_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, decoded = write_shards(tmp_path / "shards"), list[str]()
    whole = read_item

    def noted(item: Item) -> bytes:
        decoded.append(item.name)
        return whole(item)

    monkeypatch.setattr(stream, "read_item", noted)
    source = load_pictures(listed(str(folder)), SIZE, may_stream=True)
    assert source.stream is not None
    numbers = source.train.images
    source.stream.announce(numbers[:6])
    source.stream.announce(numbers[:8])
    source.stream(numbers[:5])
    source.stream(numbers[5:])
    assert len(decoded) == len(set(decoded)) == 12


def test_a_picture_that_cannot_be_used_is_named_with_what_finds_all(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    good = [("1.png", png(1)), ("1.cls", b"a"), ("2.png", png(2)), ("2.cls", b"b")]
    bad = [("3.png", png(3)[:60]), ("3.cls", b"a"), ("4.png", png(4)), ("4.cls", b"b")]
    write_shard(folder / "train.tar", good + bad)
    write_shard(folder / "test.tar", good)
    source = load_pictures(listed(str(folder)), SIZE, may_stream=True)
    assert source.stream is not None
    with pytest.raises(DataError) as caught:
        source.stream(source.train.images)
    told = str(caught.value)
    assert f"{folder / 'train.tar'}, 3.png: " in told
    assert f"`striate data check {folder}` names all such pictures." in told
    checkup = check_source(str(folder))
    assert [finding.names for finding in checkup.findings if finding.kind == "unusable"] == [
        (f"{folder / 'train.tar'}, 3.png",)
    ]


def test_pixels_that_do_not_fit_on_the_disk_are_refused_before_they_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "folder" / "train" / "a" / "1.png"
    for path in (place, place.parents[1] / "b" / "2.png", tmp_path / "folder/test/a/3.png"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(1))
    usage = shutil.disk_usage(tmp_path)._replace(free=700)
    monkeypatch.setattr("striate.data.images.load.shutil.disk_usage", lambda _: usage)
    folder = str(tmp_path / "folder")
    with pytest.raises(DataError) as caught:
        load_source(folder, SIZE)
    assert str(caught.value) == (
        f"{folder}: decoded they have 576 bytes, and the disk of the cache has 700 free.\n"
        "  Needed: room for them, with a fifth of the free disk left over.\n"
        f"  Fix: write stream:{folder} to decode pictures whenever they are read and keep none, or set STRIATE_CACHE "
        "to a folder on a larger disk."
    )
    assert not list((tmp_path / "cache").rglob("*.npy"))


def test_what_is_no_stream_is_said(tmp_path: Path) -> None:
    folder = write_shards(tmp_path / "shards")
    with pytest.raises(DataError) as caught:
        load_source(str(folder), SIZE)
    assert str(caught.value) == str(streams.not_for_streams(str(folder)))
    assert refusal("stream:mnist") == str(streams.not_to_be_streamed("stream:mnist"))


TOLD: list[tuple[Callable[..., Fault], tuple[object, ...], str]] = [
    (
        streams.not_for_streams,
        ("shards",),
        (
            "shards: it is a stream, and this work needs all of its pictures at once.\n"
            "  Needed: a folder of pictures, or any other data set.\n"
            "  Fix: unpack some shards into a folder; train, evaluate, data check and data show read streams."
        ),
    ),
    (
        streams.not_to_be_streamed,
        ("stream:mnist",),
        (
            "stream:mnist: it holds no pictures in files, shards or rows.\n"
            "  Needed: pictures that can be decoded one by one.\n"
            "  Fix: write mnist without stream:."
        ),
    ),
    (
        streams.stream_not_predicted,
        ("a.tar",),
        (
            "a.tar: it is a stream of pictures, or a shard.\n"
            "  Needed: pictures, or folders of them.\n"
            "  Fix: write `striate evaluate RUN --data a.tar --predictions FILE.csv`, which names the class of each."
        ),
    ),
    (
        streams.pattern_without_files,
        ("a-{0..1}.tar", ["a-1.tar"], 2),
        (
            "a-{0..1}.tar: of 2 shards, 1 cannot be found: a-1.tar.\n"
            "  Needed: every shard that the pattern names.\n"
            "  Fix: correct the numbers in the braces, or copy the missing shards."
        ),
    ),
    (
        streams.pattern_not_understood,
        ("a-{x}.tar", "{x} is no range and no list"),
        (
            "a-{x}.tar: {x} is no range and no list.\n"
            "  Needed: numbers of equal length between braces, as in train-{000..099}.tar, or words, as in {train,val}.\n"
            "  Fix: correct the braces."
        ),
    ),
    (
        streams.shard_not_read,
        ("a.tar", "truncated header"),
        (
            "a.tar: it cannot be read: truncated header.\n"
            "  Needed: a whole .tar that is not compressed, for pictures are read from within it.\n"
            "  Fix: copy or download it again, or unpack its compression (gunzip)."
        ),
    ),
    (
        streams.shards_without_pictures,
        ("shards",),
        (
            "shards: its shards hold no picture.\n"
            "  Needed: pictures, each beside a file of the same name that ends in .cls, .txt or .json, or in a folder "
            "named after its class.\n"
            "  Fix: see what `tar -tf` lists."
        ),
    ),
    (
        streams.shards_without_classes,
        ("shards", ["a.tar, 1.png"], 2),
        (
            "shards: of 2 pictures, nothing says what 1 show: 'a.tar, 1.png'.\n"
            "  Needed: beside each picture a file of its name that ends in .cls or .txt, or in .json with a label; or a "
            "folder named after its class.\n"
            "  Fix: write the shards with labels."
        ),
    ),
    (
        streams.class_without_name,
        ("classes.txt", "7", 5),
        (
            "classes.txt: the list has 5 names, and a picture is of class 7.\n"
            "  Needed: a name for each number, from 0.\n"
            "  Fix: add the missing lines, or take the list away."
        ),
    ),
    (
        streams.pixels_too_large,
        ("pets", 2000, 1000, "Permission denied"),
        (
            "pets: decoded they have 2,000 bytes; the cache cannot be written (Permission denied), and 1,000 bytes of "
            "memory are free.\n"
            "  Needed: a cache that can be written, or memory for them.\n"
            "  Fix: set STRIATE_CACHE to a folder that can be written, or write stream:pets to keep none of them."
        ),
    ),
]


@pytest.mark.parametrize(("fault", "arguments", "text"), TOLD)
def test_faults_are_told(
    fault: Callable[..., Fault], arguments: tuple[object, ...], text: str
) -> None:
    assert str(fault(*arguments)) == text


def test_a_preparation_of_digits_is_refused_as_for_a_folder(tmp_path: Path) -> None:
    folder = write_shards(tmp_path / "shards")
    with pytest.raises(DataError):
        load_pictures(listed(str(folder)), SIZE, Preparation(fit="digit"), may_stream=True)


def test_a_second_picture_of_an_example_is_left_out_and_counted(tmp_path: Path) -> None:
    members = [
        (name, png(number))
        for number in range(4)
        for name in (f"{number}.png", f"{number}.seg.png", f"{number}.mask.png")
    ]
    members += [(f"{number}.cls", str(number % 2).encode()) for number in range(4)]
    members += [("view.one.png", png(8)), ("view.two.png", png(9)), ("view.cls", b"0")]
    listing = list_shards("masks", "masks", [write_shard(tmp_path / "train-0.tar", members)])
    assert sorted(name.rpartition("/")[2] for name in listing.items.names) == [
        *("0.png", "1.png", "2.png", "3.png", "view.one.png", "view.two.png"),
    ]
    assert sorted(listing.ignored) == [".mask.png: 4", ".seg.png: 4"]
