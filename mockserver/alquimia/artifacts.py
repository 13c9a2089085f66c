"""Versions in the OCI registry: publishing copies an agentspace, and pulling puts such a copy in its place."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from specdouble.mock.kit import Call, Doc, Problem, kept, op

from ._options import of
from ._references import unused, unvalidated

MEDIA_TYPE = "application/vnd.alquimia.registry.v1"
PARTS = ("agent", "secret", "parameter")
NEVER_PUBLISHED = ("value", "validated", "agentspace_id")


@op("PUT /registry/publish")
def publish(call: Call) -> Any:
    """Push a copy under a tag; agents that were not validated and secrets that nobody uses are refused."""
    space = kept(call, "agentspace").get(call.query["agentspace_id"])
    name = space["agentspace_id"]
    if found := unvalidated(call, name):
        raise Problem(400, f"Agentspace {name} has unvalidated agents: {', '.join(found)}")
    if left := unused(call, name):
        raise Problem(400, f"Agentspace {name} has unused secrets: {', '.join(one['key'] for one in left)}")
    content = {
        part: [
            {key: one[key] for key in one if key not in NEVER_PUBLISHED} for one in kept(call, part, agentspace=name)
        ]
        for part in PARTS
    }
    repo, tag = repository(space), call.query.get("tag") or space["tag"]
    version = {
        "reference": f"{repo}:{tag}", "repo_id": repo, "tag": tag, "media_type": MEDIA_TYPE, "content": content,
        "digest": "sha256:" + hashlib.sha256(orjson.dumps([repo, tag, content])).hexdigest(),
        "description": (call.body or {}).get("description"),
    }  # fmt: skip
    kept(call, "version").put(version)
    shown = ("tag", "digest", "media_type", "description")
    return {"repo_id": f"{of(call.world).oci_registry}/{repo}", **{key: version[key] for key in shown}}


@op("DELETE /registry/publish")
def unpublish(call: Call) -> Any:
    """Remove a version."""
    space = kept(call, "agentspace").get(call.query["agentspace_id"])
    reference = f"{repository(space)}:{call.query.get('tag') or space['tag']}"
    _version(call, reference)
    kept(call, "version").remove(reference)
    return {"deleted": 1}


@op("PUT /registry/pull")
def pull(call: Call) -> Any:
    """Put a published copy in the place of what an agentspace holds; its agents are to be validated again."""
    spaces = kept(call, "agentspace")
    space = spaces.get(call.query["agentspace_id"])
    name, target = space["agentspace_id"], call.query.get("target") or space["source_repo_id"]
    if not target:
        raise Problem(400, f"No target is given, and agentspace {name} has no source")
    version = _version(call, _local(call, target))
    for part in PARTS:
        held = kept(call, part, agentspace=name)
        held.clear()
        for one in version["content"][part]:
            held.add({**one, "validated": False} if part == "agent" else one)
    return spaces.change(name, tag=version["tag"], source_repo_id=target, on_hold=[])


@op("GET /registry/repositories")
def repositories(call: Call) -> Any:
    """List what was published to the OCI registry, which is the only one that answers."""
    asked = call.query.get("registry")
    if asked and asked.removeprefix("https://").rstrip("/") != of(call.world).oci_registry:
        raise _unreachable(asked)
    return list(dict.fromkeys(one["repo_id"] for one in kept(call, "version")))


@op("GET /registry/tags")
def tags(call: Call) -> Any:
    """List the tags of a repository."""
    repo = _local(call, call.query["repo_id"])
    found = [one["tag"] for one in kept(call, "version").where(repo_id=repo)]
    if not found:
        raise Problem(404, f"Repository {repo} not found")
    return found


def repository(space: Doc) -> str:
    """Return the repository of an agentspace."""
    return f"{space['namespace']}/{space['name']}"


def _local(call: Call, reference: str) -> str:
    """Return a reference without the host of the OCI registry; any other host does not answer."""
    host, _, rest = reference.partition("/")
    if host == of(call.world).oci_registry:
        return rest
    if "." in host or ":" in host or host == "localhost":
        raise _unreachable(host)
    return reference


def _version(call: Call, reference: str) -> Doc:
    found = kept(call, "version").find(reference)
    if found is None:
        repo, _, tag = reference.rpartition(":")
        raise Problem(404, f"Tag {tag} of {repo} not found")
    return found


def _unreachable(host: str) -> Problem:
    return Problem(502, f"OCI registry {host} is unreachable")
