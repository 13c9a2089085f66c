"""A shop that no document describes wholly, and the recipes and rules that the page about it writes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

PAGE = Path(__file__).resolve().parents[2] / "docs" / "verify-any-document.md"
ORDER = {"type": "object", "required": ["id", "price"],
         "properties": {name: {"type": "integer"} for name in ("id", "count", "price")}}  # fmt: skip
NEW = {"type": "object", "required": ["sku", "count"],
       "properties": {"sku": {"type": "string"}, "count": {"type": "integer", "minimum": 1}}}  # fmt: skip


def _ok(schema: Any) -> dict[str, Any]:
    return {"description": "ok", "content": {"application/json": {"schema": schema}}}


DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Shop", "version": "1"},
    "paths": {
        "/orders": {
            "get": {"responses": {"200": _ok({"type": "array", "items": ORDER})}},
            "post": {
                "requestBody": {"required": True, "content": {"application/json": {"schema": NEW}}},
                "responses": {"201": _ok(ORDER), "409": {"description": "not in stock"}, "422": {"description": "no"}},
            },
        }
    },
}


@contextmanager
def shop(*, surcharge: int = 0) -> Iterator[str]:
    """Serve a shop that sells one thing, which no document says."""
    orders: list[dict[str, int]] = []

    class Shop(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_args: Any) -> None:
            pass

        def answer(self, status: int, body: Any) -> None:
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def do_GET(self) -> None:
            self.answer(*((200, orders) if self.path.partition("?")[0] == "/orders" else (404, {})))

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            try:
                told = json.loads(raw)
                sku, count = told["sku"], told["count"]
            except (ValueError, KeyError, TypeError, RecursionError):
                self.answer(422, {})
                return
            if not isinstance(sku, str) or type(count) is not int or count < 1:
                self.answer(422, {})
            elif sku != "A-1":
                self.answer(409, {})
            else:
                orders.append({"id": len(orders) + 1, "count": count, "price": 150 * count + surcharge})
                self.answer(201, orders[-1])

    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def project(folder: Path) -> None:
    """Write what the page shows, and the document."""
    snippets = re.findall(r'```python title="([^"]+)"\n(.*?)```', PAGE.read_text(), re.DOTALL)
    assert len(snippets) == 2
    for title, text in snippets:
        (folder / title).parent.mkdir(parents=True, exist_ok=True)
        (folder / title).write_text(text)
    (folder / "shop.json").write_text(json.dumps(DOCUMENT))
