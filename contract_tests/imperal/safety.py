"""What a run must know about the operations of Imperal Cloud before it sends them to a platform of somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from specdouble.verify.kit import MAIL, MONEY, PERMANENT, Credential, Denied, Op, Reason, Trace
from specdouble.verify.kit import Safety as General

REASONS = (
    Reason(
        MONEY, "costs money", ("control", "stripe-secret", "pay-command"),
        "give a bank in test mode (--stripe-secret or --pay-command)",
    ),
    Reason(MAIL, "mails people", ("control", "mail-command"), "give a mailbox (--mail-command)"),
)  # fmt: skip
# Not sent beyond loopback unless the user allows it.
DENIED = (
    Denied(
        MONEY,
        ("POST /v1/billing/subscribe", "POST /v1/billing/change-plan", "POST /v1/billing/renew"),
        "they charge the default card of the caller",
    ),
    Denied(MONEY, ("POST /v1/billing/topup",), "it begins a purchase, and charges a saved card where it is told to"),
    Denied(MONEY, ("POST /v1/webhooks/stripe",), "it reports payments, which fill wallets and begin plans"),
    Denied(
        MONEY,
        ("POST /v1/developer/payouts/request", "POST /v1/admin/payouts/{payout_id}/approve"),
        "they lead to a transfer to a bank account",
    ),
    Denied(MAIL, ("POST /v1/auth/signup",), "it sends a verification mail to the address that signs up"),
    Denied(
        PERMANENT,
        ("POST /v1/agencies", "PUT /v1/agencies/{agency_id}/settings"),
        "no operation removes an agency, so one of the run's own would stay",
    ),
    Denied(
        PERMANENT,
        ("POST /v1/admin/apps/sync-pricing",),
        "it publishes the prices of every app, those of other developers too",
    ),
)

LOGIN = "POST /v1/auth/login"
LOGOUT = "POST /v1/auth/logout"
OWNERS = ("user_id", "imperal_id", "owner_id")  # fields in which a service names the person it acts for
UNKNOWN = "imp_u_nobody99"  # looks like somebody, and is nobody
# They run functions of an app, which their body names.
CALLS = frozenset({f"POST /v1/extensions/{{app_id}}/{verb}" for verb in ("call", "batch", "operate")})


TRACES = (
    Trace("audit entries", (
        "/v1/users", "/v1/scopes", "/v1/roles", "/v1/tenants", "/v1/agencies", "/v1/admin", "/v1/secrets",
        "GET /v1/secrets/{ext_id}/{name}", "PATCH /v1/auth/users/{imperal_id}/cases-uid", "POST /v1/developer/register",
        "PUT /v1/developer/tier", "DELETE /v1/developer/apps/{app_id}",
        "POST /v1/developer/apps/{app_id}/_sync_manifest",
    ), "the log keeps who changed what"),
    Trace("agencies", ("POST /v1/agencies",), "no operation removes one; it may go with a tenant that was removed"),
    Trace("device logins", ("POST /v1/auth/cli/device/authorize",), "each ends by itself when its code expires"),
    Trace("Stripe events", ("POST /v1/webhooks/stripe",), "remembered, so that none is taken twice"),
    Trace("objects at the payment provider", (
        "POST /v1/billing/payment-methods/setup", "POST /v1/billing/topup", "POST /v1/billing/subscribe",
        "POST /v1/billing/portal",
    ), "customers, intents and sessions, where the target talks to a provider"),
    Trace("records of actions", (
        "POST /v1/actions", "POST /v1/extensions/{app_id}/call", "POST /v1/extensions/{app_id}/batch",
        "POST /v1/extensions/{app_id}/operate",
    ), "history and statistics may outlive the people who were removed"),
    Trace("events in streams", (
        "POST /v1/webhooks/gmail", "POST /v1/ext/{app_id}/webhook/{path}", "registry POST /v1/hub/{user_id}/messages",
        "POST /v1/marketplace/apps/{app_id}/install", "DELETE /v1/marketplace/apps/{app_id}/install",
    ), "kept for those who connect again"),
    Trace("mails", (
        "POST /v1/auth/signup", "POST /v1/billing/subscribe", "POST /v1/billing/renew", "POST /v1/webhooks/stripe",
    ), "to made-up addresses under example.com, which reach nobody"),
    Trace("Registry records of removed apps", (
        "registry POST /v1/apps", "registry POST /extensions", "POST /v1/admin/apps/{app_id}/approve",
        "POST /v1/developer/apps/{app_id}/deploys",
    ), "removing an app marks its record as deleted, with its keys and settings"),
)  # fmt: skip


class Safety(General):
    """The safety policy with the tables of Imperal Cloud."""

    login = LOGIN
    logins = frozenset({LOGIN, "POST /v1/auth/refresh", LOGOUT})
    makers = "--service-token, --admin, or --mail-command"
    places = frozenset({"path"})
    subjects = (*OWNERS, "payment_intent_id")
    oneself = frozenset(
        {
            "POST /v1/marketplace/apps/{app_id}/install",
            "DELETE /v1/marketplace/apps/{app_id}/install",
            "DELETE /v1/me/extensions/disable/{app_id}",
            "PUT /v1/secrets/{ext_id}/{name}",
            "DELETE /v1/secrets/{ext_id}/{name}",
        }
    )
    personal = frozenset(
        {
            "POST /v1/auth/sessions/{session_id}/revoke",
            "POST /v1/confirmations/{confirmation_id}/confirm",
            "POST /v1/confirmations/{confirmation_id}/cancel",
            "POST /v1/tasks/{task_id}/cancel",
            "POST /v1/automations/{rule_id}/pause",
            "POST /v1/automations/{rule_id}/resume",
        }
    )
    locks_out = frozenset(
        {
            "POST /v1/auth/me/change-password",
            "POST /v1/auth/sessions/revoke-others",
            "POST /v1/auth/sessions/{session_id}/revoke",
        }
    )
    takes_away = frozenset(
        {
            "POST /v1/developer/apps/{app_id}/suspend",
            "POST /v1/admin/apps/{app_id}/status",
            "POST /v1/admin/apps/{app_id}/reject",
        }
    )
    gives_back = frozenset(
        {"DELETE /v1/me/extensions/disable/{app_id}", "DELETE /v1/users/{user_id}/extensions/disable/{app_id}"}
    )
    spends = frozenset(
        {
            "POST /v1/billing/subscribe",
            "POST /v1/billing/change-plan",
            "POST /v1/billing/renew",
            "POST /v1/billing/cancel",
            "POST /v1/billing/resume",
            "POST /v1/billing/topup",
            "PUT /v1/billing/auto-topup",
            "DELETE /v1/billing/payment-methods/{pm_id}",
            "PUT /v1/billing/payment-methods/{pm_id}/default",
            "POST /v1/developer/register",
            "PUT /v1/developer/tier",
            "POST /v1/developer/payouts/request",
        }
    )
    leaves_nothing = frozenset({"POST /v1/billing/portal", "POST /v1/billing/payment-methods/setup"})

    def foreign(self, who: Credential, query: Mapping[str, Any], body: Any) -> list[str]:
        """Name the person whom a service acts for, where this run did not make them."""
        acting, found = who.headers.get("X-Acting-User", ""), []
        alone = acting in self.given and "X-Service-Token" not in who.headers  # their own header opens nothing
        if acting and acting not in self.owned and not alone:
            found.append("X-Acting-User")
        if "X-Service-Token" in who.headers:
            named = {**query, **(body if isinstance(body, dict) else {})}
            told = {one: named.get(one) for one in OWNERS}
            found += [
                one for one, value in told.items() if value and isinstance(value, str) and value not in self.owned
            ]
        return found

    def deletes(self, op: Op, params: Mapping[str, str]) -> bool:
        """Whether a DELETE may be of an account that was given."""
        return op.spec.path.startswith("/v1/users/") and super().deletes(op, params)

    def reads_only(self, op: Op, params: Mapping[str, str], body: Any) -> bool:
        """Whether a request calls functions of an app that was lent, and none that writes."""
        app = params.get("app_id", "")
        if op.id not in CALLS or (app, "*") not in self.borrowed:
            return False
        calls = body.get("calls", [body]) if isinstance(body, dict) else []
        named = [one.get("function") for one in calls if isinstance(one, dict)] if isinstance(calls, list) else []
        return all(not isinstance(one, str) or (app, one) not in self.barred for one in named)

    def callers(self, who: Credential) -> set[str]:
        """Return the people whom a credential names: by a token or a key, and by acting for them."""
        return {who.headers.get("X-Acting-User", ""), self.owner(who)} - {""}
