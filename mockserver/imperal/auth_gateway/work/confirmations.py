"""Confirmations of the caller: list, read, confirm, cancel (rules C07, D07, I02)."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, op

from . import _confirmations, _mine


@op("GET /v1/confirmations/active")
def active(call: Call) -> Doc:
    """List the caller's pending confirmations, newest first."""
    pending = call.state["confirmations"].newest(user_id=call.user_id, status=_confirmations.PENDING)
    return {"confirmations": [_shown(one) for one in pending]}


@op("GET /v1/confirmations/{confirmation_id}")
def read(call: Call) -> Doc:
    """Show one confirmation, settled ones too."""
    return _shown(_own(call))


@op("POST /v1/confirmations/{confirmation_id}/confirm")
def confirm(call: Call) -> Doc:
    """Run the held calls, once."""
    held = _own(call)
    results = _confirmations.confirm(call.world, call.user, held)
    return {"confirmation_id": held["confirmation_id"], "status": _confirmations.CONFIRMED, "results": results}


@op("POST /v1/confirmations/{confirmation_id}/cancel")
def cancel(call: Call) -> Doc:
    """Drop the held calls."""
    held = _own(call)
    _confirmations.cancel(call.world, held)
    return {"confirmation_id": held["confirmation_id"], "status": _confirmations.CANCELLED}


def _own(call: Call) -> Doc:
    key = call.params["confirmation_id"]
    return _mine.require(call, "confirmations", key, "confirmation", "GET /v1/confirmations/active")


def _shown(confirmation: Doc) -> Doc:
    return {name: value for name, value in confirmation.items() if name != "panel"}
