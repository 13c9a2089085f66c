"""What a run must know about the operations of Imperal Cloud; nothing but tables.

Generic code asks `safety` and `policy`, which read these tables.
"""

from __future__ import annotations

from specdouble.verify.policy import MAIL, MONEY, PERMANENT, Denied

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

HOME = "default"  # the tenant whose administrators keep the platform
LOGIN = "POST /v1/auth/login"
LOGOUT = "POST /v1/auth/logout"
# POSTs that change nothing but a session of one's own: allowed where only reading is.
LOGINS = frozenset({LOGIN, "POST /v1/auth/refresh", LOGOUT})
# They change only what is the caller's own, whatever app their path names.
ONESELF = frozenset(
    {
        "POST /v1/marketplace/apps/{app_id}/install",
        "DELETE /v1/marketplace/apps/{app_id}/install",
        "DELETE /v1/me/extensions/disable/{app_id}",
        "PUT /v1/secrets/{ext_id}/{name}",
        "DELETE /v1/secrets/{ext_id}/{name}",
    }
)
# Their ids are the caller's own things: a throw-away user may send them.
PERSONAL = frozenset(
    {
        "POST /v1/auth/sessions/{session_id}/revoke",
        "POST /v1/confirmations/{confirmation_id}/confirm",
        "POST /v1/confirmations/{confirmation_id}/cancel",
        "POST /v1/tasks/{task_id}/cancel",
        "POST /v1/automations/{rule_id}/pause",
        "POST /v1/automations/{rule_id}/resume",
    }
)
# They end sessions or exchange the password of whoever sends them: never of an account that was given.
LOCKS_OUT = frozenset(
    {
        "POST /v1/auth/me/change-password",
        "POST /v1/auth/sessions/revoke-others",
        "POST /v1/auth/sessions/{session_id}/revoke",
    }
)
# They take something away, though their method is not DELETE.
TAKES_AWAY = frozenset(
    {
        "POST /v1/developer/apps/{app_id}/suspend",
        "POST /v1/admin/apps/{app_id}/status",
        "POST /v1/admin/apps/{app_id}/reject",
    }
)
# They give something back, though their method is DELETE.
GIVES_BACK = frozenset(
    {"DELETE /v1/me/extensions/disable/{app_id}", "DELETE /v1/users/{user_id}/extensions/disable/{app_id}"}
)
# They use a card or the money of whoever sends them: never of an account that was given.
SPENDS = frozenset(
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
# Without an id in their path, and nothing of their caller changes: a link, a form that nobody fills in.
LEAVES_NOTHING = frozenset({"POST /v1/billing/portal", "POST /v1/billing/payment-methods/setup"})
# They run functions of an app, which their body names.
CALLS = frozenset({f"POST /v1/extensions/{{app_id}}/{verb}" for verb in ("call", "batch", "operate")})
NO_IDS = frozenset({"path"})  # parameters of paths that name a place below a thing, and no thing
OWNERS = ("user_id", "imperal_id", "owner_id")  # fields in which a service names the person it acts for
SUBJECTS = (*OWNERS, "payment_intent_id")  # fields by which a body says whose or which thing it is about
