"""Failures read as `{field}: expected X, got Y`, at a place that a person and a machine can read."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from specdouble.verify.responses.wording import failure, place, pointer, sentence, shown


def read(schema: Any, value: Any) -> str:
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    (error,) = validator.iter_errors(value)
    found = failure(error)
    return sentence(found.path, found.expected, found.got)


def of(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


@pytest.mark.parametrize(
    ("path", "person", "machine"),
    [
        ((), "the body", ""),
        (("items", 3, "cap"), "items[3].cap", "/items/3/cap"),
        ((0,), "body[0]", "/0"),
        ((0, "id"), "body[0].id", "/0/id"),
        (("a/b", "c~d", ""), 'body["a/b"]["c~d"][""]', "/a~1b/c~0d/"),
        (("caps", "two words"), 'caps["two words"]', "/caps/two words"),
    ],
)
def test_a_place(path: tuple[str | int, ...], person: str, machine: str) -> None:
    assert (place(path), pointer(path)) == (person, machine)


CARD = {"type": "object", "required": ["kind", "last4"], "properties": {
    "kind": {"const": "card"}, "last4": {"type": "string", "maxLength": 4}}}  # fmt: skip
BANK = {"type": "object", "required": ["kind", "iban"], "properties": {"kind": {"const": "bank"}}}


@pytest.mark.parametrize(
    ("schema", "value", "said"),
    [
        ({"type": "integer"}, "many", 'n: expected an integer, got "many"'),
        ({"type": ["null", "integer"]}, "many", 'n: expected an integer or null, got "many"'),
        ({"enum": ["a", 1, None]}, "b", 'n: expected one of "a", 1, null, got "b"'),
        ({"const": "é"}, 2, 'n: expected "é", got 2'),
        ({"format": "date-time"}, "soon", 'n: expected a string of the format date-time, got "soon"'),
        ({"pattern": "^x"}, "a", 'n: expected a string that matches ^x, got "a"'),
        ({"minimum": 3}, 1, "n: expected at least 3, got 1"),
        ({"maximum": 3}, 7, "n: expected at most 3, got 7"),
        ({"exclusiveMinimum": 0}, 0, "n: expected more than 0, got 0"),
        ({"minLength": 2}, "a", "n: expected at least 2 characters, got 1 characters"),
        ({"maxItems": 1}, [1, 2], "n: expected at most 1 items, got 2 items"),
        ({"uniqueItems": True}, [1, 1], "n: expected items that differ, got [1, 1]"),
        ({"type": "object", "required": ["id"]}, {}, "n.id: expected a value, got no such field (/n/id)"),
        (of(), {"it's": 1}, "n: expected no field it's, got {\"it's\": 1}"),
        ({"anyOf": [CARD, {"type": "null"}]}, {"kind": "card"},
         "n.last4: expected a value, got no such field (/n/last4)"),
        ({"oneOf": [CARD, {"type": "null"}]}, {"kind": "card", "last4": "12345"},
         "n.last4: expected at most 4 characters, got 5 characters (/n/last4)"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, 3, "n: expected a string or null, got 3"),
        ({"anyOf": [CARD, BANK]}, {}, "n: expected one of the declared forms, got {}"),
        (False, 1, "n: expected nothing, got 1"),
        ({"not": {"type": "integer"}}, 1, "n: expected what not allows, got 1"),
    ],
)  # fmt: skip
def test_a_schema_error(schema: Any, value: Any, said: str) -> None:
    assert read({"properties": {"n": schema}}, {"n": value}) == said


def test_a_long_value_is_cut_after_its_secrets_were_taken_out() -> None:
    text = shown("s3cret" * 30 + "x" * 500, lambda one: one.replace("s3cret" * 30, "<token>"))
    assert text.startswith('"<token>xxx')
    assert text.endswith("(509 characters)")
    assert len(text) < 150
