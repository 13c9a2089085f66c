"""Reviews of apps and the votes on them: one review per user and app, one vote per user and review."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from itertools import chain

from specdouble.mock.kit import Call, Doc, Problem, World, part

from . import _apps, _lifecycle

STARS = (1, 2, 3, 4, 5)


def page(world: World, app_id: str, sort: str, number: int, size: int, user_id: str | None) -> Doc:
    """Return one page of an app's reviews (ReviewPage); who is known sees which they voted for."""
    reviews = world.state["reviews"]
    start = (number - 1) * size
    ordered: Iterable[Doc]
    if sort == "helpful":
        newest = reviews.newest(app_id=app_id)
        ordered = heapq.nlargest(start + size, newest, key=lambda review: helpful_count(world, review["id"]))
    elif sort == "newest":
        ordered = reviews.newest(app_id=app_id)
    elif sort == "oldest":
        ordered = reviews.find(app_id=app_id)
    else:
        stars = STARS if sort == "lowest" else reversed(STARS)
        ordered = chain.from_iterable(reviews.newest(app_id=app_id, rating=rating) for rating in stars)
    mean, total = _apps.rating(world, app_id)
    return {
        "items": [view(world, review, user_id) for review in part(ordered, start, size)],
        "total": total,
        "page": number,
        "per_page": size,
        "average_rating": mean,
    }


def view(world: World, review: Doc, user_id: str | None) -> Doc:
    """Write a review; ``user_voted`` appears only for a known caller."""
    shown = {**review, "helpful_count": helpful_count(world, review["id"])}
    if user_id is not None:
        shown["user_voted"] = _vote_id(review["id"], user_id) in world.state["votes"]
    return shown


def helpful_count(world: World, review_id: int) -> int:
    """Count the users who found a review helpful."""
    return world.state["votes"].count(review_id=review_id)


def write(world: World, user_id: str, app: Doc, body: Doc) -> Doc:
    """Review an app; refuses with 403 who does not have it or made it, with 409 a second review (rule M07)."""
    app_id = app["app_id"]
    if _lifecycle.owner(world, app) == user_id:
        raise Problem(403, f"You made {app_id!r} and cannot review it.")
    if not _apps.installed(world, user_id, app_id):
        raise Problem(403, f"You can only review an app that you have. Install {app_id!r} first.")
    held = world.state["reviews"].first(user_id=user_id, app_id=app_id)
    if held is not None:
        raise Problem(
            409, f"You have reviewed {app_id!r} already. PUT /v1/marketplace/reviews/{held['id']} changes it."
        )
    now = world.clock.stamp()
    review = {
        "id": world.serial("reviews"),
        "app_id": app_id,
        "user_id": user_id,
        "rating": body["rating"],
        "title": body.get("title", ""),
        "body": body["body"],
        "created_at": now,
        "updated_at": now,
    }
    world.state["reviews"].add(review)
    _lifecycle.tell_owner(world, app, "developer.review_received", review_id=review["id"], rating=review["rating"])
    return review


def known(call: Call) -> Doc:
    """Return the review that the path names; refuses with 404."""
    review_id = call.params["review_id"]
    return call.need("reviews", review_id, f"There is no review {review_id}; list the reviews of the app again.")


def own(call: Call) -> Doc:
    """Return the caller's review that the path names; refuses with 404 an unknown and with 403 a foreign one."""
    review = known(call)
    if review["user_id"] != call.user_id:
        raise Problem(403, "This review is not yours; you can change or delete your own only.")
    return review


def remove(world: World, review: Doc) -> None:
    """Delete a review with its votes."""
    world.state["votes"].remove_where(review_id=review["id"])
    world.state["reviews"].remove(review["id"])


def vote(world: World, user_id: str, review: Doc, *, helpful: bool) -> Doc:
    """Set or clear a user's vote (VoteResult); refuses with 403 a vote on one's own review."""
    if review["user_id"] == user_id:
        raise Problem(403, "You cannot vote on your own review.")
    votes, key = world.state["votes"], _vote_id(review["id"], user_id)
    if helpful:
        votes.put({"id": key, "review_id": review["id"], "user_id": user_id})
    elif key in votes:
        votes.remove(key)
    return {"review_id": review["id"], "helpful": helpful, "helpful_count": helpful_count(world, review["id"])}


def _vote_id(review_id: int, user_id: str) -> str:
    return f"{review_id}:{user_id}"
