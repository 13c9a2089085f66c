"""Whatever a request holds, the journal shows it."""

from __future__ import annotations

import time

import pytest

from specdouble.mock.boot import Platform
from specdouble.mock.faults.depth import DEEPEST, is_deep
from specdouble.mock.journal.secrets import Secrets
from tests.conftest import Client

SECRET = "s3cr3t-and-long"


def deep(depth: int, kind: str) -> bytes:
    inner = f'{{"password":"{SECRET}"}}'
    if kind == "lists":
        return ("[" * depth + inner + "]" * depth).encode()
    return ('{"a":' * depth + inner + "}" * depth).encode()


@pytest.mark.parametrize("kind", ["lists", "objects"])
@pytest.mark.parametrize("depth", [90, 120, 260, 500, 980, 5000])
def test_a_deeply_nested_body_is_shown(client: Client, shop: Platform, depth: int, kind: str) -> None:
    shop.world.faults.add({"operation": "listItems", "body": ["an echo"], "status": 409})
    client.call("POST", "/items", data=deep(depth, kind), headers={"content-type": "application/json"})
    client.get("/items")
    listed = client.get("/__mock__/requests")
    assert (listed.status, listed.json["total"]) == (200, 2)
    assert client.get("/__mock__/journal").status == 200
    assert client.get("/__mock__/requests?q=password").status == 200
    assert b"event: request" in client.get("/__mock__/requests/stream?since=0").content
    shown = client.get(f"/__mock__/requests/{listed.json['requests'][1]['id']}")
    assert shown.status == 200
    sent = shown.json["request"]
    assert ("json" in sent, "text" in sent) == (depth < DEEPEST, depth >= DEEPEST)
    exported = client.get("/__mock__/requests.har")
    assert exported.status == 200
    for reply in (shown, exported):
        assert SECRET not in reply.content.decode()
        assert "<redacted-" in reply.content.decode()


def test_depth_is_told_at_its_limit() -> None:
    value: list[object] = []
    for _ in range(DEEPEST):
        assert not is_deep(value)
        value = [value]
    assert not is_deep(value)
    assert is_deep([value])
    assert not is_deep("text")


def test_a_deep_rule_is_refused(client: Client) -> None:
    for key in ("body", "header"):
        for levels, told in ((150, "nested more than 100 levels"), (900, "nested more than 240 levels")):
            text = f'{{"status":500,"{key}":'.encode() + b"[" * levels + b"]" * levels + b"}"
            reply = client.call("POST", "/__mock__/faults", data=text)
            assert (reply.status, told in str(reply.json)) == (422, True)
    assert client.get("/__mock__/faults").json == []


def test_a_text_full_of_quotes_is_looked_through_once() -> None:
    began = time.process_time()
    text = '"' + '\\"' * 30_000
    assert Secrets().body(text, "application/json") == text
    assert time.process_time() - began < 3
