"""The export as a HAR file: what its specification requires, and that `verify --har` reads it."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import jsonschema_rs

from specdouble.mock.boot import Platform
from specdouble.verify.traffic.har import read
from tests.conftest import Client

_TEXT, _COUNT = {"type": "string"}, {"type": "integer", "minimum": -1}
_PAIRS = {
    "type": "array",
    "items": {"type": "object", "required": ["name", "value"], "properties": {"name": _TEXT, "value": _TEXT}},
}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": [*properties], "properties": properties}


_MESSAGE = {"httpVersion": _TEXT, "cookies": _PAIRS, "headers": _PAIRS, "headersSize": _COUNT, "bodySize": _COUNT}
_REQUEST = _object(method=_TEXT, url={"type": "string", "format": "uri"}, queryString=_PAIRS, **_MESSAGE)
_REQUEST["properties"]["postData"] = _object(mimeType=_TEXT, params=_PAIRS, text=_TEXT)
HAR = _object(  # what HAR 1.2 requires
    log=_object(
        version={"const": "1.2"},
        creator=_object(name=_TEXT, version=_TEXT),
        entries={
            "type": "array",
            "items": _object(
                startedDateTime={"type": "string", "format": "date-time"},
                time={"type": "number", "minimum": 0},
                request=_REQUEST,
                response=_object(
                    status={"type": "integer"},
                    statusText=_TEXT,
                    content=_object(size=_COUNT, mimeType=_TEXT),
                    redirectURL=_TEXT,
                    **_MESSAGE,
                ),
                cache={"type": "object"},
                timings=_object(send={"type": "number"}, wait={"type": "number"}, receive={"type": "number"}),
            ),
        },
    )
)


def test_the_export_is_a_har_file_that_verify_reads(shop: Platform, client: Client, tmp_path: Path) -> None:
    client.get("/items?q=a%20b&token=very-secret-thing")
    client.post("/items", {"name": "Cup & säucer", "price": 3})
    client.get("/nothing here")
    shop.world.faults.add({"operation": "listItems", "drop": True})
    with contextlib.suppress(ConnectionError):
        client.get("/items")
    exported = client.get("/__mock__/requests.har")
    validator = jsonschema_rs.Draft202012Validator(HAR, validate_formats=True)
    assert [f"{one.instance_path}: {one.message}" for one in validator.iter_errors(exported.json)] == []
    file = tmp_path / "requests.har"
    file.write_bytes(exported.content)
    seen, notes = read(str(file))
    assert notes == []
    assert [(one.method, one.status) for one in seen] == [("GET", 200), ("POST", 201), ("GET", 404), ("GET", 0)]
    assert seen[1].body is not None
    assert json.loads(seen[1].body) == {"name": "Cup & säucer", "price": 3}
    assert json.loads(seen[1].content or b"")["name"] == "Cup & säucer"
    assert seen[0].url.startswith("http://localhost/items?q=a%20b&token=")
    assert seen[2].url == "http://localhost/nothing%20here"
    assert seen[3].trouble == "the connection was dropped by a fault"
    assert "very-secret-thing" not in file.read_text()


def test_the_export_takes_filters_and_keeps_order(client: Client) -> None:
    for number in range(3):
        client.get(f"/items?page={number}")
    client.post("/items", {"name": "Cup", "price": 3})
    entries = client.get("/__mock__/requests.har?method=GET&limit=2").json["log"]["entries"]
    assert [one["request"]["url"][-1] for one in entries] == ["1", "2"]


def test_bytes_are_written_as_base64(shop: Platform, client: Client) -> None:
    shop.world.faults.add({"status": 200, "body": "\u00ff"})
    client.get("/items")
    content = client.get("/__mock__/requests.har").json["log"]["entries"][0]["response"]["content"]
    assert content["text"] == "\u00ff"
    entry = shop.world.journal.last()
    entry._reply.body = b"\xff\xfe"
    content = client.get("/__mock__/requests.har").json["log"]["entries"][0]["response"]["content"]
    assert (content["text"], content["encoding"]) == ("//4=", "base64")
