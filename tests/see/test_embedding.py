"""Where examples lie, held against principal components by numpy, and what the picture shows of it."""

import csv
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch

import striate
from picture_files import write_classes
from striate import see
from striate.cli import main
from striate.errors import SeeingError
from striate.pictures.embedding import class_colors, draw_embedding


def test_points_are_principal_components_of_the_row_that_the_last_one_reads() -> None:
    network = striate.build(striate.load("lenet5-softmax")).eval()
    pictures = torch.randn(30, 1, 32, 32, generator=torch.Generator().manual_seed(3))
    found = see.embedding(network, pictures)
    assert found.row == "F6"
    with torch.no_grad():
        values = network.trace(pictures)["F6"].double().numpy()
    values -= values.mean(axis=0)
    sizes, axes = np.linalg.eigh(values.T @ values)
    assert found.shares is not None
    for at in (0, 1):
        axis = axes[:, -1 - at]
        expected = values @ (axis * np.sign(axis[np.abs(axis).argmax()]))
        assert found.points[:, at] == pytest.approx(expected, abs=1e-4)
        assert found.shares[at] == pytest.approx(sizes[-1 - at] / sizes.sum(), abs=1e-6)


def test_of_many_examples_as_many_as_are_asked_for_are_placed_at_equal_distances() -> None:
    network = striate.build(striate.load("mlp")).eval()
    values = torch.randn(50, 2, generator=torch.Generator().manual_seed(4))
    found = see.embedding(network, values, "Input", most=10)
    assert found.examples == list(range(0, 50, 5))
    distances = np.linalg.norm(found.points[1:] - found.points[0], axis=1)
    expected = np.linalg.norm((values[5::5] - values[0]).numpy(), axis=1)
    assert distances == pytest.approx(expected, abs=1e-5)  # two values lie in their own plane


def test_a_picture_stands_where_its_point_is_and_covers_no_other() -> None:
    points = np.array([[0, 0], [0.01, 0], [1, 0.5]], np.float32)
    reds = [np.full((20, 20, 3), (250 - at, 0, 0), np.uint8) for at in range(3)]
    content = draw_embedding(points, [0, 1, 1], ["a", "b"], dict(enumerate(reds)), "t", [])
    page = np.asarray(PIL.Image.open(BytesIO(content)).convert("RGB")).astype(int)
    assert [(page == red[0, 0]).all(axis=2).sum() for red in reds] == [400, 0, 400]
    ys, xs = np.nonzero((page == reds[2][0, 0]).all(axis=2))
    first = np.nonzero((page == reds[0][0, 0]).all(axis=2))
    assert xs.mean() > first[1].mean() + 500
    assert ys.mean() < first[0].mean() - 200


@pytest.mark.parametrize("count", [2, 7, 10, 40])
def test_every_class_has_a_color_of_its_own(count: int) -> None:
    assert len(set(class_colors(count))) == count


def test_the_table_names_the_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, out = write_classes(tmp_path / "pictures", ["cat", "dog"], 3), tmp_path / "out"
    assert main(["see", "fashion-cnn", "--embedding", "--data", str(folder), "-o", str(out)]) == 0
    said = capsys.readouterr().out
    (table,) = out.glob("embedding-*.csv")
    assert str(table) in said
    rows = list(csv.DictReader(table.read_text("utf-8").splitlines()))
    assert sorted(row["file"] for row in rows) == [
        f"{c}/{n}.png" for c in ("cat", "dog") for n in range(3)
    ]
    assert all(row["class"] == row["file"].split("/")[0] for row in rows)
    assert table.with_suffix(".png").is_file()


def test_umap_keeps_near_what_is_near_and_gives_equal_places_again() -> None:
    """Held against the nearest neighbours by numpy: two clouds of values that lie apart."""
    pytest.importorskip("umap", reason="needs pip install 'striate[umap]'")
    network = striate.build(striate.load("mlp")).eval()
    draws = torch.Generator().manual_seed(5)
    values = torch.randn(40, 2, generator=draws) * 0.1 + torch.arange(40)[:, None] % 2 * 5.0
    found = see.embedding(network, values, "Input", by_neighbours=True)
    assert found.shares is None
    distances = np.linalg.norm(found.points[:, None] - found.points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    assert (distances.argmin(axis=1) % 2 == np.arange(40) % 2).all()
    again = see.embedding(network, values, "Input", by_neighbours=True)
    assert (again.points == found.points).all()


def test_what_umap_needs_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    network = striate.build(striate.load("mlp")).eval()
    room = sys.modules["striate.see.embedding"]  # whose name in the package is that of its function
    monkeypatch.setattr(room, "find_spec", lambda name: name)
    with pytest.raises(SeeingError) as few:
        see.embedding(network, torch.zeros(15, 2), by_neighbours=True)
    assert str(few.value) == (
        "--umap: the data has 15 examples.\n"
        "  Needed: at least 16: each is placed by the 15 that are nearest to it.\n"
        "  Fix: give more examples, or leave --umap out: principal components take any number."
    )
    monkeypatch.setattr(room, "find_spec", lambda _: None)
    with pytest.raises(SeeingError) as absent:
        see.embedding(network, torch.zeros(20, 2), by_neighbours=True)
    assert str(absent.value) == (
        "--umap: the package umap-learn is not installed.\n"
        "  Needed: it; principal components need nothing.\n"
        "  Fix: write pip install 'striate[umap]', or leave --umap out."
    )


def test_umap_is_a_way_of_the_embedding_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["see", "lenet5", "--umap"]) == 2
    assert capsys.readouterr().err == (
        "error: --umap: no examples are placed.\n"
        "  Needed: --embedding beside it.\n"
        "  Fix: add --embedding, or leave --umap out.\n"
    )
