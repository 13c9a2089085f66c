"""Rules of tenant defaults: what a tenant hands down to its users, and who may change it."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.kit import Check, rule

from ...recipes.rights.tenants import make
from ...session import Session
from ...shared.tenancy import Tenant, enter, member, new_tenant, own_tenant
from .._rules import Doc, kept, refused, shows

READ, CHANGE = "GET /v1/admin/tenant-defaults", "PATCH /v1/admin/tenant-defaults"
MINE, SET = "GET /v1/me/settings", "PATCH /v1/me/settings"
INHERITED: dict[str, Any] = {
    "max_response_tokens": 1234,
    "max_tool_rounds": 5,
    "routing_context": 6,
    "kav_max_retries": 1,
    "confirmation_enabled": False,
}
EVERY: dict[str, Any] = {
    **INHERITED,
    "history_ttl_days": 45,
    "default_max_result_tokens": 1500,
    "list_truncate_items": 25,
    "string_truncate_chars": 2500,
}


def of(home: Tenant) -> Doc:
    """Return the query that names a tenant."""
    return {"tenant_id": home.tenant_id}


@rule("LIFE-174", CHANGE, READ)
@pytest.mark.parametrize("name", EVERY)
def test_a_default_is_written_and_handed_down(name: str, session: Session, check: Check) -> None:
    """A PATCH writes the given default and leaves the others; users of the tenant without an own value inherit it.

    Other tenants do not.
    """
    home, other = own_tenant(session, "a tenant of defaults"), own_tenant(session)
    person = session.shared("who inherits", lambda: enter(session, member(session, home)))
    stranger = session.shared("who does not inherit", lambda: enter(session, member(session, other)))
    before = check.ok(session.send(READ, home.admin, query=of(home)))
    check.equal(before["tenant_id"], home.tenant_id, "the defaults are another tenant's", before)
    foreign = session.send(READ, other.admin, query=of(other)).need().json
    inherits = session.send(MINE, person)["settings"]
    outside = session.send(MINE, stranger)["settings"]
    changed = check.ok(session.send(CHANGE, home.admin, query=of(home), body={name: EVERY[name]}))
    check.equal(changed["updated"], [name], "updated does not name what was sent", changed)
    after = check.ok(session.send(READ, home.admin, query=of(home)))
    shows(check, after, {name: EVERY[name]}, "defaults", after["settings"])
    kept(check, after, before["settings"], "defaults", name, shown=after["settings"])
    check.equal(
        session.send(READ, other.admin, query=of(other)).json, foreign, "another tenant's defaults changed", op=CHANGE
    )
    mine = check.ok(session.send(MINE, person))
    expected = {**inherits, name: EVERY[name]} if name in INHERITED else inherits
    shows(check, mine, expected, "inherited settings", mine["settings"])
    check.equal(session.send(MINE, stranger)["settings"], outside, "settings in another tenant changed", op=CHANGE)


@rule("LIFE-176", CHANGE, READ)
def test_an_own_value_wins_over_the_default(session: Session, check: Check) -> None:
    """A user who set an own value is not affected by the tenant's default; several defaults may come in one PATCH."""
    home = new_tenant(session)
    person = enter(session, member(session, home))
    session.send(SET, person, body={"max_tool_rounds": 3}).need()
    changed = check.ok(session.send(CHANGE, home.admin, query=of(home), body=EVERY))
    check.equal(sorted(changed["updated"]), sorted(EVERY), "updated does not name what was sent", changed)
    shown = check.ok(session.send(READ, home.admin, query=of(home)))
    shows(check, shown, EVERY, "defaults", shown["settings"])
    mine = check.ok(session.send(MINE, person))
    shows(check, mine, {**INHERITED, "max_tool_rounds": 3}, "settings", mine["settings"])
    later = enter(session, member(session, home))
    born = check.ok(session.send(MINE, later))
    shows(check, born, INHERITED, "settings of somebody new", born["settings"])


@rule("LIFE-186", CHANGE)
def test_refused_defaults_change_nothing(session: Session, check: Check) -> None:
    """An empty PATCH is 400, an unknown tenant 404, a value of another type 422; nothing is written."""
    home, nowhere = own_tenant(session, "a tenant of defaults"), {"tenant_id": session.users.fresh("nowhere")}
    before = check.ok(session.send(READ, home.admin, query=of(home))).json
    refused(check, session.send(CHANGE, home.admin, query=of(home), body={}), 400, why="an empty change of defaults")
    for name in EVERY:
        wrong: Any = "many" if name != "confirmation_enabled" else "perhaps"
        body = {"history_ttl_days": 99, name: wrong}
        refused(check, session.send(CHANGE, home.admin, query=of(home), body=body), 422, why=f"{name} of another type")
    refused(check, session.send(READ, session.users.deputy, query=nowhere), 404, why="an unknown tenant has defaults")
    lost = session.send(CHANGE, session.users.deputy, query=nowhere, body={"max_tool_rounds": 4})
    refused(check, lost, 404, why="an unknown tenant takes defaults")
    check.equal(session.send(READ, home.admin, query=of(home)).json, before, "a refused change is written", op=CHANGE)


@rule("LIFE-187", READ)
def test_without_a_tenant_the_defaults_are_those_of_the_default_one(session: Session, check: Check) -> None:
    """Without tenant_id the tenant is `default`."""
    plain = check.ok(session.send(READ, session.users.deputy))
    check.equal(plain["tenant_id"], "default", "without a tenant the defaults are another one's", plain)
    named = check.ok(session.send(READ, session.users.deputy, query={"tenant_id": "default"}))
    check.equal(set(named.json), {"tenant_id", "settings"}, "defaults have other fields", named)


@rule("S16", READ, CHANGE)
def test_tenant_defaults_want_an_acting_admin(session: Session, check: Check) -> None:
    """`/v1/admin/tenant-defaults` needs an acting admin: the service token alone, or acting for a user, is refused."""
    home = own_tenant(session, "a tenant of defaults")
    plain = enter(session, member(session, home))
    before = session.send(READ, home.admin, query=of(home)).need().json
    tries: list[tuple[str, Doc]] = [(READ, {}), (CHANGE, {"body": {"max_tool_rounds": 2, "history_ttl_days": 2}})]
    for op, more in tries:
        for who in (session.users.service, session.users.acting(plain), plain.bearer):
            refused(check, session.send(op, who, query=of(home), **more), 401, 403, why=f"{who.name} handles defaults")
    check.equal(session.send(READ, home.admin, query=of(home)).json, before, "a refused change is written", op=CHANGE)
    for op, more in ((READ, {}), (CHANGE, {"body": {"history_ttl_days": 31}})):
        check.ok(
            session.send(op, session.users.acting(home.admin), query=of(home), **more), "an acting admin is refused"
        )


@rule("I03", READ, CHANGE)
def test_defaults_end_at_the_wall_of_a_tenant(session: Session, check: Check) -> None:
    """An admin neither reads nor changes the defaults of another tenant."""
    home, other = own_tenant(session), session.shared("a tenant to look at", lambda: make(session))
    deputy, query = session.users.deputy, {"tenant_id": other}
    before = session.send(READ, deputy, query=query)
    for op, more in ((READ, {}), (CHANGE, {"body": {"max_tool_rounds": 2}})):
        refused(
            check, session.send(op, home.admin, query=query, **more), 403, 404, why="an admin reaches another tenant"
        )
        elsewhere = {"tenant_id": own_tenant(session, "another tenant").tenant_id}
        refused(
            check,
            session.send(op, home.admin, query=elsewhere, **more),
            403,
            404,
            why="an admin reaches another tenant",
        )
    check.equal(
        session.send(READ, deputy, query=query).json, before.json, "another tenant's defaults changed", op=CHANGE
    )
