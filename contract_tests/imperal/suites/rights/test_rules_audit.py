"""Rules of the audit log: what is written down, each filter alone and together, spans of time, pages, and walls."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations, pairwise
from typing import Any

import pytest

from specdouble.verify.kit import Check, rule

from ...people import Person
from ...session import Session
from ...shared.tenancy import Tenant, enter, member, new_tenant, own_tenant, trail
from .._rules import Doc, moment

AUDIT = "GET /v1/audit"
FILTERS = ("actor_id", "target_type", "target_id", "action", "source")


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


def ask(session: Session, check: Check, who: Person, query: Doc) -> tuple[list[Doc], int]:
    """Return the entries and the total of a query."""
    reply = check.ok(session.send(AUDIT, who, query=query))
    return list(reply["entries"]), int(reply["total"])


@rule("FILTER-160", AUDIT)
def test_what_happened_is_in_the_log_once(session: Session, check: Check) -> None:
    """Every change of a role or a person is one entry, with the actor, the tenant, the target and the time."""
    known = log(session)
    check.that(known.entries, "the log of a tenant is empty", op=AUDIT)
    ids = [one["id"] for one in known.entries]
    check.equal(len(set(ids)), len(ids), "two entries have one number", op=AUDIT)
    tenants = {one["tenant_id"] for one in known.entries}
    check.equal(tenants, {known.home.tenant_id}, "the log has entries of other tenants", op=AUDIT)
    for target, actor in known.made.items():
        about = [one for one in known.entries if one["target_id"] == target]
        check.that(
            about, "something that happened is not in the log", op=AUDIT, expected=target, got="no entry", about="in"
        )
        actors = {one["actor_id"] for one in about}
        check.equal(actors, {actor}, "an entry names somebody else as the actor", op=AUDIT, about="actor")
        kinds = {one["actor_type"] for one in about}
        check.equal(kinds, {"user"}, "who called with a bearer is no user in the log", op=AUDIT, about="kind")


@rule("FILTER-161", AUDIT)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_filters_of_the_log_keep_exactly_what_they_name(count: int, session: Session, check: Check) -> None:
    """Actor, target, kind of target, action and source keep exactly their entries, alone and together.

    The total counts what they keep.
    """
    known = log(session)
    samples = [known.entries[0], known.entries[len(known.entries) // 2], known.entries[-1]] if known.entries else []
    tried: set[str] = set()
    for names in combinations(FILTERS, count):
        queries = [{name: one[name] for name in names} for one in samples]
        if count == 1:
            queries.append({names[0]: "nothing-of-this-kind"})
        if count == 2 and samples:
            queries.append({names[0]: samples[0][names[0]], names[1]: samples[-1][names[1]]})
        for query in session.some(queries, 0, 1):
            if str(query) in tried:
                continue
            tried.add(str(query))
            found, total = ask(session, check, known.home.admin, {**query, "per_page": 200})
            wanted = [one for one in known.entries if all(one[name] == value for name, value in query.items())]
            check.equal(found, wanted, f"the filters {' and '.join(names)} keep other entries", op=AUDIT)
            check.equal(total, len(wanted), f"total is not the count of {' and '.join(names)}", op=AUDIT)


def bounds(known: Log) -> tuple[str, str]:
    """Return two times at which nothing happened: the middles of the two longest pauses between entries."""
    times = sorted({moment(one["created_at"]) for one in known.entries})
    pauses = sorted(pairwise(times), key=lambda pair: pair[0] - pair[1])[:2]
    early, late = sorted(before + (after - before) / 2 for before, after in pauses)
    return stamp(early), stamp(late)


def stamp(when: datetime) -> str:
    """Write a time as the API does."""
    return when.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@rule("FILTER-162", AUDIT)
def test_from_and_to_bound_a_span_of_time(session: Session, check: Check) -> None:
    """From is the earliest and to the latest time to include, each alone, both together, and beside other filters."""
    known = log(session)
    count = len({one["created_at"] for one in known.entries})
    if not check.that(count > 2, "entries of different moments have one time", op=AUDIT, got=f"{count} times"):
        return
    early, late = bounds(known)
    actor = {"actor_id": known.second.imperal_id}
    spans: list[Doc] = [
        {"from": early}, {"to": late}, {"from": early, "to": late}, {"from": late, "to": early}, {"from": late},
        {"to": early}, {"from": early, "to": late, **actor}, {"from": early, **actor}, {"to": late, **actor},
        {"from": stamp(moment(late) + timedelta(days=400))}, {"to": stamp(moment(early) - timedelta(days=400))},
        {"from": stamp(moment(early) - timedelta(days=400)), "to": stamp(moment(late) + timedelta(days=400))},
    ]  # fmt: skip
    for span in spans:
        wanted = [one for one in known.entries if _within(one, span)]
        found, total = ask(session, check, known.home.admin, {**span, "per_page": 200})
        about = " ".join(sorted(span))
        check.equal(found, wanted, f"{about} keep other entries", op=AUDIT, about=about)
        check.equal(total, len(wanted), f"total does not count what {about} keep", op=AUDIT, about=f"total {about}")
        part, total = ask(session, check, known.home.admin, {**span, "per_page": 2, "page": 2})
        check.equal(
            (part, total), (wanted[2:4], len(wanted)), f"pages of {about} are others", op=AUDIT, about=f"page {about}"
        )


@rule("FILTER-162", AUDIT)
def test_from_and_to_include_their_own_moment(session: Session, check: Check) -> None:
    """From is the earliest and to the latest time to include: an entry of that very moment is there."""
    known = log(session)
    entry = known.entries[len(known.entries) // 2]
    at = entry["created_at"]
    exact = "." in at  # whole seconds may be what is shown of a finer time
    for span in ({"from": at}, *(({"to": at}, {"from": at, "to": at}) if exact else ())):
        found, _total = ask(session, check, known.home.admin, {**span, "per_page": 200})
        check.that(entry in found, f"{' and '.join(sorted(span))} do not include their own moment", op=AUDIT)


def _within(entry: Doc, span: Doc) -> bool:
    at = moment(entry["created_at"])
    after = "from" not in span or at >= moment(span["from"])
    before = "to" not in span or at <= moment(span["to"])
    return after and before and span.get("actor_id", entry["actor_id"]) == entry["actor_id"]


@rule("SORT-150", AUDIT)
def test_the_log_is_newest_first(session: Session, check: Check) -> None:
    """The log begins with what happened last, as the document's own example shows it; filters keep the order."""
    known = log(session)
    times = [moment(one["created_at"]) for one in known.entries]
    check.equal(times, sorted(times, reverse=True), "the log is not newest first", op=AUDIT)
    for query in ({"actor_id": known.second.imperal_id}, {"from": bounds(known)[0]}):
        some = [
            moment(one["created_at"]) for one in ask(session, check, known.home.admin, {**query, "per_page": 200})[0]
        ]
        check.equal(some, sorted(some, reverse=True), "a filtered log is not newest first", op=AUDIT)


@rule("I03", AUDIT)
def test_a_tenant_reads_its_own_log(session: Session, check: Check) -> None:
    """Tenants are walls: an admin finds nothing of another tenant's log, by whatever filter."""
    known, other = log(session), own_tenant(session)
    entry = known.entries[0]
    for admin in (other.admin, session.users.deputy):
        for query in (
            {"actor_id": entry["actor_id"]},
            {"target_id": entry["target_id"]},
            {"tenant_id": known.home.tenant_id},
        ):
            found, total = ask(session, check, admin, {**query, "per_page": 200})
            strange = [one for one in found if one["tenant_id"] == known.home.tenant_id]
            check.equal(strange, [], "an admin reads the log of another tenant", op=AUDIT)
            if "tenant_id" not in query:
                check.equal(total, 0, "total counts the log of another tenant", op=AUDIT, about="total")


@rule("LIFE-194", AUDIT, "PATCH /v1/tenants/{tenant_id}", "PATCH /v1/admin/tenant-defaults")
def test_changes_of_a_tenant_are_in_its_log(session: Session, check: Check) -> None:
    """Every change of rights leaves one entry in the audit log, with the actor and the target; a refusal none.

    A change of a tenant and one of its defaults each leave one audit entry with the actor and the target.
    """
    home = new_tenant(session)
    where: dict[str, Any] = {"tenant_id": home.tenant_id}
    query = {"target_id": home.tenant_id, "actor_id": home.admin.imperal_id}
    before = len(trail(session, home.admin, **query))
    change = "PATCH /v1/tenants/{tenant_id}"
    session.send(change, home.admin, params=where, body={"max_connections": 44}).need()
    check.equal(
        len(trail(session, home.admin, **query)), before + 1, "a change of a tenant is not one entry", op=change
    )
    change = "PATCH /v1/admin/tenant-defaults"
    session.send(change, home.admin, query=where, body={"max_tool_rounds": 4}).need()
    check.equal(
        len(trail(session, home.admin, **query)), before + 2, "a change of defaults is not one entry", op=change
    )
    session.send(change, home.admin, query=where, body={})
    check.equal(len(trail(session, home.admin, **query)), before + 2, "a refusal is in the log", op=change)


@rule("S16", AUDIT, "POST /v1/roles")
def test_the_admin_portal_reads_the_log_with_the_service_token_alone(session: Session, check: Check) -> None:
    """The admin portal reads the log with the service token alone; who it acts for is written down as the actor."""
    service, deputy = session.users.service, session.users.deputy
    alone = session.send("POST /v1/roles", service, body={"name": session.users.fresh("role")})["id"]
    acting = session.send("POST /v1/roles", session.users.acting(deputy), body={"name": session.users.fresh("role")})[
        "id"
    ]
    for role_id, actor in ((alone, None), (acting, deputy.imperal_id)):
        reply = check.ok(session.send(AUDIT, service, query={"target_id": role_id}))
        same = session.send(AUDIT, deputy, query={"target_id": role_id})
        check.equal(reply.json, same.json, "the service reads another log than an admin", reply)
        check.equal(len(reply["entries"]), 1, "what the portal did is not one entry", reply, about="count")
        for one in reply["entries"]:
            if actor:
                check.equal(one["actor_id"], actor, "who was acted for is not the actor", reply)
            check.that(one["actor_type"] != "user" or actor, "a service that names nobody is a user in the log", reply)
