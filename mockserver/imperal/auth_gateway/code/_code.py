"""Code memory: the repositories that a user's tools have synced, file by file.

A file names a version of its text (a blob) by hash; equal texts are kept once per user. What is defined and used in a
text comes with it, found by the client: the server reads no programming language.
"""

from __future__ import annotations

import hashlib
import re
from fnmatch import fnmatch
from pathlib import PurePosixPath
from typing import Any

from specdouble.mock.kit import Call, Doc, Problem, World

FACTS = ("defs", "bindings", "refs", "strings")
NO_FACTS: Doc = {}
_PLAIN = re.compile(r"[\w.-]{1,64}", re.ASCII)


def key(user_id: str, name: str) -> str:
    """Return the id of what belongs to a user: a repository by its key, a blob by its hash."""
    return f"{user_id}:{name}"


def repo_key_of(meta: Doc) -> str:
    """Return a repository's key: the client's own where it is a plain word, else a hash of where the folder is."""
    own = meta.get("local_key")
    if isinstance(own, str) and _PLAIN.fullmatch(own):
        return own
    machine = _part(meta, "machine")
    where = f"{own or machine.get('machine_id', '')}|{meta.get('root_path') or meta.get('root') or ''}"
    return hashlib.sha256(where.encode()).hexdigest()[:12]


def repo(call: Call, repo_key: str) -> Doc:
    """Return a repository of the caller; refuses with 404 one that they have not synced."""
    detail = f"You have synced no repository {repo_key[:80]!r}. GET /v1/memory/code/repos lists yours."
    return call.need("code_repos", key(call.user_id, repo_key), detail)


def files(world: World, repo: Doc, path_glob: str = "") -> list[Doc]:
    """Return the files of a repository, by path, on wish those alone whose path matches."""
    held = world.state["code_files"].find(repo=repo["id"])
    found = [file for file in held if not path_glob or fnmatch(file["path"], path_glob)]
    return sorted(found, key=lambda file: str(file["path"]))


def file(world: World, repo: Doc, path: str) -> Doc:
    """Return one file of a repository; refuses with 404 an unknown path."""
    held = world.state["code_files"].get(f"{repo['id']}/{path}")
    if held is None:
        raise Problem(404, f"The repository {repo['repo_key']} has no file {path[:200]!r}.")
    return held


def text(world: World, file: Doc) -> str:
    """Return the text of a file; empty when its blob never came."""
    return str(_blob(world, file).get("text", ""))


def facts(world: World, file: Doc, kind: str) -> list[Doc]:
    """Return the facts of one kind (defs, refs, bindings, strings) that a client found in a file."""
    found: list[Doc] = _blob(world, file).get("facts", NO_FACTS).get(kind, [])
    return found


def language(world: World, file: Doc) -> str:
    """Return the language of a file, ``other`` where the client named none."""
    return str(_blob(world, file).get("lang") or "other")


def _blob(world: World, file: Doc) -> Doc:
    return world.state["code_blobs"].get(key(file["user_id"], file["blob"])) or NO_FACTS


def _part(meta: Doc, name: str) -> Doc:
    part = meta.get(name)
    return part if isinstance(part, dict) else {}


# -- sync ----------------------------------------------------------------------------------------------------------


def plan(world: World, user_id: str, listing: list[Doc], meta: Doc) -> Doc:
    """Say which listed files are needed, which known ones are gone, and whose texts are held (a CodeSyncPlan)."""
    repo_key = repo_key_of(meta)
    known = {one["path"]: one for one in world.state["code_files"].find(repo=key(user_id, repo_key))}
    listed = {one["path"]: one for one in listing}
    gone = {path for path, one in listed.items() if one["size"] < 0}
    if meta.get("listing_complete"):
        gone |= known.keys() - listed.keys()
    changed = [path for path, one in listed.items() if one["size"] >= 0 and not _same(known.get(path), one)]
    return {
        "repo_key": repo_key,
        "changed": sorted(changed),
        "removed": sorted(gone & known.keys()),
        "have_blobs": sorted(blob["hash"] for blob in world.state["code_blobs"].find(user_id=user_id)),
    }


def _same(held: Doc | None, listed: Doc) -> bool:
    return held is not None and (held["size"], held["mtime"]) == (listed["size"], listed["mtime"])


def apply(world: World, user_id: str, body: Doc) -> Doc:
    """Store one part of a sync (a CodeSyncApplied); a part with nothing but ``meta`` only refreshes the time."""
    meta, repo_key = body["meta"], repo_key_of(body["meta"])
    repo_id = key(user_id, repo_key)
    for blob in body["blobs"]:
        _keep_blob(world, user_id, blob)
    for config in body["configs"]:
        _keep_config(world, user_id, repo_id, config)
    for one in body["files"]:
        _keep_file(world, user_id, repo_id, one)
    store = world.state["code_files"]
    removed = [file for path in dict.fromkeys(body["removed"]) if (file := store.get(f"{repo_id}/{path}")) is not None]
    links_removed = sum(len(facts(world, file, "bindings")) for file in removed)
    for file in removed:
        _forget_blob(world, store.remove(file["id"]))
    held = world.state["code_repos"].get(repo_id) or {"measured": []}
    machine, git = _part(meta, "machine"), _part(meta, "git")
    world.state["code_repos"].put(
        {
            "id": repo_id,
            "user_id": user_id,
            "repo_key": repo_key,
            "root_path": str(meta.get("root_path") or meta.get("root") or ""),
            "machine_label": str(machine.get("label") or machine.get("machine_id") or ""),
            "ref": str(meta.get("ref") or ""),
            "git_ref": str(git.get("commit") or ""),
            "file_count": store.count(repo=repo_id),
            "measured": body.get("measured") or held["measured"],
            "synced_at": world.clock.stamp(),
        }
    )
    links, unresolved = (0, 0) if meta.get("defer_links") else _links(world, list(store.find(repo=repo_id)))
    return {
        "repo_key": repo_key,
        "files": len(body["files"]) + len(body["configs"]),
        "removed": len(removed),
        "unresolved": unresolved,
        "links": links,
        "links_removed": links_removed,
    }


def _links(world: World, held: list[Doc]) -> tuple[int, int]:
    """Count the names that files bring in: from a module that one of these files may be, and from elsewhere."""
    modules = {PurePosixPath(file["path"]).stem for file in held}
    brought = [one for file in held for one in facts(world, file, "bindings")]
    inside = sum(1 for one in brought if not modules.isdisjoint(re.split(r"[./]", str(one.get("module") or ""))))
    return inside, len(brought) - inside


def _keep_blob(world: World, user_id: str, blob: Doc) -> None:
    """Keep a text with its facts; of a fact only plain values count."""
    sent = blob.get("facts") or NO_FACTS
    kept = {
        kind: [{name: value for name, value in one.items() if isinstance(value, str | int)} for one in sent[kind]]
        for kind in FACTS
        if isinstance(sent.get(kind), list) and all(isinstance(one, dict) for one in sent[kind])
    }
    named = {"id": key(user_id, blob["hash"]), "user_id": user_id, "hash": blob["hash"], "lang": blob.get("lang") or ""}
    world.state["code_blobs"].put({**named, "text": blob["text"], "facts": kept})


def _keep_config(world: World, user_id: str, repo_id: str, config: Doc) -> None:
    """Keep a configuration file like any other, under a hash of its text."""
    digest = hashlib.sha256(config["text"].encode()).hexdigest()
    _keep_blob(world, user_id, {"hash": digest, "text": config["text"]})
    file = {"path": config["path"], "blob": digest, "size": config.get("size", -1), "mtime": config.get("mtime", 0.0)}
    _keep_file(world, user_id, repo_id, file)


def _keep_file(world: World, user_id: str, repo_id: str, file: Doc) -> None:
    store, file_id = world.state["code_files"], f"{repo_id}/{file['path']}"
    before = store.get(file_id)
    names: tuple[str, ...] = ("path", "blob", "size", "mtime")
    kept: dict[str, Any] = {name: file[name] for name in names}
    store.put({"id": file_id, "repo": repo_id, "user_id": user_id, **kept})
    if before is not None and before["blob"] != file["blob"]:
        _forget_blob(world, before)


def _forget_blob(world: World, file: Doc) -> None:
    """Drop a text that no file of the user has any more."""
    blobs, blob_id = world.state["code_blobs"], key(file["user_id"], file["blob"])
    if blob_id in blobs and not world.state["code_files"].count(user_id=file["user_id"], blob=file["blob"]):
        blobs.remove(blob_id)
