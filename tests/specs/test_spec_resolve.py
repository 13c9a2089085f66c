"""Self-contained documents."""

import json
from typing import Any

import pytest

from specdouble.openapi import Document, SpecError, resolve


def test_nothing_is_left_to_follow(gateway: Document) -> None:
    before = gateway.json

    resolved = resolve(gateway.raw)

    login = resolved["paths"]["/v1/auth/login"]["post"]["responses"]
    schema = login["200"]["content"]["application/json"]["schema"]
    assert schema["properties"]["token_type"]["enum"] == ["bearer"]
    assert login["429"]["headers"]["Retry-After"]["schema"]["minimum"] == 1
    assert '"$ref"' not in json.dumps(resolved)
    assert gateway.json == before
    assert "$ref" in json.dumps(gateway.raw)


def test_schema_that_contains_itself(published: dict[str, Any]) -> None:
    published["components"]["schemas"]["Note"]["properties"]["answers"] = {
        "type": "array",
        "items": {"$ref": "#/components/schemas/Note"},
    }

    resolved = resolve(published)

    note = resolved["components"]["schemas"]["Note"]
    assert "$ref" not in json.dumps(resolved)
    assert note["properties"]["answers"]["items"]["type"] == "object"


def test_broken_reference(published: dict[str, Any]) -> None:
    published["components"]["schemas"]["Note"]["properties"]["by"] = {"$ref": "#/components/schemas/Person"}

    with pytest.raises(SpecError, match="Person"):
        resolve(published)
