"""What is fuzzed: for each subject the files to begin with, and what reads one of them in Striate."""

import asyncio
import gzip
import io
import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from PIL import Image

from proofs.records import ROOT
from proofs.scenes import NETWORK


_MOST_BYTES = 60_000
_CLASSES = ("a", "b", "c")


@final
@dataclass(frozen=True, slots=True)
class Subject:
    """One kind of file.

    Args:
        seeds: Files that are read.
        read: Reads a file by its content. Raises a `StriateError` where it cannot.
        is_json: Whether its files are JSON, whose values are changed.
    """

    seeds: list[bytes]
    read: Callable[[bytes], object]
    is_json: bool = False


def _files(*patterns: str) -> list[bytes]:
    """Give the files of the repository that patterns name, as long as they are not too large."""
    found = [path.read_bytes() for pattern in patterns for path in sorted(ROOT.glob(pattern))]
    return [content for content in found if len(content) <= _MOST_BYTES]


def _documents(ending: str, seeds: Iterable[bytes]) -> Callable[[Path], Subject]:
    def subject(place: Path) -> Subject:
        from striate import check
        from striate.documents import read_file

        file = place / f"one{ending}"

        def read(content: bytes) -> None:
            file.write_bytes(content)
            for document in read_file(file):
                check(document)

        return Subject(list(seeds), read)

    return subject


def _blocks() -> list[bytes]:
    programs = _files("tests/documents/programs/*.py")
    small = [one for one in programs if len(one) < _MOST_BYTES // 4]
    return [b"```python\n" + one + b"\n```\n" for one in small] + [_KERAS, _TORCH]


_KERAS = b"""```python
model = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(6, 5, padding="same", activation="relu"),
    layers.MaxPooling2D(2),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, batch_size=32, epochs=3)
```
"""
_TORCH = b"""```python
class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.conv = nn.Conv2d(1, width, 3, padding=1)
        self.blocks = nn.ModuleList([nn.Conv2d(width, width, 3, padding=1) for _ in range(3)])
        self.fc = nn.Linear(width * 14 * 14, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv(x)), 2)
        for block in self.blocks:
            x = x + F.relu(block(x))
        return self.fc(torch.flatten(x, 1))
```
"""


def _loaded(
    name: str, seeds: list[bytes], companions: Mapping[str, bytes] | None = None
) -> Callable[[Path], Subject]:
    """Make a subject of data: one file, perhaps with others beside it."""

    def subject(place: Path) -> Subject:
        from striate.data import load_source
        from striate.shapes import Image as Size

        for beside, content in (companions or {}).items():
            (place / beside).parent.mkdir(parents=True, exist_ok=True)
            (place / beside).write_bytes(content)
        file = place / name
        asked = str(file if companions is None else place)

        def read(content: bytes) -> None:
            file.write_bytes(content)
            load_source(asked, Size(1, 8, 8))

        return Subject(seeds, read)

    return subject


def _pictures(place: Path) -> Subject:
    from striate.data import fit_picture  # noqa: F401 - loaded before the forks
    from striate.data.images.decode import decode_picture

    file = place / "one.png"
    drawn = np.random.default_rng(1).integers(0, 255, (20, 30, 3), dtype=np.uint8)
    modes = ("RGB", "L", "P", "RGBA", "CMYK", "1", "I;16", "LA")
    seeds = _files("examples/digits/*")
    for kind in ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF"):
        for mode in modes:
            out = io.BytesIO()
            image = Image.fromarray(drawn)
            try:
                (
                    image.convert("I").convert("I;16") if mode == "I;16" else image.convert(mode)
                ).save(out, kind)
            except (OSError, ValueError, KeyError):
                continue
            seeds.append(out.getvalue())

    def read(content: bytes) -> None:
        file.write_bytes(content)
        decode_picture(file)

    return Subject(seeds, read)


def _arrays() -> list[bytes]:
    drawn = np.random.default_rng(2)
    x, y = drawn.integers(0, 255, (12, 6, 6), dtype=np.uint8), np.arange(12) % 3
    kinds: list[dict[str, Any]] = [
        {"x_train": x, "y_train": y, "x_test": x[:6], "y_test": y[:6]},
        {"images": x.astype(np.float32) / 255, "labels": y.astype(np.int32)},
        {"images": np.stack([x] * 3, -1), "labels": np.array([f"c{n}" for n in y])},
        {"x_train": x[..., None], "y_train": np.eye(3)[y]},
        {"x": x.astype(np.int64), "y": y[:, None].astype(np.float64)},
    ]
    seeds = []
    for number, kind in enumerate(kinds):
        out = io.BytesIO()
        (np.savez_compressed if number % 2 else np.savez)(out, **kind)
        seeds.append(out.getvalue())
    return seeds


def _idx(items: int = 12) -> tuple[bytes, bytes]:
    from striate.data.sources.idx import write_idx

    drawn = np.random.default_rng(3)
    images = write_idx(drawn.integers(0, 255, (items, 6, 6), dtype=np.uint8))
    return images, write_idx((np.arange(items) % 3).astype(np.uint8))


def _idx_images(place: Path) -> Subject:
    images, labels = _idx()
    beside = {
        "train-labels-idx1-ubyte": labels,
        "t10k-images-idx3-ubyte": images,
        "t10k-labels-idx1-ubyte": labels,
    }
    # What is packed goes under the same name: it is the content that tells.
    return _loaded("train-images-idx3-ubyte", [images, gzip.compress(images)], beside)(place)


_TABLES = [
    "text,label\n" + "".join(f'"sentence {n}, so it is",{"ab"[n % 2]}\n' for n in range(14)),
    "label\ttext\tsplit\n"
    + "".join(f"{n % 3}\tword{n} 한글 word\t{('train', 'test')[n % 4 == 0]}\n" for n in range(20)),
    "id;review;sentiment\r\n"
    + "".join(f'{n};"a ""b"" {n}";{("pos", "neg")[n % 2]}\r\n' for n in range(14)),
]


def _tables() -> list[bytes]:
    coded = [text.encode() for text in _TABLES]
    return [
        *coded,
        b"\xef\xbb\xbf" + coded[0],
        _TABLES[1].encode("utf-16"),
        _TABLES[0].encode("cp1252"),
    ]


def _lines() -> list[bytes]:
    rows = [{"text": f"some words {n}", "label": n % 2} for n in range(14)]
    return ["\n".join(json.dumps(row) for row in rows).encode(), json.dumps(rows).encode()]


def _vectors(place: Path) -> Subject:
    from striate.data import Vocabulary
    from striate.data.preprocessing.vectors import read_vectors

    words = tuple(f"word{number}" for number in range(6))
    drawn = np.random.default_rng(4).normal(size=(6, 4)).astype("<f4")
    text = b"".join(
        f"{word} {' '.join(map(str, row))}\n".encode()
        for word, row in zip(words, drawn, strict=True)
    )
    binary = b"6 4\n" + b"".join(
        word.encode() + b" " + row.tobytes() + b"\n" for word, row in zip(words, drawn, strict=True)
    )
    file = place / "vectors.bin"

    def read(content: bytes) -> None:
        file.write_bytes(content)
        read_vectors(file, Vocabulary(words), 4, "E")

    return Subject(
        [text, b"6 4\n" + text, binary, gzip.compress(binary), gzip.compress(text)], read
    )


def _bundle(place: Path) -> Path:
    import torch

    from striate.documents import read_networks
    from striate.modules import build
    from striate.prediction import save_bundle

    (document,) = read_networks(NETWORK, "small.md")
    torch.manual_seed(5)
    state = build(document).state_dict()
    save_bundle(place / "bundle", document, _CLASSES, {"best": state, "last": state}, "")
    return place / "bundle"


def _of_bundle(name: str, *, is_json: bool = False) -> Callable[[Path], Subject]:
    """Make a subject of one file of a bundle. Digests are put right, so that what lies behind them is reached."""

    def subject(place: Path) -> Subject:
        import hashlib

        from striate.documents import fingerprint, read_file
        from striate.errors import StriateError
        from striate.prediction import load_bundle

        folder = _bundle(place)
        original, config = (
            (folder / name).read_bytes(),
            json.loads((folder / "config.json").read_text()),
        )

        def read(content: bytes) -> None:
            (folder / name).write_bytes(content)
            told = dict(config)
            if name == "model.safetensors":
                told["sha256"] = {**config["sha256"], name: hashlib.sha256(content).hexdigest()}
            elif name == "README.md":
                with suppress(StriateError, IndexError):
                    told["document"] = fingerprint(read_file(folder / name)[0])
            if name != "config.json":
                (folder / "config.json").write_text(json.dumps(told))
            load_bundle(folder)

        return Subject([original], read, is_json)

    return subject


def _checkpoints(place: Path) -> Subject:
    import torch

    from striate.training.checkpoint import Progress, _digest, load_checkpoint, save_checkpoint
    from striate.training.history import EpochRecord  # noqa: F401 - loaded before the forks

    file = place / "checkpoint.safetensors"
    tensors = {
        "network.C1.weight": torch.randn(4, 1, 3, 3),
        "random": torch.arange(40, dtype=torch.uint8),
    }
    save_checkpoint(file, tensors, Progress(), "d" * 64)
    original = file.read_bytes()

    def read(content: bytes) -> None:
        import safetensors

        # Digests are put right, so that what lies behind them is reached.
        file.write_bytes(content)
        try:
            with safetensors.safe_open(file, framework="pt") as opened:
                told = opened.metadata() or {}
                held = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
            digest = _digest(held, told.get("state", "") + told.get("document", ""))
            old = told.get("sha256", "")
            if len(old) == len(digest):
                file.write_bytes(content.replace(old.encode(), digest.encode()))
        except Exception:
            pass
        load_checkpoint(file)

    return Subject([original], read)


def _bodies(place: Path) -> Subject:
    from striate.server.application import Service, application_of
    from striate.server.limits import Limits
    from striate.server.log import Log
    from striate.server.model import Settings, Shelf

    shelf = Shelf([("small", _bundle(place))], Settings())
    picture = io.BytesIO()
    Image.fromarray(np.zeros((12, 12), np.uint8)).save(picture, "PNG")
    png = picture.getvalue()
    form = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
        + png
        + b"\r\n--x--\r\n"
    )
    infer = {
        "id": "1",
        "inputs": [
            {"name": "input", "shape": [1, 1, 12, 12], "datatype": "FP32", "data": [0.5] * 144}
        ],
    }
    seeds = [
        b"P" + png,
        b"F" + form,
        b"J" + json.dumps({"numbers": [[0.1] * 12] * 12}).encode(),
        b"I" + json.dumps(infer).encode(),
        b"J" + b'{"sentences": ["a b", "c"]}',
    ]
    kinds = {
        b"P": b"image/png",
        b"F": b"multipart/form-data; boundary=x",
        b"J": b"application/json",
        b"I": b"application/json",
    }

    async def ask(content: bytes) -> int:
        service = Service(shelf, Limits(), Log(None))
        app = application_of(service)
        kind = kinds.get(content[:1], b"application/octet-stream")
        path = "/v2/models/small/infer" if content[:1] == b"I" else "/v1/predict"
        status = 0
        scope = {
            "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"", "http_version": "1.1",
            "scheme": "http", "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 5), "root_path": "", "asgi": {"version": "3.0"},
            "headers": [(b"host", b"localhost"), (b"content-type", kind), (b"content-length", str(len(content) - 1).encode())],
        }  # fmt: skip

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": content[1:], "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]

        try:
            await app(scope, receive, send)
        finally:
            service.batcher.close()
        return status

    def read(content: bytes) -> None:
        from striate.errors import Fault, ServingError

        status = asyncio.run(ask(content))
        if status in {400, 404, 405, 408, 413, 415, 422, 429}:
            raise ServingError(Fault("request", str(status), "", ""))
        if status != 200:
            message = f"the answer is {status}"
            raise RuntimeError(message)

    return Subject(seeds, read)


SUBJECTS: Mapping[str, Callable[[Path], Subject]] = {
    "npz": _loaded("one.npz", _arrays()),
    "checkpoints": _checkpoints,
    "pictures": _pictures,
    "idx": _idx_images,
    "word vectors": _vectors,
    "tables of sentences": _loaded("one.csv", _tables()),
    "json of sentences": _loaded("one.jsonl", _lines()),
    "documents": _documents(
        ".md",
        _files(
            "src/striate/networks/*.md",
            "tests/documents/*.md",
            "tests/documents/written/*.md",
            "tests/documents/forms/*.md",
        ),
    ),
    "code blocks": _documents(".md", _blocks()),
    "other forms": _documents(
        ".txt", _files("tests/documents/forms/*", "tests/documents/written/*")
    ),
    "bundle config": _of_bundle("config.json", is_json=True),
    "bundle weights": _of_bundle("model.safetensors"),
    "bundle documents": _of_bundle("README.md"),
    "http bodies": _bodies,
}
