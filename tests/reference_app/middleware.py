"""Between the server and the app: content types, and the patches of faults that spoil a finished response."""

from __future__ import annotations

import json
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .faults import active
from .patches import PATCHES, Reply


class Spoiler:
    """Applies the patch of the fault that is on, if it is one of responses."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        patch = PATCHES.get(active() or "")
        if patch is None or scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start: dict[str, Any] = {}
        chunks: list[bytes] = []

        async def hold(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            chunks.append(message.get("body", b""))
            if not message.get("more_body"):
                await release()

        async def release() -> None:
            route = getattr(scope.get("route"), "path", "")
            headers = {name.decode(): value.decode() for name, value in start["headers"]}
            raw = b"".join(chunks)
            parsed = json.loads(raw) if "json" in headers.get("content-type", "") and raw else None
            reply = Reply(start["status"], headers, parsed, scope)
            if patch.matches(scope["method"], route, reply.status):
                patch.change(reply)
                if parsed is not None or reply.body is not None:
                    raw = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
                reply.headers["content-length"] = str(len(raw))
            sent = [(name.encode(), value.encode()) for name, value in reply.headers.items()]
            await send({"type": "http.response.start", "status": reply.status, "headers": sent})
            await send({"type": "http.response.body", "body": raw})

        await self.app(scope, receive, hold)
