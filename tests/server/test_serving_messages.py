"""What a server says to those whose requests it cannot answer, and to whoever starts it."""

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from messages import functions
from served_networks import Served, small_document, write_bundle
from striate.cli import main, serve as verb
from striate.errors import Fault, ServingError, serving
from striate.server.asking import FORMS
from striate.server.limits import Limits
from striate.server.running import check_origins, listen, read_tokens


TOKEN_FIX = "write {}, for example with python -c 'import secrets; print(secrets.token_urlsafe())'."
TOKEN_FORM = "a token a line, of 16 or more letters, digits and - . _ ~ + / =."
PAGE = "see / for what each of them takes."

CASES: list[tuple[Callable[[], Fault], tuple[str, str, str, str]]] = [
    (
        lambda: serving.library_for_serving(["fastapi", "uvicorn"]),
        (
            "striate serve",
            "fastapi and uvicorn are not installed.",
            "the extra `serve` of Striate.",
            "write pip install 'striate[serve]'.",
        ),
    ),
    (
        lambda: serving.origin_not_understood("https://a.example/x", "https://a.example"),
        (
            "--cors",
            "https://a.example/x is no origin.",
            "the beginning of a page's address, as browsers send it: scheme, host and, where it is said there, port; or *.",
            "write --cors https://a.example.",
        ),
    ),
    (
        lambda: serving.address_not_free("127.0.0.1", 80, "Permission denied"),
        (
            "127.0.0.1:80",
            "it cannot be listened at: Permission denied.",
            "an address of this machine with a free port.",
            "name another one with --host or --port; --port 0 takes any that is free.",
        ),
    ),
    (
        lambda: serving.served_twice("digits"),
        (
            "digits",
            "two of the networks have this name.",
            "a name for each.",
            "write NAME=RUN for one of them.",
        ),
    ),
    (
        lambda: serving.name_not_for_addresses("a b"),
        (
            "a b",
            "it cannot be part of an address.",
            "letters, digits, dots, hyphens and underscores of ASCII.",
            "write NAME=RUN with such a name.",
        ),
    ),
    (
        lambda: serving.no_token("keys"),
        ("keys", "it holds no token.", TOKEN_FORM, TOKEN_FIX.format("one")),
    ),
    (
        lambda: serving.token_not_understood("keys", 2),
        (
            "keys",
            "it is too short, or holds a character that a token cannot have.",
            TOKEN_FORM,
            TOKEN_FIX.format("another one"),
        ),
    ),
    (
        lambda: serving.token_needed("there is no such header"),
        (
            "Authorization",
            "there is no such header.",
            "a token of the server's file.",
            "send the header Authorization: Bearer TOKEN.",
        ),
    ),
    (
        lambda: serving.no_such_address("GET", "/v1", ["/v2", "/metrics"]),
        ("GET /v1", "there is nothing at this address.", "/v2 or /metrics.", PAGE),
    ),
    (
        lambda: serving.other_method("PUT", "/v2", ["GET"]),
        (
            "PUT /v2",
            "this address does not answer PUT.",
            "GET.",
            "see / for what each address takes.",
        ),
    ),
    (
        lambda: serving.no_such_model("cats", ["dogs", "birds"]),
        (
            "model",
            "no network of the name cats is served here.",
            "dogs or birds.",
            "name one of them.",
        ),
    ),
    (
        lambda: serving.no_such_version("cats", "1", "abc"),
        (
            "cats",
            "version 1 is not served.",
            "version abc, which was loaded last.",
            "leave the version out, or name this one.",
        ),
    ),
    (
        lambda: serving.model_not_said(["dogs", "birds"]),
        (
            "model",
            "several networks are served, and none is named.",
            "dogs or birds.",
            "write ?model=NAME behind the address.",
        ),
    ),
    (
        lambda: serving.body_too_large(1000),
        (
            "body",
            "it is too large.",
            "at most 1,000 bytes.",
            "send fewer or smaller pictures at once; the server's limit is --max-bytes.",
        ),
    ),
    (
        lambda: serving.body_too_slow(2.5),
        (
            "body",
            "it did not arrive within 2.5 s.",
            "the whole request within that time.",
            "send less at once; the server's limit is --timeout.",
        ),
    ),
    (
        lambda: serving.too_many_items(9, 8),
        (
            "body",
            "it holds 9 items.",
            "at most 8.",
            "send them in several requests; the server's limit is --max-items.",
        ),
    ),
    (
        lambda: serving.queue_full(1, 8),
        (
            "server",
            "1 item is waiting already.",
            "at most 8 with this request.",
            "send it again later, as Retry-After says; the server's limit is --queue.",
        ),
    ),
    (
        lambda: serving.connections_full(4096),
        (
            "server",
            "as many connections are open as it can hold.",
            "fewer than 4,096 besides this one.",
            "connect again later, as Retry-After says; the server's limit is that of its open files.",
        ),
    ),
    (
        lambda: serving.memory_full(1000),
        (
            "server",
            "the requests that are on their way fill the memory for them.",
            "at most 1,000 bytes with this one.",
            "send it again later, as Retry-After says.",
        ),
    ),
    (
        lambda: serving.waited_too_long(30.0),
        (
            "server",
            "the answer was not there within 30 s.",
            "a server with less to do.",
            "send it again later, as Retry-After says; the server's limit is --timeout.",
        ),
    ),
    (
        lambda: serving.form_not_read("", FORMS),
        (
            "Content-Type",
            "it is not said.",
            f"{FORMS}.",
            "send the body in one of these forms, and say which it is.",
        ),
    ),
    (
        lambda: serving.body_encoded("gzip"),
        (
            "Content-Encoding",
            "gzip is not read.",
            "the body as it is.",
            "send it without compression; files of pictures are compressed by themselves.",
        ),
    ),
    (
        lambda: serving.said_twice("query", ["top", "model", "top"]),
        (
            "query",
            "'top' is said more than once.",
            "each name once.",
            "leave all but one of them out; many items stand in one array.",
        ),
    ),
    (
        lambda: serving.body_not_understood("no comma"),
        (
            "body",
            "it cannot be read: no comma.",
            "a body of the form that Content-Type says.",
            "see / for an example of each form.",
        ),
    ),
    (
        lambda: serving.unknown_fields(["a", "b"], ["c", "d"]),
        ("body", "'a', 'b' is not known.", "c or d.", "leave it out, or correct the name."),
    ),
    (
        lambda: serving.nothing_to_read("a picture"),
        ("body", "it holds nothing to read.", "a picture.", "see / for an example."),
    ),
    (
        lambda: serving.value_of_other_kind("top", "'x'", "a whole number"),
        ("top", "it is 'x'.", "a whole number.", "send it in this form."),
    ),
    (
        lambda: serving.other_kind_of_items("cats", "pictures", "sentences"),
        (
            "cats",
            "it reads pictures, and sentences came.",
            "pictures.",
            "name another network, or send what this one reads.",
        ),
    ),
    (
        lambda: serving.not_base64("picture 1"),
        (
            "picture 1",
            "it is no base64.",
            "the bytes of a file in base64, with or without data:...;base64, before them.",
            "encode the file's bytes as they are.",
        ),
    ),
    (
        lambda: serving.tensor_not_understood("inputs", "2 came", "one"),
        ("inputs", "2 came.", "one.", "see the network's metadata at /v2/models/NAME."),
    ),
    (
        lambda: serving.binary_tensors(*()),
        (
            "Inference-Header-Content-Length",
            "tensors in binary behind the JSON are not read.",
            "all data in the JSON.",
            "switch binary data off in the client: binary_data=False.",
        ),
    ),
    (
        lambda: serving.outputs_of_item_not_finite("inputs 1"),
        (
            "inputs 1",
            "the network's outputs for it are not finite.",
            "weights and inputs whose sums stay within the numbers of the machine.",
            "send numbers as the network was trained on, or train it again with a smaller learning rate.",
        ),
    ),
    (
        lambda: serving.reading_failed("KeyError", "a"),
        (
            "server",
            "this is a fault of Striate, not of yours: KeyError: a.",
            "nothing from you.",
            "report it, with the server's log.",
        ),
    ),
]


@pytest.mark.parametrize(("make", "parts"), CASES, ids=[parts[1][:30] for _, parts in CASES])
def test_messages(make: Callable[[], Fault], parts: tuple[str, str, str, str]) -> None:
    fault = make()
    assert (fault.where, fault.came, fault.needed, fault.fix) == parts


def test_every_message_has_its_words_here() -> None:
    tested = {name for make, _ in CASES for name in make.__code__.co_names}
    assert functions(serving) <= tested


JSON = "application/json"
Asked = tuple[str, str, str | bytes | None, str, int, str]
REFUSED: list[Asked] = [
    ("GET", "/v3", None, "", 404, "there is nothing at this address."),
    ("PUT", "/v1/predict", b"", "", 405, "this address does not answer PUT."),
    ("POST", "/v1/predict", b"", "", 400, "several networks are served, and none is named."),
    ("POST", "/v1/predict?model=x", b"", "", 404, "no network of the name x is served here."),
    ("POST", "/v1/predict?model=small&tip=1", b"", "", 400, "'tip' is not known."),
    ("POST", "/v1/predict?model=small&top=0", b"", "", 400, "top is 0."),
    ("POST", "/v1/predict?model=small&top=x", b"", "", 400, "it is 'x'."),
    ("POST", "/v1/predict?model=small", b"x", "", 415, "it is not said."),
    ("POST", "/v1/predict?model=small", b"x", "text/css", 415, "text/css is not read."),
    ("POST", "/v1/predict?model=small", "{", JSON, 400, "it cannot be read: Expecting"),
    ("POST", "/v1/predict?model=small", "[" * 9000, JSON, 400, "it is nested too deeply"),
    ("POST", "/v1/predict?model=small", "[]", JSON, 400, "its outermost value is an array"),
    ("POST", "/v1/predict?model=small", '{"image": ""}', JSON, 400, "'image' is not known."),
    ("POST", "/v1/predict?model=small", "{}", JSON, 422, "it holds nothing to read."),
    ("POST", "/v1/predict?model=small", '{"pictures": "?"}', JSON, 422, "it is no base64."),
    ("POST", "/v1/predict?model=small", '{"pictures": [1]}', JSON, 422, "it is a number."),
    ("POST", "/v1/predict?model=small", '{"sentences": "a"}', JSON, 422, "and sentences came."),
    ("POST", "/v1/predict?model=texts", b"x", "image/png", 422, "and pictures came."),
    ("POST", "/v1/predict?model=vectors", b"x", "image/png", 422, "it reads numbers, 2, at /v2"),
    ("POST", "/v1/predict?model=texts", b"\xff", "text/plain", 422, "it is not UTF-8."),
    ("POST", "/v1/predict?model=small", b"0" * 2_000_001, "image/png", 413, "it is too large."),
    (
        "POST", "/v1/predict?model=texts", json.dumps({"sentences": ["a"] * 21}), JSON, 413,
        "it holds 21 items.",
    ),
    (
        "POST", "/v1/predict?model=small", b"--xyz\r\nbroken", "multipart/form-data; boundary=xyz",
        400, "it cannot be read:",
    ),
    ("POST", "/v1/predict?model=small", b"x", "multipart/form-data", 400, "boundary"),
    (
        "POST", "/v1/predict?model=small",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n',
        "multipart/form-data; boundary=x", 400, "'a' is not known.",
    ),
    ("GET", "/v2/models/small/versions/1", None, "", 404, "version 1 is not served."),
    ("POST", "/v2/models/small/infer", "{}", JSON, 400, "it is null."),
    ("POST", "/v2/models/small/infer", '{"id": 7, "inputs": []}', JSON, 400, "id: it is a number."),
    ("POST", "/v2/models/small/infer", '{"inputs": []}', JSON, 400, "0 came."),
    ("POST", "/v2/models/small/infer", '{"outputs": 1}', JSON, 400, "it is a number."),
]  # fmt: skip


@pytest.mark.parametrize(
    "asked", REFUSED, ids=[f"{number}-{one[5][:24]}" for number, one in enumerate(REFUSED)]
)
def test_a_request_that_is_not_understood_is_told_why(served: Served, asked: Asked) -> None:
    method, path, body, kind, status, came = asked
    headers = {"Content_Type": kind} if kind else {}
    found, told, _ = served.ask(method, path, body, **headers)
    assert found == status
    assert came in json.dumps(told)


def test_who_asks_before_sending_is_told_at_once(served: Served) -> None:
    head = (
        "POST /v1/predict?model=small HTTP/1.1\r\nHost: a\r\nContent-Type: image/png\r\n"
        "Content-Length: 900000000\r\nExpect: 100-continue\r\n\r\n"
    )
    with socket.create_connection((served.host, served.port), timeout=20) as connection:
        connection.sendall(head.encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")


def test_a_body_many_times_too_large_is_answered(served: Served) -> None:
    body = b"0" * 30_000_000
    status, told, _ = served.ask("POST", "/v1/predict?model=small", body, Content_Type="image/png")
    assert (status, told["errors"][0]["came"]) == (413, "it is too large.")


TENSOR = {"name": "inputs", "datatype": "FP32", "shape": [1, 3, 18, 12], "data": [0.0] * 648}


@pytest.mark.parametrize(
    ("changed", "status", "came"),
    [
        ({"name": "x"}, 400, "the name 'x' came"),
        ({"datatype": "INT8"}, 400, "the datatype 'INT8' came"),
        ({"shape": [1, 3, 18, 13]}, 400, "the shape [1, 3, 18, 13] came"),
        ({"shape": [-1, 3, 18, 12]}, 400, "the shape [-1, 3, 18, 12] came"),
        ({"shape": [0, 3, 18, 12], "data": []}, 422, "it holds nothing to read"),
        ({"shape": [21, 3, 18, 12]}, 413, "it holds 21 items"),
        ({"data": [0.0] * 647}, 400, "647 numbers"),
        ({"data": "x"}, 400, "it is a string"),
        ({"data": ["x"] * 648}, 400, "something else came"),
        ({"data": [[1.0], [1.0, 2.0]]}, 400, "something else came"),
        ({"data": [1e39] * 648}, 422, "numbers that are not finite came"),
        ({"more": 1}, 400, "'more' is not known"),
        (
            {"name": "pixels", "datatype": "UINT8", "shape": [1, 1, 1, 3], "data": [0, 0, 256]},
            422,
            "numbers outside came",
        ),
        (
            {"name": "pixels", "datatype": "UINT8", "shape": [1, 1, 1, 3], "data": [0, 0, 0.5]},
            400,
            "something else came",
        ),
        (
            {"name": "pictures", "datatype": "BYTES", "shape": [1], "data": ["?"]},
            422,
            "it is a string",
        ),
        ({"name": "pictures", "datatype": "BYTES", "shape": [1], "data": []}, 400, "0 came"),
        (
            {"name": "pictures", "datatype": "BYTES", "shape": [1], "data": ["aaaa"]},
            422,
            "picture 1",
        ),
    ],
)
def test_a_tensor_that_does_not_fit_is_told_why(
    served: Served, changed: dict[str, object], status: int, came: str
) -> None:
    asked = json.dumps({"inputs": [TENSOR | changed]})
    found, told, _ = served.ask("POST", "/v2/models/small/infer", asked)
    assert (found, came in told["error"]) == (status, True), told


def test_binary_tensors_are_refused(served: Served) -> None:
    found, told, _ = served.ask(
        "POST", "/v2/models/small/infer", b"{}", Inference_Header_Content_Length="2"
    )
    assert (found, told["error"].splitlines()[0]) == (
        400,
        "Inference-Header-Content-Length: tensors in binary behind the JSON are not read.",
    )


@pytest.mark.parametrize(
    ("text", "came"),
    [
        ("\n \n", "keys: it holds no token."),
        ("0123456789abcdef\nshort\n", "line 2, keys: it is too short"),
        ("0123456789 abcdef\n", "line 1, keys: it is too short"),
    ],
)
def test_a_file_of_tokens_without_one_serves_nobody(
    text: str,
    came: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_bundle(tmp_path, small_document(), ("a", "b", "c"))
    monkeypatch.chdir(tmp_path)
    Path("keys").write_text(text)
    assert main(["serve", "bundle", "--token-file", "keys"]) == 2
    assert capsys.readouterr().err.startswith(f"error: {came}")
    Path("keys").write_text("0123456789abcdef\n")
    assert len(read_tokens(Path("keys"))) == 1


def test_what_cannot_be_served_is_named_before_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_bundle(tmp_path, small_document(), ("a", "b", "c"))
    monkeypatch.chdir(tmp_path)
    with listen("127.0.0.1", 0) as taken:
        taken.listen()
        port = str(taken.getsockname()[1])
        assert main(["serve", "bundle", "--port", port]) == 2
    assert f"127.0.0.1:{port}: it cannot be listened at: Address already" in capsys.readouterr().err
    assert main(["serve", "bundle", "bundle", "a b=bundle", "--port", "0"]) == 2
    said = capsys.readouterr().err
    assert "small: two of the networks have this name." in said
    assert "a b: it cannot be part of an address." in said
    assert main(["serve", "bundle", "--queue", "1", "--timeout", "0"]) == 2
    said = capsys.readouterr().err
    assert "--queue is 1.\n  Needed: 256 or more." in said
    assert "--timeout is 0.\n  Needed: 0.1 or more." in said
    assert main(["serve", "bundle", "--cors", "a.example"]) == 2
    assert capsys.readouterr().err.startswith("error: --cors: a.example is no origin.\n")
    monkeypatch.setattr(verb, "find_spec", lambda name: None if name == "uvicorn" else name)
    assert main(["serve", "bundle"]) == 2
    assert "striate serve: uvicorn is not installed." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("came", "meant"),
    [
        ("https://a.example/", "https://a.example"),
        ("http://LOCALHOST:3000/app", "http://localhost:3000"),
        ("a.example", "https://example.org"),
        ("", "https://example.org"),
    ],
)
def test_an_origin_that_no_browser_sends_is_named(came: str, meant: str) -> None:
    with pytest.raises(ServingError) as caught:
        check_origins(["*", "null", "http://[::1]:8000", came])
    (fault,) = caught.value.faults
    assert (fault.where, fault.fix) == ("--cors", f"write --cors {meant}.")


def test_limits_are_kept_by_hand_too() -> None:
    assert Limits().queue >= Limits().max_items
