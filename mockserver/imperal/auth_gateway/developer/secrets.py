"""Secrets: declared by an app, filled in by its users, read by the app alone."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, Problem, op

from ..._errors import coded
from . import _secrets


@op("GET /v1/secrets/{ext_id}")
def list_secrets(call: Call) -> list[Doc]:
    """List an app's declared secrets with their state; values never (K01), shared ones only for their keepers (K08)."""
    _secrets.admit(call)
    app = call.need("apps", call.params["ext_id"], "There is no such app. GET /v1/me/extensions lists yours.")
    return [
        _secrets.status(call, app, declared)
        for declared in _secrets.declarations(app)
        if _secrets.sees(call, app, declared)
    ]


@op("GET /v1/secrets/{ext_id}/{name}")
def read_secret(call: Call) -> Doc:
    """Hand a value to the app itself or to the platform, never to a person (K02); audited (K10)."""
    _secrets.admit(call)
    if call.caller.kind != "extension" and not call.caller.service:
        raise Problem(403, "Values are for the app itself, not for people. GET …/meta tells whether one is set.")
    app, declared = _secrets.find(call)
    _secrets.require_vault(call.world)
    held = call.state["secrets"].get(_secrets.key(call, app, declared))
    if held is None:
        raise coded(404, "SECRET_NOT_SET", f"{declared['name']} is declared but empty. PUT a value first.")
    call.state["secrets"].update(held["id"], last_accessed_at=int(call.world.clock.now()))
    _secrets.note(call, "read", declared, _secrets.fingerprint(held["value"]))
    return {"value": held["value"]}


@op("PUT /v1/secrets/{ext_id}/{name}")
def put_secret(call: Call) -> Doc:
    """Store or rotate a value (K04, K05); the answer does not repeat it."""
    _secrets.admit(call)
    app, declared = _secrets.find(call)
    _secrets.require_writer(call, app, declared)
    value = call.body["value"]
    if len(value.encode()) > declared["max_bytes"]:
        raise Problem(413, f"The value is above the {declared['max_bytes']} bytes that {declared['name']} may have.")
    _secrets.require_vault(call.world)
    key = _secrets.key(call, app, declared)
    held = call.state["secrets"].get(key)
    call.state["secrets"].put(
        {
            "id": key,
            "owner": _secrets.owner(call, declared),
            "ext_id": app["app_id"],
            "name": declared["name"],
            "value": value,
            "set_at": call.world.clock.stamp(),
            "last_accessed_at": held["last_accessed_at"] if held else None,
        }
    )
    _secrets.note(call, "rotate" if held else "write", declared, _secrets.fingerprint(value))
    _tell(call, declared, is_set=True)
    return {"name": declared["name"], "is_set": True}


@op("DELETE /v1/secrets/{ext_id}/{name}")
def delete_secret(call: Call) -> Doc:
    """Clear a value and say whether there was one; a second time there is none (K07)."""
    _secrets.admit(call)
    app, declared = _secrets.find(call)
    _secrets.require_writer(call, app, declared)
    _secrets.require_vault(call.world)
    key = _secrets.key(call, app, declared)
    if key not in call.state["secrets"]:
        return {"was_set": False}
    call.state["secrets"].remove(key)
    _secrets.note(call, "delete", declared)
    _tell(call, declared, is_set=False)
    return {"was_set": True}


@op("GET /v1/secrets/{ext_id}/{name}/meta")
def secret_meta(call: Call) -> Doc:
    """Tell whether a secret is set, without opening it and without a trace (K03, K10)."""
    _secrets.admit(call)
    app, declared = _secrets.find(call)
    if not _secrets.sees(call, app, declared):
        raise _secrets.undeclared(call)
    return _secrets.status(call, app, declared)


def _tell(call: Call, declared: Doc, *, is_set: bool) -> None:
    payload = {"panel": "secrets", "ext_id": call.params["ext_id"], "name": declared["name"], "is_set": is_set}
    call.world.emit(call.user_id, "panel_refresh", payload)
