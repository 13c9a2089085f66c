"""The Auth Gateway: identity, extensions, marketplace, billing, developer portal, secrets, tenants, events."""

from __future__ import annotations

from specdouble.mock.kit import ServerService

from ._collections import COLLECTIONS
from .builtin import _builtin
from .developer import _developers, _earnings
from .identity import _tokens
from .money import _purchases
from .policy import LIMITS, admit
from .work import _confirmations, _tallies, _tasks

service = ServerService(
    admit=admit,
    document_path="/v1/openapi.json",
    collections=COLLECTIONS,
    limits=LIMITS,
    sign_in=_tokens.sign_in,
    on_start=(
        _builtin.start,
        _tokens.start,
        _tallies.start,
        _purchases.start,
        _confirmations.schedule,
        _tasks.schedule,
        _earnings.schedule,
        _developers.schedule,
    ),
)
