"""Calling the functions of apps: what recipes and rules of calls, confirmations and actions share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from specdouble.verify.kit import Reply, Unmet, lent, rows

from ..people import Person
from ..session import Session, veteran
from .apps import DESTRUCTIVE, READ, WRITE, install, whole_app

Doc = dict[str, Any]
CALL, BATCH, OPERATE = (f"POST /v1/extensions/{{app_id}}/{verb}" for verb in ("call", "batch", "operate"))
ACTIONS, ACTION, RECORD = "GET /v1/actions", "GET /v1/actions/{trace_id}", "POST /v1/actions"
ASKED = {
    "confirmation_enabled": True,
    "confirmation_actions": {"destructive": True, "write": False},
    "confirmation_overrides": {},
    "confirmation_ttl": 300,
}


@lent("customer of the shop")
def customer(session: Session) -> Person:
    """Return a new user who has the shared app, wants to be asked before what destroys, and knows nothing yet."""
    person = session.users.new("customer")
    install(session, person, whole_app(session).app_id)
    session.send("PATCH /v1/me/settings", person, body=ASKED).need()
    return person


def regular(session: Session) -> Person:
    """Return the customer whom recipes of one process share; tests that count use their own."""
    person: Person = session.shared("the regular customer", lambda: customer(session))
    if person.stale:
        session.users.login(person)
    return person


def reader(session: Session) -> tuple[Person, str, str]:
    """Return a user with a function of an app of theirs that only reads and needs nothing: person, app, name.

    Raises:
        Unmet: no app of theirs has such a function.

    """
    safety = session.client.safety

    def find() -> tuple[str, str]:
        apps = rows(session, "GET /v1/me/extensions", user)
        for app in sorted(apps, key=lambda one: not one.get("system")):  # what is the platform's own costs nothing
            for one in app.get("functions") or ():
                if one["action_type"] == "read" and not (one.get("params_schema") or {}).get("required"):
                    app_id = str(app["app_id"])
                    safety.barred |= {(app_id, it["name"]) for it in app["functions"] if it["action_type"] != "read"}
                    safety.borrowed.add((app_id, "*"))
                    return app_id, str(one["name"])
        raise Unmet("no app of the given user has a function that only reads")

    user = session.users.user if session.users.makes else veteran(session)
    found: tuple[str, str] = session.shared("a function that only reads", find)
    return user, *found


def call(session: Session, person: Person, function: str, app_id: str = "", /, **params: Any) -> Reply:
    """Call a function (of the shop app, unless another is named) as a person."""
    body = {"user_id": person.imperal_id, "tenant_id": person.tenant_id, "function": function, "params": params}
    return session.send(CALL, person, params={"app_id": app_id or whole_app(session).app_id}, body=body)


def batch(session: Session, person: Person, *calls: tuple[str, Doc], app_id: str = "") -> Reply:
    """Send a batch of `(function, params)`."""
    items = [{"function": function, "params": params} for function, params in calls]
    body = {"user_id": person.imperal_id, "tenant_id": person.tenant_id, "calls": items}
    return session.send(BATCH, person, params={"app_id": app_id or whole_app(session).app_id}, body=body)


def operate(session: Session, person: Person, function: str, params: Doc, app_id: str = "", **more: Any) -> Reply:
    """Run a function through the guarded executor."""
    body = {"user_id": person.imperal_id, "tenant_id": person.tenant_id, "function": function, "params": params}
    return session.send(OPERATE, person, params={"app_id": app_id or whole_app(session).app_id}, body={**body, **more})


def note(session: Session, person: Person, title: str = "") -> str:
    """Write a note and return its id."""
    reply = call(session, person, WRITE, title=title or session.users.fresh("note"))
    data = reply["data"]
    if reply["status"] != "success" or not isinstance(data, dict) or "note_id" not in data:
        raise Unmet(f"the shop app could not write a note: {reply['error']}")
    return str(data["note_id"])


def hold(session: Session, person: Person, note_id: str = "", **more: Any) -> str:
    """Let a call wait for its user's word and return the confirmation_id."""
    reply = operate(session, person, DESTRUCTIVE, {"note_id": note_id or note(session, person)}, **more)
    if reply["kind"] != "confirmation":
        raise Unmet(f"a destructive function was not held but answered {reply['kind']}")
    session.client.own(reply["confirmation_id"])
    return str(reply["confirmation_id"])


# -- what is left behind -------------------------------------------------------------------------------------------


def ledger(session: Session, person: Person, **query: Any) -> list[Doc]:
    """Return the newest action records of a person, up to 200."""
    return list(session.send(ACTIONS, person, query={"per_page": 200, **query})["items"])


def notes(session: Session, person: Person, app_id: str = "") -> dict[str, Doc]:
    """Return a person's notes in the shop app (or another), by id; this is a call and leaves a record as all do."""
    data = call(session, person, READ, app_id)["data"]
    if not isinstance(data, dict) or not isinstance(data.get("items"), list):
        raise Unmet("the shop app could not list the notes")
    return {str(one["id"]): one for one in data["items"] if isinstance(one, dict) and "id" in one}


def usage(session: Session, person: Person) -> Doc:
    """Return a person's meters of this month."""
    return dict(session.send("GET /v1/billing/usage", person)["usage"])


def left_behind(session: Session, person: Person, *, whole: bool = False) -> Doc:
    """Return everything that a call changes beside the app's own data: records, money, meters.

    A sampling run reads a part of it, the same in one test, unless the `whole` is needed.
    """
    reads: dict[str, Callable[[], Any]] = {
        "actions": lambda: [one["trace_id"] for one in ledger(session, person)],
        "history": lambda: session.send("GET /v1/billing/wallet/history", person, query={"limit": 200}).need().json,
        "balance": lambda: session.send("GET /v1/billing/balance", person)["balance"],
        "usage": lambda: usage(session, person),
        "stats": lambda: {
            name: value
            for name, value in session.send("GET /v1/actions/stats", person).need().json.items()
            if name != "period"
        },
    }
    return {name: reads[name]() for name in (reads if whole else session.some(reads, 1, 1))}


def with_role(session: Session, **fields: Any) -> Person:
    """Return a new user whose role was made for them, such as `confirmation_policy="enforced"`."""
    role = session.send(
        "POST /v1/roles", session.users.deputy, body={"name": session.users.fresh("role"), **fields}
    ).need()
    person = session.users.new("holder of a role")
    who = {"user_id": person.imperal_id}
    session.send("PATCH /v1/users/{user_id}", session.users.deputy, params=who, body={"role": role["name"]}).need()
    person.role = role["name"]
    session.users.login(person)
    return person
