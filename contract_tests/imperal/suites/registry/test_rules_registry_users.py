"""Rules of what the Registry knows of people: installs, which the gateway shows too, and refresh rules."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Check, rule

from ...people import Person
from ...session import Session
from ...shared import apps, registry
from ...shared.registry import INSTALL, INSTALLS, RULES, SAVE_RULES, UNINSTALL
from .._rules import moment, refused, shows
from ._registry import GONE, Desk

MINE, ADMINS = "GET /v1/me/extensions", "GET /v1/users/{user_id}/extensions"
SHELF = "/v1/marketplace/apps/{app_id}"


def ids(desk: Desk, person: Person) -> set[str]:
    """Return the ids of a person's installs."""
    return {str(one["app_id"]) for one in desk.installs(person)}


@rule("LIFE-382", INSTALL, INSTALLS)
def test_an_install_is_recorded_once(session: Session, check: Check) -> None:
    """An install is 201 with its person, app, time and configuration, is listed like that, and is there once.

    A second one is 409, or answers the same row, and changes nothing.
    """
    desk, person, other = Desk(session), session.users.new("person with installs"), session.users.new("another")
    start, theirs = ids(desk, person), desk.installs(other)
    config: dict[str, Any] = {"pinned": True, "nested": {"list": [1, None]}}
    for more in ({"config": config}, {}, {"config": None}):
        app_id = registry.active_app(session)
        reply = desk.ask(INSTALL, user=person, body={"app_id": app_id, **more})
        check.status(reply, 201, message=f"an install is answered with {reply.status}")
        row = {"user_id": person.imperal_id, "app_id": app_id, "status": "active", "config": more.get("config")}
        shows(check, reply, row, "an install")
        since = moment(desk.app(app_id)["created_at"]).timestamp()
        at = moment(reply["installed_at"]).timestamp()
        check.that(since - 2 <= at <= since + 60, "installed_at is not now", reply)
        found = [one for one in desk.installs(person) if one["app_id"] == app_id]
        check.equal(found, [reply.json], "an install is not listed once as it was recorded", reply, about="listed")
        start.add(app_id)
        check.equal(ids(desk, person), start, "the installs of a person", op=INSTALLS)
        before = desk.installs(person)
        again = desk.ask(INSTALL, user=person, body={"app_id": app_id, "config": {"again": 1}})
        check.status(again, 409, 200, 201, message=f"a second install is answered with {again.status}")
        check.equal(desk.installs(person), before, "a second install changed something", again)
    check.equal(desk.installs(other), theirs, "an install is another person's too", op=INSTALL)
    for body in ({"app_id": GONE}, {"app_id": GONE, "config": {}}):
        refused(check, desk.ask(INSTALL, user=person, body=body), 404, why="installing an app that is not there")
    check.equal(ids(desk, person), start, "a refused install is listed", op=INSTALL)


@rule("LIFE-383", UNINSTALL, INSTALLS)
def test_an_uninstall_removes_one_install(session: Session, check: Check) -> None:
    """An uninstall removes this app of this person only; a second time, and what is not installed, is 404."""
    desk, person, other = Desk(session), session.users.new("person with installs"), session.users.new("another")
    one, two, never = (registry.active_app(session) for _ in range(3))
    for user in (person, other):
        for app_id in (one, two):
            registry.install(session, user, app_id, config={"of": user.imperal_id})
    kept, theirs = [row for row in desk.installs(person) if row["app_id"] != one], desk.installs(other)
    refused(check, desk.ask(UNINSTALL, never, person), 404, why="uninstalling what was never installed")
    reply = check.ok(desk.ask(UNINSTALL, one, person))
    check.equal(reply.json, {"id": one, "deleted": True}, "the response of an uninstall", reply)
    check.equal(desk.installs(person), kept, "an uninstall left its app, or took others", reply)
    check.equal(desk.installs(other), theirs, "an uninstall took another person's", reply)
    refused(check, desk.ask(UNINSTALL, one, person), 404, why="a second uninstall")
    refused(check, desk.ask(UNINSTALL, GONE, person), 404, why="uninstalling an app that is not there")
    back = desk.ask(INSTALL, user=person, body={"app_id": one})
    check.status(back, 201, message="an app cannot be installed again")
    check.equal(back.json.get("config"), None, "the configuration of before came back", back)
    check.ok(desk.ask(registry.APP, one), "an uninstall removed the app")


@rule("R09", INSTALLS, INSTALL)
def test_people_are_named_by_their_imperal_id(session: Session, check: Check) -> None:
    """The Registry names people by imperal_id; the gateway's internal id of the same person shows nothing of theirs."""
    desk, person = Desk(session), registry.person(session)
    for row in desk.installs(person):
        check.equal(row["user_id"], person.imperal_id, "an install is not by imperal_id", op=INSTALLS)
    check.equal(desk.installs("imp_u_nobody99"), [], "nobody has installs", op=INSTALLS)
    where = {"user_id": person.imperal_id}
    record = session.send("GET /v1/users/{user_id}", session.users.admin, params=where).need().json
    inner = record.get("id")
    if inner not in (None, person.imperal_id):
        check.equal(desk.installs(str(inner)), [], "the internal id of a person shows their installs", op=INSTALLS)


def shown(session: Session, person: Person, app_id: str) -> list[bool]:
    """Return whether the gateway says in each of its places that a person has an app."""
    mine: dict[str, Any] = next((one for one in session.send(MINE, person).need().json if one["app_id"] == app_id), {})
    where = {"user_id": person.imperal_id}
    listed = session.send(ADMINS, person, params=where).need().text
    page = session.send(f"GET {SHELF}", person, params={"app_id": app_id})
    return [bool(mine.get("is_installed")), f'"{app_id}"' in listed, bool(page["is_installed"])]


def count(session: Session, app_id: str) -> int:
    """Return how many installs the marketplace tells of an app."""
    return int(session.send(f"GET {SHELF}", params={"app_id": app_id})["install_count"])


@rule("LIFE-384", INSTALL, UNINSTALL, INSTALLS, MINE, f"POST {SHELF}/install", f"DELETE {SHELF}/install")
def test_both_services_have_one_store_of_installs(session: Session, check: Check) -> None:
    """An install at the marketplace is in the Registry, and one in the Registry is everywhere in the gateway (M06).

    The marketplace counts them alike; whoever uninstalls, it is gone on both sides.
    """
    desk, person, shop = Desk(session), session.users.new("person of both services"), apps.published_app(session)
    start = count(session, shop)
    for way in ("marketplace", "Registry"):
        for back in session.some(("Registry", "marketplace"), 0, 1):
            if way == "marketplace":
                check.ok(session.send(f"POST {SHELF}/install", person, params={"app_id": shop}))
            else:
                check.status(desk.ask(INSTALL, user=person, body={"app_id": shop}), 201)
            said = f"installed by the {way}"
            check.that(shop in ids(desk, person), f"{said}, it is not in the Registry", op=INSTALLS)
            check.equal(shown(session, person, shop), [True] * 3, f"{said}, the gateway does not show it", op=MINE)
            check.equal(count(session, shop), start + 1, f"{said}, it is not counted once", op=f"GET {SHELF}")
            if back == "marketplace":
                check.ok(session.send(f"DELETE {SHELF}/install", person, params={"app_id": shop}))
            else:
                check.ok(desk.ask(UNINSTALL, shop, person))
            said = f"uninstalled by the {back}"
            check.that(shop not in ids(desk, person), f"{said}, it is in the Registry", op=INSTALLS)
            check.equal(shown(session, person, shop), [False] * 3, f"{said}, the gateway shows it", op=MINE)
            check.equal(count(session, shop), start, f"{said}, it is counted", op=f"GET {SHELF}")


@rule("LIFE-385", UNINSTALL)
def test_a_system_app_stays_with_everybody(session: Session, check: Check) -> None:
    """A system app is in the Registry's installs of a new person and cannot be removed there either (M06)."""
    desk, person = Desk(session), session.users.new("person with system apps")
    system = [str(one["app_id"]) for one in session.send(MINE, person).need().json if one.get("system")]
    check.that(set(system) <= ids(desk, person), "a system app is not in the Registry's installs", op=INSTALLS)
    for app_id in system[:2]:
        before = desk.installs(person)
        refused(check, desk.ask(UNINSTALL, app_id, person), 403, 404, 409, why="uninstalling a system app")
        check.equal(desk.installs(person), before, "a system app can be removed", op=UNINSTALL)


@rule("R07", SAVE_RULES, RULES)
def test_refresh_rules_are_a_bare_array_and_replaced_whole(session: Session, check: Check) -> None:
    """PUT automations takes a bare array, which becomes the whole list in its order; an empty one clears it."""
    desk, person, other = Desk(session), session.users.new("person with rules"), session.users.new("another")
    app_id, second = registry.kept_app(session), registry.active_app(session)
    check.equal(desk.ask(RULES, user=person).need().json, {"automations": []}, "a new person has rules", op=RULES)
    gateway = session.send("GET /v1/automations", person).need().json
    full = {"app_id": app_id, "section_name": "z", "enabled": False, "ttl": 45, "alert_config": {"on": {"deep": [1]}}}
    bare = {"app_id": second, "section_name": "a", "enabled": True}
    theirs = [{**bare, "section_name": "theirs"}]
    check.ok(desk.ask(SAVE_RULES, user=other, body=theirs))
    lists: tuple[list[dict[str, Any]], ...] = (
        [full], [bare, full], [full, {**full, "section_name": "b", "ttl": None, "alert_config": None}, bare],
        [{**full, "enabled": True, "ttl": 46, "alert_config": {}}], [], [bare],
    )  # fmt: skip
    for rules in lists:
        reply = check.ok(desk.ask(SAVE_RULES, user=person, body=rules))
        check.equal(reply["rules_count"], len(rules), "rules_count is not the number of rules", reply)
        check.that(reply["message"], "the response has no message", reply)
        empty = {"user_id": person.imperal_id, "ttl": None, "alert_config": None}
        wanted = {"automations": [{**empty, **rule} for rule in rules]}
        check.equal(desk.ask(RULES, user=person).json, wanted, "the rules are not what was saved", reply, about="saved")
    before = desk.ask(RULES, user=person).json
    bad: tuple[Any, ...] = (
        {"automations": [full]}, {"rules": [full]}, full, [full, {"app_id": app_id}], [{**full, "enabled": "perhaps"}],
        [full, {**full, "ttl": "soon"}], [{**full, "alert_config": []}], [None], "text",
    )  # fmt: skip
    for number, body in enumerate(bad):
        refused(check, desk.ask(SAVE_RULES, user=person, body=body), 422, 400, why=f"rules that are none ({number})")
    check.equal(desk.ask(RULES, user=person).json, before, "refused rules changed something", op=SAVE_RULES)
    left = [one["section_name"] for one in desk.ask(RULES, user=other)["automations"]]
    check.equal(left, ["theirs"], "one person's rules changed another's", op=SAVE_RULES)
    check.equal(session.send("GET /v1/automations", person).json, gateway, "they are the gateway's too", op=SAVE_RULES)
