"""The agent's memory: frames of its steps, and the code that its tools have synced."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, op

from ..agent import _frames
from . import _code, _code_graph

# -- frames --------------------------------------------------------------------------------------------------------


@op("POST /v1/memory/frame")
def frame(call: Call) -> Doc:
    """Give the frame of a step, for its price once per session and step."""
    return _frames.frame(call.world, _frames.find(call), call.body["step"], call.body)


@op("POST /v1/memory/frame/record")
def record(call: Call) -> Doc:
    """Note what the agent did since the last frame, for nothing."""
    return {"ok": True, "recorded": _frames.note(call.world, _frames.find(call), call.body)}


@op("POST /v1/memory/frame/lens")
def lens(call: Call) -> Doc:
    """Open something of the session that a frame only points to."""
    return _frames.lens(call.world, _frames.find(call), call.body["tool"], call.body.get("args") or {})


@op("POST /v1/memory/frame/final")
def final(call: Call) -> Doc:
    """Say whether the agent may stop with what it wrote."""
    return _frames.final(call.world, _frames.find(call), call.body["step"], call.body)


# -- code ----------------------------------------------------------------------------------------------------------


def _repo(call: Call) -> Doc:
    return _code.repo(call, call.query["repo_key"] if call.body is None else call.body["repo_key"])


def _about(repo: Doc, **more: object) -> Doc:
    return {"ok": True, "repo_key": repo["repo_key"], "synced_at": repo["synced_at"], **more}


@op("GET /v1/memory/code/repos")
def repos(call: Call) -> Doc:
    """List the repositories that the caller has synced, the latest to come first."""
    names = ("repo_key", "root_path", "machine_label", "ref", "git_ref", "file_count", "synced_at")
    held = call.state["code_repos"].newest(user_id=call.user_id)
    return {"repos": [{name: repo[name] for name in names} for repo in held]}


@op("GET /v1/memory/code/profile")
def profile(call: Call) -> Doc:
    """Describe a repository."""
    repo = _repo(call)
    return _about(repo, data={"items": [_code_graph.profile(call.world, repo)]})


@op("GET /v1/memory/code/search")
def search(call: Call) -> Doc:
    """Find definitions by name and text, never by meaning."""
    repo = _repo(call)
    found, best = _code_graph.search(call.world, repo, call.query)
    return _about(repo, semantic="off", best_match=best, data={"items": found})


@op("GET /v1/memory/code/grep")
def grep(call: Call) -> Doc:
    """Find lines by exact text."""
    repo = _repo(call)
    found, total = _code_graph.grep(call.world, repo, call.query)
    return _about(repo, items=found, total=total, truncated=total > len(found))


@op("GET /v1/memory/code/outline")
def outline(call: Call) -> Doc:
    """List the definitions of a file."""
    repo = _repo(call)
    file = _code.file(call.world, repo, call.query["path"])
    return _about(repo, path=file["path"], data={"items": _code_graph.outline(call.world, file)})


@op("GET /v1/memory/code/file")
def file(call: Call) -> Doc:
    """Show the text of a file, up to ``max_chars``."""
    repo, most = _repo(call), call.query["max_chars"]
    held = _code.file(call.world, repo, call.query["path"])
    text = _code.text(call.world, held)
    cut = len(text) > most
    return _about(repo, path=held["path"], text=text[:most], total_lines=len(text.splitlines()), truncated=cut)


@op("GET /v1/memory/code/contracts")
def contracts(call: Call) -> Doc:
    """List the routes in all of the caller's repositories, and who uses whose."""
    return _code_graph.contracts(call.world, call.user_id)


@op("POST /v1/memory/code/slice")
def slice_of(call: Call) -> Doc:
    """Show definitions with what they call and what calls them; unknown symbols are left out."""
    repo = _repo(call)
    found = _code_graph.slice_of(call.world, repo, call.body["symbols"], call.body.get("depth", 1))
    return _about(repo, data={"items": found})


@op("POST /v1/memory/code/impact")
def impact(call: Call) -> Doc:
    """Tell what a change of symbols reaches."""
    repo = _repo(call)
    return _about(repo, **_code_graph.impact(call.world, repo, call.body["symbols"]))


# -- sync ----------------------------------------------------------------------------------------------------------


@op("POST /v1/memory/code/sync/plan")
def plan(call: Call) -> Doc:
    """Say which files of a listing the platform needs."""
    return _code.plan(call.world, call.user_id, call.body["listing"], call.body["meta"])


@op("POST /v1/memory/code/sync/apply")
def apply(call: Call) -> Doc:
    """Store a part of a sync."""
    return _code.apply(call.world, call.user_id, call.body)
