"""Documents whose schemas refer to each other all over: they are walked, and judged as a validator judges them."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import orjson
import pytest

from specdouble.mock.inferred import remembered
from specdouble.mock.inferred.api import Api
from specdouble.openapi import Document
from specdouble.openapi.values.context import Context, chance
from tests.inferred.conftest import Served

WIDE = 30


def woven(version: str = "3.0.3", wide: int = WIDE) -> dict[str, Any]:
    """Return a document in which each schema refers to every other one, as a key or as the whole."""
    schemas: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for number in range(wide):
        members = {
            f"other{one}": {"anyOf": [{"type": "string", "maxLength": 50}, {"$ref": f"#/components/schemas/T{one}"}]}
            for one in range(wide)
            if one != number
        }
        own = {"id": {"type": "string"}, "size": {"type": "integer", "minimum": 1, "maximum": 9},
               "state": {"type": "string", "enum": ["on", "off"]}, "made_at": {"type": "string", "format": "date-time"},
               "code": {"type": "string", "pattern": "^[a-z]+$"},
               "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 3}}  # fmt: skip
        schemas[f"T{number}"] = {"type": "object", "required": ["id"], "properties": {**own, **members},
                                 "additionalProperties": False}  # fmt: skip
    for number in range(wide):
        ref = {"$ref": f"#/components/schemas/T{number}"}
        body = {"content": {"application/json": {"schema": {"type": "object", "properties": {
            "size": {"type": "integer"}, "other0": {"type": "string"}}}}}}  # fmt: skip
        item = {"description": "One", "content": {"application/json": {"schema": ref}}}
        several = {"description": "All", "content": {"application/json": {"schema": {"type": "array", "items": ref}}}}
        operations[f"/t{number}s"] = {"post": {"requestBody": body, "responses": {"201": item}},
                                      "get": {"responses": {"200": several}}}  # fmt: skip
        operations[f"/t{number}s/{{id}}"] = {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {"responses": {"200": item, "404": {"description": "None"}}},
        }
    return {"openapi": version, "info": {"title": "Woven", "version": "1"}, "paths": operations,
            "components": {"schemas": schemas}}  # fmt: skip


def broken(value: Any, rng: random.Random) -> Any:
    """Return a copy of a value with something else in one place."""
    copy = orjson.loads(orjson.dumps(value))
    node = copy
    while True:
        key = rng.choice(list(node) if isinstance(node, dict) else range(len(node)))
        if not isinstance(node[key], dict | list) or not node[key] or rng.random() < 0.3:
            node[key] = rng.choice([None, 0, 1.5, 2.0, "x", "X1", True, [], {}, -3, "2026-01-01T00:00:00Z", ["a"] * 4])
            if isinstance(node, dict) and rng.random() < 0.2:
                del node[key]
            elif isinstance(node, dict) and rng.random() < 0.2:
                node["further"] = 1
            return copy
        node = node[key]


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_walk_judges_as_a_validator_does(version: str) -> None:
    api = Api(Document("woven", orjson.dumps(woven(version, 8))))
    schema = {"$ref": "#/components/schemas/T1"}
    checks, validator = api.maker.checks, api.schemas.validator(schema, api.schemas.response)
    rng, verdicts = random.Random(1), []
    for number in range(150):
        made = api.maker.make(schema, Context(chance(number), 1.7e9, rich=True, number=number))
        value = broken(made, rng) if number % 5 else made
        verdicts.append(validator.is_valid(value))
        mistake = checks._mistake(schema, value, (), 0)
        assert (mistake is None) == verdicts[-1], (value, mistake)
    assert 40 < sum(verdicts) < 120


def test_few_validators_are_compiled_for_a_woven_document(served: Served) -> None:
    client = served(woven())
    api: Api = client.service.policy.admit.__self__.api  # type: ignore[attr-defined]
    made = client.post("/t3s", {"size": 4, "other0": "abc"}).json
    assert client.get(f"/t3s/{made['id']}").json == made
    assert made["size"] == 4
    heavy = [one for _, one in api.schemas._built if b"schemas/T" in one and b'"anyOf"' in one]
    assert not heavy


def test_a_model_is_inferred_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECDOUBLE_CACHE", str(tmp_path))
    monkeypatch.setattr(remembered, "LARGE", 0)
    text = orjson.dumps(woven(wide=3))
    first = remembered.model_of(Document("woven", text))
    again = monkeypatch.context()
    with again as patched:
        patched.setattr(remembered, "infer", lambda _raw: pytest.fail("it was kept"))
        assert remembered.model_of(Document("woven", text)) == first
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(b"damaged")
    assert remembered.model_of(Document("woven", text)) == first
    assert remembered.model_of(Document("other", orjson.dumps(woven(wide=4)))) != first
