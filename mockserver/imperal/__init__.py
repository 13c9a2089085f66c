"""Handlers of Imperal Cloud: a package per service, in it a folder per idea and a file per group of resources."""

from __future__ import annotations

from specdouble.mock.kit import ServerPack

from ._errors import shape
from ._events import FORMAT
from ._options import Options
from ._people import PEOPLE, credentials

# Its services are FastAPI applications.
pack = ServerPack(options=Options, errors=shape, events=FORMAT, principals=PEOPLE, credentials=credentials, lax=True)
