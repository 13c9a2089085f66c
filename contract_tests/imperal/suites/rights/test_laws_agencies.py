"""Laws of agencies: what is written is there, settings are merged, members see theirs, pages make up the whole."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.kit import Judge, Stage, Unmet, law

from ...recipes.rights.agencies import body
from ...tenancy import House, enter, house, member, new_house, trail
from .._laws import Doc, find, kept, refused, shows

ME, LIST, CREATE, READ = "GET /v1/agencies/me", "GET /v1/agencies", "POST /v1/agencies", "GET /v1/agencies/{agency_id}"
SETTINGS = "PUT /v1/agencies/{agency_id}/settings"


def make(stage: Stage, home: House, **fields: Any) -> Doc:
    """Make an agency of a tenant and return it."""
    made: Doc = stage.send(CREATE, home.admin, body=body(stage, **fields)).need().json
    return made


@law("LIFE-150", CREATE, READ, LIST)
def test_an_agency_has_every_field_that_it_was_made_with(stage: Stage, judge: Judge) -> None:
    """What is made has every field that it was made with; its own page and the list show the same.

    An agency is made with every given field; its page and the list show the same. Without them it has none.
    """
    home, new = house(stage), body(stage)
    made = judge.ok(stage.send(CREATE, home.admin, body=new))
    shows(judge, made, new, "a new agency")
    read = judge.ok(stage.send(READ, home.admin, params={"agency_id": new["agency_id"]}))
    judge.equal(read.json, made.json, "the page of a new agency is not what its create answered", read)
    listed = stage.send(LIST, home.admin, query={"limit": 500})
    judge.equal(find(listed, "agency_id", new["agency_id"]), made.json, "the list shows a new agency otherwise", listed)
    least = {"agency_id": stage.cast.fresh("agency"), "display_name": "Bare"}
    bare = judge.ok(stage.send(CREATE, home.admin, body=least))
    shows(judge, bare, least, "a bare agency")
    judge.equal(bare.json.get("domain"), None, "a bare agency has a domain", bare)
    judge.that(not bare.json.get("settings"), "a bare agency has settings", bare)


@law("LIFE-152", CREATE)
def test_an_agency_id_and_a_domain_are_taken_once(stage: Stage, judge: Judge) -> None:
    """A name is taken once: a second one is refused with 409, and the first stays as it is.

    A second agency with the same id or the same domain is refused with 409, and the first one stays.
    """
    home = house(stage)
    first = make(stage, home)
    same_id = body(stage, agency_id=first["agency_id"])
    refused(judge, stage.send(CREATE, home.admin, body=same_id), 409, why="an agency_id is taken twice")
    same_domain = body(stage, domain=first["domain"])
    refused(judge, stage.send(CREATE, home.admin, body=same_domain), 409, why="a domain is taken twice")
    gone = stage.send(READ, home.admin, params={"agency_id": same_domain["agency_id"]})
    refused(judge, gone, 404, why="a refused agency is there")
    kept(judge, stage.send(READ, home.admin, params={"agency_id": first["agency_id"]}), first, "the first agency")


@law("LIFE-197", SETTINGS, READ)
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
def test_settings_of_an_agency_are_merged(name: str, value: Any, stage: Stage, judge: Judge) -> None:
    """A PUT of settings merges: the given key is written and the others stay, and so does all else of the agency."""
    home = house(stage)
    agency = stage.shared(f"agency with settings {home.tenant_id}", lambda: make(stage, home))
    where = {"agency_id": agency["agency_id"]}
    before = judge.ok(stage.send(READ, home.admin, params=where)).json
    changed = judge.ok(stage.send(SETTINGS, home.admin, params=where, body={name: value}))
    shows(judge, changed, {name: value}, "changed settings", changed["settings"])
    kept(judge, changed, before["settings"], "changed settings", name, shown=changed["settings"])
    kept(judge, changed, before, "an agency with changed settings", "settings")
    read = judge.ok(stage.send(READ, home.admin, params=where))
    judge.equal(read.json, changed.json, "the page shows the old settings", read)
    empty = judge.ok(stage.send(SETTINGS, home.admin, params=where, body={}))
    judge.equal(empty["settings"], changed["settings"], "an empty PUT changed settings", empty)


@law("LIFE-197", SETTINGS, READ)
def test_extra_settings_of_an_agency_are_written(stage: Stage, judge: Judge) -> None:
    """A PUT of settings merges: further settings are written whole, and the known ones stay."""
    home = house(stage)
    agency = make(stage, home)
    where, extra = {"agency_id": agency["agency_id"]}, {"fax": "none", "hours": {"from": 9, "to": 17}, "days": [1, 2]}
    changed = judge.ok(stage.send(SETTINGS, home.admin, params=where, body={"extra": extra}))
    shown = changed["settings"].get("extra") or {}
    shows(judge, changed, extra, "extra settings", shown)
    kept(judge, changed, agency["settings"], "settings", "extra", shown=changed["settings"])
    judge.equal(
        stage.send(READ, home.admin, params=where).json, changed.json, "the page shows the old settings", op=READ
    )
    more = judge.ok(stage.send(SETTINGS, home.admin, params=where, body={"extra": {"fax": "5", "desk": 3}}))
    merged = {**agency["settings"]["extra"], **extra, "fax": "5", "desk": 3}
    shows(judge, more, merged, "extra settings that were merged", more["settings"].get("extra") or {})


@law("LIFE-197", SETTINGS, READ)
def test_null_takes_a_setting_of_an_agency_away(stage: Stage, judge: Judge) -> None:
    """A PUT of settings merges: null takes a key away, and the others stay."""
    home = house(stage)
    agency = make(stage, home)
    where = {"agency_id": agency["agency_id"]}
    changed = judge.ok(stage.send(SETTINGS, home.admin, params=where, body={"logo_dark_url": None}))
    judge.equal(changed["settings"].get("logo_dark_url"), None, "a setting stays that was set to null", changed)
    kept(judge, changed, agency["settings"], "settings", "logo_dark_url", shown=changed["settings"])


@law("LIFE-198", SETTINGS)
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
def test_refused_settings_change_nothing(wrong: Doc, stage: Stage, judge: Judge) -> None:
    """Logos must be https or of the panel, extra settings must not look like secrets, retention is 1 to 3650 days.

    Anything else is refused with 422, and nothing that came with it is written.
    """
    home = house(stage)
    agency = stage.shared(f"agency that stays {home.tenant_id}", lambda: make(stage, home))
    where = {"agency_id": agency["agency_id"]}
    reply = stage.send(SETTINGS, home.admin, params=where, body={"compliance_tier": "refused", **wrong})
    refused(judge, reply, 422, why=f"the settings {sorted(wrong)} are taken")
    kept(judge, judge.ok(stage.send(READ, home.admin, params=where)), agency, "an agency after refused settings")


@law("LIFE-199", ME, LIST)
def test_members_see_their_agency(stage: Stage, judge: Judge) -> None:
    """Whoever belongs to an agency sees it as their own, settings included; others get the stand-in called default."""
    home = house(stage)
    agency = make(stage, home)
    inside = enter(stage, member(stage, home, agency_id=agency["agency_id"]))
    outside = enter(stage, member(stage, home))
    mine = judge.ok(stage.send(ME, inside))
    judge.equal(mine.json, agency, "one's own agency is another one", mine)
    judge.equal(
        judge.ok(stage.send(ME, outside))["agency_id"], "default", "without an agency one has no stand-in", op=ME
    )
    stage.send(SETTINGS, home.admin, params={"agency_id": agency["agency_id"]}, body={"retention_days": 11}).need()
    again = judge.ok(stage.send(ME, inside))
    judge.equal(again["settings"]["retention_days"], 11, "a member sees old settings", again)


@law("E07", ME)
def test_me_is_no_agency_id(stage: Stage, judge: Judge) -> None:
    """Fixed path segments win over parameters: agencies/me is a route of its own, open to everybody."""
    mine = judge.ok(stage.send(ME, stage.cast.user), "somebody who is no admin cannot see their own agency")
    judge.that(mine["agency_id"] != "me", "me is an agency", mine)


@law("PAGE-155", LIST)
def test_pages_of_agencies_make_up_the_whole(stage: Stage, judge: Judge) -> None:
    """Pages of agencies are disjoint and make up the whole list, a bare array of at most 100 unless asked otherwise."""
    home = new_house(stage)
    made = [make(stage, home)["agency_id"] for _ in range(5)]
    reply = judge.ok(stage.send(LIST, home.admin, query={"limit": 500}))
    judge.that(isinstance(reply.json, list), "the list is no bare array", reply, rule="E11")
    whole = [one["agency_id"] for one in reply.json]
    judge.equal(sorted(set(whole) - {"default"}), sorted(made), "the list has other agencies", reply)
    judge.equal(len(set(whole)), len(whole), "an agency is listed twice", reply)
    for limit in stage.some((1, 2, 4, len(whole)), 0, 1):
        for offset in range(len(whole) + 2):
            page = judge.ok(stage.send(LIST, home.admin, query={"limit": limit, "offset": offset}))
            ids = [one["agency_id"] for one in page.json]
            judge.equal(ids, whole[offset : offset + limit], "a page is not its part of the whole", page, about="page")
    plain = judge.ok(stage.send(LIST, home.admin))
    judge.equal(plain.json, reply.json, "the list starts somewhere else by default", plain)


@law("PAGE-156", LIST)
def test_a_page_has_a_hundred_agencies_unless_asked_otherwise(stage: Stage, judge: Judge) -> None:
    """Without limit the list has at most 100 agencies.

    Agencies cannot be deleted, so that many are made on loopback only.
    """
    if not stage.settings.local:
        raise Unmet("a hundred agencies, which cannot be deleted, are made on loopback only")
    home = new_house(stage)
    for number in range(101):
        new = {"agency_id": f"{home.tenant_id}-{number}", "display_name": "One of many"}
        stage.send(CREATE, home.admin, body=new).need()
    plain, whole = (judge.ok(stage.send(LIST, home.admin, query=query)) for query in ({}, {"limit": 500}))
    judge.equal(plain.json, whole.json[:100], "a page has not a hundred agencies by default", plain, about="default")
    judge.that(len(whole.json) > 100, "a page of 500 has not all agencies", whole)


@law("E06", LIST)
def test_bounds_of_a_page_of_agencies_hold(stage: Stage, judge: Judge) -> None:
    """Bounds of the query are enforced: beyond them it is 422, at them it is not."""
    admin = house(stage).admin
    for query in ({"limit": 0}, {"limit": 501}, {"offset": -1}):
        refused(judge, stage.send(LIST, admin, query=query), 422, why=f"{query} is beyond the bounds")
    for query in ({"limit": 1}, {"limit": 500}, {"offset": 0}):
        judge.ok(stage.send(LIST, admin, query=query), f"{query} is within the bounds")


@law("I03", LIST, READ, SETTINGS)
def test_agencies_end_at_the_wall_of_a_tenant(stage: Stage, judge: Judge) -> None:
    """Agencies of another tenant are neither listed nor read nor changed by an admin."""
    home, other = house(stage), house(stage, "another house")
    agency = stage.shared(f"agency of the other {other.tenant_id}", lambda: make(stage, other))
    where = {"agency_id": agency["agency_id"]}
    listed = judge.ok(stage.send(LIST, home.admin, query={"limit": 500}))
    judge.that(agency["agency_id"] not in listed.text, "the list shows an agency of another tenant", listed)
    for op, more in ((READ, {}), (SETTINGS, {"body": {"retention_days": 5}})):
        reply = stage.send(op, home.admin, params=where, **more)
        refused(judge, reply, 403, 404, why="an admin reaches an agency of another tenant")
        judge.that(agency["display_name"] not in reply.text, "a refusal shows the agency", reply)
    stage.send(CREATE, home.admin, body=body(stage, agency_id=agency["agency_id"]))
    kept(judge, judge.ok(stage.send(READ, other.admin, params=where)), agency, "an agency of another tenant")


@law("LIFE-159", READ, SETTINGS)
def test_an_unknown_agency_is_404(stage: Stage, judge: Judge) -> None:
    """What was never made is unknown: 404."""
    where = {"agency_id": stage.cast.fresh("nowhere")}
    for op, more in ((READ, {}), (SETTINGS, {"body": {"retention_days": 5}})):
        refused(judge, stage.send(op, stage.cast.deputy, params=where, **more), 404, why="an unknown agency answers")


@law("LIFE-194", CREATE, SETTINGS)
def test_changes_of_an_agency_are_in_the_log(stage: Stage, judge: Judge) -> None:
    """Every change of rights leaves one entry in the audit log, with the actor and the target; a refusal none.

    Making an agency and changing its settings each leave one audit entry with the actor and the target.
    """
    home = house(stage)
    agency = make(stage, home)
    where, query = {"agency_id": agency["agency_id"]}, {"target_id": agency["agency_id"]}
    for count, op in enumerate((CREATE, SETTINGS), 1):
        if op == SETTINGS:
            stage.send(op, home.admin, params=where, body={"retention_days": 77}).need()
        found = trail(stage, home.admin, **query)
        judge.equal(
            len(found), count, "a change of an agency is not one entry of the log", op=op, about=f"count {count}"
        )
        for one in found:
            judge.equal(one["actor_id"], home.admin.imperal_id, "an audit entry names another actor", op=op)


@law("S16", LIST, CREATE, READ, SETTINGS)
def test_the_admin_portal_keeps_agencies_with_the_service_token_alone(stage: Stage, judge: Judge) -> None:
    """The admin portal lists, makes, reads and changes agencies with the service token alone."""
    service = stage.cast.service
    made = judge.ok(stage.send(CREATE, service, body=body(stage)))
    where = {"agency_id": made["agency_id"]}
    judge.equal(judge.ok(stage.send(READ, service, params=where)).json, made.json, "an agency is read otherwise", made)
    changed = judge.ok(stage.send(SETTINGS, service, params=where, body={"retention_days": 5}))
    shows(judge, changed, {"retention_days": 5}, "settings that the portal changed", changed["settings"])
    judge.ok(stage.send(LIST, service))
