"""Rules of people: how an administrator makes them, what they start with, and who may look at whom."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import NOBODY, Check, Unmet, rule

from ...people import Person
from ...session import Session
from ...shared import apps
from ...shared.tenancy import enter, member, new_body, own_tenant, record_of
from ...users import PASSWORD
from .._rules import Doc, find, kept, moment, moves, refused, shows

LIST, CREATE, READ = "GET /v1/users", "POST /v1/users", "GET /v1/users/{user_id}"
CHANGE, DELETE = "PATCH /v1/users/{user_id}", "DELETE /v1/users/{user_id}"
RESET = "POST /v1/users/{user_id}/reset-conversation"
APPS, EFFECTIVE = "GET /v1/users/{user_id}/extensions", "GET /v1/scopes/effective/{user_id}"
LOGIN, ME, MINE = "POST /v1/auth/login", "GET /v1/auth/me", "GET /v1/me/extensions"
HISTORY, WALLET, BALANCE = "GET /v1/billing/wallet/history", "GET /v1/billing/wallet", "GET /v1/billing/balance"


def where(record: Doc) -> Doc:
    """Return the path parameters that name somebody."""
    return {"user_id": record["imperal_id"]}


@rule("LIFE-171", CREATE)
def test_somebody_new_starts_with_the_defaults_of_their_role(session: Session, check: Check) -> None:
    """Without scopes and attributes somebody gets those of their role, and its apps; without a role they are a user."""
    home, app_id = own_tenant(session), apps.shop(session).app_id
    role = {
        "name": session.users.fresh("role"), "default_scopes": ["notes:read", "tasks:*"],
        "default_attributes": {"team": "content"}, "default_extensions": [app_id],
    }  # fmt: skip
    session.send("POST /v1/roles", home.admin, body=role).need()
    made = check.ok(session.send(CREATE, home.admin, body=new_body(session, role=role["name"])))
    expected = {"role": role["name"], "scopes": role["default_scopes"], "attributes": role["default_attributes"]}
    shows(check, made, {**expected, "agency_id": None}, "who has a role")
    person = enter(session, made.json)
    check.that(find(session.send(MINE, person), "app_id", app_id), "the apps of a role are not installed", op=CREATE)
    own = check.ok(session.send(CREATE, home.admin, body=new_body(session, role=role["name"], scopes=["own:read"])))
    shows(check, own, {"scopes": ["own:read"], "attributes": role["default_attributes"]}, "who has scopes of their own")
    plain = check.ok(session.send(CREATE, home.admin, body=new_body(session)))
    built_in = find(session.send("GET /v1/roles", home.admin), "name", "user") or {}
    shows(check, plain, {"role": "user", "scopes": built_in.get("default_scopes"), "agency_id": None}, "a plain user")
    without = find(session.send(MINE, enter(session, plain.json)), "app_id", app_id)
    check.equal(without, None, "a plain user has the apps of another role", op=CREATE)


@rule("LIFE-172", CREATE, READ, "POST /v1/auth/login")
def test_somebody_new_can_log_in_at_once(session: Session, check: Check) -> None:
    """Who is made by an admin needs no verification; their profile has what the admin gave, and last_login moves."""
    home = own_tenant(session)
    record = member(session, home, role="viewer", scopes=["notes:read"], attributes={"team": "content"})
    login = {"email": record["email"], "password": PASSWORD, "tenant_id": home.tenant_id}
    check.ok(session.send(LOGIN, NOBODY, body=login), "who was made by an admin cannot log in", op=CREATE)
    person = enter(session, record)
    me = check.ok(session.send(ME, person))
    shows(check, me, {"imperal_id": record["imperal_id"], "email": record["email"], "role": "viewer"}, "one's profile")
    shown = record_of(session, home.admin, record["imperal_id"])
    check.that(shown["last_login"], "last_login stays empty after a login", op=READ)
    check.that(moment(shown["last_login"]) >= moment(record["created_at"]), "last_login is before created_at", op=READ)

    def once_more() -> Any:
        session.users.login(person)
        return record_of(session, home.admin, record["imperal_id"])["last_login"]

    check.that(moves(shown["last_login"], once_more), "last_login does not move with a login", op=READ)
    wrong = session.send(LOGIN, NOBODY, body={**login, "password": "Another-7!"})
    refused(check, wrong, 401, why="a login with another password")
    elsewhere = session.send(LOGIN, NOBODY, body={**login, "tenant_id": session.users.deputy.tenant_id})
    refused(check, elsewhere, 401, why="a login to another tenant")


@rule("LIFE-173", CREATE)
def test_somebody_new_has_a_wallet_and_the_system_apps(session: Session, check: Check) -> None:
    """A new person has the free plan's grant as the one entry of their ledger, and the apps that everybody has.

    They get the same as somebody who registered.
    """
    home = own_tenant(session)
    person, other = enter(session, member(session, home)), session.users.user
    wallet, history = check.ok(session.send(WALLET, person)), session.send(HISTORY, person)
    rows = history.need().json
    entries = rows if isinstance(rows, list) else next((one for one in rows.values() if isinstance(one, list)), [])
    check.equal(len(entries), 1, "a new ledger does not have one entry", history)
    if entries:
        check.equal(entries[0]["amount"], wallet["balance"], "the balance is not the one entry", history)
        check.that(entries[0]["amount"] > 0, "the free plan grants nothing", history)
    registered = session.users.new("registered")
    twin = check.ok(session.send(WALLET, registered))
    for name in ("balance", "plan", "status", "cap", "included_tokens"):
        check.equal(wallet.json.get(name), twin.json.get(name), f"{name} of a new wallet is another one", wallet)
    methods = [
        record_of(session, admin, one.imperal_id)["auth_method"]
        for admin, one in ((home.admin, person), (session.users.deputy, registered))
    ]
    check.equal(methods[0], methods[1], "who has a password is said to log in otherwise", op=CREATE)
    mine, theirs = (
        {one["app_id"] for one in session.send(MINE, who).need().json if one["system"]} for who in (person, other)
    )
    check.equal(mine, theirs, "somebody new does not have the system apps", op=CREATE)


@rule("LIFE-152", CREATE)
def test_an_address_is_taken_once_in_a_tenant(session: Session, check: Check) -> None:
    """A name is taken once: a second one is refused with 409, and the first stays as it is.

    A second person with an address is refused with 409, in whatever case; another tenant may know it too (A05).
    """
    home, other = own_tenant(session), own_tenant(session, "another tenant")
    first = member(session, home)
    for email in (first["email"], first["email"].upper()):
        again = session.send(CREATE, home.admin, body=new_body(session, email=email, role="viewer"))
        refused(check, again, 409, why="an address is taken twice")
    found = session.send(LIST, home.admin, query={"search": first["email"], "include_inactive": True})
    check.equal(found["items"], [first], "a refused person is there, or the first one changed", found)
    twin = check.ok(session.send(CREATE, other.admin, body=new_body(session, email=first["email"])), rule="A05")
    check.that(twin["imperal_id"] != first["imperal_id"], "one address in two tenants is one person", twin, rule="A05")


@rule("A15", READ, CHANGE, DELETE, RESET, APPS, EFFECTIVE)
def test_only_the_imperal_id_names_anybody(session: Session, check: Check) -> None:
    """Only the imperal_id names anybody in a path; the internal id of the record is 404.

    `/v1/auth/me` shows the imperal_id; records of people show both, with different values.
    """
    home = own_tenant(session)
    record = member(session, home)
    me = check.ok(session.send(ME, enter(session, record)))
    check.equal(me["imperal_id"], record["imperal_id"], "the profile does not show the imperal_id", me)
    tries: list[tuple[str, Doc]] = [
        (READ, {}), (CHANGE, {"body": {"role": "viewer", "is_active": False}}), (RESET, {"body": {}}), (APPS, {}),
        (EFFECTIVE, {}), (DELETE, {}), (DELETE, {"query": {"permanent": True}}),
    ]  # fmt: skip
    session.client.own(record["id"])
    for op, more in tries:
        reply = session.send(op, home.admin, params={"user_id": record["id"]}, **more)
        refused(check, reply, 404, why="the internal id names somebody")
        refused(
            check,
            session.send(op, home.admin, params={"user_id": "imp_u_nobody99"}, **more),
            404,
            why="nobody is found",
        )
    now = record_of(session, home.admin, record["imperal_id"])
    kept(
        check,
        session.send(READ, home.admin, params=where(record)),
        record,
        "who was not named",
        "last_login",
        shown=now,
    )


@rule("I06", READ, APPS, EFFECTIVE, RESET)
def test_a_record_is_for_its_person_and_for_admins(session: Session, check: Check) -> None:
    """A record, its apps and its effective scopes are for the person themselves and for admins of the tenant."""
    home = own_tenant(session)
    record = member(session, home)
    person, other = enter(session, record), enter(session, member(session, home, role="developer"))
    tries: list[tuple[str, Doc]] = [(READ, {}), (APPS, {}), (EFFECTIVE, {}), (RESET, {"body": {}})]
    for op, more in tries:
        mine = check.ok(session.send(op, person, params=where(record), **more), "one's own is refused", about="own")
        seen = check.ok(
            session.send(op, home.admin, params=where(record), **more), "an admin is refused", about="admin"
        )
        acting = check.ok(session.send(op, session.users.acting(person), params=where(record), **more), rule="S13")
        if op != RESET:
            check.equal(seen.json, mine.json, "an admin sees something else than the person", seen)
            check.equal(acting.json, mine.json, "the service sees something else than the person", acting, rule="S13")
        for who in (other.bearer, session.users.acting(other), session.users.user.bearer):
            reply = session.send(op, who, params=where(record), **more)
            refused(check, reply, 403, 404, why="somebody else looks into a record")
            check.that(record["email"] not in reply.text, "a refusal shows the record", reply)
    own = check.ok(session.send(READ, person, params=where(record)))
    kept(check, own, record, "one's own record", "last_login")


@rule("LIFE-179", RESET)
def test_a_reset_forgets_the_chat_and_nothing_else(session: Session, check: Check) -> None:
    """A reset leaves wallet, apps and record alone, and when it is repeated there is nothing left to forget."""
    home, app_id = own_tenant(session), apps.shop(session).app_id
    record = member(session, home)
    person = enter(session, record)
    apps.install(session, person, app_id)

    def things() -> list[Any]:
        paths: tuple[tuple[str, Doc], ...] = ((BALANCE, {}), (HISTORY, {}), (MINE, {}), (READ, where(record)))
        return [session.send(op, person, params=params).json for op, params in paths]

    before = things()
    check.ok(session.send(RESET, person, params=where(record), body={}))
    for who in (person, home.admin):
        again = check.ok(session.send(RESET, who, params=where(record), body={}))
        check.equal(again.json, {"redis_keys_deleted": 0, "workflow_terminated": False}, "a repeat forgets more", again)
    check.equal(things(), before, "a reset changed more than the chat", op=RESET)


@rule("LIFE-185", RESET)
def test_a_reset_forgets_what_was_said(session: Session, check: Check) -> None:
    """Who has a live chat loses it by a reset: the response counts what was forgotten, and a repeat finds nothing.

    Only the kernel starts a chat, through a route of its own; where a target does not serve it, this is unproven.
    """
    home, app_id = own_tenant(session), apps.shop(session).app_id
    spoken, silent = (enter(session, member(session, home)) for _ in range(2))
    for person in (spoken, silent):
        speak(session, person, app_id)
    for who in (spoken, home.admin):
        said = check.ok(session.send(RESET, who, params={"user_id": spoken.imperal_id}, body={}))
        some = who is spoken
        check.equal(
            said["redis_keys_deleted"] > 0, some, "a reset does not count what it forgets", said, about=str(some)
        )
        check.equal(said["workflow_terminated"], False, "a workflow ended that never ran", said)
    other = check.ok(session.send(RESET, silent, params={"user_id": silent.imperal_id}, body={}))
    check.that(other["redis_keys_deleted"] > 0, "a reset took the chat of somebody else", other)


def speak(session: Session, person: Person, app_id: str) -> None:
    """Let an app speak in somebody's chat, as the kernel does."""
    session.control.need()
    body = {"user_id": person.imperal_id, "ext_id": app_id, "text": "Good morning."}
    url = f"{session.settings.target}/v1/internal/chat/inject"
    if not session.client.undeclared_path(
        session.contract[RESET], url, session.users.service, method="POST", body=body
    ).ok:
        raise Unmet("the target does not serve the kernel's route that starts a chat")
