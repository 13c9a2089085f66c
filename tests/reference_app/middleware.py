"""Between the server and the app: content types, and the patches of faults that spoil a finished response."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .faults import active, on
from .patches import PATCHES, Reply


def supported_content(method: str, path: str, content_type: str) -> bool:
    """Return whether an operation takes a body of this content type."""
    kind = content_type.partition(";")[0].strip().lower()
    if method == "POST" and path.endswith("/attachments"):
        return kind == "multipart/form-data"
    if method == "PATCH":
        return kind == "application/merge-patch+json"
    return kind == "application/json"


class ContentTypes:
    """Refuses (415) bodies of other content types than the operation's."""

    def __init__(self, app: ASGIApp, bodies_of: Callable[[str], set[str]]) -> None:
        self.app, self.bodies_of = app, bodies_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http" and scope["method"] in ("POST", "PUT", "PATCH"):
            method, path = scope["method"], scope["path"]
            kind = dict(scope["headers"]).get(b"content-type", b"").decode("latin-1")
            if kind and method in self.bodies_of(path) and not supported_content(method, path, kind):
                if not on("content-any-type"):
                    message = "This content type is not supported."
                    body = {"code": "unsupported_media_type", "message": message, "details": []}
                    await JSONResponse(body, 415)(scope, receive, send)
                    return
                others = [one for one in scope["headers"] if one[0] != b"content-type"]
                scope["headers"] = [*others, (b"content-type", b"application/json")]
        await self.app(scope, receive, send)


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
