"""Requests as a HAR 1.2 file, without their secrets, as browsers' developer tools and `verify --har` read it."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, quote

from specdouble import __version__
from specdouble.mock.journal.entry import Entry, Message, reason

UNKNOWN = -1


def har(entries: Iterable[Entry], urls: dict[str, str]) -> dict[str, Any]:
    """Return a HAR log of entries in their order; `urls` says where the services listen, by name."""
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "specdouble", "version": __version__},
            "pages": [],
            "entries": [_entry(one, urls) for one in entries],
        }
    }


def _entry(entry: Entry, urls: dict[str, str]) -> dict[str, Any]:
    line = entry.line()
    milliseconds = round(entry.seconds * 1000, 3)
    base = urls.get(entry.service.name) or f"http://{entry.request.header('host') or 'localhost'}"
    path = quote(line["path"], safe="/:@!$&'()*+,;=~-._")
    _, _, query = line["url"].partition("?") if entry.query else ("", "", "")
    found: dict[str, Any] = {
        "startedDateTime": line["time"],
        "time": milliseconds,
        "request": _request(entry, f"{base}{path}{f'?{_encoded(query)}' if query else ''}"),
        "response": _response(entry),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        "connection": "",
        "comment": entry.operation or "no operation",
        "_id": entry.number,
        "_operation": entry.operation or None,
    }
    if entry.fault is not None:
        found["_fault"] = entry.fault
    return found


def _request(entry: Entry, url: str) -> dict[str, Any]:
    message = entry.request
    found: dict[str, Any] = {
        "method": entry.method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(entry, message),
        "queryString": [{"name": name, "value": value} for name, value in parse_qsl(url.partition("?")[2], True)],
        "headersSize": UNKNOWN,
        "bodySize": message.size,
    }
    if message.body:
        found["postData"] = {"mimeType": message.media_type, "params": [], "text": entry.body_text(message)}
    return found


def _response(entry: Entry) -> dict[str, Any]:
    message = entry.response
    content: dict[str, Any] = {"size": message.size, "mimeType": message.media_type or "x-unknown"}
    if message.body:
        try:
            message.body.decode()
        except UnicodeDecodeError:
            content |= {"text": base64.b64encode(message.body).decode(), "encoding": "base64"}
        else:
            content["text"] = entry.body_text(message)
        if message.truncated:
            content["comment"] = f"only {len(message.body)} of {message.size} bytes are kept"
    found: dict[str, Any] = {
        "status": entry.status,
        "statusText": reason(entry.status),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(entry, message),
        "content": content,
        "redirectURL": message.header("location") or "",
        "headersSize": UNKNOWN,
        "bodySize": message.size,
    }
    if entry.dropped:
        found["_error"] = "the connection was dropped by a fault"
    return found


def _headers(entry: Entry, message: Message) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in entry.clean_headers(message)]


def _encoded(query: str) -> str:
    return quote(query, safe="=&+%/:@!$'()*,;?~-._[]")
