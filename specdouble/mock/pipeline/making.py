"""Responses that are asked for by status: the document's example of it, or a refusal in the shape of the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from specdouble.mock.faults.effects import Effects
from specdouble.mock.pipeline.call import Request
from specdouble.mock.pipeline.negotiation import negotiated
from specdouble.mock.pipeline.problems import Problem, WishError
from specdouble.mock.pipeline.reply import Reply
from specdouble.openapi import Content
from specdouble.openapi.dialects import current
from specdouble.openapi.media_types import is_json
from specdouble.openapi.pointers import lookup
from specdouble.openapi.reading.json_text import decode, encode
from specdouble.openapi.references import References
from specdouble.openapi.values.context import Context, chance
from specdouble.openapi.values.flat import Flats
from specdouble.openapi.values.make import Maker

if TYPE_CHECKING:
    from specdouble.mock.pipeline.dispatch import Service
    from specdouble.mock.pipeline.operation import Bound

_EPOCH = 1_767_225_600.0  # examples are the same every day


def made(service: Service, op: Bound, request: Request, effects: Effects) -> Reply:
    """Make a response of a status: the body that is given, the document's example, or a refusal in the service's shape.

    Raises:
        WishError: 404, the document has no such example.

    """
    status = effects.status or (op.status if 200 <= op.status < 600 else 200)
    declared = op.spec.response(status)
    content = declared.content if declared is not None else None
    more = [("retry-after", f"{effects.retry_after:g}")] if effects.retry_after is not None else []
    told = [*op.headers[1:], *more]
    if effects.has_body:
        text = isinstance(effects.body, str)
        media = negotiated(content, request.headers.get("accept"))[0] if content else "application/json"
        body = effects.body.encode() if text else encode(effects.body)
        return Reply(status, [("content-type", "text/plain; charset=utf-8" if text else media), *told], body)
    if status in (204, 205, 304) or (declared is not None and not content and status < 400):
        return Reply(status, told, b"")
    shown = _shown(service, op, status, content, request.headers.get("accept"), effects) if content else None
    if shown is not None:
        media, value = shown
        body = value.encode() if isinstance(value, str) and not is_json(media) else encode(value)
        reply = Reply(status, [("content-type", media), *told], body)
    else:
        reply = _refused(service, op if declared is not None else None, request, status, effects.detail, told)
    return _coded(reply, effects.code) if effects.code else reply


def _refused(
    service: Service, op: Bound | None, request: Request, status: int, detail: str, told: list[tuple[str, str]]
) -> Reply:
    sentence = detail or f"This is the {status} that was asked for."
    said: Any = [{"loc": ["body"], "msg": sentence, "type": "value_error"}] if status == 422 else sentence
    _, media, body = service.error(Problem(status, said), op, request)
    challenge = [("www-authenticate", "Bearer")] if status == 401 else []
    return Reply(status, [("content-type", media), *told, *challenge], body)


def _shown(
    service: Service, op: Bound, status: int, content: dict[str, Content], accept: str | None, effects: Effects
) -> tuple[str, Any] | None:
    """Return the media type and the value of a declared response; None where a refusal is to be written."""
    media, one = negotiated(content, accept)
    if effects.example:
        value = _named(service, one, effects.example)
        if value is None:
            raise WishError(404, f"{op.key} has no example {effects.example[:60]} for {status}.")
        return media, value[0]
    if effects.detail or effects.code:
        return None
    if one.has_example:
        return media, one.example
    if status >= 400:
        return None
    return media, Maker(Flats(op.checker.schemas)).make(one.schema, Context(chance("example"), _EPOCH, rich=True))


def _named(service: Service, content: Content, name: str) -> tuple[Any] | None:
    """Return a named example of a response, None where there is none."""
    document, _ = current(decode(service.document.json))
    try:
        raw = lookup(document, content.pointer.rpartition("/")[0])
    except KeyError:
        return None
    shown = raw.get("examples") if isinstance(raw, dict) else None
    if not isinstance(shown, dict) or name not in shown:
        return None
    one = References(document).follow(shown[name])[0]
    for word in ("dataValue", "value"):
        if isinstance(one, dict) and word in one:
            return (one[word],)
    return None


def _coded(reply: Reply, code: str) -> Reply:
    """Put an error code into a body: where it has one, else beside what it says."""
    try:
        value = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return reply
    level = [value]
    while level:
        for holder in level:
            for name in ("code", "error_code", "errorCode"):
                if isinstance(holder, dict) and name in holder:
                    holder[name] = code
                    return reply.but(body=encode(value))
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)
                 if isinstance(inner, dict | list)]  # fmt: skip
    if isinstance(value, dict):
        value["code"] = code
    return reply.but(body=encode(value))
