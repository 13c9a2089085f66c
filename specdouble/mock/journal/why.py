"""Why a request was answered as it was: what was wrong with it, what was missing, or what was meant instead."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from specdouble.digits import whole
from specdouble.mock.journal.secrets import is_secret

if TYPE_CHECKING:
    from specdouble.mock.journal.entry import Entry
    from specdouble.mock.pipeline.operation import Bound

_CREDENTIALS = ("authorization", "proxy-authorization", "cookie")
_DEEPEST = 3  # levels of a schema that are shown
_NOTES = ("title", "examples", "example")


def why(entry: Entry) -> dict[str, Any] | None:
    """Return the reason of a refusal or of a fault, None where nothing went wrong.

    Every reason has a `summary`; further keys depend on it: `fault`, `findings` (each with the `schema` that it broke
    and the `value` that was sent), `closest` operations, what is `needed` and was `sent`, or the `log` of the server.
    """
    found: dict[str, Any] = {}
    if entry.fault is not None:
        by = ", ".join(entry.fault.get("rules", ())) or f"the request itself (Prefer: {entry.fault.get('prefer', '')})"
        found = {"summary": f"A fault struck: {entry.fault['did'] or 'nothing'}, asked for by {by}."}
        found["fault"] = entry.fault
    elif entry.status < 400:
        return None
    if entry.unmatched:
        return {"summary": _said(entry), "closest": _closest(entry), **found}
    if entry.findings and entry.op is not None:
        count = len(entry.findings)
        summary = (
            f"{count} thing{'s' * (count > 1)} of the request {'are' if count > 1 else 'is'} not as the document says."
        )
        return {"summary": summary, "findings": list(_findings(entry, entry.op)), **found}
    if entry.status in (401, 403) and entry.op is not None:
        return {"summary": _said(entry), **_credentials(entry, entry.op), **found}
    if entry.log:
        return {"summary": _said(entry), "log": entry.log, **found}
    return {"summary": _said(entry), **found}


def _said(entry: Entry) -> str:
    """Return the sentence of a refusal: that of the handler, or else what the response says."""
    detail = entry.problem.detail if entry.problem is not None else entry.response.json
    if isinstance(detail, dict):
        detail = next((detail[one] for one in ("message", "detail", "error_description") if detail.get(one)), None)
    return str(entry.clean(detail, "")) if isinstance(detail, str) else f"The response is a {entry.status}."


def _closest(entry: Entry) -> list[str]:
    keys = list(entry.service.operations)
    return get_close_matches(f"{entry.method} {entry.path}", keys, n=3, cutoff=0.3)


def _findings(entry: Entry, op: Bound) -> Iterator[dict[str, Any]]:
    for one in entry.findings:
        tokens = [part.replace("~1", "/").replace("~0", "~") for part in one["pointer"].split("/")[1:]]
        found = dict(one)
        schema = _schema(op, one["place"], tokens, entry.request.media_type)
        if schema is not None:
            found["schema"] = _shown(op, schema)
        value = _value(entry, one["place"], tokens)
        if value is not None:
            found["value"] = entry.clean(value[0], tokens[-1] if tokens else "")
        yield found


def _schema(op: Bound, place: str, tokens: list[str], media_type: str) -> Any:
    """Return the schema of what a finding is about, None where it is not known."""
    if place != "body":
        names = tokens[:1]
        found = next((one for one in op.spec.parameters if one.location == place and [one.name] == names), None)
        return None if found is None else found.schema
    if op.spec.body is None:
        return None
    content = op.spec.body.content
    kind = media_type.partition(";")[0].strip()
    chosen = content.get(kind) or next(iter(content.values()), None)
    schema: Any = chosen.schema if chosen is not None else None
    for token in tokens:
        schema = _inner(op, schema, token)
        if schema is None:
            return None
    return schema


def _inner(op: Bound, schema: Any, token: str) -> Any:
    whole = op.checker.schemas.resolve(schema) if schema is not None else {}
    if token.isdigit() and "items" in whole:
        return whole["items"]
    if token in (whole.get("properties") or {}):
        return whole["properties"][token]
    for word in ("allOf", "anyOf", "oneOf"):
        for part in whole.get(word) or ():
            found = _inner(op, part, token)
            if found is not None:
                return found
    return None


def _shown(op: Bound, schema: Any, depth: int = 0) -> Any:
    """Return a schema without references, a few levels deep."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            if depth >= _DEEPEST:
                return schema
            schema = {
                **op.checker.schemas.resolve(schema),
                **{name: one for name, one in schema.items() if name != "$ref"},
            }
        return {name: _shown(op, one, depth + 1) for name, one in schema.items() if name not in _NOTES}
    return [_shown(op, one, depth + 1) for one in schema] if isinstance(schema, list) else schema


def _value(entry: Entry, place: str, tokens: list[str]) -> tuple[Any] | None:
    """Return what was sent there, None where nothing was."""
    if place != "body":
        return None
    value = entry.request.json
    for token in tokens:
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and (number := whole(token)) is not None and number < len(value):
            value = value[number]
        else:
            return None
    return (value,) if tokens else None


def _credentials(entry: Entry, op: Bound) -> dict[str, Any]:
    """Return what a call needs, as alternatives of security schemes, and which credentials came with it."""
    sent = [name for name, _ in entry.request.headers if name in _CREDENTIALS or is_secret(name)]
    found: dict[str, Any] = {"needed": [sorted(one) for one in op.spec.security], "sent": sent}
    if op.required_role:
        found["role"] = op.required_role
    return found
