"""A shelf of the marketplace that belongs to one test process: apps under one word, each different in every order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from specdouble.verify.kit import NOBODY, Credential, Reply

from ...people import Person
from ...session import Session
from ...shared.apps import install, new_app, published_app
from ...shared.earnings import call
from ._developer import BARE, BROWSE

# name, category, who has it (by number), their stars, calls: each column orders the five apps in its own way
APPS: tuple[tuple[str, str, int, tuple[int, ...], int], ...] = (
    ("Delta", "finance", 2, (3, 3), 4),
    ("Bravo", "productivity", 4, (2, 3), 2),
    ("Echo", "finance", 1, (5,), 1),
    ("Alpha", "productivity", 3, (4, 4, 5), 3),
    ("Charlie", "productivity", 0, (), 0),
)
ORDERS = {
    "newest": ("Charlie", "Alpha", "Echo", "Bravo", "Delta"),
    "installs": ("Bravo", "Alpha", "Delta", "Echo", "Charlie"),
    "rating": ("Echo", "Alpha", "Delta", "Bravo", "Charlie"),
    "actions": ("Delta", "Alpha", "Bravo", "Echo", "Charlie"),
    "name": ("Alpha", "Bravo", "Charlie", "Delta", "Echo"),
}
MEANS = {"Delta": 3, "Bravo": 2.5, "Echo": 5, "Alpha": 13 / 3, "Charlie": 0}
MANY = 22  # apps under the second word: more than one default page


@dataclass
class Shelf:
    """The five apps: `ids` by name, the word that only they hold, and the people who have some of them."""

    session: Session
    word: str
    ids: dict[str, str] = field(default_factory=dict)
    people: list[Person] = field(default_factory=list)

    @property
    def tail(self) -> str:
        """The end of the word, which makes other words the shelf's own."""
        return self.word[-9:]

    def browse(self, who: Credential | Person = NOBODY, **query: Any) -> Reply:
        """Browse for the word of the shelf, unless the query searches for something else."""
        return self.session.send(BROWSE, who, query={"search": self.word, **query})

    def names(self, reply: Reply) -> list[str]:
        """Return the names of the five apps in the order of a response; another app shows as its slug."""
        known = {app_id: name for name, app_id in self.ids.items()}
        return [known.get(one["app_id"], one["app_id"]) for one in reply.need().json]


def shelf(session: Session) -> Shelf:
    """Return the shelf of this process, filled on first use."""

    def make() -> Shelf:
        owner = session.users.new_developer("studio")
        made = Shelf(session, f"quokka{session.users.fresh('')[1:].replace('-', '')}")
        made.people = [session.users.new("reader") for _ in range(4)]
        tools = [{"name": "list_notes", "description": "Read.", "action_type": "read"}]
        for name, category, installs, stars, calls in APPS:
            end = f"{name.lower()}{made.tail}"
            app_id = published_app(
                session, owner, {"tools": tools, **BARE}, category=category, name=f"{name} {made.word}",
                short_description=f"Short{end} it is.", description=f"It is Long{end} too.",
            )  # fmt: skip
            made.ids[name] = app_id
            for person in made.people[:installs]:
                install(session, person, app_id)
            for person, rating in zip(made.people, stars, strict=False):
                body = {"rating": rating, "body": "It is good enough for a shelf."}
                where = {"app_id": app_id}
                session.send("POST /v1/marketplace/apps/{app_id}/reviews", person, params=where, body=body).need()
            for _ in range(calls):
                call(session, made.people[0], app_id, "list_notes").need()
        return made

    found: Shelf = session.shared("the shelf", make)
    return found


def long_shelf(session: Session) -> str:
    """Return a word that stands in the names of more apps than a default page holds."""

    def make() -> str:
        word = f"numbat{session.users.fresh('')[1:].replace('-', '')}"
        for number in range(MANY):
            if number % 10 == 0:
                owner = session.users.new_developer("studio")
            app_id = new_app(session, owner, name=f"{word} {number:02d}")
            where = {"app_id": app_id}
            status = {"status": "active"}
            session.send("POST /v1/admin/apps/{app_id}/status", session.users.admin, params=where, body=status).need()
        return word

    return str(session.shared("the long shelf", make))
