"""Calls that a server makes itself: callbacks of an operation and webhooks, to this machine only."""

from __future__ import annotations

import logging
import re
import threading
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from specdouble.mock.inferred.act import Act
from specdouble.mock.inferred.outgoing import Outgoing
from specdouble.mock.inferred.pointing import read
from specdouble.mock.inferred.responses.success import written
from specdouble.mock.pipeline.call import Response
from specdouble.openapi.model.evidence.words import plain, singular, words
from specdouble.openapi.values.make import MISSING

if TYPE_CHECKING:
    import urllib.request

log = logging.getLogger("specdouble")
SECONDS_BEFORE = 0.05  # a callback comes after the response
SECONDS_PATIENCE = 5
_EXPRESSION = re.compile(r"\{(\$[^{}]+)\}")
_VERBS = {
    "create": {"created", "create", "new", "added", "opened", "submitted", "placed"},
    "upsert": {"created", "create", "new", "added"},
    "update": {"updated", "update", "changed", "edited", "modified"},
    "replace": {"updated", "update", "changed", "edited", "modified"},
    "delete": {"deleted", "delete", "removed", "destroyed"},
}


def send_all(act: Act, answer: Response) -> None:
    """Make the calls that follow from a request that went well."""
    body = _body(answer)
    for one in act.api.callbacks.get(act.spec.key, ()):
        address = _address(one.expression, act, answer, body)
        if address:
            _send(act, one, address, body)
    if act.api.webhooks and act.meaning.role in _VERBS and act.kind is not None:
        for one in act.api.webhooks:
            if _is_about(one.name, act):
                for address in _subscribers(act):
                    _send(act, one, address, body)


def _body(answer: Response) -> Any:
    import orjson

    if isinstance(answer.body, bytes):
        try:
            return orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            return MISSING
    return answer.body


def _address(expression: str, act: Act, answer: Response, body: Any) -> str:
    """Return the address that a runtime expression stands for, "" where something in it is missing."""
    text = expression if "{" in expression or not expression.startswith("$") else f"{{{expression}}}"
    missing = False

    def value(found: re.Match[str]) -> str:
        nonlocal missing
        got = _evaluated(found[1], act, answer, body)
        missing |= got in (MISSING, None)
        return str(got)

    made = _EXPRESSION.sub(value, text)
    return "" if missing else made


def _evaluated(expression: str, act: Act, answer: Response, body: Any) -> Any:
    source, _, pointer = expression.partition("#")
    if source == "$request.body":
        return read(act.call.body, pointer)
    if source == "$response.body":
        return read(body, pointer)
    for prefix, held in (("$request.query.", act.call.query), ("$request.path.", act.call.params)):
        if source.startswith(prefix):
            return held.get(source.removeprefix(prefix), MISSING)
    if source.startswith("$request.header."):
        return act.call.headers.get(source.removeprefix("$request.header.").lower())
    if source.startswith("$response.header."):
        return dict(answer.headers).get(source.removeprefix("$response.header.").lower(), MISSING)
    return {"$url": f"{act.items.url}{act.place}", "$method": act.spec.method}.get(source, MISSING)


def _is_about(name: str, act: Act) -> bool:
    parts = set(words(name))
    noun = plain(act.kind.name.rpartition("-")[2]) if act.kind is not None else ""
    return bool(parts & _VERBS[act.meaning.role]) and noun in {singular(one) for one in parts}


def _subscribers(act: Act) -> list[str]:
    """Return the addresses that callers registered: URLs of items that are webhooks or subscriptions."""
    found = []
    for kind in act.api.kinds.values():
        if not {singular(one) for one in words(kind.name)} & {
            "webhook",
            "hook",
            "subscription",
            "endpoint",
            "subscriber",
        }:
            continue
        for record in act.items.all(kind, {}):
            value = record["value"] if isinstance(record["value"], dict) else {}
            flat = {**value, **(value["config"] if isinstance(value.get("config"), dict) else {})}
            found += [
                one
                for name, one in flat.items()
                if plain(name) in _URLS and isinstance(one, str) and record["tag"] == ""
            ]
    return found


_URLS = frozenset(
    {"url", "callbackurl", "callback", "endpoint", "targeturl", "target", "webhookurl", "uri", "endpointurl"}
)


def _send(act: Act, one: Outgoing, address: str, body: Any) -> None:
    if not is_here(address):
        log.info("%s: %s is not on this machine; nothing was sent to it", one.name, address)
        return
    value = act.api.fitter.fit(one.schema, body, act.fresh()) if one.schema is not None else MISSING
    data = written(value) if value is not MISSING else b""
    import urllib.request  # takes longer to import than all the rest here, and few documents have callbacks

    request = urllib.request.Request(address, data or None, {"content-type": one.media_type}, method=one.method)  # noqa: S310
    timer = threading.Timer(SECONDS_BEFORE, _deliver, (request, one.name))
    timer.daemon = True
    timer.start()


def _deliver(request: urllib.request.Request, name: str) -> None:
    import urllib.request

    try:
        with urllib.request.urlopen(request, timeout=SECONDS_PATIENCE) as response:  # noqa: S310
            log.info("%s: %s answered %s", name, request.full_url, response.status)
    except (OSError, ValueError) as error:
        log.info("%s: %s could not be called (%s)", name, request.full_url, error)


def is_here(address: str) -> bool:
    """Tell whether an address is on this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        return parts.scheme in ("http", "https") and (host == "localhost" or ip_address(host).is_loopback)
    except ValueError:
        return False
