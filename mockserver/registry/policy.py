"""How the Registry recognises a caller: the platform key, or an app's own key (gotchas R01, R02)."""

from __future__ import annotations

import hashlib
import hmac

from mockserver.kit import Call, Caller, Problem

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
    if hmac.compare_digest(sent.encode(), call.world.options.registry_key.encode()):
        call.caller = Caller("service")
        return
    key = call.state["registry_keys"].first(secret_hash=hashlib.sha256(sent.encode()).hexdigest())
    if key is None:
        raise Problem(401, "The X-Api-Key is not known or was revoked.")
    app_id, reads = key["app_id"], call.op.spec.method == "GET"
    named = [call.params[name] for name in APP_PARAMETERS if name in call.params]
    if any(name != app_id for name in named) or not (named or reads):
        raise Problem(403, f"This key is for the app {app_id!r} only.")
    if key["scope"] == "readonly" and not reads:
        raise Problem(403, "This key is readonly.")
    call.state["registry_keys"].update(key["key_id"], last_used_at=call.world.clock.stamp())
    call.caller = Caller("api-key", claims={"app_id": app_id})
