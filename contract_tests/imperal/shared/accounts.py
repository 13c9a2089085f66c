"""Accounts and their sessions: what recipes and rules of logins need."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from specdouble.verify.kit import Credential, Reply, bearer

from ..people import Person
from ..session import Session

Doc = dict[str, Any]

USER_ID = re.compile(r"imp_u_[A-Za-z0-9_-]{6,22}")
VERIFIER = "specdouble-verifier-0123456789-0123456789-0123456789"  # of PKCE: 43 to 128 characters


def challenge(verifier: str) -> str:
    """Return the S256 challenge of a PKCE verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


CHALLENGE = challenge(VERIFIER)


def another_session(session: Session, person: Person, label: str = "") -> Person:
    """Log a person in once more and return them as they are in that session; the person given keeps their own."""
    other = replace(person, label=label or f"{person.label}, another session", access_token="", refresh_token="")
    session.users.login(other)
    session.client.own(other.session_id)
    return other


def rows(session: Session, who: Person | Credential) -> list[Doc]:
    """Return the rows of a caller's list of sessions."""
    found = session.send("GET /v1/auth/sessions", who)["sessions"]
    return list(found)


def profile(session: Session, who: Person | Credential) -> Doc:
    """Return a caller's profile."""
    return dict(session.send("GET /v1/auth/me", who).need().json)


def log_in(session: Session, who: Person | str, password: str, **more: Any) -> Reply:
    """Try a login of a person (in their tenant) or an address, and return the response, whatever it is."""
    if isinstance(who, Person):
        more = {"tenant_id": who.tenant_id, **more}
    email = who.email if isinstance(who, Person) else who
    return session.send("POST /v1/auth/login", body={"email": email, "password": password, **more})


def refresh(session: Session, token: str, **more: Any) -> Reply:
    """Try a refresh and return the response, whatever it is."""
    return session.send("POST /v1/auth/refresh", body={"refresh_token": token}, **more)


def status_of(session: Session, token: str) -> int:
    """Return the status with which an access token is answered."""
    return session.send("GET /v1/auth/me", bearer(token)).status


def moment(text: Any) -> float:
    """Return the seconds since 1970 of an ISO timestamp; 0 when it is none."""
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return 0.0


def moves(read: Callable[[], float], act: Callable[[], object], seconds: float = 1.3) -> tuple[float, float]:
    """Act until a time that is read has moved forward, for clocks may count in seconds; return before and after."""
    before, deadline = read(), time.monotonic() + seconds
    while True:
        act()
        after = read()
        if after > before or time.monotonic() > deadline:
            return before, after
        time.sleep(0.25)


def users(session: Session, email: str) -> list[Doc]:
    """Return the accounts with an address, active or not, as the administrator finds them in the default tenant."""
    query = {"search": email, "include_inactive": True, "limit": 200}
    found = session.send("GET /v1/users", session.users.admin, query=query)["items"]
    return [one for one in found if str(one["email"]).lower() == email.lower()]


def second_tenant(session: Session) -> str:
    """Return a tenant that this process made."""

    def make() -> str:
        tenant = session.users.fresh("tenant")
        database = {"host": "localhost", "port": 3306, "database": "x", "username": "x", "password": "specdouble-db"}
        body = {"tenant_id": tenant, "name": "A tenant for a minute", "db_config": database}
        session.send("POST /v1/tenants", session.users.admin, body=body).need()
        return tenant

    return str(session.shared("a second tenant", make))
