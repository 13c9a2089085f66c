"""Reviews and votes: who may write them, and what they do to an app's rating."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.mock.state.world import World
from tests.conftest import Client

REVIEWS = "/v1/marketplace/apps/{}/reviews"
TEXT = "Finds old tasks in seconds and never loses one."
BARBARA = "imp_u_indi01"


def page(client: Client, app_id: str, query: str = "") -> dict[str, Any]:
    reply = client.get(f"{REVIEWS.format(app_id)}?{query}")
    assert reply.status == 200, reply.content
    return dict(reply.json)


def card(client: Client, app_id: str) -> tuple[float, int]:
    shown = client.get(f"/v1/marketplace/apps/{app_id}").json
    return shown["rating"], shown["review_count"]


@pytest.fixture
def review(user: Client) -> dict[str, Any]:
    """A review of Tasks Board by Ada."""
    reply = user.post(REVIEWS.format("tasks-board"), {"rating": 1, "body": TEXT})
    assert reply.status == 200, reply.content
    return dict(reply.json)


def test_a_review_is_listed_and_moves_the_rating(user: Client, world: World) -> None:
    assert card(user, "tasks-board") == (4.5, 4)
    made = user.post(REVIEWS.format("tasks-board"), {"rating": 2, "title": "Hm", "body": TEXT}).json
    assert (made["user_id"], made["helpful_count"], made["user_voted"]) == ("imp_u_abc123", 0, False)
    assert card(user, "tasks-board") == (4.0, 5)
    newest = page(user, "tasks-board", "sort=newest")
    assert newest["items"][0] == made
    assert (newest["total"], newest["average_rating"]) == (5, 4.0)
    (event,) = world.state["events"].find(user_id=BARBARA)
    assert event["type"] == "developer.review_received"
    assert event["payload"] == {"app_id": "tasks-board", "review_id": made["id"], "rating": 2}


@pytest.mark.rule("M07")
def test_only_who_has_an_app_reviews_it(user: Client) -> None:
    before = card(user, "notes")
    assert user.post(REVIEWS.format("notes"), {"rating": 5, "body": TEXT}).status == 403
    assert card(user, "notes") == before


@pytest.mark.rule("M07")
def test_nobody_reviews_their_own_app(developer: Client) -> None:
    before = card(developer, "notes")
    reply = developer.post(REVIEWS.format("notes"), {"rating": 5, "body": TEXT})
    assert (reply.status, "You made" in reply.detail) == (403, True)
    assert card(developer, "notes") == before


@pytest.mark.rule("M07")
def test_one_review_per_user_and_app(user: Client, review: dict[str, Any]) -> None:
    before = card(user, "tasks-board")
    assert user.post(REVIEWS.format("tasks-board"), {"rating": 5, "body": TEXT}).status == 409
    assert card(user, "tasks-board") == before


@pytest.mark.rule("M07")
@pytest.mark.parametrize(
    "body",
    [
        {"rating": 0, "body": TEXT},
        {"rating": 6, "body": TEXT},
        {"rating": 5, "body": "x" * 19},
        {"rating": 5, "body": "x" * 5001},
        {"rating": 5},
        {"body": TEXT},
    ],
)
def test_bounds_of_a_review(user: Client, body: dict[str, Any]) -> None:
    before = card(user, "tasks-board")
    assert user.post(REVIEWS.format("tasks-board"), body).status == 422
    assert card(user, "tasks-board") == before
    for size in (20, 5000):
        mine = user.post(REVIEWS.format("tasks-board"), {"rating": 5, "body": "x" * size}).json
        user.delete(f"/v1/marketplace/reviews/{mine['id']}")


def test_editing_changes_the_given_fields(user: Client, review: dict[str, Any]) -> None:
    path = f"/v1/marketplace/reviews/{review['id']}"
    edited = user.put(path, {"rating": 5, "title": None}).json
    assert (edited["rating"], edited["title"], edited["body"]) == (5, "", TEXT)
    assert edited["updated_at"] > review["updated_at"]
    assert card(user, "tasks-board") == (4.6, 5)
    assert user.put(path, {}).json == edited


def test_deleting_takes_votes_along_and_frees_the_place(
    user: Client, developer: Client, review: dict[str, Any], world: World
) -> None:
    path = f"/v1/marketplace/reviews/{review['id']}"
    developer.post(f"{path}/vote", {"helpful": True})
    assert user.delete(path).json == {"id": str(review["id"]), "deleted": True}
    assert world.state["votes"].count(review_id=review["id"]) == 0
    assert card(user, "tasks-board") == (4.5, 4)
    again = user.post(REVIEWS.format("tasks-board"), {"rating": 4, "body": TEXT}).json
    assert again["id"] > review["id"]


def test_a_foreign_review_stays_as_it_is(gateway: Client, review: dict[str, Any]) -> None:
    other = gateway.login("viewer@example.com")
    path = f"/v1/marketplace/reviews/{review['id']}"
    assert other.put(path, {"rating": 5}).status == 403
    assert other.delete(path).status == 403
    assert review["id"] in [one["id"] for one in page(other, "tasks-board")["items"] if one["rating"] == 1]


@pytest.mark.parametrize(("method", "more", "body"), [("PUT", "", {}), ("DELETE", "", None), ("POST", "/vote", {})])
def test_an_unknown_review(user: Client, gateway: Client, method: str, more: str, body: Any) -> None:
    assert user.call(method, f"/v1/marketplace/reviews/9999{more}", body).status == 404
    assert gateway.call(method, f"/v1/marketplace/reviews/9999{more}", body).status == 401
    assert user.call(method, f"/v1/marketplace/reviews/first{more}", body).status == 422


def test_one_vote_per_user(user: Client, gateway: Client, review: dict[str, Any]) -> None:
    path = f"/v1/marketplace/reviews/{review['id']}/vote"
    first, second = gateway.login("viewer@example.com"), gateway.login("explorer@example.com")
    assert first.post(path, {}).json == {"review_id": review["id"], "helpful": True, "helpful_count": 1}
    assert first.post(path, {"helpful": True}).json["helpful_count"] == 1
    assert second.post(path, {"helpful": True}).json["helpful_count"] == 2
    assert first.post(path, {"helpful": False}).json["helpful_count"] == 1
    shown = {
        client: next(one for one in page(who, "tasks-board")["items"] if one["id"] == review["id"])
        for client, who in (("first", first), ("second", second), ("nobody", gateway))
    }
    assert shown["first"]["user_voted"] is False
    assert shown["second"]["user_voted"] is True
    assert "user_voted" not in shown["nobody"]
    assert user.post(path, {"helpful": True}).status == 403


def test_orders_and_pages(gateway: Client) -> None:
    helpful = page(gateway, "notes", "per_page=3")
    assert [one["helpful_count"] for one in helpful["items"]] == [4, 2, 1]
    newest = [one["id"] for one in page(gateway, "notes", "sort=newest")["items"]]
    assert newest == sorted(newest, reverse=True)
    assert [one["id"] for one in page(gateway, "notes", "sort=oldest")["items"]] == newest[::-1]
    highest = [one["rating"] for one in page(gateway, "notes", "sort=highest")["items"]]
    assert highest == sorted(highest, reverse=True)
    assert [one["rating"] for one in page(gateway, "notes", "sort=lowest")["items"]] == highest[::-1]
    second = page(gateway, "notes", "sort=oldest&page=2&per_page=4")
    assert [one["id"] for one in second["items"]] == newest[::-1][4:]
    assert (second["total"], second["page"], second["per_page"]) == (len(newest), 2, 4)
    assert page(gateway, "notes", "page=9")["items"] == []


def test_reviewing_needs_somebody_and_a_published_app(user: Client, gateway: Client) -> None:
    body = {"rating": 5, "body": TEXT}
    assert gateway.post(REVIEWS.format("notes"), body).status == 401
    for app_id in ("no-such-app", "billing", "old-clock"):
        assert user.post(REVIEWS.format(app_id), body).status == 404
    assert gateway.get(f"{REVIEWS.format('notes')}?sort=best").status == 422
