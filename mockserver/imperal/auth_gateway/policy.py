"""How the gateway recognises a caller, and who may call a protected operation.

What an operation accepts stands in the document (``security`` and ``x-required-role``); here stands what counts as
such a credential, and which of two sent together decides.
"""

from __future__ import annotations

import hmac
from urllib.parse import parse_qsl

import orjson

from specdouble.mock.kit import Call, Caller, Doc, Problem, World

from .. import _options
from .apps import _call_tokens
from .identity import _tokens
from .rights import _operators

ENROL = "POST /v1/developer/register"  # as on the other developer routes, a portal names whom it enrols (S16)
STREAM = "GET /v1/events/stream"  # browsers cannot set headers on an EventSource: ?token= (A17)
LIMITS = {  # calls a minute from one address, where the document declares 429 (rule E13)
    "POST /v1/auth/login": 5,
    "POST /v1/auth/signup": 3,
    "POST /v1/auth/refresh": 30,
    "GET /v1/auth/me": 60,
}
PERSONAL = frozenset({"bearerAuth", "apiKey"})  # the schemes by which a person calls
NOBODY = frozenset({"__system__", "__webhook__"})  # for whom an app's schedules and webhooks act: no users
FOR_APPS = frozenset(  # where such an app reads its own secrets, those that no user has (rule K08)
    {"GET /v1/secrets/{ext_id}", "GET /v1/secrets/{ext_id}/{name}", "GET /v1/secrets/{ext_id}/{name}/meta"}
)
MISSING = "Not authenticated. Send Authorization: Bearer <access token> or x-api-key."
SERVICE_ONLY = "This operation is for platform services: send X-Service-Token."
BAD_SERVICE_TOKEN = "The X-Service-Token is not valid."  # noqa: S105 - a sentence
WHO = "A service token acts for nobody here: name the user in X-Acting-User."
NOT_ADMIN = "This operation needs the role admin."
NOT_THEIRS = "X-Acting-User names somebody else, who is no admin of that person's tenant: ask about themselves only."
NOT_DEVELOPER = "You are not a registered developer. POST /v1/developer/register first."


def admit(call: Call) -> None:
    """Recognise the caller of a protected operation; refuses with 401 or 403 (rules S01-S16, A10-A14).

    A service that acts for somebody has that person's rights and no more (S13). Where people call too, the rules for
    their own bearer hold; where only services may, ``_require_own_matters`` stands in for them.
    """
    call.caller = recognise(call)
    require_role(call)


def require_role(call: Call) -> None:
    """Refuse with 401 or 403 a caller without the role that the operation needs."""
    role = call.op.required_role
    if call.op.schemes.isdisjoint(PERSONAL):
        _require_own_matters(call)
    elif role == "admin":
        _require_admin(call)
    elif role == "developer":
        _require_developer(call)


def recognise(call: Call) -> Caller:
    """Return who calls; raises a 401 or 403 ``Problem``."""
    op, world = call.op, call.world
    token = call.headers.get("x-service-token")
    if token is not None and not op.optional:
        if not _is_ours(world, token):
            raise Problem(401, BAD_SERVICE_TOKEN)  # S09: never falls back to a bearer sent with it
        if "serviceToken" in op.schemes:
            return _service(call)
    for_services = op.schemes.isdisjoint(PERSONAL)
    if for_services:
        scheme, _, credential = (call.headers.get("authorization") or "").partition(" ")
        if "serviceBearer" in op.schemes and scheme.lower() == "bearer" and _is_ours(world, credential):
            return _service(call)
        if scheme.lower() == _call_tokens.SCHEME:
            raise Problem(401, SERVICE_ONLY)
    caller = _person(call)
    if caller is None:
        if op.optional:
            return Caller()
        raise Problem(401, SERVICE_ONLY if for_services else MISSING)
    if for_services:
        raise Problem(403, SERVICE_ONLY)  # S11: whatever their role
    return caller


def _is_ours(world: World, token: str) -> bool:
    return hmac.compare_digest(token.encode(), _options.of(world).service_token.encode())


def _service(call: Call) -> Caller:
    """Return the platform itself, with the user it acts for or with the claims of its call token."""
    if "callToken" in call.op.schemes:
        claims = _call_tokens.read(call.world, call.headers.get("authorization"))
        if any(claims[name] != call.params[name] for name in ("app_id", "user_id")):
            raise Problem(403, "The call token is for another app or user than the path names.")
        return Caller("service", claims=claims)
    acting = call.headers.get("x-acting-user")
    if acting in NOBODY:
        if call.op.key in FOR_APPS:
            return Caller("service")
        acting = None
    if acting is None and (call.op.required_role == "developer" or call.op.key == ENROL):
        acting = _named_user(call)
    if not acting:
        if frozenset({"serviceToken"}) in call.op.accepts:
            return Caller("service")
        raise Problem(401, WHO)  # S12
    user = call.state["users"].get(acting)
    if user is None or not user["is_active"]:
        raise Problem(401, f"There is no active user {acting[:80]!r} to act for.")
    return Caller("service", user)


def _named_user(call: Call) -> str | None:
    """Find the person whom a request names: ``user_id`` in its path, its query or its JSON body.

    They are read as they were sent, since who calls is judged before the request is checked, and since the document
    declares the parameter on some routes of developers only (S16).
    """
    named = call.params.get("user_id", dict(parse_qsl(call.text_query)).get("user_id"))
    if named is None and call.raw:
        try:
            body = orjson.loads(call.raw)
        except orjson.JSONDecodeError:
            return None
        named = body.get("user_id") if isinstance(body, dict) else None
    return named if isinstance(named, str) else None


def _person(call: Call) -> Caller | None:
    authorization = call.headers.get("authorization")
    if authorization is not None:
        scheme, _, credential = authorization.partition(" ")
        if scheme.lower() != "bearer" or not credential:
            return _refused(call, "The Authorization header must read: Bearer <access token>.")
        return bearer(call, credential)
    key = call.headers.get("x-api-key")
    if key is not None:
        return api_key(call, key)
    if call.op.key == STREAM and call.text_query:
        token = dict(parse_qsl(call.text_query)).get("token")
        if token:
            return bearer(call, token)
    return None


def bearer(call: Call, credential: str) -> Caller | None:
    """Recognise an access token, or an API key sent in its place (rule A12)."""
    if credential.startswith("imp_live_"):
        return api_key(call, credential)
    claims = _tokens.verify(call.world, credential)
    if claims is None:
        return _refused(call, "The access token is not valid: malformed, expired, or signed by another key.")
    if claims.get("actor_kind") == "extension":
        return _extension(call, claims)
    session = call.state["sessions"].get(claims.get("sid"))
    if session is None or session["user_id"] != claims["sub"]:
        return _refused(call, "The session of this access token has ended. Log in again.")
    user = _active(call.world, claims["sub"])
    if user is None:
        return _refused(call, "The user of this access token is not active.")
    return Caller("user", user, claims["sid"], claims)


def _extension(call: Call, claims: Doc) -> Caller | None:
    """Recognise an app that acts for a user; it gets no further than the operations that know X-Ext-Id (K02)."""
    if not any(parameter.name.lower() == "x-ext-id" for parameter in call.op.spec.parameters):
        return _refused(call, "This token is an app's: it opens the app's own secrets and nothing else.")
    user = _active(call.world, claims["sub"])
    if user is None:
        return _refused(call, "The user of this access token is not active.")
    return Caller("extension", user, None, claims)


def api_key(call: Call, secret: str) -> Caller | None:
    """Recognise a user's API key by its secret (rule A13)."""
    keys = call.state["keys"]
    key = keys.first(secret_hash=_tokens.digest(secret))
    user = _active(call.world, key["user_id"]) if key else None
    if key is None or user is None:
        return _refused(call, "The API key is not valid or was revoked.")
    keys.update(key["id"], last_used_at=call.world.clock.stamp())
    return Caller("api-key", user)


def _active(world: World, user_id: str) -> Doc | None:
    user = world.state["users"].get(user_id)
    return user if user is not None and user["is_active"] else None


def _refused(call: Call, detail: str) -> Caller | None:
    """Refuse a credential that was sent but does not hold; where credentials are optional, act as if it was not."""
    if call.op.optional:
        return None
    raise Problem(401, detail)


def _require_admin(call: Call) -> None:
    user = call.caller.user
    if user is None:
        return  # the platform itself, where the document lets it come alone (S16)
    if user["role"] != "admin":
        raise Problem(403, NOT_ADMIN)


def _require_own_matters(call: Call) -> None:
    """Hold an acting user of a service-only operation to what is theirs: themselves, or as an admin their tenant.

    What the whole platform shares, which the document marks with the role admin, is changed by its own admins.
    """
    user = call.caller.user
    if user is None:
        return
    if call.op.required_role == "admin":
        _operators.require(call)
        return
    named = _named_user(call)
    if named is None or named == user["imperal_id"]:
        return
    person = call.state["users"].get(named)
    if user["role"] != "admin" or (person is not None and person["tenant_id"] != user["tenant_id"]):
        raise Problem(403, NOT_THEIRS)


def _require_developer(call: Call) -> None:
    user = call.caller.user
    if user is None:
        raise Problem(401, "Name the developer to act for: X-Acting-User, or user_id in the query or the body.")
    if user["imperal_id"] not in call.state["developers"]:
        raise Problem(403, NOT_DEVELOPER)
