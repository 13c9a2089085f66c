"""What was asked: each request whole, found by filters, and why it was answered as it was."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from _pytest._io.saferepr import saferepr

from specdouble.mock.boot import Platform, boot
from specdouble.mock.journal.journal import Journal, JournalError
from specdouble.mock.options import Options
from specdouble.mock.state.world import World
from specdouble.mock.transports.app import create_app
from specdouble.packs.target import contract_of_target
from tests.conftest import Client
from tests.faults.conftest import shop_platform

ADA = "imp_u_abc123"


def listed(client: Client, query: str = "") -> list[dict[str, Any]]:
    reply = client.get(f"/__mock__/requests{query}")
    assert reply.status == 200, reply.content
    return list(reply.json["requests"])


def whole(client: Client, query: str = "") -> dict[str, Any]:
    found = client.get(f"/__mock__/requests/{listed(client, query)[0]['id']}")
    assert found.status == 200
    return dict(found.json)


def test_a_request_is_kept_whole(client: Client) -> None:
    made = client.post("/items?draft=1", {"name": "Cup", "price": 3}, headers={"x-run": "7"})
    one = whole(client)
    assert one.keys() >= {"id", "time", "seconds", "world", "service", "operation", "caller", "user_id", "answered_by"}
    assert (one["method"], one["url"], one["status"], one["operation"]) == (
        "POST",
        "/items?draft=1",
        201,
        "POST /items",
    )
    assert one["answered_by"]["fidelity"] == "inferred"
    assert one["answered_by"]["why"].startswith("create of ")
    assert one["request"]["json"] == {"name": "Cup", "price": 3}
    assert ["x-run", "7"] in one["request"]["headers"]
    assert one["response"]["json"] == made.json
    assert ["content-type", "application/json"] in one["response"]["headers"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", one["time"])
    assert 0 < one["seconds"] < 1
    assert (one["why"], one["fault"], one["unmatched"]) == (None, None, False)


def test_a_handler_of_a_pack_is_named_with_its_line_and_the_caller(user: Client) -> None:
    user.get("/v1/auth/me")
    one = whole(user)
    assert re.fullmatch(r"mockserver/imperal/.*\.py:\d+", one["answered_by"]["source"])
    assert (one["caller"], one["user_id"]) == ("user", ADA)


def test_requests_of_the_control_plane_are_not_kept(client: Client) -> None:
    client.get("/__mock__/clock")
    client.get("/openapi.json")
    assert listed(client) == []


@pytest.fixture
def asked(client: Client, shop: Platform) -> Client:
    """A client that has asked for this and that: six requests."""
    client.get("/items")
    client.post("/items", {"name": "Teapot", "price": "much"})
    client.get("/items/99999")
    client.get("/itmes?colour=blue")
    client.get("/vault")
    shop.world.faults.add({"id": "closed", "operation": "listItems", "status": 503, "times": 1})
    client.get("/items")
    return client


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [6, 5, 4, 3, 2, 1]),
        ("?method=post", [2]),
        ("?path=/items/*", [3]),
        ("?path=/it**", [6, 4, 3, 2, 1]),
        ("?operation=GET%20/items", [6, 1]),
        ("?operation=listItems", [6, 1]),
        ("?operation=/items/*", [3]),
        ("?status=503", [6]),
        ("?status=4xx", [5, 4, 3, 2]),
        ("?status=4xx&method=POST", [2]),
        ("?unmatched=true", [4]),
        ("?unmatched=false&status=404", [3]),
        ("?fault=true", [6]),
        ("?fault=closed", [6]),
        ("?fault=open", []),
        ("?fault=false", [5, 4, 3, 2, 1]),
        ("?caller=anonymous&since=4", [6, 5]),
        ("?caller=user", []),
        ("?since=2000-01-01T00:00:00Z", [6, 5, 4, 3, 2, 1]),
        ("?since=2990-01-01", []),
        ("?q=teapot", [2]),
        ("?q=BLUE", [4]),
        ("?service=shop&limit=2", [6, 5]),
        ("?limit=2&offset=3", [3, 2]),
        ("?limit=0", []),
        ("?q=&method=", [6, 5, 4, 3, 2, 1]),
    ],
)
def test_requests_are_found(asked: Client, query: str, found: list[int]) -> None:
    first = min(one["id"] for one in listed(asked))
    query = re.sub(r"since=(\d)(?!\d)", lambda since: f"since={first + int(since[1]) - 1}", query)
    assert [one["id"] - first + 1 for one in listed(asked, query)] == found


def test_a_page_says_how_many_there_are(asked: Client) -> None:
    assert asked.get("/__mock__/requests?status=4xx&limit=1").json["total"] == 4


@pytest.mark.parametrize(
    ("query", "said"),
    [("staus=404", "Did you mean status?"), ("status=4", None), ("status=abc", "a range such as 4xx"),
     ("unmatched=perhaps", "Write true or false"), ("since=yesterday", "a moment such as"), ("limit=-1", "0 or more")],
)  # fmt: skip
def test_a_filter_that_cannot_be_used_is_refused(asked: Client, query: str, said: str | None) -> None:
    reply = asked.get(f"/__mock__/requests?{query}")
    assert reply.status == (200 if said is None else 422)
    assert said is None or said in str(reply.json)


def test_an_id_that_is_not_there_says_which_are(asked: Client) -> None:
    assert "Kept are" in str(asked.get("/__mock__/requests/999999").json)
    assert asked.get("/__mock__/requests/first").status == 404
    assert asked.delete("/__mock__/requests").json == {"removed": 6}
    assert "None is kept" in str(asked.get("/__mock__/requests/1").json)
    asked.get("/items")
    assert [one["method"] for one in listed(asked)] == ["GET"]


# ------------------------------------------------------------------------------------------------------------- why
def test_why_was_this_a_422(client: Client) -> None:
    client.post("/items", {"name": 5})
    why = whole(client)["why"]
    assert why["summary"] == "2 things of the request are not as the document says."
    by = {one["pointer"]: one for one in why["findings"]}
    assert by["/name"] == {
        "place": "body", "pointer": "/name", "message": "Input should be a valid string", "type": "string_type",
        "schema": {"type": "string"}, "value": 5,
    }  # fmt: skip
    assert by["/price"]["type"] == "missing"
    assert by["/price"]["schema"] == {"type": "number"}
    assert "value" not in by["/price"]


def test_why_was_this_parameter_refused(client: Client) -> None:
    client.get("/items/cup")
    (finding,) = whole(client)["findings"]
    assert (finding["place"], finding["pointer"]) == ("path", "/id")
    (told,) = whole(client)["why"]["findings"]
    assert told["schema"] == {"type": "integer"}


def test_why_was_this_a_404(client: Client) -> None:
    client.get("/itmes")
    one = whole(client)
    assert one["operation"] is None
    assert one["why"]["closest"][0] == "GET /items"
    client.get("/items/99999")
    assert "99999" in whole(client)["why"]["summary"]
    client.put("/items", {})
    assert "POST /items" in whole(client)["why"]["closest"]


def test_why_was_this_a_401(client: Client, user: Client) -> None:
    client.get("/vault", headers={"x-old-token": "abcdefgh"})
    why = whole(client)["why"]
    assert why["needed"] == [["header"], ["bearer"]]
    assert why["sent"] == ["x-old-token"]
    user.get("/v1/audit")
    why = whole(user)["why"]
    assert why["sent"] == ["authorization"]


def test_why_was_this_a_500(shop_file: Path, caplog: pytest.LogCaptureFixture) -> None:
    platform = shop_platform(shop_file)
    service = next(iter(platform.services.values()))

    def fails(_call: object) -> None:
        raise KeyError("no such cup")

    service.operations["GET /items"].answer_with(fails, "handler", "mockserver/shop.py:7")
    client = Client(create_app(platform, service.name))
    client.get("/items")
    one = whole(client)
    assert "GET /items failed in mockserver/shop.py:7" in one["why"]["log"]
    assert "KeyError: 'no such cup'" in one["why"]["log"]


def test_why_did_a_response_break_its_promise(shop_file: Path, caplog: pytest.LogCaptureFixture) -> None:
    platform = shop_platform(shop_file, strict=True)
    service = next(iter(platform.services.values()))
    service.operations["GET /items"].answer_with(lambda _call: [{"id": "x"}], "handler", "mockserver/shop.py:7")
    client = Client(create_app(platform, service.name))
    assert client.get("/items").status == 500
    assert "broke its promise" in whole(client)["why"]["log"]


def test_why_names_the_fault_that_struck(shop: Platform, client: Client) -> None:
    shop.world.faults.add({"id": "closed", "operation": "listItems", "status": 503})
    client.get("/items")
    one = whole(client)
    assert one["why"]["summary"] == "A fault struck: status 503, asked for by closed."
    assert one["answered_by"]["fidelity"] == "fault"


# ---------------------------------------------------------------------------------------------------------- bounds
def test_bodies_are_cut_and_say_so(shop_file: Path) -> None:
    platform = boot(contract_of_target(str(shop_file)), Options(journal_body=100))
    client = Client(create_app(platform, "shop"))
    client.post("/items", {"name": "x" * 200, "price": 1})
    one = whole(client)
    assert one["request"]["size"] > 200
    assert one["request"]["truncated"] is True
    assert len(one["request"]["text"]) == 100


def test_all_bodies_together_are_bounded(shop_file: Path) -> None:
    options = Options(journal_bytes=400_000, journal_body=50_000)
    platform = boot(contract_of_target(str(shop_file)), options)
    client = Client(create_app(platform, "shop"))
    for number in range(40):
        client.post("/items", {"name": "x" * 30_000, "price": number})
    journal = platform.world.journal
    kept = sum(len(one.request.body) + len(one.response.body) for one in journal)
    assert 250_000 < kept <= 500_000
    assert journal.last().request.json["price"] == 39


def test_the_oldest_requests_go_first(shop_file: Path) -> None:
    platform = boot(contract_of_target(str(shop_file)), Options(journal_size=3))
    client = Client(create_app(platform, "shop"))
    for number in range(5):
        client.get(f"/items?page={number}")
    assert [one["url"][-1] for one in listed(client)] == ["4", "3", "2"]
    assert [one.number for one in platform.world.journal] == [3, 4, 5]
    assert platform.world.journal[0].query == "page=2"


def test_a_refusal_does_not_keep_what_it_went_through(shop: Platform, client: Client) -> None:
    client.get("/items/99999")
    problem = shop.world.journal.last().problem
    assert problem is not None
    assert problem.__traceback__ is None


# ----------------------------------------------------------------------------------------------------------- tests
def test_calls_are_asserted_on(shop: Platform, client: Client) -> None:
    client.post("/items", {"name": "Cup"})
    client.post("/items", {"name": "Cup", "price": 3})
    client.get("/nothing")
    (refused,) = shop.world.calls("POST /items", status=422)
    assert refused.request.json == {"name": "Cup"}
    assert refused.response.json["error"]["message"]
    assert refused.findings[0]["pointer"] == "/price"
    assert [one.status for one in shop.world.calls("addItem")] == [422, 201]
    assert len(shop.world.calls()) == 3
    assert len(shop.world.calls(unmatched=True)) == 1
    assert len(shop.world.calls("GET /nothing", unmatched=True)) == 1
    assert len(shop.world.calls(path="/items", status="2xx")) == 1
    assert shop.world.calls("/items/7") == []


def test_a_failing_assertion_says_what_was_asked_instead(shop: Platform, client: Client) -> None:
    client.post("/items", {"name": "Cup", "price": 3})
    client.post("/items", {"name": "Cup", "price": 3})
    client.get("/items")
    client.get("/itmes")
    found = shop.world.calls("POST /items", status=422)
    assert repr(found) == (
        "<no POST /items status=422; asked were: POST /items 201 x 2, GET /items 200, GET /itmes (unmatched) 404>"
    )
    assert repr(shop.world.calls("POST /items")) == "<2 x POST /items: 201, 201>"
    shop.world.journal.clear()
    assert repr(shop.world.calls("POST /items")) == "<no POST /items; asked were: none>"


def test_pytest_prints_all_of_it(shop: Platform, client: Client) -> None:
    for number in range(20):
        client.get(f"/a-path-of-some-length-{number}")
    client.get("/items")
    found = shop.world.calls("POST /items", status=422)
    assert repr(found).startswith("<no POST /items status=422; asked were: GET /items 200, ")
    assert repr(found).endswith(" more>")
    assert saferepr(found, maxsize=240) == repr(found)  # how pytest cuts what it shows of a failed assertion


def test_a_misspelt_operation_is_no_empty_list(shop: Platform) -> None:
    with pytest.raises(JournalError, match=r"there is no operation 'POST /itmes'\. Did you mean POST /items\?"):
        shop.world.calls("POST /itmes")
    with pytest.raises(JournalError, match=r"Did you mean status\?"):
        shop.world.calls("POST /items", staus=422)
    assert not shop.world.calls("POST /itmes", unmatched=True)


def test_the_journal_ends_with_the_world(shop: Platform, client: Client) -> None:
    client.get("/items")
    shop.world.reset()
    assert len(shop.world.journal) == 0
    client.get("/items")
    assert json.loads(client.get("/__mock__/journal").content)[0]["path"] == "/items"


def test_a_journal_without_a_world_is_empty() -> None:
    assert list(Journal(5, 5, 5)) == []
    assert World(Options()).calls() == []
