"""The functions of the file reader: it keeps the text of what it is given, and never the file itself."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from specdouble.mock.kit import Doc, World

from ..functions._declared import COUNT, OBJECT, TEXT, TEXTS, WHOLE, Functions, up_to
from ..functions._outcomes import FunctionError, Performed, text
from ..kernel import _records

APP = "file-reader"
FUNCTIONS = Functions(APP)
add = FUNCTIONS.add
NEWEST = 5
WINDOW = 20_000
PREVIEW = 400
FILES: dict[str, Any] = {"file_ids": TEXTS, "document_ids": TEXTS}


@add("receive_files", "write", "Take files and keep their text.", files={"type": "array", "items": OBJECT})
def _receive(world: World, user: Doc, params: Doc) -> Performed:
    """Keep the text of files, each ``{name, mime_type, data_base64}`` or ``{filename, content}``.

    A file that cannot be decoded is rejected with its reason; one without readable text is kept as failed.
    """
    files = params.get("files", [params["file"]] if "file" in params else None)
    if not isinstance(files, list) or not files or not all(isinstance(one, dict) for one in files):
        raise FunctionError("params.files must be a list of objects such as {name, mime_type, data_base64}.")
    items, rejected = [], list[Doc]()
    for number, file in enumerate(files):
        name = str(file.get("name") or file.get("filename") or f"file {number + 1}")
        try:
            raw = _bytes(file)
        except (ValueError, binascii.Error):
            rejected.append({"name": name, "reason": "data_base64 is no base64, and there is no content."})
            continue
        data = {"filename": name, "mime_type": file.get("mime_type") or "application/octet-stream", **_read(raw)}
        record = _records.put(world, user["imperal_id"], APP, "file", data, prefix="file_")
        items.append(_shown(record))
    return {"items": items, "total": len(items), "rejected": rejected}, f"{len(items)} files received."


def _bytes(file: Doc) -> bytes:
    sent = file.get("data_base64")
    if isinstance(sent, str):
        return base64.b64decode(sent, validate=True)
    content = file.get("content")
    if isinstance(content, str):
        return content.encode()
    raise ValueError


def _read(raw: bytes) -> Doc:
    """Extract the text of a file: whatever is UTF-8 is its own text, nothing else is understood here."""
    try:
        found, status = raw.decode(), "ready"
    except UnicodeDecodeError:
        found, status = "", "failed"
    return {"size_bytes": len(raw), "text": found.replace("\0", ""), "status": status}


@add("list_files", "read", "List the files.")
def _list(world: World, user: Doc, _params: Doc) -> Performed:
    items = [_shown(one) for one in _held(world, user)]
    return {"items": items, "total": len(items)}, f"{len(items)} files."


@add("file_overview", "read", "Show what files are, with the beginning of their text.", **FILES)
def _overview(world: World, user: Doc, params: Doc) -> Performed:
    items = [{**_shown(one), "excerpt": one["data"]["text"][:PREVIEW]} for one in _chosen(world, user, params)]
    return {"items": items, "total": len(items)}, f"{len(items)} files."


@add("read_file_preview", "read", "Show the beginning and a middle part of files.", **FILES)
def _preview(world: World, user: Doc, params: Doc) -> Performed:
    items = []
    for one in _chosen(world, user, params):
        content = one["data"]["text"]
        middle = content[len(content) // 2 :][:PREVIEW] if len(content) > 2 * PREVIEW else ""
        more = {"excerpt": content[:PREVIEW], "sample": middle, "total_chars": len(content)}
        items.append({**_shown(one), **more})
    return {"items": items, "total": len(items)}, f"{len(items)} files."


@add("read_files", "read", "Return a window of the text of files.", **FILES, offset=COUNT, limit=WHOLE)
def _read_files(world: World, user: Doc, params: Doc) -> Performed:
    """Return the text of files from ``offset`` on, at most ``limit`` characters; without ids of the newest ones."""
    offset, limit = params.get("offset", 0), params.get("limit", WINDOW)
    items = []
    for one in _chosen(world, user, params):
        content = one["data"]["text"]
        window = content[offset : offset + limit]
        items.append(
            {
                **_shown(one),
                "status": "ok" if one["data"]["status"] == "ready" else "error",
                "body": window,
                "body_format": "plain",
                "offset": offset,
                "returned_chars": len(window),
                "total_chars": len(content),
                "has_more": offset + len(window) < len(content),
                "message": None if one["data"]["status"] == "ready" else "This file has no text that can be read.",
            }
        )
    return {"items": items, "total": len(items)}, f"{len(items)} files read."


@add("search_files", "read", "Search the text of files.", "query", query=TEXT, file_ids=TEXTS, k=up_to(50))
def _search(world: World, user: Doc, params: Doc) -> Performed:
    """Return the lines that share most words with the query; ``score`` is the share of the query's words."""
    wanted = _words(text(params, "query"))
    hits = []
    for one in _chosen(world, user, params, every=True):
        for line in one["data"]["text"].splitlines():
            score = len(wanted & _words(line)) / max(len(wanted), 1)
            if score:
                label = {"label": one["data"]["filename"], "file_id": one["id"]}
                hits.append({**label, "snippet": line[:PREVIEW], "score": round(score, 3)})
    hits.sort(key=lambda hit: -hit["score"])
    items = [{"id": str(number), **hit} for number, hit in enumerate(hits[: params.get("k", 10)])]
    return {"items": items, "total": len(hits), "query": params["query"], "mode": "exact"}, f"{len(hits)} lines found."


@add("forget_files", "destructive", "Delete files for good.", "file_ids", file_ids=TEXTS)
def _forget(world: World, user: Doc, params: Doc) -> Performed:
    chosen = _chosen(world, user, params)
    for one in chosen:
        world.state["records"].remove(one["id"])
    return {"removed": len(chosen), "file_ids": [one["id"] for one in chosen]}, f"{len(chosen)} files deleted."


def _held(world: World, user: Doc) -> list[Doc]:
    return list(world.state["records"].newest(app_id=APP, user_id=user["imperal_id"], collection="file"))


def _chosen(world: World, user: Doc, params: Doc, *, every: bool = False) -> list[Doc]:
    """Return the files that are named, each once; without names the newest, or ``every`` one."""
    held = _held(world, user)
    wanted = params.get("file_ids") or params.get("document_ids")
    if not wanted:
        return held if every else held[:NEWEST]
    known = {one["id"]: one for one in held}
    found = []
    for name in dict.fromkeys(wanted):
        record = known.get(f"file_{name.removeprefix('doc_').removeprefix('file_')}")
        if record is None:
            raise FunctionError(f"There is no file {name!r}; list_files lists them.")
        found.append(record)
    return found


def _shown(record: Doc) -> Doc:
    data, file_id = record["data"], record["id"]
    return {
        "id": file_id,
        "file_id": file_id,
        "document_id": f"doc_{file_id.removeprefix('file_')}",
        "title": data["filename"],
        **{name: data[name] for name in ("filename", "mime_type", "size_bytes", "status")},
        "searchable": bool(data["text"]),
    }


def _words(value: str) -> set[str]:
    return set(re.findall(r"\w+", value.lower()))
