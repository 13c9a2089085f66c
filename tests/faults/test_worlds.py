"""Each world has rules and requests of its own."""

from __future__ import annotations

from tests.conftest import Client

W1 = {"x-specdouble-world": "w1"}


def test_rules_and_requests_are_those_of_one_world(client: Client) -> None:
    assert client.post("/__mock__/worlds", {"name": "w1"}).status < 300
    try:
        client.post("/__mock__/faults", {"operation": "listItems", "status": 503}, headers=W1)
        assert (client.get("/items").status, client.get("/items", headers=W1).status) == (200, 503)
        assert client.get("/__mock__/faults").json == []
        for headers, status in (({}, 200), (W1, 503)):
            (one,) = client.get("/__mock__/requests", headers=headers).json["requests"]
            assert (one["status"], one["world"]) == (status, "w1" if headers else "main")
        client.post("/__mock__/reset", headers=W1)
        assert client.get("/items", headers=W1).status == 200
    finally:
        client.delete("/__mock__/worlds/w1")


def test_a_world_begins_with_the_rules_of_the_file_and_not_with_those_that_were_added(client: Client) -> None:
    client.post("/__mock__/faults", {"operation": "listItems", "status": 503})
    assert client.post("/__mock__/worlds", {"name": "w1"}).status < 300
    try:
        assert client.get("/items", headers=W1).status == 200
    finally:
        client.delete("/__mock__/worlds/w1")
