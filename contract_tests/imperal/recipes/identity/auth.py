"""Accounts, logins, sessions and device logins (`/v1/auth/…`).

What ends sessions or changes a password is done to people made for it; the others share one person. Sessions are
watched with an API key, for a key has no session of its own that its use could move.
"""

from __future__ import annotations

from specdouble.verify.kit import NOBODY, Credential, Person, Read, Ready, Stage, Unmet, perhaps, recipe

from ...accounts import CHALLENGE, VERIFIER, session

NEW_PASSWORD = "Specdouble-8!"  # noqa: S105 - of accounts that live for a minute


def _person(stage: Stage) -> Person:
    return stage.cast.resident("person with sessions")


def _key(stage: Stage, person: Person) -> Credential:
    return stage.shared(f"key of {person.imperal_id}", lambda: stage.cast.key(person))  # type: ignore[no-any-return]


def _sessions(stage: Stage, person: Person) -> tuple[Read, ...]:
    key = perhaps(stage, lambda: _key(stage, person))
    return (Read("GET /v1/auth/sessions", key),) if key else ()


def _found(stage: Stage, email: str) -> tuple[Read, ...]:
    """Return the read that shows whether there is an account with an address."""
    if not stage.settings.admin:
        return ()
    return (Read("GET /v1/users", stage.cast.admin.bearer, query={"search": email, "include_inactive": True}),)


@recipe("POST /v1/auth/signup")
def signup(stage: Stage) -> Ready:
    """Sign up with a fresh address and both names."""
    email = f"{stage.cast.fresh('signup')}@example.com"
    body = {
        "email": email, "password": "s3cure!", "tenant_id": "default", "first_name": "Grace", "last_name": "Hopper",
    }  # fmt: skip
    return Ready(NOBODY, body=body, watch=_found(stage, email))


@recipe("POST /v1/auth/verify-email")
def verify_email(stage: Stage) -> Ready:
    """Redeem the token that was mailed after a sign-up."""
    email = f"{stage.cast.fresh('verify')}@example.com"
    if not stage.parts.has("mail"):
        raise Unmet("a mailbox is needed: --mail-command")
    stage.send("POST /v1/auth/signup", body={"email": email, "password": "s3cure!"}).need()
    return Ready(NOBODY, body={"token": stage.parts.mailed(email)})


@recipe("POST /v1/auth/register")
def register(stage: Stage) -> Ready:
    """Register a fresh address with the service token."""
    email = f"{stage.cast.fresh('register')}@example.com"
    body = {"email": email, "password": NEW_PASSWORD, "tenant_id": "default"}
    return Ready(stage.cast.service, body=body, watch=_found(stage, email))


@recipe("POST /v1/auth/login")
def login(stage: Stage) -> Ready:
    """Log in with address, password and tenant."""
    person = _person(stage)
    body = {"email": person.email, "password": person.password, "tenant_id": person.tenant_id}
    return Ready(NOBODY, body=body, watch=_sessions(stage, person))


@recipe("POST /v1/auth/refresh")
def refresh(stage: Stage) -> Ready:
    """Refresh a session that was just opened."""
    return Ready(NOBODY, body={"refresh_token": session(stage, _person(stage)).refresh_token})


@recipe("POST /v1/auth/logout")
def logout(stage: Stage) -> Ready:
    """End a session that was just opened; where nobody can open one, a session that is unknown (A09)."""
    person = perhaps(stage, lambda: _person(stage))
    if person is None:
        return Ready(body={"refresh_token": stage.cast.fresh("imp_rt_unknown")})
    return Ready(
        NOBODY, body={"refresh_token": session(stage, person).refresh_token}, watch=_sessions(stage, person)
    )  # fmt: skip


@recipe("GET /v1/auth/me")
def me(stage: Stage) -> Ready:
    """Read a profile."""
    user = stage.cast.user
    return Ready(user.bearer, user)


@recipe("POST /v1/auth/me/change-password")
def change_password(stage: Stage) -> Ready:
    """Change the password of somebody made for it, who has a second session to lose."""
    person = stage.cast.new("person with a password")
    session(stage, person)
    body = {"current_password": person.password, "new_password": NEW_PASSWORD}
    return Ready(person.bearer, person, body=body, watch=_sessions(stage, person))


@recipe("GET /v1/auth/.well-known/jwks.json")
def jwks(_stage: Stage) -> Ready:
    """Read the key set."""
    return Ready()


@recipe("PATCH /v1/auth/users/{imperal_id}/cases-uid")
def cases_uid(stage: Stage) -> Ready:
    """Link somebody to another Cases account than before."""
    person = stage.cast.kept("person with sessions")
    number = stage.shared("cases numbers", lambda: iter(range(4711, 10**9)))
    watch = (Read("GET /v1/auth/me", person.bearer),)
    return Ready(
        person.bearer, person, {"imperal_id": person.imperal_id}, body={"cases_user_id": next(number)}, watch=watch
    )  # fmt: skip


@recipe("GET /v1/auth/sessions")
def sessions(stage: Stage) -> Ready:
    """List the sessions of somebody who has two."""
    person = _person(stage)
    stage.shared("a second session", lambda: session(stage, person))
    return Ready(person.bearer, person)


@recipe("POST /v1/auth/sessions/{session_id}/revoke")
def revoke(stage: Stage) -> Ready:
    """Revoke a session that was just opened, from another one."""
    person = stage.cast.kept("person with sessions")
    other = session(stage, person)
    return Ready(person.bearer, person, {"session_id": other.session_id}, watch=_sessions(stage, person))


@recipe("POST /v1/auth/sessions/revoke-others")
def revoke_others(stage: Stage) -> Ready:
    """Revoke the second session of somebody made for it."""
    person = stage.cast.new("person with two sessions")
    session(stage, person)
    return Ready(person.bearer, person, watch=_sessions(stage, person))


@recipe("POST /v1/auth/cli/device/authorize")
def device_authorize(_stage: Stage) -> Ready:
    """Start a device login."""
    return Ready(body={"code_challenge": CHALLENGE, "code_challenge_method": "S256"})


@recipe("POST /v1/auth/cli/device/token")
def device_token(stage: Stage) -> Ready:
    """Poll a device login that was approved, where somebody can approve it; else one that waits."""
    made = stage.send("POST /v1/auth/cli/device/authorize", body={"code_challenge": CHALLENGE})
    perhaps(stage, lambda: stage.parts.approve(str(made["user_code"]), _person(stage)))
    return Ready(body={"device_code": made["device_code"], "code_verifier": VERIFIER})
