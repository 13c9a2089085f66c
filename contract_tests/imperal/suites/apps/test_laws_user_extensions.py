"""Laws of who reaches which app: a person's apps, the admin's switch, and the two views of a whole tenant."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Credential, Judge, Person, Stage, law

from ... import apps
from ...tenancy import House, enter, house, member, new_house, trail
from .._laws import Doc, find, refused, shows

LIST = "GET /v1/users/{user_id}/extensions"
OFF, ON = "POST /v1/users/{user_id}/extensions/disable", "DELETE /v1/users/{user_id}/extensions/disable/{app_id}"
ACCESS, USERS = "GET /v1/extensions/access", "GET /v1/extensions/{app_id}/users"
MINE, CALL = "GET /v1/me/extensions", "POST /v1/extensions/{app_id}/call"
INSTALL = "DELETE /v1/marketplace/apps/{app_id}/install"
USER = "PATCH /v1/users/{user_id}"


def resident(stage: Stage, home: House, app_id: str = "") -> Person:
    """Return somebody new of a tenant, with an app installed when one is named."""
    person = enter(stage, member(stage, home))
    if app_id:
        apps.install(stage, person, app_id)
    return person


def row(stage: Stage, person: Person, app_id: str, who: Person | None = None) -> Doc | None:
    """Return an app as the list of a person's apps shows it."""
    reply = stage.send(LIST, who or person, params={"user_id": person.imperal_id})
    return find(reply, "app_id", app_id, "extensions")


def reachable(stage: Stage, home: House, person: Person) -> list[str]:
    """Return the apps that a service may let somebody use."""
    reply = stage.send(ACCESS, stage.cast.service, query={"tenant_id": home.tenant_id})
    return list(reply["users"].get(person.imperal_id) or [])


def reader(stage: Stage, admin: Person, person: Person, app_id: str) -> Doc:
    """Return somebody as the list of an app's people shows them."""
    reply = stage.send(USERS, admin, params={"app_id": app_id})
    return find(reply, "imperal_id", person.imperal_id, "users") or {}


def called(stage: Stage, person: Person, app_id: str) -> int:
    """Return the status of a call to an app."""
    body = {"user_id": person.imperal_id, "tenant_id": person.tenant_id, "function": apps.READ, "params": {}}
    return stage.send(CALL, person, params={"app_id": app_id}, body=body).status


@law("LIFE-160", LIST)
def test_a_persons_apps_are_those_that_they_have(stage: Stage, judge: Judge) -> None:
    """An installed app is in the list with the state of its access; before the install and after it has gone it is not.

    System apps are everybody's.
    """
    home, app_id = house(stage), apps.shop(stage).app_id
    person, other = resident(stage, home), resident(stage, home)
    before = row(stage, person, app_id)
    judge.that(
        before is None or before["is_installed"] is False, "an app is there before it is installed", op=LIST, got=before
    )
    apps.install(stage, person, app_id)
    reply = judge.ok(stage.send(LIST, person, params={"user_id": person.imperal_id}))
    judge.equal(reply["user_id"], person.imperal_id, "the list is somebody else's", reply)
    mine = find(stage.send(MINE, person), "app_id", app_id) or {}
    expected = {
        "app_id": app_id, "name": f"App {app_id}", "display_name": f"App {app_id}", "category": "productivity",
        "version": mine.get("version"), "system": False, "access": "granted", "is_disabled": False,
        "is_installed": True,
    }  # fmt: skip
    shows(judge, reply, expected, "an installed app", find(reply, "app_id", app_id, "extensions") or {})
    judge.equal(
        row(stage, person, app_id, home.admin), row(stage, person, app_id), "an admin sees another row", op=LIST
    )
    judge.that(
        not (row(stage, other, app_id) or {}).get("is_installed"), "an app is installed for somebody else", op=LIST
    )
    system = {one["app_id"] for one in stage.send(MINE, person).need().json if one["system"]}
    for one in reply["extensions"]:
        if one["system"]:
            judge.that(
                one["app_id"] in system and one["is_installed"],
                "a system app is not everybody's",
                reply,
                about="system",
            )
    ids = [one["app_id"] for one in reply["extensions"]]
    judge.equal(len(set(ids)), len(ids), "an app is listed twice", reply)
    stage.send(INSTALL, person, params={"app_id": app_id}).need()
    after = row(stage, person, app_id)
    judge.that(after is None or after["is_installed"] is False, "an app is there after it is gone", op=LIST, got=after)


@law("LIFE-161", OFF, ON, LIST)
def test_an_admin_switches_an_app_off_and_on(stage: Stage, judge: Judge) -> None:
    """An app that an admin disables stays installed and says so everywhere, and its calls are 403, for one person only.

    Enabled again it works as before (effect 11).
    """
    home, app_id = house(stage), apps.shop(stage).app_id
    person, other = resident(stage, home, app_id), resident(stage, home, app_id)
    where = {"user_id": person.imperal_id}
    state(stage, judge, home, person, app_id, off=False)
    answer = {"app_id": app_id, "is_disabled": True, "user_id": person.imperal_id}
    for _ in range(2):
        switched = judge.ok(stage.send(OFF, home.admin, params=where, body={"app_id": app_id}))
        shows(judge, switched, {name: answer[name] for name in answer if name in switched.json}, "a switch")
        state(stage, judge, home, person, app_id, off=True)
        state(stage, judge, home, other, app_id, off=False)
    back = judge.ok(stage.send(ON, home.admin, params={**where, "app_id": app_id}))
    shows(judge, back, {**answer, "is_disabled": False}, "a switch")
    state(stage, judge, home, person, app_id, off=False)
    again = stage.send(ON, home.admin, params={**where, "app_id": app_id})
    refused(judge, again, 404, why="an app that is on is switched on")


def state(stage: Stage, judge: Judge, home: House, person: Person, app_id: str, *, off: bool) -> None:
    """Check that every view of an installed app says whether it is off."""
    shown = row(stage, person, app_id) or {}
    said = (shown.get("is_installed"), shown.get("is_disabled"))
    judge.equal(said, (True, off), "the list of a person's apps has another state", op=LIST, about=f"list {off}")
    mine = find(stage.send(MINE, person), "app_id", app_id) or {}
    said = (mine.get("is_installed"), mine.get("is_disabled"))
    judge.equal(said, (True, off), "one's own list has another state", op=MINE, about=f"mine {off}")
    status = called(stage, person, app_id)
    judge.equal(status, 403 if off else 200, "a call is answered otherwise", op=CALL, about=f"call {off}")
    reached = app_id in reachable(stage, home, person)
    judge.equal(reached, not off, "a service is told otherwise who can use an app", op=ACCESS, about=f"access {off}")
    told = reader(stage, home.admin, person, app_id)
    access = (told.get("access"), bool(told.get("reason")))
    expected = ("denied", True) if off else ("granted", False)
    judge.equal(access, expected, "an admin is told otherwise who may use an app", op=USERS, about=f"users {off}")


@law("LIFE-162", LIST, "POST /v1/me/extensions/disable")
def test_ones_own_switch_shows_to_an_admin(stage: Stage, judge: Judge) -> None:
    """What somebody switches off for themselves is off in the admin's views too, and on again when they say so."""
    home, app_id = house(stage), apps.shop(stage).app_id
    person = resident(stage, home, app_id)
    stage.send("POST /v1/me/extensions/disable", person, body={"app_id": app_id}).need()
    state(stage, judge, home, person, app_id, off=True)
    stage.send("DELETE /v1/me/extensions/disable/{app_id}", person, params={"app_id": app_id}).need()
    state(stage, judge, home, person, app_id, off=False)


@law("LIFE-164", OFF, ON)
def test_a_switch_needs_somebody_and_an_app(stage: Stage, judge: Judge) -> None:
    """An unknown user or app is 404; somebody of another tenant too, and nobody else's state changes."""
    home, other, app_id = house(stage), house(stage, "another house"), apps.shop(stage).app_id
    person, stranger = resident(stage, home, app_id), resident(stage, other, app_id)
    nowhere = stage.cast.fresh("nowhere")
    stage.client.own("imp_u_nobody99")
    for user_id, app in ((person.imperal_id, nowhere), ("imp_u_nobody99", app_id), (stranger.imperal_id, app_id)):
        for op, params, more in (
            (OFF, {"user_id": user_id}, {"body": {"app_id": app}}),
            (ON, {"user_id": user_id, "app_id": app}, {}),
        ):
            reply = stage.send(op, home.admin, params=params, **more)
            refused(
                judge, reply, 404, *([403] if user_id == stranger.imperal_id else []), why="a switch without its object"
            )
    state(stage, judge, home, person, app_id, off=False)
    state(stage, judge, other, stranger, app_id, off=False)
    stage.send(OFF, other.admin, params={"user_id": stranger.imperal_id}, body={"app_id": app_id}).need()
    reply = stage.send(ON, home.admin, params={"user_id": stranger.imperal_id, "app_id": app_id})
    refused(judge, reply, 403, 404, why="an admin switches for another tenant")
    own = stage.send(ON, stranger, params={"user_id": stranger.imperal_id, "app_id": app_id})
    refused(judge, own, 403, why="somebody who is no admin uses the admin's switch")
    state(stage, judge, other, stranger, app_id, off=True)


@law("LIFE-194", OFF, ON)
def test_a_switch_is_in_the_log(stage: Stage, judge: Judge) -> None:
    """Every change of rights leaves one entry in the audit log, with the actor and the target; a refusal none.

    Switching an app off and on each leave one audit entry that names the person, the admin and the app.
    """
    home, app_id = house(stage), apps.shop(stage).app_id
    person = resident(stage, home, app_id)
    where, query = {"user_id": person.imperal_id}, {"target_id": person.imperal_id, "actor_id": home.admin.imperal_id}
    known = trail(stage, home.admin, **query)
    actions = []
    for op, params, more in ((OFF, where, {"body": {"app_id": app_id}}), (ON, {**where, "app_id": app_id}, {})):
        stage.send(op, home.admin, params=params, **more).need()
        entries = trail(stage, home.admin, **query)
        new = [one for one in entries if one not in known]
        judge.equal(len(new), 1, "a switch is not one entry of the log", op=op, about="count")
        known = entries
        for one in new:
            told = f"{one['changes']} {one['metadata']} {one['target_id']}"
            judge.that(app_id in told, "the entry does not name the app", op=op, expected=app_id, got=told)
            actions.append(one["action"])
    judge.equal(len(set(actions)), 2, "switching off and on are one action in the log", op=ON)


@law("LIFE-165", USERS)
def test_the_people_of_an_app_are_those_of_the_tenant(stage: Stage, judge: Judge) -> None:
    """The list of an app's people has everybody of the admin's tenant once, and says who may use it and who not."""
    home, app_id = new_house(stage), apps.shop(stage).app_id
    having, lacking, gone = resident(stage, home, app_id), resident(stage, home), resident(stage, home, app_id)
    stage.send(USER, home.admin, params={"user_id": gone.imperal_id}, body={"is_active": False}).need()
    reply = judge.ok(stage.send(USERS, home.admin, params={"app_id": app_id}))
    judge.equal(reply["app_id"], app_id, "the list is another app's", reply)
    ids = [one["imperal_id"] for one in reply["users"]]
    present = {home.admin.imperal_id, having.imperal_id, lacking.imperal_id}
    judge.equal(set(ids) - {gone.imperal_id}, present, "the list has other people than the tenant", reply)
    judge.equal(len(set(ids)), len(ids), "somebody is listed twice", reply)
    judge.equal(reply.json.get("total", len(ids)), len(ids), "total is not how many there are", reply)
    for person, access in ((having, "granted"), (lacking, "denied"), (home.admin, "denied"), (gone, "denied")):
        one = find(reply, "imperal_id", person.imperal_id, "users")
        if one is None:
            continue  # somebody inactive may be left out
        expected = {"access": access, "email": person.email, "role": person.role}
        shows(judge, reply, expected, f"who is {access}", one)
        judge.equal(bool(one.get("reason")), access == "denied", "a reason is given to others than the denied", reply)
    unknown = stage.send(USERS, home.admin, params={"app_id": stage.cast.fresh("nowhere")})
    refused(judge, unknown, 404, why="an unknown app has people")


@law("LIFE-170", ACCESS)
def test_access_maps_people_to_the_apps_that_they_can_use(stage: Stage, judge: Judge) -> None:
    """The map of a tenant goes from each of its people to the apps that they can use, and has nobody else's."""
    home, app_id = new_house(stage), apps.shop(stage).app_id
    having, lacking, gone = resident(stage, home, app_id), resident(stage, home), resident(stage, home, app_id)
    stage.send(USER, home.admin, params={"user_id": gone.imperal_id}, body={"is_active": False}).need()
    reply = judge.ok(stage.send(ACCESS, stage.cast.service, query={"tenant_id": home.tenant_id}))
    judge.equal(reply["tenant_id"], home.tenant_id, "the map is another tenant's", reply)
    people: dict[str, Any] = reply["users"]
    present = {home.admin.imperal_id, having.imperal_id, lacking.imperal_id}
    judge.equal(set(people) - {gone.imperal_id}, present, "the map has other people than the tenant", reply)
    judge.that(app_id in people.get(having.imperal_id, []), "somebody cannot use what they installed", reply)
    for person in (lacking, home.admin, gone):
        judge.that(app_id not in people.get(person.imperal_id, []), "somebody can use what they do not have", reply)
    mine = {one["app_id"] for one in stage.send(MINE, having).need().json}
    judge.equal(set(people.get(having.imperal_id, [])), mine, "the map has other apps than one's own list", reply)
    stage.send(INSTALL, having, params={"app_id": app_id}).need()
    judge.that(app_id not in reachable(stage, home, having), "an app is usable after it is gone", op=ACCESS)
    user = stage.cast.user
    own = judge.ok(stage.send(ACCESS, stage.cast.service))
    judge.equal(own["tenant_id"], "default", "without a tenant the map is not the default one's", own)
    judge.that(user.imperal_id in own["users"], "the map of the default tenant lacks its people", own)
    judge.that(having.imperal_id not in own["users"], "the map of a tenant has people of another", own)


@law("S07", ACCESS)
def test_access_is_for_services(stage: Stage, judge: Judge) -> None:
    """`GET /v1/extensions/access` with an admin bearer answers 401/403: an admin role does not replace the token."""
    admin, service, user = stage.cast.deputy, stage.cast.service, stage.cast.user
    token = service.headers["X-Service-Token"]
    for who in (
        admin.bearer, user.bearer, stage.cast.key(admin), Credential("nobody"),
        Credential("the token as a bearer", {"Authorization": f"Bearer {token}"}),
        Credential("a longer token and an admin", {**admin.bearer.headers, "X-Service-Token": f"{token}x"}),
        admin.bearer.plus("naming themselves", X_Acting_User=admin.imperal_id),
    ):  # fmt: skip
        reply = stage.send(ACCESS, who)
        refused(judge, reply, 401, 403, 422, why=f"{who.name} reads the map of access")
        judge.that(user.imperal_id not in reply.text, "a refusal shows people", reply)
    judge.ok(stage.send(ACCESS, service))


@law("S16", USERS, OFF, ON)
def test_the_admin_portal_switches_apps_with_the_service_token_alone(stage: Stage, judge: Judge) -> None:
    """The admin portal lists an app's people and switches apps with the service token alone."""
    service, app_id = stage.cast.service, apps.shop(stage).app_id
    person = stage.cast.new("switched by the portal")
    apps.install(stage, person, app_id)
    where = {"user_id": person.imperal_id}
    judge.ok(stage.send(OFF, service, params=where, body={"app_id": app_id}))
    judge.equal(
        (row(stage, person, app_id) or {}).get("is_disabled"), True, "the portal's switch has no effect", op=OFF
    )
    reply = judge.ok(stage.send(USERS, service, params={"app_id": app_id}))
    one = find(reply, "imperal_id", person.imperal_id, "users") or {}
    judge.equal(one.get("access"), "denied", "the portal is told otherwise who may use an app", reply)
    judge.ok(stage.send(ON, service, params={**where, "app_id": app_id}))
    judge.equal(
        (row(stage, person, app_id) or {}).get("is_disabled"), False, "the portal's switch has no effect", op=ON
    )
