"""What a document says of itself goes before what is inferred: resources, roles, effects, seed data."""

from __future__ import annotations

from typing import Any

import pytest

from tests.inferred.conftest import Checked, Served


def json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


ORDER = {"$ref": "#/components/schemas/Order"}
REFUND = {"$ref": "#/components/schemas/Refund"}
OK = {"200": {"description": "ok", "content": json(ORDER)}}
KEY = [{"name": "orderId", "in": "path", "required": True, "schema": {"type": "integer"}}]
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Orders", "version": "1"},
    "paths": {
        "/orders": {
            "x-specdouble-resource": {"name": "order", "seed": [{"id": 7, "status": "shipped", "total": 3}]},
            "get": {"responses": {"200": {"description": "ok", "content": json({"type": "array", "items": ORDER})}}},
            "post": {
                "requestBody": {"content": json({"type": "object", "properties": {"total": {"type": "number"}}})},
                "responses": {"201": {"description": "made", "content": json(ORDER)}},
                "x-specdouble-effect": {"set": {"note": "$request.header.X-Note"}},
            },
        },
        "/orders/{orderId}": {"parameters": KEY, "get": {"responses": OK}},
        "/orders/{orderId}/send-back": {
            "parameters": KEY,
            "post": {
                "responses": {**OK, "409": {"description": "no"}},
                "x-specdouble-effect": {
                    "refuse": {"when": {"status": ["shipped", "returned"]}, "status": 409, "message": "Too late."},
                    "set": {"status": "returned", "returned_at": "$now", "note": "$$5"},
                    "increment": {"changes": 1},
                    "create": {"resource": "refund", "values": {"order_id": "$item#/id", "amount": "$item#/total"}},
                },
            },
        },
        "/refunds": {
            "x-specdouble-resource": {"name": "refund", "seed": 0},
            "get": {
                "responses": {"200": {"description": "ok", "content": json({"type": "array", "items": REFUND})}}
            },
        },
    },
    "components": {
        "schemas": {
            "Order": {
                "type": "object",
                "required": ["id", "status"],
                "properties": {
                    "id": {"type": "integer", "readOnly": True},
                    "status": {"enum": ["new", "shipped", "returned"]},
                    "total": {"type": "number"},
                    "changes": {"type": "integer", "default": 0, "readOnly": True},
                    "note": {"type": "string"},
                    "returned_at": {"type": "string", "format": "date-time"},
                },
            },
            "Refund": {
                "type": "object",
                "required": ["id", "order_id", "amount"],
                "properties": {
                    "id": {"type": "integer"}, "order_id": {"type": "integer"}, "amount": {"type": "number"},
                },
            },
        }
    },
}  # fmt: skip


@pytest.fixture
def orders(served: Served) -> Checked:
    return served(DOCUMENT)


def test_the_seed_of_a_resource(orders: Checked) -> None:
    assert orders.get("/orders").json == [{"id": 7, "status": "shipped", "total": 3}]
    assert orders.get("/refunds").json == []


def test_an_effect_sets_counts_and_makes(orders: Checked) -> None:
    made = orders.post("/orders", {"total": 12}, headers={"X-Note": "soon"}).json
    assert (made["note"], made["status"], made["changes"]) == ("soon", "new", 0)
    back = orders.post(f"/orders/{made['id']}/send-back").json
    assert (back["status"], back["changes"], back["note"]) == ("returned", 1, "$5")
    assert back["returned_at"].startswith("20")
    assert orders.get(f"/orders/{made['id']}").json == back
    (refund,) = orders.get("/refunds").json
    assert (refund["order_id"], refund["amount"]) == (made["id"], 12)


def test_a_refusal_changes_nothing(orders: Checked) -> None:
    refused = orders.post("/orders/7/send-back")
    assert (refused.status, refused.detail) == (409, "Too late.")
    assert orders.get("/orders/7").json["status"] == "shipped"
    assert orders.get("/refunds").json == []


def test_an_operation_says_that_it_is_declared(orders: Checked) -> None:
    assert orders.post("/orders/7/send-back").headers["x-mock-fidelity"] == "declared"
    assert orders.get("/orders/7").headers["x-mock-fidelity"] == "inferred"
