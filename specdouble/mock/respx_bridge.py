"""The mock inside a test that uses httpx: requests to a base URL are answered in-process through respx.

Works for sync and async httpx clients alike: respx's own WSGI handler is sync only, so the async side runs the
application in a thread.
"""

from __future__ import annotations

import asyncio
from typing import Any

try:
    import httpx
except ModuleNotFoundError as error:  # pragma: no cover - without the extra
    raise ModuleNotFoundError("the bridge needs more: pip install 'specdouble[respx]'", name=error.name) from None
import respx
from flask import Flask


class Bridge:
    """Answers httpx requests from a Flask application; a respx side effect for both kinds of client."""

    def __init__(self, app: Flask) -> None:
        self._transport = httpx.WSGITransport(app=app)

    def __call__(self, request: httpx.Request) -> Any:
        """Answer a request: at once for a sync client, as a coroutine for an async one."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return self._answer(request)
        return self._answer_async(request)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        response = self._transport.handle_request(request)
        content = response.read()
        return httpx.Response(response.status_code, headers=response.headers, content=content)

    async def _answer_async(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        plain = httpx.Request(request.method, request.url, headers=request.headers, content=request.content)
        return await asyncio.to_thread(self._answer, plain)


def mount(router: respx.Router, base_url: str, app: Flask) -> respx.Route:
    """Answer every request below ``base_url`` on a respx router from an application."""
    return router.route(url__startswith=base_url).mock(side_effect=Bridge(app))
