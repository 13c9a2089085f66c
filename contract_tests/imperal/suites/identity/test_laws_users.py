"""Laws of people: how an administrator makes them, what they start with, and who may look at whom."""

from __future__ import annotations

import re
from typing import Any

from specdouble.verify.kit import NOBODY, PASSWORD, Judge, Person, Stage, Unmet, law

from ... import apps
from ...tenancy import agency_of, enter, house, member, new_body, record_of
from .._laws import Doc, find, kept, moment, moves, refused, shows

LIST, CREATE, READ = "GET /v1/users", "POST /v1/users", "GET /v1/users/{user_id}"
CHANGE, DELETE = "PATCH /v1/users/{user_id}", "DELETE /v1/users/{user_id}"
RESET = "POST /v1/users/{user_id}/reset-conversation"
APPS, EFFECTIVE = "GET /v1/users/{user_id}/extensions", "GET /v1/scopes/effective/{user_id}"
LOGIN, ME, MINE = "POST /v1/auth/login", "GET /v1/auth/me", "GET /v1/me/extensions"
HISTORY, WALLET, BALANCE = "GET /v1/billing/wallet/history", "GET /v1/billing/wallet", "GET /v1/billing/balance"
IMPERAL_ID = re.compile(r"imp_u_[A-Za-z0-9_-]{6,22}")


def where(record: Doc) -> Doc:
    """Return the path parameters that name somebody."""
    return {"user_id": record["imperal_id"]}


@law("LIFE-150", CREATE, READ, LIST)
def test_somebody_has_every_field_that_they_were_made_with(stage: Stage, judge: Judge) -> None:
    """What is made has every field that it was made with; its own page and the list show the same.

    Somebody is made with every given field, in the admin's tenant, active; page and list show the same.
    """
    home = house(stage)
    new = new_body(
        stage, role="viewer", scopes=["notes:read", "tasks:*"], attributes={"team": "content", "floor": 3},
        agency_id=agency_of(stage, home),
    )  # fmt: skip
    made = judge.ok(stage.send(CREATE, home.admin, body=new))
    expected = {name: value for name, value in new.items() if name != "password"}
    fixed = {"tenant_id": home.tenant_id, "is_active": True, "last_login": None}
    shows(judge, made, {**expected, **fixed}, "somebody new")
    judge.that(
        IMPERAL_ID.fullmatch(made["imperal_id"]), "the imperal_id has another form", made, expected=IMPERAL_ID.pattern
    )
    judge.that(made["id"] and made["id"] != made["imperal_id"], "id and imperal_id are one", made, rule="A15")
    read = judge.ok(stage.send(READ, home.admin, params=where(made.json)))
    judge.equal(read.json, made.json, "somebody's page is not what their create answered", read)
    listed = stage.send(LIST, home.admin, query={"search": new["email"]})
    judge.equal(listed["items"], [made.json], "the list shows somebody new otherwise", listed)


@law("LIFE-171", CREATE)
def test_somebody_new_starts_with_the_defaults_of_their_role(stage: Stage, judge: Judge) -> None:
    """Without scopes and attributes somebody gets those of their role, and its apps; without a role they are a user."""
    home, app_id = house(stage), apps.shop(stage).app_id
    role = {
        "name": stage.cast.fresh("role"), "default_scopes": ["notes:read", "tasks:*"],
        "default_attributes": {"team": "content"}, "default_extensions": [app_id],
    }  # fmt: skip
    stage.send("POST /v1/roles", home.admin, body=role).need()
    made = judge.ok(stage.send(CREATE, home.admin, body=new_body(stage, role=role["name"])))
    expected = {"role": role["name"], "scopes": role["default_scopes"], "attributes": role["default_attributes"]}
    shows(judge, made, {**expected, "agency_id": None}, "who has a role")
    person = enter(stage, made.json)
    judge.that(find(stage.send(MINE, person), "app_id", app_id), "the apps of a role are not installed", op=CREATE)
    own = judge.ok(stage.send(CREATE, home.admin, body=new_body(stage, role=role["name"], scopes=["own:read"])))
    shows(judge, own, {"scopes": ["own:read"], "attributes": role["default_attributes"]}, "who has scopes of their own")
    plain = judge.ok(stage.send(CREATE, home.admin, body=new_body(stage)))
    built_in = find(stage.send("GET /v1/roles", home.admin), "name", "user") or {}
    shows(judge, plain, {"role": "user", "scopes": built_in.get("default_scopes"), "agency_id": None}, "a plain user")
    without = find(stage.send(MINE, enter(stage, plain.json)), "app_id", app_id)
    judge.equal(without, None, "a plain user has the apps of another role", op=CREATE)


@law("LIFE-172", CREATE, READ, "POST /v1/auth/login")
def test_somebody_new_can_log_in_at_once(stage: Stage, judge: Judge) -> None:
    """Who is made by an admin needs no verification; their profile has what the admin gave, and last_login moves."""
    home = house(stage)
    record = member(stage, home, role="viewer", scopes=["notes:read"], attributes={"team": "content"})
    login = {"email": record["email"], "password": PASSWORD, "tenant_id": home.tenant_id}
    judge.ok(stage.send(LOGIN, NOBODY, body=login), "who was made by an admin cannot log in", op=CREATE)
    person = enter(stage, record)
    me = judge.ok(stage.send(ME, person))
    shows(judge, me, {"imperal_id": record["imperal_id"], "email": record["email"], "role": "viewer"}, "one's profile")
    shown = record_of(stage, home.admin, record["imperal_id"])
    judge.that(shown["last_login"], "last_login stays empty after a login", op=READ)
    judge.that(moment(shown["last_login"]) >= moment(record["created_at"]), "last_login is before created_at", op=READ)

    def once_more() -> Any:
        stage.cast.login(person)
        return record_of(stage, home.admin, record["imperal_id"])["last_login"]

    judge.that(moves(shown["last_login"], once_more), "last_login does not move with a login", op=READ)
    wrong = stage.send(LOGIN, NOBODY, body={**login, "password": "Another-7!"})
    refused(judge, wrong, 401, why="a login with another password")
    elsewhere = stage.send(LOGIN, NOBODY, body={**login, "tenant_id": stage.cast.deputy.tenant_id})
    refused(judge, elsewhere, 401, why="a login to another tenant")


@law("LIFE-173", CREATE)
def test_somebody_new_has_a_wallet_and_the_system_apps(stage: Stage, judge: Judge) -> None:
    """A new person has the free plan's grant as the one entry of their ledger, and the apps that everybody has.

    They get the same as somebody who registered (effect 1).
    """
    home = house(stage)
    person, other = enter(stage, member(stage, home)), stage.cast.user
    wallet, history = judge.ok(stage.send(WALLET, person)), stage.send(HISTORY, person)
    rows = history.need().json
    entries = rows if isinstance(rows, list) else next((one for one in rows.values() if isinstance(one, list)), [])
    judge.equal(len(entries), 1, "a new ledger does not have one entry", history)
    if entries:
        judge.equal(entries[0]["amount"], wallet["balance"], "the balance is not the one entry", history)
        judge.that(entries[0]["amount"] > 0, "the free plan grants nothing", history)
    registered = stage.cast.new("registered")
    twin = judge.ok(stage.send(WALLET, registered))
    for name in ("balance", "plan", "status", "cap", "included_tokens"):
        judge.equal(wallet.json.get(name), twin.json.get(name), f"{name} of a new wallet is another one", wallet)
    methods = [
        record_of(stage, admin, one.imperal_id)["auth_method"]
        for admin, one in ((home.admin, person), (stage.cast.deputy, registered))
    ]
    judge.equal(methods[0], methods[1], "who has a password is said to log in otherwise", op=CREATE)
    mine, theirs = (
        {one["app_id"] for one in stage.send(MINE, who).need().json if one["system"]} for who in (person, other)
    )
    judge.equal(mine, theirs, "somebody new does not have the system apps", op=CREATE)


@law("LIFE-152", CREATE)
def test_an_address_is_taken_once_in_a_tenant(stage: Stage, judge: Judge) -> None:
    """A name is taken once: a second one is refused with 409, and the first stays as it is.

    A second person with an address is refused with 409, in whatever case; another tenant may know it too (A05).
    """
    home, other = house(stage), house(stage, "another house")
    first = member(stage, home)
    for email in (first["email"], first["email"].upper()):
        again = stage.send(CREATE, home.admin, body=new_body(stage, email=email, role="viewer"))
        refused(judge, again, 409, why="an address is taken twice")
    found = stage.send(LIST, home.admin, query={"search": first["email"], "include_inactive": True})
    judge.equal(found["items"], [first], "a refused person is there, or the first one changed", found)
    twin = judge.ok(stage.send(CREATE, other.admin, body=new_body(stage, email=first["email"])), rule="A05")
    judge.that(twin["imperal_id"] != first["imperal_id"], "one address in two tenants is one person", twin, rule="A05")


@law("A15", READ, CHANGE, DELETE, RESET, APPS, EFFECTIVE)
def test_only_the_imperal_id_names_anybody(stage: Stage, judge: Judge) -> None:
    """Only the imperal_id names anybody in a path; the internal id of the record is 404.

    `/v1/auth/me` shows the imperal_id; records of people show both, with different values.
    """
    home = house(stage)
    record = member(stage, home)
    me = judge.ok(stage.send(ME, enter(stage, record)))
    judge.equal(me["imperal_id"], record["imperal_id"], "the profile does not show the imperal_id", me)
    tries: list[tuple[str, Doc]] = [
        (READ, {}), (CHANGE, {"body": {"role": "viewer", "is_active": False}}), (RESET, {"body": {}}), (APPS, {}),
        (EFFECTIVE, {}), (DELETE, {}), (DELETE, {"query": {"permanent": True}}),
    ]  # fmt: skip
    stage.client.own(record["id"])
    for op, more in tries:
        reply = stage.send(op, home.admin, params={"user_id": record["id"]}, **more)
        refused(judge, reply, 404, why="the internal id names somebody")
        refused(
            judge, stage.send(op, home.admin, params={"user_id": "imp_u_nobody99"}, **more), 404, why="nobody is found"
        )
    now = record_of(stage, home.admin, record["imperal_id"])
    kept(
        judge, stage.send(READ, home.admin, params=where(record)), record, "who was not named", "last_login", shown=now
    )


@law("I06", READ, APPS, EFFECTIVE, RESET)
def test_a_record_is_for_its_person_and_for_admins(stage: Stage, judge: Judge) -> None:
    """A record, its apps and its effective scopes are for the person themselves and for admins of the tenant."""
    home = house(stage)
    record = member(stage, home)
    person, other = enter(stage, record), enter(stage, member(stage, home, role="developer"))
    tries: list[tuple[str, Doc]] = [(READ, {}), (APPS, {}), (EFFECTIVE, {}), (RESET, {"body": {}})]
    for op, more in tries:
        mine = judge.ok(stage.send(op, person, params=where(record), **more), "one's own is refused", about="own")
        seen = judge.ok(stage.send(op, home.admin, params=where(record), **more), "an admin is refused", about="admin")
        acting = judge.ok(stage.send(op, stage.cast.acting(person), params=where(record), **more), rule="S13")
        if op != RESET:
            judge.equal(seen.json, mine.json, "an admin sees something else than the person", seen)
            judge.equal(acting.json, mine.json, "the service sees something else than the person", acting, rule="S13")
        for who in (other.bearer, stage.cast.acting(other), stage.cast.user.bearer):
            reply = stage.send(op, who, params=where(record), **more)
            refused(judge, reply, 403, 404, why="somebody else looks into a record")
            judge.that(record["email"] not in reply.text, "a refusal shows the record", reply)
    own = judge.ok(stage.send(READ, person, params=where(record)))
    kept(judge, own, record, "one's own record", "last_login")


@law("LIFE-179", RESET)
def test_a_reset_forgets_the_chat_and_nothing_else(stage: Stage, judge: Judge) -> None:
    """A reset leaves wallet, apps and record alone, and when it is repeated there is nothing left to forget."""
    home, app_id = house(stage), apps.shop(stage).app_id
    record = member(stage, home)
    person = enter(stage, record)
    apps.install(stage, person, app_id)

    def things() -> list[Any]:
        paths: tuple[tuple[str, Doc], ...] = ((BALANCE, {}), (HISTORY, {}), (MINE, {}), (READ, where(record)))
        return [stage.send(op, person, params=params).json for op, params in paths]

    before = things()
    judge.ok(stage.send(RESET, person, params=where(record), body={}))
    for who in (person, home.admin):
        again = judge.ok(stage.send(RESET, who, params=where(record), body={}))
        judge.equal(again.json, {"redis_keys_deleted": 0, "workflow_terminated": False}, "a repeat forgets more", again)
    judge.equal(things(), before, "a reset changed more than the chat", op=RESET)


@law("LIFE-185", RESET)
def test_a_reset_forgets_what_was_said(stage: Stage, judge: Judge) -> None:
    """Who has a live chat loses it by a reset: the answer counts what was forgotten, and a repeat finds nothing.

    Only the kernel starts a chat, through a route of its own; where a target does not serve it, this is unproven.
    """
    home, app_id = house(stage), apps.shop(stage).app_id
    spoken, silent = (enter(stage, member(stage, home)) for _ in range(2))
    for person in (spoken, silent):
        speak(stage, person, app_id)
    for who in (spoken, home.admin):
        said = judge.ok(stage.send(RESET, who, params={"user_id": spoken.imperal_id}, body={}))
        some = who is spoken
        judge.equal(
            said["redis_keys_deleted"] > 0, some, "a reset does not count what it forgets", said, about=str(some)
        )
        judge.equal(said["workflow_terminated"], False, "a workflow ended that never ran", said)
    other = judge.ok(stage.send(RESET, silent, params={"user_id": silent.imperal_id}, body={}))
    judge.that(other["redis_keys_deleted"] > 0, "a reset took the chat of somebody else", other)


def speak(stage: Stage, person: Person, app_id: str) -> None:
    """Let an app speak in somebody's chat, as the kernel does."""
    stage.control.need()
    body = {"user_id": person.imperal_id, "ext_id": app_id, "text": "Good morning."}
    url = f"{stage.settings.target}/v1/internal/chat/inject"
    if not stage.client.undeclared_path(stage.contract[RESET], url, stage.cast.service, method="POST", body=body).ok:
        raise Unmet("the target does not serve the kernel's route that starts a chat")
