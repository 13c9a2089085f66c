"""Skills: where a name or a reference leads to, what is built from a folder, and what an artifact holds."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from specdouble.mock.kit import Call, Doc, Problem, Response, kept, op, shaped

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}[a-z0-9]")


@op("POST /api/v1beta/skills")
def install(call: Call) -> Response:
    """Install from the local store, a reference, or the registry, in this order."""
    body, installed = call.body, kept(call, "skill")
    found = source(call, body["name"], body.get("version"))
    scope, root, group = body.get("scope") or "user", body.get("project_root"), body.get("group")
    if group and group not in kept(call, "group"):
        raise Problem(400, f"group {group} not found")
    held = [one for one in installed if one["metadata"]["name"] == found["name"] and one["scope"] == scope]
    held = [one for one in held if scope == "user" or one.get("project_root") == root]
    if held and not body.get("force"):
        raise Problem(409, f"skill {found['name']} is installed already")
    skill = {
        "metadata": {key: found[key] for key in ("name", "version", "description") if found.get(key)}, "scope": scope,
        "status": "installed", "clients": _clients(call, body.get("clients")), "reference": found["reference"],
        "tag": found["tag"], "digest": found["digest"], "installed_at": call.world.clock.stamp(),
        "groups": [group] if group else [], **({"project_root": root} if scope == "project" else {}),
    }  # fmt: skip
    if held:
        where = {"scope": scope, **({"project_root": root} if scope == "project" else {})}
        installed.remove(found["name"], **where)
    installed.add(skill)
    return shaped(call, {"skill": skill}, location=f"/api/v1beta/skills/{found['name']}")


@op("POST /api/v1beta/skills/build")
def build(call: Call) -> Any:
    """Put an artifact into the local store; one of the same tag is replaced."""
    name, builds = _folder(call), kept(call, "build")
    if not NAME.fullmatch(name):
        raise Problem(400, f"{name} is no name of a skill: use lower-case letters, digits and hyphens")
    tag = call.body.get("tag") or name
    about = f"Built from {call.body['path']}"
    builds.put({"tag": tag, "name": name, "version": "0.1.0", "description": about, "digest": digest(f"{name} {tag}")})
    return {"reference": tag}


@op("GET /api/v1beta/skills/content")
def content(call: Call) -> Any:
    """Give the instructions and the files of an artifact."""
    found = source(call, call.query["ref"], None)
    title = found["name"].replace("-", " ").capitalize()
    text = f"# {title}\n\n{found.get('description', '')}\n"
    return {
        "name": found["name"], "version": found["version"], "description": found.get("description", ""),
        "license": found.get("license", ""), "body": text, "files": [{"path": "SKILL.md", "size": len(text.encode())}],
    }  # fmt: skip


@op("POST /api/v1beta/skills/validate")
def validate(call: Call) -> Any:
    """Judge a folder by its name, which is all that a server without that folder can see of it."""
    name = _folder(call)
    errors = (
        [] if NAME.fullmatch(name) else [f"{name} is no name of a skill: use lower-case letters, digits and hyphens"]
    )
    return {"valid": not errors, "errors": errors, "warnings": []}


def source(call: Call, name: str, version: str | None) -> Doc:
    """Return what a name or a reference leads to: name, version, reference, tag, digest.

    Raises:
        Problem: 400 for what is neither, 404 for what is nowhere, 504 for a registry that does not answer.

    """
    built = kept(call, "build").find(name)
    if built is not None:
        return {**built, "reference": built["tag"]}
    if re.search(r"\s", name) or not (NAME.fullmatch(name) or re.search(r"[/:@.]", name)):
        raise Problem(400, f"{name} is neither a name nor a reference")
    if re.match(r"(https?://|git://)?[^/]*\.invalid/", name):
        raise Problem(504, f"the registry of {name} does not answer")
    for one in kept(call, "registry-skill"):
        reference = one["packages"][0]["identifier"]
        names = {one["name"], f"{one['namespace']}/{one['name']}", reference, reference.rpartition(":")[0]}
        if name in names and version in (None, "", "latest", one["version"]):
            return {**one, "reference": reference, "tag": one["version"], "digest": digest(one["name"])}
    raise Problem(404, f"skill {name} not found" + (f" in version {version}" if version else ""))


def digest(text: str) -> str:
    """Return the digest of an artifact."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _folder(call: Call) -> str:
    name: str = call.body["path"].rstrip("/").rpartition("/")[2]
    return name


def _clients(call: Call, given: list[str] | None) -> list[str]:
    """Return the clients that a skill is installed for: the given ones, or all that are registered and use skills."""
    able = [one["client_type"] for one in kept(call, "discovery-client") if one["supports_skills"]]
    for name in given or ():
        if name not in able:
            raise Problem(400, f"client {name} is not supported, or cannot use skills")
    return given or [one["name"] for one in kept(call, "client") if one["name"] in able]
