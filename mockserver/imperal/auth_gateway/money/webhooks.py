"""Receivers of other companies' pushes: Stripe's signed events and Google's mailbox notices."""

from __future__ import annotations

import base64
from typing import Any

import orjson

from specdouble.mock.kit import Call, Doc, World, op

from ..identity import _people
from . import _stripe


@op("POST /v1/webhooks/stripe", lenient=True)
def stripe(call: Call) -> Doc:
    """Take a signed event; the signature is checked before anything in the body counts (W03)."""
    _stripe.require_signature(call.world, call.headers.get("stripe-signature"), call.raw)
    call.op.checker.request(call)
    _stripe.receive(call.world, call.body)
    return {"received": True, "event_id": call.body["id"]}


@op("POST /v1/webhooks/gmail", lenient=True)
def gmail(call: Call) -> Doc:
    """Tell the owners of a mailbox that something arrived; whatever else is sent is acknowledged too (W04)."""
    notice = _notice(call.raw)
    address = notice.get("emailAddress")
    if isinstance(address, str):
        payload = {"kind": "gmail", "email": address, "history_id": notice.get("historyId")}
        for user_id in _owners(call.world, address):
            call.world.emit(user_id, "notification", payload)
    return {"status": "ok"}


def _notice(raw: bytes) -> dict[str, Any]:
    """Read what a Pub/Sub push carries: base64 of JSON in ``message.data``; an unusable one is empty."""
    try:
        notice = orjson.loads(base64.b64decode(orjson.loads(raw)["message"]["data"], altchars=b"-_"))
    except (ValueError, TypeError, LookupError):
        return {}
    return notice if isinstance(notice, dict) else {}


def _owners(world: World, address: str) -> list[str]:
    """Find the active accounts with that address, one per tenant at most (A05)."""
    found = [_people.by_email(world, address, tenant["tenant_id"]) for tenant in world.state["tenants"]]
    return [user["imperal_id"] for user in found if user is not None and user["is_active"]]
