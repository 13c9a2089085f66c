"""The lists whose filters, searches and orders are checked in general, and what fills each of them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from specdouble.verify.kit import Listed

from ..people import Person
from ..recipes.work.actions import small_action
from ..session import Session
from .calling import ACTIONS, RECORD
from .tenancy import Tenant, enter, member, new_tenant, record_of, trail

Doc = dict[str, Any]
READING, WRITING = "leaves:read", "leaves:write"
# Records that differ in what filters look at; the first was recorded first.
ROWS: tuple[Doc, ...] = (
    {"app_id": "alpha", "tool_name": "list_plans", "action_type": "read", "status": "success"},
    {"app_id": "alpha", "tool_name": "create_note", "action_type": "write", "status": "failed", "error": "Ink is OUT"},
    {"app_id": "alpha-two", "tool_name": "create_note", "action_type": "write", "status": "success"},
    {"app_id": "beta", "tool_name": "delete_note", "action_type": "destructive", "status": "success"},
    {"app_id": "beta", "tool_name": "list_plans", "action_type": "read", "status": "validation_rejected"},
    {"app_id": "beta", "tool_name": "create_note", "action_type": "write", "status": "cancelled",
     "message_preview": "Buy 100% Bread, please"},
    {"app_id": "alpha", "tool_name": "create_note", "action_type": "write", "status": "success",
     "result_preview": "Note saved: Ärger_im Büro"},
    {"app_id": "gamma", "tool_name": "scan", "action_type": "read", "status": "failed",
     "message_preview": "Buy 100 loaves", "error": "No such archive"},
)  # fmt: skip


# -- what fills them -----------------------------------------------------------------------------------------------


def filled(session: Session) -> tuple[Person, list[str]]:
    """Return somebody who has these records, and their trace_ids in the order of ROWS."""

    def make() -> tuple[Person, list[str]]:
        person = session.users.new("ledger")
        return person, [_record(session, person, row) for row in ROWS]

    kept: tuple[Person, list[str]] = session.shared("a filled ledger", make)
    if kept[0].stale:
        session.users.login(kept[0])
    return kept


def _record(session: Session, person: Person, row: Doc) -> str:
    body = small_action(session, person, **{"error": None, **row})
    return str(session.send(RECORD, session.users.service, body=body)["trace_id"])


@dataclass(frozen=True)
class Log:
    """A tenant whose log does not grow any more: its entries as the list shows them, and who wrote them."""

    home: Tenant
    second: Person
    entries: list[Doc]
    made: dict[str, str]  # target_id -> actor_id of what is known to have happened


def log(session: Session) -> Log:
    """Return the log that tests of this process share: roles, people and an app's switch, by two administrators."""
    found: Log = session.shared("a log", lambda: _write(session))
    for person in (found.home.admin, found.second):
        if person.stale:
            session.users.login(person)
    return found


def _write(session: Session) -> Log:
    home = new_tenant(session)
    second = enter(session, member(session, home, role="admin"))
    made = {second.imperal_id: home.admin.imperal_id}
    for number in range(9):
        who = (home.admin, second)[number % 2]
        role = session.send("POST /v1/roles", who, body={"name": session.users.fresh("role"), "context_window": 11})
        made[str(role["id"])] = who.imperal_id
        if number % 3 == 0:
            where = {"role_id": role["id"]}
            session.send("PATCH /v1/roles/{role_id}", who, params=where, body={"context_window": 30 + number}).need()
        if number % 3 == 1:
            person = session.send(
                "POST /v1/users",
                who,
                body={"email": f"{session.users.fresh('logged')}@example.com", "password": "Specdouble-8!"},
            )
            made[str(person["imperal_id"])] = who.imperal_id
        if number in (2, 5):
            _pause(role["created_at"])
    return Log(home, second, trail(session, home.admin), made)


def _pause(stamp: str) -> None:
    """Let entries be apart in time: a server that writes whole seconds needs a longer pause."""
    for _ in range(1 if "." in stamp else 9):
        time.sleep(0.02 if "." in stamp else 0.25)


@dataclass(frozen=True)
class Crowd:
    """A tenant whose people are known: their records by imperal_id, and the two roles that were made for them."""

    home: Tenant
    people: dict[str, Doc]
    roles: tuple[str, str]
    tag: str


def crowd(session: Session) -> Crowd:
    """Return the tenant whose people nobody changes: two roles, three kinds of addresses, five of fourteen inactive."""
    found: Crowd = session.shared("a crowd", lambda: _gather(session))
    if found.home.admin.stale:
        session.users.login(found.home.admin)
    return found


def _gather(session: Session) -> Crowd:
    home, tag = new_tenant(session), session.users.fresh("c")
    plain, reader = session.users.fresh("plain"), session.users.fresh("reader")
    for name, gives in ((plain, []), (reader, [READING])):
        session.send("POST /v1/roles", home.admin, body={"name": name, "default_scopes": gives}).need()
    people = {}
    kinds: list[tuple[str, str, list[str] | None]] = [
        ("maple", plain, [WRITING]),
        ("birch", plain, []),
        ("maple", reader, None),
        ("cedar", plain, [READING, WRITING]),
    ]
    for number in range(13):
        tree, role, scopes = kinds[number % 4]
        email = f"{tag}-{number:02}-{tree}@{'north' if number < 7 else 'south'}.example"
        more: Doc = {} if scopes is None else {"scopes": scopes}
        made = member(session, home, email=email, role=role, **more)
        if number % 3 == 1:
            where = {"user_id": made["imperal_id"]}
            made = (
                session.send("PATCH /v1/users/{user_id}", home.admin, params=where, body={"is_active": False})
                .need()
                .json
            )
        people[made["imperal_id"]] = made
    admin = record_of(session, home.admin, home.admin.imperal_id)
    people[admin["imperal_id"]] = admin
    return Crowd(home, people, (plain, reader), tag)


# -- what they promise ---------------------------------------------------------------------------------------------

LISTS = {
    ACTIONS: Listed(
        reader=lambda session: filled(session)[0].bearer,
        whole={"per_page": 200},
        equal={name: name for name in ("app_id", "action_type", "status")},
        search={"search": ("tool_name", "app_id", "message_preview", "result_preview", "error")},
        time="created_at",
    ),
    "GET /v1/audit": Listed(
        reader=lambda session: log(session).home.admin.bearer,
        whole={"per_page": 200},
        equal={name: name for name in ("actor_id", "target_type", "target_id", "action", "source")},
        since="from",
        until="to",
        time="created_at",
    ),
    "GET /v1/users": Listed(
        reader=lambda session: crowd(session).home.admin.bearer,
        whole={"limit": 200},
        equal={"role": "role", "is_active": "is_active"},
        search={"search": ("email",)},
    ),
}
