"""What a caller may wish for (RFC 7240 and query twins): a status, a named example, a delay.

`Prefer: code=404`, `Prefer: example=cat`, `Prefer: wait=2`, or `?__code=404&__example=cat&__wait=2`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from specdouble.mock.inferred.api import Api
from specdouble.mock.inferred.responses.success import negotiated, written
from specdouble.mock.pipeline.call import Call, Response
from specdouble.mock.pipeline.problems import Problem
from specdouble.openapi import Content, Operation
from specdouble.openapi.media_types import is_json
from specdouble.openapi.values.make import MISSING

LONGEST_WAIT = 60.0


@dataclass(frozen=True, slots=True)
class Wishes:
    """What one caller wishes for: `code` 0, `example` "" and `wait` 0 for nothing special."""

    code: int = 0
    example: str = ""
    wait: float = 0.0


NONE = Wishes()


def wishes(call: Call) -> Wishes:
    """Read the wishes of a call."""
    header = call.headers.get("prefer")
    query = call.text_query
    if header is None and "__" not in query:
        return NONE
    given: dict[str, str] = {}
    for part in (header or "").replace(";", ",").split(","):
        name, _, value = part.strip().partition("=")
        given[name.strip().lower()] = value.strip().strip('"')
    for name, value in parse_qsl(query):
        if name.startswith("__"):
            given[name[2:]] = value
    code = given.get("code") or given.get("statuscode") or ""
    try:
        wait = min(LONGEST_WAIT, max(0.0, float(given.get("wait") or 0)))
    except ValueError:
        wait = 0.0
    return Wishes(int(code) if code.isdigit() and 100 <= int(code) < 600 else 0, given.get("example", ""), wait)


def granted(api: Api, operation: Operation, call: Call, wish: Wishes) -> Response | None:
    """Return the response that was wished for, None where nothing special was.

    Raises:
        Problem: 404, the document has no such response or example.

    """
    if not wish.code and not wish.example:
        return None
    if wish.code:
        declared = operation.response(wish.code)
        if declared is None:
            listed = ", ".join(str(one) for one in operation.responses if one >= 100) or "only ranges"
            raise Problem(404, f"{operation.key} declares no {wish.code}; it declares {listed}.")
    else:
        declared = operation.success
    status = wish.code or (declared.status if 200 <= declared.status < 600 else 200)
    if not declared.content or status in (204, 304):
        return Response(b"", status=status)
    media, content = negotiated(declared.content, call.headers.get("accept"))
    value = named(api, operation, status, content, wish.example)
    if wish.example and value is MISSING:
        raise Problem(404, f"{operation.key} has no example {wish.example[:60]} for {status}.")
    if value is MISSING:
        if status >= 400:
            return None if not wish.code else _refusal(api, operation, status, media)
        value = content.example if content.has_example else api.maker.make(content.schema, api.example_context())
    body = written(value) if is_json(media) or not isinstance(value, str) else value.encode()
    return Response(body, status=status, content_type=media)


def _refusal(api: Api, operation: Operation, status: int, media: str) -> Response:
    raise Problem(
        status, f"This is the {status} that was asked for.", headers=(("preference-applied", f"code={status}"),)
    )


def named(api: Api, operation: Operation, status: int, content: Content, name: str) -> Any:
    """Return a named example of a response, MISSING where there is none; without a name, the first one."""
    if not name:
        return content.example if content.has_example else MISSING
    raw = api.look_up(content.pointer.rpartition("/")[0])
    shown = raw.get("examples") if isinstance(raw, dict) else None
    one = api.resolve_in_document(shown[name]) if isinstance(shown, dict) and name in shown else None
    for word in ("dataValue", "value"):
        if isinstance(one, dict) and word in one:
            return one[word]
    del operation, status
    return MISSING
