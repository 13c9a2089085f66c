"""What is wrong with a large value is told without making all of its errors."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from specdouble.openapi.validation.telling import MANY, Elsewhere, errors_of

TOOL: dict[str, Any] = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
TOOLS = {"type": "array", "items": TOOL, "minItems": 1}
GOOD = {"name": "a"}


def told(schema: Any, value: Any) -> list[tuple[str, list[Any]]]:
    errors = errors_of(jsonschema_rs.Draft202012Validator(schema), value)
    return [(one.kind.name, list(one.instance_path)) for one in errors]


@pytest.mark.parametrize(
    ("schema", "value", "kinds"),
    [
        (TOOLS, [[]] * 200_000, {"type"}),
        (TOOLS, [{}] * 200_000, {"required"}),
        ({"anyOf": [TOOLS, {"type": "null"}]}, [[]] * 200_000, {"anyOf"}),
        ({"type": "object", "additionalProperties": TOOL}, {str(number): 1 for number in range(200_000)}, {"type"}),
        ({"type": "object", "properties": {"all": {"type": "array", "items": TOOLS}}}, {"all": [[[]] * 500] * 500},
         {"type"}),
    ],
)  # fmt: skip
def test_few_errors_of_many_are_made(schema: Any, value: Any, kinds: set[str]) -> None:
    validator = jsonschema_rs.Draft202012Validator(schema)
    errors = errors_of(validator, value)
    assert 1 <= len(errors) <= MANY
    assert {one.kind.name for one in errors} == kinds
    for one in errors:
        assert sum(map(len, getattr(one.kind, "context", []))) <= 2 * MANY


def test_all_errors_of_a_small_value_are_told() -> None:
    value = [[]] * 3 + [{}] * 3
    assert told(TOOLS, value) == [("type", [at]) for at in range(3)] + [("required", [at]) for at in range(3, 6)]


def test_what_is_cut_off_is_no_error() -> None:
    """Neither an item nor a member that is there, but was not looked at."""
    many = {f"m{number}": 1 for number in range(2 * MANY)}
    wants = {
        "type": "object",
        "required": [f"m{2 * MANY - 1}"],
        "minProperties": 2 * MANY,
        "properties": {"m0": {"type": "null"}},
    }
    assert told(wants, many) == [("type", ["m0"])]
    assert told({"minItems": 2 * MANY, "items": {"type": "null"}}, [1] + [None] * (2 * MANY)) == [("type", [0])]
    assert told(TOOLS, [GOOD] * 2 * MANY) == []
    deep = {"first": [GOOD] * 2 * MANY, "name": "b", "tools": [GOOD]}
    assert told({**TOOL, "properties": {"first": TOOLS, "tools": {**TOOLS, "minItems": 2}}}, deep)[0][0] == ""


def test_an_error_behind_what_is_looked_at_has_no_place() -> None:
    (error,) = errors_of(jsonschema_rs.Draft202012Validator(TOOLS), [GOOD] * 2 * MANY + [[]])
    assert isinstance(error, Elsewhere)
    assert "too large to say where" in error.message
