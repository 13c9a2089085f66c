"""Faults of confirmations, tasks, the ledger of actions and automation rules."""

from __future__ import annotations

from typing import Any

from specdouble.mock.pipeline.call import Call, Caller
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.collections import Store
from specdouble.packs.imperal.mockserver.auth_gateway.work import _action_log, _confirmations, _mine, _tasks
from specdouble.packs.imperal.mockserver.auth_gateway.work import tasks as task_room
from tests.conftest import Client
from tests.planted.fault import gateway
from tests.planted.gates import any_role, anybody, forgives, whole_service
from tests.planted.makers import (
    after,
    around,
    before,
    body,
    both,
    crash,
    drop,
    edit,
    field,
    ignores,
    instead,
    loses,
    null,
    put,
    query,
    skips,
    status,
    store,
    stores,
    swap,
    unread,
    value,
)  # fmt: skip
from tests.planted.witness import ADA, MARGARET, Witness, names, ok

add = gateway.add


def refuse(code: int) -> Any:
    raise Problem(code, "Refused.")


def _anybodys(_inner: Any, call: Call, collection: str, key: Any, what: str, where: str) -> Any:
    """Read a document of anybody by id."""
    return call.state[collection].get(key) or refuse(404)


# -- confirmations ---------------------------------------------------------------------------------------------------

ACTIVE, READ = "GET /v1/confirmations/active", "GET /v1/confirmations/{confirmation_id}"
CONFIRM, CANCEL = (f"POST /v1/confirmations/{{confirmation_id}}/{one}" for one in ("confirm", "cancel"))
C = "/v1/confirmations"
LEMONS, THEIRS = "conf_ada_lemons", "conf_margaret_draft"


def waiting(client: Client) -> list[str]:
    return names(ok(client.get(f"{C}/active"))["confirmations"], "confirmation_id")


def board(w: Witness) -> int:
    sent = {"user_id": ADA, "function": "list_tasks"}
    return ok(w.ada.post("/v1/extensions/tasks-board/call", sent))["data"]["total"]


def settled(w: Witness, verb: str) -> Any:
    """Settle Ada's confirmation, then try again: the responses, and what is left of the thing it is about."""
    first, again = (w.ada.post(f"{C}/{LEMONS}/{verb}") for _ in range(2))
    return first.status, again.status, ok(w.ada.get(f"{C}/{LEMONS}"))["status"], board(w), waiting(w.ada)


add("confirmations-active-everybodys", "isolation", ACTIVE, "The pending confirmations of all people are listed.",
    store("confirmations", newest=lambda self, **e: Store.newest(self, status=e["status"])),
    lambda w: waiting(w.ada))  # fmt: skip
add("confirmations-active-settled-too", "filters", ACTIVE, "Settled confirmations are listed as active.",
    store("confirmations", newest=lambda self, **e: Store.newest(self, user_id=e["user_id"])),
    lambda w: waiting(w.ada))  # fmt: skip
add("confirmations-active-empty", "filters", ACTIVE, "No confirmation is ever active.",
    put("confirmations", []), lambda w: waiting(w.ada))  # fmt: skip
add("confirmations-read-others", "isolation", READ, "Anybody reads anybody's confirmation.",
    swap(_mine, "require", _anybodys), lambda w: w.ada.get(f"{C}/{THEIRS}").status)  # fmt: skip
add("confirmations-read-status", "enum", READ, "A pending confirmation is called open.",
    field("status", lambda text: text.replace("pending", "open")),
    lambda w: ok(w.ada.get(f"{C}/{LEMONS}"))["status"])  # fmt: skip
add("confirmations-read-calls-null", "null", READ, "The held calls are null.",
    null("calls"), lambda w: ok(w.ada.get(f"{C}/{LEMONS}"))["calls"])  # fmt: skip
add("confirmations-read-expiry-missing", "field", READ, "expires_at is left out.",
    drop("expires_at"), lambda w: sorted(ok(w.ada.get(f"{C}/{LEMONS}"))))  # fmt: skip
add("confirmations-confirm-others", "isolation", CONFIRM, "Anybody confirms anybody's action.",
    swap(_mine, "require", _anybodys), lambda w: w.ada.post(f"{C}/{THEIRS}/confirm").status)  # fmt: skip
add("confirmations-confirm-runs-nothing", "effects", CONFIRM, "A confirmed action does not run.",
    skips(_confirmations, "_run", {"status": "success", "data": None, "summary": None, "error": None, "ui": None}),
    lambda w: settled(w, "confirm"))  # fmt: skip
add("confirmations-confirm-again", "idempotency", CONFIRM, "A settled confirmation runs again.",
    skips(_confirmations, "require_pending"), lambda w: settled(w, "confirm"))  # fmt: skip
add("confirmations-confirm-stays-pending", "persistence", CONFIRM, "A confirmed action stays pending.",
    stores("confirmations", status="pending"), lambda w: settled(w, "confirm"))  # fmt: skip
add("confirmations-confirm-unrecorded", "effects", CONFIRM, "A confirmed action is not on record.",
    store("actions", add=lambda self, doc: doc),
    lambda w: (start := ok(w.ada.get("/v1/actions"))["total"], w.ada.post(f"{C}/{LEMONS}/confirm"),
               ok(w.ada.get("/v1/actions"))["total"] - start)[2])  # fmt: skip
add("confirmations-confirm-money", "states", CONFIRM, "An action that moves money is confirmed without the panel.",
    before(lambda call: _unpanel(call)),
    lambda w: w.ada.post(f"{C}/" + ok(w.ada.post("/v1/extensions/billing/operate", {
        "user_id": ADA, "function": "topup", "params": {"tokens": 5000}}))["confirmation_id"] + "/confirm").status,
)  # fmt: skip
add("confirmations-confirm-expired", "states", CONFIRM, "An expired confirmation still runs.",
    before(lambda call: call.state["confirmations"].update(call.params["confirmation_id"], status="pending", panel=0)),
    lambda w: w.ada.post(f"{C}/conf_ada_topup/confirm").status)  # fmt: skip
add("confirmations-confirm-201", "status", CONFIRM, "Confirming answers 201.",
    status(201), lambda w: w.ada.post(f"{C}/{LEMONS}/confirm").status)  # fmt: skip
add("confirmations-cancel-runs", "states", CANCEL, "A cancelled action runs.",
    around(lambda call, inner: (held := call.state["confirmations"].get(call.params["confirmation_id"]), inner(call), [
        _confirmations._run(call.world, call.user, one, approved=False) for one in held["calls"]])[1]),
    lambda w: settled(w, "cancel"))  # fmt: skip
add("confirmations-cancel-lost", "persistence", CANCEL, "A cancellation is not stored.",
    loses("confirmations"), lambda w: settled(w, "cancel"))  # fmt: skip
add("confirmations-cancel-spelling", "enum", CANCEL, "The status is spelt canceled.",
    put("status", "canceled"), lambda w: ok(w.ada.post(f"{C}/{LEMONS}/cancel"))["status"])  # fmt: skip
add("confirmations-cancel-others", "isolation", CANCEL, "Anybody cancels anybody's action.",
    swap(_mine, "require", _anybodys),
    lambda w: (w.ada.post(f"{C}/{THEIRS}/cancel").status, waiting(w.margaret)))  # fmt: skip


def _unpanel(call: Call) -> None:
    held = call.state["confirmations"].get(call.params["confirmation_id"])
    if held and held["panel"]:
        call.state["confirmations"].update(held["confirmation_id"], panel=False)


# -- tasks -----------------------------------------------------------------------------------------------------------

TACTIVE, TREAD, TCANCEL = "GET /v1/tasks/active", "GET /v1/tasks/{task_id}", "POST /v1/tasks/{task_id}/cancel"
T = "/v1/tasks"


def active(client: Client, text: str = "") -> Any:
    reply = client.get(f"{T}/active{text}")
    return sorted(names(reply.json["tasks"], "task_id")) if reply.status == 200 else "refused"


def stop(w: Witness, task_id: str) -> Any:
    reply = w.ada.post(f"{T}/{task_id}/cancel")
    return reply.status, ok(w.ada.get(f"{T}/{task_id}"))["status"], active(w.ada)


add("tasks-active-everybodys", "isolation", TACTIVE, "The tasks of all people are listed.",
    swap(_tasks, "active", lambda inner, world, _user: [t for u in world.state["users"] for t in inner(
        world, u["imperal_id"])]), lambda w: active(w.ada))  # fmt: skip
add("tasks-active-names-others", "isolation", TACTIVE, "A user asks for the tasks of another.",
    instead(
        lambda call: {"tasks": [task_room._shown(one) for one in _tasks.active(
            call.world, call.query["user_id"] or call.user_id)], "limit": 3}),
    lambda w: active(w.ada, f"?user_id={MARGARET}"))  # fmt: skip
add("tasks-active-ended-too", "filters", TACTIVE, "Ended tasks are listed as active.",
    swap(_tasks, "active", lambda _inner, world, user_id: list(world.state["tasks"].newest(user_id=user_id))),
    lambda w: active(w.ada))  # fmt: skip
add("tasks-active-queued-missing", "filters", TACTIVE, "Queued tasks are not listed.",
    edit(lambda shown: shown.update(tasks=[one for one in shown["tasks"] if one["status"] != "queued"])),
    lambda w: active(w.ada))  # fmt: skip
add("tasks-active-limit-text", "field", TACTIVE, "The limit is a text.",
    field("limit", str), lambda w: ok(w.ada.get(f"{T}/active"))["limit"])  # fmt: skip
add("tasks-read-others", "isolation", TREAD, "Anybody reads anybody's task.",
    swap(_mine, "require", _anybodys), lambda w: w.ada.get(f"{T}/task_margaret_build").status)  # fmt: skip
add("tasks-read-progress", "rounding", TREAD, "progress is a text with a per cent sign.",
    field("progress", lambda number: f"{number} %"),
    lambda w: ok(w.ada.get(f"{T}/task_ada_report"))["progress"])  # fmt: skip
add("tasks-read-status", "enum", TREAD, "A task that is done is called completed.",
    field("status", lambda text: text.replace("done", "completed")),
    lambda w: ok(w.ada.get(f"{T}/task_ada_import"))["status"])  # fmt: skip
add("tasks-read-unknown-500", "500", TREAD, "A task that is not there is a crash.",
    crash(lambda call: call.params["task_id"] not in call.state["tasks"]),
    lambda w: w.ada.get(f"{T}/task_nothing").status)  # fmt: skip
add("tasks-cancel-others", "isolation", TCANCEL, "Anybody stops anybody's task.",
    swap(_mine, "require", _anybodys), lambda w: w.ada.post(f"{T}/task_margaret_build/cancel").status)  # fmt: skip
add("tasks-cancel-lost", "persistence", TCANCEL, "A stopped task goes on.",
    loses("tasks"), lambda w: stop(w, "task_ada_export"))  # fmt: skip
add("tasks-cancel-ended", "states", TCANCEL, "A task that is done is stopped.",
    value(_tasks, "MOVES", dict.fromkeys(("queued", "running", "done", "failed", "cancelled"), ("cancelled",))),
    lambda w: stop(w, "task_ada_import"))  # fmt: skip
add("tasks-cancel-queued-refused", "states", TCANCEL, "A task that waits cannot be stopped.",
    value(_tasks, "MOVES", {"running": ("done", "failed", "cancelled")}),
    lambda w: stop(w, "task_ada_export"))  # fmt: skip
add("tasks-cancel-time-stands", "timestamps", TCANCEL, "updated_at of a stopped task stands still.",
    store("tasks", update=lambda self, key, /, **c: Store.update(
        self, key, **c, updated_at=(Store.get(self, key) or {})["updated_at"])),
    lambda w: (start := ok(w.ada.get(f"{T}/task_ada_export"))["updated_at"], stop(w, "task_ada_export"),
               ok(w.ada.get(f"{T}/task_ada_export"))["updated_at"] > start)[2])  # fmt: skip

# -- actions ---------------------------------------------------------------------------------------------------------

RECORD, LIST, STATS = "POST /v1/actions", "GET /v1/actions", "GET /v1/actions/stats"
ONE, OFAPP, MARKET = (
    "GET /v1/actions/{trace_id}",
    ("GET /v1/actions/stats/extension/{app_id}"),
    "GET /v1/actions/stats/marketplace/{app_id}",
)
DONE = {
    "trace_id": "tr_new_1", "user_id": ADA, "app_id": "notes", "tool_name": "create_note", "action_type": "write",
    "status": "success", "message_preview": "Note that", "duration_ms": 40,
}  # fmt: skip


def page(client: Client, text: str = "") -> Any:
    return ok(client.get(f"/v1/actions{text}"))


def recorded(w: Witness, **more: Any) -> Any:
    start = page(w.ada)["total"]
    reply = w.svc.post("/v1/actions", {**DONE, **more})
    shown = w.ada.get("/v1/actions/tr_new_1").json
    kept = [shown.get(name) for name in ("status", "message_preview", "duration_ms", "action_type", "error")]
    return reply.status, page(w.ada)["total"] - start, kept


add("actions-record-user", "service-token", RECORD, "Any user writes action records.",
    forgives(anybody, 401, 403), lambda w: w.ada.post("/v1/actions", DONE).status)  # fmt: skip
add("actions-record-anonymous", "service-token", RECORD, "Anybody writes action records.",
    forgives(whole_service, 401, 403), lambda w: w.post("/v1/actions", DONE).status)  # fmt: skip
add("actions-record-lost", "persistence", RECORD, "A record is acknowledged and not kept.",
    store("actions", add=lambda self, doc: doc), recorded)  # fmt: skip
add("actions-record-preview-lost", "persistence", RECORD, "The preview of a record is not kept.",
    unread("message_preview"), recorded)  # fmt: skip
add("actions-record-twice", "idempotency", RECORD, "The same trace_id makes a second record.",
    before(lambda call: call.body.update(trace_id=call.body["trace_id"] + "_2")
           if call.body["trace_id"] in call.state["actions"] else None),
    lambda w: (recorded(w), recorded(w)))  # fmt: skip
add("actions-record-not-overwritten", "idempotency", RECORD, "The same trace_id again changes nothing.",
    around(lambda call, inner: {"trace_id": call.body["trace_id"], "recorded": True}
           if call.body["trace_id"] in call.state["actions"] else inner(call)),
    lambda w: (recorded(w), recorded(w, status="failed"))[1])  # fmt: skip
add("actions-record-user-missing-500", "500", RECORD, "A record without a user is a crash.",
    body("user_id", required=False),
    lambda w: w.svc.post("/v1/actions", {n: v for n, v in DONE.items() if n != "user_id"}).status)  # fmt: skip
add("actions-list-kwargs", "validation", LIST, "A query parameter kwargs is required.",
    before(lambda call: None if "kwargs=" in call.text_query else refuse(422)),
    lambda w: w.ada.get("/v1/actions").status)  # fmt: skip
add("actions-list-everybodys", "isolation", LIST, "The actions of all people are listed.",
    store("actions", page=lambda self, offset, limit, /, **_e: Store.page(self, offset, limit)),
    lambda w: len({one["user_id"] for one in page(w.ada, "?per_page=200")["items"]}))  # fmt: skip
add("actions-list-page-ignored", "pagination", LIST, "Every page is the first.",
    before(lambda call: call.query.update(page=1)),
    lambda w: names(page(w.ada, "?per_page=2")["items"], "trace_id")
    == names(page(w.ada, "?per_page=2&page=2")["items"], "trace_id"))  # fmt: skip
add("actions-list-pages-overlap", "pagination", LIST, "Pages overlap by one record.",
    swap(_action_log, "page", lambda inner, world, user_id, q: _overlapping(inner, world, user_id, q)),
    lambda w: len({one for number in (1, 2, 3) for one in names(
        page(w.ada, f"?per_page=5&page={number}")["items"], "trace_id")}))  # fmt: skip
add("actions-list-total-unfiltered", "pagination", LIST, "total ignores the filters.",
    after(lambda call, shown: {**shown, "total": call.state["actions"].count(user_id=call.user_id)}),
    lambda w: (shown := page(w.ada, "?status=failed&per_page=200"),
               shown["total"] == len(shown["items"]))[1])  # fmt: skip
add("actions-list-status-ignored", "filters", LIST, "The filter on the status is ignored.",
    ignores("status"),
    lambda w: {one["status"] for one in page(w.ada, "?status=failed&per_page=200")["items"]})  # fmt: skip
add("actions-list-app-fixed", "filters", LIST, "The filter on the app always shows one and the same.",
    before(lambda call: call.query.update(app_id="notes") if call.query["app_id"] else None),
    lambda w: {one["app_id"] for one in page(w.ada, "?app_id=tasks-board&per_page=200")["items"]})  # fmt: skip
add("actions-list-search-ignored", "filters", LIST, "The search is ignored.",
    ignores("search"), lambda w: page(w.ada, "?search=no-such-words")["total"])  # fmt: skip
add("actions-list-oldest-first", "filters", LIST, "The oldest records come first.",
    store("actions", newest=lambda self, **e: Store.find(self, **e),
          page=lambda self, at, most, /, **e: list(Store.find(self, **e))[at:][:most]),
    lambda w: (times := names(page(w.ada, "?per_page=5")["items"], "created_at"),
               times == sorted(times, reverse=True))[1])  # fmt: skip
add("actions-list-per-page-200", "bounds", LIST, "200 records a page are refused.",
    query("per_page", maximum=100), lambda w: w.ada.get("/v1/actions?per_page=200").status)  # fmt: skip
add("actions-list-page-0", "bounds", LIST, "Page 0 is accepted.",
    both(before(lambda call: call.query.update(page=max(call.query["page"], 1))), query("page", minimum=0)),
    lambda w: w.ada.get("/v1/actions?page=0").status)  # fmt: skip
add("actions-list-source-shown", "field", LIST, "Records hold a field that the document lacks.",
    edit(lambda shown: [one.update(source="chat") for one in shown["items"]]),
    lambda w: sorted(page(w.ada)["items"][0]))  # fmt: skip
add("actions-stats-limit-of-user", "effects", STATS, "Everybody has the limit of a user.",
    put("limit", 500), lambda w: ok(w.grace.get("/v1/actions/stats"))["limit"])  # fmt: skip
add("actions-stats-all-time", "filters", STATS, "The month's figures hold everything there ever was.",
    put("period", "2020-01"), lambda w: ok(w.ada.get("/v1/actions/stats"))["period"][:4] == "2020")  # fmt: skip
add("actions-stats-blind", "effects", STATS, "The month's use does not grow with a call.",
    put("used", 0), lambda w: (board(w), ok(w.ada.get("/v1/actions/stats"))["used"] > 0)[1])  # fmt: skip
add("actions-read-others", "isolation", ONE, "Anybody reads anybody's action.",
    swap(_mine, "require", _anybodys),
    lambda w: w.ada.get(f"/v1/actions/{page(w.margaret)['items'][0]['trace_id']}").status)  # fmt: skip
add("actions-read-status-null", "null", ONE, "The status of a record is null.",
    null("status"), lambda w: ok(w.ada.get("/v1/actions/tr_ada_02"))["status"])  # fmt: skip
add("actions-app-any-developer", "isolation", OFAPP, "Any developer reads the figures of any app.",
    before(lambda call: setattr(call, "caller", Caller("user", call.state["users"].get(MARGARET)))
           if call.params["app_id"] == "notes" else None),
    lambda w: w.barbara.get("/v1/actions/stats/extension/notes").status)  # fmt: skip
add("actions-app-any-user", "auth", OFAPP, "Who is no developer reads the figures of an app.",
    both(any_role(), before(lambda call: setattr(call, "caller", Caller("user", call.state["users"].get(MARGARET))))),
    lambda w: w.ada.get("/v1/actions/stats/extension/notes").status)  # fmt: skip
add("actions-app-sum", "rounding", OFAPP, "completed and failed do not add up to the total.",
    field("completed", lambda count: count + 3),
    lambda w: (shown := ok(w.margaret.get("/v1/actions/stats/extension/notes")),
               shown["completed"] + shown["failed"] > shown["total_actions"])[1])  # fmt: skip
add("actions-market-user", "service-token", MARKET, "Any user reads the marketplace's figures.",
    forgives(anybody, 401, 403), lambda w: w.ada.get("/v1/actions/stats/marketplace/notes").status)  # fmt: skip
add("actions-market-percent", "rounding", MARKET, "The success rate is in per cent.",
    field("success_rate", lambda rate: rate * 100),
    lambda w: ok(w.svc.get("/v1/actions/stats/marketplace/notes"))["success_rate"] > 1)  # fmt: skip


def _overlapping(inner: Any, world: Any, user_id: str, query: Any) -> Any:
    shown = inner(world, user_id, query)
    if query["page"] > 1:
        before = inner(world, user_id, {**query, "page": query["page"] - 1})
        shown["items"] = [*before["items"][-1:], *shown["items"][:-1]]
    return shown
