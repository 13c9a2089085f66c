"""What a run leaves on a target although it removes what it created: things that no operation of the API removes.

The counts are those of the requests that were answered with success, so they say at most how many there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from specdouble.verify.contract import Op


@dataclass(frozen=True)
class Trace:
    """One kind of thing that stays: its name in the plural, the operations that leave one, and why it stays.

    An operation is named by its id, or by the beginning of the paths of operations that write.
    """

    what: str
    ops: tuple[str, ...]
    why: str

    def of(self, op: Op) -> bool:
        """Whether an operation leaves one."""
        writes = op.spec.method != "GET"
        return op.id in self.ops or (writes and any(one[0] == "/" and op.spec.path.startswith(one) for one in self.ops))


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
    Trace("sessions of people who were given", (), "each ends by itself when its refresh token expires"),
)  # fmt: skip
SESSIONS = TRACES[-1].what


def left(counts: Mapping[str, int], ops: Iterable[Op], sessions: int = 0) -> list[dict[str, Any]]:
    """Return what stays, as JSON data: kind, how many at most, and why.

    `counts` are successes by the id of an operation, `sessions` the logins of people whose credentials were given.
    """
    known = list(ops)
    found = []
    for trace in TRACES:
        count = sessions if trace.what == SESSIONS else sum(counts.get(op.id, 0) for op in known if trace.of(op))
        if count:
            found.append({"what": trace.what, "count": count, "why": trace.why})
    return found
