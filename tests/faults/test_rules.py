"""Rules as data: what they may say, when they strike, and how they end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from specdouble.errors import SpecdoubleError
from specdouble.mock.boot import Platform
from specdouble.mock.faults.effects import READERS, Effects, FaultError
from specdouble.mock.state.world import World
from tests.conftest import Client
from tests.faults.conftest import shop_platform

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"statsu": 500}, "'statsu' is no key of a rule. Did you mean status?"),
    ({"operation": "GET /itmes", "status": 500}, "there is no operation 'GET /itmes'. Did you mean GET /items?"),
    ({"operation": "listItem", "status": 500}, "there is no operation 'listItem'. Did you mean listItems?"),
    ({"service": "shap", "status": 500}, "there is no service 'shap'. Did you mean shop?"),
    ({"method": "GETT", "status": 500}, "there is no method 'GETT'. Did you mean GET?"),
    ({"path": "items", "status": 500}, "Did you mean /items?"),
    ({"path": "/item/*", "status": 500}, "no operation has a path like /item/*. Did you mean /items"),
    ({"operation": "GET /items"}, "it does nothing. Give one of status"),
    ({"status": 99}, "status is 99"),
    ({"status": "500"}, "status is '500'"),
    ({"code": 422}, "Did you mean status: 422?"),
    ({"detail": "no"}, "detail is given without a status"),
    ({"status": 500, "expired_token": True}, "status and expired_token exclude each other"),
    ({"drop": True, "truncate": True}, "drop and truncate exclude each other"),
    ({"omit": "id", "status": 500}, "omit is about the response of the operation"),
    ({"garbage": "yes"}, "garbage is 'yes'. Write true."),
    ({"delay": "soon"}, "delay is 'soon'. Write seconds"),
    ({"delay": -1}, "delay is -1"),
    ({"delay": {"min": 2, "max": 1}}, "delay.min (2) is more than delay.max (1)"),
    ({"delay": {"low": 2}}, "Write seconds, {min, max}, or {mean, deviation}"),
    ({"delay": 601}, "delay is 601 seconds, and the most is 600"),
    ({"delay": 1, "after_handling": True}, "after_handling says nothing here"),
    ({"status": 500, "times": -1}, "times is -1. Write a whole number, 0 or more."),
    ({"status": 200, "drop": True}, "status and drop exclude each other. A dropped connection has no response."),
    ({"retry_after": 1, "drop": True}, "retry_after and drop exclude each other"),
    ({"headers": {"x-a": "1"}, "drop": True}, "headers and drop exclude each other"),
    ({"omit": "id", "drop": True}, "omit and drop exclude each other"),
    ({"expired_token": True, "drop": True}, "expired_token and drop exclude each other"),
    ({"status": 503, "cut": 2}, "cut is about a stream, which a refusal replaces"),
    ({"status": 500, "every": True}, "every is True"),
    ({"status": 500, "probability": 1.5}, "probability is 1.5"),
    ({"status": 500, "headers": {"a b": "1"}}, "which is no name of a header"),
    ({"status": 500, "headers": {"x-a": "1\r\nx-b: 2"}}, "has a value that cannot be sent"),
    ({"status": 500, "id": "a/b"}, "id is 'a/b'"),
    ({"status": 500, "header": []}, "header is []"),
    ({"omit": []}, "omit is []"),
]


@pytest.mark.parametrize(("given", "said"), WRONG, ids=[said[:40] for _, said in WRONG])
def test_a_rule_that_cannot_be_used_is_refused_with_the_closest(shop: Platform, client: Client, given: dict[str, Any],
                                                                said: str) -> None:  # fmt: skip
    with pytest.raises(FaultError) as refused:
        shop.world.faults.add(given)
    assert said in str(refused.value)
    reply = client.post("/__mock__/faults", given)
    assert reply.status == 422
    assert said in str(reply.json)
    assert client.get("/__mock__/faults").json == []


def statuses(client: Client, count: int, path: str = "/items") -> list[int]:
    return [client.get(path).status for _ in range(count)]


@pytest.mark.parametrize(
    ("when", "wanted"),
    [
        ({}, [500, 500, 500, 500, 500, 500]),
        ({"times": 0}, [500, 500, 500, 500, 500, 500]),
        ({"times": 1}, [500, 200, 200, 200, 200, 200]),
        ({"times": 2}, [500, 500, 200, 200, 200, 200]),
        ({"every": 3}, [200, 200, 500, 200, 200, 500]),
        ({"after": 2}, [200, 200, 500, 500, 500, 500]),
        ({"after": 1, "every": 2, "times": 1}, [200, 200, 500, 200, 200, 200]),
    ],
)
def test_when_a_rule_strikes(shop: Platform, client: Client, when: dict[str, Any], wanted: list[int]) -> None:
    rule = shop.world.faults.add({"operation": "listItems", "status": 500, **when})
    assert statuses(client, 6) == wanted
    assert (rule.seen, rule.hits) == (6 if not rule.spent else rule.seen, wanted.count(500))


def test_chance_is_the_same_for_the_same_seed(shop_file: Path) -> None:
    def struck(seed: int) -> list[bool]:
        world = shop_platform(shop_file, seed=seed).world
        rule = world.faults.add({"probability": 0.5, "status": 500})
        return [rule.turn() for _ in range(64)]

    one = struck(1)
    assert one == struck(1) != struck(2)
    assert 16 < sum(one) < 48


@pytest.mark.parametrize(
    ("where", "struck"),
    [
        ({"operation": "GET /items"}, {"GET /items"}),
        ({"operation": "get /items/{whatever}"}, {"GET /items/1"}),
        ({"operation": "addItem"}, {"POST /items"}),
        ({"method": "delete"}, {"DELETE /items/9"}),
        ({"path": "/items/*"}, {"GET /items/1", "DELETE /items/9"}),
        ({"path": "/items/{id}", "method": "GET"}, {"GET /items/1"}),
        ({"path": "/items**"}, {"GET /items", "POST /items", "GET /items/1", "DELETE /items/9"}),
        ({"path": "/items/9"}, {"DELETE /items/9"}),
        ({"header": {"X-Run": "a*"}}, {"POST /items"}),
        ({"query": {"page": "2"}}, {"GET /items"}),
        ({"caller": "user"}, {"GET /vault"}),
        ({"caller": "anonymous", "path": "/items"}, {"GET /items", "POST /items"}),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, dict) else "",
)
def test_what_a_rule_is_about(shop: Platform, client: Client, where: dict[str, Any], struck: set[str]) -> None:
    shop.world.faults.add({**where, "status": 503})
    calls = {
        "GET /items": client.get("/items?page=2"),
        "POST /items": client.post("/items", {"name": "a", "price": 1}, headers={"x-run": "a1"}),
        "GET /items/1": client.get("/items/1"),
        "DELETE /items/9": client.delete("/items/9"),
        "GET /vault": client.get("/vault", headers={"x-shop-pass": "a-long-secret"}),
    }
    assert {name for name, reply in calls.items() if reply.status == 503} == struck


def test_the_first_rule_that_strikes_is_the_one_and_the_next_has_its_turn_after_it(
    shop: Platform, client: Client
) -> None:
    shop.world.faults.add({"operation": "listItems", "times": 1, "status": 500})
    shop.world.faults.add({"operation": "listItems", "times": 1, "status": 503})
    assert statuses(client, 3) == [500, 503, 200]


def test_delays_add_to_what_another_rule_does(shop: Platform, client: Client) -> None:
    shop.world.faults.add({"id": "slow", "delay": "20ms"})
    shop.world.faults.add({"id": "broken", "times": 1, "status": 500})
    assert client.get("/items").status == 500
    (call,) = shop.world.calls("listItems")
    assert call.fault == {"rules": ["broken", "slow"], "did": "status 500, delay 0.02 s"}
    assert call.seconds >= 0.02


def test_rules_end_with_the_world_and_those_of_the_start_begin_anew(shop_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "faults.yaml"
    file.write_text("faults:\n  - {id: first, operation: listItems, times: 1, status: 500}\n")
    world = shop_platform(shop_file, faults=str(file)).world
    world.faults.rules[0].turn()
    world.faults.add({"status": 503})
    world.reset()
    assert [(one.id, one.hits) for one in world.faults.rules] == [("first", 0)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- {operation: GET /itmes, status: 500}", "faults.yaml: rule 1: there is no operation 'GET /itmes'."),
        ("- {status: 500}\n- {stats: 500}", "faults.yaml: rule 2: 'stats' is no key of a rule. Did you mean status?"),
        ("fault: []", "there is no key 'fault'. Did you mean faults?"),
        ("status: 500", "there is no key 'status'"),
        ("- 500", "it holds no list of rules"),
        ("- {status: [}", "line 1"),
        ("[{]", "faults.yaml"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused(shop_file: Path, tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "faults.yaml"
    file.write_text(text)
    with pytest.raises(SpecdoubleError) as refused:
        shop_platform(shop_file, faults=str(file))
    assert said in str(refused.value)
    assert refused.value.exit_code == 2


def test_a_file_may_be_json_or_a_list_or_empty(shop_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    for text, count in (('[{"status": 500}]', 1), ('{"faults": [{"status": 500}, {"delay": 1}]}', 2), ("", 0),
                        ("# none today", 0), ("faults:", 0), ("[]", 0)):  # fmt: skip
        file.write_text(text)
        assert len(shop_platform(shop_file, faults=str(file)).world.faults.rules) == count


def test_rules_are_listed_replaced_and_removed(client: Client) -> None:
    made = client.post("/__mock__/faults", {"operation": "listItems", "status": 500, "note": "for the error page"})
    assert made.json == {
        "id": "f1", "operation": "listItems", "status": 500, "note": "for the error page", "seen": 0, "hits": 0,
        "spent": False,
    }  # fmt: skip
    assert statuses(client, 1) == [500]
    assert client.get("/__mock__/faults/f1").json["hits"] == 1
    assert client.put("/__mock__/faults/f1", {"operation": "listItems", "status": 503}).json["hits"] == 0
    assert statuses(client, 1) == [503]
    assert client.put("/__mock__/faults/slow", {"delay": 0}).status == 200
    assert client.put("/__mock__/faults/slow", {"id": "fast", "delay": 0}).status == 422
    assert [one["id"] for one in client.get("/__mock__/faults").json] == ["f1", "slow"]
    assert client.post("/__mock__/faults", {"id": "slow", "delay": 1}).status == 422
    assert client.delete("/__mock__/faults/f1").status == 200
    assert "Did you mean slow?" in str(client.delete("/__mock__/faults/slwo").json)
    assert client.get("/__mock__/faults/f1").status == 404
    assert client.delete("/__mock__/faults").json == {"removed": 1}


def test_several_rules_are_added_together_or_not_at_all(client: Client) -> None:
    rules = [{"status": 500, "times": 1}, {"stats": 500}]
    assert client.post("/__mock__/faults", {"faults": rules}).status == 422
    assert client.get("/__mock__/faults").json == []
    assert len(client.post("/__mock__/faults", {"faults": rules[:1] * 2}).json) == 2


def test_every_effect_can_be_written() -> None:
    written = {"ending", "number", "chunked", "has_body", "example"} | READERS.keys()
    assert set(Effects.__slots__) <= written


def test_a_world_without_operations_takes_no_names_of_them() -> None:
    from specdouble.mock.options import Options

    with pytest.raises(FaultError, match="there is no operation"):
        World(Options()).faults.add({"operation": "GET /items", "status": 500})


@pytest.mark.parametrize(
    "given", [{"delay": 0, "drop": True}, {"status": 503, "truncate": True}, {"drop": False, "status": 503}]
)
def test_what_goes_together_is_taken(shop: Platform, given: dict[str, Any]) -> None:
    assert shop.world.faults.add(given).given == given


def test_a_rule_about_a_caller_whom_nobody_knows_yet_is_kept(shop: Platform, client: Client) -> None:
    client.post("/__mock__/faults", {"caller": "nobody@example.com", "status": 500})
    assert statuses(client, 1) == [200]
    assert shop.world.faults.rules[0].seen == 0


@pytest.mark.parametrize("text", ["x", "{", "status", '"a=b'])
def test_a_body_that_is_neither_json_nor_a_form_is_told_so(client: Client, text: str) -> None:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    reply = client.call("POST", "/__mock__/faults", data=text.encode(), headers=kind)
    assert (reply.status, "The body is not JSON" in str(reply.json)) == (422, True)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/__mock__/fautls", "Did you mean /__mock__/faults? "),
        ("/__mock__/qqqqqqqq", "GET /__mock__/openapi.json lists"),
    ],
)
def test_an_unknown_control_path_names_the_closest_and_where_all_are_listed(
    client: Client, path: str, said: str
) -> None:
    reply = client.get(path)
    assert (reply.status, said in str(reply.json)) == (404, True)
    assert "GET /__mock__/openapi.json lists what there is." in str(reply.json)
    assert ("Did you mean" in str(reply.json)) is ("Did you mean" in said)


@pytest.mark.parametrize("path", ["//__mock__/faults", "///__mock__/requests", "//openapi.json"])
def test_two_slashes_are_another_path(client: Client, path: str) -> None:
    assert client.get("/", environ_overrides={"PATH_INFO": path}).status == 404
