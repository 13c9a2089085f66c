"""Declarative functions as the SDK's IR envelope writes them: steps of one operation each, run one after the other.

An envelope holds ``app.functions``; a function's ``impl.steps`` name an operation (``op``) and its ``args``, in which
``{{args.url}}`` stands for a parameter of the call and ``{{s1.id}}`` for what step ``s1`` gave.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from specdouble.mock.kit import Doc, World

from ..developer import _manifests
from ..kernel import _records
from ._outcomes import FunctionError

SCRATCH = "__smoke__"  # the app in whose name a function is tried out
MOST = 1000
_HOLE = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")


def functions(ir: Doc) -> list[Doc]:
    """Return the declarative functions of an envelope as steps that can be called by name; fails on a broken one."""
    declared = ir["app"].get("functions", []) if isinstance(ir.get("app"), dict) else []
    if not isinstance(declared, list) or not all(isinstance(one, dict) and one.get("name") for one in declared):
        raise FunctionError("ir_dict.app.functions must be a list of objects with a name.")
    return [
        {
            "id": str(one["name"]),
            "action_type": one["action_type"] if one.get("action_type") in ("read", "write", "destructive") else "read",
            "description": str(one.get("description") or f"Runs {one['name']}."),
            "params_schema": one.get("params_schema") if isinstance(one.get("params_schema"), dict) else {},
            "program": _steps(one),
        }
        for one in declared
    ]


def manifest(app: Doc, programs: list[Doc]) -> Doc:
    """Return what the functions of an envelope change of its app: they are the tools of its manifest from now on."""
    if not programs:
        return {}
    names = ("description", "action_type", "params_schema")
    tools = [{"name": one["id"], **{name: one[name] for name in names}} for one in programs]
    return {"manifest_json": {**(app["manifest_json"] or _manifests.blank(app)), "tools": tools}, "tools_json": None}


def _steps(function: Doc) -> list[Doc]:
    impl = function.get("impl")
    steps = impl.get("steps", []) if isinstance(impl, dict) else []
    if not isinstance(steps, list) or not all(isinstance(step, dict) and step.get("op") for step in steps):
        raise FunctionError(f"The steps of {function['name']} must be objects with an op.")
    return steps


def smoke(world: World, user: Doc, ir: Doc, name: str, args: Doc) -> Doc:
    """Try one function of an envelope in a store of its own, of which nothing stays: ``{ok, result, trace}``."""
    found = next((one for one in functions(ir) if one["id"] == name), None)
    if found is None:
        raise FunctionError(f"ir_dict declares no function {name!r}.")
    trace: list[Doc] = []
    try:
        result = run(world, user, SCRATCH, found["program"], args, trace)
    finally:
        world.state["records"].remove_where(app_id=SCRATCH, user_id=user["imperal_id"])
    return {"ok": True, "passed": True, "result": result, "trace": trace}


def run(world: World, user: Doc, app_id: str, program: list[Doc], params: Doc, trace: list[Doc] | None = None) -> Any:
    """Run the steps of a function for a user and return what the last one gave; ``trace`` notes each step."""
    known: Doc = {"args": params}
    result: Any = None
    for number, step in enumerate(program, 1):
        args = _fill(step.get("args") or {}, known)
        result = _step(world, user, app_id, str(step["op"]), args if isinstance(args, dict) else {})
        known[str(step.get("id") or f"s{number}")] = result
        if trace is not None:
            trace.append({"step": step.get("id") or f"s{number}", "op": step["op"], "ok": True, "result": result})
    return result


def _step(world: World, user: Doc, app_id: str, op: str, args: Doc) -> Any:
    """Do one operation on the app's documents of that user; any other is answered as its filled-in arguments."""
    kind, records = str(args.get("kind", "items")), world.state["records"]
    key = {"app_id": app_id, "user_id": user["imperal_id"], "collection": kind}
    data = args.get("data")
    if op == "store.create":
        return _shown(_records.put(world, **key, data=data if isinstance(data, dict) else {}, prefix="rec_"))
    where, ids = args.get("where"), args.get("ids", [args["id"]] if "id" in args else None)
    matching = [
        one
        for one in islice(records.newest(**key), MOST)
        if (not isinstance(ids, list) or one["id"] in ids)
        and (not isinstance(where, dict) or _records.fits(one, where))
    ]
    if op == "store.list":
        limit = args.get("limit")
        return [_shown(one) for one in matching[: limit if type(limit) is int and limit > 0 else MOST]]
    if op == "store.get":
        return _shown(matching[0]) if matching else None
    if op == "store.update":
        changes = args.get("set")
        return [_shown(_records.merge(world, one, changes if isinstance(changes, dict) else {})) for one in matching]
    if op == "store.delete":
        if ids is None and where is None:
            raise FunctionError("store.delete needs id, ids or where.")
        return [records.remove(one["id"])["id"] for one in matching]
    return {"op": op, "args": args}


def _shown(record: Doc) -> Doc:
    return {**record["data"], "id": record["id"]}


def _fill(value: Any, known: Doc) -> Any:
    if isinstance(value, str):
        whole = _HOLE.fullmatch(value.strip())
        return _found(whole[1], known) if whole else _HOLE.sub(lambda hole: str(_found(hole[1], known)), value)
    if isinstance(value, dict):
        return {name: _fill(part, known) for name, part in value.items()}
    return [_fill(part, known) for part in value] if isinstance(value, list) else value


def _found(path: str, known: Doc) -> Any:
    held: Any = known
    for part in path.split("."):
        held = held.get(part, "") if isinstance(held, dict) else ""
    return held
