"""A small document, and its traffic as four tools write it down."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

BASE = "https://api.example.com/v1"
TOKEN = "tok-9f8e7d6c5b4a"
PET = {
    "type": "object",
    "required": ["id", "name"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": "string"},
        "born": {"type": "string", "format": "date-time"},
    },
}


def _json(schema: Any) -> dict[str, Any]:
    return {"description": "ok", "content": {"application/json": {"schema": schema}}}


_REF = {"$ref": "#/components/schemas/Pet"}
_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
_NO = {"401": {"description": "no"}, "404": {"description": "no"}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Shelter", "version": "1"},
    "servers": [{"url": BASE}],
    "security": [{"bearer": []}],
    "paths": {
        "/pets": {
            "get": {
                "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}}],
                "responses": {"200": _json({"type": "array", "items": _REF}), **_NO},
            },
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
                            }
                        }
                    },
                },
                "responses": {"201": _json(_REF), "422": {"description": "no"}, **_NO},
            },
        },
        "/pets/{id}": {
            "get": {"parameters": [_ID], "responses": {"200": _json(_REF), **_NO}},
            "delete": {"parameters": [_ID], "responses": {"204": {"description": "gone"}, **_NO}},
        },
        "/health": {"get": {"security": [], "responses": {"200": _json({"type": "object"})}}},
    },
    "components": {
        "schemas": {"Pet": PET},
        "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
    },
}

Pairs = list[dict[str, str]]


def pairs(**named: str) -> Pairs:
    return [{"name": name.replace("_", "-"), "value": value} for name, value in named.items()]


def entry(
    method: str, path: str, status: int = 200, answer: Any = None, *, body: Any = None, token: str = TOKEN,
    base: str = BASE, form: str = "chrome", **more: str,
) -> dict[str, Any]:  # fmt: skip
    """Return one entry of a HAR as a tool writes it: `chrome`, `firefox`, `playwright` or `mitmproxy`."""
    sent = {"Authorization": f"Bearer {token}"} if token else {}
    if body is not None:
        sent["Content-Type"] = "application/json"
    request: dict[str, Any] = {
        "method": method, "url": base + path, "httpVersion": "HTTP/1.1", "cookies": [], "queryString": [],
        "headers": [{"name": name, "value": value} for name, value in {**sent, **more}.items()],
        "headersSize": -1, "bodySize": len(json.dumps(body)) if body is not None else 0,
    }  # fmt: skip
    if form == "chrome":
        request["headers"] += [{"name": ":authority", "value": "api.example.com"}]
    if body is not None:
        request["postData"] = {"mimeType": "application/json", "text": json.dumps(body)}
        if form in ("playwright", "mitmproxy"):
            request["postData"]["params"] = []
    text = "" if answer is None else answer if isinstance(answer, str) else json.dumps(answer)
    kind = "application/json" if answer is not None else "x-unknown"
    content: dict[str, Any] = {"size": len(text), "mimeType": kind}
    headers = pairs(Content_Type="application/json") if answer is not None else []
    if form == "chrome" and text:
        headers += pairs(content_encoding="br")  # the text is decoded all the same
        content["text"] = text
    elif form == "firefox" and text:
        content |= {"text": base64.b64encode(text.encode()).decode(), "encoding": "base64"}
    elif form == "mitmproxy" and text:
        headers += pairs(content_encoding="gzip")
        packed = gzip.compress(text.encode())
        content |= {"text": base64.b64encode(packed).decode(), "encoding": "base64", "compression": 1}
    elif text:
        content |= {"text": text, "size": -1}
    return {
        "startedDateTime": "2026-01-31T09:00:00.000Z", "time": 12.5, "cache": {}, "timings": {}, "request": request,
        "response": {
            "status": status, "statusText": "", "httpVersion": "h2", "cookies": [], "headers": headers,
            "redirectURL": "", "headersSize": -1, "bodySize": -1 if text else 0, "content": content,
            **({"_transferSize": 1, "_error": None} if form == "chrome" else {}),
        },
    }  # fmt: skip


def har(*entries: Any) -> dict[str, Any]:
    return {"log": {"version": "1.2", "creator": {"name": "a test", "version": "1"}, "entries": list(entries)}}
