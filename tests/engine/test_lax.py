"""Requests of a pack in lax mode are read as a real FastAPI application with pydantic 2 reads them: a table of both.

Each value is sent to both in each place; what one takes the other takes, as the same value. A document of no such pack
is held to its schema.
"""

import asyncio
import json
from collections.abc import Iterator
from datetime import date, datetime
from enum import IntEnum
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI, Form, Header, Query
from pydantic import BaseModel, EmailStr, create_model

from specdouble.mock.pipeline.call import Call
from specdouble.mock.pipeline.call import Request as Asked
from specdouble.mock.pipeline.checking.addresses import AddressError, normal
from specdouble.mock.pipeline.checking.checker import Checker
from specdouble.mock.pipeline.operation import Bound
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.world import World
from specdouble.openapi.operations import operations
from specdouble.openapi.validation.compiled import Schemas
from tests.pack import Options


class Level(IntEnum):
    low = 1
    high = 2


class Inner(BaseModel):
    count: int = 0
    mail: EmailStr | None = None


KINDS: dict[str, Any] = {
    "integer": int,
    "number": float,
    "boolean": bool,
    "string": str,
    "email": EmailStr,
    "maybe": int | None,
    "either": int | bool,
    "mixed": int | str,
    "whole_or_part": int | float,
    "integers": list[int],
    "choice": Literal["a", "b"],
    "level": Level,
    "uuid": UUID,
    "moment": datetime,
    "day": date,
}  # fmt: skip
COMPLEX: dict[str, Any] = {"inner": Inner, "inners": list[Inner], "by_name": dict[str, bool], "one_of": Inner | bool}
VALUES: list[Any] = [
    None, True, False, 0, 1, 2, -1, 1.0, 0.0, 1.5, 1e3, 10**15, "", " ", "0", "1", "2", "10", "+10", "-10", " 10 ",
    "010",
    "1_000", "_1", "1__0", "10.0", "10.", "1.5", ".5", "1e3", "1,5", "0x10", "\u0663", "true", "True", "TRUE",
    " true", "false", "f", "t",
    "y", "N", "yes", "no", "on", "Off", "null", "None", "abc", "a", "b", "A", "a@b", " Ada@Example.COM ",
    "a@example.com",
    "Ada <a@example.com>", "a@example.test", "\u00fc@ex\u00e4mple.com", [], [1], ["1", 2.0], ["x"], {},
    {"count": "3"},
    {"count": "x"}, {"mail": " A@EXAMPLE.com "}, {"mail": "a@b"}, {"x": "on"}, [{"count": "4"}, {}],
    "5f3c1a52-0d7b-4a8e-9a50-2f6f0f5d3c11", "5F3C1A520D7B4A8E9A502F6F0F5D3C11", "2024-01-02", "2024-01-02T00:00:00",
    "2024-01-02T03:04:05Z", "2024-01-02 03:04", "2024-01-02T03:04:05.25+02:00", "2024-13-02", "1700000000",
    1700000000,
    "20240102", "2024-1-2",
]  # fmt: skip


def application() -> FastAPI:
    """Return a real application with an operation for each kind of value and place; each returns what it read."""
    app = FastAPI()
    for kind, of in {**KINDS, **COMPLEX}.items():
        model: Any = create_model(f"Body_{kind}", value=(of, ...))
        _add(app, kind, of, model)
    return app


def _add(app: FastAPI, kind: str, of: Any, model: Any) -> None:
    @app.post(f"/json/{kind}")
    def in_json(body: model) -> Any:  # type: ignore[valid-type]
        return {"value": body.value}  # type: ignore[attr-defined]

    if kind in COMPLEX:
        return

    @app.get(f"/query/{kind}")
    def in_query(value: Annotated[of, Query()]) -> Any:  # type: ignore[valid-type]
        return {"value": value}

    @app.get(f"/header/{kind}")
    def in_header(value: Annotated[of, Header(alias="x-value")]) -> Any:  # type: ignore[valid-type]
        return {"value": value}

    @app.post(f"/form/{kind}")
    def in_form(value: Annotated[of, Form()]) -> Any:  # type: ignore[valid-type]
        return {"value": value}

    if kind != "integers":

        @app.get(f"/path/{kind}/{{value}}")
        def in_path(value: of) -> Any:  # type: ignore[valid-type]
            return {"value": value}


APP = application()
DOCUMENT = APP.openapi()


class Sent:
    """One request of the table."""

    def __init__(self, place: str, kind: str, value: Any) -> None:
        self.place, self.kind, self.value = place, kind, value
        self.method = "POST" if place in ("json", "form") else "GET"
        self.path = f"/{place}/{kind}"
        self.query = urlencode({"value": value}) if place == "query" else ""
        self.params = {"value": value} if place == "path" else {}
        self.key = f"{self.method} {self.path}" + ("/{value}" if place == "path" else "")
        self.headers: dict[str, str] = {"x-value": value} if place == "header" else {}
        self.body = b""
        if place == "path":
            self.path += f"/{quote(value, safe='')}"
        if place == "json":
            self.headers["content-type"] = "application/json"
            self.body = json.dumps({"value": value}).encode()
        if place == "form":
            self.headers["content-type"] = "application/x-www-form-urlencoded"
            self.body = urlencode({"value": value}).encode()

    def __str__(self) -> str:
        return f"{self.place} {self.kind} {self.value!r}"


def table() -> Iterator[Sent]:
    """Yield every value in every place that can hold it."""
    for kind in (*KINDS, *COMPLEX):
        for value in VALUES:
            yield Sent("json", kind, value)
            if kind in COMPLEX or not isinstance(value, str):
                continue
            yield Sent("query", kind, value)
            yield Sent("form", kind, value)
            if value and kind != "integers":
                yield Sent("path", kind, value)
            if value.isascii() and value == value.strip() and kind != "integers":  # which is no list there: see OpenAPI
                yield Sent("header", kind, value)


async def ask_all(sent: list[Sent]) -> list[tuple[int, Any]]:
    """Return what the real application says to each: the status, and the value that it read."""
    found = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(APP), base_url="http://real") as client:
        for one in sent:
            url = one.path + (f"?{one.query}" if one.query else "")
            reply = await client.request(one.method, url, headers=one.headers, content=one.body)
            found.append((reply.status_code, reply.json().get("value")))
    return found


BOUND: dict[tuple[str, bool], Bound] = {}
SCHEMAS = Schemas(DOCUMENT)
WORLD = World(Options(), (), {})


def bound(key: str, lax: bool) -> Bound:
    """Return an operation of the same document in the engine."""
    if not BOUND:
        for mode in (True, False):
            for spec in operations(DOCUMENT):
                BOUND[spec.key, mode] = made = Bound(spec)
                made.checker = Checker(spec, SCHEMAS, mode)
    return BOUND[key, lax]


def ours(sent: Sent, lax: bool = True) -> tuple[int, Any]:
    """Return what the engine says: the status, and the value that it read (None of a header, which is only checked)."""
    op = bound(sent.key, lax)
    call = Call(op, WORLD, Asked(sent.method, sent.path, sent.query, sent.headers, sent.body), dict(sent.params))
    try:
        op.checker.request(call)
    except Problem as problem:
        return problem.status, None
    read = {"json": call.body, "form": call.body, "query": call.query, "path": call.params}.get(sent.place)
    return 200, read["value"] if read is not None else None


def differs(sent: Sent, real: tuple[int, Any], mine: tuple[int, Any]) -> bool:
    """Whether two readings of a request differ in what a caller sees."""
    if real[0] != mine[0] or real[0] != 200 or sent.place == "header":
        return real[0] != mine[0]
    return meaning(sent, real[1]) != meaning(sent, mine[1])


def meaning(sent: Sent, value: Any) -> Any:
    """Return what is compared: moments in UTC and defaults left out, for handlers fill those in; else the value."""
    if sent.kind == "moment":
        return datetime.fromisoformat(value).replace(tzinfo=None) - (
            datetime.fromisoformat(value).utcoffset() or datetime.min - datetime.min
        )
    if isinstance(value, dict) and sent.kind in COMPLEX:
        if sent.kind == "by_name":
            return value
        return {name: one for name, one in value.items() if name in Inner.model_fields and one not in (None, 0)}
    if isinstance(value, list):
        return [meaning(sent, one) for one in value]
    return (type(value) is bool, value)


def test_every_value_in_every_place_is_read_as_by_the_real_application() -> None:
    sent = list(table())
    real = asyncio.run(ask_all(sent))
    assert len(sent) > 3000
    wrong = [
        f"{one}: {it}, not {mine}" for one, it in zip(sent, real, strict=True) if differs(one, it, mine := ours(one))
    ]
    assert not wrong, "\n".join([f"{len(wrong)} of {len(sent)}", *wrong])


JSON = "application/json"
GOOD = '{"value": 1}'
TEXTS: list[tuple[bytes, str | None]] = [
    *((GOOD.encode(), kind) for kind in (
        JSON, "application/json; charset=utf-8", "application/json;charset=latin-1", "APPLICATION/JSON",
        "Application/Json ; x=y",
        "application/problem+json", "application/vnd.api+json", "text/json", "text/plain", "application/x-json",
        "application/jsonp",
        "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json", "x/json", "image/svg+json",
        "*/*",
    )),
    *((text, JSON) for text in (
        b"\xef\xbb\xbf" + GOOD.encode(), GOOD.encode("utf-16"), GOOD.encode("utf-16-le"), GOOD.encode("utf-32"),
        b"\xff\xfe",
        b" \n" + GOOD.encode() + b"\t", GOOD.encode() * 2, b"", b" ", b"null", b"1", b'"x"', b"[]", b'{"value": 1,}',
        b"{'value': 1}",
        b'{"value": 1, "value": 2}', b'{"value": "\xff"}', b'{"value": 01}',
        b'{"value": ' + b"9" * 5000 + b"}", b'{"value": "' + b"9" * 5000 + b'"}', b'{"value": -' + b"0" * 5000 + b"}",
    )),
]  # fmt: skip
# What is refused otherwise: a number beyond 64 bits, and text that is no UTF-8 (400 with the real one).
STRICTER = {b'{"value": ' + b"9" * 5000 + b"}", b'{"value": "\xff"}'}
# What breaks the real application (500): its refusal repeats the value, which cannot be written.
BREAKING = [b'{"value": "\\ud800"}', b'{"value": 1e400}', b'{"value": NaN}']


def test_every_way_to_send_json_is_read_as_by_the_real_application() -> None:
    sent = []
    for text, kind in TEXTS:
        one = Sent("json", "integer", None)
        one.body = text
        one.headers = {} if kind is None else {"content-type": kind}
        sent.append(one)
    real = asyncio.run(ask_all(sent))
    wrong = [
        f"{one.body[:40]!r} {one.headers}: {it}, not {mine}"
        for one, it in zip(sent, real, strict=True)
        if one.body not in STRICTER and differs(one, it, mine := ours(one))
    ]
    assert not wrong, "\n".join(wrong)
    assert all(ours(one)[0] == 422 for one in sent if one.body in STRICTER)


@pytest.mark.parametrize("kind", ["string", "number", "integer"])
@pytest.mark.parametrize("body", BREAKING)
def test_what_json_cannot_say_is_refused(kind: str, body: bytes) -> None:
    sent = Sent("json", kind, None)
    sent.body = body
    assert ours(sent)[0] == 422


def test_json_without_a_content_type_is_taken() -> None:
    """FastAPI took it until 0.131 and refuses it since, unless told otherwise; clients of older servers rely on it."""
    sent = Sent("json", "integer", "10")
    sent.headers = {}
    assert ours(sent) == (200, 10)


ADDRESSES = [
    "a@b", "a@b.c", "  a@b.co ", "A.B@EXAMPLE.com", "a@b.test", "a@localhost", "x@a.local", "a@example.com", "a@b..c",
    "a.@b.co", ".a@b.co", "a..b@b.co", "a b@c.de", "a@@b.co", "@b.co", "a@", "a@b.co.", "a@-b.co", "a@b-.co",
    "a@b_c.co",
    "a@1.2.3.4", "a@[1.2.3.4]", '"a b"@c.de', "Ada <ada@example.com>", '"Ada L" <ada@example.com>',
    "<ada@example.com>",
    "Ada L. <ada@example.com>", "<a@b.co", "\u00fc@b.co", "a@ex\u00e4mple.com", "a@xn--exmple-cua.com",
    "a@EX\u00c4MPLE.com",
    "x" * 64 + "@b.co", "x" * 65 + "@b.co", "x" * 250 + "@b.co", "a@" + "b" * 63 + ".co", "a@" + "b" * 64 + ".co",
    "a@" + ".".join(["b" * 60] * 4) + ".co", "a@b.co\n", "a\t@b.co", "a\0@b.co", "a+tag@b.co", "a'b@b.co", "a@b.c0",
    "a@b.0c",
    "a@ab--c.co", "user@\u4f8b\u3048.jp", "a@b\u3002co", "u\u0308@b.co", "", "a", "a@b.co, c@d.co", "a@b.example",
    "a@b.arpa",
    "a@b.onion", "Ada ada@example.com", "a(b)@c.de", "a@b.co(x)", "a;b@c.de", "a@ b.co", "a @b.co", "\U0001f600@b.co",
    "a@\U0001f600.co", "a@b.corp", "a@b.C", "a%b@c.de", "a/b@c.de", "a@b.12", "a@a.b.c.d.e", " ", "a@\u200bb.co",
    "\u200ba@b.co", "a\u00a0b@c.de", "x" * 3000, " " * 3000 + "<",
]  # fmt: skip


def test_addresses_are_those_of_email_str_in_its_normal_form() -> None:
    from pydantic.networks import validate_email
    from pydantic_core import PydanticCustomError

    def real(text: str) -> str | None:
        try:
            return validate_email(text)[1]
        except PydanticCustomError:
            return None

    def mine(text: str) -> str | None:
        try:
            return normal(text)
        except AddressError:
            return None

    assert [(one, mine(one)) for one in ADDRESSES] == [(one, real(one)) for one in ADDRESSES]


@pytest.mark.parametrize(
    ("place", "kind", "value"),
    [
        ("json", "integer", "10"), ("json", "boolean", "false"), ("json", "boolean", 0), ("json", "integer", True),
        ("query", "boolean", "on"), ("query", "boolean", "1"), ("query", "boolean", "True"),
        ("query", "integer", "1_000"),
        ("query", "integer", " 10"), ("query", "integer", "10.0"), ("query", "number", " 1.5"),
        ("path", "boolean", "yes"), ("header", "integer", "10.0"), ("header", "boolean", "off"),
        ("form", "boolean", "on"),
        ("form", "integer", "1.0"), ("json", "email", " a@b.co"),
    ],
)  # fmt: skip
def test_a_document_alone_is_held_to_its_schema(place: str, kind: str, value: Any) -> None:
    assert ours(Sent(place, kind, value))[0] == 200
    assert ours(Sent(place, kind, value), lax=False) == (422, None)


@pytest.mark.parametrize(
    ("place", "kind", "value", "read"),
    [
        ("json", "integer", 1.0, 1), ("json", "email", "a@b", "a@b"), ("query", "boolean", "true", True),
        ("query", "either", "10", 10), ("query", "either", "false", False), ("json", "whole_or_part", 1.5, 1.5),
    ],
)  # fmt: skip
def test_and_to_no_more_than_that(place: str, kind: str, value: Any, read: Any) -> None:
    assert ours(Sent(place, kind, value), lax=False) == (200, read)
