"""The Auth Gateway: identity, extensions, marketplace, billing, developer portal, secrets, tenants, events."""

from __future__ import annotations

from mockserver.auth_gateway._collections import COLLECTIONS
from mockserver.auth_gateway.policy import admit
from mockserver.packs import Pack

pack = Pack(name="auth_gateway", document="auth-gateway", admit=admit, collections=COLLECTIONS)
