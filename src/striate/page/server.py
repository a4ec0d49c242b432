"""A page on 127.0.0.1: who may ask, what is asked, and how it is answered.

The address of the page holds a token that nobody else knows, requests must name this machine as their host, and
those that change something must come from the page itself: no other site, and no other user, can drive it.
"""

import hashlib
import json
import re
import secrets
import sys
from base64 import b64encode
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any, final
from urllib.parse import parse_qs, urlsplit

from striate.errors import SeeingError, StriateError
from striate.errors.page import (
    no_such_place,
    not_a_number,
    not_understood,
    port_taken,
    too_many_bytes,
)
from striate.errors.system import unforeseen
from striate.page.session import Answer, Session, told_fault


HOST = "127.0.0.1"

MOST_BYTES = 32 * 2**20
"""Of what is sent to the page at once: a picture as cameras make them."""

_PATIENCE_SECONDS = 30.0
"""A browser that says nothing for so long is forgotten."""

_TOKEN_BYTES = 18
_SCRIPT = re.compile(r'<script type="module">(.*?)</script>', re.DOTALL)
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)

Query = dict[str, str]


@final
class PageServer(ThreadingHTTPServer):
    """Shows a session to the browsers of this machine.

    Args:
        session: What is shown.
        port: At which; 0 takes a free one.

    Raises:
        SeeingError: The port cannot be used.
    """

    daemon_threads = True

    def __init__(self, session: Session, port: int = 0) -> None:
        self.session = session
        self.token = secrets.token_urlsafe(_TOKEN_BYTES)
        try:
            super().__init__((HOST, port), _Handler)
        except OSError as error:
            raise SeeingError(port_taken(port, error.strerror or str(error))) from error

    @property
    def address(self) -> str:
        """Where a browser finds the page."""
        return f"http://{HOST}:{self.server_port}/{self.token}/"

    @property
    def hosts(self) -> set[str]:
        """What a request may call this machine; another site that leads its name here is none of these."""
        return {f"{name}:{self.server_port}" for name in (HOST, "localhost")}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that went away."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


@final
class _Handler(BaseHTTPRequestHandler):
    server: PageServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "Striate", ""
    timeout = _PATIENCE_SECONDS

    def do_GET(self) -> None:
        """Give the page, or what it asks for."""
        known = {
            "": self._page,
            "reasons": self._reasons,
            "document": self._document,
            "training": self._training,
        }
        self._answer(known)

    def do_POST(self) -> None:
        """Change what the page shows."""
        self._answer(
            {
                "picture": self._picture,
                "number": self._number,
                "cell": self._cell,
                "reset": self._reset,
            }
        )

    def _answer(self, known: dict[str, Callable[[Query], None]]) -> None:
        parts = urlsplit(self.path)
        token, _, place = parts.path.removeprefix("/").partition("/")
        origin, own = self.headers.get("Origin"), {f"http://{host}" for host in self.server.hosts}
        is_ours = (
            self.headers.get("Host") in self.server.hosts
            and (origin is None or origin in own)
            and secrets.compare_digest(token.encode(), self.server.token.encode())
        )
        if not is_ours:
            # Who does not know the address learns nothing, not even what is wrong.
            self.close_connection = True
            self._send(HTTPStatus.FORBIDDEN, b"", "text/plain")
            return
        try:
            queries = parse_qs(parts.query, keep_blank_values=True)
            query = {name: values[-1] for name, values in queries.items()}
            known.get(place, self._refuse)({**query, "": place})
        except StriateError as error:
            # A body that nobody has read would be taken for the next request.
            self.close_connection = True
            faults = [told_fault(fault) for fault in error.faults]
            self._send_json({"faults": faults}, HTTPStatus.UNPROCESSABLE_ENTITY)
        except (KeyError, TypeError, ValueError) as error:
            self.close_connection = True
            fault = told_fault(not_understood(" ".join(repr(error).split())))
            self._send_json({"faults": [fault]}, HTTPStatus.BAD_REQUEST)
        except (ConnectionError, TimeoutError):
            raise
        except Exception as error:
            self.close_connection = True
            message = " ".join(str(error).split())
            fault = told_fault(unforeseen(type(error).__name__, message, place or "page"))
            self._send_json({"faults": [fault]}, HTTPStatus.INTERNAL_SERVER_ERROR)

    def _page(self, _: Query) -> None:
        assets = files("striate.page") / "assets"
        text = self.server.session.page(
            (assets / "live.js").read_text(encoding="utf-8"),
            (assets / "live.css").read_text(encoding="utf-8"),
        )
        # What is not in the page itself is not run: not even if a name of a picture could bring it in.
        allowed = {
            "default-src": "'none'",
            "script-src": _digest(_SCRIPT, text),
            "style-src": _digest(_STYLE, text),
            "connect-src": "'self'",
            "img-src": "data:",
            "base-uri": "'none'",
            "form-action": "'none'",
            "frame-ancestors": "'none'",
        }
        policy = "; ".join(f"{name} {value}" for name, value in allowed.items())
        self._send(HTTPStatus.OK, text.encode(), "text/html; charset=utf-8", policy)

    def _refuse(self, query: Query) -> None:
        raise SeeingError(no_such_place(query[""]))

    def _document(self, _: Query) -> None:
        self._send(
            HTTPStatus.OK, self.server.session.document.encode(), "text/markdown; charset=utf-8"
        )

    def _training(self, query: Query) -> None:
        self._send_json(self.server.session.training(query["stamp"]))

    def _reasons(self, query: Query) -> None:
        self._send_json(self.server.session.reasons(int(query["picture"]), int(query["class"])))

    def _picture(self, query: Query) -> None:
        place = int(query["place"]) if "place" in query else None
        content = self._body()
        self._send_json(self.server.session.add_picture(query["name"], content, place))

    def _number(self, query: Query) -> None:
        self._body()
        text, row = query["value"], query["row"]
        try:
            value = float(text)
        except ValueError as error:
            raise SeeingError(not_a_number(row, repr(text))) from error
        self._send_json(
            self.server.session.set_number(row, query["kind"], int(query["number"]), value)
        )

    def _cell(self, query: Query) -> None:
        self._body()
        self._send_json(self.server.session.set_cell(query["row"], query["column"], query["text"]))

    def _reset(self, _: Query) -> None:
        self._body()
        self._send_json(self.server.session.reset())

    def _body(self) -> bytes:
        length = int(self.headers["Content-Length"])
        if not 0 <= length <= MOST_BYTES:
            raise SeeingError(too_many_bytes(length, MOST_BYTES))
        return self.rfile.read(length)

    def _send_json(self, told: Answer, status: HTTPStatus = HTTPStatus.OK) -> None:
        content = json.dumps(told, ensure_ascii=False).encode("utf-8", "backslashreplace")
        self._send(status, content, "application/json")

    def _send(
        self, status: HTTPStatus, content: bytes, kind: str, policy: str = "default-src 'none'"
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", policy)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("X-Content-Type-Options", "nosniff")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base has it
        """Print nothing: what a person does on the page is theirs."""


def _digest(part: re.Pattern[str], text: str) -> str:
    """Return the source of a policy that allows one part of a page: the last, for names in what the page knows are none."""
    found = part.findall(text)[-1]
    return f"'sha256-{b64encode(hashlib.sha256(found.encode()).digest()).decode()}'"
