"""Faults of plans, subscriptions, the wallet, its ledger and payments."""

from __future__ import annotations

from typing import Any

from specdouble.mock.pipeline.call import Caller
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.collections import Store
from specdouble.packs.imperal.mockserver.auth_gateway.money import _money, _payments, _purchases, _subscriptions, _usage
from tests.conftest import Client
from tests.planted.fault import gateway
from tests.planted.gates import forgives, strips
from tests.planted.makers import (
    accepts,
    after,
    around,
    before,
    body,
    both,
    crash,
    drop,
    field,
    ignores,
    loses,
    media,
    naive,
    null,
    on,
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
B = "/v1/billing"


def balance(client: Client) -> int:
    return ok(client.get(f"{B}/balance"))["balance"]


def ledger(client: Client, text: str = "") -> list[dict[str, Any]]:
    return ok(client.get(f"{B}/wallet/history{text}"))


def plan(client: Client) -> dict[str, Any]:
    return ok(client.get(f"{B}/subscription"))


def adds_up(client: Client) -> bool:
    return balance(client) == sum(one["amount"] for one in ledger(client, "?limit=200"))


# -- what there is ---------------------------------------------------------------------------------------------------

add("billing-plans-price-cents", "rounding", "GET /v1/billing/plans", "Prices are cents instead of dollars.",
    field("[].price", lambda price: price * 100), lambda w: names(ok(w.get(f"{B}/plans")), "price"))  # fmt: skip
add("billing-plans-price-text", "field", "GET /v1/billing/plans", "Prices are texts.",
    field("[].price", str), lambda w: names(ok(w.get(f"{B}/plans")), "price"))  # fmt: skip
add("billing-plans-limits-null", "null", "GET /v1/billing/plans", "A plan's limits are null.",
    null("[].limits"), lambda w: names(ok(w.get(f"{B}/plans")), "limits"))  # fmt: skip
add("billing-plans-need-login", "auth", "GET /v1/billing/plans", "The public list of plans asks for a login.",
    before(lambda call: _login(call)), lambda w: w.get(f"{B}/plans").status)  # fmt: skip
add("billing-plans-delete", "methods", "GET /v1/billing/plans", "DELETE is answered on the list of plans.",
    accepts("DELETE", lambda _call: {"deleted": True}), lambda w: w.delete(f"{B}/plans").status)  # fmt: skip
add("billing-plans-wrapped", "field", "GET /v1/billing/plans", "The list of plans is wrapped in an object.",
    after(lambda _call, rows: {"items": rows}), lambda w: type(ok(w.get(f"{B}/plans"))).__name__)  # fmt: skip


def _login(call: Any) -> None:
    if call.headers.get("authorization") is None:
        raise Problem(401, "Log in first.")


S = "GET /v1/billing/subscription"
add("billing-subscription-status-running", "enum", S, "An active subscription is called running.",
    field("status", lambda text: "running" if text == "active" else text), lambda w: plan(w.ada)["status"])  # fmt: skip
add("billing-subscription-without-plan", "field", S, "The plan is left out.",
    drop("plan"), lambda w: sorted(plan(w.ada)))  # fmt: skip
add("billing-subscription-none-404", "status", S, "Somebody on the free plan has no subscription: 404.",
    around(lambda call, inner: inner(call) if call.user_id in call.state["subscriptions"] else _refuse(404)),
    lambda w: w.grace.get(f"{B}/subscription").status)  # fmt: skip
add("billing-subscription-naive", "timestamps", S, "expires_at has no offset.",
    naive("expires_at"), lambda w: plan(w.ada)["expires_at"][-1])  # fmt: skip


def _refuse(code: int) -> Any:
    raise Problem(code, "Refused.")


U = "GET /v1/billing/usage"
add("billing-usage-exceeded-at-limit", "bounds", U, "A meter is exceeded as soon as it reaches its limit.",
    after(lambda _call, shown: {**shown, "exceeded": [m for m, n in shown["usage"].items()
                                                      if n >= shown["limits"].get(m, n + 1)]}),
    lambda w: _at_limit(w))  # fmt: skip
add("billing-usage-of-free", "effects", U, "The limits are always those of the free plan.",
    swap(_money, "entitled", lambda _inner, world, _user: _money.plan(world, "free")),
    lambda w: ok(w.ada.get(f"{B}/usage"))["limits"]["tokens"])  # fmt: skip
add("billing-usage-blind", "effects", U, "Calls are not counted in the meters.",
    on(("POST /v1/extensions/{app_id}/call",), skips(_usage, "count")),
    lambda w: (before := ok(w.ada.get(f"{B}/usage"))["usage"]["actions"],
               ok(w.ada.post("/v1/extensions/tasks-board/call", {"user_id": ADA, "function": "list_tasks"})),
               ok(w.ada.get(f"{B}/usage"))["usage"]["actions"] - before)[2])  # fmt: skip


def _at_limit(w: Witness) -> Any:
    for number in range(3):
        ok(w.grace.post("/v1/automations", {"prompt": f"Remind me at {8 + number} every day"}))
    return ok(w.grace.get(f"{B}/usage"))["exceeded"]


for room, other in (("balance", "wallet"), ("wallet", "balance")):
    add(f"billing-{room}-stale", "ledger", f"GET /v1/billing/{room}", f"{room} lags one ledger entry behind {other}.",
        field("balance", lambda tokens: tokens - 1),
        lambda w: ok(w.ada.get(f"{B}/balance"))["balance"] - ok(w.ada.get(f"{B}/wallet"))["balance"])  # fmt: skip
add("billing-balance-currency", "enum", "GET /v1/billing/balance", "The currency is usd.",
    put("currency", "usd"), lambda w: ok(w.ada.get(f"{B}/balance"))["currency"])  # fmt: skip
add("billing-balance-no-cap", "field", "GET /v1/billing/balance", "The cap is left out.",
    drop("cap"), lambda w: sorted(ok(w.ada.get(f"{B}/balance"))))  # fmt: skip
add("billing-balance-float", "rounding", "GET /v1/billing/balance", "The balance is dollars with decimals.",
    field("balance", lambda tokens: tokens / 1000), lambda w: balance(w.ada))  # fmt: skip
add("billing-balance-acting-user", "isolation", "GET /v1/billing/balance", "A user names in X-Acting-User whose it is.",
    before(lambda call: setattr(call, "caller", _acting(call))),
    lambda w: ok(w.ada.get(f"{B}/balance", headers={"X-Acting-User": MARGARET}))["balance"])  # fmt: skip
add("billing-balance-no-api-key", "auth", "GET /v1/billing/balance", "A good API key is refused.",
    strips("x-api-key"),
    lambda w: w.key(ok(w.ada.post("/v1/keys", {"name": "k"}))["key"]).get(f"{B}/balance").status)  # fmt: skip
add("billing-balance-put", "methods", "GET /v1/billing/balance", "PUT answers the balance as GET does.",
    accepts("PUT"), lambda w: w.ada.put(f"{B}/balance", {}).status)  # fmt: skip


def _acting(call: Any) -> Any:
    named = call.state["users"].get(call.headers.get("x-acting-user"))
    return Caller("user", named) if named else call.caller


H = "GET /v1/billing/wallet/history"
add("billing-history-limit-201", "bounds", H, "A limit of 201 is accepted.",
    query("limit", maximum=1000), lambda w: w.ada.get(f"{B}/wallet/history?limit=201").status)  # fmt: skip
add("billing-history-limit-0", "bounds", H, "A limit of 0 is accepted.",
    query("limit", minimum=0), lambda w: w.ada.get(f"{B}/wallet/history?limit=0").status)  # fmt: skip
add("billing-history-limit-200", "bounds", H, "A limit of 200 is refused.",
    query("limit", maximum=199), lambda w: w.ada.get(f"{B}/wallet/history?limit=200").status)  # fmt: skip
add("billing-history-limit-ignored", "pagination", H, "The limit is ignored.",
    ignores("limit"), lambda w: len(ledger(w.ada, "?limit=3")))  # fmt: skip
add("billing-history-overlap", "pagination", H, "A page begins with the last entry of the one before.",
    before(lambda call: call.query.update(offset=max(call.query["offset"] - 1, 0))),
    lambda w: ledger(w.ada, "?limit=3")[2]["id"] == ledger(w.ada, "?limit=3&offset=3")[0]["id"])  # fmt: skip
add("billing-history-loses-last", "pagination", H, "The last page lacks its last entry.",
    after(lambda call, rows: rows[:-1] if len(rows) < call.query["limit"] else rows),
    lambda w: len(ledger(w.ada, "?limit=200")))  # fmt: skip
add("billing-history-everybodys", "isolation", H, "The entries of all people are listed.",
    store("ledger", page=lambda self, offset, limit, /, **_equals: Store.page(self, offset, limit)),
    lambda w: adds_up(w.ada))  # fmt: skip
add("billing-history-unsigned", "ledger", H, "Debits are shown without their sign.",
    field("[].amount", abs), lambda w: adds_up(w.ada))  # fmt: skip
add("billing-history-beyond-end-500", "500", H, "An offset beyond the end is a crash.",
    crash(lambda call: call.query["offset"] > call.state["ledger"].count(user_id=call.user_id)),
    lambda w: w.ada.get(f"{B}/wallet/history?offset=5000").status)  # fmt: skip
P = "GET /v1/billing/payments"
add("billing-payments-offset-ignored", "pagination", P, "The offset is ignored.",
    ignores("offset"),
    lambda w: names(ok(w.ada.get(f"{B}/payments?limit=2&offset=2")), "payment_intent_id"))  # fmt: skip
add("billing-payments-secret", "secrets", P, "Payments are listed with their client_secret.",
    after(lambda call, rows: [{**row, "client_secret": row["payment_intent_id"] + "_secret_x"} for row in rows]),
    lambda w: sorted(ok(w.ada.get(f"{B}/payments"))[0]))  # fmt: skip
add("billing-payments-status-paid", "enum", P, "A completed payment is called succeeded.",
    field("[].status", lambda text: text.replace("completed", "succeeded")),
    lambda w: set(names(ok(w.ada.get(f"{B}/payments")), "status")))  # fmt: skip
add("billing-payments-dollars", "rounding", P, "amount_cents holds whole dollars.",
    field("[].amount_cents", lambda cents: cents // 100),
    lambda w: names(ok(w.ada.get(f"{B}/payments")), "amount_cents"))  # fmt: skip
add("billing-payments-without-acting-user", "auth", P, "A service that names nobody gets the first user's payments.",
    forgives(lambda call: Caller("service", call.state["users"].get(ADA))
             if call.headers.get("x-service-token") == "dev-service-token" else None),
    lambda w: w.svc.get(f"{B}/payments").status)  # fmt: skip

# -- the plan --------------------------------------------------------------------------------------------------------


def subscribe(client: Client, plan_id: str = "pro", **more: Any) -> Any:
    return client.post(f"{B}/subscribe", {"plan_id": plan_id, **more})


def change(client: Client, plan_id: str) -> Any:
    return client.post(f"{B}/change-plan", {"plan_id": plan_id})


def _free_paid(_inner: Any, world: Any, user_id: str, kind: str, cents: int, tokens: int, **more: Any) -> Any:
    return _payments.complete(world, _payments.open_intent(world, user_id, kind, cents, tokens, **more))


add("billing-subscribe-without-card", "states", "POST /v1/billing/subscribe", "A plan starts without any card.",
    swap(_payments, "charge_default", _free_paid), lambda w: subscribe(w.grace).status)  # fmt: skip
add("billing-subscribe-declined", "states", "POST /v1/billing/subscribe", "A declined card starts a plan.",
    swap(_payments, "charge", lambda _inner, world, payment, _card: _payments.complete(world, payment)),
    lambda w: subscribe(w.barbara).status)  # fmt: skip
add("billing-subscribe-twice", "duplicates", "POST /v1/billing/subscribe", "A second paid plan starts over the first.",
    skips(_subscriptions, "paying", False), lambda w: subscribe(w.ada, "business").status)  # fmt: skip
add("billing-subscribe-no-grant", "effects", "POST /v1/billing/subscribe", "A new plan brings no tokens.",
    swap(_money, "credit", lambda _inner, *_a, **_n: {}),
    lambda w: (subscribe(w.radia).status, balance(w.radia)))  # fmt: skip
add("billing-subscribe-no-payment", "effects", "POST /v1/billing/subscribe", "The payment of a plan is not listed.",
    around(lambda call, inner: _unlisted(call, inner)),
    lambda w: (ok(subscribe(w.radia)), len(ok(w.radia.get(f"{B}/payments"))))[1])  # fmt: skip
add("billing-subscribe-annual-price", "rounding", "POST /v1/billing/subscribe", "A year costs the price of a month.",
    swap(_subscriptions, "price", lambda inner, paid, _period: inner(paid, "monthly")),
    lambda w: (ok(subscribe(w.radia, period="annual")),
               ok(w.radia.get(f"{B}/payments"))[0]["amount_cents"])[1])  # fmt: skip
add("billing-subscribe-period-forgotten", "persistence", "POST /v1/billing/subscribe", "The period stays monthly.",
    stores("subscriptions", period="monthly"),
    lambda w: (ok(subscribe(w.radia, period="annual")), plan(w.radia)["period"])[1])  # fmt: skip
add("billing-subscribe-unknown-400", "status", "POST /v1/billing/subscribe", "An unknown plan is 400.",
    around(lambda call, inner: inner(call) if call.body["plan_id"] in call.state["plans"] else _refuse(400)),
    lambda w: subscribe(w.radia, "platinum").status)  # fmt: skip
add("billing-subscribe-any-period", "validation", "POST /v1/billing/subscribe", "Any word is taken for a period.",
    both(before(lambda call: call.body.update(period="monthly")), body("period", enum=None)),
    lambda w: subscribe(w.radia, period="weekly").status)  # fmt: skip


def _unlisted(call: Any, inner: Any) -> Any:
    result = inner(call)
    call.state["payments"].remove(result["payment_intent_id"])
    return result


CANCEL, RESUME, RENEW = "POST /v1/billing/cancel", "POST /v1/billing/resume", "POST /v1/billing/renew"
CHANGE = "POST /v1/billing/change-plan"


def canceled(w: Witness) -> Any:
    reply = w.ada.post(f"{B}/cancel")
    shown = plan(w.ada)
    return reply.status, reply.json.get("status"), shown["status"], shown["plan"], shown["cancel_at_period_end"]


add("billing-cancel-at-once", "states", CANCEL, "A cancellation ends the plan at once.",
    around(lambda call, inner: (result := inner(call), _subscriptions.end(call.world, call.user_id), result)[0]),
    canceled)  # fmt: skip
add("billing-cancel-nothing", "persistence", CANCEL, "A cancellation is not stored.", loses("subscriptions"), canceled)
add("billing-cancel-spelling", "enum", CANCEL, "The status is spelt cancelled.", put("status", "cancelled"), canceled)
add("billing-cancel-twice", "states", CANCEL, "A cancelled plan may be cancelled again.",
    around(lambda call, inner: _again(call, inner)),
    lambda w: (canceled(w), w.ada.post(f"{B}/cancel").status)[1])  # fmt: skip
add("billing-cancel-free", "states", CANCEL, "The free plan can be cancelled.",
    around(lambda call, inner: {"status": "canceled", "effective_at": call.world.clock.stamp()}
           if call.user_id not in call.state["subscriptions"] else inner(call)),
    lambda w: w.grace.post(f"{B}/cancel").status)  # fmt: skip


def _again(call: Any, inner: Any) -> Any:
    held = call.state["subscriptions"].get(call.user_id)
    if held and held["cancel_at_period_end"]:
        call.state["subscriptions"].update(call.user_id, cancel_at_period_end=False)
    return inner(call)


add("billing-resume-running", "states", RESUME, "A running plan that nobody cancelled is resumed: 200.",
    around(lambda call, inner: (call.state["subscriptions"].update(call.user_id, cancel_at_period_end=True),
                                inner(call))[1]),
    lambda w: w.ada.post(f"{B}/resume").status)  # fmt: skip
add("billing-resume-not-stored", "persistence", RESUME, "Resuming is answered and not stored.",
    loses("subscriptions"),
    lambda w: (w.katherine.post(f"{B}/resume").status, plan(w.katherine)["cancel_at_period_end"]))  # fmt: skip
add("billing-resume-starts-over", "states", RESUME, "Resuming begins a new period.",
    after(lambda call, shown: {**shown, "expires_at": call.state["subscriptions"].update(
        call.user_id, expires_at="2036-01-01T00:00:00Z")["expires_at"]}),
    lambda w: (ok(w.katherine.post(f"{B}/resume")), plan(w.katherine)["expires_at"][:4] == "2036")[1])  # fmt: skip
add("billing-renew-early", "states", RENEW, "A plan is renewed before it has run out.",
    around(lambda call, inner: (call.state["subscriptions"].update(call.user_id, status="expired"), inner(call))[1]),
    lambda w: w.ada.post(f"{B}/renew").status)  # fmt: skip
add("billing-renew-refused", "states", RENEW, "A plan that has run out cannot be renewed: 409.",
    around(lambda _call, _inner: _refuse(409)), lambda w: w.barbara.post(f"{B}/renew").status)  # fmt: skip
add("billing-change-downgrade-now", "states", CHANGE, "A smaller plan begins at once.",
    swap(_purchases, "_rank", lambda _inner, *_args: (0, 0)),
    lambda w: (change(w.margaret, "pro").json, plan(w.margaret)["plan"])[1])  # fmt: skip
add("billing-change-upgrade-waits", "states", CHANGE, "A larger plan waits for the end of the period.",
    swap(_purchases, "_rank", lambda inner, world, plan_id, period: tuple(-n for n in inner(world, plan_id, period))),
    lambda w: (change(w.ada, "business").json, plan(w.ada)["plan"])[1])  # fmt: skip
add("billing-change-to-free", "states", CHANGE, "The free plan can be chosen.",
    value(_purchases, "BY_SALES", frozenset({"enterprise"})), lambda w: change(w.ada, "free").status)  # fmt: skip
add("billing-change-to-enterprise", "states", CHANGE, "The plan of the sales people can be bought.",
    value(_purchases, "BY_SALES", frozenset({"free"})), lambda w: change(w.ada, "enterprise").status)  # fmt: skip
add("billing-change-pending-missing", "persistence", CHANGE, "The smaller plan that was ordered is forgotten.",
    stores("subscriptions", pending_plan=None),
    lambda w: (ok(change(w.margaret, "pro")), plan(w.margaret).get("pending_plan"))[1])  # fmt: skip
add("billing-change-effective-null", "null", CHANGE, "succeeded is null.",
    null("succeeded"), lambda w: ok(change(w.margaret, "pro"))["succeeded"])  # fmt: skip

# -- profile and portal ----------------------------------------------------------------------------------------------

PROFILE = "PUT /v1/billing/profile"


def save_profile(w: Witness) -> Any:
    w.ada.put(f"{B}/profile", {"name": "Ada King", "company": "Engines", "vat": "GB1", "country": "GB"})
    return ok(w.ada.get("/v1/auth/me"))["attributes"]


add(
    "billing-profile-lost", "persistence", PROFILE, "The invoicing profile is not stored.", loses("users"), save_profile
)
add("billing-profile-no-vat", "persistence", PROFILE, "The VAT number is not stored.", unread("vat"), save_profile)
add("billing-profile-swaps", "persistence", PROFILE, "Name and company are stored the wrong way round.",
    before(lambda call: call.body.update(name=call.body.get("company"), company=call.body.get("name"))),
    save_profile)  # fmt: skip
add("billing-profile-clears-attributes", "persistence", PROFILE, "Saving it loses the person's other attributes.",
    store("users", update=lambda self, key, /, **c: Store.update(
        self, key, **{**c, "attributes": {"billing": c["attributes"]["billing"]}})),
    lambda w: (ok(w.grace.patch(f"/v1/users/{ADA}", {"attributes": {"desk": "4b"}})), save_profile(w).get("desk"))[1],
)  # fmt: skip
add("billing-profile-name-number", "validation", PROFILE, "The name may be a number.",
    both(body("name", type=None), before(lambda call: call.body.update(name=str(call.body.get("name"))))),
    lambda w: w.ada.put(f"{B}/profile", {"name": 5}).status)  # fmt: skip
add("billing-portal-no-address", "field", "POST /v1/billing/portal", "The portal's link is no address.",
    put("url", "session bps_1"), lambda w: ok(w.ada.post(f"{B}/portal"))["url"][:8])  # fmt: skip
add("billing-portal-201", "status", "POST /v1/billing/portal", "Opening the portal answers 201.",
    status(201), lambda w: w.ada.post(f"{B}/portal").status)  # fmt: skip
add("billing-portal-text", "content-type", "POST /v1/billing/portal", "The portal's answer says that it is text.",
    media("text/plain; charset=utf-8"), lambda w: w.ada.post(f"{B}/portal").headers["content-type"])  # fmt: skip
