"""What the rules of developers, their apps and the marketplace share: an app in hand, and requests that must fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from specdouble.verify.kit import NOBODY, Check, Credential, Read, Reply

from ...people import Person
from ...session import Session
from ...shared.apps import approve, deploy, install, new_app, owner_of, published_app, submit
from .._rules import find, moment

Doc = dict[str, Any]
DEV, ADMIN, SHELF = "/v1/developer/apps/{app_id}", "/v1/admin/apps/{app_id}", "/v1/marketplace/apps/{app_id}"
BROWSE = "GET /v1/marketplace/apps"
PENDING = "GET /v1/admin/apps/pending"
BARE: Doc = {"webhooks": [], "secrets": [], "oauth": []}


@dataclass(frozen=True)
class App:
    """An app of this run and its developer; the methods speak about it over HTTP."""

    session: Session
    app_id: str
    owner: Person

    def send(self, op: str, who: Person | Credential | None = None, **more: Any) -> Reply:
        """Send a request whose path names the app; its developer sends it unless somebody else is named."""
        return self.session.send(op, self.owner if who is None else who, params={"app_id": self.app_id}, **more)

    def read(self) -> Reply:
        """Read it as its developer."""
        return self.send(f"GET {DEV}")

    def page(self, who: Person | Credential = NOBODY) -> Reply:
        """Read its page on the marketplace."""
        return self.send(f"GET {SHELF}", who)

    def change(self, **body: Any) -> Reply:
        """Change it as its developer."""
        return self.send(f"PUT {DEV}", body=body)

    def submit(self) -> Reply:
        """Submit it."""
        return self.send(f"POST {DEV}/submit", body={})

    def suspend(self) -> Reply:
        """Suspend it as its developer."""
        return self.send(f"POST {DEV}/suspend")

    def delete(self, confirm_name: str | None = None) -> Reply:
        """Delete it as its developer."""
        return self.send(f"DELETE {DEV}", body={"confirm_name": self.app_id if confirm_name is None else confirm_name})

    def admin(self, step: str, **body: Any) -> Reply:
        """Let the administrator do something to it, such as `approve`."""
        more = {"body": body} if body else {}
        return self.send(f"POST {ADMIN}/{step}", self.session.users.admin, **more)

    def sync(self, **body: Any) -> Reply:
        """Give the gateway what a deploy built."""
        return self.send(f"POST {DEV}/_sync_manifest", self.session.users.service, body=body)

    def reads(self) -> tuple[Read, ...]:
        """Return the reads that show the app, its deploys and its developer's list."""
        where = {"app_id": self.app_id}
        who = self.owner.bearer
        return (
            Read(f"GET {DEV}", who, where),
            Read(f"GET {DEV}/deploys", who, where),
            Read("GET /v1/developer/apps", who),
        )

    def queued(self) -> Doc | None:
        """Return its row in the admin's queue, or None."""
        return find(self.session.send(PENDING, self.session.users.admin), "app_id", self.app_id)

    def listed(self) -> Doc | None:
        """Return its card in the marketplace's list, found by its name, or None."""
        reply = self.session.send(BROWSE, query={"search": self.read()["name"], "limit": 50})
        return find(reply, "app_id", self.app_id)

    def mine(self, person: Person) -> Doc | None:
        """Return its row in somebody's own extensions, or None."""
        return find(self.session.send("GET /v1/me/extensions", person), "app_id", self.app_id)

    def call(self, person: Person, function: str) -> Reply:
        """Call one of its functions for a person."""
        body = {"user_id": person.imperal_id, "function": function, "params": {}}
        return self.send("POST /v1/extensions/{app_id}/call", person, body=body)

    def user(self) -> Person:
        """Make somebody who has it."""
        person = self.session.users.new("reader")
        install(self.session, person, self.app_id)
        return person


def draft(session: Session, owner: Person | None = None, **fields: Any) -> App:
    """Make a draft; without an owner it is the only app of a new explorer."""
    owner = owner or owner_of(session)
    return App(session, new_app(session, owner, **fields), owner)


def waiting(session: Session, owner: Person | None = None, **fields: Any) -> App:
    """Make an app that waits for review."""
    app = draft(session, owner, **fields)
    deploy(session, app.owner, app.app_id)
    submit(session, app.owner, app.app_id)
    return app


def live(session: Session, owner: Person | None = None, *names: str, **fields: Any) -> App:
    """Make an app that is on the marketplace; its functions are reads of those names."""
    owner = owner or owner_of(session)
    tools = [{"name": name, "description": f"Read {name}.", "action_type": "read"} for name in names or ("list_notes",)]
    return App(session, published_app(session, owner, {"tools": tools, **BARE}, **fields), owner)


def in_state(session: Session, status: str, owner: Person | None = None, **fields: Any) -> App:
    """Make an app in one of its four states."""
    if status == "draft":
        return draft(session, owner, **fields)
    app = waiting(session, owner, **fields)
    if status != "pending_review":
        approve(session, app.app_id)
    if status == "suspended":
        app.suspend().need()
    return app


def fails(
    check: Check, send: Callable[[], Reply], *statuses: int, why: str, watch: tuple[Read, ...] = (), **more: Any
) -> Reply:
    """Check that a request is refused with one of the statuses and that nothing of what is watched changes."""
    watch = tuple(check.session.some(watch, 0, 1))
    before = check.session.look(watch)
    reply = send()
    check.status(reply, *statuses, message=f"{why}: answered {reply.status}", about=why, **more)
    after = check.session.look(watch)
    for (op, *was), (_, *now) in zip(before, after, strict=True):
        check.equal(now, was, f"{why}: it was refused and still changed {op}", reply, about=f"{why} {op}")
    return reply


def newest_first(check: Check, rows: list[Any], made: list[Any], name: str, stamp: str, what: str) -> None:
    """Check that a list begins with what was made last; where stamps are equal, either order will do."""
    mine = [one for one in rows if one.get(name) in made]
    found = sorted(str(one[name]) for one in mine)
    check.equal(found, sorted(map(str, made)), f"{what} lacks something or has it twice")
    stamps = [moment(one[stamp]) for one in mine]
    check.equal(stamps, sorted(stamps, reverse=True), f"{what} is not newest first")
    if len(set(stamps)) == len(stamps):
        check.equal([one[name] for one in mine], list(reversed(made)), f"{what} is not newest first")


def logged(session: Session, actor: Person, target: str) -> int:
    """Count the entries of the audit log that somebody left about a target."""
    query = {"target_id": target, "actor_id": actor.imperal_id, "per_page": 200}
    return len(session.send("GET /v1/audit", actor, query=query)["entries"])


def registered(app: App) -> int:
    """Return the status with which the Registry answers for an app; 0 where no Registry is given."""
    settings = app.session.settings
    if not (settings.registry and settings.registry_key):
        return 0
    return app.send("registry GET /v1/apps/{app_id}", app.session.users.registry).status


def ahead(before: str, after: str) -> bool:
    """Whether a timestamp moved on; where both are whole seconds, standing still within one is fine."""
    return after > before or ("." not in before + after and after == before)
