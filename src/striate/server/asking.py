"""What a request asks for: pictures and sentences out of forms, JSON and plain bodies."""

import asyncio
import binascii
import json
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from email.message import Message
from typing import Any, TypeVar, final

from python_multipart.exceptions import MultipartParseError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from striate.errors import Fault
from striate.errors.serving import (
    body_not_understood,
    form_not_read,
    not_base64,
    nothing_to_read,
    other_kind_of_items,
    said_twice,
    too_many_items,
    unknown_fields,
    value_of_other_kind,
)
from striate.server.faults import RequestError
from striate.server.limits import Limits
from striate.server.model import Item, Model


FORMS = "multipart/form-data, application/json, text/plain, application/octet-stream or image/..."
_FIELDS = ("pictures", "sentences")
_FILE_FIELDS = ("picture", "pictures", "file", "files", "image", "images")
_TEXT_FIELDS = ("sentence", "sentences", "text")

Found = TypeVar("Found")


@final
class Body:
    """The body of a request, read to its end.

    Args:
        kind: Of its content, without parameters.
        content: Its bytes.
        request: Its headers.
    """

    def __init__(self, request: Request, content: bytes) -> None:
        header = Message()
        header["Content-Type"] = request.headers.get("content-type", "")
        self.kind = header.get_content_type() if header["Content-Type"] else ""
        self.boundary = str(header.get_param("boundary", ""))
        self.content, self.request = content, request


async def items_of(body: Body, model: Model, limits: Limits) -> list[Item | Fault]:
    """Return what is to be read, in its order; a fault in the place of what is broken for itself alone.

    Raises:
        RequestError: The body is of another form (400, 415), asks for nothing or for something else than the network
            reads (422), or for too much (413).
    """
    match body.kind:
        case "multipart/form-data":
            found = [item async for item in _form(body, limits)]
        case "application/json":
            found = await apart_if_long(body, lambda text: list(_json_items(json_of(text))))
        case "text/plain":
            text = _text(body.content, "body")
            found = [text if isinstance(text, Fault) else Item("sentence 1", text)]
        case kind if kind == "application/octet-stream" or kind.startswith("image/"):
            found = [Item("picture 1", body.content)]
        case kind:
            raise RequestError(415, form_not_read(kind, FORMS))
    if not found:
        raise RequestError(422, nothing_to_read("one or more pictures or sentences"))
    if len(found) > limits.max_items:
        raise RequestError(413, too_many_items(len(found), limits.max_items))
    _check_kind(found, model)
    return found


async def apart_if_long(body: Body, work: Callable[[bytes], Found]) -> Found:
    """Do work on a body; in a thread where it takes so long that others would wait for it."""
    if len(body.content) < _LONG:
        return work(body.content)
    return await asyncio.to_thread(work, body.content)


_LONG = 2**18
"""Bytes whose JSON is read in a few milliseconds."""


def _check_kind(items: list[Item | Fault], model: Model) -> None:
    kinds = {type(item.content) for item in items if isinstance(item, Item)}
    wrong = {"pictures": str, "sentences": bytes}.get(model.reads)
    reads = model.reads if wrong else f"numbers, {model.bundle.network.walk.input}, at /v2"
    if wrong is None or wrong in kinds:
        came = "sentences" if str in kinds else "pictures"
        raise RequestError(422, other_kind_of_items(model.name, reads, came))


def json_of(content: bytes) -> dict[str, Any]:
    """Read a body of JSON, whose outermost value is an object.

    Raises:
        RequestError: It is none, or an object of it has a name twice (400).
    """
    try:
        found = json.loads(content, object_pairs_hook=_object)
    except RecursionError as error:
        raise RequestError(400, body_not_understood("it is nested too deeply")) from error
    except (UnicodeDecodeError, ValueError) as error:
        problem = " ".join(str(error).split()).rstrip(".")
        raise RequestError(400, body_not_understood(problem)) from error
    if not isinstance(found, dict):
        problem = f"its outermost value is {kind_of(found)}, not an object"
        raise RequestError(400, body_not_understood(problem))
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise RequestError(400, said_twice("body", [name for name, _ in pairs]))
    return found


def kind_of(value: object) -> str:
    """Return what JSON calls a value."""
    names: dict[type, str] = {
        dict: "an object",
        list: "an array",
        str: "a string",
        bool: "true or false",
        int: "a number",
        float: "a number",
    }
    return names.get(type(value), "null")


def _json_items(body: Mapping[str, Any]) -> Iterator[Item | Fault]:
    strange = [name for name in body if name not in _FIELDS]
    if strange:
        raise RequestError(400, unknown_fields(strange, _FIELDS))
    for field in _FIELDS:
        given = body.get(field, [])
        values = given if isinstance(given, list) else [given]
        for number, value in enumerate(values, start=1):
            name = f"{field.removesuffix('s')} {number}"
            yield _sentence(name, value) if field == "sentences" else _picture(name, value)


def _sentence(name: str, value: object) -> Item | Fault:
    if isinstance(value, str):
        return Item(name, value)
    return value_of_other_kind(name, kind_of(value), "a string")


def _picture(name: str, value: object) -> Item | Fault:
    """Read a picture in base64, or an object of its name and its content in base64."""
    needed = 'base64 in a string, or {"name": ..., "content": base64}'
    if isinstance(value, dict):
        strange = [key for key in value if key not in {"name", "content"}]
        if strange:
            return unknown_fields(strange, ("name", "content"), name)
        called = value.get("name", name)
        if not isinstance(called, str):
            return value_of_other_kind(f"{name}, name", kind_of(called), "a string")
        name, value = called, value.get("content")
    if not isinstance(value, str):
        return value_of_other_kind(name, kind_of(value), needed)
    content = base64_of(value)
    return not_base64(name) if content is None else Item(name, content)


def base64_of(text: str) -> bytes | None:
    """Return the bytes of a text in base64, or of an address of the kind `data:`; None if it is neither."""
    if text.startswith("data:"):
        head, comma, text = text.partition(",")
        if not comma or not head.endswith(";base64"):
            return None
    try:
        return b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


async def _form(body: Body, limits: Limits) -> Any:
    """Give the files of a form as pictures, and its texts as sentences."""

    async def stream() -> Any:
        yield body.content

    # The parser takes what has arrived of a part for all of it.
    if not body.content.rstrip().endswith(f"--{body.boundary}--".encode()):
        raise RequestError(400, body_not_understood("its last part, or its boundary, is missing"))
    most = limits.max_items
    parser = MultiPartParser(
        body.request.headers,
        stream(),
        max_files=most,
        max_fields=most,
        max_part_size=limits.max_bytes,
    )
    # What fits into a body is in memory already, and is not written to the disk once more.
    parser.spool_max_size = limits.max_bytes
    try:
        form = await parser.parse()
    except (MultiPartException, MultipartParseError, KeyError, UnicodeDecodeError) as error:
        problem = getattr(error, "message", "") or "its parts or their boundary are damaged"
        if problem.startswith("Too many"):
            raise RequestError(413, too_many_items(most + 1, most)) from error
        raise RequestError(400, body_not_understood(problem.rstrip("."))) from error
    strange = []
    for field, value in form.multi_items():
        if isinstance(value, UploadFile) and field in _FILE_FIELDS:
            yield Item(value.filename or field, await value.read())
        elif isinstance(value, str) and field in _TEXT_FIELDS:
            yield Item(field, value)
        else:
            strange.append(field)
    await form.close()
    if strange:
        known = (*_FILE_FIELDS, *_TEXT_FIELDS)
        raise RequestError(400, unknown_fields(dict.fromkeys(strange), known, "form"))


def _text(content: bytes, name: str) -> str | Fault:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return value_of_other_kind(name, "not UTF-8", "a sentence in UTF-8")
