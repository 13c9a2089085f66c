"""What the engine alone writes is refused by hand, and what a create fills in is filled in by hand too."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from specdouble.mock.boot import boot
from specdouble.mock.options import Options
from specdouble.mock.transports import server
from specdouble.mock.transports.app import create_app
from specdouble.packs.target import contract_of_target
from tests.conftest import Client

COLLECTIONS = "/__mock__/collections"
INVOICES = """
openapi: 3.0.3
info: {title: Invoices, version: "1"}
paths:
  /invoices:
    get:
      responses:
        "200":
          description: All
          content:
            application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Invoice"}}}
    post:
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Invoice"}}}}
      responses:
        "201": {description: Made, content: {application/json: {schema: {$ref: "#/components/schemas/Invoice"}}}}
  /invoices/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get:
      responses:
        "200": {description: One, content: {application/json: {schema: {$ref: "#/components/schemas/Invoice"}}}}
        "404": {description: None}
components:
  schemas:
    Invoice:
      type: object
      required: [id, customer, status, created_at]
      properties:
        id: {type: integer, readOnly: true}
        customer: {type: string}
        lines: {type: integer}
        status: {type: string, enum: [open, paid], default: open}
        created_at: {type: string, format: date-time, readOnly: true}
"""
WRONG: dict[str, dict[str, Any]] = {
    "counters": {"name": "x", "value": "many"},
    "timers": {"id": 1, "at": "x"},
    "events": {"id": "x"},
    "outbox": {"id": 1},
    ".gone": {"key": 7},
    ".singles": {"key": "x"},
    ".seeded": {"key": 7},
    ".made": {"key": "x"},
    ".tokens": {"key": "x"},
    ".members": {"key": "x"},
    ".files": {"key": "x", "data": {"base64": "!"}, "type": "image/png", "of": ""},
    "invoice": {"id": 1, "key": "x"},
}


@pytest.fixture
def shop(tmp_path: Path) -> Client:
    document = tmp_path / "invoices.yaml"
    document.write_text(INVOICES, encoding="utf-8")
    platform = boot(contract_of_target(str(document)), Options(strict=True))
    return Client(create_app(platform, next(iter(platform.services))))


def alive(client: Client) -> bool:
    asked = [client.get(path).status for path in ("/invoices", "/__mock__/clock", "/__mock__/files")]
    asked.append(client.post("/__mock__/clock", {"advance": "1h"}).status)
    asked.append(client.post("/__mock__/worlds", {"fork": "main"}).status)
    return asked == [200] * 5


@pytest.mark.parametrize(("name", "document"), [one for one in WRONG.items() if one[0] != "invoice"])
def test_what_the_engine_alone_writes_is_refused_by_hand(shop: Client, name: str, document: dict[str, Any]) -> None:
    before = shop.get("/__mock__/world").json["collections"]
    refused = shop.post(f"{COLLECTIONS}/{name}", document)
    assert (refused.status, f"The server alone writes {name}: " in refused.detail) == (405, True)
    assert shop.get("/__mock__/world").json["collections"] == before
    assert alive(shop)


def test_the_right_way_is_named(shop: Client) -> None:
    assert "POST /__mock__/events" in shop.post(f"{COLLECTIONS}/events", {"id": 1}).detail
    assert "POST /__mock__/clock" in shop.post(f"{COLLECTIONS}/timers", {"id": 1}).detail
    counters = f"{COLLECTIONS}/counters/invoice"
    refused = [shop.patch(counters, {"value": 1}), shop.put(counters, {"name": "invoice"}), shop.delete(counters)]
    assert [one.status for one in refused] == [405] * 3


def test_what_a_pack_derives_is_refused_by_hand(gateway: Client) -> None:
    assert gateway.post(f"{COLLECTIONS}/tallies", {"id": "x"}).status == 405


@pytest.mark.parametrize("changes", [{"at": "x"}, {"at": True}, {"name": "nobody"}, {"at": 1.0, "payload": {}}, {}])
def test_a_timer_can_be_moved_and_nothing_else(gateway: Client, world: Any, changes: dict[str, Any]) -> None:
    timer = world.state["timers"].page(0, 1)[0]
    assert gateway.patch(f"{COLLECTIONS}/timers/{timer['id']}", changes).status == 422
    assert world.state["timers"].get(timer["id"]) == timer


@pytest.mark.parametrize(("name", "document"), WRONG.items())
def test_a_world_with_a_wrong_internal_document_is_not_imported(
    shop: Client, name: str, document: dict[str, Any]
) -> None:
    before = shop.get("/__mock__/world").json["collections"]
    refused = shop.put("/__mock__/world", {"collections": {"invoice": [], name: [document]}})
    assert (refused.status, name in refused.detail) == (422, True), refused.content
    assert shop.get("/__mock__/world").json["collections"] == before
    assert alive(shop)


def test_an_exported_world_is_imported(shop: Client) -> None:
    shop.get("/invoices")
    assert shop.put("/__mock__/world", shop.get("/__mock__/world").json).status == 200
    assert alive(shop)


def test_a_world_with_an_uploaded_file_is_exported_and_imported(tmp_path: Path) -> None:
    document = tmp_path / "invoices.yaml"
    document.write_text(INVOICES, encoding="utf-8")
    platform = boot(contract_of_target(str(document)), Options(strict=True))
    shop, store = Client(create_app(platform, next(iter(platform.services)))), platform.world.state[".files"]
    kept = {"key": "/x", "data": b"\xff\x00", "type": "image/png", "name": "", "of": ""}
    store.put(dict(kept))
    platform.world.commit()
    exported = shop.get("/__mock__/world")
    assert exported.status == 200
    assert shop.get(f"{COLLECTIONS}/.files").json[0]["data"] == {"base64": "/wA="}
    assert shop.get("/__mock__/shapes/.files").json["schema"]["properties"]["data"] == {"type": ["object"]}
    store.remove("/x")
    platform.world.commit()
    assert shop.put("/__mock__/world", exported.json).status == 200
    assert store.get("/x") == kept


def test_by_hand_the_server_writes_what_it_writes_at_a_create(shop: Client) -> None:
    made = shop.post(f"{COLLECTIONS}/invoice", {"customer": "By hand"})
    assert made.status == 200, made.content
    assert (made.json["status"], made.json["created_at"][:2]) == ("open", "20")
    assert shop.get(f"/invoices/{made.json['id']}").json == made.json


def test_all_that_is_wrong_is_told_at_once(shop: Client) -> None:
    wrong = shop.post(f"{COLLECTIONS}/invoice", {"customer": 5, "status": "lost", "lines": "two"}).json["errors"]
    assert {one["pointer"] for one in wrong} == {"/customer", "/status", "/lines"}


def test_a_name_that_is_nearly_a_known_one_is_refused(shop: Client) -> None:
    refused = shop.post(f"{COLLECTIONS}/invoice", {"customer": "x", "stauts": "open"})
    assert (refused.status, "Did you mean status?" in refused.detail) == (422, True)
    made = shop.post(f"{COLLECTIONS}/invoice", {"customer": "x", "colour": "red"})
    assert made.json["colour"] == "red", "JSON Schema allows what is not declared"
    where = f"{COLLECTIONS}/invoice/{made.json['id']}"
    assert shop.patch(where, {"custmer": "y"}).status == 422
    assert shop.patch(where, {"customer": "y"}).status == 200


def test_a_failure_says_what_failed(shop: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from specdouble.mock.inferred.items.store import Items

    monkeypatch.setattr(Items, "records", lambda *_: 1 / 0)
    assert "failed in GET /invoices;" in shop.get("/invoices").detail


def test_a_server_without_uvloop_runs_outside_of_its_import_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    handled: list[BaseException | None] = []

    async def serving() -> None:
        await asyncio.sleep(0)
        handled.append(sys.exception())

    server._run_loop(serving())
    assert handled == [None]
