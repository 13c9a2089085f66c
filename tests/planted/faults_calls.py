"""Faults of what a person sees and does: nickname, apps, settings, calls, webhooks of apps and event streams."""

from __future__ import annotations

from typing import Any

from specdouble.mock.pipeline.call import Call, Caller
from specdouble.mock.pipeline.problems import Problem
from specdouble.packs.imperal.mockserver.auth_gateway.apps import _apps, _calls
from specdouble.packs.imperal.mockserver.auth_gateway.identity import _access, _settings
from specdouble.packs.imperal.mockserver.auth_gateway.money import _money
from specdouble.packs.imperal.mockserver.auth_gateway.rights import _trail
from tests.conftest import Client
from tests.planted.fault import gateway
from tests.planted.gates import strips
from tests.planted.makers import (
    accepts,
    after,
    around,
    before,
    body,
    drop,
    field,
    keeps,
    loses,
    put,
    refuses,
    rename,
    skips,
    store,
    stores,
    swap,
    unread,
)  # fmt: skip
from tests.planted.witness import ADA, KATHERINE, MARGARET, Witness, names, ok

add = gateway.add


def refuse(code: int) -> Any:
    raise Problem(code, "Refused.")


# -- nickname, apps, settings ----------------------------------------------------------------------------------------

NICK, SETNICK, APPS = "GET /v1/me/nickname", "PUT /v1/me/nickname", "GET /v1/me/extensions"
OFF, ON = "POST /v1/me/extensions/disable", "DELETE /v1/me/extensions/disable/{app_id}"


def nick(w: Witness, name: str = "countess") -> Any:
    reply = w.ada.put("/v1/me/nickname", {"nickname": name})
    return reply.status, ok(w.ada.get("/v1/me/nickname"))["nickname"]


def mine(client: Client) -> dict[str, Any]:
    return {one["app_id"]: one for one in ok(client.get("/v1/me/extensions"))}


add("me-nickname-of-first-user", "isolation", NICK, "Everybody has the nickname of one person.",
    put("nickname", "ada"), lambda w: ok(w.grace.get("/v1/me/nickname")))  # fmt: skip
add("me-nickname-empty", "null", NICK, "Who has no nickname has an empty one.",
    field("nickname", lambda text: text or False), lambda w: ok(w.katherine.get("/v1/me/nickname")))  # fmt: skip
add("me-nickname-lost", "persistence", SETNICK, "A nickname is answered and not stored.", loses("users"), nick)
add("me-nickname-taken", "duplicates", SETNICK, "Two people have one nickname.",
    store("users", first=lambda self, **_equals: None), lambda w: nick(w, "grace")[0])  # fmt: skip
add("me-nickname-two-letters", "bounds", SETNICK, "A nickname of 2 characters is accepted.",
    body("nickname", pattern=r"^[a-z0-9][a-z0-9_-]{0,28}[a-z0-9]$"), lambda w: nick(w, "ab")[0])  # fmt: skip
add("me-nickname-thirty", "bounds", SETNICK, "A nickname of 30 characters is refused.",
    body("nickname", pattern=r"^[a-z0-9][a-z0-9_-]{1,27}[a-z0-9]$"), lambda w: nick(w, "a" * 30)[0])  # fmt: skip
add("me-nickname-capitals", "validation", SETNICK, "A nickname may hold capitals and blanks.",
    body("nickname", pattern=None), lambda w: nick(w, "Lady Ada")[0])  # fmt: skip
add("me-nickname-no-developer-page", "effects", "GET /v1/developer/profile", "A new nickname is not in the profile.",
    put("nickname", "margaret"),
    lambda w: (w.margaret.put("/v1/me/nickname", {"nickname": "apollo"}),
               ok(w.margaret.get("/v1/developer/profile"))["nickname"])[1])  # fmt: skip
add("me-nickname-delete", "methods", NICK, "DELETE on the nickname is a server error.",
    accepts("DELETE", lambda _call: 1 / 0), lambda w: w.ada.delete("/v1/me/nickname").status)  # fmt: skip
add("me-apps-of-everybody", "isolation", APPS, "The apps of another person are listed.",
    before(lambda call: setattr(call, "caller", Caller("user", call.state["users"].get(MARGARET)))),
    lambda w: sorted(mine(w.ada)))  # fmt: skip
add("me-apps-disabled-unmarked", "field", APPS, "is_disabled is always false.",
    put("[].is_disabled", False), lambda w: mine(w.radia)["notes"]["is_disabled"])  # fmt: skip
add("me-apps-without-functions", "field", APPS, "Apps are listed without their functions.",
    drop("[].functions"), lambda w: sorted(mine(w.ada)["tasks-board"]))  # fmt: skip
add("me-apps-function-names", "field", APPS, "Functions are called by their label.",
    rename("[].functions.[].name", "label"), lambda w: sorted(mine(w.ada)["tasks-board"]["functions"][0]))  # fmt: skip
add("me-apps-off-lost", "persistence", OFF, "Switching an app off is answered and forgotten.",
    loses("disabled"), lambda w: (_off(w), mine(w.ada)["tasks-board"]["is_disabled"]))  # fmt: skip
add("me-apps-off-uninstalled", "validation", OFF, "An app that is not installed is switched off.",
    around(lambda call, inner: _access.switch_off(call.world, call.user_id, call.body["app_id"])),
    lambda w: w.ada.post("/v1/me/extensions/disable", {"app_id": "site-watch"}).status)  # fmt: skip
add("me-apps-off-everybody", "isolation", OFF, "The app is switched off for another person too.",
    swap(_access, "switch_off", lambda inner, world, user_id, app_id: (
        [inner(world, one["imperal_id"], app_id) for one in list(world.state["users"])],
        inner(world, user_id, app_id))[1]),
    lambda w: (_off(w), mine(w.katherine)["tasks-board"]["is_disabled"]))  # fmt: skip
add("me-apps-off-still-callable", "effects", "POST /v1/extensions/{app_id}/call", "A switched-off app can be called.",
    skips(_apps, "disabled", False), lambda w: (_off(w), call(w).status))  # fmt: skip
add("me-apps-on-stays-off", "persistence", ON, "An app that was switched on stays off.",
    keeps("disabled"),
    lambda w: (_off(w), w.ada.delete("/v1/me/extensions/disable/tasks-board").status, call(w).status))  # fmt: skip
add("me-apps-on-twice", "states", ON, "Switching on an app that is on is a success.",
    around(lambda call, inner: inner(call) if _apps.disabled(call.world, call.user_id, call.params["app_id"])
           else {"app_id": call.params["app_id"], "is_disabled": False}),
    lambda w: w.ada.delete("/v1/me/extensions/disable/tasks-board").status)  # fmt: skip


def _off(w: Witness) -> int:
    return w.ada.post("/v1/me/extensions/disable", {"app_id": "tasks-board"}).status


READ, SAVE = "GET /v1/me/settings", "PATCH /v1/me/settings"


def settings(client: Client) -> Any:
    return ok(client.get("/v1/me/settings"))["settings"]


def save(w: Witness, **sent: Any) -> Any:
    return w.ada.patch("/v1/me/settings", sent).status, settings(w.ada)


add("settings-tenant-ignored", "effects", READ, "The defaults of the tenant are not inherited.",
    swap(_settings, "resolved", lambda inner, world, user: inner(world, {**user, "tenant_id": "none"})),
    lambda w: settings(w.joan)["max_tool_rounds"])  # fmt: skip
add("settings-own-ignored", "persistence", READ, "A person's own values are not shown.",
    swap(_settings, "resolved", lambda inner, world, user: inner(world, {**user, "imperal_id": "none"})),
    lambda w: settings(w.ada)["max_response_tokens"])  # fmt: skip
add("settings-flat", "field", READ, "The settings are not wrapped.",
    after(lambda _call, shown: shown["settings"]), lambda w: sorted(ok(w.ada.get("/v1/me/settings")))[0])  # fmt: skip
add("settings-patch-replaces", "persistence", SAVE, "A change takes all other values back.",
    stores("settings", values=lambda values: dict(list(values.items())[-1:])),
    lambda w: save(w, kav_max_retries=5))  # fmt: skip
add("settings-patch-lost", "persistence", SAVE, "A change is answered and not stored.",
    loses("settings"), lambda w: save(w, kav_max_retries=5))  # fmt: skip
add("settings-patch-null-kept", "persistence", SAVE, "Null does not take a value back.",
    before(lambda call: setattr(call, "body", {n: v for n, v in call.body.items() if v is not None})),
    lambda w: save(w, max_response_tokens=None))  # fmt: skip
add("settings-patch-shared", "isolation", SAVE, "A change reaches the settings of another person.",
    swap(_settings, "change", lambda inner, world, user, given: (
        inner(world, {**user, "imperal_id": KATHERINE}, given), inner(world, user, given))[1]),
    lambda w: (save(w, kav_max_retries=5)[0], settings(w.katherine)["kav_max_retries"]))  # fmt: skip
add("settings-patch-ttl-0", "bounds", SAVE, "A confirmation may live 0 seconds.",
    body("confirmation_ttl", minimum=0), lambda w: save(w, confirmation_ttl=0)[0])  # fmt: skip
add("settings-patch-any-type", "validation", SAVE, "A number is taken for a switch.",
    body("confirmation_enabled", type=None, anyOf=None),
    lambda w: save(w, confirmation_enabled="maybe")[0])  # fmt: skip

# -- calling functions -----------------------------------------------------------------------------------------------

CALL, BATCH = "POST /v1/extensions/{app_id}/call", "POST /v1/extensions/{app_id}/batch"
OPERATE = "POST /v1/extensions/{app_id}/operate"
B = "/v1/billing"


def call(w: Witness, function: str = "list_tasks", app: str = "tasks-board", **more: Any) -> Any:
    return w.ada.post(f"/v1/extensions/{app}/call", {"user_id": ADA, "function": function, **more})


def batch(w: Witness, *functions: str) -> Any:
    calls = [{"function": name, "params": {"title": "t"}} for name in functions]
    return w.ada.post("/v1/extensions/tasks-board/batch", {"user_id": ADA, "calls": calls})


def operate(w: Witness, function: str, app: str = "tasks-board", **more: Any) -> Any:
    return w.ada.post(f"/v1/extensions/{app}/operate", {"user_id": ADA, "function": function, **more})


def actions(w: Witness) -> int:
    return ok(w.ada.get("/v1/actions"))["total"]


def spent(w: Witness) -> Any:
    """A priced call: what it took from the wallet, what it brought its developer, and whether it is on record."""
    wallet, earned = ok(w.ada.get(f"{B}/balance"))["balance"], _earned(w)
    recorded = actions(w)
    reply = call(w, "create_task", params={"title": "Count"})
    rows = ok(w.ada.get(f"{B}/wallet/history?limit=200"))
    now = ok(w.ada.get(f"{B}/balance"))["balance"]
    return reply.status, wallet - now, _earned(w) - earned, actions(w) - recorded, now == sum(names(rows, "amount"))


def _earned(w: Witness) -> int:
    return ok(w.barbara.get("/v1/developer/earnings"))["total_earnings"]


add("calls-for-others", "isolation", CALL, "The user in the body need not be the caller.",
    swap(_calls, "require_access", lambda _inner, call: _apps.require_usable(
        call.world, call.user_id, call.params["app_id"])),
    lambda w: call(w, user_id=MARGARET).status)  # fmt: skip
add("calls-failure-is-502", "status", CALL, "A function that fails is HTTP 502.",
    after(lambda _call, shown: shown if shown["status"] == "success" else refuse(502)),
    lambda w: call(w, "no_function").status)  # fmt: skip
add("calls-failure-is-success", "enum", CALL, "A function that fails says success.",
    put("status", "success"), lambda w: call(w, "no_function").json["status"])  # fmt: skip
add("calls-error-on-success", "null", CALL, "A success comes with an empty error.",
    field("error", lambda text: text or "none"), lambda w: call(w).json["error"])  # fmt: skip
add("calls-unrecorded", "effects", CALL, "A call leaves no action record.",
    store("actions", add=lambda self, doc: doc), spent)  # fmt: skip
add("calls-failure-unrecorded", "effects", CALL, "A failing call leaves no action record.",
    swap(_trail, "record_action", lambda inner, world, user, app_id, name, **more: inner(
        world, user, app_id, name, **more) if not more.get("error") else {"tool_name": name, "trace_id": "tr"}),
    lambda w: (start := actions(w), call(w, "no_function"), actions(w) - start)[2])  # fmt: skip
add("calls-free-of-charge", "ledger", CALL, "A priced call costs nothing.",
    skips(_money, "debit"), spent)  # fmt: skip
add("calls-charged-twice", "ledger", CALL, "A priced call is charged twice.",
    swap(_money, "debit", lambda inner, *a, **n: (inner(*a, **n), inner(*a, **n))[1]), spent)  # fmt: skip
add("calls-nothing-earned", "effects", CALL, "A priced call earns its developer nothing.",
    skips(_money, "accrue"), spent)  # fmt: skip
add("calls-share-rounded-up", "rounding", CALL, "The developer's share is rounded up.",
    swap(_money, "accrue", lambda inner, *args: _rounded_up(inner, *args)), spent)  # fmt: skip
add("calls-overdraw", "ledger", CALL, "A wallet is overdrawn.",
    skips(_money, "require_balance"),
    lambda w: (w.ada.post("/v1/marketplace/apps/expense-radar/install", {}),
               call(w, "scan_archive", "expense-radar").status)[1])  # fmt: skip
add("calls-poor-is-409", "status", CALL, "A wallet that cannot pay is 409.",
    refuses(402, 409),
    lambda w: (w.ada.post("/v1/marketplace/apps/expense-radar/install", {}),
               call(w, "scan_archive", "expense-radar").status)[1])  # fmt: skip
add("calls-uninstalled", "states", CALL, "An app that is not installed can be called.",
    skips(_apps, "installed", True), lambda w: call(w, "list_notes", "notes").status)  # fmt: skip
add("calls-unknown-app-200", "status", CALL, "An app that is not there is answered as a success.",
    around(lambda call, inner: inner(call) if call.params["app_id"] in call.state["apps"]
           else {"status": "error", "data": None, "summary": None, "error": "no app", "ui": None}),
    lambda w: call(w, "x", "no-app").status)  # fmt: skip
add("calls-effect-lost", "persistence", CALL, "What a function saves is not kept.",
    loses("records"),
    lambda w: (start := call(w).json["data"]["total"], call(w, "create_task", params={"title": "t"}),
               call(w).json["data"]["total"] - start)[2])  # fmt: skip
add("calls-function-missing-500", "500", CALL, "A call without a function is a crash.",
    body("function", required=False),
    lambda w: w.ada.post("/v1/extensions/tasks-board/call", {"user_id": ADA}).status)  # fmt: skip
add("calls-acting-user-ignored", "auth", CALL, "A service that acts for a user is refused.",
    strips("x-acting-user"),
    lambda w: w.service(ADA).post("/v1/extensions/tasks-board/call", {
        "user_id": ADA, "function": "list_tasks"}).status)  # fmt: skip
add("batch-stops", "effects", BATCH, "A batch ends with its first failure.",
    after(lambda _call, rows: rows[: 1 + next((i for i, row in enumerate(rows) if row["error"]), len(rows))]),
    lambda w: len(batch(w, "list_tasks", "no_function", "list_tasks").json))  # fmt: skip
add("batch-reversed", "pagination", BATCH, "The results of a batch come in another order.",
    after(lambda _call, rows: rows[::-1]),
    lambda w: names(batch(w, "list_tasks", "no_function").json, "status"))  # fmt: skip
add("batch-empty-422", "bounds", BATCH, "An empty batch is refused.",
    around(lambda call, inner: inner(call) if call.body["calls"] else refuse(422)),
    lambda w: batch(w).status)  # fmt: skip
add("batch-unrecorded", "effects", BATCH, "A batch leaves no action record.",
    store("actions", add=lambda self, doc: doc),
    lambda w: (start := actions(w), batch(w, "list_tasks", "list_tasks"), actions(w) - start)[2])  # fmt: skip
add("batch-charges-failures", "ledger", BATCH, "Each item of a batch is charged a token more.",
    swap(_money, "debit", lambda inner, world, user_id, amount, *a, **n: inner(world, user_id, amount + 1, *a, **n)),
    lambda w: (start := ok(w.ada.get(f"{B}/balance"))["balance"], batch(w, "create_task", "create_task"),
               start - ok(w.ada.get(f"{B}/balance"))["balance"])[2])  # fmt: skip
add("operate-bypass-ignored", "states", OPERATE, "A given consent is ignored.",
    unread("confirmation_bypassed"),
    lambda w: operate(w, "delete_task", params={"task_id": "task_item_001"}, confirmation_bypassed=True)
    .json["kind"])  # fmt: skip
add("operate-money-released", "states", OPERATE, "A function that moves money runs with a given consent.",
    skips(_calls, "moves_money", False),
    lambda w: operate(w, "topup", "billing", params={"tokens": 5000}, confirmation_bypassed=True)
    .json["kind"])  # fmt: skip
add("operate-kind", "enum", OPERATE, "The kind of a result is result.",
    field("kind", lambda text: text.removeprefix("tool_")),
    lambda w: operate(w, "list_tasks").json["kind"])  # fmt: skip
add("operate-holds-nothing", "persistence", OPERATE, "A confirmation that was answered is not there.",
    loses("confirmations"),
    lambda w: w.ada.get("/v1/confirmations/" + operate(
        w, "delete_task", params={"task_id": "task_item_001"}).json["confirmation_id"]).status)  # fmt: skip
add("operate-runs-and-holds", "states", OPERATE, "A held function has run already.",
    around(lambda call, inner: _run_anyway(call, inner)),
    lambda w: (operate(w, "delete_task", params={"task_id": "task_item_001"}).status,
               call(w).json["data"]["total"]))  # fmt: skip


def _run_anyway(call: Call, inner: Any) -> Any:
    result = inner(call)
    if result["kind"] == "confirmation":
        app = call.state["apps"].get(call.params["app_id"])
        _calls.run(call.world, call.user, app, call.body["function"], call.body["params"])
    return result


def _rounded_up(inner: Any, world: Any, app: Any, action: Any, price: int) -> None:
    inner(world, app, action, price)
    share, last = -(-price * app["revenue_split_dev"] // 100), list(world.state["earnings"])[-1]
    world.state["earnings"].update(last["id"], developer_share=share, platform_share=price - share)
