"""What is large costs no walk in Python, for which everybody else would wait."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from specdouble.mock.inferred.items.placing import without_files
from specdouble.mock.inferred.operations.writing import kept
from specdouble.mock.pipeline.checking.body import _too_deep
from specdouble.mock.state.stores.store import Store
from specdouble.openapi.bodies.base import File
from tests.inferred.conftest import Served

DEEPEST = 200


def nested(levels: int, kind: str) -> Any:
    value: Any = 'a ]} text \\" [{'
    for number in range(levels):
        value = [value, []] if kind == "list" or (kind == "both" and number % 2) else {'"[': value, "}": {}}
    return value


@pytest.mark.parametrize("kind", ["list", "object", "both"])
def test_how_deep_a_body_nests_is_told_by_its_brackets(kind: str) -> None:
    for levels in (0, 1, 2, DEEPEST - 2, DEEPEST - 1):  # what is innermost has one more
        assert not _too_deep(orjson.dumps(nested(levels, kind))), levels
    assert _too_deep(orjson.dumps(nested(DEEPEST, kind)))
    assert _too_deep(orjson.dumps([1, nested(DEEPEST - 1, kind)]))


def test_what_came_as_json_is_kept_as_it_came() -> None:
    sent = {"a": [{"b": 1}], "c": "text"}
    assert without_files(sent) is sent
    assert without_files({"a": [File(b"x", "name.txt", "text/plain")], "b": b"raw"}) == {"a": ["name.txt"], "b": "raw"}


def test_no_file_is_looked_for_in_what_came_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_files", lambda _value: pytest.fail("it was walked through"))
    assert kept._first({"a": [1, {"b": None}]}) is None


SHAPE = {"type": "object", "properties": {"id": {"type": "integer", "readOnly": True}, "name": {"type": "string"}}}


def path(name: str, role: str) -> dict[str, Any]:
    body = {"content": {"application/json": {"schema": SHAPE}}}
    operations = {
        "post": {"requestBody": body, "responses": {"201": {"description": "It", **body}}},
        "get": {"responses": {"200": {"description": "All", "content": {"application/json": {
            "schema": {"type": "array", "items": SHAPE}}}}}},
        "delete": {"responses": {"204": {"description": "Gone"}}},
    }  # fmt: skip
    found: dict[str, Any] = {one: operations[one] for one in role.split()}
    names = [one.strip("{}") for one in name.split("/") if one.startswith("{")]
    found["parameters"] = [
        {"name": one, "in": "path", "required": True, "schema": {"type": "integer"}} for one in names
    ]
    return found


def test_many_items_that_go_with_another_walk_through_no_collection(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = {"openapi": "3.1.0", "info": {"title": "Rooms", "version": "1"}, "paths": {
        "/rooms": path("/rooms", "get post"), "/rooms/{roomId}": path("/rooms/{roomId}", "delete"),
        "/rooms/{roomId}/parcels": path("/rooms/{roomId}/parcels", "get post"),
        "/rooms/{roomId}/parcels/{parcelId}": path("/rooms/{roomId}/parcels/{parcelId}", "delete"),
    }}  # fmt: skip
    client = served(document, empty=True)
    room = client.post("/rooms", {"name": "one"}).json["id"]
    for number in range(20):
        assert client.post(f"/rooms/{room}/parcels", {"name": f"parcel {number}"}).status == 201
    walks = []

    def counted(store: Store) -> Iterator[Any]:
        walks.append(store.declared.name)
        return iter(list(store._each()))

    monkeypatch.setattr(Store, "__iter__", counted)
    assert client.delete(f"/rooms/{room}").status == 204
    assert len(walks) < 10, walks
    monkeypatch.undo()
    state = client.platform.world.state
    assert [len(state[name]) for name in state.names() if "parcel" in name] == [0]
