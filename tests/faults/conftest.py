"""A small shop, whose document has an error schema, examples, a key, and a stream."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from specdouble import packs
from specdouble.mock.boot import Platform, boot
from specdouble.mock.options import Options
from specdouble.mock.transports.app import create_app
from specdouble.packs.target import contract_of_target
from tests.conftest import Client

ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
        }
    },
}
ITEM = {
    "type": "object",
    "required": ["id", "name", "price"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "name": {"type": "string"},
        "price": {"type": "number"},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
}


def _json(schema: Any, **more: Any) -> dict[str, Any]:
    return {"description": "As it says", "content": {"application/json": {"schema": schema, **more}}}


SHOP: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "paths": {
        "/items": {
            "get": {"operationId": "listItems", "responses": {"200": _json({"type": "array", "items": ITEM})}},
            "post": {
                "operationId": "addItem",
                "requestBody": {"required": True, "content": {"application/json": {"schema": ITEM}}},
                "responses": {"201": _json(ITEM), "422": _json(ERROR), "409": _json(ERROR)},
            },
        },
        "/items/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "get": {
                "operationId": "getItem",
                "responses": {
                    "200": _json(ITEM, examples={"cup": {"value": {"id": 7, "name": "Cup", "price": 3}}}),
                    "404": _json(ERROR, example={"error": {"code": "no_item", "message": "Sold out"}}),
                    "503": _json(ERROR),
                },
            },
            "delete": {"operationId": "removeItem", "responses": {"204": {"description": "Gone"}}},
        },
        "/vault": {
            "get": {
                "operationId": "openVault",
                "security": [{"header": []}, {"bearer": []}],
                "responses": {"200": _json({"type": "object", "properties": {"gold": {"type": "integer"}}}),
                              "401": _json(ERROR)},
            }
        },
        "/news": {
            "get": {
                "operationId": "news",
                "responses": {"200": {"description": "News", "content": {"text/event-stream": {"schema": ITEM}}}},
            }
        },
    },
    "components": {
        "securitySchemes": {
            "header": {"type": "apiKey", "in": "header", "name": "X-Shop-Pass"},
            "bearer": {"type": "http", "scheme": "bearer"},
        }
    },
}  # fmt: skip


@pytest.fixture(scope="session")
def shop_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The document of the shop."""
    path = tmp_path_factory.mktemp("shop") / "shop.json"
    path.write_text(json.dumps(SHOP))
    yield path
    packs._added.pop(contract_of_target(str(path)).name, None)


def shop_platform(path: Path, **options: Any) -> Platform:
    return boot(contract_of_target(str(path)), Options(**{"seed": 7, **options}))


@pytest.fixture(scope="session")
def _shop(shop_file: Path) -> Platform:
    return shop_platform(shop_file)


@pytest.fixture
def shop(_shop: Platform) -> Platform:
    """The shop, as seeded."""
    _shop.worlds.restart()
    return _shop


@pytest.fixture
def client(shop: Platform) -> Client:
    """Calls the shop in this process."""
    return Client(create_app(shop, next(iter(shop.services))))
