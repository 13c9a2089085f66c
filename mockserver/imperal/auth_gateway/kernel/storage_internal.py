"""The files of apps: per tenant and app, by path. Contents are kept as base64, so that a world exports as JSON."""

from __future__ import annotations

import base64
from urllib.parse import quote

from specdouble.mock.kit import Call, Doc, Problem, Response, invalid, op

from . import _forms

SITE = "https://files.example.com"
SHOWN = ("path", "size", "content_type", "created_at", "url")


@op("POST /v1/internal/storage/upload")
def upload(call: Call) -> Doc:
    """Store a file; one that is already at that path is replaced. Without a path its own name is used."""
    fields, sent = _forms.read(call, "file")
    path = fields.get("path") or sent.name
    if not path:
        raise invalid((("body", "path"), "Value must name a path, where the file has no name", "value_error"))
    app_id = fields.get("extension_id", "")
    key = {"tenant_id": fields.get("tenant_id") or "default", "app_id": app_id, "path": path}
    files = call.state["files"]
    held = files.first(**key)
    stored = {
        "id": held["id"] if held else call.world.ids.new("file_", 12),
        **key,
        "size": len(sent.content),
        "content_type": sent.content_type,
        "created_at": call.world.clock.stamp(),
        "url": "/".join((SITE, *([quote(app_id, safe="")] if app_id else ()), quote(path))),
        "content": base64.b64encode(sent.content).decode(),
    }
    return _shown(files.put(stored))


@op("GET /v1/internal/storage/download")
def download(call: Call) -> Response:
    """Give the bytes of a file back."""
    return Response(base64.b64decode(_file(call)["content"]))


@op("DELETE /v1/internal/storage")
def delete(call: Call) -> Doc:
    """Delete a file; a second time it is unknown."""
    call.state["files"].remove(_file(call)["id"])
    return {"path": call.query["path"], "deleted": True}


@op("GET /v1/internal/storage/list")
def listing(call: Call) -> Doc:
    """List the files whose path starts with ``prefix``, by path."""
    held = call.state["files"].find(tenant_id=call.query["tenant_id"], app_id=call.query["extension_id"])
    found = [_shown(one) for one in held if one["path"].startswith(call.query["prefix"])]
    found.sort(key=lambda one: str(one["path"]))
    return {"files": found, "has_more": False, "cursor": None, "total": len(found)}


def _file(call: Call) -> Doc:
    path, app_id = call.query["path"], call.query["extension_id"]
    held = call.state["files"].first(tenant_id=call.query["tenant_id"], app_id=app_id, path=path)
    if held is None:
        raise Problem(404, f"There is no file {path[:80]} of app {app_id[:80]}. GET …/list shows what there is.")
    return held


def _shown(file: Doc) -> Doc:
    return {name: file[name] for name in SHOWN}
