"""A bundle goes to the hub and comes back, through the hub's own library and a stand-in that speaks its HTTP."""

import json
import re
import socket
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import huggingface_hub.constants
import pytest
import torch
import yaml
from markdown_it import MarkdownIt
from safetensors.torch import save

from messages import functions
from served_networks import sentence_bundle, small_document, write_bundle
from striate.cli import main
from striate.errors import BundleError, hub as messages_of_hub
from striate.hub import card_of, push
from striate.hub.card import escaped
from striate.modules import build
from striate.prediction import hub_bundles, load_bundle, predict
from striate.training import load_weights


PICTURE = Path(__file__).parents[2] / "examples/digits/two-16-bit.png"
NAME = "someone/small-net"
COMMIT = "a" * 40


@dataclass
class Hub:
    """What the stand-in holds, and what it was told."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    is_private: bool = True
    asked: list[str] = field(default_factory=list)
    status: int = 200
    commit: str = COMMIT


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Keep silent."""

    def answer(self, content: Any, status: int = 200, **headers: str) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self.path.partition("?")[0]
        self.hub.asked.append(path)
        if self.hub.status != 200:
            self.answer({"error": "no"}, self.hub.status)
        elif path == "/api/repos/create":
            asked = json.loads(body)  # older versions of the library say `private`
            self.hub.is_private = asked.get("visibility", asked.get("private")) in {"private", True}
            self.answer({"url": f"{self.hub.address}/{NAME}", "id": NAME})
        elif path.startswith(f"/api/models/{NAME}/preupload/"):
            files = json.loads(body)["files"]
            told = [
                {"path": one["path"], "uploadMode": "regular", "shouldIgnore": False}
                for one in files
            ]
            self.answer({"files": told})
        elif path.startswith(f"/api/models/{NAME}/commit/"):
            for line in body.splitlines():
                one = json.loads(line)
                if one["key"] == "file":
                    self.hub.files[one["value"]["path"]] = b64decode(one["value"]["content"])
            url = f"{self.hub.address}/{NAME}/commit/{COMMIT}"
            self.answer({"commitUrl": url, "commitOid": COMMIT, "success": True})
        else:
            self.answer({"errors": [], "warnings": []})

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        found = re.fullmatch(rf"/{NAME}/resolve/[^/]+/(.+)", path)
        siblings = [{"rfilename": name} for name in self.hub.files]
        if self.hub.status != 200:
            self.answer({"error": "no"}, self.hub.status)
        elif found and found.group(1) in self.hub.files:
            content = self.hub.files[found.group(1)]
            etag = f'"{sha256(content).hexdigest()[:40]}"'
            self.answer(content, ETag=etag, X_Repo_Commit=self.hub.commit)
        elif path.startswith(f"/api/models/{NAME}/tree/"):
            tree = [
                {"type": "file", "path": name, "size": len(content), "oid": "b" * 40}
                for name, content in self.hub.files.items()
            ]
            self.answer(tree)
        elif path.startswith(f"/api/models/{NAME}"):
            told = {
                "id": NAME,
                "modelId": NAME,
                "sha": self.hub.commit,
                "private": self.hub.is_private,
            }
            self.answer(told | {"siblings": siblings, "tags": []})
        else:
            self.answer({"error": "not found"}, 404, X_Error_Code="RepoNotFound")

    def do_HEAD(self) -> None:
        self.do_GET()


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    held = Hub()
    handler = type("Handler", (_Handler,), {"hub": held})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        held.address = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("HF_ENDPOINT", held.address)
        monkeypatch.setenv("HF_TOKEN", "hf_test")
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield held
        server.shutdown()
        thread.join()


def test_what_is_pushed_comes_back_and_predicts_the_same(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_bundle(tmp_path / "run", small_document(), ("고양이", "a|b", "</x>"))
    assert main(["push", str(tmp_path / "run"), NAME, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["is_private"]
    assert told["address"].endswith(COMMIT)
    names = {"README.md", "network.md", "config.json", "model.safetensors", "last.safetensors"}
    assert set(told["files"]) == set(hub.files) == names
    assert hub.files["network.md"] == (folder / "README.md").read_bytes()
    assert main(["predict", f"hf:{NAME}", str(PICTURE), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["predictions"][0]["classes"]
    (wanted,) = predict(folder, PICTURE).made
    assert [(one["name"], one["score"]) for one in found] == list(wanted.classes)
    # Once more: what lies there is one of ours, and is replaced.
    assert main(["push", f"hf:{NAME}", NAME]) == 0
    assert hub.files["network.md"] == (folder / "README.md").read_bytes()


def test_a_network_begins_with_weights_of_the_hub(hub: Hub, tmp_path: Path) -> None:
    """A bundle, or the files of another library, of which the safer one is taken."""
    folder = write_bundle(tmp_path / "run", small_document(), ("a", "b", "c"))
    theirs = load_bundle(folder).network
    assert main(["push", str(folder), NAME]) == 0
    taken = load_weights(build(small_document()), f"hf:{NAME}")
    assert (taken.by, taken.where, taken.began) == ("name", f"hf:{NAME}", {})
    torch.save(theirs.state_dict(), tmp_path / "weights.bin")
    content = (tmp_path / "weights.bin").read_bytes()
    for revision, files in enumerate(
        (
            {"config.json": b"{}", "model.safetensors": save(theirs.state_dict())},
            {"config.json": b"{}", "pytorch_model.bin": content},
        )
    ):
        hub.files, hub.commit = files, str(revision) * 40
        network = build(small_document())
        assert load_weights(network, f"hf:{NAME}").began == {}
        for name, values in theirs.state_dict().items():
            assert torch.equal(network.state_dict()[name], values), name
    hub.files, hub.commit = {"config.json": b"{}"}, "e" * 40
    with pytest.raises(BundleError) as caught:
        load_weights(build(small_document()), f"hf:{NAME}")
    assert "it has no model.safetensors or pytorch_model.bin." in str(caught.value)


def test_a_dry_run_sends_nothing(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_bundle(tmp_path, small_document(), ("a", "b", "c"))
    assert main(["push", str(tmp_path), NAME, "--dry-run"]) == 0
    assert "Nothing was sent" in capsys.readouterr().out
    assert hub.asked == []


def test_the_repository_of_somebody_else_stays_as_it_is(hub: Hub, tmp_path: Path) -> None:
    write_bundle(tmp_path, small_document(), ("a", "b", "c"))
    hub.files = {"README.md": b"mine", ".gitattributes": b""}
    with pytest.raises(BundleError) as caught:
        push(tmp_path, NAME)
    assert str(caught.value) == (
        f"{NAME}: it holds something else than a bundle of Striate: README.md.\n"
        "  Needed: a new repository, or one that striate push has written. Nothing was sent.\n"
        "  Fix: name another one, or empty this one first."
    )
    assert hub.files["README.md"] == b"mine"


def test_a_repository_without_a_bundle_is_named(hub: Hub) -> None:
    hub.files = {"config.json": b"{}"}
    with pytest.raises(BundleError) as caught:
        load_bundle(f"hf:{NAME}")
    assert str(caught.value) == (
        f"hf:{NAME}: it holds no bundle of Striate: it has no network.md or model.safetensors.\n"
        "  Needed: a repository that striate push has written.\n"
        "  Fix: name another one."
    )


def test_what_the_hub_refuses_is_named(hub: Hub, tmp_path: Path) -> None:
    write_bundle(tmp_path, small_document(), ("a", "b", "c"))
    hub.status = 403
    with pytest.raises(BundleError) as caught:
        push(tmp_path, NAME)
    assert str(caught.value).startswith(f"{NAME}: the hub does not take it: ")
    assert str(caught.value).endswith(
        "\n  Needed: a repository that you may write to, and a way to the hub.\n"
        "  Fix: log in first, with hf auth login and a token that may write; check the owner's name."
    )
    with pytest.raises(BundleError) as caught:
        load_bundle("hf:someone/else")
    assert str(caught.value).startswith("hf:someone/else: the hub does not give it: ")
    assert str(caught.value).endswith(
        "\n  Needed: a repository that exists and that you may read, and a way to the hub.\n"
        "  Fix: check the name; for a private one log in first, with hf auth login."
    )


def test_without_a_way_to_the_hub_the_name_is_not_blamed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # nobody listens, so a connection to it is refused
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{closed.getsockname()[1]}")
        write_bundle(tmp_path, small_document(), ("a", "b", "c"))
        for ask in (
            lambda: load_bundle(f"hf:{NAME}"),
            lambda: hub_bundles.weights_from_hub(f"hf:{NAME}"),
            lambda: push(tmp_path, NAME),
        ):
            with pytest.raises(BundleError) as caught:
                ask()
            assert "there is no way to the hub from here: " in str(caught.value)
            assert str(caught.value).endswith(
                "\n  Needed: a connection to it, or to another one whose address HF_ENDPOINT holds.\n"
                "  Fix: connect and try again. What was downloaded elsewhere can be given in place of the name: the "
                "folder of a bundle, or for --from a file of weights, as model.safetensors."
            )


@pytest.mark.parametrize("name", ["small", "a/b/c", "../b", "a/..", "a b/c", "é/b", ""])
def test_a_name_that_cannot_be_one_is_refused(name: str, tmp_path: Path) -> None:
    write_bundle(tmp_path, small_document(), ("a", "b", "c"))
    with pytest.raises(BundleError) as caught:
        load_bundle(f"hf:{name}")
    assert str(caught.value).endswith(
        "it cannot be the name of a repository.\n"
        "  Needed: owner/name, of letters, digits, dots, hyphens and underscores of ASCII.\n"
        "  Fix: write your name on the hub, a slash, and a name for the network."
    )


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> None:
        raise ImportError

    monkeypatch.setattr(hub_bundles, "import_module", missing)
    with pytest.raises(BundleError) as caught:
        load_bundle(f"hf:{NAME}")
    assert str(caught.value) == (
        f"hf:{NAME}: huggingface_hub is not installed.\n"
        "  Needed: the extra `hub` of Striate.\n"
        "  Fix: write pip install 'striate[hub]'."
    )


def test_names_in_a_card_are_no_markup(tmp_path: Path) -> None:
    evil = ("</x><script>alert(1)</script>", "[a](javascript:b)", "**c** | `d`\n# e", "1. f")
    document = small_document()
    text = card_of(
        load_bundle(write_bundle(tmp_path / "a", document, evil[:3])), NAME, "## R\n\n0.10 %"
    )
    front = yaml.safe_load(text.split("---\n")[1])
    assert front["library_name"] == "striate"
    assert front["pipeline_tag"] == "image-classification"
    page = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert "<script" not in page
    assert "javascript:b</a>" not in page
    assert "alert(1)" in page
    assert "[a](javascript:b)" in page
    assert "**c** | `d` # e" in page
    assert "<td>Convolution</td>" in page
    assert MarkdownIt().render(escaped(evil[3])) == "<p>1. f</p>\n"


def test_a_card_of_sentences_says_how_to_ask(tmp_path: Path) -> None:
    text = card_of(load_bundle(sentence_bundle(tmp_path)), NAME)
    assert "text-classification" in text
    assert f'striate predict hf:{NAME} "a sentence"' in text
    assert 'predict_sentences(bundle, ["a sentence"])' in text


def test_every_message_is_brought_about_here() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    words = {
        "library_for_hub": "is not installed",
        "not_a_repository": "cannot be the name",
        "hub_not_reached": "no way to the hub",
        "repository_not_had": "does not give it",
        "repository_without_bundle": "holds no bundle",
        "repository_holds_others": "something else than a bundle",
        "not_taken": "does not take it",
    }
    assert set(words) == functions(messages_of_hub)
    assert all(text.count(said) > 1 for said in words.values())
