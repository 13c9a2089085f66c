"""Accounts at other providers that people have connected, for the kernel; never with a provider's token."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, op

from ..kernel import _kernel
from . import _oauth


@op("GET /v1/oauth/internal/gmail/accounts")
def gmail(call: Call) -> Doc:
    """List a user's accounts at Google."""
    return {"accounts": [one for one in _accounts(call) if one["provider"] == "google"]}


@op("GET /v1/oauth/internal/mail/accounts")
def mail(call: Call) -> Doc:
    """List a user's accounts at every provider."""
    return {"accounts": _accounts(call)}


def _accounts(call: Call) -> list[Doc]:
    user = _kernel.asked_person(call)
    return _oauth.accounts(call.world, user["imperal_id"])
