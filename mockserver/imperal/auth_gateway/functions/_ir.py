"""Declarative extensions: registering an IR, trying it out, and running its steps (API map, endpoint 5)."""

from __future__ import annotations

import re
from typing import Any

from specdouble.mock.kit import Doc, World

from ..apps import _apps
from ..kernel import _records
from . import _ir_programs
from ._declared import OBJECT, TEXT, Functions
from ._outcomes import FunctionError, Performed, text

APP = "developer"
FUNCTIONS = Functions(APP)
_HOLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@FUNCTIONS.add(
    "deploy_ir",
    "write",
    "Deploy a declarative IR to the kernel.",
    "app_id",
    "ir_dict",
    app_id={"type": "string", "description": "Slug of the extension"},
    ir_dict={"type": "object", "description": "The IR: app_id, version, steps"},
)
def _deploy_ir(world: World, user: Doc, params: Doc) -> Performed:
    """Register an IR and answer its DeployReceipt.

    Where the app exists it must be the caller's, and the steps become callable at once; the app is installed for its
    developer so that they can be tried. An IR may also be deployed before its app is created.
    """
    app_id, ir = text(params, "app_id"), params.get("ir_dict")
    if not isinstance(ir, dict) or not isinstance(ir.get("steps", []), list):
        raise FunctionError("params.ir_dict is required: an object with a list called steps.")
    inner = ir["app"] if isinstance(ir.get("app"), dict) else {}
    if ir.get("app_id", inner.get("id", app_id)) != app_id:
        raise FunctionError("ir_dict names another app than app_id.")
    steps = [step for step in ir.get("steps", ()) if isinstance(step, dict) and isinstance(step.get("id"), str)]
    if len(steps) != len(ir.get("steps", ())):
        raise FunctionError("Every step of ir_dict.steps must be an object with an id.")
    programs = _ir_programs.functions(ir)
    steps += programs
    app = world.state["apps"].get(app_id)
    if app is not None:
        developer = world.state["developers"].get(user["imperal_id"])
        if developer is None or app["developer_id"] != developer["developer_id"]:
            raise FunctionError(f"{app_id} belongs to another developer.")
        world.state["apps"].update(app_id, ir_steps=steps, **_ir_programs.manifest(app, programs))
        _apps.install(world, user["imperal_id"], app_id)
    receipt = {
        "app_id": app_id,
        "deployed_at": world.clock.stamp(),
        "steps_registered": len(steps),
        "ir_version": str(ir.get("version", inner.get("version", "0.0.0"))),
    }
    key = f"{APP}:{user['imperal_id']}:{app_id}"
    _records.put(world, user["imperal_id"], APP, "ir", {"receipt": receipt, "ir": ir}, record_id=key)
    return receipt, "IR deployed"


@FUNCTIONS.add(
    "smoke_ir",
    "read",
    "Try every step of a deployed IR once.",
    app_id=TEXT,
    ir_dict=OBJECT,
    function=TEXT,
    args=OBJECT,
)
def _smoke_ir(world: World, user: Doc, params: Doc) -> Performed:
    """Try a deployed IR by its ``app_id``, or one function of an ``ir_dict`` that is sent along."""
    ir, args = params.get("ir_dict"), params.get("args")
    if isinstance(ir, dict):
        tried = _ir_programs.smoke(world, user, ir, text(params, "function"), args if isinstance(args, dict) else {})
        return tried, f"{len(tried['trace'])} steps passed."
    app_id = text(params, "app_id")
    held = world.state["records"].get(f"{APP}:{user['imperal_id']}:{app_id}")
    if held is None:
        raise FunctionError(f"No IR of {app_id} is deployed; call deploy_ir first.")
    passed = [{"step": step["id"], "ok": True} for step in held["data"]["ir"].get("steps", ())]
    return {"app_id": app_id, "passed": True, "steps": passed}, f"{len(passed)} steps passed."


def run_step(world: World, user: Doc, app: Doc, name: str, params: Doc) -> Performed | None:
    """Run one step of an app's IR; None when the app has no step of that name.

    ``store.create`` adds a document, ``store.query`` lists them, ``store.delete`` takes one away; what any other
    action would do is answered as its filled-in parameters.
    """
    step = next((one for one in app.get("ir_steps", ()) if one["id"] == name), None)
    if step is None:
        return None
    if "program" in step:
        return _ir_programs.run(world, user, app["app_id"], step["program"], params), f"{name} ran."
    given, action = step.get("params"), str(step.get("action", ""))
    filled = _fill(given if isinstance(given, dict) else {}, params)
    records, collection = world.state["records"], str(filled.get("collection", "items"))
    key = {"app_id": app["app_id"], "user_id": user["imperal_id"], "collection": collection}
    if action == "store.create":
        data = filled.get("data")
        made = _records.put(world, **key, data=data if isinstance(data, dict) else {}, prefix="rec_")
        return {**made["data"], "id": made["id"]}, f"Saved to {collection}."
    if action in ("store.query", "store.list"):
        held = [{**one["data"], "id": one["id"]} for one in records.newest(**key)]
        return {"items": held, "total": len(held)}, f"{len(held)} found."
    if action == "store.delete":
        found = records.get(str(filled.get("id")))
        if found is None or any(found[field] != value for field, value in key.items()):
            raise FunctionError(f"There is no {filled.get('id')!r} in {collection}.")
        records.remove(found["id"])
        return {"id": found["id"], "deleted": True}, f"Deleted from {collection}."
    return {"action": action, "params": filled}, f"{name} ran."


def _fill(value: Any, params: Doc) -> Any:
    """Put parameters into the ``{{name}}`` holes of a value; a text that is one hole takes the parameter as it is."""
    if isinstance(value, str):
        whole = _HOLE.fullmatch(value)
        if whole:
            return params.get(whole[1])
        return _HOLE.sub(lambda hole: str(params.get(hole[1], "")), value)
    if isinstance(value, dict):
        return {name: _fill(part, params) for name, part in value.items()}
    return [_fill(part, params) for part in value] if isinstance(value, list) else value
