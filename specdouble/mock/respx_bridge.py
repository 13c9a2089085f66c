"""The mock inside a test that uses httpx: requests to a base URL are answered in-process through respx.

It answers sync and async clients alike, whichever asks, also where a loop runs; streams come as they are made.
"""

from __future__ import annotations

import re

import httpx
import respx
from flask import Flask

from specdouble.mock.testing.clients import answer


class Bridge:
    """Answers httpx requests from the application of a service; a respx side effect."""

    def __init__(self, app: Flask, base: str = "") -> None:
        self._app = app
        self._base = httpx.URL(base).raw_path.rstrip(b"/") if base else b""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, whose body respx has read."""
        return answer(self._app, request, request.content, self._path(request))

    def _path(self, request: httpx.Request) -> bytes | None:
        """Return the path without that of the base URL, where no operation has it with that."""
        if not self._base:
            return None
        paths = self._app.extensions["paths"]
        found, _ = paths.find(request.method, request.url.path, request.url.query.decode("latin-1"))
        bare = request.url.raw_path.removeprefix(self._base)
        return bare if getattr(found, "status", 200) == 404 and bare.startswith(b"/") else None


def mount(router: respx.Router, base_url: str, app: Flask) -> respx.Route:
    """Answer every request below a base URL on a respx router from an application.

    URLs are compared as such: case of the host, the default port and a slash at the end make no difference.
    """
    base = str(httpx.URL(base_url).copy_with(query=None, fragment=None, userinfo=b"")).rstrip("/")
    scheme, _, rest = base.partition("://")
    pattern = rf"^{re.escape(scheme)}://(?:[^/?#@]*@)?{re.escape(rest)}(?=[/?#]|$)"
    return router.route(url__regex=pattern).mock(side_effect=Bridge(app, base))
