"""The `x-specdouble-` extensions: their schema, their docs, what lint says of them, and how they are read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from specdouble.openapi import apply, load
from specdouble.openapi.extensions import NAMES, Creation, Effect, Refusal, mistakes, read_effects, schema
from specdouble.openapi.lint import lint
from specdouble.openapi.model import infer
from specdouble.openapi.model.parts import ROLES, STYLES
from specdouble.openapi.reading import parse

DOCS = Path(__file__).resolve().parents[2] / "docs"
BLOCKS = [
    parse(one.encode(), "page") for one in re.findall(r"```yaml\n(.*?)```", (DOCS / "extensions.md").read_text(), re.S)
]
SINGLE = [block for block in BLOCKS if "overlay" not in block]


def document(operation: Any = None, item: Any = None, parameter: Any = None) -> dict[str, Any]:
    path = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}, **(parameter or {})}
    responses = {"200": {"description": "ok"}, "default": {"description": "no"}}
    get = {"parameters": [path], "responses": responses, **(operation or {})}
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a/{id}": {"get": get, **(item or {})}},
    }


def found(made: dict[str, Any]) -> list[str]:
    return [f"{one.where}: {one.message}" for one in lint(made) if one.rule == "invalid-extension"]


@pytest.mark.parametrize("block", SINGLE, ids=str)
def test_the_examples_on_the_page_are_right(block: dict[str, Any]) -> None:
    ((name, value),) = block.items()
    assert list(mistakes(name, value)) == []
    assert jsonschema_rs.Draft202012Validator(schema()).is_valid(block)


def test_the_page_shows_every_extension_and_every_field_of_an_effect() -> None:
    assert {name for block in SINGLE for name in block} == set(NAMES)
    given = [block["x-specdouble-effect"] for block in SINGLE if "x-specdouble-effect" in block]
    shown = {field for one in given for effect in (one if isinstance(one, list) else [one]) for field in effect}
    assert shown == set(schema()["$defs"]["effect"]["properties"])


def test_the_overlay_on_the_page_fits_the_example_document() -> None:
    (overlay,) = [block for block in BLOCKS if "overlay" in block]
    effective = apply(load(DOCS / "examples" / "library.yaml"), overlay)

    assert found(effective) == []
    model = infer(effective)
    refusal = Refusal(409, {"lent": True}, {}, "The book is lent.")
    (lend,) = model.by_key["POST /books/{bookId}/loans"].effects
    assert lend == Effect((refusal,), {"lent": True}, {"times_lent": 1}, resource="book")
    assert len(model.by_key["POST /loans/{loan}/return"].effects) == 1
    book = model.resource("book")
    assert book is not None
    assert book.seed == 3


def test_roles_and_styles_are_those_of_the_model() -> None:
    defs = schema()["$defs"]
    assert defs["role"]["enum"] == list(ROLES)
    assert defs["x-specdouble-role"]["anyOf"][1]["properties"]["style"]["enum"] == [*STYLES, ""]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("x-specdouble-resource", {"nam": "a"}, "/nam: the field nam is not known here; did you mean name?"),
        ("x-specdouble-role", "finde", ": 'finde' is not one of create"),
        ("x-specdouble-effect", {"set": {"a": "$nwo"}}, "/set/a: $nwo is no expression that is known"),
        ("x-specdouble-effect", {"refuse": {"status": 409}}, "/refuse: it needs when or unless"),
        ("x-specdouble-effect", {"refuse": {"when": {"a": 1}, "status": 200}}, "/refuse/status: 200 is less"),
        ("x-specdouble-effect", {"create": {"values": {"a": 1}}}, '/create: "resource" is a required property'),
        ("x-specdouble-effect", {}, ": {} has less than 1 property"),
        ("x-specdouble-effect", {"later": {"after": "soon", "delete": True}}, '/later/after: "soon" does not match'),
        ("x-specdouble-effect", {"where": {"a": {"contain": 1}}, "delete": False}, "/delete: "),
        ("x-specdouble-greedy", "yes", ': "yes" is not of type "boolean"'),
    ],
)
def test_mistakes_are_told_with_their_place(name: str, value: Any, message: str) -> None:
    assert any(f"{where}: {what}".startswith(message) for where, what in mistakes(name, value)), list(
        mistakes(name, value)
    )
    assert not jsonschema_rs.Draft202012Validator(schema()).is_valid({"deep": [{name: value}]})


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (
            document({"x-specdouble-rol": "find"}),
            "there is no extension x-specdouble-rol; did you mean x-specdouble-role",
        ),
        (document({"x-specdouble-resource": "a"}), "x-specdouble-resource stands at a path"),
        (document(item={"x-specdouble-role": "read"}), "x-specdouble-role stands at an operation"),
        (document({"x-specdouble-greedy": True}), "x-specdouble-greedy stands at a path parameter"),
        (document({"x-specdouble-role": "raed"}), "did you mean read?"),
        (document({"x-specdouble-role": {"role": "read", "resource": "zebra"}}), "names the resource zebra"),
        (document({"x-specdouble-effect": {"create": {"resource": "zebra"}}}), "names the resource zebra"),
        (document(item={"x-specdouble-resource": {"item": "/no"}}), "names the item path /no"),
    ],
)
def test_lint_tells_what_is_wrong(made: dict[str, Any], message: str) -> None:
    assert any(message in one for one in found(made)), found(made)


def test_lint_finds_nothing_wrong_where_nothing_is() -> None:
    made = document(
        {"x-specdouble-role": "read", "x-specdouble-effect": {"increment": {"views": 1}}},
        {"x-specdouble-resource": "a"},
        {"x-specdouble-greedy": True},
    )
    assert found(made) == []


def test_an_effect_is_read_as_far_as_it_can_be_used() -> None:
    given = {
        "refuse": [{"when": {"a": 1}}, {"status": 409}],
        "create": {"resource": "r"},
        "set": 3,
        "increment": {"n": 2},
    }

    assert read_effects(given) == (Effect((Refusal(409),), {}, {"n": 2}, (Creation("r"),)),)
    assert len(read_effects([given, given])) == 2
    assert read_effects("x") == ()
