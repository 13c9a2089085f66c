"""Faults of methods that a path does not have: each has to be 405 with an ``Allow`` that tells the truth."""

from __future__ import annotations

from typing import Any

from specdouble.mock.pipeline.call import Call
from specdouble.mock.pipeline.problems import Problem
from tests.conftest import Client
from tests.planted.fault import Area, gateway, registry
from tests.planted.makers import accepts
from tests.planted.witness import Witness


def refuses(code: int, *allow: str) -> Any:
    """Refuse with a status and an ``Allow`` of one's own."""

    def refuse(_call: Call) -> Any:
        raise Problem(code, "Not here.", headers=(("allow", ", ".join(allow)),) if allow else ())

    return refuse


def told(method: str, path: str, *, by: str = "ada") -> Any:
    """What somebody gets who uses a method: the status, and what is allowed instead."""

    def prove(w: Witness) -> Any:
        client: Client = getattr(w, by)
        reply = client.call(method, path, {} if method != "GET" else None)
        return reply.status, reply.headers.get("allow")

    return prove


TABLE: tuple[tuple[Area, str, str, str, str, str, Any, str], ...] = (
    (gateway, "methods-keys-patch-no-allow", "header", "GET /v1/keys", "PATCH", "PATCH is 405 without Allow.",
     refuses(405), "/v1/keys"),
    (gateway, "methods-subscribe-allow-lies", "header", "POST /v1/billing/subscribe", "PUT",
     "Allow names GET, which the path does not have.", refuses(405, "GET", "POST"), "/v1/billing/subscribe"),
    (gateway, "methods-users-allow-short", "header", "GET /v1/users", "PUT", "Allow leaves POST out.",
     refuses(405, "GET"), "/v1/users"),
    (gateway, "methods-settings-allow-star", "header", "GET /v1/me/settings", "DELETE", "Allow is a star.",
     refuses(405, "*"), "/v1/me/settings"),
    (gateway, "methods-login-get-404", "methods", "POST /v1/auth/login", "GET", "GET is an unknown path.",
     refuses(404), "/v1/auth/login"),
    (gateway, "methods-logout-delete", "methods", "POST /v1/auth/logout", "DELETE", "DELETE is a success.",
     lambda _call: {"message": "Logged out."}, "/v1/auth/logout"),
    (gateway, "methods-confirm-get", "methods", "POST /v1/confirmations/{confirmation_id}/confirm", "GET",
     "GET is answered like a link in a mail.", lambda _call: {"status": "confirmed"},
     "/v1/confirmations/conf_ada_lemons/confirm"),
    (gateway, "methods-payout-put-500", "methods", "POST /v1/developer/payouts/request", "PUT", "PUT is a crash.",
     lambda _call: 1 / 0, "/v1/developer/payouts/request"),
    (gateway, "methods-reviews-patch", "methods", "PUT /v1/marketplace/reviews/{review_id}", "PATCH",
     "PATCH is a success that changes nothing.", lambda _call: {}, "/v1/marketplace/reviews/21"),
    (gateway, "methods-secrets-post", "methods", "PUT /v1/secrets/{ext_id}/{name}", "POST", "POST is 422.",
     refuses(422), "/v1/secrets/notes/sync_token"),
    (registry, "methods-catalog-no-allow", "header", "GET /v1/catalog", "POST", "POST is 405 without Allow.",
     refuses(405), "/v1/catalog"),
    (registry, "methods-tools-allow-short", "header", "GET /v1/apps/{app_id}/tools", "DELETE", "Allow leaves PUT out.",
     refuses(405, "GET"), "/v1/apps/notes/tools"),
    (registry, "methods-health-delete", "methods", "GET /v1/health", "DELETE", "DELETE is a success.",
     lambda _call: {"status": "ok"}, "/v1/health"),
)  # fmt: skip

for area, name, kind, operation, method, text, response, path in TABLE:
    who = "ada" if area is gateway else "reg"
    area.add(name, kind, operation, text, accepts(method, response), told(method, path, by=who))
