"""Data by hand: searched, added, changed and removed over control routes, held to the schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from specdouble.mock.boot import Platform, boot
from specdouble.mock.control.keeping import DocumentKeeper
from specdouble.mock.options import Options
from specdouble.mock.transports.app import create_app
from specdouble.packs.target import contract_of_target
from tests.conftest import Client
from tests.world.invariants import broken, indexes

LIBRARY = Path(__file__).parents[2] / "docs" / "examples" / "library.yaml"
ADA = "imp_u_abc123"
BOOKS, CARDS, LEDGER = (f"/__mock__/collections/{name}" for name in ("book", "cards", "ledger"))


@pytest.fixture
def library() -> Client:
    platform = boot(contract_of_target(str(LIBRARY)), Options(strict=True))
    return Client(create_app(platform, next(iter(platform.services))))


def places(reply: Any) -> list[tuple[str, str]]:
    assert reply.status == 422, reply.content
    if "errors" in reply.json:
        return [(one["pointer"].strip("/"), one["detail"]) for one in reply.json["errors"]]
    return [(".".join(map(str, one["loc"][1:])), one["msg"]) for one in reply.json["detail"]]


# -- a pack --------------------------------------------------------------------------------------------------------


def test_a_collection_is_searched(gateway: Client) -> None:
    found = gateway.get(f"{CARDS}?q=MASTERCARD")
    assert [one["brand"] for one in found.json] == ["mastercard"] * len(found.json) != []
    mine = gateway.get(f"{CARDS}?user_id={ADA}&is_default=false&limit=1&order=newest")
    assert (len(mine.json), mine.json[0]["user_id"], mine.headers["x-total-count"]) == (1, ADA, "2")
    rest = gateway.get(f"{CARDS}?user_id={ADA}&is_default=false&offset=1&order=newest&ids=true")
    assert [one["id"] for one in rest.json] == [one["document"]["id"] for one in rest.json]
    assert mine.json[0]["id"] not in [one["id"] for one in rest.json]
    assert "Did you mean user_id?" in gateway.get(f"{CARDS}?userid=1").detail
    assert "Did you mean cards?" in gateway.get("/__mock__/collections/card").detail
    assert gateway.get(f"{CARDS}?limit=many").status == 422


def test_a_document_is_added_changed_and_removed(gateway: Client, user: Client, platform: Platform) -> None:
    before = user.get("/v1/billing/balance").json["balance"]
    entry = gateway.get(f"{LEDGER}?user_id={ADA}&limit=1").json[0]
    numbers = [one["id"] for one in gateway.get(LEDGER).json]
    made = gateway.post(LEDGER, {**{k: v for k, v in entry.items() if k != "id"}, "amount": 40})
    assert made.status == 200
    assert made.json["id"] == max(numbers) + 1
    assert user.get("/v1/billing/balance").json["balance"] == before + 40
    where = f"{LEDGER}/{made.json['id']}"
    assert gateway.patch(where, {"amount": 50}).json["amount"] == 50
    assert user.get("/v1/billing/balance").json["balance"] == before + 50
    assert gateway.post(LEDGER, made.json).status == 409
    assert gateway.delete(where).json["removed"]["amount"] == 50
    assert user.get("/v1/billing/balance").json["balance"] == before
    assert gateway.get(where).status == 404
    again = gateway.post(LEDGER, {k: v for k, v in entry.items() if k != "id"})
    assert again.json["id"] == made.json["id"] + 1, "a number is never given twice"
    assert [*broken(platform.world), *indexes(platform.world)] == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"exp_month": "soon"}, ("exp_month", "valid integer")),
        ({"user_id": "nobody"}, ("user_id", "users holds no 'nobody'")),
        ({"user_id": 7}, ("user_id", "users holds no 7")),
        ({"bran": "visa"}, ("bran", "Did you mean brand?")),
        ({"id": "pm_other"}, ("id", "It stays 'pm_visa4242'")),
        ({"created_at": 7}, ("created_at", "string")),
    ],
)
def test_what_the_schema_does_not_allow_is_refused_with_its_field(
    gateway: Client, world: Any, changes: dict[str, Any], said: tuple[str, str]
) -> None:
    before = world.state.snapshot()
    wrong = places(gateway.patch(f"{CARDS}/pm_visa4242", changes))
    assert [one for one in wrong if one[0] == said[0] and said[1] in one[1]], wrong
    assert world.state.snapshot() == before


def test_where_nothing_shows_what_a_document_is_like_none_is_added(gateway: Client, platform: Platform) -> None:
    state = platform.world.state
    empty = [
        name
        for name in state.names()
        if not (len(state[name]) or state[name].declared.own or state[name].declared.derived)
    ]
    assert "verifications" in empty
    for name in empty:
        reply = gateway.post(f"/__mock__/collections/{name}", {state[name].declared.key: "a"})
        assert reply.status == 422
        assert "let the API make the first one" in str(reply.json)
    gateway.post("/v1/auth/signup", {"email": "new@example.com", "password": "s3cure!"})
    where = "/__mock__/collections/verifications"
    one = gateway.get(where).json[0]
    assert places(gateway.post(where, one | {"token_hash": "a", "expires_at": {}}))[0][0] == "expires_at"
    assert gateway.post(where, one | {"token_hash": "a"}).status == 200


@pytest.mark.parametrize("value", [{"a": 1}, ["a"], True, 1.5])
def test_an_id_is_a_text_or_a_number(gateway: Client, value: Any) -> None:
    card = gateway.get(f"{CARDS}?limit=1").json[0]
    assert "id" in [place for place, _ in places(gateway.post(CARDS, card | {"id": value}))]


def test_a_field_that_is_looked_up_or_summed_up_can_be(gateway: Client, platform: Platform) -> None:
    """Also where the other documents do not tell: here they hold lists and texts already."""
    cards = platform.world.state["ledger"]
    first = next(iter(cards))
    wrong = DocumentKeeper._uncounted(cards, first | {"user_id": ["a"], "amount": "many"})
    assert [place for place, _, _ in wrong] == [("user_id",), ("amount",)]
    assert DocumentKeeper._uncounted(cards, first) == []


def test_figures_inside_of_objects_stay_figures(gateway: Client, user: Client) -> None:
    plans = "/__mock__/collections/plans"
    free = gateway.get(f"{plans}/free").json
    for name, inner in (("limits", {**free["limits"], "tokens": "many"}), ("features", {"included_tokens": [1]})):
        wrong = places(gateway.patch(f"{plans}/free", {name: inner}))
        assert [(place.startswith(name), "number in the other documents" in said) for place, said in wrong] == [
            (True, True)
        ]
    assert gateway.patch(f"{plans}/free", {"features": {**free["features"], "new": "x"}}).status == 200
    assert gateway.patch(f"{plans}/free", {"limits": {**free["limits"], "tokens": 1.5}}).status == 200
    assert user.get("/v1/billing/usage").status == 200


def test_what_is_nested_too_deep_is_refused(gateway: Client, library: Client) -> None:
    for levels, status in ((300, 422), (242, 422), (230, 200)):
        body = b'{"title": "A", "more": ' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"
        assert library.post(BOOKS, data=body).status == status
        assert library.get("/__mock__/world").status == 200
    deep = b'{"user_id": "%s", "type": "a", "payload": {"a": %s}}' % (ADA.encode(), b"[" * 250 + b"]" * 250)
    assert gateway.post("/__mock__/events", data=deep).status == 422


def test_all_that_is_missing_is_named(gateway: Client) -> None:
    missing = [
        where for where, said in places(gateway.post(CARDS, {"id": "pm_x", "user_id": ADA})) if "required" in said
    ]
    assert {"brand", "last4", "exp_month", "exp_year"} <= set(missing)
    assert "id" in [where for where, _ in places(gateway.post(CARDS, {"user_id": ADA}))]
    assert gateway.post(CARDS, {"nothing": 1}).status == 422
    assert gateway.put(f"{CARDS}/pm_visa4242", {"id": "pm_visa4242"}).status == 422


def test_a_timer_by_hand_is_due_when_it_says(gateway: Client, world: Any) -> None:
    timer = world.state["timers"].page(0, 1)[0]
    changed = gateway.patch(f"/__mock__/collections/timers/{timer['id']}", {"at": world.clock.now() + 3600})
    assert changed.status == 200
    assert gateway.delete(f"/__mock__/collections/timers/{timer['id']}").status == 200
    assert timer["id"] not in world.state["timers"]


def test_every_seeded_document_may_be_put_as_it_is(gateway: Client, world: Any) -> None:
    """The check refuses nothing that is there."""
    refused = []
    for name in (one for one in world.state.names() if not world.state[one].declared.own):
        if world.state[name].declared.derived:
            continue
        for one in gateway.get(f"/__mock__/collections/{name}?limit=3&ids=true").json:
            reply = gateway.put(f"/__mock__/collections/{name}/{quote(one['id'], safe='')}", one["document"])
            if reply.status != 200:
                refused.append((name, one["id"], reply.json))
    assert refused == []


# -- any document --------------------------------------------------------------------------------------------------


def test_an_item_is_what_the_api_shows(library: Client) -> None:
    made = library.post("/books", {"title": "Emma", "author": "Jane Austen"}).json["book"]
    assert library.get(f"{BOOKS}?q=emma").json == [made]
    assert library.get(f"{BOOKS}/{made['id']}").json == made
    assert library.patch(f"{BOOKS}/{made['id']}", {"title": "Persuasion"}).json == {**made, "title": "Persuasion"}
    assert library.get(f"/books/{made['id']}").json["book"]["title"] == "Persuasion"
    assert library.delete(f"{BOOKS}/{made['id']}").json == {"removed": {**made, "title": "Persuasion"}}
    assert library.get(f"/books/{made['id']}").status == 404


def test_an_item_is_added_with_a_key_of_its_own(library: Client) -> None:
    made = library.post(BOOKS, {"title": "Emma", "author": "Jane Austen"})
    assert made.status == 200, made.content
    assert library.get(f"/books/{made.json['id']}").json["book"]["title"] == "Emma"
    given = library.post(BOOKS, {"id": 900, "title": "Persuasion", "author": "Jane Austen"})
    assert given.json["id"] == 900
    assert library.post(BOOKS, given.json).status == 409
    assert library.post("/books", {"title": "x", "author": "y"}).json["book"]["id"] == 901
    assert library.get("/books").json["total"] == len(library.get(BOOKS).json)


def test_an_item_is_held_to_the_schema_of_its_resource(library: Client) -> None:
    before = library.get(BOOKS).json
    assert ("title", "Input should be a valid string") in places(library.post(BOOKS, {"title": 7, "author": "x"}))
    first = before[0]
    assert places(library.patch(f"{BOOKS}/{first['id']}", {"id": 77}))[0][0] == "id"
    assert library.patch(f"{BOOKS}/nobody", {"title": "x"}).status == 404
    assert library.get(BOOKS).json == before


def test_the_shape_of_a_collection_is_told(library: Client, gateway: Client) -> None:
    assert library.get("/__mock__/shapes/book").json["key"] == "id"
    shape = gateway.get("/__mock__/shapes/cards").json
    assert (shape["key"], shape["schema"]["properties"]["exp_month"]["type"]) == ("id", "integer")
    assert "last4" in shape["schema"]["required"]
