"""Laws of new accounts: sign-up, verification, registration, and what everybody starts with."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from specdouble.verify.kit import NOBODY, Credential, Judge, Person, Stage, Unmet, bearer, claims, law

from ...accounts import USER_ID, log_in, moment, profile, refresh, rows, second_tenant, session, status_of, users

SIGNUP, VERIFY, REGISTER = "POST /v1/auth/signup", "POST /v1/auth/verify-email", "POST /v1/auth/register"
LOGIN, CHANGE = "POST /v1/auth/login", "POST /v1/auth/me/change-password"
EIGHT = "us7-Law!"  # of the shortest length that registration takes
PASSWORD = "s3cure!"  # noqa: S105 - the document's own example, seven characters


def address(stage: Stage) -> str:
    """Return an address that nobody has."""
    return f"{stage.cast.fresh('law')}@example.com"


@law("A01", SIGNUP, LOGIN)
def test_a_sign_up_does_not_log_in(stage: Stage, judge: Judge) -> None:
    """A sign-up makes an account and answers no tokens; until its address is verified a login is 403."""
    email = address(stage)
    made = judge.ok(stage.send(SIGNUP, body={"email": email, "password": PASSWORD}))
    judge.that(USER_ID.fullmatch(str(made["user_id"])), "user_id is no imp_u_… id", made)
    judge.that(made["message"], "the answer has no message", made)
    judge.that("access_token" not in made.text, "a sign-up answers tokens", made)
    judge.status(log_in(stage, email, PASSWORD), 403, message="an unverified account can log in")
    judge.status(log_in(stage, email, "wrong-password"), 401, 403, message="an unverified account takes any password")
    again = stage.send(SIGNUP, body={"email": email, "password": "another-1"})
    judge.status(again, 409, message="an address can sign up twice in one tenant")
    if stage.settings.admin:
        found = users(stage, email)
        judge.equal(
            [one["imperal_id"] for one in found], [made["user_id"]], "the administrator does not find the account"
        )
        judge.equal([one["role"] for one in found], ["user"], "a new account has another role than user")


@law("A02", VERIFY, SIGNUP)
def test_a_verification_logs_in_once(stage: Stage, judge: Judge) -> None:
    """Redeeming the mailed token verifies the account and answers a token pair; the same token again is 400."""
    email = address(stage)
    made = judge.ok(stage.send(SIGNUP, body={"email": email, "password": PASSWORD, "first_name": "Ada"}))
    token = stage.parts.mailed(email)
    pair = judge.ok(stage.send(VERIFY, body={"token": token}), "a mailed token is refused")
    me = profile(stage, bearer(str(pair["access_token"])))
    judge.equal(me["imperal_id"], made["user_id"], "the tokens are for another account than the sign-up's", pair)
    judge.equal(me["email"], email, "the account has another address than the sign-up's", pair)
    judge.equal([me["role"], me["tenant_id"], me["is_active"]], ["user", "default", True], "role, tenant or is_active")
    own = bearer(str(pair["access_token"]))
    judge.equal(
        [one["current"] for one in rows(stage, own)], [True], "a first login is not the one, current session", pair
    )  # fmt: skip
    judge.status(stage.send(VERIFY, body={"token": token}), 400, message="a verification token works twice")
    judge.status(
        stage.send(VERIFY, body={"token": stage.cast.fresh("verify")}), 400, message="an unknown token is not 400"
    )
    judge.equal(len(rows(stage, own)), 1, "a refused verification opened a session", op=VERIFY)
    judge.ok(log_in(stage, email, PASSWORD), "a verified account cannot log in", rule="A01")
    judge.ok(refresh(stage, str(pair["refresh_token"])), "the refresh token of a verification does not work")


@law("A03", SIGNUP, REGISTER, CHANGE)
def test_passwords_have_their_lengths(stage: Stage, judge: Judge) -> None:
    """Sign-up takes passwords from 7 characters, the others from 8; the longest has 128."""
    service = stage.cast.service
    for op, who, length, takes in (
        (SIGNUP, NOBODY, 6, False), (SIGNUP, NOBODY, 7, True), (SIGNUP, NOBODY, 128, True),
        (SIGNUP, NOBODY, 129, False), (REGISTER, service, 7, False), (REGISTER, service, 8, True),
        (REGISTER, service, 128, True), (REGISTER, service, 129, False),
    ):  # fmt: skip
        email, password = address(stage), ("aB3!" * 40)[:length]
        reply = stage.send(op, who, body={"email": email, "password": password})
        judge.status(
            reply, 201 if takes else 422, message=f"a password of {length} characters is answered with {reply.status}"
        )  # fmt: skip
        if takes and op == REGISTER:
            judge.ok(log_in(stage, email, password), f"a password of {length} characters does not log in")
            judge.status(log_in(stage, email, password[:-1]), 401, message="a password is compared in part only")
    person = stage.cast.new("person with a password")
    for length, status in ((7, 422), (8, 200)):
        body = {"current_password": person.password, "new_password": "x" * length}
        judge.status(stage.send(CHANGE, person, body=body), status, message=f"new password of {length} characters")


@law("A05", REGISTER, LOGIN, SIGNUP)
def test_the_tenant_is_default_when_none_is_named(stage: Stage, judge: Judge) -> None:
    """Without a tenant_id an account belongs to the tenant default, and a login looks there."""
    email = address(stage)
    made = judge.ok(stage.send(REGISTER, stage.cast.service, body={"email": email, "password": EIGHT}))
    judge.equal(claims(str(made["access_token"])).get("tenant_id"), "default", "another tenant than default", made)
    judge.ok(log_in(stage, email, EIGHT), "a login without tenant_id does not look in default")
    judge.ok(log_in(stage, email, EIGHT, tenant_id="default"), "a login that names default is refused")
    judge.status(log_in(stage, email, EIGHT, tenant_id="no-such-tenant"), 401, 403, message="any tenant logs in")
    unknown = stage.send(SIGNUP, body={"email": address(stage), "password": PASSWORD, "tenant_id": "no-such-tenant"})
    judge.status(unknown, 404, message="a sign-up in a tenant that is not there is taken")
    body = {"email": address(stage), "password": EIGHT, "tenant_id": "no-such-tenant"}
    refused = stage.send(REGISTER, stage.cast.service, body=body)
    judge.status(refused, 404, 422, message="a registration in a tenant that is not there is taken")


@law("A05", REGISTER, LOGIN)
def test_two_tenants_may_know_one_address(stage: Stage, judge: Judge) -> None:
    """The same address in two tenants is two people with passwords of their own."""
    tenant, email = second_tenant(stage), address(stage)
    here, there = Person("here", email, "password-here"), Person("there", email, "password-there", tenant)
    for one in (here, there):
        body = {"email": email, "password": one.password, "tenant_id": one.tenant_id}
        one.take(judge.ok(stage.send(REGISTER, stage.cast.service, body=body), "the address is taken elsewhere").json)
    judge.that(here.imperal_id != there.imperal_id, "one account in two tenants", op=REGISTER)
    for one, other in ((here, there), (there, here)):
        reply = judge.ok(log_in(stage, email, one.password, tenant_id=one.tenant_id))
        me = profile(stage, bearer(str(reply["access_token"])))
        judge.equal([me["imperal_id"], me["tenant_id"]], [one.imperal_id, one.tenant_id], "the wrong person", reply)
        wrong = log_in(stage, email, other.password, tenant_id=one.tenant_id)
        judge.status(wrong, 401, message="the password of another tenant's person logs in")
    judge.status(log_in(stage, email, there.password), 401, message="a login without tenant_id looks everywhere")


@law("S01", REGISTER, LOGIN)
def test_registering_is_for_services(stage: Stage, judge: Judge) -> None:
    """Nobody but a platform service registers people: without its token nothing is created, with it all is ready."""
    email = address(stage)
    body = {"email": email, "password": EIGHT}
    tries = [NOBODY, stage.cast.user.bearer, Credential("a wrong service token", {"X-Service-Token": "wrong"})]
    if stage.settings.admin:
        tries.append(stage.cast.admin.bearer)
    for who in tries:
        refused = stage.send(REGISTER, who, body=body)
        judge.status(refused, 401, 403, 422, message=f"{who.name} is answered with {refused.status}", about=who.name)
        judge.status(log_in(stage, email, EIGHT), 401, message="a refused registration made an account")
    made = judge.ok(stage.send(REGISTER, stage.cast.service, body=body))
    me = profile(stage, bearer(str(made["access_token"])))
    judge.equal([me["email"], me["role"], me["is_active"]], [email, "user", True], "the new account differs", made)
    judge.ok(log_in(stage, email, EIGHT), "a registered account cannot log in at once")
    judge.ok(refresh(stage, str(made["refresh_token"])), "the refresh token of a registration does not work")
    again = stage.send(REGISTER, stage.cast.service, body={**body, "password": "another-password"})
    judge.status(again, 409, message="an address can be registered twice in one tenant")
    judge.status(log_in(stage, email, "another-password"), 401, message="a refused registration changed the password")
    signup = stage.send(SIGNUP, body={"email": email, "password": "another-password"})
    judge.status(signup, 409, message="a registered address can sign up")


# -- what everybody starts with ------------------------------------------------------------------------------------


def by_registration(stage: Stage) -> Person:
    """Make somebody with the service token."""
    return stage.cast.new("registered")


def by_sign_up(stage: Stage) -> Person:
    """Make somebody by sign-up and mail."""
    person = Person("signed up", address(stage), PASSWORD)
    stage.send(SIGNUP, body={"email": person.email, "password": PASSWORD}).need()
    person.take(stage.send(VERIFY, body={"token": stage.parts.mailed(person.email)}).need().json)
    return person


def by_an_administrator(stage: Stage) -> Person:
    """Make somebody as an administrator."""
    person = Person("made by an administrator", address(stage), EIGHT)
    body = {"email": person.email, "password": person.password, "role": "user"}
    stage.send("POST /v1/users", stage.cast.admin, body=body).need()
    stage.cast.login(person)
    return person


WAYS = {REGISTER: by_registration, VERIFY: by_sign_up, "POST /v1/users": by_an_administrator}


@law("LIFE-100", REGISTER, VERIFY, "POST /v1/users")
@pytest.mark.parametrize("made", [pytest.param(way, id=way.__name__) for way in WAYS.values()])
def test_a_new_account_has_its_wallet(made: Callable[[Stage], Person], stage: Stage, judge: Judge) -> None:
    """Every new account has a wallet with the grant of the free plan, which is one entry of its ledger.

    However it came to be: by registration, by sign-up and mail, or by an administrator.
    """
    op = next(op for op, way in WAYS.items() if way is made)
    person = made(stage)
    wallet = judge.ok(stage.send("GET /v1/billing/wallet", person), "a new account has no wallet", op=op)
    history = judge.ok(stage.send("GET /v1/billing/wallet/history", person)).json
    judge.equal(wallet["plan"], "free", "the plan of a new account is another than free", wallet, op=op)
    judge.equal([one["reason"] for one in history], ["grant"], "the ledger is not one grant", op=op)
    judge.equal(sum(one["amount"] for one in history), wallet["balance"], "the balance is not the grant", wallet, op=op)
    judge.equal(wallet["balance"], wallet["included_tokens"], "the grant is not the plan's tokens", wallet, op=op)
    judge.equal(profile(stage, person)["role"], "user", "another role than user", op=op)


@law("LIFE-101", REGISTER, VERIFY, "POST /v1/users")
@pytest.mark.parametrize("made", [pytest.param(way, id=way.__name__) for way in WAYS.values()])
def test_a_new_account_has_the_system_apps(made: Callable[[Stage], Person], stage: Stage, judge: Judge) -> None:
    """Every new account has all system apps installed, and nothing switched off."""
    op = next(op for op, way in WAYS.items() if way is made)
    elder = stage.cast.kept("somebody who is there already")

    def of(person: Person) -> dict[str, bool]:
        listed = stage.send("GET /v1/me/extensions", person).need().json
        return {one["app_id"]: one["is_disabled"] for one in listed if one.get("system")}

    before = of(elder)
    mine = of(made(stage))
    lasting = before.keys() & of(elder).keys()  # system apps may come and go while this test runs
    if not lasting:
        raise Unmet("the platform has no system apps")
    judge.equal(sorted(lasting - mine.keys()), [], "a new account lacks system apps", op=op)
    judge.equal([app for app, off in mine.items() if off], [], "a new account has apps switched off", op=op)


@law("LIFE-102", "GET /v1/auth/me")
def test_a_profile_is_what_the_account_is(stage: Stage, judge: Judge) -> None:
    """A profile shows the account: its id, address and tenant, when it was made, and what an administrator sees."""
    person = stage.cast.new("person with a profile")
    issued = float(claims(person.access_token).get("iat", 0))
    reply = judge.ok(stage.send("GET /v1/auth/me", person))
    me = reply.json
    judge.that(USER_ID.fullmatch(str(me["imperal_id"])), "imperal_id is no imp_u_… id", reply)
    for name, value in {
        "imperal_id": person.imperal_id, "email": person.email, "tenant_id": "default", "role": "user",
        "is_active": True, "cases_user_id": None, "agency_id": None, "org_id": None,
    }.items():  # fmt: skip
        judge.equal(me.get(name), value, f"{name} of a new account", reply, about=name)
    for name in ("created_at", "last_login"):
        off = abs(moment(me.get(name)) - issued)
        judge.that(off < 30, f"{name} of a new account is {off:.0f} seconds from its first token", reply, about=name)
    judge.equal(status_of(stage, session(stage, person).access_token), 200, "a second login shows no profile")
    judge.equal(profile(stage, person)["created_at"], me["created_at"], "created_at moved with a login", reply)
    seen = stage.send("GET /v1/users/{user_id}", stage.cast.admin, params={"user_id": person.imperal_id}).need().json
    mine = profile(stage, person)
    for name in mine.keys() & seen.keys():
        judge.equal(mine[name], seen[name], f"{name} differs from what the administrator sees", reply, about=name)
    methods = stage.send("GET /v1/tenants/{tenant_id}", stage.cast.admin, params={"tenant_id": "default"})
    allowed = str(methods["allowed_auth_methods"]).split(",")
    judge.that(me["auth_method"] in allowed, "auth_method is none that the tenant allows", reply, expected=allowed)
