"""Rules of who reaches which app: a person's apps, the admin's switch, and the two views of a whole tenant."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Check, Credential, rule

from ...people import Person
from ...session import Session
from ...shared import apps
from ...shared.tenancy import Tenant, enter, member, new_tenant, own_tenant, trail
from .._rules import Doc, find, refused, shows

LIST = "GET /v1/users/{user_id}/extensions"
OFF, ON = "POST /v1/users/{user_id}/extensions/disable", "DELETE /v1/users/{user_id}/extensions/disable/{app_id}"
ACCESS, USERS = "GET /v1/extensions/access", "GET /v1/extensions/{app_id}/users"
MINE, CALL = "GET /v1/me/extensions", "POST /v1/extensions/{app_id}/call"
INSTALL = "DELETE /v1/marketplace/apps/{app_id}/install"
USER = "PATCH /v1/users/{user_id}"


def resident(session: Session, home: Tenant, app_id: str = "") -> Person:
    """Return somebody new of a tenant, with an app installed when one is named."""
    person = enter(session, member(session, home))
    if app_id:
        apps.install(session, person, app_id)
    return person


def row(session: Session, person: Person, app_id: str, who: Person | None = None) -> Doc | None:
    """Return an app as the list of a person's apps shows it."""
    reply = session.send(LIST, who or person, params={"user_id": person.imperal_id})
    return find(reply, "app_id", app_id, "extensions")


def reachable(session: Session, home: Tenant, person: Person) -> list[str]:
    """Return the apps that a service may let somebody use."""
    reply = session.send(ACCESS, session.users.service, query={"tenant_id": home.tenant_id})
    return list(reply["users"].get(person.imperal_id) or [])


def reader(session: Session, admin: Person, person: Person, app_id: str) -> Doc:
    """Return somebody as the list of an app's people shows them."""
    reply = session.send(USERS, admin, params={"app_id": app_id})
    return find(reply, "imperal_id", person.imperal_id, "users") or {}


def called(session: Session, person: Person, app_id: str) -> int:
    """Return the status of a call to an app."""
    body = {"user_id": person.imperal_id, "tenant_id": person.tenant_id, "function": apps.READ, "params": {}}
    return session.send(CALL, person, params={"app_id": app_id}, body=body).status


@rule("LIFE-160", LIST)
def test_a_persons_apps_are_those_that_they_have(session: Session, check: Check) -> None:
    """An installed app is in the list with the state of its access; before the install and after it has gone it is not.

    System apps are everybody's.
    """
    home, app_id = own_tenant(session), apps.shop(session).app_id
    person, other = resident(session, home), resident(session, home)
    before = row(session, person, app_id)
    check.that(
        before is None or before["is_installed"] is False, "an app is there before it is installed", op=LIST, got=before
    )
    apps.install(session, person, app_id)
    reply = check.ok(session.send(LIST, person, params={"user_id": person.imperal_id}))
    check.equal(reply["user_id"], person.imperal_id, "the list is somebody else's", reply)
    mine = find(session.send(MINE, person), "app_id", app_id) or {}
    expected = {
        "app_id": app_id, "name": f"App {app_id}", "display_name": f"App {app_id}", "category": "productivity",
        "version": mine.get("version"), "system": False, "access": "granted", "is_disabled": False,
        "is_installed": True,
    }  # fmt: skip
    shows(check, reply, expected, "an installed app", find(reply, "app_id", app_id, "extensions") or {})
    check.equal(
        row(session, person, app_id, home.admin), row(session, person, app_id), "an admin sees another row", op=LIST
    )
    check.that(
        not (row(session, other, app_id) or {}).get("is_installed"), "an app is installed for somebody else", op=LIST
    )
    system = {one["app_id"] for one in session.send(MINE, person).need().json if one["system"]}
    for one in reply["extensions"]:
        if one["system"]:
            check.that(
                one["app_id"] in system and one["is_installed"],
                "a system app is not everybody's",
                reply,
                about="system",
            )
    ids = [one["app_id"] for one in reply["extensions"]]
    check.equal(len(set(ids)), len(ids), "an app is listed twice", reply)
    session.send(INSTALL, person, params={"app_id": app_id}).need()
    after = row(session, person, app_id)
    check.that(after is None or after["is_installed"] is False, "an app is there after it is gone", op=LIST, got=after)


@rule("LIFE-161", OFF, ON, LIST)
def test_an_admin_switches_an_app_off_and_on(session: Session, check: Check) -> None:
    """An app that an admin disables stays installed and says so everywhere, and its calls are 403, for one person only.

    Enabled again it works as before.
    """
    home, app_id = own_tenant(session), apps.shop(session).app_id
    person, other = resident(session, home, app_id), resident(session, home, app_id)
    where = {"user_id": person.imperal_id}
    state(session, check, home, person, app_id, off=False)
    response = {"app_id": app_id, "is_disabled": True, "user_id": person.imperal_id}
    for _ in range(2):
        switched = check.ok(session.send(OFF, home.admin, params=where, body={"app_id": app_id}))
        shows(check, switched, {name: response[name] for name in response if name in switched.json}, "a switch")
        state(session, check, home, person, app_id, off=True)
        state(session, check, home, other, app_id, off=False)
    back = check.ok(session.send(ON, home.admin, params={**where, "app_id": app_id}))
    shows(check, back, {**response, "is_disabled": False}, "a switch")
    state(session, check, home, person, app_id, off=False)
    again = session.send(ON, home.admin, params={**where, "app_id": app_id})
    refused(check, again, 404, why="an app that is on is switched on")


def state(session: Session, check: Check, home: Tenant, person: Person, app_id: str, *, off: bool) -> None:
    """Check that every view of an installed app says whether it is off."""
    shown = row(session, person, app_id) or {}
    said = (shown.get("is_installed"), shown.get("is_disabled"))
    check.equal(said, (True, off), "the list of a person's apps has another state", op=LIST, about=f"list {off}")
    mine = find(session.send(MINE, person), "app_id", app_id) or {}
    said = (mine.get("is_installed"), mine.get("is_disabled"))
    check.equal(said, (True, off), "one's own list has another state", op=MINE, about=f"mine {off}")
    status = called(session, person, app_id)
    check.equal(status, 403 if off else 200, "a call is answered otherwise", op=CALL, about=f"call {off}")
    reached = app_id in reachable(session, home, person)
    check.equal(reached, not off, "a service is told otherwise who can use an app", op=ACCESS, about=f"access {off}")
    told = reader(session, home.admin, person, app_id)
    access = (told.get("access"), bool(told.get("reason")))
    expected = ("denied", True) if off else ("granted", False)
    check.equal(access, expected, "an admin is told otherwise who may use an app", op=USERS, about=f"users {off}")


@rule("LIFE-162", LIST, "POST /v1/me/extensions/disable")
def test_ones_own_switch_shows_to_an_admin(session: Session, check: Check) -> None:
    """What somebody switches off for themselves is off in the admin's views too, and on again when they say so."""
    home, app_id = own_tenant(session), apps.shop(session).app_id
    person = resident(session, home, app_id)
    session.send("POST /v1/me/extensions/disable", person, body={"app_id": app_id}).need()
    state(session, check, home, person, app_id, off=True)
    session.send("DELETE /v1/me/extensions/disable/{app_id}", person, params={"app_id": app_id}).need()
    state(session, check, home, person, app_id, off=False)


@rule("LIFE-164", OFF, ON)
def test_a_switch_needs_somebody_and_an_app(session: Session, check: Check) -> None:
    """An unknown user or app is 404; somebody of another tenant too, and nobody else's state changes."""
    home, other, app_id = own_tenant(session), own_tenant(session, "another tenant"), apps.shop(session).app_id
    person, stranger = resident(session, home, app_id), resident(session, other, app_id)
    nowhere = session.users.fresh("nowhere")
    session.client.own("imp_u_nobody99")
    for user_id, app in ((person.imperal_id, nowhere), ("imp_u_nobody99", app_id), (stranger.imperal_id, app_id)):
        for op, params, more in (
            (OFF, {"user_id": user_id}, {"body": {"app_id": app}}),
            (ON, {"user_id": user_id, "app_id": app}, {}),
        ):
            reply = session.send(op, home.admin, params=params, **more)
            refused(
                check, reply, 404, *([403] if user_id == stranger.imperal_id else []), why="a switch without its object"
            )
    state(session, check, home, person, app_id, off=False)
    state(session, check, other, stranger, app_id, off=False)
    session.send(OFF, other.admin, params={"user_id": stranger.imperal_id}, body={"app_id": app_id}).need()
    reply = session.send(ON, home.admin, params={"user_id": stranger.imperal_id, "app_id": app_id})
    refused(check, reply, 403, 404, why="an admin switches for another tenant")
    own = session.send(ON, stranger, params={"user_id": stranger.imperal_id, "app_id": app_id})
    refused(check, own, 403, why="somebody who is no admin uses the admin's switch")
    state(session, check, other, stranger, app_id, off=True)


@rule("LIFE-194", OFF, ON)
def test_a_switch_is_in_the_log(session: Session, check: Check) -> None:
    """Every change of rights leaves one entry in the audit log, with the actor and the target; a refusal none.

    Switching an app off and on each leave one audit entry that names the person, the admin and the app.
    """
    home, app_id = own_tenant(session), apps.shop(session).app_id
    person = resident(session, home, app_id)
    where, query = {"user_id": person.imperal_id}, {"target_id": person.imperal_id, "actor_id": home.admin.imperal_id}
    known = trail(session, home.admin, **query)
    actions = []
    for op, params, more in ((OFF, where, {"body": {"app_id": app_id}}), (ON, {**where, "app_id": app_id}, {})):
        session.send(op, home.admin, params=params, **more).need()
        entries = trail(session, home.admin, **query)
        new = [one for one in entries if one not in known]
        check.equal(len(new), 1, "a switch is not one entry of the log", op=op, about="count")
        known = entries
        for one in new:
            told = f"{one['changes']} {one['metadata']} {one['target_id']}"
            check.that(app_id in told, "the entry does not name the app", op=op, expected=app_id, got=told)
            actions.append(one["action"])
    check.equal(len(set(actions)), 2, "switching off and on are one action in the log", op=ON)


@rule("LIFE-165", USERS)
def test_the_people_of_an_app_are_those_of_the_tenant(session: Session, check: Check) -> None:
    """The list of an app's people has everybody of the admin's tenant once, and says who may use it and who not."""
    home, app_id = new_tenant(session), apps.shop(session).app_id
    having, lacking, gone = resident(session, home, app_id), resident(session, home), resident(session, home, app_id)
    session.send(USER, home.admin, params={"user_id": gone.imperal_id}, body={"is_active": False}).need()
    reply = check.ok(session.send(USERS, home.admin, params={"app_id": app_id}))
    check.equal(reply["app_id"], app_id, "the list is another app's", reply)
    ids = [one["imperal_id"] for one in reply["users"]]
    present = {home.admin.imperal_id, having.imperal_id, lacking.imperal_id}
    check.equal(set(ids) - {gone.imperal_id}, present, "the list has other people than the tenant", reply)
    check.equal(len(set(ids)), len(ids), "somebody is listed twice", reply)
    check.equal(reply.json.get("total", len(ids)), len(ids), "total is not how many there are", reply)
    for person, access in ((having, "granted"), (lacking, "denied"), (home.admin, "denied"), (gone, "denied")):
        one = find(reply, "imperal_id", person.imperal_id, "users")
        if one is None:
            continue  # somebody inactive may be left out
        expected = {"access": access, "email": person.email, "role": person.role}
        shows(check, reply, expected, f"who is {access}", one)
        check.equal(bool(one.get("reason")), access == "denied", "a reason is given to others than the denied", reply)
    unknown = session.send(USERS, home.admin, params={"app_id": session.users.fresh("nowhere")})
    refused(check, unknown, 404, why="an unknown app has people")


@rule("LIFE-170", ACCESS)
def test_access_maps_people_to_the_apps_that_they_can_use(session: Session, check: Check) -> None:
    """The map of a tenant goes from each of its people to the apps that they can use, and has nobody else's."""
    home, app_id = new_tenant(session), apps.shop(session).app_id
    having, lacking, gone = resident(session, home, app_id), resident(session, home), resident(session, home, app_id)
    session.send(USER, home.admin, params={"user_id": gone.imperal_id}, body={"is_active": False}).need()
    reply = check.ok(session.send(ACCESS, session.users.service, query={"tenant_id": home.tenant_id}))
    check.equal(reply["tenant_id"], home.tenant_id, "the map is another tenant's", reply)
    people: dict[str, Any] = reply["users"]
    present = {home.admin.imperal_id, having.imperal_id, lacking.imperal_id}
    check.equal(set(people) - {gone.imperal_id}, present, "the map has other people than the tenant", reply)
    check.that(app_id in people.get(having.imperal_id, []), "somebody cannot use what they installed", reply)
    for person in (lacking, home.admin, gone):
        check.that(app_id not in people.get(person.imperal_id, []), "somebody can use what they do not have", reply)
    mine = {one["app_id"] for one in session.send(MINE, having).need().json}
    check.equal(set(people.get(having.imperal_id, [])), mine, "the map has other apps than one's own list", reply)
    session.send(INSTALL, having, params={"app_id": app_id}).need()
    check.that(app_id not in reachable(session, home, having), "an app is usable after it is gone", op=ACCESS)
    user = session.users.user
    own = check.ok(session.send(ACCESS, session.users.service))
    check.equal(own["tenant_id"], "default", "without a tenant the map is not the default one's", own)
    check.that(user.imperal_id in own["users"], "the map of the default tenant lacks its people", own)
    check.that(having.imperal_id not in own["users"], "the map of a tenant has people of another", own)


@rule("S07", ACCESS)
def test_access_is_for_services(session: Session, check: Check) -> None:
    """`GET /v1/extensions/access` with an admin bearer answers 401/403: an admin role does not replace the token."""
    admin, service, user = session.users.deputy, session.users.service, session.users.user
    token = service.headers["X-Service-Token"]
    longer = session.variants(token)["more than"]
    for who in (
        admin.bearer, user.bearer, session.users.key(admin), Credential("nobody"),
        Credential("the token as a bearer", {"Authorization": f"Bearer {token}"}),
        Credential("a longer token and an admin", {**admin.bearer.headers, "X-Service-Token": longer}),
        admin.bearer.plus("naming themselves", X_Acting_User=admin.imperal_id),
    ):  # fmt: skip
        reply = session.send(ACCESS, who)
        refused(check, reply, 401, 403, 422, why=f"{who.name} reads the map of access")
        check.that(user.imperal_id not in reply.text, "a refusal shows people", reply)
    check.ok(session.send(ACCESS, service))


@rule("S16", USERS, OFF, ON)
def test_the_admin_portal_switches_apps_with_the_service_token_alone(session: Session, check: Check) -> None:
    """The admin portal lists an app's people and switches apps with the service token alone."""
    service, app_id = session.users.service, apps.shop(session).app_id
    person = session.users.new("switched by the portal")
    apps.install(session, person, app_id)
    where = {"user_id": person.imperal_id}
    check.ok(session.send(OFF, service, params=where, body={"app_id": app_id}))
    check.equal(
        (row(session, person, app_id) or {}).get("is_disabled"), True, "the portal's switch has no effect", op=OFF
    )
    reply = check.ok(session.send(USERS, service, params={"app_id": app_id}))
    one = find(reply, "imperal_id", person.imperal_id, "users") or {}
    check.equal(one.get("access"), "denied", "the portal is told otherwise who may use an app", reply)
    check.ok(session.send(ON, service, params={**where, "app_id": app_id}))
    check.equal(
        (row(session, person, app_id) or {}).get("is_disabled"), False, "the portal's switch has no effect", op=ON
    )
