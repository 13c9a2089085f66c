"""No refusal leads into a wall: what its sentence advises works, in the very state in which it was said.

A row is a request that is refused, the words that advise something, and the steps that do it. Afterwards the same
request is taken, or another one that the sentence names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from specdouble.mock.state.world import World
from tests.auth_gateway.billing_helpers import ASKS, DECLINED, add_card, newcomer
from tests.conftest import Client, Reply

ADA, GRACE, MARGARET, BARBARA = "imp_u_abc123", "imp_u_admin01", "imp_u_dev001", "imp_u_indi01"
APPS, BILLING, STORE = "/v1/developer/apps", "/v1/billing", "/v1/marketplace/apps"
REVIEW = {"rating": 5, "body": "It lists the notes that I have."}


class Cast:
    """Everybody of the world, logged in when they are needed."""

    def __init__(self, gateway: Client, world: World) -> None:
        self.gateway = gateway
        self.world = world
        self._known: dict[str, Client] = {}

    def __getattr__(self, name: str) -> Client:
        emails = {"ada": "user", "grace": "admin", "margaret": "dev", "radia": "explorer", "barbara": "indie"}
        if name not in self._known:
            found = newcomer(self.gateway) if name == "nina" else self.gateway.login(f"{emails[name]}@example.com")
            self._known[name] = found
        return self._known[name]

    def later(self, days: float) -> None:
        """Let time pass; whoever comes back logs in again."""
        self.world.clock.move(days * 86400)
        self.world.run_due()
        self._known.clear()

    def charge(self, user_id: str, tokens: int) -> None:
        """Fill a wallet."""
        self.world.state["ledger"].add(
            {"id": self.world.serial("ledger"), "user_id": user_id, "transaction_id": f"txn_{tokens}", "amount": tokens,
             "reason": "grant", "app_id": None, "description": "", "created_at": self.world.clock.stamp()}
        )  # fmt: skip
        self.world.commit()


Ask = Callable[[Cast], Any]


@dataclass(frozen=True)
class Way:
    """A refusal and what leads out of it; ``then`` is what is taken at last, if it is not the request itself."""

    name: str
    ask: Ask
    status: int
    says: str
    steps: tuple[Ask, ...] = ()
    then: Ask | None = None
    before: tuple[Ask, ...] = ()


def call(client: Client, app_id: str, function: str, user_id: str = ADA, verb: str = "call", **params: Any) -> Reply:
    body = {"user_id": user_id, "function": function, "params": params}
    return client.post(f"/v1/extensions/{app_id}/{verb}", body)


def nina_id(c: Cast) -> str:
    return str(c.nina.get("/v1/auth/me").json["imperal_id"])


def verification(c: Cast) -> dict[str, str]:
    return {"token": c.gateway.get("/__mock__/outbox?to=new@example.com").json[0]["token"]}


def deployed(c: Cast, client: Client, app_id: str) -> Any:
    made = client.post(f"{APPS}/{app_id}/deploys", {"version": "1.0.0", "changelog": "First"})
    return c.gateway.post(f"/__mock__/deploys/{made.json['deploy_id']}/finish", {})


def draft(client: Client, app_id: str) -> Reply:
    return client.post(APPS, {"app_id": app_id, "name": app_id, "short_description": "For a test."})


def erased(client: Client, app_id: str) -> Reply:
    return client.delete(f"{APPS}/{app_id}", {"confirm_name": app_id})


SIGNUP = {"email": "new@example.com", "password": "s3cure!new"}
LOGIN = {**SIGNUP, "tenant_id": "default"}
RULE = {"prompt": "Every Friday, count my notes."}
STUDIO = {"display_name": "Nina's works", "tier": "studio"}

WAYS = [
    # -- the life of an app
    Way("prices of a live app", lambda c: c.margaret.put(f"{APPS}/notes", {"revenue_split_dev": 50}), 409,
        "Suspend it, then change them", (lambda c: c.margaret.post(f"{APPS}/notes/suspend"),)),
    Way("deleting a live app", lambda c: erased(c.margaret, "notes"), 409, "Suspend it first, and delete it then",
        (lambda c: c.margaret.post(f"{APPS}/notes/suspend"),)),
    Way("deleting an app in review", lambda c: erased(c.barbara, "mail-merge"), 409, "Suspend it first",
        (lambda c: c.barbara.post(f"{APPS}/mail-merge/suspend"),)),
    Way("suspending a draft", lambda c: c.radia.post(f"{APPS}/quiz-night/suspend"), 409, "/submit sends it to review",
        (lambda c: deployed(c, c.radia, "quiz-night"),), lambda c: c.radia.post(f"{APPS}/quiz-night/submit")),
    Way("suspending twice", lambda c: c.barbara.post(f"{APPS}/old-clock/suspend"), 409, "/submit sends it to review",
        (lambda c: deployed(c, c.barbara, "old-clock"),), lambda c: c.barbara.post(f"{APPS}/old-clock/submit")),
    Way("purging a live app", lambda c: c.grace.delete("/v1/admin/apps/notes", {"confirm_name": "notes"}), 409,
        "suspend it first", (lambda c: c.grace.post("/v1/admin/apps/notes/status", {"status": "suspended"}),)),
    Way("purging a live app at once", lambda c: c.grace.delete("/v1/admin/apps/notes", {"confirm_name": "notes"}), 409,
        "force set to true", (),
        lambda c: c.grace.delete("/v1/admin/apps/notes", {"confirm_name": "notes", "force": True})),
    Way("a name that differs", lambda c: c.barbara.delete(f"{APPS}/old-clock", {"confirm_name": "Clock"}), 400,
        "repeat 'old-clock' exactly", (), lambda c: erased(c.barbara, "old-clock")),
    Way("an app of nobody who develops", lambda c: draft(c.ada, "adas-app"), 403, "POST /v1/developer/register first",
        (lambda c: c.ada.post("/v1/developer/register", {"display_name": "Ada"}),)),
    Way("one app too many", lambda c: draft(c.radia, "second-app"), 403, "Delete one",
        (lambda c: erased(c.radia, "quiz-night"),)),
    Way("a higher tier", lambda c: draft(c.radia, "second-app"), 403, "move to a higher tier",
        (lambda c: c.radia.put("/v1/developer/tier", {"tier": "indie"}),)),
    Way("an app_id that is taken", lambda c: draft(c.margaret, "doc-shelf"), 409, "Choose another app_id", (),
        lambda c: draft(c.margaret, "another-reader")),
    Way("a nickname that is taken", lambda c: c.ada.post("/v1/developer/register", {"nickname": "admin"}), 400,
        "Choose another one", (), lambda c: c.ada.post("/v1/developer/register", {"nickname": "ada-works"})),
    Way("partner", lambda c: c.radia.put("/v1/developer/tier", {"tier": "partner"}), 403, "Choose indie or studio", (),
        lambda c: c.radia.put("/v1/developer/tier", {"tier": "indie"})),
    Way("partner, asked for", lambda c: c.radia.put("/v1/developer/tier", {"tier": "partner"}), 403, "ask for it", (),
        lambda c: c.grace.post("/v1/admin/developer/tier", {"user_id": "imp_u_expl01", "tier": "partner"})),
    Way("an explorer's payout", lambda c: c.radia.post("/v1/developer/payouts/request", {"amount_tokens": 10_000}), 403,
        "PUT /v1/developer/tier first", (), lambda c: c.radia.put("/v1/developer/tier", {"tier": "indie"})),
    Way("too long a look back", lambda c: c.radia.get(f"{APPS}/quiz-night/analytics?days=30"), 400, "days=7 or less",
        (), lambda c: c.radia.get(f"{APPS}/quiz-night/analytics?days=7")),
    # -- using apps
    Way("an app that one does not have", lambda c: call(c.ada, "notes", "list_notes"), 403, "/install first",
        (lambda c: c.ada.post(f"{STORE}/notes/install"),)),
    Way("a switched-off app", lambda c: call(c.radia, "notes", "list_notes", "imp_u_expl01"), 403,
        "DELETE /v1/me/extensions/disable/notes", (lambda c: c.radia.delete("/v1/me/extensions/disable/notes"),)),
    Way("removing a built-in app", lambda c: c.ada.delete(f"{STORE}/billing/install"), 403, "disable it instead", (),
        lambda c: c.ada.post("/v1/me/extensions/disable", {"app_id": "billing"})),
    Way("an app that is not live", lambda c: c.ada.post(f"{STORE}/mail-merge/install"), 400,
        "from the marketplace list", (), lambda c: c.ada.post(f"{STORE}/{c.ada.get(STORE).json[0]['app_id']}/install")),
    Way("reviewing what one does not have", lambda c: c.ada.post(f"{STORE}/notes/reviews", REVIEW), 403,
        "Install 'notes' first", (lambda c: c.ada.post(f"{STORE}/notes/install"),)),
    Way("a second review", lambda c: c.ada.post(f"{STORE}/doc-shelf/reviews", REVIEW), 409, "changes it", (),
        lambda c: c.ada.put(f"/v1/marketplace/reviews/{reviewed(c)}", REVIEW),
        (lambda c: c.ada.post(f"{STORE}/doc-shelf/reviews", REVIEW),)),
    Way("a secret without a value", lambda c: app_reads(c), 404, "PUT a value first",
        (lambda c: c.ada.put("/v1/secrets/notes/sync_token", {"value": "fake"}),), None,
        (lambda c: c.ada.delete("/v1/secrets/notes/sync_token"),)),
    # -- money
    Way("an empty wallet", lambda c: c.nina.post("/v1/developer/register", STUDIO), 402,
        "Top up and try again", (lambda c: topped(c),)),
    Way("a top-up without a card", lambda c: c.nina.post(f"{BILLING}/topup", {"tokens": 5000, "price_cents": 500,
        "off_session": True}), 402, "payment-methods/setup", (lambda c: add_card(c.gateway, c.nina),)),
    Way("a card that is declined", lambda c: c.nina.post(f"{BILLING}/subscribe", {"plan_id": "pro"}), 402,
        "Make another card the default", (lambda c: preferred(c, add_card(c.gateway, c.nina, event_id="evt_2")),), None,
        (lambda c: add_card(c.gateway, c.nina, DECLINED),)),
    Way("a bank that asks", lambda c: c.barbara.post(f"{BILLING}/renew"), 402, "Make another card the default",
        (lambda c: preferred(c, add_card(c.gateway, c.barbara, event_id="evt_2"), c.barbara),), None,
        (lambda c: preferred(c, add_card(c.gateway, c.barbara, ASKS), c.barbara),)),
    Way("the only card", lambda c: only_card(c), 409, "Save another one first",
        (lambda c: add_card(c.gateway, c.margaret),)),
    Way("the only card of a plan to leave", lambda c: only_card(c), 409, "cancel the plan",
        (lambda c: c.margaret.post(f"{BILLING}/cancel"),)),
    Way("a second subscription", lambda c: c.ada.post(f"{BILLING}/subscribe", {"plan_id": "business"}), 409,
        "POST /v1/billing/change-plan", (), lambda c: c.ada.post(f"{BILLING}/change-plan", {"plan_id": "business"})),
    Way("back to free", lambda c: c.ada.post(f"{BILLING}/change-plan", {"plan_id": "free"}), 400,
        "Cancel to return to free", (), lambda c: c.ada.post(f"{BILLING}/cancel")),
    Way("the plan that one has", lambda c: c.ada.post(f"{BILLING}/change-plan", {"plan_id": "pro"}), 409,
        "Choose a different plan_id", (), lambda c: c.ada.post(f"{BILLING}/change-plan", {"plan_id": "business"})),
    Way("no plan to renew", lambda c: c.ada.post(f"{BILLING}/renew"), 409, "POST /v1/billing/subscribe", (),
        lambda c: c.ada.post(f"{BILLING}/subscribe", {"plan_id": "pro"}),
        (lambda c: c.ada.post(f"{BILLING}/cancel"), lambda c: c.later(19))),
    Way("a payment that failed", lambda c: c.gateway.service().post(f"{BILLING}/topup/confirm", failed(c)), 409,
        "Start a new top-up", (), lambda c: c.ada.post(f"{BILLING}/topup", {"tokens": 5000, "price_cents": 500})),
    # -- automations
    Way("pausing twice", lambda c: c.ada.post("/v1/automations/12/pause"), 409, "/resume starts it again", (),
        lambda c: c.ada.post("/v1/automations/12/resume")),
    Way("resuming what broke", lambda c: c.ada.post("/v1/automations/9/resume"), 409, "/pause first, then resume",
        (lambda c: c.ada.post("/v1/automations/9/pause"),)),
    Way("a run of a paused rule", lambda c: ran(c, 12), 409, "PATCH /v1/automations/internal/{rule_id}",
        (lambda c: c.gateway.service().patch("/v1/automations/internal/12", {"status": "active"}),)),
    Way("one rule too many", lambda c: full(c), 429, "Delete one",
        (lambda c: c.nina.delete(f"/v1/automations/{c.nina.get('/v1/automations').json[0]['rule_id']}"),),
        lambda c: c.nina.post("/v1/automations", RULE)),
    # -- people and what keeps them in place
    Way("an address that is not verified", lambda c: c.gateway.post("/v1/auth/login", LOGIN), 403,
        "token from the verification mail", (lambda c: c.gateway.post("/v1/auth/verify-email", verification(c)),), None,
        (lambda c: c.gateway.post("/v1/auth/signup", SIGNUP),)),
    Way("a verification that is too late", lambda c: c.gateway.post("/v1/auth/verify-email", verification(c)), 400,
        "Sign up again", (lambda c: c.gateway.post("/v1/auth/signup", SIGNUP),), None,
        (lambda c: c.gateway.post("/v1/auth/signup", SIGNUP), lambda c: c.later(3))),
    Way("a deactivated account", lambda c: c.gateway.post("/v1/auth/login", {"email": "inactive@example.com",
        "password": "s3cure!inactive"}), 403, "Ask an administrator",
        (lambda c: c.grace.patch("/v1/users/imp_u_gone01", {"is_active": True}),)),
    Way("one's own account", lambda c: c.grace.delete(f"/v1/users/{GRACE}"), 409, "Ask another admin",
        (lambda c: c.grace.patch(f"/v1/users/{ADA}", {"role": "admin"}),),
        lambda c: c.ada.delete(f"/v1/users/{GRACE}")),
    Way("a role that somebody has", lambda c: c.grace.delete("/v1/roles/role_default_editor"), 409,
        "Give them another one first", (lambda c: c.grace.patch(f"/v1/users/{ADA}", {"role": "user"}),), None,
        (lambda c: c.grace.patch(f"/v1/users/{ADA}", {"role": "editor"}),)),
    Way("a scope that somebody has", lambda c: c.grace.delete(f"/v1/scopes/{scope(c)}"), 409, "Take it from them first",
        (lambda c: c.grace.patch(f"/v1/users/{ADA}", {"scopes": []}),), None,
        (lambda c: c.grace.post("/v1/scopes", {"resource": "maps", "action": "draw"}),
         lambda c: c.grace.patch(f"/v1/users/{ADA}", {"scopes": ["maps:draw"]}))),
    Way("a tenant with people", lambda c: c.gateway.service().delete("/v1/tenants/acme"), 409, "permanent=true",
        tuple(lambda c, one=one: c.gateway.service().delete(f"/v1/users/{one}?permanent=true")
              for one in ("imp_u_acme01", "imp_u_acme02"))),
    Way("a role that is there", lambda c: c.grace.post("/v1/roles", {"name": "editor"}), 409, "PATCH that role", (),
        lambda c: c.grace.patch("/v1/roles/role_default_editor", {"display_name": "Author"})),
    # -- services
    Way("an acting user without rights", lambda c: config(c, ADA), 403, "an admin's imperal_id", (),
        lambda c: config(c, GRACE)),
    Way("no acting user at all", lambda c: config(c, ADA), 403, "or none", (), lambda c: config(c, None)),
    Way("another person's figures", lambda c: figures(c, MARGARET), 403, "about themselves only", (),
        lambda c: figures(c, ADA)),
    Way("a service alone", lambda c: c.gateway.service().get(f"{BILLING}/payments"), 401, "X-Acting-User", (),
        lambda c: c.gateway.service(ADA).get(f"{BILLING}/payments")),
    Way("another tenant's name", lambda c: call_in(c, "acme"), 403, "which is 'default'", (),
        lambda c: call_in(c, "default")),
    Way("a remote that is off", lambda c: remote(c, "steer", text="Lint it"), 403, "enabled true switches it on",
        (lambda c: switched_on(c),)),
    Way("autopilot from afar", lambda c: remote(c, "mode", mode="autopilot", surface="telegram"), 403,
        "PUT it into steer", (lambda c: switched_on(c, "telegram"),), None, (lambda c: switched_on(c, "panel"),)),
    Way("a confirmation that expired", lambda c: confirmed(c), 410, "Ask for the action again", (),
        lambda c: call(c.ada, "tasks-board", "delete_task", verb="operate", task_id="task_item_001"),
        (lambda c: c.later(8),)),
]  # fmt: skip


def reviewed(c: Cast) -> int:
    rows = c.ada.get(f"{STORE}/doc-shelf/reviews?limit=100").json["items"]
    return int(rows[0]["id"])


def app_reads(c: Cast) -> Reply:
    token = c.gateway.post("/__mock__/extension-token", {"ext_id": "notes", "user_id": ADA}).json["access_token"]
    return c.gateway.bearer(token).get("/v1/secrets/notes/sync_token")


def topped(c: Cast) -> Reply:
    bought = c.nina.post(f"{BILLING}/topup", {"tokens": 50_000, "price_cents": 5000}).json
    asked = {"payment_intent_id": bought["payment_intent_id"]}
    return c.gateway.service().post(f"{BILLING}/topup/confirm", asked)


def preferred(c: Cast, card: str, who: Client | None = None) -> Reply:
    return (who or c.nina).put(f"{BILLING}/payment-methods/{card}/default")


def only_card(c: Cast) -> Reply:
    return c.margaret.delete(f"{BILLING}/payment-methods/pm_margaret4242")


def failed(c: Cast) -> dict[str, str]:
    made = c.ada.post(f"{BILLING}/topup", {"tokens": 5000, "price_cents": 500}).json["payment_intent_id"]
    c.gateway.post(f"/__mock__/payments/{made}/fail", {})
    return {"payment_intent_id": made}


def ran(c: Cast, rule_id: int) -> Reply:
    return c.gateway.service().post("/v1/automations/internal/triggered", {"rule_id": rule_id})


def full(c: Cast) -> Reply:
    for _ in range(30):
        reply = c.nina.post("/v1/automations", RULE)
        if reply.status == 429:
            break
    return reply


def scope(c: Cast) -> int:
    return int(next(one["id"] for one in c.grace.get("/v1/scopes").json if one["name"] == "maps:draw"))


def config(c: Cast, acting: str | None) -> Reply:
    return c.gateway.service(acting).put("/v1/internal/billing/token-rate", {"token_rate": 900})


def figures(c: Cast, user_id: str) -> Reply:
    return c.gateway.service(ADA).get(f"/v1/billing/internal/balance/{user_id}")


def call_in(c: Cast, tenant_id: str) -> Reply:
    body = {"user_id": ADA, "function": "list_tasks", "tenant_id": tenant_id}
    return c.ada.post("/v1/extensions/tasks-board/call", body)


REMOTE = f"/v1/internal/coding-remote/{MARGARET}"


def remote(c: Cast, verb: str, **body: str) -> Reply:
    session = {"session_id": "coding-imp_u_dev001-r7d20c4"}
    return c.gateway.service().post(f"{REMOTE}/{verb}", {**session, **body})


def switched_on(c: Cast, *steer: str) -> Reply:
    return c.gateway.service().put(REMOTE, {"enabled": True, "steer": list(steer)})


def confirmed(c: Cast) -> Reply:
    return c.ada.post("/v1/confirmations/conf_ada_lemons/confirm")


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_what_a_refusal_advises_works(way: Way, gateway: Client, world: World) -> None:
    cast = Cast(gateway, world)
    for step in way.before:
        step(cast)
    refused = way.ask(cast)
    assert refused.status == way.status, refused.content
    assert way.says in str(refused.detail), refused.detail
    for step in way.steps:
        done = step(cast)
        assert getattr(done, "status", 200) < 300, done.content
    taken = (way.then or way.ask)(cast)
    assert taken.status < 300, taken.content


def test_nobody_is_sent_where_nothing_is(gateway: Client, world: World) -> None:
    """A sentence gives no advice that cannot be followed from where one stands."""
    cast = Cast(gateway, world)
    for client, says in ((cast.nina, "on it already"), (cast.barbara, "has ended")):
        refused = client.post(f"{BILLING}/change-plan", {"plan_id": "free"})
        assert refused.status == 400
        assert says in refused.detail
        assert client.post(f"{BILLING}/cancel").status == 409
    draft_only = call(cast.ada, "lead-finder", "list_leads")
    assert draft_only.status == 403
    assert "only who had it before" in draft_only.detail
    assert cast.ada.post(f"{STORE}/lead-finder/install").status == 400
    assert "ask an administrator" in str(crowded(cast).detail)


def crowded(c: Cast) -> Reply:
    """Fill a studio with as many apps as it may have."""
    for number in range(12):
        reply = draft(c.margaret, f"one-of-many-{number}")
        if reply.status >= 300:
            break
    return reply
