"""Skeletons: what the kernel knows of a user for an app, section by section. Only the kernel writes them (S15)."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, Problem, op

from . import _kernel


@op("GET /v1/internal/skeleton/{app_id}/{user_id}/{section}")
def read_own(call: Call) -> Doc:
    """Show a section to the app that it is for; its call token must be of the kind ``skeleton``."""
    if call.caller.claims["tool_type"] != "skeleton":
        raise Problem(403, "This call token is of another kind. Skeletons open to one of the kind skeleton only.")
    return _section(call, call.params["app_id"])


@op("GET /v1/internal/skeleton/{user_id}/{section}")
def read(call: Call) -> Doc:
    """Show a section to the platform; ``extension_id`` names the app."""
    return _section(call, call.query["extension_id"])


@op("PUT /v1/internal/skeleton/{user_id}/{section}")
def save(call: Call) -> Doc:
    """Save a section; what is sent replaces what was there."""
    user_id, section = _kernel.person(call)["imperal_id"], call.params["section"]
    app_id = call.body.get("extension_id", "")
    saved = {
        "id": _key(app_id, user_id, section),
        "app_id": app_id,
        "user_id": user_id,
        "section": section,
        "data": call.body["data"],
        "updated_at": call.world.clock.stamp(),
    }
    return call.show(call.state["skeletons"].put(saved))


def _section(call: Call, app_id: str) -> Doc:
    user_id, section = call.params["user_id"], call.params["section"]
    missing = f"There is no skeleton section {section[:80]} of {app_id[:80] or 'the platform'} for this user."
    return call.show(call.need("skeletons", _key(app_id, user_id, section), missing))


def _key(app_id: str, user_id: str, section: str) -> str:
    return f"{app_id}/{user_id}/{section}"
