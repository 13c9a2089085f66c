"""Reviews of apps and votes on them (`/v1/marketplace/…/reviews`)."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import NOBODY, Person, Read, Ready, Stage, perhaps, recipe

from ...apps import install, live_app, seen_app

REVIEW: dict[str, Any] = {
    "rating": 4,
    "title": "Does what it says",
    "body": "It keeps my notes, and it has not lost one of them yet.",
}


def user_of(stage: Stage, app_id: str) -> Person:
    """Make somebody who has an app."""
    person = stage.cast.new("reader")
    install(stage, person, app_id)
    return person


def write(stage: Stage, person: Person, app_id: str, **changes: Any) -> int:
    """Write a review for a person and return its number."""
    body = {**REVIEW, **changes}
    made = stage.send("POST /v1/marketplace/apps/{app_id}/reviews", person, params={"app_id": app_id}, body=body)
    stage.client.own(made["id"])
    return int(made["id"])


def _read(person: Person, app_id: str) -> Read:
    return Read("GET /v1/marketplace/apps/{app_id}/reviews", person.bearer, {"app_id": app_id}, {"sort": "newest"})


@recipe("GET /v1/marketplace/apps/{app_id}/reviews")
def list_(stage: Stage) -> Ready:
    """List the reviews of an app that has one."""
    app_id = seen_app(stage)
    perhaps(stage, lambda: stage.shared("a review", lambda: write(stage, user_of(stage, app_id), app_id)))
    user = perhaps(stage, lambda: stage.cast.user)
    return Ready(user.bearer if user else NOBODY, user, {"app_id": app_id}, {"sort": "newest", "per_page": 3})


@recipe("POST /v1/marketplace/apps/{app_id}/reviews")
def create(stage: Stage) -> Ready:
    """Let somebody who has an app review it."""
    app_id = live_app(stage).app_id
    person = user_of(stage, app_id)
    return Ready(person.bearer, person, {"app_id": app_id}, body=dict(REVIEW), watch=(_read(person, app_id),))


@recipe("PUT /v1/marketplace/reviews/{review_id}")
def edit(stage: Stage) -> Ready:
    """Change everything of a review."""
    app_id = live_app(stage).app_id
    person = user_of(stage, app_id)
    number = write(stage, person, app_id)
    body = {"rating": 2, "title": "Not any more", "body": "Since the last version it loses every second note."}
    return Ready(person.bearer, person, {"review_id": number}, body=body, watch=(_read(person, app_id),))


@recipe("DELETE /v1/marketplace/reviews/{review_id}")
def delete(stage: Stage) -> Ready:
    """Delete a review."""
    app_id = live_app(stage).app_id
    person = user_of(stage, app_id)
    number = write(stage, person, app_id)
    return Ready(person.bearer, person, {"review_id": number}, watch=(_read(person, app_id),))


@recipe("POST /v1/marketplace/reviews/{review_id}/vote")
def vote(stage: Stage) -> Ready:
    """Take back the vote on somebody else's review."""
    app_id = live_app(stage).app_id
    number = stage.shared("a review to vote on", lambda: write(stage, user_of(stage, app_id), app_id))
    voter = stage.cast.new("voter")
    where = {"review_id": number}
    stage.send("POST /v1/marketplace/reviews/{review_id}/vote", voter, params=where, body={"helpful": True}).need()
    # The review was among the first of its app, and many came after it.
    first = Read(
        "GET /v1/marketplace/apps/{app_id}/reviews",
        voter.bearer,
        {"app_id": app_id},
        {"sort": "oldest", "per_page": 50},
    )
    return Ready(voter.bearer, voter, where, body={"helpful": False}, watch=(first,))
