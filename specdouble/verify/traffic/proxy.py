"""A reverse proxy as an ASGI application: it passes everything on as it is, and tells what passed.

Bodies are streamed in both directions, compressed as they are; a copy of the first megabytes is kept for the judge.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from specdouble.verify.traffic.exchange import Seen, decoded

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Header = tuple[bytes, bytes]

KEPT = 8 * 1024 * 1024  # bytes of a body that are looked at; of a longer one only head and status are judged
_HOPS = frozenset(
    {
        b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te",
        b"trailer", b"transfer-encoding", b"upgrade",
    }
)  # fmt: skip
_BEFORE = frozenset({b"host", b"expect", b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto"})


class Copy:
    """What passed of a body, as far as it is kept."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 0

    def add(self, part: bytes) -> None:
        """Take a part that passed."""
        self.size += len(part)
        if self.size <= KEPT:
            self.parts.append(part)

    def whole(self, coding: str) -> bytes | None:
        """Return the body without its coding; None where it is too long, or cannot be decoded."""
        return decoded(b"".join(self.parts), coding) if self.size <= KEPT else None


class Proxy:
    """Passes requests to `upstream`, a base URL; `took` gets each exchange when it is over."""

    def __init__(self, upstream: str, client: httpx.AsyncClient, took: Callable[[Seen], None]) -> None:
        self.upstream = httpx.URL(upstream)
        self.origin = f"{self.upstream.scheme}://{self.upstream.netloc.decode()}"
        self.client = client
        self.took = took

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            await self._pass(scope, receive, send)

    async def _pass(self, scope: Message, receive: Receive, send: Send) -> None:
        sent, taken, started = Copy(), Copy(), time.perf_counter()
        request = self._request(scope, _body(receive, sent))
        seen = Seen(scope["method"], str(request.url), httpx.Headers(list(scope["headers"])))
        try:
            response = await self.client.send(request, stream=True)
        except httpx.HTTPError as error:
            await self._failed(error, seen, scope, send)
            return
        seen.status, seen.headers = response.status_code, httpx.Headers(response.headers.raw)
        seen.body = sent.whole(seen.asked.get("content-encoding", ""))
        request.extensions["timeout"] = {
            **request.extensions.get("timeout", {}),
            "read": None,
        }  # a stream may be silent
        watching = asyncio.ensure_future(_gone(receive))
        passing = asyncio.ensure_future(self._answer(response, scope, send, taken))
        try:
            await asyncio.wait({watching, passing}, return_when=asyncio.FIRST_COMPLETED)
            if passing.done():
                passing.result()
        except httpx.HTTPError as error:
            seen.dropped, seen.trouble = True, f"the connection broke in the body of a {seen.status} ({_said(error)})"
            raise
        finally:
            whole = passing.done() and not passing.cancelled()
            for task in (watching, passing):
                task.cancel()
            await asyncio.gather(watching, passing, return_exceptions=True)
            await response.aclose()
            seen.seconds = time.perf_counter() - started
            seen.content = taken.whole(seen.headers.get("content-encoding", "")) if whole else None
            self.took(seen)

    async def _answer(self, response: httpx.Response, scope: Message, send: Send, taken: Copy) -> None:
        head = [
            (name, self._located(value, scope) if name.lower() == b"location" else value)
            for name, value in _passed_on(response.headers.raw)
        ]
        head.append((b"via", b"1.1 specdouble"))
        await send({"type": "http.response.start", "status": response.status_code, "headers": head})
        async for part in response.aiter_raw():
            taken.add(part)
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    def _request(self, scope: Message, body: AsyncIterator[bytes]) -> httpx.Request:
        """Return what is sent on: path and query as they came, without the headers of one connection."""
        raw = scope.get("raw_path") or quote(scope["path"], safe="/%:@!$&'()*+,;=~").encode()
        raw = raw.partition(b"?")[0]
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        url = self.upstream.copy_with(raw_path=self.upstream.raw_path.rstrip(b"/") + raw + query)
        given = {name.lower(): value for name, value in scope["headers"]}
        client = (scope.get("client") or ("", 0))[0]
        host, scheme = given.get(b"host", b""), scope.get("scheme", "http")
        earlier = given.get(b"x-forwarded-for")
        headers = [one for one in _passed_on(scope["headers"]) if one[0].lower() not in _BEFORE]
        headers += [
            (b"host", url.netloc),
            (b"x-forwarded-for", (earlier + b", " if earlier else b"") + client.encode()),
            (b"x-forwarded-host", given.get(b"x-forwarded-host", host)),
            (b"x-forwarded-proto", given.get(b"x-forwarded-proto", scheme.encode())),
            (b"forwarded", _forwarded(given.get(b"forwarded"), client, host.decode("latin-1"), scheme).encode()),
        ]
        has_body = given.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in given
        request = httpx.Request(scope["method"], url, headers=headers, content=body if has_body else None)
        request.extensions["timeout"] = self.client.timeout.as_dict()
        return request

    def _located(self, value: bytes, scope: Message) -> bytes:
        """Return a Location that leads back through this proxy."""
        text = value.decode("latin-1")
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        if urlsplit(text).netloc and f"{text}/".startswith(f"{self.origin}/") and host:
            return f"{scope.get('scheme', 'http')}://{host}{text[len(self.origin) :]}".encode("latin-1")
        return value

    async def _failed(self, error: httpx.HTTPError, seen: Seen, scope: Message, send: Send) -> None:
        """Answer in the place of an upstream that does not."""
        late = isinstance(error, httpx.TimeoutException)
        seen.trouble = f"{'no answer in time' if late else 'no answer'}: {_said(error)}"
        # Who cannot be reached has not broken a promise; who takes a request and goes has.
        seen.dropped = isinstance(error, httpx.ReadError | httpx.RemoteProtocolError | httpx.ReadTimeout)
        status, title = (504, "Gateway Timeout") if late else (502, "Bad Gateway")
        told = {"type": "about:blank", "title": title, "status": status, "detail": f"{self.origin}: {seen.trouble}"}
        body = json.dumps(told).encode()
        head = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
        head.append((b"via", b"1.1 specdouble"))
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
        self.took(seen)


def _passed_on(headers: Iterable[Header]) -> list[Header]:
    """Return the headers that are not of one connection alone (RFC 9110, 7.6.1)."""
    every = list(headers)
    named = {one.strip().lower() for name, value in every if name.lower() == b"connection" for one in value.split(b",")}
    return [(name, value) for name, value in every if name.lower() not in _HOPS | named]


def _forwarded(earlier: bytes | None, client: str, host: str, scheme: str) -> str:
    """Return the header Forwarded (RFC 7239) with this step at its end."""
    quoted = f'"[{client}]"' if ":" in client else client or "unknown"
    mine = f'for={quoted};host="{host}";proto={scheme}'
    return f"{earlier.decode('latin-1')}, {mine}" if earlier else mine


async def _body(receive: Receive, copy: Copy) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise httpx.WriteError("the client has gone")
        if part := message.get("body", b""):
            copy.add(part)
            yield part
        if not message.get("more_body"):
            return


async def _gone(receive: Receive) -> None:
    """Wait until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
