"""Running a function of an app: price, effect, action record, confirmation.

The functions themselves stand in ``_functions``; here stands what is the same for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from specdouble.mock.kit import Call, Doc, Problem, World

from ..builtin import _billing_functions
from ..functions import _functions, _panels
from ..functions._outcomes import FunctionError
from ..identity import _settings
from ..money import _money, _usage
from ..rights import _trail
from ..rights._tenancy import HOME
from . import _apps

MONEY = frozenset((_billing_functions.FUNCTIONS.app_id, name) for name in _billing_functions.MONEY)
PANEL = "https://panel.imperal.io/approvals/"
LONGEST_TTL = 30 * 86400
UNAPPROVED = "This moves money and waits for an approval in the panel. POST …/operate asks for it."


@dataclass(slots=True)
class Outcome:
    """What a call answered (a CallResponse) and the action record it left."""

    result: Doc
    action: Doc


def require_access(call: Call) -> Doc:
    """Return the app of a call; refuses a ``user_id`` that is not the caller (C01) and an unusable app (C06)."""
    if call.body["user_id"] != call.user_id:
        raise Problem(403, "user_id must be the caller's own imperal_id. GET /v1/auth/me shows it.")
    own = call.user["tenant_id"]
    if call.body.get("tenant_id", HOME) not in (HOME, own):  # clients write "default" for everybody
        raise Problem(403, f"tenant_id must be your own tenant, which is {own!r}. GET /v1/auth/me shows it.")
    return _apps.require_usable(call.world, call.user_id, call.params["app_id"])


def moves_money(app: Doc, declared: Doc | None) -> bool:
    """Tell whether a function moves money: it then runs only after an approval in the panel (C08)."""
    return declared is not None and (app["app_id"], declared["name"]) in MONEY


def run(
    world: World, user: Doc, app: Doc, name: str, params: Doc, *, source: str = "chat", approved: bool = False
) -> Outcome:
    """Run one function for a user: take its price, do its effect, record it (rule C05).

    Refuses with 402 when the wallet cannot pay. A function that fails costs nothing and answers
    ``status: "error"`` (C02); so does one that moves money and was not ``approved`` in the panel.
    """
    declared = _apps.function(app, name) or _panels.function(app, name)
    price = _apps.price(app, name) if declared else 0
    if price:
        _money.require_balance(world, user["imperal_id"], price)
    error: str | None = None
    data: Any = None
    summary: str | None = None
    if declared is None:
        names = ", ".join(one["name"] for one in _apps.listed_functions(app)) or "none"
        error = f"{app['app_id']} has no function {name!r}; it has: {names}."
    elif moves_money(app, declared) and not approved:
        error = UNAPPROVED
    else:
        try:
            data, summary = _functions.perform(world, user, app, declared, params)
        except FunctionError as failure:
            error = str(failure)
    if error is not None:
        price = 0
    if price:
        _money.debit(world, user["imperal_id"], price, "deduct", description=name, app_id=app["app_id"])
        _usage.count(world, user["imperal_id"], "tokens", price)
    action = _trail.record_action(
        world,
        user,
        app["app_id"],
        name,
        action_type=declared["action_type"] if declared else "read",
        status="success" if error is None else "failed" if declared else "validation_rejected",
        error=error,
        message_preview=_trail.preview(name),
        result_preview=_trail.preview(summary),
        action_price=price,
        extension_price=price,
        source=source,
    )
    _usage.count(world, user["imperal_id"], "actions")
    if price:
        _money.accrue(world, app, action, price)
    result = {
        "status": "success" if error is None else "error",
        "data": data,
        "summary": summary,
        "error": error,
        "ui": data["ui"] if error is None and name.startswith(_panels.PREFIX) else None,
    }
    return Outcome(result, action)


def operate(world: World, user: Doc, app: Doc, name: str, params: Doc, *, bypassed: bool) -> Doc:
    """Run a function through the guarded executor and return an OperateResponse (C07, C08)."""
    declared = _apps.function(app, name) or _panels.function(app, name)
    kind = declared["action_type"] if declared else "read"
    if moves_money(app, declared):
        held = hold(world, user, app, name, params, kind, panel=True)
        return {
            "kind": "panel_approval_required",
            "confirmation_id": held["confirmation_id"],
            "panel_url": PANEL + held["confirmation_id"],
            "summary": held["description"],
        }
    if kind != "read" and not bypassed and _settings.confirms(world, user, kind, app["app_id"], name):
        held = hold(world, user, app, name, params, kind)
        return {"kind": "confirmation", "confirmation_id": held["confirmation_id"], "summary": held["description"]}
    outcome = run(world, user, app, name, params, source="mcp").result
    content = outcome["data"] if outcome["error"] is None else {"error": outcome["error"]}
    return {"kind": "tool_result", "content": content, "summary": outcome["summary"]}


def hold(world: World, user: Doc, app: Doc, name: str, params: Doc, kind: str, *, panel: bool = False) -> Doc:
    """Keep a call until its user confirms it; it expires after the user's ``confirmation_ttl``.

    ``panel`` holds it for an approval in the browser, which no API call can give (C08).
    """
    now = world.clock.now()
    ttl = min(max(_settings.value(world, user, "confirmation_ttl"), 0), LONGEST_TTL)
    confirmation = {
        "confirmation_id": world.ids.new("conf_", 12),
        "user_id": user["imperal_id"],
        "app_id": app["app_id"],
        "function": name,
        "action_type": "destructive" if kind == "destructive" else "write",
        "title": f"{app['name']}: {name}",
        "description": f"{app['name']} wants to run {name}.",
        "calls": [{"app_id": app["app_id"], "function": name, "params": params}],
        "status": "pending",
        "created_at": world.clock.stamp(now),
        "expires_at": world.clock.stamp(now + ttl),
        "resolved_at": None,
        "panel": panel,
    }
    world.state["confirmations"].add(confirmation)
    world.at(now + ttl, "confirmation.expire", confirmation_id=confirmation["confirmation_id"])
    world.emit(
        user["imperal_id"],
        "notification",
        {"kind": "confirmation", "confirmation_id": confirmation["confirmation_id"], "title": confirmation["title"]},
    )
    return confirmation
