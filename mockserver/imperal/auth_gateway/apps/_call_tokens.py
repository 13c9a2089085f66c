"""Call tokens: what the kernel signs for one call of an app, and the app's skeletons and cache open to (rule S15).

``<payload>.<signature>``, both base64url without padding; the payload is JSON with ``tool_type``, ``app_id``,
``user_id``, ``iat``, ``exp`` and ``jti``; the signature is HMAC-SHA256 of the payload's bytes. First-party clients
send one token with several calls, so it is good until it expires.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import orjson

from specdouble.mock.kit import Doc, Problem, World

from ... import _options

SCHEME = "imperalcalltoken"
LONGEST = 2048  # characters
SHORTEST_JTI = 16
TOOL_TYPES = frozenset({"skeleton", "panel", "tool", "chat_fn"})
MISSING = "This operation needs a call token too: send Authorization: ImperalCallToken <token>."
INVALID = "The call token is not valid: malformed, or signed with another secret. Mint a new one."


def read(world: World, authorization: str | None) -> Doc:
    """Return the claims of the call token in an Authorization header; refuses with 401.

    Kernels live in real time, so a token's age does not depend on how far the world's clock was moved.
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != SCHEME or not token:
        raise Problem(401, MISSING)
    claims = _claims(token, _options.of(world).call_token_secret.encode())
    if claims is None:
        raise Problem(401, INVALID)
    if claims["exp"] <= world.clock.now() - world.clock.offset:
        raise Problem(401, "The call token has expired. Mint a new one.")
    return claims


def _claims(token: str, secret: bytes) -> Doc | None:
    """Return the claims of a token with the right signature and shape, or None."""
    if len(token) > LONGEST:
        return None
    payload, _, signature = token.partition(".")
    try:
        signed = _decoded(payload)
        if not hmac.compare_digest(_decoded(signature), hmac.new(secret, signed, hashlib.sha256).digest()):
            return None
        claims: Any = orjson.loads(signed)
    except ValueError:
        return None
    return claims if isinstance(claims, dict) and _well_formed(claims) else None


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _well_formed(claims: Doc) -> bool:
    texts = all(isinstance(claims.get(name), str) for name in ("tool_type", "app_id", "user_id", "jti"))
    times = all(type(claims.get(name)) is int for name in ("iat", "exp"))
    return texts and times and claims["tool_type"] in TOOL_TYPES and len(claims["jti"]) >= SHORTEST_JTI
