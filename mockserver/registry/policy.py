"""How the Registry recognises a caller: the platform key, or an app's own key (gotchas R01, R02)."""

from __future__ import annotations

import hashlib
import hmac

from mockserver.kit import Call, Caller, Problem

MISSING = "Send X-Api-Key: the platform key, or a key of the app."
READS = frozenset({"GET"})


def admit(call: Call) -> None:
    """Recognise the key of a call; refuses with 401 or 403.

    An app key opens its own app only, and a readonly one only for reading.
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
    if call.params.get("app_id") != key["app_id"]:
        raise Problem(403, f"This key is for the app {key['app_id']!r} only.")
    if key["scope"] == "readonly" and call.op.spec.method not in READS:
        raise Problem(403, "This key is readonly.")
    call.state["registry_keys"].update(key["key_id"], last_used_at=call.world.clock.stamp())
    call.caller = Caller("api-key")
