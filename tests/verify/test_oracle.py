"""The strict oracle: each of its rules sees the response that breaks it, and leaves the healthy one alone."""

from __future__ import annotations

from typing import Any

import httpx
import orjson
import pytest
from apis import API, contract

from specdouble.verify.responses.oracle import Oracle
from specdouble.verify.responses.record import Record
from specdouble.verify.responses.redact import Redactor
from specdouble.verify.responses.reply import Reply

LOOKS = API.words.secret_looks
LIST, LOGIN, JWKS = "GET /v1/keys", "POST /v1/auth/login", "GET /v1/auth/.well-known/jwks.json"
KEY = {
    "id": "key_1", "key_prefix": "imp_live_abcd", "name": "ci", "scopes": "*", "last_used_at": None,
    "created_at": "2026-01-31T09:00:00Z",
}  # fmt: skip
JWK = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "k", "n": "0vx7agoebGcQ", "e": "AQAB"}
ERROR = {"detail": [{"loc": ["body", "email"], "msg": "Field required", "type": "missing"}]}


def look(
    name: str, status: int, body: Any, *, headers: dict[str, str] | None = None, strict: bool = False,
    secrets: dict[str, str] | None = None,
) -> list[tuple[str, str]]:  # fmt: skip
    """Return what the oracle says of a response: rules with their severity."""
    op, record = contract()[name], Record()
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    sent = httpx.Headers({"content-type": "application/json", **(headers or {})})
    reply = Reply(op, status, sent, content)
    Oracle(API, Redactor.of(secrets or {}, LOOKS), strict=strict).check(op, reply, record)
    assert record.judged[op.id]["SCHEMA-01"] == 1
    return [(one["rule"], one["severity"]) for one in record.findings.values()]


@pytest.mark.parametrize(
    ("name", "status", "body"),
    [
        (LIST, 200, []),
        (LIST, 200, [KEY]),
        (LIST, 401, {"detail": "no"}),
        (LOGIN, 422, ERROR),
        (JWKS, 200, {"keys": [JWK]}),
    ],
)
def test_a_healthy_answer_gives_no_finding(name: str, status: int, body: Any) -> None:
    assert look(name, status, body, strict=True) == []


@pytest.mark.parametrize(
    ("status", "body", "headers", "rule"),
    [
        (201, [KEY], {}, "SCHEMA-01"),
        (418, {"detail": "no"}, {}, "SCHEMA-01"),
        (500, {"detail": "no"}, {}, "SCHEMA-02"),
        (503, b"", {}, "SCHEMA-02"),
        (200, b"<p>", {"content-type": "text/html"}, "SCHEMA-03"),
        (200, b"[", {}, "SCHEMA-03"),
        (200, b"", {}, "SCHEMA-03"),
        (200, None, {}, "SCHEMA-04"),
        (200, {}, {}, "SCHEMA-04"),
        (200, [{**KEY, "name": None}], {}, "SCHEMA-04"),
        (200, [{**KEY, "name": 3}], {}, "SCHEMA-04"),
        (200, [{name: KEY[name] for name in KEY if name != "scopes"}], {}, "SCHEMA-04"),
        (200, [{**KEY, "created_at": "yesterday"}], {}, "SCHEMA-04"),
        (401, {"error": "no"}, {}, "SCHEMA-04"),
    ],
)
def test_a_wrong_form_is_a_violation(status: int, body: Any, headers: dict[str, str], rule: str) -> None:
    assert (rule, "violation") in look(LIST, status, body, headers=headers)


def test_a_further_field_is_a_warning_and_strictly_a_violation() -> None:
    body = [{**KEY, "colour": "red"}]
    assert look(LIST, 200, body) == [("SCHEMA-05", "warning")]
    assert look(LIST, 200, body, strict=True) == [("SCHEMA-05", "violation")]


@pytest.mark.parametrize("name", ["password", "password_hash", "secret_hash"])
def test_a_further_field_that_is_private_is_never_only_a_warning(name: str) -> None:
    found = look(LIST, 200, [{**KEY, name: "x"}])
    assert ("SECRET-03", "violation") in found
    assert ("SCHEMA-05", "violation") in found


@pytest.mark.parametrize("value", [None, "2026-01-31T09:00:00.123Z", "2026-01-31T09:00:00+00:00"])
def test_a_time_in_utc_is_taken(value: str | None) -> None:
    assert look(LIST, 200, [{**KEY, "last_used_at": value}]) == []


@pytest.mark.parametrize(
    "value",
    ["2026-01-31T09:00:00", "2026-01-31 09:00:00Z", "2026-01-31T09:00:00+02:00", "2026-01-31T09:00Z",
     "2026-02-30T09:00:00Z", "2026-01-31T09:00:00z"],
)  # fmt: skip
def test_any_other_time_is_a_violation(value: str) -> None:
    assert ("SCHEMA-07", "violation") in look(LIST, 200, [{**KEY, "created_at": value}])


def test_a_429_says_when_to_come_back() -> None:
    body = {"detail": "Too many attempts."}
    assert look(LOGIN, 429, body, headers={"retry-after": "30"}) == []
    assert ("E13", "violation") in look(LOGIN, 429, body)


def test_a_header_keeps_its_schema() -> None:
    found = look(LOGIN, 429, {"detail": "no"}, headers={"retry-after": "soon"})
    assert found == [("SCHEMA-06", "violation")]


@pytest.mark.parametrize(
    "detail",
    [
        [],
        ["Field required"],
        [{"loc": [], "msg": "m", "type": "t"}],
        [{"loc": ["email"], "msg": "m", "type": "t"}],
        [{"loc": ["body", "email"], "msg": "m"}],
        [{"loc": "body", "msg": "m", "type": "t"}],
    ],
)
def test_a_422_says_where_the_mistake_is(detail: Any) -> None:
    assert "E01" in [rule for rule, _ in look(LOGIN, 422, {"detail": detail})]


@pytest.mark.parametrize(
    "text", ["Traceback (most recent call last):", 'File "/app/main.py", line 3', "sqlalchemy.exc.IntegrityError"]
)
def test_the_inside_of_the_server_is_not_shown(text: str) -> None:
    assert ("SECRET-03", "violation") in look(LIST, 401, f'{{"detail": "x"}}  {text}'.encode())


@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "k"])
def test_a_key_shows_no_private_member(member: str) -> None:
    assert ("SECRET-02", "violation") in look(JWKS, 200, {"keys": [{**JWK, member: "c2VjcmV0"}]})


def test_a_d_that_belongs_to_no_key_is_nothing() -> None:
    assert ("SECRET-02", "violation") not in look(LIST, 200, [{**KEY, "d": "c2VjcmV0"}])


SECRET = {"imp_live_9f8e7d6c5b4a": "API key"}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, [{**KEY, "name": "imp_live_9f8e7d6c5b4a"}]),
        (401, {"detail": "The key imp_live_9f8e7d6c5b4a is unknown."}),
        (418, b"imp_live_9f8e7d6c5b4a"),
    ],
)
def test_a_secret_is_found_by_its_value_wherever_it_stands(status: int, body: Any) -> None:
    assert ("SECRET-01", "violation") in look(LIST, status, body, secrets=SECRET)
    assert "SECRET-01" not in [rule for rule, _ in look(LIST, status, body)]


def test_a_failure_of_the_server_is_looked_into_too() -> None:
    assert "SECRET-01" in [rule for rule, _ in look(LIST, 500, {"detail": next(iter(SECRET))}, secrets=SECRET)]


def test_what_is_for_showing_secrets_may_show_them() -> None:
    name = "GET /v1/secrets/{ext_id}/{name}"
    op = contract()[name]
    assert "SECRET-01" not in [rule for rule, _ in look(name, 200, {"value": next(iter(SECRET))}, secrets=SECRET)]
    assert "SECRET-01" in [rule for rule, _ in look(name, 404, {"detail": next(iter(SECRET))}, secrets=SECRET)]
    assert op.reads


def test_a_secret_of_the_answer_itself_was_not_known_before() -> None:
    op, record = contract()["POST /v1/keys"], Record()
    redactor = Redactor.of(SECRET, LOOKS)
    reply = Reply(op, 201, {"content-type": "application/json"}, orjson.dumps({"key": next(iter(SECRET))}))
    Oracle(API, redactor, strict=False).check(op, reply, record, known=0)
    assert "SECRET-01" not in [one["rule"] for one in record.violations]
    Oracle(API, redactor, strict=False).check(op, reply, record, known=1)
    assert "SECRET-01" in [one["rule"] for one in record.violations]


def test_a_finding_says_what_where_and_what_was_promised() -> None:
    op, record = contract()[LIST], Record(test="t")
    reply = Reply(op, 200, {"content-type": "application/json"}, orjson.dumps([KEY, {**KEY, "name": 3}]))
    Oracle(API, Redactor(), strict=False).check(op, reply, record)
    (found,) = record.findings.values()
    assert found["message"] == "body[1].name: expected a string, got 3 (/1/name) in a 200"
    assert found["expected"] == "a string"
    assert found["pointer"].startswith("/paths/~1v1~1keys/get/responses/200")
    assert found["got"] == "3"


def test_the_same_finding_twice_is_one_that_counts_two() -> None:
    op, record = contract()[LIST], Record()
    oracle = Oracle(API, Redactor(), strict=False)
    for number in (3, 4):
        body = orjson.dumps([KEY] * number + [{**KEY, "name": number}])
        oracle.check(op, Reply(op, 200, {"content-type": "application/json"}, body), record)
    (found,) = record.findings.values()
    assert found["count"] == 2


# -- one of several shapes ---------------------------------------------------------------------------------------------

POLL = "POST /v1/auth/cli/device/token"
PAIR = {"access_token": "a.b.c", "refresh_token": "imp_rt_a", "token_type": "bearer", "expires_in": 3600}
SHAPES = (PAIR, {"error": "slow_down"})


@pytest.mark.parametrize("body", SHAPES, ids=str)
def test_a_further_field_of_one_of_several_shapes_is_a_warning(body: dict[str, Any]) -> None:
    assert look(POLL, 200, body, strict=True) == []
    assert look(POLL, 200, {**body, "served_from": "eu-2"}) == [("SCHEMA-05", "warning")]
    assert look(POLL, 200, {**body, "served_from": "eu-2"}, strict=True) == [("SCHEMA-05", "violation")]
    assert ("SCHEMA-05", "violation") in look(POLL, 200, {**body, "token_hash": "x"})


def test_two_shapes_in_one_are_none() -> None:
    assert look(POLL, 200, {**PAIR, "error": "slow_down"}) == [("SCHEMA-04", "violation")]
    assert look(POLL, 200, {**PAIR, "expires_in": "soon"}) == [("SCHEMA-04", "violation")]


# -- times -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spelt", "read"),
    [
        ("2026-01-31T09:00:00.000000Z", "2026-01-31T09:00:00Z"),
        ("2026-01-31T09:00:00+00:00", "2026-01-31T09:00:00Z"),
        ("2026-01-31T09:00:00.120Z", "2026-01-31T09:00:00.12Z"),
        ("2026-01-31T09:00:00.12Z", "2026-01-31T09:00:00.12Z"),
        ("2026-01-31T09:00:00.5+02:00", "2026-01-31T09:00:00.5+02:00"),
        ("2026-01-31 09:00:00.000Z", "2026-01-31 09:00:00.000Z"),
    ],
)
def test_equal_instants_are_read_alike(spelt: str, read: str) -> None:
    reply = Reply(contract()[LIST], 200, {}, orjson.dumps([{"created_at": spelt, "note": spelt}]))
    assert reply.json == [{"created_at": read, "note": spelt}]


# -- secrets by their look ---------------------------------------------------------------------------------------------

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJpbXBfdV9hIn0.c2lnbmF0dXJl"
BCRYPT = "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW"


@pytest.mark.parametrize(
    "value",
    [
        "4242424242424242", "4242 4242 4242 4242", "5555-5555-5555-4444", "3782 822463 10005", 4242424242424242,
        "paid with 6011111111111117.", BCRYPT, "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", JWT,
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE", "-----BEGIN EC PRIVATE KEY-----", "sk_test_4eC39HqLyjWDarjtT1",
        "whsec_abcdefgh12345678", "imp_live_0123456789abcdef", "AKIAIOSFODNN7EXAMPLE",
    ],
)  # fmt: skip
def test_what_looks_like_a_secret_is_one(value: Any) -> None:
    assert ("SECRET-04", "violation") in look(LIST, 200, [{**KEY, "name": value}])
    assert ("SECRET-04", "violation") in look(LIST, 401, {"detail": f"No: {value}"})
    assert ("SECRET-04", "violation") in look(
        LIST, 500, f"oops {value}".encode(), headers={"content-type": "text/html"}
    )


@pytest.mark.parametrize(
    "value",
    [
        "4242424242424241", "1700000000000", 1700000000000, 1700000000000000, "key_4242424242424242", "4242",
        "0.4242424242424242", "424242424242424242424242", "imp_live_abcd", "-----BEGIN PUBLIC KEY-----", "eyJhbGciOi",
        "00000000-4242-4242-4242-424242424242", "sk_notes", "task-force-of-the-north-and-south",
    ],
)  # fmt: skip
def test_what_only_resembles_a_secret_is_none(value: Any) -> None:
    assert "SECRET-04" not in {rule for rule, _ in look(LIST, 200, [{**KEY, "name": value}])}


def test_what_is_handed_out_by_the_document_is_no_leak() -> None:
    made = {"id": 7, "name": "ci", "key": "imp_live_0123456789abcdef", "created_at": "2026-01-31T09:00:00Z"}
    assert "SECRET-04" not in {rule for rule, _ in look("POST /v1/keys", 201, made)}
    pair = {**PAIR, "access_token": JWT, "refresh_token": "imp_rt_0123456789abcdef"}
    assert "SECRET-04" not in {rule for rule, _ in look(LOGIN, 200, pair)}
    assert ("SECRET-04", "violation") in look(LOGIN, 200, {**pair, "access_token": BCRYPT})
    assert ("SECRET-04", "violation") in look("POST /v1/keys", 201, {**made, "name": JWT})


def test_what_the_request_said_may_come_back() -> None:
    op, record = contract()[LIST], Record()
    reply = Reply(op, 200, {"content-type": "application/json"}, orjson.dumps([{**KEY, "name": "4242 4242 4242 4242"}]))
    reply.asked = b"http://x/v1/keys?q=4242%204242%204242%204242 {}"
    Oracle(API, Redactor(), strict=False).check(op, reply, record)
    assert not record.findings


@pytest.mark.parametrize("name", ["number", "card_number", "pan", "cvc", "iban", "payout_iban"])
def test_payment_details_are_leaks_by_name(name: str) -> None:
    assert "violation" in {severity for _, severity in look(LIST, 200, [{**KEY, name: "123"}])}
    assert look(LIST, 200, [{**KEY, "phone_numbers": 1}]) == [("SCHEMA-05", "warning")]


# -- words -----------------------------------------------------------------------------------------------------------


def said(name: str, status: int, body: Any, **headers: str) -> list[str]:
    """Return the messages of the findings about a response."""
    op, record = contract()[name], Record()
    sent = httpx.Headers({"content-type": "application/json", **headers})
    redactor = Redactor.of({"tok-5ecret-1234567": "token"})
    Oracle(API, redactor, strict=False).check(op, Reply(op, status, sent, orjson.dumps(body)), record)
    return [one["message"] for one in record.findings.values()]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([{name: KEY[name] for name in KEY if name != "scopes"}],
         "body[0].scopes: expected a value, got no such field (/0/scopes) in a 200"),
        ([{**KEY, "colour": "red"}], 'body[0]: expected no field colour, got {"colour": "red"} in a 200'),
        ([KEY, {**KEY, "last_used_at": "2026-01-31 09:00"}],
         'body[1].last_used_at: expected a timestamp in UTC (RFC 3339), got "2026-01-31 09:00" (/1/last_used_at)'),
        ({}, "the body: expected a list, got {} in a 200"),
        ([{**KEY, "name": ["tok-5ecret-1234567"]}],
         'body[0].name: expected a string, got ["<token 9a55>"] (/0/name) in a 200'),
    ],
)  # fmt: skip
def test_a_failure_reads_as_field_expected_got(body: Any, message: str) -> None:
    assert message in said(LIST, 200, body)


def test_a_header_reads_alike() -> None:
    (message,) = said(LOGIN, 429, {"detail": "no"}, **{"retry-after": "soon"})
    assert message == 'header Retry-After: expected an integer, got "soon" in a 429'


def test_what_a_finding_is_called_does_not_depend_on_where_in_a_list_it_was_seen() -> None:
    ids = set()
    for body in ([{**KEY, "name": 3}], [KEY, {**KEY, "name": 4}]):
        op, record = contract()[LIST], Record()
        reply = Reply(op, 200, {"content-type": "application/json"}, orjson.dumps(body))
        Oracle(API, Redactor(), strict=False).check(op, reply, record)
        ids |= set(record.findings)
    assert len(ids) == 1
