"""The Registry: apps, tool manifests, settings, catalogue and installs, as the web-kernel reads them."""

from __future__ import annotations

from specdouble.mock.kit import ServerService

from ._collections import COLLECTIONS
from .policy import admit

ALIASES = {"/health": "/v1/health"}  # where panels look for it

service = ServerService(admit=admit, collections=COLLECTIONS, aliases=ALIASES, document_path="/v1/openapi.json")
