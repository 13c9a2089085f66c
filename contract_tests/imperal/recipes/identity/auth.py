"""Accounts, logins, sessions and device logins (`/v1/auth/…`).

What ends sessions or changes a password is done to people made for it; the others share one person. Sessions are
watched with an API key, for a key has no session of its own that its use could move.
"""

from __future__ import annotations

from specdouble.verify.kit import NOBODY, Credential, Read, Ready, Unmet, perhaps, recipe

from ...people import Person
from ...session import Session
from ...shared.accounts import CHALLENGE, VERIFIER, another_session

NEW_PASSWORD = "Specdouble-8!"  # noqa: S105 - of accounts that live for a minute


def _person(session: Session) -> Person:
    return session.users.resident("person with sessions")


def _key(session: Session, person: Person) -> Credential:
    return session.shared(f"key of {person.imperal_id}", lambda: session.users.key(person))  # type: ignore[no-any-return]


def _sessions(session: Session, person: Person) -> tuple[Read, ...]:
    key = perhaps(session, lambda: _key(session, person))
    return (Read("GET /v1/auth/sessions", key),) if key else ()


def _found(session: Session, email: str) -> tuple[Read, ...]:
    """Return the read that shows whether there is an account with an address."""
    if not session.settings.admin:
        return ()
    return (Read("GET /v1/users", session.users.admin.bearer, query={"search": email, "include_inactive": True}),)


@recipe("POST /v1/auth/signup")
def signup(session: Session) -> Ready:
    """Sign up with a fresh address and both names."""
    email = f"{session.users.fresh('signup')}@example.com"
    body = {
        "email": email, "password": "s3cure!", "tenant_id": "default", "first_name": "Grace", "last_name": "Hopper",
    }  # fmt: skip
    return Ready(NOBODY, body=body, watch=_found(session, email))


@recipe("POST /v1/auth/verify-email")
def verify_email(session: Session) -> Ready:
    """Redeem the token that was mailed after a sign-up."""
    email = f"{session.users.fresh('verify')}@example.com"
    if not session.parts.has("mail"):
        raise Unmet("a mailbox is needed: --mail-command")
    session.send("POST /v1/auth/signup", body={"email": email, "password": "s3cure!"}).need()
    return Ready(NOBODY, body={"token": session.parts.mailed(email)})


@recipe("POST /v1/auth/register")
def register(session: Session) -> Ready:
    """Register a fresh address with the service token."""
    email = f"{session.users.fresh('register')}@example.com"
    body = {"email": email, "password": NEW_PASSWORD, "tenant_id": "default"}
    return Ready(session.users.service, body=body, watch=_found(session, email))


@recipe("POST /v1/auth/login")
def login(session: Session) -> Ready:
    """Log in with address, password and tenant."""
    person = _person(session)
    body = {"email": person.email, "password": person.password, "tenant_id": person.tenant_id}
    return Ready(NOBODY, body=body, watch=_sessions(session, person))


@recipe("POST /v1/auth/refresh")
def refresh(session: Session) -> Ready:
    """Refresh a session that was just opened."""
    return Ready(NOBODY, body={"refresh_token": another_session(session, _person(session)).refresh_token})


@recipe("POST /v1/auth/logout")
def logout(session: Session) -> Ready:
    """End a session that was just opened; where nobody can open one, a session that is unknown (A09)."""
    person = perhaps(session, lambda: _person(session))
    if person is None:
        return Ready(body={"refresh_token": session.users.fresh("imp_rt_unknown")})
    return Ready(
        NOBODY, body={"refresh_token": another_session(session, person).refresh_token}, watch=_sessions(session, person)
    )  # fmt: skip


@recipe("POST /v1/auth/me/change-password")
def change_password(session: Session) -> Ready:
    """Change the password of somebody made for it, who has a second session to lose."""
    person = session.users.new("person with a password")
    another_session(session, person)
    body = {"current_password": person.password, "new_password": NEW_PASSWORD}
    return Ready(person.bearer, person, body=body, watch=_sessions(session, person))


@recipe("PATCH /v1/auth/users/{imperal_id}/cases-uid")
def cases_uid(session: Session) -> Ready:
    """Link somebody to another Cases account than before."""
    person = session.users.kept("person with sessions")
    number = session.shared("cases numbers", lambda: iter(range(4711, 10**9)))
    watch = (Read("GET /v1/auth/me", person.bearer),)
    return Ready(
        person.bearer, person, {"imperal_id": person.imperal_id}, body={"cases_user_id": next(number)}, watch=watch
    )  # fmt: skip


@recipe("GET /v1/auth/sessions")
def sessions(session: Session) -> Ready:
    """List the sessions of somebody who has two."""
    person = _person(session)
    session.shared("a second session", lambda: another_session(session, person))
    return Ready(person.bearer, person)


@recipe("POST /v1/auth/sessions/{session_id}/revoke")
def revoke(session: Session) -> Ready:
    """Revoke a session that was just opened, from another one."""
    person = session.users.kept("person with sessions")
    other = another_session(session, person)
    return Ready(person.bearer, person, {"session_id": other.session_id}, watch=_sessions(session, person))


@recipe("POST /v1/auth/sessions/revoke-others")
def revoke_others(session: Session) -> Ready:
    """Revoke the second session of somebody made for it."""
    person = session.users.new("person with two sessions")
    another_session(session, person)
    return Ready(person.bearer, person, watch=_sessions(session, person))


@recipe("POST /v1/auth/cli/device/authorize")
def device_authorize(_session: Session) -> Ready:
    """Start a device login."""
    return Ready(body={"code_challenge": CHALLENGE, "code_challenge_method": "S256"})


@recipe("POST /v1/auth/cli/device/token")
def device_token(session: Session) -> Ready:
    """Poll a device login that was approved, where somebody can approve it; else one that waits."""
    made = session.send("POST /v1/auth/cli/device/authorize", body={"code_challenge": CHALLENGE})
    perhaps(session, lambda: session.parts.approve(str(made["user_code"]), _person(session)))
    return Ready(body={"device_code": made["device_code"], "code_verifier": VERIFIER})
