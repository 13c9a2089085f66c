"""The functions of the memory app and of the file reader: what they keep stands in ``records``."""

from __future__ import annotations

import re
from typing import Any

from mockserver.auth_gateway import _records
from mockserver.auth_gateway._outcomes import Function, FunctionError, Performed, text, whole
from mockserver.kit import Doc, World

MEMORY = "memory-index"
FILES = "file-reader"
RECALLED = 5


def _keep(world: World, user: Doc, app_id: str, collection: str, prefix: str, data: Doc) -> Doc:
    return _records.put(world, user["imperal_id"], app_id, collection, data, prefix=prefix)


def _add_user_fact(world: World, user: Doc, params: Doc) -> Performed:
    data = {"text": text(params, "fact", "text", "content"), "kind": "fact"}
    return {"id": _keep(world, user, MEMORY, "memory", "mem_", data)["id"]}, "Remembered."


def _add_note(world: World, user: Doc, params: Doc) -> Performed:
    data = {"text": text(params, "note", "text", "content"), "kind": "note"}
    return {"id": _keep(world, user, MEMORY, "memory", "mem_", data)["id"]}, "The note is kept."


def _recall_context(world: World, user: Doc, params: Doc) -> Performed:
    """Return what was remembered and shares a word with the query, newest first; without a query the newest."""
    query, limit = params.get("query"), whole(params, "limit", RECALLED)
    wanted = _words(query) if isinstance(query, str) else set()
    held = world.state["records"].newest(app_id=MEMORY, user_id=user["imperal_id"], collection="memory")
    found = [one for one in held if not wanted or wanted & _words(one["data"]["text"])]
    snippets = [{"id": one["id"], **one["data"]} for one in found[:limit]]
    return {"snippets": snippets}, f"{len(snippets)} snippets recalled."


def _words(value: str) -> set[str]:
    return {word for word in re.findall(r"\w+", value.lower()) if len(word) > 2}


def _receive_files(world: World, user: Doc, params: Doc) -> Performed:
    """Store files; each becomes an item with the ids of the file and of its document."""
    files = params.get("files", [params["file"]] if "file" in params else None)
    if not isinstance(files, list) or not files or not all(isinstance(one, dict) for one in files):
        raise FunctionError("params.files must be a list of objects such as {filename, content}.")
    items = []
    for file in files:
        record = _keep(world, user, FILES, "file", "file_", file)
        name = file.get("filename", file.get("name"))
        items.append({"file_id": record["id"], "document_id": _document_id(record["id"]), "filename": name})
    return {"items": items}, f"{len(items)} files received."


def _document_id(file_id: str) -> str:
    return f"doc_{file_id.removeprefix('file_')}"


def _read_files(world: World, user: Doc, params: Doc) -> Performed:
    """Return stored files by ``file_ids`` or ``document_ids``; without either the newest ones."""
    key = {"app_id": FILES, "user_id": user["imperal_id"], "collection": "file"}
    records = world.state["records"]
    wanted: Any = params.get("file_ids", params.get("document_ids"))
    if wanted is None:
        found: list[Doc | None] = list(records.page(0, RECALLED, **key))
    elif isinstance(wanted, list) and all(isinstance(one, str) for one in wanted):
        found = [records.get(f"file_{one.removeprefix('doc_').removeprefix('file_')}") for one in wanted]
    else:
        raise FunctionError("params.file_ids must be a list of ids that receive_files answered.")
    items = []
    for number, record in enumerate(found):
        if record is None or any(record[name] != value for name, value in key.items()):
            raise FunctionError(f"There is no file {wanted[number]!r}.")
        items.append({**record["data"], "file_id": record["id"], "document_id": _document_id(record["id"])})
    return {"items": items}, f"{len(items)} files read."


FUNCTIONS: dict[tuple[str, str], Function] = {
    (MEMORY, "add_user_fact"): _add_user_fact,
    (MEMORY, "add_note"): _add_note,
    (MEMORY, "recall_context"): _recall_context,
    (FILES, "receive_files"): _receive_files,
    (FILES, "read_files"): _read_files,
}
