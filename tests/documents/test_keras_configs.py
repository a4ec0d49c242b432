"""Models as Keras saves them: JSON and archives, whose sizes and counts are those that Keras 3.12 gave for them."""

import json
import zipfile
from pathlib import Path
from time import process_time

import h5py
import pytest

from striate.cli import main
from striate.documents import Document, read_file, read_networks
from striate.documents.forms.keras_config import split_keras_config
from striate.errors import DocumentError, NoNetworkError
from striate.shapes import Image


FOLDER = Path(__file__).parent / "forms"

# Of each layer what Keras prints: maps, height, width, and the parameters that it trains.
SIZES = {
    "sequential": "32x26x26 320, 32x13x13 0, 32x13x13 64, 5408 0, 5408 0, 10 54090",
    "branches": "16x32x32 432, 16x32x32 32, 16x32x32 2320, 16x32x32 0, 8x32x32 136, 24x32x32 0, 24 0, 10 250",
    "nested": "4x30x30 112, 3600 0, 2 7202",
}

OLD = {
    "class_name": "Model",
    "config": {
        "name": "old",
        "layers": [
            {
                "class_name": "InputLayer",
                "name": "in",
                "config": {"batch_input_shape": [None, 12, 10, 3], "name": "in"},
                "inbound_nodes": [],
            },
            {
                "class_name": "Conv2D",
                "name": "shared",
                "config": {
                    "name": "shared",
                    "filters": 3,
                    "kernel_size": [3, 3],
                    "padding": "same",
                },
                "inbound_nodes": [[["in", 0, 0, {}]], [["shared", 0, 0, {}]]],
            },
            {
                "class_name": "Add",
                "name": "sum",
                "config": {"name": "sum"},
                "inbound_nodes": [[["in", 0, 0, {}], ["shared", 0, 0, {}]]],
            },
        ],
        "input_layers": [["in", 0, 0]],
        "output_layers": [["sum", 0, 0]],
    },
}


def sizes(network: Document) -> str:
    reports = network.walk.reports[1:]
    return ", ".join(f"{one.output} {one.cost.parameters}" for one in reports if one.cost)


@pytest.mark.parametrize("name", SIZES)
def test_a_config_is_the_network_that_keras_builds(name: str) -> None:
    (network,) = read_file(FOLDER / f"keras-config-{name}.json")
    assert network.walk.faults == ()
    assert sizes(network) == SIZES[name]
    assert network.remarks == ()


def test_layers_are_found_on_their_lines_where_the_json_has_lines() -> None:
    loaded = json.loads((FOLDER / "keras-config-sequential.json").read_text(encoding="utf-8"))
    text = json.dumps(loaded, indent=1)
    (network,) = read_networks(text, "net.json")
    lines = text.splitlines()
    for row, kind in zip(network.table.rows[1:3], ("Conv2D", "MaxPooling2D"), strict=True):
        assert row.line is not None
        assert f'"class_name": "{kind}"' in lines[row.line - 1]


def test_graphs_of_keras_2_are_read() -> None:
    (network,) = read_networks(json.dumps(OLD), "old.json")
    assert network.table.input == Image(3, 12, 10)
    assert sizes(network) == "3x12x10 84, 3x12x10 0"


def test_archives_and_hdf5_hold_the_same_model(tmp_path: Path) -> None:
    config = (FOLDER / "keras-config-branches.json").read_text(encoding="utf-8")
    archive, hdf5 = tmp_path / "net.keras", tmp_path / "net.h5"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("config.json", config)
    with h5py.File(hdf5, "w") as file:
        file.attrs["model_config"] = config
    (read,) = read_file(FOLDER / "keras-config-branches.json")
    for path in (archive, hdf5):
        (network,) = read_file(path)
        assert network.table == read.table


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_a_file_without_a_model_is_named(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"weights.{ending}"
    path.write_bytes(b"no archive")
    with pytest.raises(DocumentError) as raised:
        read_file(path)
    assert str(raised.value) == (
        f"{path}: it holds no config of a model of Keras.\n"
        "  Needed: a file that `model.save` wrote: `.keras`, or `.h5` with the model in it.\n"
        "  Fix: save the model and not its weights alone, or check its code; `train --from` takes the weights."
    )


def test_a_layer_of_a_users_own_is_named_and_its_words_are_never_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layers = [
        {"class_name": "InputLayer", "config": {"batch_shape": [None, 8, 8, 1], "name": "in"}},
        {"class_name": "Own>__import__('os').mkdir('run')", "config": {"name": "');import os#"}},
    ]
    path = tmp_path / "net.json"
    path.write_text(json.dumps({"class_name": "Sequential", "config": {"layers": layers}}))
    assert main(["check", str(path)]) in {1, 2}
    told = capsys.readouterr()
    assert "Unknown" in told.out + told.err
    assert not (tmp_path / "run").exists()


def test_json_of_something_else_is_no_network() -> None:
    with pytest.raises(NoNetworkError):
        read_networks('{"config": {"layers": 3}}', "settings.json")


@pytest.mark.parametrize("kind", ["ReLU", "\\u0052eLU"])
def test_many_layers_are_found_in_linear_time_however_their_names_are_spelt(kind: str) -> None:
    layer = f'{{"class_name": "{kind}", "config": {{"name": "r"}}}}'
    layers = ",\n".join([layer] * 20_000)
    text = f'{{"class_name": "Sequential", "config": {{"layers": [{layers}]}}}}'
    start = process_time()
    (block,) = split_keras_config(text).blocks
    assert process_time() - start < 3
    assert sum(line.count("keras.layers.ReLU") for line in block.lines) == 20_000


def test_models_within_models_without_end_are_no_network() -> None:
    text = '{"class_name": "ReLU", "config": {}}'
    for _ in range(330):
        text = f'{{"class_name": "Sequential", "config": {{"layers": [{text}]}}}}'
    with pytest.raises((NoNetworkError, DocumentError)):
        read_networks(text, "net.json")
