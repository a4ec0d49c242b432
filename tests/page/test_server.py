"""Who may ask a page, and how it is answered: by a client of HTTP that knows nothing of Striate."""

import json
import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import quote

import pytest
import torch

from striate.documents import read_networks
from striate.errors import SeeingError
from striate.modules import build
from striate.page import PageServer, Session
from striate.page.server import MOST_BYTES
from striate.prediction import Bundle


TEXT = """# Small

| Layer | Type | Maps | Kernel | Activation | Size |
| --- | --- | --- | --- | --- | --- |
| In | Input | 1 | | | 6x6 |
| C1 | Convolution | 2 | 3x3 | ReLU | |
| Out | Fully connected | | | softmax | 3 |
"""


@pytest.fixture(scope="module")
def server() -> Iterator[PageServer]:
    (document,) = read_networks(TEXT, "small.md")
    session = Session(Bundle(document, build(document).eval(), ("x", "y", "z"), Path()))
    with PageServer(session) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def asked(
    server: PageServer,
    place: str,
    *,
    body: bytes | None = None,
    token: str | None = None,
    **headers: str,
) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", server.server_port, timeout=20)
    method = "GET" if body is None else "POST"
    address = f"/{server.token if token is None else token}/{place}"
    connection.request(method, address, body, {name.title(): one for name, one in headers.items()})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer, content


def test_the_page_forbids_all_that_is_not_its_own(server: PageServer) -> None:
    answer, content = asked(server, "")
    assert answer.status == 200
    assert b"<title>Small</title>" in content
    policy = str(answer.headers["Content-Security-Policy"])
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    ("token", "headers"),
    [
        ("", {}),
        ("wrong", {}),
        ("%C3%A9", {}),
        (None, {"host": "evil.example"}),
        (None, {"host": "127.0.0.1"}),
        (None, {"origin": "http://evil.example"}),
        (None, {"origin": "null"}),
    ],
)
def test_nobody_else_is_answered(
    server: PageServer, token: str | None, headers: dict[str, str]
) -> None:
    before = server.session.answer()
    for place, body in (("", None), ("number?row=C1&kind=weight&number=0&value=9", b"")):
        answer, content = asked(server, place, body=body, token=token, **headers)
        assert (answer.status, content) == (403, b"")
    assert server.session.answer() == before


def test_a_change_is_answered_with_all_that_is_shown(server: PageServer) -> None:
    answer, content = asked(
        server,
        "number?row=C1&kind=weight&number=1&value=0.5",
        body=b"",
        origin=f"http://127.0.0.1:{server.server_port}",
    )
    assert answer.status == 200
    assert json.loads(content)["record"]["changes"] == [{"row": "C1", "numbers": 1}]
    assert server.session.bundle.network.C1.weight.view(-1)[1] == 0.5  # type: ignore[operator, union-attr]
    assert json.loads(asked(server, "reset", body=b"")[1])["record"]["changes"] == []


def test_a_broken_picture_is_a_message_in_both_languages(server: PageServer) -> None:
    answer, content = asked(server, f"picture?name={quote('고양이.png')}", body=b"no picture")
    assert answer.status == 422
    (fault,) = json.loads(content)["faults"]
    assert fault["en"][0].startswith("고양이.png: ")
    assert set(fault) == {"en", "ko"}
    assert asked(server, "")[0].status == 200


@pytest.mark.parametrize(
    ("place", "body", "status", "words"),
    [
        ("nothing", None, 422, "nothing: the page has nothing of this name."),
        ("number", b"", 400, "the page: what was sent is not understood: KeyError('value')."),
        (
            "reasons?picture=x&class=1",
            None,
            400,
            (
                "the page: what was sent is not understood: "
                "ValueError(\"invalid literal for int() with base 10: 'x'\")."
            ),
        ),
        ("cell?row=C9&column=Padding&text=1", b"", 422, "C9: the network has no row of this name."),
    ],
)
def test_what_is_not_understood_is_named(
    server: PageServer, place: str, body: bytes | None, status: int, words: str
) -> None:
    answer, content = asked(server, place, body=body)
    assert answer.status == status
    assert json.loads(content)["faults"][0]["en"][0] == words


def test_what_is_too_large_is_not_even_read(server: PageServer) -> None:
    connection = HTTPConnection("127.0.0.1", server.server_port, timeout=20)
    connection.putrequest("POST", f"/{server.token}/picture?name=a.png")
    connection.putheader("Content-Length", str(MOST_BYTES + 1))
    connection.endheaders()
    answer = connection.getresponse()
    assert json.loads(answer.read())["faults"][0]["en"] == [
        "the picture: it has 33,554,433 bytes.",
        "  Needed: at most 33,554,432.",
        "  Fix: make it smaller, or write a page with `striate see --page`.",
    ]
    assert answer.headers["Connection"] == "close"
    connection.close()


def test_the_document_is_what_was_made_of_it(server: PageServer) -> None:
    asked(server, "cell?row=C1&column=Activation&text=tanh", body=b"")
    (document,) = read_networks(asked(server, "document")[1].decode(), "page")
    assert document.table.rows[1].activation == "tanh"
    asked(server, "reset", body=b"")


def test_a_port_that_is_taken_is_named(server: PageServer) -> None:
    with pytest.raises(SeeingError) as caught:
        PageServer(server.session, server.server_port)
    assert str(caught.value) == (
        f"--port {server.server_port}: it cannot be used: Address already in use.\n"
        "  Needed: a free port from 1024 to 65535.\n"
        "  Fix: leave --port out for a free one, or name another."
    )


def test_many_at_once_see_one_network(server: PageServer) -> None:
    values = [float(number) for number in range(8)]
    threads = [
        threading.Thread(
            target=asked,
            args=(server, f"number?row=C1&kind=bias&number=0&value={value}"),
            kwargs={"body": b""},
        )
        for value in values
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert float(server.session.bundle.network.C1.bias[0].detach()) in values  # type: ignore[index, union-attr]
    assert torch.isfinite(server.session.bundle.network.C1.weight).all()  # type: ignore[arg-type, union-attr]
    asked(server, "reset", body=b"")
