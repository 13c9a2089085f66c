"""Every rule of lint: a document that breaks it, and one beside it that does not."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from specdouble.openapi.lint import RULES, lint
from specdouble.openapi.lint.source import lint_text
from specdouble.openapi.reading.json_text import encode
from tests.openapi.linting.documents import WRONG


def document(version: str = "3.1.0", **operation: Any) -> dict[str, Any]:
    """Return a document in which nothing is found."""
    get = {"operationId": "o", "responses": {"200": {"description": "ok"}, "404": {"description": "no"}}, **operation}
    return {"openapi": version, "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": get}}}


def shown(schema: Any, version: str = "3.1.0", **media: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": schema, **media}}
    return document(version, responses={"200": {"description": "ok", "content": content}, "404": {"description": "no"}})


def with_(found: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {**found, **parts}


def parameter(name: str, place: str = "query", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "in": place,
        "schema": {"type": "string"},
        **({"required": True} if place == "path" else {}),
        **more,
    }


def paths(*names: str) -> dict[str, Any]:
    base = document()
    base["paths"] = {
        name: {
            "get": {
                "parameters": [parameter(n, "path") for n in ("x", "y") if f"{{{n}}}" in name],
                "responses": {"default": {"description": "d"}},
            }
        }
        for name in names
    }
    return base


OAUTH = {"o": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://e/t", "scopes": {"read": "r"}}}}}
LINKED: dict[str, Any] = document()
LINKED["paths"]["/a"]["get"]["responses"]["200"]["content"] = {"application/json": {"schema": {}, "example": {"id": 1}}}

BROKEN: list[tuple[str, dict[str, Any]]] = [
    ("invalid-document", with_(document(), info={"title": "t"})),
    ("invalid-document", document("3.0.3", responses={"200": {}})),
    ("unknown-field", document(paramters=[])),
    ("invalid-schema", shown({"type": "strng"})),
    ("invalid-schema", shown({"required": "a"})),
    ("unknown-field", shown({"const": 1}, "3.0.3")),
    ("foreign-keyword", shown({"type": "string", "nullable": True})),
    ("misspelt-keyword", shown({"type": "object", "propertys": {}})),
    ("invalid-pattern", shown({"type": "string", "pattern": "(a"}, "3.0.3")),
    ("enum-mismatch", shown({"type": "integer", "enum": [1, "two"]})),
    ("empty-schema", shown({"type": "integer", "minimum": 3, "maximum": 2})),
    ("reference-nowhere", shown({"$ref": "#/components/schemas/No"})),
    ("reference-circle", with_(document(), components={"schemas": {"A": {"$ref": "#/components/schemas/A"}}})),
    ("reference-outside", shown({"$ref": "other.yaml"})),
    (
        "reference-siblings",
        with_(shown({"$ref": "#/components/schemas/A", "maxLength": 1}, "3.0.3"), components={"schemas": {"A": {}}}),
    ),
    (
        "duplicate-operation-id",
        with_(document(), webhooks={"w": {"post": {"operationId": "o", "responses": {"200": {"description": "d"}}}}}),
    ),
    ("duplicate-path", paths("/a/{x}", "/a/{y}")),
    ("ambiguous-path", paths("/{x}/b", "/a/{y}")),
    ("query-in-path", paths("/a?b=c")),
    (
        "path-parameter-undeclared",
        with_(document(), paths={"/{z}": {"get": {"responses": {"default": {"description": "d"}}}}}),
    ),
    ("path-parameter-unused", document(parameters=[parameter("x", "path")])),
    ("duplicate-parameter", document(parameters=[parameter("x"), parameter("x", description="again")])),
    ("ignored-header-parameter", document(parameters=[parameter("Accept", "header")])),
    ("body-without-meaning", document(requestBody={"content": {"application/json": {}}})),
    ("no-success-response", document(responses={"404": {"description": "no"}})),
    ("no-error-response", document(responses={"200": {"description": "ok"}})),
    ("tag-undefined", with_(document(tags=["x"]), tags=[{"name": "y"}])),
    ("security-scheme-undefined", document(security=[{"nope": []}])),
    ("scope-undefined", with_(document(security=[{"o": ["nope"]}]), components={"securitySchemes": OAUTH})),
    ("server-variable-undefined", with_(document(), servers=[{"url": "https://{x}.example.com"}])),
    ("server-variable-unused", with_(document(), servers=[{"url": "https://e", "variables": {"x": {"default": "1"}}}])),
    (
        "server-variable-default",
        with_(document(), servers=[{"url": "https://{x}", "variables": {"x": {"default": "1", "enum": ["2"]}}}]),
    ),
    (
        "discriminator-undeclared",
        shown({"oneOf": [{"type": "object", "properties": {"a": {}}}], "discriminator": {"propertyName": "kind"}}),
    ),
    ("example-mismatch", shown({"type": "string"}, example=7)),
    ("example-mismatch", shown({"type": "string"}, examples={"a": {"value": 7}})),
    ("example-mismatch", shown({"type": "object", "properties": {"a": {"type": "string", "examples": [7]}}})),
    ("example-mismatch", document(parameters=[parameter("q", example=7)])),
    (
        "example-mismatch",
        document(parameters=[parameter("q", schema={"type": "string", "format": "date"}, example="today")]),
    ),
    (
        "example-mismatch",
        document(
            responses={"200": {"description": "d", "headers": {"x-a": {"schema": {"type": "integer"}, "example": "x"}}}}
        ),
    ),
    ("example-mismatch", shown({"type": "string", "nullable": True, "example": 7}, "3.0.3")),
    ("default-mismatch", document(parameters=[parameter("q", schema={"type": "integer", "default": "x"})])),
    ("example-and-examples", shown({}, example=1, examples={"a": {"value": 1}})),
    ("unused-component", with_(document(), components={"schemas": {"A": {}}})),
]


@pytest.mark.parametrize(("rule", "broken"), BROKEN, ids=[f"{n}-{rule}" for n, (rule, _) in enumerate(BROKEN)])
def test_each_rule_finds_its_mistake(rule: str, broken: dict[str, Any]) -> None:
    before = copy.deepcopy(broken)

    assert rule in {finding.rule for finding in lint(broken)}, [str(finding) for finding in lint(broken)]
    assert broken == before


def test_every_rule_is_shown_here_or_elsewhere() -> None:
    elsewhere = {"duplicate-key", "action-matches-nothing", "link-nowhere", "link-value", "operation-reference"}
    elsewhere |= {"invalid-extension"}
    elsewhere |= {rule for rule, _ in WRONG.values()}

    assert {rule for rule, _ in BROKEN} | elsewhere == set(RULES)


@pytest.mark.parametrize(
    "fine",
    [
        document(),
        document("3.0.3"),
        document("3.2.0"),
        shown({"type": "string", "nullable": True}, "3.0.3", example=None),
        shown({"nullable": True, "allOf": [{"type": "string"}]}, "3.0.3", example=None),
        shown({"type": "object", "required": ["pw"], "properties": {"pw": {"writeOnly": True}}}, example={}),
        shown({"type": "string", "pattern": r"^\p{L}+$"}, example="Ada"),
        shown({"type": "integer", "minimum": 0, "exclusiveMinimum": True}, "3.0.3", example=1),
        shown({"$defs": {"N": {"$anchor": "n", "type": "integer"}}, "$ref": "#n"}, example=1),
        paths("/a/{x}.json", "/b"),
        shown(
            {
                "allOf": [
                    {"required": ["pw"]},
                    {"type": "object", "properties": {"pw": {"allOf": [{"type": "string", "writeOnly": True}]}}},
                ]
            },
            example={},
        ),
    ],
)
def test_correct_documents_have_no_errors(fine: dict[str, Any]) -> None:
    assert [str(finding) for finding in lint(fine) if finding.level == "error"] == []


def test_an_example_of_a_recursive_schema_is_judged_to_the_end() -> None:
    tree = {"type": "object", "properties": {"kids": {"type": "array", "items": {"$ref": "#/components/schemas/T"}}}}
    found = shown({"$ref": "#/components/schemas/T"}, example={"kids": [{"kids": [{"kids": 7}]}]})

    (finding,) = (one for one in lint(with_(found, components={"schemas": {"T": tree}})) if one.level == "error")

    assert finding.where.endswith("/example/kids/0/kids/0/kids")


def test_2_0_findings_point_into_the_published_document() -> None:
    old = {
        "swagger": "2.0",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/a": {
                "get": {
                    "parameters": [{"in": "body", "name": "b", "schema": {"$ref": "#/definitions/A"}}],
                    "responses": {"default": {"description": "d", "schema": {"type": "string", "example": 7}}},
                }
            }
        },
        "definitions": {"A": {"type": "integer", "example": "x"}},
    }

    places = {finding.where for finding in lint(old) if finding.rule == "example-mismatch"}

    assert places == {"/definitions/A/example", "/paths/~1a/get/responses/default/schema/example"}


TEXT = """\
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /a:
    get:
      responses:
        '200':
          description: ok
          content:
            application/json:
              schema: {type: string}
              example: 7
"""


def rules(text: str) -> list[str]:
    return [finding.rule for finding in lint_text(text.encode(), "t").findings if finding.level != "note"]


def test_findings_have_lines_and_comments_leave_them_out() -> None:
    (finding,) = (one for one in lint_text(TEXT.encode(), "t").findings if one.level == "error")
    assert finding.line == 12

    assert rules(TEXT) == ["example-mismatch"]
    assert rules(TEXT.replace("example: 7", "example: 7  # lint-ignore: example-mismatch")) == []
    assert (
        rules(
            TEXT.replace(
                "              example", "              # lint-ignore: example-mismatch\n              example"
            )
        )
        == []
    )
    assert rules(TEXT.replace("example: 7", "example: 7  # lint-ignore: unknown-field")) == ["example-mismatch"]


def test_an_object_may_say_what_to_ignore_inside_it() -> None:
    found = shown({"type": "string"}, example=7)
    found["paths"]["/a"]["x-lint-ignore"] = ["example-mismatch"]

    linted = lint_text(encode(found), "t")

    assert ([one for one in linted.findings if one.level == "error"], linted.ignored) == ([], 1)


def test_a_document_cannot_make_the_linter_read_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text('{"const": "hush"}')
    found = lint(shown({"$ref": f"file://{secret}"}, example="x"))

    assert {finding.rule for finding in found if finding.level != "note"} == set()
    assert "hush" not in str([str(finding) for finding in found])


def test_a_document_of_3_2_with_everything_in_it_has_no_errors() -> None:
    """The page beside this file uses every object of the specification."""
    text = (Path(__file__).parent / "everything.yaml").read_bytes()

    assert [str(one) for one in lint_text(text, "t").findings if one.level != "note"] == []
