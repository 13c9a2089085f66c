"""The functions of the memory app: facts about a person, notes about their repositories, and the code index."""

from __future__ import annotations

import re
from typing import Any

from specdouble.mock.kit import Doc, World

from ..functions._declared import FLAG, TEXT, TEXTS, WHOLE, Functions, up_to
from ..functions._inner import ask
from ..functions._outcomes import FunctionError, Performed, text, whole
from ..kernel import _records

APP = "memory-index"
FUNCTIONS = Functions(APP)
add = FUNCTIONS.add
RECALLED = 5
FACT, NOTE = "fact", "note"


def _held(world: World, user: Doc, kind: str | None = None) -> list[Doc]:
    """Return what is remembered for a person, newest first."""
    found = world.state["records"].newest(app_id=APP, user_id=user["imperal_id"], collection="memory")
    return [one for one in found if kind in (None, one["data"]["kind"])]


def _keep(world: World, user: Doc, data: Doc) -> str:
    record = _records.put(world, user["imperal_id"], APP, "memory", data, prefix="mem_")
    return str(record["id"])


def _own(world: World, user: Doc, record_id: str, kind: str) -> Doc:
    found = next((one for one in _held(world, user, kind) if one["id"] == record_id), None)
    if found is None:
        raise FunctionError(
            f"There is no {kind} {record_id!r}; list_{'user_facts' if kind == FACT else 'notes'} lists them."
        )
    return found


# -- facts ---------------------------------------------------------------------------------------------------------


@add("add_user_fact", "write", "Remember a fact about the user.", fact=TEXT, category=TEXT, tags=TEXTS, scope=TEXT)
def _add_fact(world: World, user: Doc, params: Doc) -> Performed:
    fact, more = text(params, "fact", "text", "content"), {name: params[name] for name in ("scope",) if name in params}
    data = {"text": fact, "kind": FACT, "category": params.get("category", "preference"), **more}
    fact_id = _keep(world, user, {**data, "tags": params.get("tags", [])})
    total = len(_held(world, user, FACT))
    return {"id": fact_id, "fact_id": fact_id, "fact": fact, "action": "added", "total_facts": total}, "Remembered."


@add("list_user_facts", "read", "List what is remembered about the user.", category=TEXT)
def _list_facts(world: World, user: Doc, params: Doc) -> Performed:
    facts = [_fact(one) for one in _held(world, user, FACT)]
    items = [one for one in facts if params.get("category") in (None, "", one["category"])]
    return {"items": items, "total": len(items)}, f"{len(items)} facts."


@add("edit_user_fact", "write", "Change a fact.", "fact_id", "fact", fact_id=TEXT, fact=TEXT, category=TEXT, tags=TEXTS)
def _edit_fact(world: World, user: Doc, params: Doc) -> Performed:
    held = _own(world, user, params["fact_id"], FACT)
    named = {name: params[name] for name in ("category", "tags") if params.get(name)}
    return _fact(_records.merge(world, held, {"text": text(params, "fact"), **named})), "The fact is changed."


@add("delete_user_fact", "write", "Forget a fact.", "fact_id", fact_id=TEXT)
def _delete_fact(world: World, user: Doc, params: Doc) -> Performed:
    gone = world.state["records"].remove(_own(world, user, params["fact_id"], FACT)["id"])
    return {"fact_id": gone["id"], "action": "deleted", "total_facts": len(_held(world, user, FACT))}, "Forgotten."


def _fact(record: Doc) -> Doc:
    data = record["data"]
    return {
        "fact_id": record["id"],
        "fact": data["text"],
        "category": data.get("category", "preference"),
        "tags": data.get("tags", []),
        "created_at": record["created_at"],
        "updated_at": record["updated_at"],
    }


# -- notes ---------------------------------------------------------------------------------------------------------


@add("add_note", "write", "Keep a note about a repository.", note=TEXT, repo=TEXT, citations=TEXTS)
def _add_note(world: World, user: Doc, params: Doc) -> Performed:
    note, repo = text(params, "note", "text", "content"), params.get("repo", "")
    data = {"text": note, "kind": NOTE, "repo": repo, "citations": params.get("citations", [])}
    return {"id": _keep(world, user, data), "note": note, "repo_key": repo}, "The note is kept."


@add("list_notes", "read", "List the notes about a repository, newest first.", repo=TEXT)
def _list_notes(world: World, user: Doc, params: Doc) -> Performed:
    """List notes with their position, counted from the oldest; without a repository those about any."""
    items = _notes(world, user, params.get("repo", ""))
    return {"items": items, "total": len(items)}, f"{len(items)} notes."


@add("edit_note", "write", "Change a note by its position.", "position", "note", position=WHOLE, note=TEXT, repo=TEXT)
def _edit_note(world: World, user: Doc, params: Doc) -> Performed:
    held = _at(world, user, params)
    _records.merge(world, held, {"text": text(params, "note")})
    return {"id": held["id"], "note": params["note"], "position": params["position"]}, "The note is changed."


@add("delete_note", "destructive", "Forget a note by its position.", "position", position=WHOLE, repo=TEXT)
def _delete_note(world: World, user: Doc, params: Doc) -> Performed:
    gone = world.state["records"].remove(_at(world, user, params)["id"])
    return {"id": gone["id"], "position": params["position"], "deleted": True}, "The note is forgotten."


def _notes(world: World, user: Doc, repo: str) -> list[Doc]:
    held = [one for one in _held(world, user, NOTE) if not repo or repo.lower() in one["data"].get("repo", "").lower()]
    return [
        {
            "id": one["id"],
            "note": one["data"]["text"],
            "citations": one["data"].get("citations", []),
            "repo_key": one["data"].get("repo", ""),
            "position": len(held) - number,
            "written": one["created_at"],
        }
        for number, one in enumerate(held)
    ]


def _at(world: World, user: Doc, params: Doc) -> Doc:
    notes = _notes(world, user, params.get("repo", ""))
    found = next((one for one in notes if one["position"] == params["position"]), None)
    if found is None:
        raise FunctionError(f"There is no note at position {params['position']}; list_notes shows {len(notes)}.")
    return _own(world, user, found["id"], NOTE)


@add(
    "recall_context",
    "read",
    "Recall what was remembered about a topic.",
    query=TEXT,
    limit=up_to(50),
    include_user_facts=FLAG,
    include_repo_memory=FLAG,
    include_resolved=FLAG,
)
def _recall_context(world: World, user: Doc, params: Doc) -> Performed:
    """Return what was remembered and shares a word with the query, newest first; without a query the newest."""
    query, limit = params.get("query"), whole(params, "limit", RECALLED)
    wanted = _words(query) if isinstance(query, str) else set()
    asked = {FACT: params.get("include_user_facts", True), NOTE: params.get("include_repo_memory", True)}
    held = [one for one in _held(world, user) if asked[one["data"]["kind"]]]
    found = [one for one in held if not wanted or wanted & _words(one["data"]["text"])]
    snippets = [{"id": one["id"], **one["data"]} for one in found[:limit]]
    return {"snippets": snippets}, f"{len(snippets)} snippets recalled."


def _words(value: str) -> set[str]:
    return {word for word in re.findall(r"\w+", value.lower()) if len(word) > 2}


# -- repositories --------------------------------------------------------------------------------------------------


@add("list_repos", "read", "List the repositories with an index or notes.")
def _list_repos(world: World, user: Doc, _params: Doc) -> Performed:
    notes: dict[str, int] = {}
    for one in _held(world, user, NOTE):
        notes[one["data"].get("repo", "")] = notes.get(one["data"].get("repo", ""), 0) + 1
    items: list[Doc] = []
    for repo in _repos(world, user):
        count = notes.pop(repo["repo_key"], 0) + notes.pop(_name(repo), 0)
        items.append({**repo, "note_count": count, "has_index": True, "has_notes": count > 0})
    for key, count in notes.items():
        items.append({"repo_key": key, "note_count": count, "has_index": False, "has_notes": True})
    return {"items": items, "total": len(items)}, f"{len(items)} repositories."


@add("get_index", "read", "Show the code index of a repository.", repo=TEXT)
def _get_index(world: World, user: Doc, params: Doc) -> Performed:
    """Show the index of the repository that is named by its key or by a part of its path; else of the latest."""
    wanted, repos = params.get("repo", "").lower(), _repos(world, user)
    found = [one for one in repos if wanted in one["repo_key"].lower() or wanted in str(one["root_path"]).lower()]
    if not found:
        known = ", ".join(one["repo_key"] for one in repos) or "none"
        raise FunctionError(f"No synced repository matches {wanted[:80]!r}; there are: {known}.")
    profile = ask(world, user, "GET /v1/memory/code/profile", query={"repo_key": found[0]["repo_key"]})
    return {**found[0], **profile["data"]["items"][0]}, f"{found[0]['file_count']} files are indexed."


def _repos(world: World, user: Doc) -> list[Doc]:
    repos: list[Doc] = ask(world, user, "GET /v1/memory/code/repos")["repos"]
    return repos


def _name(repo: Doc) -> Any:
    """Return the name of the folder that a repository stands in, by which terminals speak of it."""
    return str(repo["root_path"] or "").rstrip("/").rpartition("/")[2] or repo["repo_key"]
