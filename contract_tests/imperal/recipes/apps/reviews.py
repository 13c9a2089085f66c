"""Reviews of apps and votes on them (`/v1/marketplace/…/reviews`)."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import NOBODY, Read, Ready, changes, perhaps, recipe

from ...people import Person
from ...session import Session
from ...shared.apps import install, live_app, seen_app

REVIEW: dict[str, Any] = {
    "rating": 4,
    "title": "Does what it says",
    "body": "It keeps my notes, and it has not lost one of them yet.",
}


def user_of(session: Session, app_id: str) -> Person:
    """Make somebody who has an app."""
    person = session.users.new("reader")
    install(session, person, app_id)
    return person


def write(session: Session, person: Person, app_id: str, **changes: Any) -> int:
    """Write a review for a person and return its number."""
    body = {**REVIEW, **changes}
    made = session.send("POST /v1/marketplace/apps/{app_id}/reviews", person, params={"app_id": app_id}, body=body)
    session.client.own(made["id"])
    return int(made["id"])


def _read(person: Person, app_id: str) -> Read:
    return Read("GET /v1/marketplace/apps/{app_id}/reviews", person.bearer, {"app_id": app_id}, {"sort": "newest"})


@recipe("GET /v1/marketplace/apps/{app_id}/reviews")
def list_(session: Session) -> Ready:
    """List the reviews of an app that has one."""
    app_id = seen_app(session)
    perhaps(session, lambda: session.shared("a review", lambda: write(session, user_of(session, app_id), app_id)))
    user = perhaps(session, lambda: session.users.user)
    return Ready(user.bearer if user else NOBODY, user, {"app_id": app_id}, {"sort": "newest", "per_page": 3})


@recipe("POST /v1/marketplace/apps/{app_id}/reviews")
def create(session: Session) -> Ready:
    """Let somebody who has an app review it."""
    app_id = live_app(session).app_id
    person = user_of(session, app_id)
    return Ready(person.bearer, person, {"app_id": app_id}, body=dict(REVIEW), watch=(_read(person, app_id),))


@recipe("POST /v1/marketplace/reviews/{review_id}/vote")
def vote(session: Session) -> Ready:
    """Take back the vote on somebody else's review."""
    app_id = live_app(session).app_id
    number = session.shared("a review to vote on", lambda: write(session, user_of(session, app_id), app_id))
    voter = session.users.new("voter")
    where = {"review_id": number}
    session.send("POST /v1/marketplace/reviews/{review_id}/vote", voter, params=where, body={"helpful": True}).need()
    # The review was among the first of its app, and many came after it.
    first = Read(
        "GET /v1/marketplace/apps/{app_id}/reviews",
        voter.bearer,
        {"app_id": app_id},
        {"sort": "oldest", "per_page": 50},
    )
    return Ready(voter.bearer, voter, where, body={"helpful": False}, watch=(first,))


@changes("PUT /v1/marketplace/reviews/{review_id}", fresh=True)
def edit(_session: Session) -> dict[str, Any]:
    """Change everything of a review."""
    return {"rating": 2, "title": "Not any more", "body": "Since the last version it loses every second note."}
