"""The addresses of a server, and what is done at each."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from typing import Any, final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from striate.errors import Fault, StriateError
from striate.errors.recipes import field_below
from striate.errors.serving import (
    binary_tensors,
    body_encoded,
    body_too_large,
    body_too_slow,
    memory_full,
    model_not_said,
    no_such_address,
    no_such_model,
    no_such_version,
    other_method,
    reading_failed,
    said_twice,
    unknown_fields,
    value_of_other_kind,
    waited_too_long,
)
from striate.server import asking, inference_protocol
from striate.server.batching import Batcher
from striate.server.faults import RequestError
from striate.server.limits import Limits
from striate.server.log import Log
from striate.server.metrics import Metrics
from striate.server.model import Answer, Item, Model, Outcome, Shelf
from striate.server.schema import ADDRESSES, PREDICT, described
from striate.version import __version__


LOOKS_AFTER = 1.0
"""Seconds between two looks at the files of the bundles."""

_DROPPED = 32
"""Times the largest body that is still taken in, and dropped, of a larger one."""

_TOP = 3
_PAGE_POLICY = (
    "default-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src blob: data:"
)


@final
@dataclass(slots=True)
class Service:
    """What all addresses of one server share."""

    shelf: Shelf
    limits: Limits
    log: Log
    metrics: Metrics = field(default_factory=Metrics)
    held: int = 0
    is_draining: bool = False
    batcher: Batcher = field(init=False)

    def __post_init__(self) -> None:
        """Begin to gather requests."""
        self.batcher = Batcher(self.limits, self.metrics.was_read)
        self.metrics.waiting.set_function(lambda: self.batcher.waiting)

    def model(self, name: str | None) -> Model:
        """Return the model that a request is meant for.

        Raises:
            RequestError: There is none of that name (404), or several and none is named (400).
        """
        models = self.shelf.models
        if name is None:
            if len(models) > 1:
                raise RequestError(400, model_not_said(models))
            (model,) = models.values()
            return model
        found = models.get(name)
        if found is None:
            raise RequestError(404, no_such_model(name, models))
        return found

    @asynccontextmanager
    async def body(self, request: Request) -> AsyncIterator[asking.Body]:
        """Read the body of a request, within the limits; it counts as held until the request is done with.

        Raises:
            RequestError: It is too large (413), too slow (408), compressed (415), or the memory for all of them is full (429).
        """
        said = request.headers.get("content-length", "")
        most = self.limits.max_bytes
        is_too_large = said.isdecimal() and int(said) > most
        if is_too_large and "expect" in request.headers:
            raise RequestError(413, body_too_large(most))  # it has not begun to send
        parts, size, dropped = [], 0, 0
        try:
            async with asyncio.timeout(self.limits.timeout):
                async for part in request.stream():
                    if is_too_large:
                        # Whoever is still sending reads no answer: what comes is taken in for a while, and dropped.
                        dropped += len(part)
                        if dropped > _DROPPED * most:
                            break
                        continue
                    size += len(part)
                    self.held += len(part)
                    if size > most:
                        is_too_large = True
                        continue
                    if self.held > self.limits.held_bytes:
                        wait = self.batcher.retry_after()
                        fault = memory_full(self.limits.held_bytes)
                        raise RequestError(429, fault, retry_after=wait)
                    parts.append(part)
            if is_too_large:
                raise RequestError(413, body_too_large(most))
            encoding = request.headers.get("content-encoding", "").strip()
            if encoding.lower() not in {"", "identity"}:
                raise RequestError(415, body_encoded(encoding))
            request.state.bytes = size
            yield asking.Body(request, b"".join(parts))
        except TimeoutError as error:
            if is_too_large:
                raise RequestError(413, body_too_large(most)) from error
            raise RequestError(408, body_too_slow(self.limits.timeout)) from error
        finally:
            self.held -= size

    async def outcomes(
        self, request: Request, model: Model, given: list[Item | Fault]
    ) -> list[Outcome]:
        """Read the items of a request; a fault stays in its place.

        Raises:
            RequestError: Too many wait (429), or the answer was not there in time (503).
        """
        items = [item for item in given if isinstance(item, Item)]
        try:
            async with asyncio.timeout(self.limits.timeout):
                read = await self.batcher.read(model, items) if items else []
        except TimeoutError as error:
            wait = self.batcher.retry_after()
            raise RequestError(
                503, waited_too_long(self.limits.timeout), retry_after=wait
            ) from error
        answers = iter(read)
        found = [next(answers) if isinstance(item, Item) else item for item in given]
        answered = sum(isinstance(one, Answer) for one in found)
        self.metrics.were_items(model.name, answered, len(found) - answered)
        request.state.model, request.state.items = model.name, len(found)
        return found

    async def look_after_files(self) -> None:
        """Load bundles again whose files have changed, until the server ends."""
        while True:
            await asyncio.sleep(LOOKS_AFTER)
            for name in await asyncio.to_thread(self.shelf.changed):
                try:
                    model = await asyncio.to_thread(self.shelf.reload, name)
                # Broad, because whatever is wrong with the new files, the old network goes on answering.
                except Exception as error:
                    self.metrics.was_loaded(name, is_done=False)
                    told = str(error) if isinstance(error, StriateError) else repr(error)
                    self.log.write("load_failed", level="error", model=name, problem=told)
                else:
                    self.metrics.was_loaded(name, is_done=True)
                    self.log.write("loaded", model=name, version=model.version)


def json_response(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Make an answer of JSON, whose letters are all as they are."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # Half of a surrogate pair, which JSON may escape and UTF-8 cannot hold, goes back as it came: as \udXXX.
    content = text.encode("utf-8", "backslashreplace")
    return Response(content, status, headers, "application/json")


def application_of(service: Service) -> FastAPI:
    """Make the application of a server.

    Args:
        service: What its addresses share.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        looking = asyncio.create_task(service.look_after_files())
        try:
            yield
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking
            await asyncio.to_thread(service.batcher.close)

    app = FastAPI(
        title="Striate",
        version=__version__,
        description="Trained networks that answer.",
        docs_url=None,  # FastAPI's own pages load their programs from elsewhere
        redoc_url=None,
        lifespan=lifespan,
    )
    _add_own(app, service)
    _add_protocol(app, service)
    app.add_exception_handler(RequestError, _refused)
    app.add_exception_handler(HTTPException, _unknown)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _failed)
    return app


def _add_own(app: FastAPI, service: Service) -> None:
    """Add the addresses that are Striate's own."""

    @app.post("/v1/predict", openapi_extra=PREDICT, summary=described("/v1/predict"))
    async def predict(request: Request) -> Response:
        wanted = _query(request, ("model", "top"))
        model, top = service.model(wanted.get("model")), _top(wanted.get("top"))
        async with service.body(request) as body:
            given = await asking.items_of(body, model, service.limits)
            found = await service.outcomes(request, model, given)
        names = [item.name if isinstance(item, Item) else item.where for item in given]
        made = [_told(name, model, one, top) for name, one in zip(names, found, strict=True)]
        is_refused = all(isinstance(one, Fault) for one in found)
        told = {"model": model.name, "version": model.version, "predictions": made}
        return json_response(told, 422 if is_refused else 200)

    @app.get("/v1/models", summary=described("/v1/models"))
    async def models() -> Response:
        return json_response({"models": [_card(model) for model in service.shelf.models.values()]})

    @app.get("/metrics", summary=described("/metrics"))
    async def metrics() -> Response:
        return Response(
            service.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8"
        )

    page = files("striate.server").joinpath("assets/page.html").read_bytes()

    @app.get("/", summary=described("/"))
    async def look() -> Response:
        headers = {"content-security-policy": _PAGE_POLICY, "x-content-type-options": "nosniff"}
        return Response(page, headers=headers, media_type="text/html")


def _add_protocol(app: FastAPI, service: Service) -> None:
    """Add the addresses of the Open Inference Protocol."""

    def versioned(name: str, version: str | None) -> Model:
        model = service.model(name)
        if version is not None and version != model.version:
            raise RequestError(404, no_such_version(name, version, model.version))
        return model

    @app.get("/v2/health/live", summary=described("/v2/health/live"))
    async def live() -> Response:
        return json_response({"live": True})

    @app.get("/v2/health/ready", summary=described("/v2/health/ready"))
    async def ready() -> Response:
        is_ready = not service.is_draining
        return json_response({"ready": is_ready}, 200 if is_ready else 503)

    @app.get("/v2", summary=described("/v2"))
    async def server() -> Response:
        return json_response({"name": "striate", "version": __version__, "extensions": []})

    @app.get("/v2/models/{name}", summary=described("/v2/models/{name}"))
    @app.get("/v2/models/{name}/versions/{version}", include_in_schema=False)
    async def metadata(name: str, version: str | None = None) -> Response:
        return json_response(inference_protocol.metadata(versioned(name, version)))

    @app.get("/v2/models/{name}/ready", summary=described("/v2/models/{name}/ready"))
    @app.get("/v2/models/{name}/versions/{version}/ready", include_in_schema=False)
    async def model_ready(name: str, version: str | None = None) -> Response:
        return json_response({"name": versioned(name, version).name, "ready": True})

    @app.post("/v2/models/{name}/infer", summary=described("/v2/models/{name}/infer"))
    @app.post("/v2/models/{name}/versions/{version}/infer", include_in_schema=False)
    async def infer(request: Request, name: str, version: str | None = None) -> Response:
        model = versioned(name, version)
        if "inference-header-content-length" in request.headers:
            raise RequestError(400, binary_tensors())
        async with service.body(request) as body:
            asked = await asking.apart_if_long(body, asking.json_of)
            outputs = inference_protocol.asked_outputs(asked)
            items = await asking.apart_if_long(
                body, lambda _: inference_protocol.items_of(asked, model, service.limits)
            )
            found = await service.outcomes(request, model, list(items))
        # The protocol has no place for a fault beside answers.
        faults = [one for one in found if isinstance(one, Fault)]
        if faults:
            raise RequestError(422, *faults)
        answers = [one for one in found if isinstance(one, Answer)]
        return json_response(inference_protocol.response(asked, model, outputs, answers))


def _query(request: Request, known: tuple[str, ...]) -> dict[str, str]:
    pairs = request.query_params.multi_items()
    given = dict(pairs)
    strange = [name for name in given if name not in known]
    if strange:
        raise RequestError(400, unknown_fields(strange, known, "query"))
    if len(given) < len(pairs):
        raise RequestError(400, said_twice("query", [name for name, _ in pairs]))
    return given


def _top(given: str | None) -> int:
    if given is None:
        return _TOP
    if not given.isdecimal():
        raise RequestError(400, value_of_other_kind("top", repr(given), "a whole number"))
    top = int(given[:9])
    if top < 1:
        raise RequestError(400, field_below("top", top, 1))
    return top


def _told(name: str, model: Model, outcome: Outcome, top: int) -> dict[str, Any]:
    """Write one outcome as `predict --json` does."""
    if isinstance(outcome, Fault):
        return {"name": name, "error": _fault(outcome)}
    names, chances = model.bundle.classes, outcome.chances
    told: dict[str, Any] = {
        "name": name,
        "classes": [
            {"name": names[place], "score": chances[place]} for place in outcome.order[:top]
        ],
    }
    if model.reads == "sentences":
        return told | {"unknown": outcome.unknown, "left_out": outcome.left_out}
    return told | {"remark": outcome.remark or None}


def _fault(fault: Fault) -> dict[str, str]:
    return {key: value for key, value in asdict(fault).items() if key != "line"}


def _card(model: Model) -> dict[str, Any]:
    document = model.bundle.document
    return {
        "name": model.name,
        "version": model.version,
        "network": document.name,
        "reads": model.reads,
        "input": str(document.table.input),
        "classes": list(model.bundle.classes),
    }


def error_response(
    path: str, status: int, faults: tuple[Fault, ...], headers: Mapping[str, str] | None = None
) -> Response:
    """Tell what is wrong: in Striate's four parts, or in one string, as the Open Inference Protocol has it."""
    if path.startswith("/v2"):
        return json_response({"error": "\n".join(map(str, faults))}, status, headers)
    return json_response({"errors": [_fault(fault) for fault in faults]}, status, headers)


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestError):
        raise error
    headers = {} if error.retry_after is None else {"retry-after": str(error.retry_after)}
    if error.status in {408, 413}:
        headers["connection"] = "close"  # the rest of the body is not read
    request.state.cause = error.cause
    return error_response(request.url.path, error.status, error.faults, headers)


async def _unknown(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    method, path = request.method, request.url.path
    if error.status_code == 405:  # noqa: PLR2004 - of HTTP
        allowed = (error.headers or {}).get("Allow", "").split(", ")
        return error_response(path, 405, (other_method(method, path, allowed),), error.headers)
    return error_response(path, 404, (no_such_address(method, path, ADDRESSES),))


async def _failed(request: Request, error: Exception) -> Response:
    fault = reading_failed(type(error).__name__, " ".join(str(error).split()))
    return error_response(request.url.path, 500, (fault,))


async def _gone(_request: Request, _error: Exception) -> Response:
    return Response(status_code=499)
