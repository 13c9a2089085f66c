"""Secrets of apps: what a manifest declares, who may see, write and read it, and where the value stands.

A value lives in one place, the collection ``secrets``; no answer but the plaintext read, no audit entry, event or
action record ever holds it (rule K01).
"""

from __future__ import annotations

import hashlib

from specdouble.mock.kit import Call, Doc, Problem, World

from ..._errors import coded
from ..rights import _trail
from ..rights._tenancy import HOME
from . import _developers

SHARED = "__app__"  # the owner of secrets with scope app
DEFAULT_BYTES = 4096
CEILING_BYTES = 65536
VAULT = "vault"
NOT_YOURS = "This secret belongs to the app: only its developer or an admin may change it."


def declarations(app: Doc) -> list[Doc]:
    """Return the secrets that the gateway's stored manifest of an app declares, defaults filled in (rule K06)."""
    manifest = app.get("manifest_json") or {}
    return [
        {
            "name": one["name"],
            "description": one.get("description") or "",
            "required": bool(one.get("required")),
            "write_mode": one.get("write_mode") or "user",
            "scope": one.get("scope") or "user",
            "rotation_hint_days": one.get("rotation_hint_days"),
            "max_bytes": min(one.get("max_bytes") or DEFAULT_BYTES, CEILING_BYTES),
        }
        for one in manifest.get("secrets") or ()
    ]


def admit(call: Call) -> None:
    """Refuse with 403 who acts for somebody else or speaks for another app than the one in the path."""
    ext_id = call.params["ext_id"]
    acting, speaking = call.headers.get("x-acting-user"), call.headers.get("x-ext-id")
    if acting is not None and call.caller.user is not None and acting != call.user_id:
        raise Problem(403, "Your token acts for you alone: leave X-Acting-User out, or name yourself.")
    if call.caller.kind == "extension":
        speaking = speaking or call.caller.claims["ext_id"]
        if call.caller.claims["ext_id"] != ext_id:
            raise Problem(403, f"This token belongs to another app than {ext_id!r}.")
    if speaking is not None and speaking != ext_id:
        raise Problem(403, f"X-Ext-Id names another app than {ext_id!r}.")


def for_nobody(call: Call) -> bool:
    """Tell whether an app's schedule or webhook asks: no user is acted for, so only what the app shares is there."""
    return call.caller.service and call.caller.user is None


def by_app(call: Call) -> bool:
    """Tell whether an app itself asks: with its own token, or through the kernel (service token and X-Ext-Id)."""
    return call.caller.kind == "extension" or (call.caller.service and call.headers.get("x-ext-id") is not None)


def sees(call: Call, app: Doc, declared: Doc) -> bool:
    """Tell whether a caller knows of a secret: those of scope app are for the app, its owner, admins (rule K08)."""
    if for_nobody(call):
        return bool(declared["scope"] == "app")
    return declared["scope"] != "app" or by_app(call) or keeps(call, app)


def keeps(call: Call, app: Doc) -> bool:
    """Tell whether a person keeps an app's shared secrets: its developer, or an admin of the developer's tenant."""
    developer = _developers.by_id(call.world, app["developer_id"])
    if developer is not None and developer["imperal_id"] == call.user_id:
        return True
    person = call.state["users"].get(developer["imperal_id"]) if developer else None
    return bool(call.user["role"] == "admin" and call.user["tenant_id"] == (person["tenant_id"] if person else HOME))


def find(call: Call) -> tuple[Doc, Doc]:
    """Return the app and the declaration of the secret in the path; refuses with 404 what is not declared (K03)."""
    app = call.state["apps"].get(call.params["ext_id"])
    declared = next((one for one in declarations(app) if one["name"] == call.params["name"]), None) if app else None
    if app is None or declared is None:
        raise undeclared(call)
    if for_nobody(call) and declared["scope"] != "app":
        raise Problem(403, f"{declared['name']} is each user's own: name the user in X-Acting-User.")
    return app, declared


def undeclared(call: Call) -> Problem:
    """Refuse a secret that the manifest does not declare, or that this caller may not know of."""
    ext_id, name = call.params["ext_id"][:80], call.params["name"][:80]
    return coded(
        404, "SECRET_NOT_DECLARED", f"{ext_id!r} declares no secret {name!r}. GET /v1/secrets/{ext_id} lists them."
    )


def require_writer(call: Call, app: Doc, declared: Doc) -> None:
    """Refuse with 403 a write that scope or write_mode forbid (rules K04, K08).

    A shared secret is written by its keepers only, whatever its write_mode says; no app writes its own.
    """
    if declared["scope"] == "app":
        if by_app(call) or not keeps(call, app):
            raise Problem(403, NOT_YOURS)
        return
    actor = "extension" if by_app(call) else "user"
    if declared["write_mode"] not in (actor, "both"):
        raise Problem(
            403, f"{declared['name']} has write_mode {declared['write_mode']}; this caller writes as {actor}."
        )


def require_vault(world: World) -> None:
    """Refuse with 503 while the key vault is away: nothing is read or changed (rule K09)."""
    if VAULT in world.state["faults"]:
        raise Problem(503, "The key vault is unavailable. Nothing was read or changed; try again later.")


def owner(call: Call, declared: Doc) -> str:
    """Return whose a secret is: the caller's, or everybody's of the app."""
    return SHARED if declared["scope"] == "app" else call.user_id


def key(call: Call, app: Doc, declared: Doc) -> str:
    """Return the id under which a secret of this caller is stored."""
    return f"{owner(call, declared)}:{app['app_id']}:{declared['name']}"


def status(call: Call, app: Doc, declared: Doc) -> Doc:
    """Write the state of one secret (SecretStatus): never its value; ``last_accessed_at`` is epoch seconds (E10)."""
    held = call.state["secrets"].get(key(call, app, declared))
    shown = {name: value for name, value in declared.items() if name != "max_bytes"}
    return {**shown, "is_set": held is not None, "last_accessed_at": held["last_accessed_at"] if held else None}


def fingerprint(value: str) -> Doc:
    """Return what an audit entry may say of a value: its length in bytes and the start of its digest."""
    raw = value.encode()
    return {"length": len(raw), "sha256_prefix": hashlib.sha256(raw).hexdigest()[:8]}


def note(call: Call, action: str, declared: Doc, changes: Doc | None = None) -> None:
    """Write the audit entry of a read or a write (rule K10)."""
    target = f"{call.params['ext_id']}/{declared['name']}"
    _trail.audit(call, f"secret.{action}", "secret", target, changes)
