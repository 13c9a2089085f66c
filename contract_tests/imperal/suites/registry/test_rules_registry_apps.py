"""Rules of the Registry's apps: how they are registered, listed, changed, suspended and deleted."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.kit import Check, claims, rule

from ...session import Session
from ...shared import registry
from ...shared.registry import APP, APPS, DELETE_APP, MAKE, PATCH_APP, PUSH, PUT_APP
from .._rules import kept, moment, shows
from ._registry import Desk

STATUSES = ("provisioning", "active", "suspended", "deleted")


def registered(session: Session) -> tuple[str, dict[str, Any]]:
    """Register an app with every field and return its id and what was sent."""
    app_id = session.users.fresh("rule")
    body = {
        "app_id": app_id, "display_name": f"Shown {app_id}", "name": f"Named {app_id}",
        "owner_id": registry.owner(session), "description": "Ünï ☂ description", "version": "1.0.0-rc.1",
        "category": "finance",
        "config": {"deep": {"list": [1, "two", None, True]}, "empty": {}},
    }  # fmt: skip
    session.send(MAKE, session.users.registry, body=body).need()
    return app_id, body


@rule("LIFE-360", MAKE, APP, APPS)
def test_a_registered_app_is_what_was_sent_and_provisioning(session: Session, check: Check) -> None:
    """A registered app has every field that was sent, the namespace app-<app_id>, and is provisioning without tools."""
    desk, app_id = Desk(session), session.users.fresh("rule")
    body = {
        "app_id": app_id, "display_name": "Shown", "owner_id": registry.owner(session), "name": "named",
        "description": "Described.", "version": "0.1", "category": "health", "config": {"a": {"b": [None]}},
    }  # fmt: skip
    reply = check.ok(desk.ask(MAKE, body=body))
    expected = {**body, "status": "provisioning", "namespace": f"app-{app_id}"}
    shows(check, reply, expected, "a new app")
    made = dict(reply.json)
    check.equal(made["created_at"], made["updated_at"], "a new app has two different stamps", reply)
    check.that(abs(moment(made["created_at"]).timestamp() - session_now(session)) < 120, "created_at is not now", reply)
    check.equal(desk.ask(APP, app_id).json, made, "a new app is read otherwise than it was made", op=APP)
    for query in ({"status": "provisioning"}, {"status": "all"}):
        row = desk.listed(app_id, owner_id=body["owner_id"], **query)
        check.equal(row, made, "a new app is listed otherwise than it was made", op=APPS, about=str(query))
    for hidden in ({}, {"status": "active"}, {"status": "suspended"}, {"status": "deleted"}):
        check.equal(desk.listed(app_id, **hidden), None, "a provisioning app is listed as another", op=APPS)
    empty = {"app_id": app_id, "tools": [], "skeleton_sections": []}
    shows(check, check.ok(desk.ask(registry.TOOLS, app_id)), empty, "the manifest of a new app")
    invented = desk.tools(app_id)["version"] not in (None, body["version"])
    check.that(not invented, "the manifest of a new app has a version", op=registry.TOOLS)
    check.equal(desk.ask(registry.KEYS, app_id).json, {"keys": [], "total": 0}, "a new app has keys", op=registry.KEYS)
    check.equal(desk.catalogued(app_id), None, "a provisioning app is in the catalogue", op=registry.CATALOG)


def session_now(session: Session) -> float:
    """Return the server's time: that of a person's new access token."""
    return float(claims(session.users.new("clock").access_token).get("iat", 0))


@rule("LIFE-361", MAKE)
def test_a_registered_app_has_plain_defaults(session: Session, check: Check) -> None:
    """An app registered by its id and display name alone is named like that, and the rest is null."""
    desk, app_id = Desk(session), session.users.fresh("rule")
    reply = check.ok(desk.ask(MAKE, body={"app_id": app_id, "display_name": "Only shown"}))
    empty = dict.fromkeys(("description", "version", "category", "config"))
    shows(check, reply, {"app_id": app_id, "display_name": "Only shown", "name": "Only shown", **empty}, "a bare app")
    check.that(reply.json.get("owner_id"), "an app without an owner_id has no owner", reply)
    check.equal(desk.app(app_id), reply.json, "a bare app is read otherwise than it was made", op=APP)
    nulls = check.ok(desk.ask(MAKE, body={"app_id": session.users.fresh("rule"), "display_name": "Nulls", **empty}))
    shows(check, nulls, empty, "an app that was sent with nulls")
    odd = f"{session.users.fresh('rule')}_x"
    session.client.own(odd)
    taken = check.ok(desk.ask(MAKE, body={"app_id": odd, "display_name": "x"}), "an id with _ is refused")
    check.equal(taken["app_id"], odd, "an id with _ is another", taken)
    for form in ("{}X", "-{}", "_{}", "{} x", "{}.x", "é{}", "{}/x", "a"):
        refusal = desk.ask(MAKE, body={"app_id": form.format(app_id), "display_name": "x"})
        check.status(refusal, 422, 400, message=f"an app may be called {form!r}", about=form)


@rule("R05", MAKE)
def test_a_known_id_is_409_and_changes_nothing(session: Session, check: Check) -> None:
    """Registering an id that is there is 409 and leaves the app as it is, with its tools, keys and settings."""
    desk = Desk(session)
    app_id, body = registered(session)
    for status in ("provisioning", "active", "suspended"):
        if status == "active":
            registry.push(session, app_id)
            desk.ask(registry.SAVE, app_id, body={"persona": {"tone": "kept"}}).need()
            registry.app_key(session, app_id)
        elif status == "suspended":
            desk.ask(PUT_APP, app_id, body={"status": status}).need()
        before = desk.everything(app_id)
        for again in (body, {**body, "display_name": "Other", "config": None, "owner_id": "imp_u_another"}):
            reply = desk.ask(MAKE, body=again)
            check.status(reply, 409, message=f"a {status} app can be registered again", about=status)
        check.equal(desk.everything(app_id), before, "a refused registration changed the app", op=MAKE, about="changed")


@rule("R06", APPS, registry.KEYS)
def test_apps_are_an_array_and_keys_an_object(session: Session, check: Check) -> None:
    """GET /v1/apps is a bare array of whole rows; the keys of an app are {keys, total}."""
    desk, app_id = Desk(session), registry.kept_app(session)
    reply = check.ok(desk.ask(APPS))
    check.must(isinstance(reply.json, list), "the list of apps is no array", reply)
    check.equal(desk.listed(app_id), desk.app(app_id), "a listed app is not as its own page says", reply)
    ids = [one["app_id"] for one in reply.json]
    check.equal(len(ids), len(set(ids)), "an app is listed twice", reply)
    keys = check.ok(desk.ask(registry.KEYS, app_id))
    check.equal(sorted(keys.json), ["keys", "total"], "the keys are not {keys, total}", keys)


@rule("FILTER-360", APPS)
def test_apps_are_listed_by_status_and_owner(session: Session, check: Check) -> None:
    """The list keeps one status (active unless told otherwise) and one owner; `all` shows every status."""
    desk, owner, other = (
        Desk(session),
        f"imp_u_{session.users.fresh('o')}"[:28],
        f"imp_u_{session.users.fresh('p')}"[:28],
    )
    made = {}
    for status in STATUSES:
        made[status] = registry.new_app(session, owner_id=owner)
    for status in ("active", "suspended", "deleted"):
        registry.push(session, made[status])
    foreign = registry.active_app(session, owner_id=other)
    desk.ask(PUT_APP, made["suspended"], body={"status": "suspended"}).need()
    desk.ask(DELETE_APP, made["deleted"]).need()
    for status in STATUSES:
        got = desk.ids(status=status, owner_id=owner)
        check.equal(got, [made[status]], f"the {status} apps of an owner", op=APPS, about=f"status {status}")
        rows = desk.ask(APPS, query={"status": status}).need().json
        check.that(made[status] in [one["app_id"] for one in rows], f"a {status} app is missing", op=APPS)
        check.equal({one["status"] for one in rows}, {status}, "a list of one status shows another", op=APPS)
    check.equal(desk.ids(owner_id=owner), [made["active"]], "the apps of an owner without a status", op=APPS)
    check.equal(sorted(desk.ids(owner_id=owner, status="all")), sorted(made.values()), "all apps of an owner", op=APPS)
    check.equal(desk.ids(owner_id=other), [foreign], "the apps of another owner", op=APPS)
    default = desk.ask(APPS).need().json
    check.equal({one["status"] for one in default}, {"active"}, "the list shows other than active apps", op=APPS)
    check.that({made["active"], foreign} <= {one["app_id"] for one in default}, "an active app is not listed", op=APPS)
    everything = desk.ids(status="all")
    check.that({*made.values(), foreign} <= set(everything), "status=all leaves apps out", op=APPS)
    for nobody in (owner[:-1], f"{owner}x", "%"):
        check.equal(desk.ids(owner_id=nobody, status="all"), [], "an owner who has no apps has some", op=APPS)


@rule("LIFE-363", PUT_APP, PATCH_APP)
@pytest.mark.parametrize("op", [PUT_APP, PATCH_APP])
def test_config_is_replaced_whole_and_null_clears(op: str, session: Session, check: Check) -> None:
    """`config` is swapped as a whole; null clears what may be empty, and leaves names and status as they are."""
    desk = Desk(session)
    app_id, _body = registered(session)
    for config in ({"a": {"b": 1}}, {"a": {"c": 2}}, {"d": [1]}, {}, {"e": "f"}, None):
        reply = check.ok(desk.ask(op, app_id, body={"config": config}))
        check.equal(reply.json["config"], config, "config is not replaced whole", reply, about="config")
        check.equal(desk.app(app_id)["config"], config, "config is not stored whole", reply, about="config stored")
    before = desk.app(app_id)
    for name in ("display_name", "status"):
        reply = check.ok(desk.ask(op, app_id, body={name: None}), f"null is refused for {name}")
        kept(check, reply, before, f"an app after null for {name}", "updated_at")
    if op == PUT_APP:
        for name in ("description", "version", "category"):
            reply = check.ok(desk.ask(op, app_id, body={name: None}), f"null is refused for {name}")
            check.equal(desk.app(app_id)[name], None, f"null does not clear {name}", reply)


@rule("R10", PUT_APP, PATCH_APP, APP)
@pytest.mark.parametrize("op", [PUT_APP, PATCH_APP])
def test_a_client_sets_active_and_suspended_only(op: str, session: Session, check: Check) -> None:
    """An app is active or suspended, besides provisioning and deleted; no client sets another status than these."""
    desk, app_id = Desk(session), registry.active_app(session)
    for held in ("suspended", "active", "suspended", "suspended", "active"):
        reply = check.ok(desk.ask(op, app_id, body={"status": held}))
        check.equal(reply.json["status"], held, "the status is not set", reply)
        before = desk.app(app_id)
        check.equal(before["status"], held, "the status is not stored", reply, about="stored")
        others = ("draft", "pending_review", "provisioning", "deleted", "published", "Active", "", "all")
        for status in session.some(others, 0, 1):
            refusal = desk.ask(op, app_id, body={"status": status, "config": {"sneaked": "in"}})
            check.status(refusal, 422, 400, 403, 409, message=f"a client sets the status {status!r}", about=status)
        check.equal(desk.app(app_id), before, "a refused status changed the app", op=op, about="changed")


@rule("LIFE-364", PUT_APP, registry.CATALOG, registry.ALL_TOOLS, APPS, PUSH)
def test_a_suspended_app_leaves_the_catalogue_until_it_is_active(session: Session, check: Check) -> None:
    """A suspended app leaves the list and the catalogue, of everybody and of its users; active again, it is back whole.

    It can be read all the while, its tools and installs stay, and pushing tools does not make it active.
    """
    desk, person, app_id = Desk(session), registry.person(session), registry.active_app(session)
    registry.install(session, person, app_id)
    whole = desk.tools(app_id)
    for status in ("suspended", "active"):
        there = status == "active"
        reply = check.ok(desk.ask(PUT_APP, app_id, body={"status": status}))
        check.equal(
            desk.listed(app_id) is not None, there, f"a {status} app in the list", op=APPS, about=f"{status} list"
        )
        for user in (None, person):
            found = desk.catalogued(app_id, user)
            said = f"a {status} app in the catalogue" + (" of a user" if user else "")
            check.equal(found, whole if there else None, said, op=registry.CATALOG, about=said)
        check.equal(bool(desk.flat(app_id)), there, f"the tools of a {status} app", op=registry.ALL_TOOLS, about=status)
        check.equal(desk.tools(app_id), whole, "a change of status changed the tools", reply)
        check.that(
            any(one["app_id"] == app_id for one in desk.installs(person)),
            "a change of status removed an install",
            reply,
        )
    desk.ask(PUT_APP, app_id, body={"status": "suspended"}).need()
    pushed = check.ok(desk.ask(PUSH, app_id, body=registry.manifest("later")))
    check.equal(pushed.json["status"], "suspended", "a push says that a suspended app is another", pushed)
    check.equal(desk.app(app_id)["status"], "suspended", "a push made a suspended app active", pushed)
    other = session.users.kept("owner of Registry apps")
    refusal = desk.ask(registry.INSTALL, user=other, body={"app_id": app_id})
    check.status(refusal, 404, 403, 409, 422, message="a suspended app can be installed")
