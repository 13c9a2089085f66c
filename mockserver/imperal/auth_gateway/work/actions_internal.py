"""The ledger of actions for the kernel: of any user, by their imperal_id."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, op

from ..apps import _lifecycle
from ..kernel import _kernel
from . import _action_log


@op("GET /v1/internal/actions")
def list_actions(call: Call) -> Doc:
    """List a user's actions, as the user reads them (E05)."""
    user = _kernel.asked_person(call)
    return _action_log.page(call.world, user["imperal_id"], call.query)


@op("GET /v1/internal/actions/stats")
def stats(call: Call) -> Doc:
    """Sum up a user's current month (E07)."""
    return _action_log.month(call.world, _kernel.asked_person(call))


@op("GET /v1/internal/actions/stats/extension/{app_id}")
def extension_stats(call: Call) -> Doc:
    """Sum up the use of any app."""
    return _action_log.extension(call.world, _lifecycle.known_app(call)["app_id"])
