"""Hostile requests against every operation: broken bodies, numbers beyond 64 bits, NUL, bytes that are no text.

Each is answered with a status that the document declares, a refusal leaves no trace, and the service goes on. What
happens on sockets (sizes, slow and cut-off requests) is in tests/engine/test_server.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import orjson
import pytest

from specdouble.openapi import Operation
from tests.fuzz.target import OPERATIONS, Headers, Target, target

JSON = "application/json"
DEEP = 100_000
WITH_BODY = [(name, one) for name, one in OPERATIONS if one.body]
WITH_JSON = [(name, one) for name, one in WITH_BODY if JSON in one.body.content]

BODIES = {
    "nothing": b"",
    "blank": b" \n",
    "an open object": b"{",
    "an extra brace": b"{}}",
    "a trailing comma": b'{"a": 1,}',
    "single quotes": b"{'a': 1}",
    "a cut word": b"nul",
    "null": b"null",
    "a text": b'"text"',
    "a number": b"1",
    "a list": b"[]",
    "not a number": b'{"a": NaN}',
    "infinity": b"Infinity",
    "bytes that are no text": b"\xff\xfe\x00",
    "no text in a text": b'{"a": "\xff"}',
    "no text in a key": b'{"\xc3": 1}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "NUL": b"\0",
    "NUL in a key": b'{"\\u0000": 1}',
    "half a surrogate pair": b'{"a": "\\ud800"}',
    "a hundred thousand lists": b"[" * DEEP,
    "a hundred thousand closed lists": b"[" * DEEP + b"]" * DEEP,
    "a hundred thousand objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "a key a thousand times": b"{" + b'"a":1,' * 1000 + b'"a":2}',
}
VALUES = {
    "2**63": b"9223372036854775808",
    "2**64": b"18446744073709551616",
    "-2**63 - 1": b"-9223372036854775809",
    "a thousand digits": b"9" * 1000,
    "1e999": b"1e999",
    "-1e999": b"-1e999",
    "2**63 as a float": b"9.3e18",
    "minus zero": b"-0.0",
    "NUL": b'"a\\u0000b"',
    "NUL in a key": b'{"\\u0000": 1}',
    "half a surrogate pair": b'"\\ud800"',
    "no text": b'"\xff"',
    "300 lists": b"[" * 300 + b"]" * 300,
    "199 objects": b'{"a":' * 199 + b"1" + b"}" * 199,
    "a long text": b'"' + b"x" * 300_000 + b'"',
    "null": b"null",
    "an empty text": b'""',
    "false": b"false",
    "an empty object": b"{}",
}
NO_JSON = {
    "an open object", "an extra brace", "a trailing comma", "single quotes", "a cut word", "not a number", "infinity",
    "bytes that are no text", "no text in a text", "no text in a key", "NUL", "half a surrogate pair",
    "a hundred thousand lists", "a hundred thousand closed lists", "a hundred thousand objects",
}  # fmt: skip
NEVER_TAKEN = {"NUL", "NUL in a key", "half a surrogate pair", "no text", "300 lists", "1e999", "a thousand digits"}
TAKES_ANYTHING = {"POST /v1/webhooks/gmail"}  # rule W04
FORMS = ["application/x-www-form-urlencoded", "multipart/form-data"]
TYPES = [*FORMS, "text/plain", "application/xml", "x", "", "a/b/c; =", "é"]
PARAMETERS = {
    "no text": "%FF",
    "half a text": "%C3",
    "NUL": "a%00b",
    "2**63": "9223372036854775808",
    "a thousand digits": "9" * 1000,
    "minus": "-1",
    "not a number": "NaN",
    "other digits": quote("٣"),
    "half a surrogate pair": "%ED%A0%80",
    "dots": "..%2F..%2Fetc",
    "a long text": "x" * 5000,
    "nothing": "",
}

HEADERS = ("Authorization", "X-Api-Key", "X-Service-Token", "X-Acting-User", "Last-Event-ID", "X-Ext-Id")
HEADER_VALUES = {"no text": "\xff\xfe", "other letters": "Bearer é", "a long text": "x" * 9000, "nothing": ""}


class Sender:
    """Sends hostile requests to one operation and looks after the world."""

    def __init__(self, document: str, operation: Operation) -> None:
        self.aim: Target = target(strict=True)
        self.operation = operation
        live = self.aim.meet(document, operation)
        self.client = self.aim.app(document).test_client()
        self.path = {name: quote(str(value), safe="/") for name, value in live.path.items()}
        self.query, self.listed, self.body = live.query, live.listed, live.body
        self.headers: Headers = self.aim.ways(operation, live.path, live)[0]
        self.first = self.send("the first request", self.good())

    def good(self) -> bytes | None:
        """The body that is meant to be taken."""
        return orjson.dumps([self.body] if self.listed else self.body) if self.body else None

    def fields(self) -> Iterator[tuple[str, bytes, bytes]]:
        """Yield every field of the body, and one more, with the bytes before and behind its value."""
        for name in (*self.body, "undeclared"):
            body = self.body | {name: "@gap@"}
            head, tail = orjson.dumps([body] if self.listed else body).split(b'"@gap@"')
            yield name, head, tail

    def send(self, what: str, body: bytes | None = None, content_type: str | None = JSON, **changed: Any) -> int:
        """Send one request; returns its status after judging the answer. ``path`` and ``query`` are percent-encoded."""
        self.aim.restore()
        state = self.aim.platform.world.state
        path = re.sub(r"\{(\w+)\}", lambda found: (self.path | changed.get("path", {}))[found[1]], self.operation.path)
        query = changed.get("query") or urlencode(self.query)
        headers = self.headers | changed.get("headers", {})
        raw = {"PATH_INFO": unquoted(path), "QUERY_STRING": query}
        if content_type is not None and body is not None:
            raw["CONTENT_TYPE"] = content_type
        answer = self.client.open("/", method=self.operation.method, data=body, headers=headers, environ_overrides=raw)
        status = answer.status_code
        shown = f"{what}: {status} {b'' if answer.mimetype == 'text/event-stream' else answer.data[:300]!r}"
        answer.close()
        declared = self.operation.responses
        assert status < 500, shown
        assert status in declared or 0 in declared or self.unrouted(status, path), f"{shown} is not declared"
        if status >= 400:
            assert state.snapshot() == self.aim.kept, f"{shown} and changed the world"
        return status

    def unrouted(self, status: int, path: str) -> bool:
        """Whether the path, as it was made hostile, is none of the operation's: then nobody declared anything."""
        template = re.sub(r"\{(\w+)\}", lambda found: ".+" if found[1] == "path" else "[^/]+", self.operation.path)
        return status in (307, 404, 405) and not re.fullmatch(template, unquoted(path), re.DOTALL)

    def goes_on(self) -> None:
        """The next good request is answered as the first was."""
        assert self.send("the next request", self.good()) == self.first


def unquoted(path: str) -> str:
    """Decode percent signs into bytes, each of which WSGI writes as one character."""
    return re.sub("%([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), path)


def label(value: Any) -> str:
    return value.key if isinstance(value, Operation) else str(value)


@pytest.mark.parametrize(("document", "operation"), WITH_JSON, ids=label)
def test_a_broken_body(document: str, operation: Operation) -> None:
    sender = Sender(document, operation)
    for what, body in BODIES.items():
        status = sender.send(what, body)
        assert status >= 400 or what not in NO_JSON or operation.key in TAKES_ANYTHING, f"{what}: {status}"
    sender.goes_on()


@pytest.mark.parametrize(("document", "operation"), WITH_JSON, ids=label)
def test_a_hostile_value_in_every_field(document: str, operation: Operation) -> None:
    sender = Sender(document, operation)
    for name, head, tail in sender.fields():
        for what, value in VALUES.items():
            status = sender.send(f"{name}: {what}", head + value + tail)
            assert status >= 400 or what not in NEVER_TAKEN or operation.key in TAKES_ANYTHING, (
                f"{name}: {what}: {status}"
            )
    sender.goes_on()


@pytest.mark.parametrize(("document", "operation"), WITH_BODY, ids=label)
def test_another_content_type(document: str, operation: Operation) -> None:
    sender = Sender(document, operation)
    body = sender.good() or b"{}"
    for content_type in TYPES:
        sender.send(content_type, body, content_type)
        sender.send(f"{content_type} with nothing in it", b"", content_type)
        sender.send(f"{content_type} with bytes", b"\xff\0\r\n--", f"{content_type}; boundary=é\xff; charset=utf-9")
    sender.goes_on()


@pytest.mark.parametrize(("document", "operation"), OPERATIONS, ids=label)
def test_a_hostile_path_query_and_header(document: str, operation: Operation) -> None:
    sender = Sender(document, operation)
    body = sender.good()
    for what, text in PARAMETERS.items():
        for one in operation.parameters:
            if one.location == "path":
                sender.send(f"{one.name}: {what}", body, path={one.name: text})
            elif one.location == "query":
                rest = {name: value for name, value in sender.query.items() if name != one.name}
                sender.send(f"{one.name}: {what}", body, query=f"{urlencode(rest)}&{one.name}={text}")
        sender.send(
            f"an undeclared parameter: {what}", body, query=f"{urlencode(sender.query)}&undeclared={text}&{text}&="
        )
    for name in dict.fromkeys((*sender.headers, *HEADERS)):
        for what, header in HEADER_VALUES.items():
            sender.send(f"{name}: {what}", body, headers={name: header})
    sender.goes_on()
