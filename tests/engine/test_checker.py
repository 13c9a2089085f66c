"""Wrong requests are refused in FastAPI's words, right ones arrive in their types, answers are held to theirs."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from specdouble.mock.pipeline.call import Call, Request
from specdouble.mock.pipeline.checking.checker import Checker
from specdouble.mock.pipeline.operation import Bound
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.world import World
from specdouble.openapi.operations import operations
from specdouble.openapi.validation.compiled import Schemas
from tests.conftest import Client
from tests.pack import Options

PARAMETERS: list[dict[str, Any]] = [
    {"name": "number", "in": "path", "required": True, "schema": {"type": "integer"}},
    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 200, "default": 20}},
    {"name": "ratio", "in": "query", "schema": {"anyOf": [{"type": "number"}, {"type": "null"}]}},
    {"name": "active", "in": "query", "schema": {"type": "boolean"}},
    {"name": "sort", "in": "query", "schema": {"enum": ["new", "old"], "type": "string"}},
    {"name": "tag", "in": "query", "schema": {"type": "array", "items": {"type": "string", "maxLength": 3}}},
    {"name": "q", "in": "query", "schema": {"type": "string"}},
    {"name": "day", "in": "query", "schema": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}},
]
PROPERTIES: dict[str, Any] = {
    "name": {"type": "string", "minLength": 1, "maxLength": 3},
    "email": {"type": "string", "format": "email"},
    "code": {"type": "string", "pattern": "^a+$"},
    "count": {"type": "integer", "minimum": 1, "maximum": 9},
    "size": {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 9},
    "big": {"type": "integer"},
    "ratio": {"type": "number"},
    "on": {"type": "boolean"},
    "kind": {"enum": ["x", "y", "z"]},
    "one": {"const": "q"},
    "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 2},
    "extra": {"type": "object"},
    "note": {"anyOf": [{"type": "string", "maxLength": 5}, {"type": "null"}]},
    "part": {"$ref": "#/components/schemas/Part"},
    "when": {"type": "string", "format": "date-time"},
}
THING = {"$ref": "#/components/schemas/Thing"}
DOCUMENT: dict[str, Any] = {
    "paths": {
        "/things/{number}": {
            "post": {
                "parameters": PARAMETERS,
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
                },
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Part"}}}},
                    "204": {},
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Thing": {"type": "object", "required": ["name"], "properties": PROPERTIES},
            "Part": {
                "type": "object",
                "required": ["id"],
                "properties": {"id": {"type": "string"}},
                "additionalProperties": False,
            },
        }
    },
}
GOOD = b'{"name": "a"}'
JSON = "application/json"


@pytest.fixture(scope="module")
def op() -> Bound:
    spec = operations(DOCUMENT)[0]
    bound = Bound(spec)
    bound.checker = Checker(spec, Schemas(DOCUMENT))
    return bound


def read(
    op: Bound, *, number: str = "1", query: str = "", body: bytes = GOOD, sent_as: str | None = "application/json"
) -> Call:
    """Check a request and return its call."""
    headers = {} if sent_as is None else {"content-type": sent_as}
    request = Request("POST", f"/things/{number}", query, headers, body)
    call = Call(op, World(Options(), (), {}), request, {"number": number})
    op.checker.request(call)
    return call


def errors(op: Bound, **request: Any) -> list[tuple[list[str | int], str, str]]:
    """Check a request that must be refused with 422 and return what is said about it."""
    with pytest.raises(Problem) as refused:
        read(op, **request)
    assert refused.value.status == 422
    detail = refused.value.detail
    assert all(sorted(one) == ["loc", "msg", "type"] for one in detail)
    return [(one["loc"], one["msg"], one["type"]) for one in detail]


INT = "Input should be a valid integer, unable to parse string as an integer"
NUMBER = "Input should be a valid number, unable to parse string as a number"
BOOLEAN = "Input should be a valid boolean, unable to interpret input"
FRACTION = "Input should be a valid integer, got a number with a fractional part"
WRONG_BODIES = [
    ({}, ["body", "name"], "Field required", "missing"),
    ([], ["body"], "Input should be a valid dictionary or object to extract fields from", "model_attributes_type"),
    ({"name": 5}, ["body", "name"], "Input should be a valid string", "string_type"),
    ({"name": None}, ["body", "name"], "Input should be a valid string", "string_type"),
    ({"name": ""}, ["body", "name"], "String should have at least 1 character", "string_too_short"),
    ({"name": "abcd"}, ["body", "name"], "String should have at most 3 characters", "string_too_long"),
    ({"email": "ada"}, ["body", "email"], "value is not a valid email address", "value_error"),
    ({"code": "b"}, ["body", "code"], "String should match pattern '^a+$'", "string_pattern_mismatch"),
    (
        {"count": "x"},
        ["body", "count"],
        INT,
        "int_parsing",
    ),
    (
        {"count": 1.5},
        ["body", "count"],
        FRACTION,
        "int_from_float",
    ),
    ({"count": []}, ["body", "count"], "Input should be a valid integer", "int_type"),
    ({"count": True}, ["body", "count"], "Input should be a valid integer", "int_type"),
    ({"count": 0}, ["body", "count"], "Input should be greater than or equal to 1", "greater_than_equal"),
    ({"count": 10}, ["body", "count"], "Input should be less than or equal to 9", "less_than_equal"),
    ({"size": 0}, ["body", "size"], "Input should be greater than 0", "greater_than"),
    ({"size": 9}, ["body", "size"], "Input should be less than 9", "less_than"),
    (
        {"ratio": "x"},
        ["body", "ratio"],
        NUMBER,
        "float_parsing",
    ),
    ({"on": "maybe"}, ["body", "on"], BOOLEAN, "bool_parsing"),
    ({"on": 1.5}, ["body", "on"], "Input should be a valid boolean", "bool_type"),
    ({"kind": "w"}, ["body", "kind"], "Input should be 'x', 'y' or 'z'", "literal_error"),
    ({"one": "w"}, ["body", "one"], "Input should be 'q'", "literal_error"),
    ({"tags": "a"}, ["body", "tags"], "Input should be a valid list", "list_type"),
    ({"tags": []}, ["body", "tags"], "List should have at least 1 item after validation, not 0", "too_short"),
    ({"tags": ["a"] * 3}, ["body", "tags"], "List should have at most 2 items after validation, not 3", "too_long"),
    ({"tags": ["a", 2]}, ["body", "tags", 1], "Input should be a valid string", "string_type"),
    ({"extra": []}, ["body", "extra"], "Input should be a valid dictionary", "dict_type"),
    ({"note": 5}, ["body", "note"], "Input should be a valid string", "string_type"),
    ({"note": "abcdef"}, ["body", "note"], "String should have at most 5 characters", "string_too_long"),
    ({"part": {}}, ["body", "part", "id"], "Field required", "missing"),
    ({"part": {"id": "a", "x": 1}}, ["body", "part", "x"], "Extra inputs are not permitted", "extra_forbidden"),
    ({"when": "soon"}, ["body", "when"], "Input should be a valid datetime", "datetime_parsing"),
]


@pytest.mark.rule("E01")
@pytest.mark.parametrize(("body", "loc", "msg", "kind"), WRONG_BODIES, ids=lambda value: str(value)[:40])
def test_a_wrong_body_says_where_what_and_which_kind(
    op: Bound, body: Any, loc: list[str | int], msg: str, kind: str
) -> None:
    if isinstance(body, dict) and body:
        body = {"name": "a", **body}
    assert errors(op, body=orjson.dumps(body)) == [(loc, msg, kind)]


BELOW = "Input should be less than or equal to 200"
WRONG_PARAMETERS = [
    ({"number": "x"}, ["path", "number"], INT, "int_parsing"),
    ({"number": "9" * 20}, ["path", "number"], INT, "int_parsing"),
    ({"number": "1_0"}, ["path", "number"], INT, "int_parsing"),
    ({"query": "limit=x"}, ["query", "limit"], INT, "int_parsing"),
    ({"query": "limit="}, ["query", "limit"], INT, "int_parsing"),
    ({"query": f"limit={'9' * 5000}"}, ["query", "limit"], INT, "int_parsing"),
    ({"query": "limit=0"}, ["query", "limit"], "Input should be greater than or equal to 1", "greater_than_equal"),
    ({"query": "limit=201"}, ["query", "limit"], BELOW, "less_than_equal"),
    ({"query": "limit=5&limit=201"}, ["query", "limit"], BELOW, "less_than_equal"),
    ({"query": "ratio=x"}, ["query", "ratio"], NUMBER, "float_parsing"),
    ({"query": "ratio=nan"}, ["query", "ratio"], NUMBER, "float_parsing"),
    ({"query": "active=maybe"}, ["query", "active"], BOOLEAN, "bool_parsing"),
    ({"query": "sort=odd"}, ["query", "sort"], "Input should be 'new' or 'old'", "literal_error"),
    ({"query": "tag=ok&tag=long"}, ["query", "tag", 1], "String should have at most 3 characters", "string_too_long"),
    ({"query": "q=a%00b"}, ["query", "q"], "Value must not contain NUL", "value_error"),
]  # fmt: skip


@pytest.mark.rule("E01", "E06")
@pytest.mark.parametrize(("request_", "loc", "msg", "kind"), WRONG_PARAMETERS, ids=lambda value: str(value)[:40])
def test_a_wrong_parameter_says_the_same(op: Bound, request_: Any, loc: list[str | int], msg: str, kind: str) -> None:
    assert errors(op, **request_) == [(loc, msg, kind)]


def test_every_error_is_told_at_once(op: Bound) -> None:
    found = errors(op, number="x", query="limit=0&active=maybe", body=b'{"name": "", "count": 0}')
    assert [loc for loc, _msg, _kind in found] == [
        ["path", "number"], ["query", "limit"], ["query", "active"], ["body", "name"], ["body", "count"],
    ]  # fmt: skip


def test_values_arrive_in_their_types_with_defaults(op: Bound) -> None:
    call = read(
        op, number="7", query="ratio=1.5&active=true&tag=a&tag=b&q=%C3%A9+1", body=b'{"name": "a", "count": 2.0}'
    )
    assert call.params == {"number": 7}
    given = {"ratio": 1.5, "active": True, "tag": ["a", "b"], "q": "é 1"}
    assert call.query == {**given, "limit": 20, "sort": None, "day": None}
    assert call.body == {"name": "a", "count": 2}
    assert type(call.body["count"]) is int


@pytest.mark.rule("E04")
def test_unknown_query_parameters_are_ignored(op: Bound) -> None:
    assert "since" not in read(op, query="since=1d&limit=3&actor[]=x").query
    assert read(op, query="since=1d&limit=3").query["limit"] == 3


@pytest.mark.rule("E02")
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "json_invalid"),
        (b"{'name': 'a'}", "json_invalid"),
        (b'{"name": NaN}', "json_invalid"),
        (b'{"name": "a",}', "json_invalid"),
        (b'{"name": "\xff"}', "json_invalid"),
        (b'{"name": "\\ud800"}', "json_invalid"),
        (b'{"name": "a\x00"}', "json_invalid"),
        (b'\xef\xbb\xbf{"name": "a"}', "json_invalid"),
        (b'{"big": 1e999, "name": "a"}', "json_invalid"),
        (b"[" * 10_000 + b"]" * 10_000, "json_invalid"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "json_invalid"),
        (b'{"name": "a", "extra": ' + b'{"a":' * 300 + b"1" + b"}" * 301, "json_invalid"),
    ],
    ids=lambda value: value[:24].decode("latin-1") if isinstance(value, bytes) else value,
)
def test_what_is_not_json_is_a_422(op: Bound, body: bytes, kind: str) -> None:
    ((loc, msg, found),) = errors(op, body=body)
    assert loc[0] == "body"
    assert msg.startswith("JSON decode error")
    assert found == kind


def test_as_deep_as_an_answer_can_be_is_taken(op: Bound) -> None:
    body = b'{"name": "a", "extra": ' + b'{"a":' * 190 + b"1" + b"}" * 191
    assert orjson.dumps(read(op, body=body).body)


@pytest.mark.parametrize("number", ["9223372036854775808", "-9223372036854775809", "1e30", "18446744073709551616"])
def test_whole_numbers_beyond_64_bits_are_refused(op: Bound, number: str) -> None:
    message = "Unable to parse input string as an integer, exceeded maximum size"
    body = f'{{"name": "a", "big": {number}}}'.encode()
    assert errors(op, body=body) == [(["body", "big"], message, "int_parsing_size")]


def test_the_widest_whole_numbers_are_taken(op: Bound) -> None:
    assert read(op, body=b'{"name": "a", "big": 9223372036854775807}').body["big"] == 2**63 - 1


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        (b'{"name": "a\\u0000"}', ["body", "name"]),
        (b'{"name": "a", "tags": ["b", "\\u0000"]}', ["body", "tags", 1]),
        (b'{"name": "a", "extra": {"x\\u0000": 1}}', ["body", "extra", "x\0"]),
    ],
)
def test_nul_in_text_is_refused_where_it_stands(op: Bound, body: bytes, loc: list[str | int]) -> None:
    assert errors(op, body=body) == [(loc, "Value must not contain NUL", "value_error")]


def test_text_that_spells_an_escaped_nul_is_no_nul(op: Bound) -> None:
    assert read(op, body=b'{"name": "a", "extra": {"x": "\\\\u0000"}}').body["extra"] == {"x": "\\u0000"}


def test_a_missing_body_is_a_missing_field(op: Bound) -> None:
    assert errors(op, body=b"") == [(["body"], "Field required", "missing")]


@pytest.mark.parametrize("sent_as", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_another_content_type_is_refused_and_named(op: Bound, sent_as: str) -> None:
    ((loc, msg, kind),) = errors(op, sent_as=sent_as)
    assert (loc, kind) == (["body"], "model_attributes_type")
    assert "application/json" in msg
    assert sent_as in msg


@pytest.mark.parametrize("sent_as", [None, "application/json; charset=utf-8", "APPLICATION/JSON", "application/x+json"])
def test_json_by_any_of_its_names_is_taken(op: Bound, sent_as: str | None) -> None:
    assert read(op, sent_as=sent_as).body == {"name": "a"}


def test_a_query_string_that_is_not_utf8_is_a_422(op: Bound) -> None:
    ((loc, _msg, kind),) = errors(op, query="q=%ff")
    assert (loc, kind) == (["query"], "value_error")


def test_the_branches_of_a_text_are_checked_too(op: Bound) -> None:
    assert read(op, query="day=2026-06-21").query["day"] == "2026-06-21"
    assert errors(op, query="day=today") == [(["query", "day"], "Input should be a valid date", "date_parsing")]


# -- answers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "media", "body", "broken"),
    [
        (200, "application/json", b'{"id": "a"}', None),
        (200, "application/json; charset=utf-8", b'{"id": "a"}', None),
        (204, "application/json", b"", None),
        (418, "application/json", b"{}", "status 418 is not declared for POST /things/{number}"),
        (200, "text/html", b"", "content type text/html is not the declared application/json"),
        (200, "application/json", b"{}", "at /: "),
        (200, "application/json", b'{"id": 5}', "at /id: "),
        (200, "application/json", b'{"id": "a", "x": 1}', "at /: "),
    ],
)
def test_an_answer_is_held_to_its_promise(op: Bound, status: int, media: str, body: bytes, broken: str | None) -> None:
    found = list(op.checker.response(status, media, body))
    if broken is None:
        assert found == []
    else:
        assert len(found) == 1
        assert found[0].startswith(broken)


def test_an_answer_that_is_not_listed_is_held_to_the_default() -> None:
    answers = {
        "200": {"content": {JSON: {"schema": {"type": "object"}}}},
        "default": {"content": {"*/*": {"schema": {}}}},
    }
    document = {"paths": {"/hook": {"post": {"responses": answers}}}}
    checker = Checker(operations(document)[0], Schemas(document))
    assert list(checker.response(418, "text/plain", b"Short and stout.")) == []
    assert list(checker.response(200, "text/plain", b"")) == [
        "content type text/plain is not the declared application/json"
        " (/paths/~1hook/post/responses/200/content/application~1json/schema)"
    ]


# -- through the door ----------------------------------------------------------------------------------------------


@pytest.mark.rule("E01")
def test_the_gateway_speaks_that_way(gateway: Client) -> None:
    reply = gateway.post("/v1/auth/signup", {"email": "ada", "password": "short"})
    assert reply.status == 422
    assert sorted(map(tuple, ([*one["loc"], one["type"]] for one in reply.detail))) == [
        ("body", "email", "value_error"),
        ("body", "password", "string_too_short"),
    ]


@pytest.mark.rule("E02")
def test_malformed_json_is_422_at_the_gateway(gateway: Client) -> None:
    reply = gateway.post("/v1/auth/login", data=b"{oops", headers={"Content-Type": "application/json"})
    assert (reply.status, reply.detail[0]["loc"], reply.detail[0]["type"]) == (422, ["body", 1], "json_invalid")


@pytest.mark.rule("E05")
def test_the_generator_s_kwargs_parameter_is_not_required(user: Client) -> None:
    assert user.get("/v1/actions").status == 200
    assert user.get("/v1/actions?kwargs=x").status == 200


@pytest.mark.parametrize(
    ("media", "body", "broken"),
    [
        ("text/csv", b"anything", None),
        ("application/xml", b"<thing><id>1</id></thing>", None),
        ("application/xml", b"<thing><id>one</id></thing>", "at /id: "),
        ("application/xml", b"<thing>", "at /1/7: not valid XML"),
        ("application/x-ndjson", b'{"id": 1}\n{"id": 2}\n', None),
        ("application/x-ndjson", b'{"id": 1}\n{"id": "two"}\n', "at /1/id: "),
        ("image/png", b"", "content type image/png is not the declared application/xml or"),
    ],
)
def test_responses_of_every_media_type_are_held_to_their_promise(media: str, body: bytes, broken: str | None) -> None:
    thing = {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}
    content = {
        "application/xml": {"schema": {**thing, "xml": {"name": "thing"}}},
        "application/x-ndjson": {"itemSchema": thing},
        "text/csv": {"schema": {"type": "string"}},
    }
    document = {"openapi": "3.2.0", "paths": {"/a": {"get": {"responses": {"200": {"content": content}}}}}}
    found = list(Checker(operations(document)[0], Schemas(document)).response(200, media, body))
    if broken is None:
        assert found == []
    else:
        assert len(found) == 1
        assert found[0].startswith(broken)
