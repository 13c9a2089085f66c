"""What a document says that a server calls: callbacks of operations, webhooks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from specdouble.openapi import Operation
from specdouble.openapi.pointers import lookup
from specdouble.openapi.references import References

_METHODS = ("post", "put", "patch", "get", "delete")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request that a server makes: to which address (an expression, "" for a webhook), and its body."""

    name: str
    expression: str
    method: str
    schema: Any
    media_type: str


def callbacks_of(document: dict[str, Any], operations: dict[str, Operation]) -> dict[str, tuple[Outgoing, ...]]:
    """Return the callbacks by operation of a document in the form of 3.x."""
    references = References(document)
    found = {}
    for key, operation in operations.items():
        try:
            raw = lookup(document, operation.pointer).get("callbacks")
        except (KeyError, AttributeError):
            continue
        made: list[Outgoing] = []
        for name, callback in raw.items() if isinstance(raw, dict) else ():
            shown, _ = references.follow(callback)
            for expression, item in shown.items() if isinstance(shown, dict) else ():
                made += _outgoing(references, str(name), str(expression), item)
        if made:
            found[key] = tuple(made)
    return found


def webhooks_of(document: dict[str, Any]) -> tuple[Outgoing, ...]:
    """Return the webhooks of a document."""
    references = References(document)
    hooks = document.get("webhooks") or document.get("x-webhooks")
    return tuple(
        one
        for name, item in (hooks.items() if isinstance(hooks, dict) else ())
        for one in _outgoing(references, str(name), "", item)
    )


def _outgoing(references: References, name: str, expression: str, raw: Any) -> Iterator[Outgoing]:
    item, _ = references.follow(raw)
    for method in _METHODS if isinstance(item, dict) else ():
        operation, _ = references.follow(item.get(method))
        if not isinstance(operation, dict):
            continue
        body, _ = references.follow(operation.get("requestBody"))
        content = body.get("content") if isinstance(body, dict) else None
        media, one = (
            next(iter(content.items()), ("application/json", {}))
            if isinstance(content, dict)
            else ("application/json", {})
        )
        schema = one.get("schema") if isinstance(one, dict) else None
        yield Outgoing(name, expression, method.upper(), schema, str(media))
