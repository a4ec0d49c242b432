"""A server from its first connection to its last answer."""

import asyncio
import hmac
import logging
import re
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any, final

import uvicorn
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from striate.errors import ServingError
from striate.errors.serving import (
    address_not_free,
    connections_full,
    no_token,
    origin_not_understood,
    token_needed,
    token_not_understood,
)
from striate.server.application import Service, application_of, error_response
from striate.server.limits import most_connections
from striate.server.log import Handler


_OPEN = ("/", "/openapi.json", "/v2/health/live", "/v2/health/ready")
"""Addresses that need no token: they tell nothing of the networks."""

_LEAST_TOKEN = 16
_IN_TOKENS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=")

_BEYOND = "beyond_connections"
"""In the state of a request: the limit of connections that its own is beyond."""

_HEAD_SECONDS = 10.0
"""For the head of a request to arrive."""

_BACKLOG = 1024


def read_tokens(file: Path) -> frozenset[bytes]:
    """Read a file of tokens, one a line, and return the SHA-256 of each.

    Raises:
        OSError: It cannot be read.
        ServingError: It holds none, or a line that can be none.
    """
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    tokens = [(number, line.strip()) for number, line in enumerate(lines, start=1) if line.strip()]
    wrong = [
        token_not_understood(str(file), number)
        for number, token in tokens
        if len(token) < _LEAST_TOKEN or not _IN_TOKENS.issuperset(token)
    ]
    if wrong or not tokens:
        raise ServingError(*(wrong or [no_token(str(file))]))
    return frozenset(sha256(token.encode()).digest() for _, token in tokens)


def check_origins(origins: Sequence[str]) -> None:
    """See that each is what a browser sends of a page; any other would let no page read anything, without a word.

    Raises:
        ServingError: One of them is not.
    """
    wrong = [one for one in origins if one not in {"*", "null"} and _ORIGIN.fullmatch(one) is None]
    if wrong:
        raise ServingError(*(origin_not_understood(one, _origin_in(one)) for one in wrong))


_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d+)?")


def _origin_in(came: str) -> str:
    """Return the origin within an address, or an example where there is none."""
    found = _ORIGIN.match(came.strip().lower())
    return found[0] if found else "https://example.org"


@final
class Gate:
    """Stands before the application: asks for tokens, counts, and writes the log.

    Args:
        app: The application.
        service: Its log and metrics are written to.
        tokens: SHA-256 of those that open it; None where it stands open.
    """

    def __init__(self, app: Any, service: Service, tokens: frozenset[bytes] | None) -> None:
        self.app, self._service, self._tokens = app, service, tokens

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Let a request pass, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = perf_counter(), 500
        state = scope.setdefault("state", {})
        # HEAD is answered as GET is; uvicorn sends the head alone.
        asked = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope

        async def note(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if self._service.is_draining:
                    message["headers"] = [*message["headers"], (b"connection", b"close")]
            await send(message)

        try:
            refusal = self._refusal(scope)
            await (refusal or self.app)(asked, receive, note)
        except Exception as error:
            state["cause"] = error
            raise
        finally:
            self._write(scope, asked.get("route"), status, perf_counter() - began)

    def _refusal(self, scope: Any) -> Response | None:
        limit = scope["state"].pop(_BEYOND, None)
        if limit is not None:
            wait = str(self._service.batcher.retry_after())
            later = {"retry-after": wait, "connection": "close"}
            return error_response(scope["path"], 503, (connections_full(limit),), later)
        if self._tokens is None or scope["path"] in _OPEN or scope["method"] == "OPTIONS":
            return None
        headers = [value for name, value in scope["headers"] if name == b"authorization"]
        if not headers:
            came = "there is no such header"
        elif len(headers) > 1 or headers[0][:7].lower() != b"bearer ":
            came = "it is no bearer token"
        else:
            digest = sha256(headers[0][7:].strip()).digest()
            # All are compared, so that the time tells nothing.
            if sum(hmac.compare_digest(digest, token) for token in self._tokens):
                return None
            came = "the token is not known"
        challenge = {"www-authenticate": "Bearer", "connection": "close"}
        return error_response(scope["path"], 401, (token_needed(came),), challenge)

    def _write(self, scope: Any, route: Any, status: int, seconds: float) -> None:
        state, address = scope["state"], getattr(route, "path", "other")
        self._service.metrics.was_answered(address, status, seconds)
        cause = state.get("cause")
        self._service.log.write(
            "request",
            level="info" if cause is None else "error",
            method=scope["method"],
            address=address,
            status=status,
            milliseconds=round(seconds * 1000, 2),
            model=state.get("model"),
            items=state.get("items"),
            bytes=state.get("bytes"),
            problem=None if cause is None else f"{type(cause).__name__}: {cause}",
        )


@final
class _Patient(HttpToolsProtocol):
    """A connection that is closed when the head of a request does not arrive in time.

    uvicorn itself waits for it for ever, and beyond its limit of connections does not say when to come again.
    """

    _alarm: asyncio.TimerHandle | None = None

    def on_headers_complete(self) -> None:
        limit, self.limit_concurrency = self.config.limit_concurrency, None
        if limit is not None and len(self.connections) >= limit:
            self.scope["state"][_BEYOND] = limit
        super().on_headers_complete()

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._alarm is not None:
            self._alarm.cancel()

    @property
    def _waits(self) -> bool:
        """Whether no request is being answered; before the first one there is no cycle."""
        return bool(getattr(self.cycle, "response_complete", True))

    def _watch(self) -> None:
        """Set the alarm while a head is on its way, and put it off when it is here."""
        waits = self._waits
        if waits and self._alarm is None:
            self._alarm = self.loop.call_later(_HEAD_SECONDS, self._give_up)
        elif not waits and self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _give_up(self) -> None:
        self._alarm = None
        if self._waits:
            self.transport.close()


_ENDS = (signal.SIGINT, signal.SIGTERM)


@final
class _Server(uvicorn.Server):
    """uvicorn's server, which says that it drains as soon as it is told to end."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End by signals, and end well: uvicorn would raise them once more when all is done."""
        before = {number: signal.signal(number, self.handle_exit) for number in _ENDS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: Any) -> None:
        self._service.is_draining = True
        super().handle_exit(sig, frame)


def listen(host: str, port: int) -> socket.socket:
    """Take an address before anything is loaded.

    Args:
        host: A name or an address of this machine.
        port: 0 takes any that is free.

    Raises:
        ServingError: It is taken, or is no address of this machine.
    """
    try:
        (family, kind, protocol, _, address), *_ = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        taken = socket.socket(family, kind, protocol)
        try:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(address)
        except BaseException:
            taken.close()
            raise
    except (OSError, OverflowError, UnicodeError) as error:
        problem = getattr(error, "strerror", None) or str(error)
        raise ServingError(address_not_free(host, port, problem)) from error
    return taken


def serve(
    service: Service,
    taken: socket.socket,
    tokens: frozenset[bytes] | None = None,
    origins: Sequence[str] = (),
) -> None:
    """Answer until the process is told to end; what was begun then is answered first.

    Args:
        service: The networks and their limits.
        taken: The address, from `listen`.
        tokens: SHA-256 of those that open it; None lets everybody in.
        origins: Pages of these may read the answers, such as https://example.org.
    """
    app: Any = Gate(application_of(service), service, tokens)
    if origins:
        # Outside of the gate: a page must be able to read why it was refused, and when it may come again.
        app = CORSMiddleware(
            app,
            allow_origins=list(origins),
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type"],
            expose_headers=["retry-after"],
        )
    config = uvicorn.Config(
        app,
        http=_Patient,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=_BACKLOG,
        limit_concurrency=most_connections(),
        timeout_graceful_shutdown=max(1, round(2 * service.limits.timeout)),
    )
    for name in ("uvicorn", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [Handler(service.log)], False
    sys.setswitchinterval(_SWITCH_SECONDS)
    _Server(config, service).run(sockets=[taken])


_SWITCH_SECONDS = 0.0005
"""After which a thread gives way to another: the one that reads must not hold up the one that answers."""
