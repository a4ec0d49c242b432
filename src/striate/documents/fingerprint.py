"""A digest of what a document says a network does: another function or size gives another one, other prose does not."""

import json
from dataclasses import MISSING, Field, fields, is_dataclass

from striate.documents.document import Document


def fingerprint(document: Document) -> str:
    """Compute the SHA-256 of a network's rows, of its preparation, and of its recipe.

    Claims, notes, titles and prose do not count. Fields that have their default are left out, so that a
    field which a later version adds does not change the digest of an older document.
    """
    import hashlib

    rows = [
        [row.name, *map(_plain, (row.layer, row.activation, row.reads, row.start))]
        for row in document.table.rows
    ]
    said = [rows, *map(_plain, (document.preparation, document.text, document.recipe))]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def _plain(value: object) -> object:
    """Write a value of a document as lists and texts."""
    if isinstance(value, type):
        return value.__name__
    if is_dataclass(value):
        told: dict[str, object] = {
            item.name: _plain(getattr(value, item.name))
            for item in fields(value)
            if item.compare and getattr(value, item.name) != _default(item)
        }
        return [type(value).__name__, told]
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, frozenset | set):
        return sorted(repr(_plain(one)) for one in value)
    return repr(value)


def _default(item: "Field[object]") -> object:
    if item.default_factory is not MISSING:
        return item.default_factory()
    return item.default
