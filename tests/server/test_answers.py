"""A server gives what `predict` gives, in every form of asking."""

import json
import os
import signal
import socket
import time
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from threading import Event

import numpy as np
import PIL.Image
import pytest

from served_networks import Served, small_document, start, write_bundle
from striate.data import decode_picture
from striate.prediction import load_bundle, predict, predict_sentences


ROOT = Path(__file__).parents[2]
JSON = "application/json"
PICTURES = sorted(file for file in (ROOT / "examples/digits").iterdir() if file.is_file())


def form_of(files: dict[str, bytes]) -> tuple[bytes, str]:
    """Write a form by hand, as RFC 7578 has it."""
    parts = [
        f'--xyz\r\nContent-Disposition: form-data; name="picture"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n".encode()
        + content
        + b"\r\n"
        for name, content in files.items()
    ]
    return b"".join(parts) + b"--xyz--\r\n", "multipart/form-data; boundary=xyz"


def png(height: int = 5, width: int = 7) -> bytes:
    file = BytesIO()
    PIL.Image.fromarray(np.zeros((height, width, 3), np.uint8)).save(file, "png")
    return file.getvalue()


@pytest.mark.parametrize("name", ["small", "digits"])
def test_a_form_of_pictures_gets_what_predict_says(served: Served, name: str) -> None:
    body, kind = form_of({file.name: file.read_bytes() for file in PICTURES})
    status, told, _ = served.ask("POST", f"/v1/predict?model={name}&top=2", body, Content_Type=kind)
    assert status == 200
    assert told["model"] == name
    expected = predict(served.bundles[name], PICTURES, top=2, precision="fp32").made
    assert len(told["predictions"]) == len(expected) == len(PICTURES) > 2
    for found, wanted, file in zip(told["predictions"], expected, PICTURES, strict=True):
        assert found["name"] == file.name
        assert [one["name"] for one in found["classes"]] == [one for one, _ in wanted.classes]
        scores = [one["score"] for one in found["classes"]]
        assert scores == pytest.approx([score for _, score in wanted.classes], abs=1e-6)


def test_json_and_plain_bodies_get_the_same(served: Served) -> None:
    content = PICTURES[0].read_bytes()
    text = b64encode(content).decode()
    query = "model=digits"
    asked = [text, f"data:image/png;base64,{text}", {"name": "a", "content": text}]
    status, told = served.predict({"pictures": asked}, query)
    assert status == 200
    assert [one["name"] for one in told["predictions"]] == ["picture 1", "picture 2", "a"]
    _, single, _ = served.ask("POST", f"/v1/predict?{query}", content, Content_Type="image/png")
    first = single["predictions"][0]["classes"]
    for one in told["predictions"]:
        assert [found["name"] for found in one["classes"]] == [found["name"] for found in first]
        assert one["classes"][0]["score"] == pytest.approx(first[0]["score"], abs=1e-6)


def test_half_a_surrogate_pair_comes_back_as_it_was_sent(served: Served) -> None:
    body = b'{"sentences": ["\\ud800 word3"]}'
    status, told, _ = served.ask("POST", "/v1/predict?model=texts", body, Content_Type=JSON)
    assert (status, told["predictions"][0]["unknown"]) == (200, ["\ud800"])


@pytest.mark.parametrize(
    ("query", "body", "headers", "wanted"),
    [
        ("&top=1&top=2", b"{}", {}, (400, "query", "'top' is said more than once.")),
        (
            "",
            b'{"pictures": [], "pictures": ["QQ=="]}',
            {},
            (400, "body", "'pictures' is said more than once."),
        ),
        ("", b"{}", {"Content_Encoding": "gzip"}, (415, "Content-Encoding", "gzip is not read.")),
    ],
)
def test_what_would_be_passed_over_is_named(
    served: Served, query: str, body: bytes, headers: dict[str, str], wanted: tuple[int, str, str]
) -> None:
    status, told, _ = served.ask(
        "POST", f"/v1/predict?model=digits{query}", body, Content_Type=JSON, **headers
    )
    (fault,) = told["errors"]
    assert (status, fault["where"], fault["came"]) == wanted


def test_sentences_get_what_predict_says(served: Served) -> None:
    sentences = ["word3 word4 word9", "word3 never", " ", "word7 " * 80]
    status, told = served.predict({"sentences": sentences}, "model=texts")
    assert status == 200
    expected = predict_sentences(served.bundles["texts"], sentences, precision="fp32")
    for found, wanted in zip(told["predictions"], expected, strict=True):
        assert [one["name"] for one in found["classes"]] == [name for name, _ in wanted.classes]
        assert found["unknown"] == list(wanted.unknown)
        assert found["left_out"] == wanted.left_out
    assert told["predictions"][2]["classes"] == []
    _, plain, _ = served.ask(
        "POST", "/v1/predict?model=texts", "word3 word4 word9", Content_Type="text/plain"
    )
    assert plain["predictions"][0]["classes"] == told["predictions"][0]["classes"]


def test_a_broken_picture_is_refused_for_itself_alone(served: Served) -> None:
    files = {
        "a.png": png(),
        "b.png": png()[:40],
        "c.txt": b"no picture",
        "huge.png": png(2000, 2000),
    }
    body, kind = form_of(files)
    status, told, _ = served.ask("POST", "/v1/predict?model=small", body, Content_Type=kind)
    assert status == 200
    first, *others = told["predictions"]
    assert "classes" in first
    assert [one["error"]["where"] for one in others] == ["b.png", "c.txt", "huge.png"]
    assert others[2]["error"]["came"] == "the picture has 2,000x2,000 pixels."
    body, kind = form_of({"b.png": files["b.png"]})
    status, told, _ = served.ask("POST", "/v1/predict?model=small", body, Content_Type=kind)
    assert status == 422
    assert told["predictions"][0]["error"]["where"] == "b.png"


def test_the_open_inference_protocol_gives_the_same(served: Served) -> None:
    path = "/v2/models/digits"
    _, known, _ = served.ask("GET", path)
    assert [one["name"] for one in known["inputs"]] == ["pictures", "pixels", "inputs"]
    bundle = load_bundle(served.bundles["digits"])
    file = PICTURES[0]
    (wanted,) = predict(bundle, [file], top=10, precision="fp32").made
    probabilities = [dict(wanted.classes)[name] for name in bundle.classes]
    pixels = decode_picture(file)
    prepared = bundle.prepare(file).numpy()
    tensors = [
        {
            "name": "pictures",
            "datatype": "BYTES",
            "shape": [1],
            "data": [b64encode(file.read_bytes()).decode()],
        },
        {
            "name": "pixels",
            "datatype": "UINT8",
            "shape": [1, *pixels.shape],
            "data": pixels.reshape(-1).tolist(),
        },
        {
            "name": "inputs",
            "datatype": "FP32",
            "shape": list(prepared.shape),
            "data": prepared.tolist(),
        },
    ]
    for tensor in tensors:
        asked = json.dumps({"id": "7", "inputs": [tensor]})
        status, told, _ = served.ask("POST", f"{path}/infer", asked)
        assert status == 200, told
        assert (told["id"], told["model_version"]) == ("7", known["versions"][0])
        found = {one["name"]: one for one in told["outputs"]}
        assert found["probabilities"]["shape"] == [1, 10]
        assert found["probabilities"]["data"] == pytest.approx(probabilities, abs=1e-6)
        assert found["class"]["data"] == [wanted.classes[0][0]]
    version = f"{path}/versions/{known['versions'][0]}"
    asked = json.dumps({"inputs": tensors[:1], "outputs": [{"name": "class"}]})
    _, told, _ = served.ask("POST", f"{version}/infer", asked)
    assert [one["name"] for one in told["outputs"]] == ["class"]
    assert served.ask("GET", f"{version}/ready")[0] == 200


def test_vectors_and_sentences_speak_the_protocol_too(served: Served) -> None:
    _, known, _ = served.ask("GET", "/v2/models/vectors")
    (tensor,) = known["inputs"]
    values = np.random.default_rng(1).random((3, *tensor["shape"][1:])).round(3)
    asked = {"inputs": [tensor | {"shape": list(values.shape), "data": values.tolist()}]}
    status, told, _ = served.ask("POST", "/v2/models/vectors/infer", json.dumps(asked))
    assert status == 200
    assert told["outputs"][0]["shape"] == [3, 2]
    words = {"name": "sentences", "datatype": "BYTES", "shape": [2], "data": ["word3 word4", " "]}
    _, told, _ = served.ask("POST", "/v2/models/texts/infer", json.dumps({"inputs": [words]}))
    assert told["outputs"][1]["data"][1] == ""


def test_health_models_metrics_and_the_page(served: Served) -> None:
    assert served.ask("GET", "/v2/health/live")[:2] == (200, {"live": True})
    assert served.ask("GET", "/v2/health/ready")[:2] == (200, {"ready": True})
    assert served.ask("GET", "/v2")[1]["name"] == "striate"
    _, told, _ = served.ask("GET", "/v1/models")
    kinds = {one["name"]: one["reads"] for one in told["models"]}
    assert kinds == {
        "small": "pictures", "digits": "pictures", "texts": "sentences", "vectors": "numbers"
    }  # fmt: skip
    served.predict({"sentences": ["word2"]}, "model=texts")
    _, text, _ = served.ask("GET", "/metrics")
    assert 'striate_items_total{model="texts",outcome="answered"}' in text
    assert 'striate_requests_total{address="/v1/predict",status="200"}' in text
    _, page, headers = served.ask("GET", "/")
    assert "http" not in page.replace("http-equiv", "").split("<script>")[0]
    assert "access-control-allow-origin" not in headers
    _, schema, _ = served.ask("GET", "/openapi.json")
    assert set(schema["paths"]) >= {"/v1/predict", "/v2/models/{name}/infer"}


@pytest.mark.parametrize("path", ["/", "/v1/models", "/v2/health/ready", "/v2/models/small"])
def test_head_is_answered_as_get_is_without_a_body(served: Served, path: str) -> None:
    connection = served.connect()
    found = []
    for method in ("HEAD", "GET"):
        connection.request(method, path)
        answer = connection.getresponse()
        size = int(answer.headers["content-length"])
        assert len(answer.read()) == (0 if method == "HEAD" else size)
        found.append((answer.status, size, answer.headers["content-type"]))
    assert found[0] == found[1]
    assert found[0][0] == 200
    connection.request("HEAD", "/v1/predict")
    assert connection.getresponse().status == 405
    connection.close()


def test_many_at_once_get_each_its_own_answer(served: Served) -> None:
    bundle = load_bundle(served.bundles["digits"])
    expected = [one.classes[0] for one in predict(bundle, PICTURES, precision="fp32").made]
    contents = [file.read_bytes() for file in PICTURES]

    def ask(number: int) -> tuple[int, str, float]:
        place = number % len(contents)
        _, told, _ = served.ask(
            "POST", "/v1/predict?model=digits", contents[place], Content_Type="image/png"
        )
        best = told["predictions"][0]["classes"][0]
        return place, best["name"], best["score"]

    with ThreadPoolExecutor(8) as pool:
        for place, name, score in pool.map(ask, range(120)):
            assert name == expected[place][0]
            assert score == pytest.approx(expected[place][1], abs=1e-6)


def test_the_log_names_no_contents(served: Served) -> None:
    secret = "word3 my-secret-sentence"
    served.predict({"sentences": [secret]}, "model=texts")
    served.ask("GET", "/secret-address?secret=query")
    lines = served.log.read_text().splitlines()
    told = [json.loads(line) for line in lines]
    assert any(
        (one["address"], one["status"], one.get("model"), one.get("items"))
        == ("/v1/predict", 200, "texts", 1)
        for one in told
        if one["event"] == "request"
    )
    assert "secret" not in "".join(lines)


def test_a_slow_client_keeps_nobody_waiting(served: Served) -> None:
    head = b"POST /v1/predict?model=small HTTP/1.1\r\nHost: a\r\nContent-Type: image/png\r\n"
    with socket.create_connection((served.host, served.port)) as slow:
        slow.sendall(head + b"Content-Length: 1000\r\n\r\nabc")
        assert served.ask("GET", "/v2/health/live")[0] == 200
        slow.settimeout(10)
        answer = b""
        while part := slow.recv(4096):
            answer += part
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"it did not arrive within 2 s." in answer


def test_a_new_bundle_takes_over_without_a_lost_request_and_the_end_drains(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    write_bundle(folder, small_document(), ("a", "b", "c"))
    tokens = tmp_path / "tokens"
    tokens.write_text(f"{KEY.removeprefix('Bearer ')}\n")
    cors = ("--cors", "https://a.example")
    server = start(tmp_path, {"small": folder}, "--token-file", str(tokens), *cors)
    try:
        opens_for_a_token_alone(server)
        lets_a_page_read_why_it_was_refused(server)
        goes_on_while_its_bundle_is_replaced(server, folder)
        answers_what_was_begun_and_ends(server)
    finally:
        server.process.kill()
        server.process.wait()


KEY = "Bearer 0123456789abcdef-token"


def opens_for_a_token_alone(server: Served) -> None:
    status, told, headers = server.ask("GET", "/v1/models")
    assert (status, headers["www-authenticate"]) == (401, "Bearer")
    assert told["errors"][0]["came"] == "there is no such header."
    wrong = server.ask("GET", "/v1/models", Authorization="Bearer 0123456789abcdef-other")
    assert wrong[1]["errors"][0]["came"] == "the token is not known."
    assert server.ask("GET", "/v1/models", Authorization=KEY)[0] == 200
    assert server.ask("GET", "/v2/health/ready")[0] == 200


def lets_a_page_read_why_it_was_refused(server: Served) -> None:
    asked = {"Access_Control_Request_Method": "POST", "Origin": "https://a.example"}
    status, _, headers = server.ask("OPTIONS", "/v1/predict", **asked)
    assert (status, headers["access-control-allow-origin"]) == (200, "https://a.example")
    assert server.ask("OPTIONS", "/v1/predict", **asked | {"Origin": "https://b.example"})[0] == 400
    status, _, headers = server.ask("GET", "/v1/models", Origin="https://a.example")
    assert (status, headers["access-control-allow-origin"]) == (401, "https://a.example")
    assert headers["access-control-expose-headers"] == "retry-after"
    found = server.ask("GET", "/v1/models", Origin="https://b.example", Authorization=KEY)
    assert found[0] == 200
    assert "access-control-allow-origin" not in found[2]


def goes_on_while_its_bundle_is_replaced(server: Served, folder: Path) -> None:
    stop, found = Event(), list[tuple[int, str]]()

    def keep_asking() -> None:
        connection = server.connect()
        headers = {"Content-Type": "image/png", "Authorization": KEY}
        while not stop.is_set():
            connection.request("POST", "/v1/predict", png(), headers)
            answer = connection.getresponse()
            told = json.loads(answer.read())
            found.append((answer.status, told["predictions"][0]["classes"][0]["name"]))
        connection.close()

    with ThreadPoolExecutor(2) as pool:
        asking = [pool.submit(keep_asking) for _ in range(2)]
        try:
            (folder / "bundle/config.json").write_text("{}")  # broken: the old one goes on
            wait_for(server, "load_failed")
            write_bundle(folder, small_document(), ("new a", "new b", "new c"))
            wait_for(server, '"loaded"')
            wait_until(lambda: bool(found) and found[-1][1].startswith("new"))
        finally:
            stop.set()
        for future in asking:
            future.result()
    assert {status for status, _ in found} == {200}


def answers_what_was_begun_and_ends(server: Served) -> None:
    """One request is on its way when the end is asked for, and is answered."""
    with socket.create_connection((server.host, server.port)) as late:
        content = png()
        head = f"POST /v1/predict HTTP/1.1\r\nHost: a\r\nAuthorization: {KEY}\r\n"
        length = f"Content-Type: image/png\r\nContent-Length: {len(content)}\r\n\r\n"
        late.sendall(f"{head}{length}".encode() + content[:5])
        wait_until(lambda: server.ask("GET", "/v2/health/live")[0] == 200)
        os.kill(server.process.pid, signal.SIGTERM)
        time.sleep(0.2)
        late.sendall(content[5:])
        late.settimeout(10)
        answer = late.recv(4096)
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"connection: close" in answer.lower()
    assert server.process.wait(20) == 0


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def wait_for(server: Served, event: str) -> None:
    wait_until(lambda: event in server.log.read_text())


def test_beyond_the_connections_it_is_said_when_to_come_again(tmp_path: Path) -> None:
    digits = write_bundle(tmp_path / "small", small_document(), ("a", "b", "c"))
    server = start(tmp_path, {"small": digits}, most_files=64 + 10)
    idle = [socket.create_connection((server.host, server.port)) for _ in range(8)]
    try:
        assert server.ask("GET", "/v1/models")[0] == 200
        idle.append(socket.create_connection((server.host, server.port)))
        status, told, headers = server.ask("GET", "/v1/models")
        assert (status, headers["retry-after"], headers["connection"]) == (503, "1", "close")
        assert told["errors"][0]["came"] == "as many connections are open as it can hold."
        for one in idle:
            one.close()
        wait_until(lambda: server.ask("GET", "/v1/models")[0] == 200)
        assert 'status="503"' in server.ask("GET", "/metrics")[1]
    finally:
        server.process.terminate()
        assert server.process.wait(20) == 0
