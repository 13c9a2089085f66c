"""The Auth Gateway: identity, extensions, marketplace, billing, developer portal, secrets, tenants, events."""

from __future__ import annotations

from mockserver.auth_gateway import (
    _builtin,
    _confirmations,
    _developers,
    _earnings,
    _purchases,
    _tallies,
    _tasks,
    _tokens,
)
from mockserver.auth_gateway._collections import COLLECTIONS
from mockserver.auth_gateway.policy import LIMITS, admit
from mockserver.packs import Pack

pack = Pack(
    name="auth_gateway",
    documents=("auth-gateway", "auth-gateway-internal"),
    admit=admit,
    collections=COLLECTIONS,
    limits=LIMITS,
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
