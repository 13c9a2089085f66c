"""The Registry: apps, tool manifests, settings, catalogue and installs, as the web-kernel reads them."""

from __future__ import annotations

from specdouble.mock.binding.bind import Pack

from ._collections import COLLECTIONS
from .policy import admit

ALIASES = {"/health": "/v1/health"}  # where panels look for it

pack = Pack(name="registry", documents=("registry",), admit=admit, collections=COLLECTIONS, aliases=ALIASES)
