"""Rules of agencies: what is written is there, settings are merged, members see theirs, pages make up the whole."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.kit import Check, Unmet, rule

from ...recipes.rights.agencies import body
from ...session import Session
from ...shared.tenancy import Tenant, enter, member, new_tenant, own_tenant, trail
from .._rules import Doc, kept, refused, shows

ME, LIST, CREATE, READ = "GET /v1/agencies/me", "GET /v1/agencies", "POST /v1/agencies", "GET /v1/agencies/{agency_id}"
SETTINGS = "PUT /v1/agencies/{agency_id}/settings"


def make(session: Session, home: Tenant, **fields: Any) -> Doc:
    """Make an agency of a tenant and return it."""
    made: Doc = session.send(CREATE, home.admin, body=body(session, **fields)).need().json
    return made


@rule("LIFE-152", CREATE)
def test_an_agency_id_and_a_domain_are_taken_once(session: Session, check: Check) -> None:
    """A name is taken once: a second one is refused with 409, and the first stays as it is.

    A second agency with the same id or the same domain is refused with 409, and the first one stays.
    """
    home = own_tenant(session)
    first = make(session, home)
    same_id = body(session, agency_id=first["agency_id"])
    refused(check, session.send(CREATE, home.admin, body=same_id), 409, why="an agency_id is taken twice")
    same_domain = body(session, domain=first["domain"])
    refused(check, session.send(CREATE, home.admin, body=same_domain), 409, why="a domain is taken twice")
    gone = session.send(READ, home.admin, params={"agency_id": same_domain["agency_id"]})
    refused(check, gone, 404, why="a refused agency is there")
    kept(check, session.send(READ, home.admin, params={"agency_id": first["agency_id"]}), first, "the first agency")


@rule("LIFE-197", SETTINGS, READ)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("logo_url", "https://elsewhere.example/logo.png"),
        ("logo_url", "/static/logo.svg"),
        ("logo_dark_url", "https://elsewhere.example/dark.png"),
        ("compliance_tier", "standard"),
        ("retention_days", 730),
        ("retention_days", 1),
        ("retention_days", 3650),
    ],
)
def test_settings_of_an_agency_are_merged(name: str, value: Any, session: Session, check: Check) -> None:
    """A PUT of settings merges: the given key is written and the others stay, and so does all else of the agency."""
    home = own_tenant(session)
    agency = session.shared(f"agency with settings {home.tenant_id}", lambda: make(session, home))
    where = {"agency_id": agency["agency_id"]}
    before = check.ok(session.send(READ, home.admin, params=where)).json
    changed = check.ok(session.send(SETTINGS, home.admin, params=where, body={name: value}))
    shows(check, changed, {name: value}, "changed settings", changed["settings"])
    kept(check, changed, before["settings"], "changed settings", name, shown=changed["settings"])
    kept(check, changed, before, "an agency with changed settings", "settings")
    read = check.ok(session.send(READ, home.admin, params=where))
    check.equal(read.json, changed.json, "the page shows the old settings", read)
    empty = check.ok(session.send(SETTINGS, home.admin, params=where, body={}))
    check.equal(empty["settings"], changed["settings"], "an empty PUT changed settings", empty)


@rule("LIFE-197", SETTINGS, READ)
def test_extra_settings_of_an_agency_are_written(session: Session, check: Check) -> None:
    """A PUT of settings merges: further settings are written whole, and the known ones stay."""
    home = own_tenant(session)
    agency = make(session, home)
    where, extra = {"agency_id": agency["agency_id"]}, {"fax": "none", "hours": {"from": 9, "to": 17}, "days": [1, 2]}
    changed = check.ok(session.send(SETTINGS, home.admin, params=where, body={"extra": extra}))
    shown = changed["settings"].get("extra") or {}
    shows(check, changed, extra, "extra settings", shown)
    kept(check, changed, agency["settings"], "settings", "extra", shown=changed["settings"])
    check.equal(
        session.send(READ, home.admin, params=where).json, changed.json, "the page shows the old settings", op=READ
    )
    more = check.ok(session.send(SETTINGS, home.admin, params=where, body={"extra": {"fax": "5", "desk": 3}}))
    merged = {**agency["settings"]["extra"], **extra, "fax": "5", "desk": 3}
    shows(check, more, merged, "extra settings that were merged", more["settings"].get("extra") or {})


@rule("LIFE-197", SETTINGS, READ)
def test_null_takes_a_setting_of_an_agency_away(session: Session, check: Check) -> None:
    """A PUT of settings merges: null takes a key away, and the others stay."""
    home = own_tenant(session)
    agency = make(session, home)
    where = {"agency_id": agency["agency_id"]}
    changed = check.ok(session.send(SETTINGS, home.admin, params=where, body={"logo_dark_url": None}))
    check.equal(changed["settings"].get("logo_dark_url"), None, "a setting stays that was set to null", changed)
    kept(check, changed, agency["settings"], "settings", "logo_dark_url", shown=changed["settings"])


@rule("LIFE-198", SETTINGS)
@pytest.mark.parametrize(
    "wrong",
    [
        {"logo_url": "http://elsewhere.example/logo.svg"},
        {"logo_dark_url": "http://elsewhere.example/logo.svg"},
        {"logo_url": "//elsewhere.example/logo.svg"},
        {"logo_dark_url": "logo.svg"},
        {"logo_url": "javascript:alert(1)"},
        {"retention_days": 0},
        {"retention_days": 3651},
        {"extra": {"password": "none"}},
        {"extra": {"smtp": {"api_key": "none"}}},
        {"extra": {"list": [{"refresh_token": "none"}]}},
        {"extra": {"client_secret": "none"}},
    ],
    ids=str,
)
def test_refused_settings_change_nothing(wrong: Doc, session: Session, check: Check) -> None:
    """Logos must be https or of the panel, extra settings must not look like secrets, retention is 1 to 3650 days.

    Anything else is refused with 422, and nothing that came with it is written.
    """
    home = own_tenant(session)
    agency = session.shared(f"agency that stays {home.tenant_id}", lambda: make(session, home))
    where = {"agency_id": agency["agency_id"]}
    reply = session.send(SETTINGS, home.admin, params=where, body={"compliance_tier": "refused", **wrong})
    refused(check, reply, 422, why=f"the settings {sorted(wrong)} are taken")
    kept(check, check.ok(session.send(READ, home.admin, params=where)), agency, "an agency after refused settings")


@rule("LIFE-199", ME, LIST)
def test_members_see_their_agency(session: Session, check: Check) -> None:
    """Whoever belongs to an agency sees it as their own, settings included; others get the stand-in called default."""
    home = own_tenant(session)
    agency = make(session, home)
    inside = enter(session, member(session, home, agency_id=agency["agency_id"]))
    outside = enter(session, member(session, home))
    mine = check.ok(session.send(ME, inside))
    check.equal(mine.json, agency, "one's own agency is another one", mine)
    check.equal(
        check.ok(session.send(ME, outside))["agency_id"], "default", "without an agency one has no stand-in", op=ME
    )
    session.send(SETTINGS, home.admin, params={"agency_id": agency["agency_id"]}, body={"retention_days": 11}).need()
    again = check.ok(session.send(ME, inside))
    check.equal(again["settings"]["retention_days"], 11, "a member sees old settings", again)


@rule("E07", ME)
def test_me_is_no_agency_id(session: Session, check: Check) -> None:
    """Fixed path segments win over parameters: agencies/me is a route of its own, open to everybody."""
    mine = check.ok(session.send(ME, session.users.user), "somebody who is no admin cannot see their own agency")
    check.that(mine["agency_id"] != "me", "me is an agency", mine)


@rule("PAGE-156", LIST)
def test_a_page_has_a_hundred_agencies_unless_asked_otherwise(session: Session, check: Check) -> None:
    """Without limit the list has at most 100 agencies.

    Agencies cannot be deleted, so that many are made on loopback only.
    """
    if not session.settings.local:
        raise Unmet("a hundred agencies, which cannot be deleted, are made on loopback only")
    home = new_tenant(session)
    for number in range(101):
        new = {"agency_id": f"{home.tenant_id}-{number}", "display_name": "One of many"}
        session.send(CREATE, home.admin, body=new).need()
    plain, whole = (check.ok(session.send(LIST, home.admin, query=query)) for query in ({}, {"limit": 500}))
    check.equal(plain.json, whole.json[:100], "a page has not a hundred agencies by default", plain, about="default")
    check.that(len(whole.json) > 100, "a page of 500 has not all agencies", whole)


@rule("I03", LIST, READ, SETTINGS)
def test_agencies_end_at_the_wall_of_a_tenant(session: Session, check: Check) -> None:
    """Agencies of another tenant are neither listed nor read nor changed by an admin."""
    home, other = own_tenant(session), own_tenant(session, "another tenant")
    agency = session.shared(f"agency of the other {other.tenant_id}", lambda: make(session, other))
    where = {"agency_id": agency["agency_id"]}
    listed = check.ok(session.send(LIST, home.admin, query={"limit": 500}))
    check.that(agency["agency_id"] not in listed.text, "the list shows an agency of another tenant", listed)
    for op, more in ((READ, {}), (SETTINGS, {"body": {"retention_days": 5}})):
        reply = session.send(op, home.admin, params=where, **more)
        refused(check, reply, 403, 404, why="an admin reaches an agency of another tenant")
        check.that(agency["display_name"] not in reply.text, "a refusal shows the agency", reply)
    session.send(CREATE, home.admin, body=body(session, agency_id=agency["agency_id"]))
    kept(check, check.ok(session.send(READ, other.admin, params=where)), agency, "an agency of another tenant")


@rule("LIFE-194", CREATE, SETTINGS)
def test_changes_of_an_agency_are_in_the_log(session: Session, check: Check) -> None:
    """Every change of rights leaves one entry in the audit log, with the actor and the target; a refusal none.

    Making an agency and changing its settings each leave one audit entry with the actor and the target.
    """
    home = own_tenant(session)
    agency = make(session, home)
    where, query = {"agency_id": agency["agency_id"]}, {"target_id": agency["agency_id"]}
    for count, op in enumerate((CREATE, SETTINGS), 1):
        if op == SETTINGS:
            session.send(op, home.admin, params=where, body={"retention_days": 77}).need()
        found = trail(session, home.admin, **query)
        check.equal(
            len(found), count, "a change of an agency is not one entry of the log", op=op, about=f"count {count}"
        )
        for one in found:
            check.equal(one["actor_id"], home.admin.imperal_id, "an audit entry names another actor", op=op)
