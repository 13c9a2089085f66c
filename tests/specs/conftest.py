"""Documents for the tests of `specs`, and a cache folder of their own."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from specdouble.openapi import Document
from specdouble.packs.documents import bundled


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPECDOUBLE_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def gateway(cache_folder: Path) -> Document:
    return bundled("auth-gateway")


@pytest.fixture(scope="session")
def registry(cache_folder: Path) -> Document:
    return bundled("registry")


NOTE = {
    "type": "object",
    "required": ["id", "text"],
    "properties": {
        "id": {"type": "integer"},
        "text": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "written_at": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
}
NEW_NOTE = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string", "maxLength": 100}, "colour": {"type": "string", "default": "red"}},
}
PUBLISHED: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Notes", "version": "1"},
    "paths": {
        "/notes": {
            "post": {
                "operationId": "write",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewNote"}}},
                },
                "responses": {
                    "201": {
                        "description": "Written",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Note"}}},
                    },
                    "422": {"description": "Wrong"},
                },
            },
            "get": {
                "operationId": "list",
                "parameters": [
                    {
                        "name": "limit",
                        "in": "query",
                        "required": False,
                        "schema": {"type": "integer", "minimum": 1, "maximum": 50, "default": 20},
                    }
                ],
                "responses": {
                    "200": {
                        "description": "All notes",
                        "content": {
                            "application/json": {
                                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Note"}}
                            }
                        },
                    }
                },
            },
        },
        "/notes/{note_id}": {
            "parameters": [{"name": "note_id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "get": {
                "operationId": "read",
                "responses": {
                    "200": {
                        "description": "The note",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Note"}}},
                    }
                },
            },
        },
    },
    "components": {"schemas": {"Note": NOTE, "NewNote": NEW_NOTE}},
}
_EXAMPLE = {"id": 1, "text": "milk", "tags": ["shop"], "written_at": "2026-06-21T10:00:00Z"}
_REFUSED = {"401": {"description": "Who are you?"}}


def _answer(status: str, example: Any, **more: Any) -> dict[str, Any]:
    return {status: {"content": {"application/json": {"example": example}}, **more}}


OVERLAY: dict[str, Any] = {
    "overlay": "1.0.0",
    "info": {"title": "The rest", "version": "1"},
    "actions": [
        {
            "target": "$.components",
            "description": "Name the key.",
            "x-rests-on": "published",
            "update": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
        },
        {
            "target": "$.paths['/notes'].post",
            "description": "Say who may call.",
            "x-rests-on": "client",
            "update": {
                "security": [{"key": []}],
                "requestBody": {"content": {"application/json": {"example": {"text": "milk"}}}},
                "responses": {
                    **_answer(
                        "201",
                        _EXAMPLE,
                        links={"read": {"operationId": "read", "parameters": {"note_id": "$response.body#/id"}}},
                    ),
                    **_REFUSED,
                    "413": {"description": "Too long"},
                },
            },
        },
        {
            "target": "$.paths['/notes'].get",
            "description": "Say who may call.",
            "x-rests-on": "client",
            "update": {"security": [], "responses": _answer("200", [_EXAMPLE])},
        },
        {
            "target": "$.paths['/notes'].get.parameters[?(@.name == 'limit')]",
            "description": "Show a limit.",
            "x-rests-on": "decided",
            "update": {"example": 10},
        },
        {
            "target": "$.paths['/notes/{note_id}'].get",
            "description": "Say who may call.",
            "x-rests-on": "client",
            "update": {"security": [{"key": []}], "responses": {**_answer("200", _EXAMPLE), **_REFUSED}},
        },
        {
            "target": "$.components.schemas.Note",
            "description": "Close the object.",
            "x-rests-on": "decided",
            "update": {
                "additionalProperties": False,
                "properties": {"written_at": {"format": "date-time"}},
            },
        },
    ],
}


@pytest.fixture
def published() -> dict[str, Any]:
    """A small document, to be changed by the test."""
    return copy.deepcopy(PUBLISHED)


@pytest.fixture
def overlay() -> dict[str, Any]:
    """Its overlay, which makes it pass every check."""
    return copy.deepcopy(OVERLAY)
