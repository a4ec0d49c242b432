"""One server for all tests of HTTP: a process of its own, with a network of each kind."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import torch

from striate.data import Vocabulary
from striate.documents import Document, read_networks
from striate.layers import Embedding
from striate.modules import build
from striate.networks import load
from striate.prediction import save_bundle


SMALL = """# Small

| Layer | Type | Maps | Kernel | Stride | Activation | Size |
| --- | --- | --- | --- | --- | --- | --- |
| In | Input | 3 | | | | 18x12 |
| C1 | Convolution | 4 | 3x3 | 1 | ReLU | |
| M1 | Max pooling | | 2x2 | 2 | | |
| Out | Fully connected | | | | softmax | 3 |
"""


def write_bundle(
    folder: Path, document: Document, classes: tuple[str, ...], seed: int = 4, **beside: Any
) -> Path:
    """Write a bundle whose weights are drawn."""
    torch.manual_seed(seed)
    state = build(document).state_dict()
    for (
        values
    ) in state.values():  # far enough from each other that no two inputs get the same answer
        values.normal_(0, 1 / max(1, values[0].numel()) ** 0.5)
    folder.mkdir(parents=True, exist_ok=True)
    save_bundle(folder / "bundle", document, classes, {"best": state, "last": state}, "", **beside)
    return folder / "bundle"


def small_document() -> Document:
    (document,) = read_networks(SMALL, "small.md")
    return document


def sentence_bundle(folder: Path) -> Path:
    document = load("text-cnn")
    vocabulary = Vocabulary(tuple(f"word{number}" for number in range(2, 50)))
    rows = list(document.table.rows)
    embedding = rows[1].layer
    assert isinstance(embedding, Embedding)
    rows[1] = replace(rows[1], layer=replace(embedding, words=len(vocabulary)))
    document = replace(document, table=replace(document.table, rows=tuple(rows)), body="")
    return write_bundle(folder, document, ("bad", "good"), vocabulary=vocabulary)


@dataclass(frozen=True)
class Served:
    """A server that runs."""

    host: str
    port: int
    bundles: dict[str, Path]
    log: Path
    process: "subprocess.Popen[str]"

    def connect(self) -> HTTPConnection:
        return HTTPConnection(self.host, self.port, timeout=20)

    def ask(
        self, method: str, path: str, body: bytes | str | None = None, **headers: str
    ) -> tuple[int, Any, dict[str, str]]:
        connection = self.connect()
        try:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, names)
            answer = connection.getresponse()
            content = answer.read()
            told = {name.lower(): value for name, value in answer.getheaders()}
        finally:
            connection.close()
        is_json = told.get("content-type", "") == "application/json"
        return answer.status, json.loads(content) if is_json else content.decode(), told

    def predict(self, body: Any, query: str = "") -> tuple[int, Any]:
        found = self.ask(
            "POST", f"/v1/predict?{query}", json.dumps(body), Content_Type="application/json"
        )
        return found[:2]


def start(folder: Path, bundles: dict[str, Path], *flags: str, most_files: int = 0) -> Served:
    """Start a server, perhaps one that may open few files, and wait until it says its address."""
    log = folder / "server.log"
    words = [f"{name}={path}" for name, path in bundles.items()]
    command = [sys.executable, "-m", "striate", "serve", *words, "--port", "0", "--json", *flags]
    if most_files:
        command = ["sh", "-c", f'ulimit -n {most_files}; exec "$@"', "sh", *command]
    with log.open("w") as errors:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, "STRIATE_KERNELS": "off", "OMP_NUM_THREADS": "1"},
        )
    assert process.stdout is not None
    with process.stdout as out:
        line = out.readline()
    assert line, log.read_text()
    host, _, port = json.loads(line)["address"].removeprefix("http://").rpartition(":")
    return Served(host, int(port), bundles, log, process)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of pictures, digits, sentences and vectors, within small limits."""
    folder = tmp_path_factory.mktemp("served")
    digits = tuple("0123456789")
    bundles = {
        "small": write_bundle(folder / "small", small_document(), ("고양이", "dog", "</x>")),
        "digits": write_bundle(folder / "digits", load("lenet5-softmax"), digits),
        "texts": sentence_bundle(folder / "texts"),
        "vectors": write_bundle(folder / "vectors", load("mlp"), ("0", "1")),
    }
    limits = ("--max-bytes", "2000000", "--max-pixels", "3000000", "--max-items", "20")
    server = start(folder, bundles, *limits, "--queue", "40", "--timeout", "2")
    yield server
    server.process.terminate()
    assert server.process.wait(20) == 0
