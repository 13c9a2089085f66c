"""Versions of items as entity tags, and the conditions of a request, where a document speaks of them."""

from __future__ import annotations

from zlib import crc32

import orjson

from specdouble.mock.inferred.act import Act, of_operation
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.collections import Doc
from specdouble.openapi.model.evidence.words import plain


@of_operation
def speaks_of_tags(act: Act) -> bool:
    """Tell whether an operation has conditions or entity tags."""
    if any(
        one.location == "header" and one.name.lower() in ("if-match", "if-none-match") for one in act.spec.parameters
    ):
        return True
    headers = [name for one in act.spec.responses.values() for name in one.headers or ()]
    return bool({412, 304, 428} & act.spec.responses.keys()) or any(plain(one) == "etag" for one in headers)


def etag_of(act: Act, record: Doc) -> str:
    """Return the entity tag of a record, "" where the operation does not speak of them."""
    return _tag(record) if speaks_of_tags(act) else ""


def _tag(record: Doc) -> str:
    try:
        content = orjson.dumps(record["value"])
    except TypeError:
        content = repr(record["value"]).encode()
    return f'"{crc32(content):08x}-{record["version"]}"'


def unchanged(act: Act, record: Doc) -> bool:
    """Tell whether the caller has the present version of an item already."""
    given = act.call.headers.get("if-none-match")
    return bool(given) and speaks_of_tags(act) and _matches(given or "", _tag(record))


def check(act: Act, record: Doc) -> None:
    """Refuse a change of another version than the one that the caller knows.

    Raises:
        Problem: 412, the condition does not hold; 428, there is none though the document declares that status.

    """
    if not speaks_of_tags(act):
        return
    given = act.call.headers.get("if-match")
    if given is None:
        if 428 in act.spec.responses:
            raise Problem(428, "Say in If-Match which version you mean to change.")
        return
    if not _matches(given, _tag(record)):
        raise Problem(412, "The item was changed in the meantime. Read it again.")


def _matches(given: str, tag: str) -> bool:
    if given.strip() == "*":
        return True
    return tag.strip('"') in [one.strip().removeprefix("W/").strip('"') for one in given.split(",")]
