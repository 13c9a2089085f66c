"""Who calls: access tokens of sessions, refresh tokens that rotate, and API keys with a scope."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

import jwt
from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from . import clock
from .faults import on
from .problems import forbidden, unauthorized
from .store import ApiKey, Session, User, store

SECRET = "taskboard-development-secret-0123456789abcdef"
LIFETIME = 900
REFRESH_LIFETIME = 86_400

access_token = HTTPBearer(scheme_name="AccessToken", bearerFormat="JWT", auto_error=False)
api_key = APIKeyHeader(name="X-API-Key", scheme_name="ApiKey", auto_error=False)

# Faults: operations whose dependency on a caller was forgotten.
FORGOTTEN = {
    "auth-open-download": ("GET", "/attachments/{attachment_id}"),
    "auth-open-comments": ("GET", "/comments"),
    "auth-open-task-delete": ("DELETE", "/tasks/{task_id}"),
    "auth-open-members": ("GET", "/members"),
    "auth-open-admin-users": ("GET", "/admin/users"),
    "auth-open-project": ("GET", "/projects/{project_id}"),
}


@dataclass
class Caller:
    """Somebody who was recognised."""

    user: User
    scope: str = "write"
    session: Session | None = None
    anonymous: bool = False


def token(session: Session, kind: str, token_id: str, lifetime: int) -> str:
    """Return a signed token of a session."""
    issued = clock.now()
    claims = {
        "sub": str(session.user.id),
        "sid": session.id,
        "jti": token_id,
        "typ": kind,
        "iat": int(issued.timestamp()),
        "exp": int((issued + timedelta(seconds=lifetime)).timestamp()),
        "ttl": lifetime,
    }
    return jwt.encode(claims, SECRET, algorithm="HS256")


def _claims(raw: str) -> dict[str, Any]:
    if on("auth-signature-unchecked"):
        return jwt.decode(raw, options={"verify_signature": False})
    if on("auth-alg-none") and jwt.get_unverified_header(raw).get("alg", "").lower() == "none":
        return jwt.decode(raw, options={"verify_signature": False})
    # Expiry is judged below, by the clock of the app.
    return jwt.decode(raw, SECRET, algorithms=["HS256"], options={"verify_exp": False, "verify_iat": False})


def read_token(raw: str, kind: str) -> tuple[Session, dict[str, Any]]:
    """Return the session and the claims of a token of this kind. Raises Refusal (401) for any other."""
    if on("odd-token-shape") and raw.count(".") != 2:
        raise ValueError("not enough segments")
    try:
        claims = _claims(raw)
        session = store.sessions[claims["sid"]]
        expired = clock.now().timestamp() >= claims["exp"]
        wrong_kind = claims["typ"] != kind
        user = store.users[UUID(claims["sub"])]
    except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
        raise unauthorized() from error
    if on("auth-refresh-as-access") and kind == "access":
        wrong_kind = False
    if on("auth-access-as-refresh") and kind == "refresh":
        wrong_kind = False
    if on("auth-expired-access") and kind == "access":
        expired = False
    revoked = session.revoked
    if on("auth-logout-keeps-access") and kind == "access":
        revoked = False
    if on("rotation-logout-keeps-refresh") and kind == "refresh":
        revoked = False
    if wrong_kind or expired or revoked:
        raise unauthorized()
    if on("auth-signature-unchecked") and user is not session.user:
        return Session(user, session.refresh_id, session.id), claims
    return session, claims


def hash_secret(secret: str) -> str:
    """Return what is kept of the secret of an API key."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def _key(secret: str) -> ApiKey:
    kept = hash_secret(secret)
    for key in store.keys.values():
        same = key.secret_hash == kept
        if on("auth-key-prefix-enough"):
            same = secret[:8] == key.prefix
        if on("auth-key-expired-works") and same:
            return key
        if same and (key.expires_at is None or key.expires_at > clock.now()):
            return key
    raise unauthorized("The API key is not valid.")


def _forgotten(request: Request) -> bool:
    path = request.scope["route"].path
    return any(on(one) and request.method == method and path.endswith(end) for one, (method, end) in FORGOTTEN.items())


def session_of(
    request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Security(access_token)]
) -> Caller:
    """Return the caller of an access token."""
    if on("auth-key-manages-keys") and bearer is None and request.headers.get("x-api-key"):
        return Caller(_key(request.headers["x-api-key"]).user)
    if bearer is None and on("auth-any-scheme") and request.headers.get("authorization"):
        bearer = HTTPAuthorizationCredentials(
            scheme="Bearer", credentials=request.headers["authorization"].rpartition(" ")[2]
        )
    if bearer is None:
        if _forgotten(request):
            return Caller(User("", "", ""), anonymous=True)
        raise forbidden("Not authenticated.") if on("status-401-is-403") else unauthorized()
    session, _ = read_token(bearer.credentials, "access")
    return Caller(session.user, session=session)


def caller_of(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(access_token)],
    key: Annotated[str | None, Security(api_key)],
) -> Caller:
    """Return the caller of an access token or an API key. A key that only reads may not write."""
    if bearer is not None or key is None:
        return session_of(request, bearer)
    found = _key(key)
    scope = found.scope
    if on("auth-scope-ignored-tasks") and "/tasks" in request.url.path:
        scope = "write"
    if on("auth-scope-ignored-workspaces") and "/projects" not in request.url.path:
        scope = "write"
    if scope == "read" and request.method not in ("GET", "HEAD"):
        raise forbidden("This API key may only read.")
    return Caller(found.user, found.scope)


AnyCaller = Annotated[Caller, Depends(caller_of)]
SessionCaller = Annotated[Caller, Depends(session_of)]


def administrator(caller: SessionCaller) -> Caller:
    """Return the caller, who is an administrator. Raises Refusal (403)."""
    if caller.user.role != "administrator" and not caller.anonymous and not on("auth-role-unchecked"):
        raise forbidden("Only administrators may do this.")
    return caller


Administrator = Annotated[Caller, Depends(administrator)]


def open_session(user: User, lifetime: int) -> dict[str, Any]:
    """Start a session and return its tokens."""
    session = Session(user, uuid4().hex)
    store.sessions[session.id] = session
    return tokens(session, lifetime)


def tokens(session: Session, lifetime: int) -> dict[str, Any]:
    """Return a pair of tokens of a session; the refresh token is the one that works next."""
    return {
        "access_token": token(session, "access", uuid4().hex, lifetime),
        "refresh_token": token(session, "refresh", session.refresh_id, REFRESH_LIFETIME)
        if not on("rotation-refresh-short")
        else token(session, "refresh", session.refresh_id, 1),
        "token_type": "Bearer",
        "expires_in": lifetime,
    }
