"""Rules of new accounts: sign-up, verification, registration, and what everybody starts with."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from specdouble.verify.kit import NOBODY, Check, Credential, Unmet, bearer, claims, rule

from ...people import Person
from ...session import Session
from ...shared.accounts import (
    USER_ID,
    another_session,
    log_in,
    moment,
    profile,
    refresh,
    rows,
    second_tenant,
    status_of,
    users,
)

SIGNUP, VERIFY, REGISTER = "POST /v1/auth/signup", "POST /v1/auth/verify-email", "POST /v1/auth/register"
LOGIN, CHANGE = "POST /v1/auth/login", "POST /v1/auth/me/change-password"
EIGHT = "us7-Rule!"  # of the shortest length that registration takes
PASSWORD = "s3cure!"  # noqa: S105 - the document's own example, seven characters


def address(session: Session) -> str:
    """Return an address that nobody has."""
    return f"{session.users.fresh('rule')}@example.com"


@rule("A01", SIGNUP, LOGIN)
def test_a_sign_up_does_not_log_in(session: Session, check: Check) -> None:
    """A sign-up makes an account and answers no tokens; until its address is verified a login is 403."""
    email = address(session)
    made = check.ok(session.send(SIGNUP, body={"email": email, "password": PASSWORD}))
    check.that(USER_ID.fullmatch(str(made["user_id"])), "user_id is no imp_u_… id", made)
    check.that(made["message"], "the response has no message", made)
    check.that("access_token" not in made.text, "a sign-up answers tokens", made)
    check.status(log_in(session, email, PASSWORD), 403, message="an unverified account can log in")
    check.status(log_in(session, email, "wrong-password"), 401, 403, message="an unverified account takes any password")
    again = session.send(SIGNUP, body={"email": email, "password": "another-1"})
    check.status(again, 409, message="an address can sign up twice in one tenant")
    if session.settings.admin:
        found = users(session, email)
        check.equal(
            [one["imperal_id"] for one in found], [made["user_id"]], "the administrator does not find the account"
        )
        check.equal([one["role"] for one in found], ["user"], "a new account has another role than user")


@rule("A02", VERIFY, SIGNUP)
def test_a_verification_logs_in_once(session: Session, check: Check) -> None:
    """Redeeming the mailed token verifies the account and answers a token pair; the same token again is 400."""
    email = address(session)
    made = check.ok(session.send(SIGNUP, body={"email": email, "password": PASSWORD, "first_name": "Ada"}))
    token = session.parts.mailed(email)
    pair = check.ok(session.send(VERIFY, body={"token": token}), "a mailed token is refused")
    me = profile(session, bearer(str(pair["access_token"])))
    check.equal(me["imperal_id"], made["user_id"], "the tokens are for another account than the sign-up's", pair)
    check.equal(me["email"], email, "the account has another address than the sign-up's", pair)
    check.equal([me["role"], me["tenant_id"], me["is_active"]], ["user", "default", True], "role, tenant or is_active")
    own = bearer(str(pair["access_token"]))
    check.equal(
        [one["current"] for one in rows(session, own)], [True], "a first login is not the one, current session", pair
    )  # fmt: skip
    check.status(session.send(VERIFY, body={"token": token}), 400, message="a verification token works twice")
    check.status(
        session.send(VERIFY, body={"token": session.users.fresh("verify")}), 400, message="an unknown token is not 400"
    )
    check.equal(len(rows(session, own)), 1, "a refused verification opened a session", op=VERIFY)
    check.ok(log_in(session, email, PASSWORD), "a verified account cannot log in", rule="A01")
    check.ok(refresh(session, str(pair["refresh_token"])), "the refresh token of a verification does not work")


@rule("A03", SIGNUP, REGISTER, CHANGE)
def test_passwords_have_their_lengths(session: Session, check: Check) -> None:
    """Sign-up takes passwords from 7 characters, the others from 8; the longest has 128."""
    service = session.users.service
    for op, who, length, takes in (
        (SIGNUP, NOBODY, 6, False), (SIGNUP, NOBODY, 7, True), (SIGNUP, NOBODY, 128, True),
        (SIGNUP, NOBODY, 129, False), (REGISTER, service, 7, False), (REGISTER, service, 8, True),
        (REGISTER, service, 128, True), (REGISTER, service, 129, False),
    ):  # fmt: skip
        email, password = address(session), ("aB3!" * 40)[:length]
        reply = session.send(op, who, body={"email": email, "password": password})
        check.status(
            reply, 201 if takes else 422, message=f"a password of {length} characters is answered with {reply.status}"
        )  # fmt: skip
        if takes and op == REGISTER:
            check.ok(log_in(session, email, password), f"a password of {length} characters does not log in")
            check.status(log_in(session, email, password[:-1]), 401, message="a password is compared in part only")
    person = session.users.new("person with a password")
    for length, status in ((7, 422), (8, 200)):
        body = {"current_password": person.password, "new_password": "x" * length}
        check.status(session.send(CHANGE, person, body=body), status, message=f"new password of {length} characters")


@rule("A05", REGISTER, LOGIN, SIGNUP)
def test_the_tenant_is_default_when_none_is_named(session: Session, check: Check) -> None:
    """Without a tenant_id an account belongs to the tenant default, and a login looks there."""
    email = address(session)
    made = check.ok(session.send(REGISTER, session.users.service, body={"email": email, "password": EIGHT}))
    check.equal(claims(str(made["access_token"])).get("tenant_id"), "default", "another tenant than default", made)
    check.ok(log_in(session, email, EIGHT), "a login without tenant_id does not look in default")
    check.ok(log_in(session, email, EIGHT, tenant_id="default"), "a login that names default is refused")
    check.status(log_in(session, email, EIGHT, tenant_id="no-such-tenant"), 401, 403, message="any tenant logs in")
    unknown = session.send(
        SIGNUP, body={"email": address(session), "password": PASSWORD, "tenant_id": "no-such-tenant"}
    )
    check.status(unknown, 404, message="a sign-up in a tenant that is not there is taken")
    body = {"email": address(session), "password": EIGHT, "tenant_id": "no-such-tenant"}
    refused = session.send(REGISTER, session.users.service, body=body)
    check.status(refused, 404, 422, message="a registration in a tenant that is not there is taken")


@rule("A05", REGISTER, LOGIN)
def test_two_tenants_may_know_one_address(session: Session, check: Check) -> None:
    """The same address in two tenants is two people with passwords of their own."""
    tenant, email = second_tenant(session), address(session)
    here, there = Person("here", email, "password-here"), Person("there", email, "password-there", tenant_id=tenant)
    for one in (here, there):
        body = {"email": email, "password": one.password, "tenant_id": one.tenant_id}
        one.take(
            check.ok(session.send(REGISTER, session.users.service, body=body), "the address is taken elsewhere").json
        )
    check.that(here.imperal_id != there.imperal_id, "one account in two tenants", op=REGISTER)
    for one, other in ((here, there), (there, here)):
        reply = check.ok(log_in(session, email, one.password, tenant_id=one.tenant_id))
        me = profile(session, bearer(str(reply["access_token"])))
        check.equal([me["imperal_id"], me["tenant_id"]], [one.imperal_id, one.tenant_id], "the wrong person", reply)
        wrong = log_in(session, email, other.password, tenant_id=one.tenant_id)
        check.status(wrong, 401, message="the password of another tenant's person logs in")
    check.status(log_in(session, email, there.password), 401, message="a login without tenant_id looks everywhere")


@rule("S01", REGISTER, LOGIN)
def test_registering_is_for_services(session: Session, check: Check) -> None:
    """Nobody but a platform service registers people: without its token nothing is created, with it all is ready."""
    email = address(session)
    body = {"email": email, "password": EIGHT}
    tries = [NOBODY, session.users.user.bearer, Credential("a wrong service token", {"X-Service-Token": "wrong"})]
    if session.settings.admin:
        tries.append(session.users.admin.bearer)
    for who in tries:
        refused = session.send(REGISTER, who, body=body)
        check.status(refused, 401, 403, 422, message=f"{who.name} is answered with {refused.status}", about=who.name)
        check.status(log_in(session, email, EIGHT), 401, message="a refused registration made an account")
    made = check.ok(session.send(REGISTER, session.users.service, body=body))
    me = profile(session, bearer(str(made["access_token"])))
    check.equal([me["email"], me["role"], me["is_active"]], [email, "user", True], "the new account differs", made)
    check.ok(log_in(session, email, EIGHT), "a registered account cannot log in at once")
    check.ok(refresh(session, str(made["refresh_token"])), "the refresh token of a registration does not work")
    again = session.send(REGISTER, session.users.service, body={**body, "password": "another-password"})
    check.status(again, 409, message="an address can be registered twice in one tenant")
    check.status(log_in(session, email, "another-password"), 401, message="a refused registration changed the password")
    signup = session.send(SIGNUP, body={"email": email, "password": "another-password"})
    check.status(signup, 409, message="a registered address can sign up")


# -- what everybody starts with ------------------------------------------------------------------------------------


def by_registration(session: Session) -> Person:
    """Make somebody with the service token."""
    return session.users.new("registered")


def by_sign_up(session: Session) -> Person:
    """Make somebody by sign-up and mail."""
    person = Person("signed up", address(session), PASSWORD)
    session.send(SIGNUP, body={"email": person.email, "password": PASSWORD}).need()
    person.take(session.send(VERIFY, body={"token": session.parts.mailed(person.email)}).need().json)
    return person


def by_an_administrator(session: Session) -> Person:
    """Make somebody as an administrator."""
    person = Person("made by an administrator", address(session), EIGHT)
    body = {"email": person.email, "password": person.password, "role": "user"}
    session.send("POST /v1/users", session.users.admin, body=body).need()
    session.users.login(person)
    return person


WAYS = {REGISTER: by_registration, VERIFY: by_sign_up, "POST /v1/users": by_an_administrator}


@rule("LIFE-100", REGISTER, VERIFY, "POST /v1/users")
@pytest.mark.parametrize("made", [pytest.param(way, id=way.__name__) for way in WAYS.values()])
def test_a_new_account_has_its_wallet(made: Callable[[Session], Person], session: Session, check: Check) -> None:
    """Every new account has a wallet with the grant of the free plan, which is one entry of its ledger.

    However it came to be: by registration, by sign-up and mail, or by an administrator.
    """
    op = next(op for op, way in WAYS.items() if way is made)
    person = made(session)
    wallet = check.ok(session.send("GET /v1/billing/wallet", person), "a new account has no wallet", op=op)
    history = check.ok(session.send("GET /v1/billing/wallet/history", person)).json
    check.equal(wallet["plan"], "free", "the plan of a new account is another than free", wallet, op=op)
    check.equal([one["reason"] for one in history], ["grant"], "the ledger is not one grant", op=op)
    check.equal(sum(one["amount"] for one in history), wallet["balance"], "the balance is not the grant", wallet, op=op)
    check.equal(wallet["balance"], wallet["included_tokens"], "the grant is not the plan's tokens", wallet, op=op)
    check.equal(profile(session, person)["role"], "user", "another role than user", op=op)


@rule("LIFE-101", REGISTER, VERIFY, "POST /v1/users")
@pytest.mark.parametrize("made", [pytest.param(way, id=way.__name__) for way in WAYS.values()])
def test_a_new_account_has_the_system_apps(made: Callable[[Session], Person], session: Session, check: Check) -> None:
    """Every new account has all system apps installed, and nothing switched off."""
    op = next(op for op, way in WAYS.items() if way is made)
    elder = session.users.kept("somebody who is there already")

    def of(person: Person) -> dict[str, bool]:
        listed = session.send("GET /v1/me/extensions", person).need().json
        return {one["app_id"]: one["is_disabled"] for one in listed if one.get("system")}

    before = of(elder)
    mine = of(made(session))
    lasting = before.keys() & of(elder).keys()  # system apps may come and go while this test runs
    if not lasting:
        raise Unmet("the platform has no system apps")
    check.equal(sorted(lasting - mine.keys()), [], "a new account lacks system apps", op=op)
    check.equal([app for app, off in mine.items() if off], [], "a new account has apps switched off", op=op)


@rule("LIFE-102", "GET /v1/auth/me")
def test_a_profile_is_what_the_account_is(session: Session, check: Check) -> None:
    """A profile shows the account: its id, address and tenant, when it was made, and what an administrator sees."""
    person = session.users.new("person with a profile")
    issued = float(claims(person.access_token).get("iat", 0))
    reply = check.ok(session.send("GET /v1/auth/me", person))
    me = reply.json
    check.that(USER_ID.fullmatch(str(me["imperal_id"])), "imperal_id is no imp_u_… id", reply)
    for name, value in {
        "imperal_id": person.imperal_id, "email": person.email, "tenant_id": "default", "role": "user",
        "is_active": True, "cases_user_id": None, "agency_id": None, "org_id": None,
    }.items():  # fmt: skip
        check.equal(me.get(name), value, f"{name} of a new account", reply, about=name)
    for name in ("created_at", "last_login"):
        off = abs(moment(me.get(name)) - issued)
        check.that(off < 30, f"{name} of a new account is {off:.0f} seconds from its first token", reply, about=name)
    check.equal(
        status_of(session, another_session(session, person).access_token), 200, "a second login shows no profile"
    )
    check.equal(profile(session, person)["created_at"], me["created_at"], "created_at moved with a login", reply)
    seen = (
        session.send("GET /v1/users/{user_id}", session.users.admin, params={"user_id": person.imperal_id}).need().json
    )
    mine = profile(session, person)
    for name in mine.keys() & seen.keys():
        check.equal(mine[name], seen[name], f"{name} differs from what the administrator sees", reply, about=name)
    methods = session.send("GET /v1/tenants/{tenant_id}", session.users.admin, params={"tenant_id": "default"})
    allowed = str(methods["allowed_auth_methods"]).split(",")
    check.that(me["auth_method"] in allowed, "auth_method is none that the tenant allows", reply, expected=allowed)
