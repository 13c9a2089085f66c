"""What the functions of apps do: the platform's own, and a believable stand-in for everybody else's.

A function takes the world, the user, the app and its parameters, and returns ``(data, summary)``; it fails by
raising ``FunctionError`` with a sentence for the user.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jsonschema_rs

from mockserver.auth_gateway import _money
from mockserver.kit import Doc, World

Performed = tuple[Any, str | None]
RECENT = 10


class FunctionError(Exception):
    """A function that could not do what it was asked; the message is for the user."""


def perform(world: World, user: Doc, app: Doc, declared: Doc, params: Doc) -> Performed:
    """Run a declared function with its parameters checked against its own schema."""
    schema = declared["params_schema"]
    if schema:
        error = next(jsonschema_rs.validator_for(schema).iter_errors(params), None)
        if error is not None:
            raise FunctionError(f"params: {error.message}")
    known = PLATFORM.get((app["app_id"], declared["name"]))
    if known is not None:
        return known(world, user, params)
    return _stand_in(world, user, app, declared, params)


def meter(world: World, user_id: str, name: str, quantity: int = 1) -> None:
    """Add to a usage counter of a user's current month."""
    period = world.clock.stamp()[:7]
    meters = world.state["meters"]
    key = f"{user_id}:{period}:{name}"
    held = meters.get(key)
    if held is None:
        meters.add({"id": key, "user_id": user_id, "period": period, "meter": name, "used": quantity})
    else:
        meters.update(key, used=held["used"] + quantity)


# -- the platform's own apps ---------------------------------------------------------------------------------------


def _get_balance(world: World, user: Doc, _params: Doc) -> Performed:
    view = _money.wallet_view(world, user["imperal_id"])
    return view, f"Your balance is {view['balance']} tokens."


def _list_plans(world: World, _user: Doc, _params: Doc) -> Performed:
    plans = [{name: plan[name] for name in ("id", "name", "price", "interval")} for plan in world.state["plans"]]
    return {"plans": plans}, f"{len(plans)} plans are available."


def _list_recent(world: World, user: Doc, params: Doc) -> Performed:
    limit = params.get("limit", RECENT)
    entries = world.state["ledger"].page(0, limit, user_id=user["imperal_id"])
    shown = [{name: one[name] for name in ("id", "amount", "reason", "created_at")} for one in entries]
    return {"entries": shown}, f"{len(shown)} recent wallet entries."


def _deploy_ir(world: World, user: Doc, params: Doc) -> Performed:
    """Register a declarative IR and answer its DeployReceipt, as the API map prints it."""
    app_id, ir = params["app_id"], params["ir_dict"]
    if ir.get("app_id", app_id) != app_id:
        raise FunctionError("ir_dict.app_id differs from app_id.")
    app = world.state["apps"].get(app_id)
    if app is not None:
        developer = world.state["developers"].get(user["imperal_id"])
        if developer is None or app["developer_id"] != developer["developer_id"]:
            raise FunctionError(f"{app_id} belongs to another developer.")
    receipt = {
        "app_id": app_id,
        "deployed_at": world.clock.stamp(),
        "steps_registered": len(ir.get("steps", ())),
        "ir_version": ir.get("version", "0.0.0"),
    }
    world.state["records"].put(
        {
            "id": f"developer:{user['imperal_id']}:{app_id}",
            "app_id": "developer",
            "user_id": user["imperal_id"],
            "collection": "ir",
            "data": {"receipt": receipt, "ir": ir},
        }
    )
    return receipt, "IR deployed"


def _smoke_ir(world: World, user: Doc, params: Doc) -> Performed:
    held = world.state["records"].get(f"developer:{user['imperal_id']}:{params['app_id']}")
    if held is None:
        raise FunctionError(f"No IR of {params['app_id']} is deployed; call deploy_ir first.")
    steps = held["data"]["ir"].get("steps", ())
    passed = [{"step": step.get("id", str(number)), "ok": True} for number, step in enumerate(steps)]
    return {"app_id": params["app_id"], "passed": True, "steps": passed}, f"{len(passed)} steps passed."


PLATFORM: dict[tuple[str, str], Callable[[World, Doc, Doc], Performed]] = {
    ("billing", "get_balance"): _get_balance,
    ("billing", "list_plans"): _list_plans,
    ("billing", "list_recent"): _list_recent,
    ("developer", "deploy_ir"): _deploy_ir,
    ("developer", "smoke_ir"): _smoke_ir,
}


# -- everybody else's ----------------------------------------------------------------------------------------------


def _stand_in(world: World, user: Doc, app: Doc, declared: Doc, params: Doc) -> Performed:
    """Keep documents per user and app: a write stores what it was given, a read lists it, a delete takes it away.

    The collection is the last word of the function's name (``create_note`` and ``list_notes`` share ``note``).
    """
    verb, _, noun = declared["name"].partition("_")
    collection = (noun or verb).removesuffix("s") or verb
    key = {"app_id": app["app_id"], "user_id": user["imperal_id"], "collection": collection}
    records = world.state["records"]
    kind = declared["action_type"]
    if kind == "read":
        held = [dict(one["data"], id=one["id"]) for one in records.newest(**key)]
        search = params.get("query") or params.get("search")
        if isinstance(search, str):
            held = [one for one in held if search.lower() in str(one).lower()]
        held = held[: params["limit"]] if isinstance(params.get("limit"), int) else held
        return {"items": held, "total": len(held)}, f"{len(held)} found."
    if kind == "destructive":
        wanted = params.get("id") or params.get(f"{collection}_id")
        found = records.get(wanted) if isinstance(wanted, str) else None
        if found is None or any(found[name] != value for name, value in key.items()):
            raise FunctionError(f"There is no {collection} {wanted!r}.")
        records.remove(found["id"])
        return {"id": found["id"], "deleted": True}, f"The {collection} is deleted."
    made = records.add({"id": world.ids.new(f"{collection}_", 10), **key, "data": params})
    return {"id": made["id"], **params}, f"The {collection} is saved."
