"""Parameters and bodies of every form arrive in their types, or are refused with their place."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.mock.pipeline.call import Call, Request
from specdouble.mock.pipeline.checking.checker import Checker
from specdouble.mock.pipeline.operation import Bound
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.world import World
from specdouble.openapi.bodies import File
from specdouble.openapi.operations import operations
from specdouble.openapi.validation.compiled import Schemas
from tests.pack import Options

FILTER = {"type": "object", "properties": {"age": {"type": "integer", "minimum": 0}}, "additionalProperties": False}
NUMBERS = {"type": "array", "items": {"type": "integer"}}
PARAMETERS: list[dict[str, Any]] = [
    {"name": "ids", "in": "path", "required": True, "schema": NUMBERS},
    {"name": "filter", "in": "query", "style": "deepObject", "explode": True, "schema": FILTER},
    {"name": "piped", "in": "query", "style": "pipeDelimited", "schema": NUMBERS},
    {"name": "json", "in": "query", "content": {"application/json": {"schema": FILTER}}},
    {"name": "plain", "in": "query", "schema": {"type": "integer", "default": 5}},
    {"name": "X-Count", "in": "header", "required": True, "schema": {"type": "integer", "maximum": 9}},
    {"name": "mode", "in": "cookie", "schema": {"enum": ["a", "b"]}},
]
PET = {"type": "object", "properties": {"age": {"type": "integer"}, "photo": {"type": "string", "format": "binary"}}}
KINDS = ("application/x-www-form-urlencoded", "multipart/form-data", "application/xml", "application/json")
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "paths": {
        "/things/{ids}": {
            "post": {
                "parameters": PARAMETERS,
                "requestBody": {
                    "content": {
                        **{kind: {"schema": PET} for kind in KINDS},
                        "text/plain": {"schema": {"type": "integer"}},
                    }
                },
                "responses": {"200": {"description": "Fine"}},
            }
        }
    },
}


def read(ids: str = "1,2", query: str = "", body: bytes = b"", **headers: str) -> Call:
    spec = operations(DOCUMENT)[0]
    op = Bound(spec)
    op.checker = Checker(spec, Schemas(DOCUMENT))
    sent = {"x-count": "3", **{name.replace("_", "-"): value for name, value in headers.items()}}
    call = Call(op, World(Options(), (), {}), Request("POST", f"/things/{ids}", query, sent, body), {"ids": ids})
    op.checker.request(call)
    return call


def refused(**request: Any) -> list[list[str | int]]:
    with pytest.raises(Problem) as caught:
        read(**request)
    assert caught.value.status == 422
    return [one["loc"] for one in caught.value.detail]


def test_parameters_arrive_in_their_types() -> None:
    call = read("1,2", "filter[age]=3&piped=4|5&json=%7B%22age%22:1%7D&plain=6", cookie="x=1; mode=b")

    assert call.params == {"ids": [1, 2]}
    assert call.query == {"filter": {"age": 3}, "piped": [4, 5], "json": {"age": 1}, "plain": 6}


def test_parameters_that_are_not_sent_have_their_default_or_none() -> None:
    assert read().query == {"filter": None, "piped": None, "json": None, "plain": 5}


@pytest.mark.parametrize(
    ("request_", "places"),
    [
        ({"ids": "1,x"}, [["path", "ids", 1]]),
        ({"query": "filter[age]=-1"}, [["query", "filter", "age"]]),
        ({"query": "filter[other]=1"}, [["query", "filter", "other"]]),
        ({"query": "filter[age]=1&filter=2"}, [["query", "filter"]]),
        ({"query": "piped=1|x"}, [["query", "piped", 1]]),
        ({"query": "json={"}, [["query", "json"]]),
        ({"x_count": "10"}, [["header", "X-Count"]]),
        ({"x_count": "many"}, [["header", "X-Count"]]),
        ({"cookie": "mode=c"}, [["cookie", "mode"]]),
        ({"query": "plain=x", "cookie": "mode=c"}, [["query", "plain"], ["cookie", "mode"]]),
    ],
)
def test_wrong_parameters_are_refused_with_their_place(request_: dict[str, Any], places: list[Any]) -> None:
    assert refused(**request_) == places


def test_a_header_that_is_asked_for_must_be_sent() -> None:
    spec = operations(DOCUMENT)[0]
    op = Bound(spec)
    op.checker = Checker(spec, Schemas(DOCUMENT))
    call = Call(op, World(Options(), (), {}), Request("POST", "/things/1", "", {}, b""), {"ids": "1"})

    with pytest.raises(Problem, match="Field required"):
        op.checker.request(call)


MULTIPART = (
    b'--B\r\nContent-Disposition: form-data; name="age"\r\n\r\n%s\r\n'
    b'--B\r\nContent-Disposition: form-data; name="photo"; filename="a.png"\r\n'
    b"Content-Type: image/png\r\n\r\n\xff\r\n--B--"
)


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        (KINDS[0], b"age=3", {"age": 3}),
        ("multipart/form-data; boundary=B", MULTIPART % b"3", {"age": 3, "photo": File(b"\xff", "a.png", "image/png")}),
        (KINDS[2], b"<pet><age>3</age></pet>", {"age": 3}),
        (KINDS[3], b'{"age": 3}', {"age": 3}),
        ("text/plain; charset=utf-8", b"3", 3),
    ],
)
def test_bodies_arrive_in_their_types(kind: str, body: bytes, expected: Any) -> None:
    assert read(body=body, content_type=kind).body == expected


@pytest.mark.parametrize(
    ("kind", "body", "places"),
    [
        (KINDS[0], b"age=x", [["body", "age"]]),
        (KINDS[0], b"age=%FF", [["body", "age"]]),
        ("multipart/form-data; boundary=B", MULTIPART % b"x", [["body", "age"]]),
        ("multipart/form-data", MULTIPART, [["body"]]),
        (KINDS[2], b"<pet><age>x</age></pet>", [["body", "age"]]),
        (KINDS[2], b"<pet>", [["body", 1, 5]]),
        ("text/plain", b"x", [["body"]]),
        ("image/png", b"x", [["body"]]),
    ],
)
def test_wrong_bodies_are_refused_with_their_place(kind: str, body: bytes, places: list[Any]) -> None:
    assert refused(body=body, content_type=kind) == places
