"""Access tokens, refresh tokens and sessions.

Access tokens are RS256 JWTs that any verifier with the JWKS accepts (rule A10); refresh tokens are opaque to
clients, rotate at each use and are stored as digests only (A07).
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from specdouble.mock.kit import Doc, Problem, World

from ... import _options
from ._signing_key import signing_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_CACHED_TOKENS = 1_000  # those that were used last; each takes some KiB


def digest(secret: str) -> str:
    """Return the digest under which a secret is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Signer:
    """The RSA key of a world, its JWK, and the tokens that it has verified lately."""

    def __init__(self, private: RSAPrivateKey) -> None:
        import jwt
        from jwt.algorithms import RSAAlgorithm

        self._jwt = jwt
        self._private = private
        self._public = private.public_key()
        jwk = RSAAlgorithm.to_jwk(self._public, as_dict=True)
        canonical = f'{{"e":"{jwk["e"]}","kty":"RSA","n":"{jwk["n"]}"}}'
        self.kid = hashlib.sha256(canonical.encode()).hexdigest()[:16]
        self.jwk = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": jwk["n"], "e": jwk["e"]}
        self._claims = lru_cache(_CACHED_TOKENS)(self._decode)

    def sign(self, claims: dict[str, Any]) -> str:
        """Sign claims as a compact JWT with this key's kid."""
        return self._jwt.encode(claims, self._private, algorithm="RS256", headers={"kid": self.kid})

    def verify(self, token: str, now: float) -> dict[str, Any] | None:
        """Return the claims of a token that this key signed and that has not expired; else None."""
        try:
            claims = self._claims(token)
        except (self._jwt.InvalidTokenError, ValueError, RecursionError):  # which is not remembered
            return None
        return claims if claims["exp"] > now else None

    def _decode(self, token: str) -> dict[str, Any]:
        """Return the claims of a token that this key signed; raises what `verify` knows where it did not."""
        if self._jwt.get_unverified_header(token).get("kid") != self.kid:
            raise self._jwt.InvalidTokenError("another key")
        # Expiry is judged by the world's clock, which the control plane may have moved.
        options: Any = {"require": ["sub", "exp", "iat"], "verify_exp": False, "verify_iat": False}
        claims: dict[str, Any] = self._jwt.decode(token, self._public, algorithms=["RS256"], options=options)
        return claims


def signer(world: World) -> Signer:
    """Return the signer of all worlds, made on first use."""
    found: Signer | None = world.shared.get("signer")
    if found is None:
        found = world.shared["signer"] = Signer(signing_key(world, _options.of(world).signing_key))
    return found


def start(world: World) -> None:
    """Read the key file that was given when the server starts, not at the first login."""
    if _options.of(world).signing_key:
        signer(world)


def verify(world: World, token: str) -> dict[str, Any] | None:
    """Return the claims of a valid access token of this world, or None."""
    claims = signer(world).verify(token, world.clock.now())
    return claims if claims is not None and claims.get("world", "") in world.honours else None


def _signed(world: World, claims: dict[str, Any]) -> str:
    """Sign claims; a world beside main names itself in them, for they share a key."""
    return signer(world).sign({**claims, "world": world.mark} if world.mark else claims)


def open_session(
    world: World, user: Doc, surface: str = "web", client: str = "", label: str = "", seconds: int | None = None
) -> Doc:
    """Open a session for a user and return its token pair (shape of TokenResponse).

    ``seconds`` is the life of the access token (default: the world's); below zero it has ended already.
    """
    now = world.clock.stamp()
    session = {
        "session_id": world.ids.new("ses_", 16),
        "user_id": user["imperal_id"],
        "surface": surface,
        "label": label or {"web": "Browser", "cli": "Terminal", "api": "API client"}.get(surface, surface),
        "ip_address": client or None,
        "created_at": now,
        "last_seen_at": now,
    }
    return _pair(world, user, session, seconds)


def sign_in(world: World, user: Doc) -> str:
    """Open a session for a user and return its access token."""
    return str(open_session(world, user, surface="api")["access_token"])


def rotate(world: World, refresh_token: str) -> Doc:
    """Exchange a refresh token for a new pair; the presented one is dead at once (rule A07)."""
    session = world.state["sessions"].first(refresh_hash=digest(refresh_token))
    if session is None or session["refresh_until"] <= world.clock.now():
        raise Problem(401, "The refresh token is unknown, used, revoked or expired. Log in again.")
    user = world.state["users"].get(session["user_id"])
    if user is None or not user["is_active"]:
        raise Problem(401, "The user of this refresh token is not active.")
    return _pair(world, user, session)


def close_session(world: World, refresh_token: str) -> None:
    """End the session that owns a refresh token; an unknown token ends nothing (rule A09)."""
    session = world.state["sessions"].first(refresh_hash=digest(refresh_token))
    if session is not None:
        end(world, session["user_id"], session["session_id"])


def end(world: World, user_id: str, session_id: str) -> None:
    """End a session with the streams that it opened."""
    world.state["sessions"].remove(session_id)
    world.end_streams(user_id, session_id)


def close_sessions(world: World, user_id: str, keep: str | None = None) -> int:
    """End the sessions of a user, except one, and return how many ended."""
    sessions = world.state["sessions"]
    ended = [session["session_id"] for session in sessions.find(user_id=user_id) if session["session_id"] != keep]
    for session_id in ended:
        end(world, user_id, session_id)
    return len(ended)


def extension_token(world: World, user: Doc, ext_id: str) -> Doc:
    """Issue the token under which an app reads a user's secrets: it names both and belongs to no session (K02)."""
    now = int(world.clock.now())
    claims = {
        "sub": user["imperal_id"],
        "iat": now,
        "exp": now + _options.of(world).token_seconds,
        "jti": world.ids.new("", 12),
        "tenant_id": user["tenant_id"],
        "actor_kind": "extension",
        "ext_id": ext_id,
    }
    token = _signed(world, claims)
    return {"access_token": token, "token_type": "bearer", "expires_in": _options.of(world).token_seconds}


def _pair(world: World, user: Doc, session: Doc, seconds: int | None = None) -> Doc:
    """Issue an access and a refresh token for a session; the refresh token replaces the session's former one."""
    options = _options.of(world)
    life = options.token_seconds if seconds is None else seconds
    now = world.clock.now()
    claims = {
        "sub": user["imperal_id"],
        "iat": int(now),
        "exp": int(now) + life,
        "sid": session["session_id"],
        "jti": world.ids.new("", 12),
        "email": user["email"],
        "tenant_id": user["tenant_id"],
        "org_id": user.get("org_id"),
        "agency_id": user.get("agency_id"),
        "role": user["role"],
        "scopes": user["scopes"],
        "actor_kind": "user",
    }
    refresh_token = world.ids.new("imp_rt_", 48)
    world.state["sessions"].put(
        {
            **session,
            "refresh_hash": digest(refresh_token),
            "refresh_until": now + options.refresh_seconds,
            "last_seen_at": world.clock.stamp(),
        }
    )
    return {
        "access_token": _signed(world, claims),
        "refresh_token": refresh_token,
        "token_type": "bearer",
        "expires_in": life,
    }
