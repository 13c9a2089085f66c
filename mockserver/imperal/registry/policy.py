"""How the Registry recognises a caller: the platform key, an app's own key, or its developer's (rules R01, R02)."""

from __future__ import annotations

import hashlib
import hmac

from specdouble.mock.kit import Call, Caller, Problem

from .. import _options

MISSING = "Send X-Api-Key: the platform key, or a key of the app."
APP_PARAMETERS = ("app_id", "ext_id")


def admit(call: Call) -> None:
    """Recognise the key of a call; refuses with 401 or 403.

    An app key opens its own app only, and a readonly one only for reading. Where the path names no app it may read,
    and sees its own app only; the app stands in the caller's claims.
    """
    sent = call.headers.get("x-api-key")
    if sent is None:
        raise Problem(401, MISSING)
    if hmac.compare_digest(sent.encode(), _options.of(call.world).registry_key.encode()):
        call.caller = Caller("service")
        return
    digest = hashlib.sha256(sent.encode()).hexdigest()
    key = call.state["registry_keys"].first(secret_hash=digest)
    if key is None:
        call.caller = _developer(call, digest)
        return
    app_id, reads = key["app_id"], call.op.spec.method == "GET"
    named = [call.params[name] for name in APP_PARAMETERS if name in call.params]
    if any(name != app_id for name in named) or not (named or reads):
        raise Problem(403, f"This key is for the app {app_id!r} only.")
    if key["scope"] == "readonly" and not reads:
        raise Problem(403, "This key is readonly.")
    call.state["registry_keys"].update(key["key_id"], last_used_at=call.world.clock.stamp())
    call.caller = Caller("api-key", claims={"app_id": app_id})


def _developer(call: Call, digest: str) -> Caller:
    """Recognise a person's key of the gateway: it opens the apps that they own, so that one key serves both hosts.

    The command line sends the same key to the Registry (``imperal deploy``) and to the gateway (``imperal logs``).
    """
    key = call.state["keys"].first(secret_hash=digest)
    user = call.state["users"].get(key["user_id"]) if key else None
    if key is None or user is None or not user["is_active"]:
        raise Problem(401, "The X-Api-Key is not known or was revoked.")
    row = call.state["registry_apps"].get(call.params.get("app_id"))
    if row is None and "app_id" in call.params:
        raise Problem(404, f"There is no app {call.params['app_id'][:80]!r}; register it first.")
    if row is None or row["owner_id"] != user["imperal_id"]:
        raise Problem(403, "This key is a person's: it opens the apps that they own, one at a time.")
    call.state["keys"].update(key["id"], last_used_at=call.world.clock.stamp())
    return Caller("api-key", user, claims={"app_id": row["app_id"]})
