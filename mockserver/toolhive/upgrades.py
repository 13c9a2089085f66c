"""Upgrades: the image of a workload against that of its server in the registry, variable by variable."""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Call, Doc, Problem, kept, op

from ._starting import check_secrets, start


@op("GET /api/v1beta/workloads/{name}/upgrade-check")
def check_one(call: Call) -> Any:
    """Compare one workload."""
    return {"result": check(call, kept(call, "workload").get(call.params["name"]))}


@op("GET /api/v1beta/workloads/upgrade-check")
def check_all(call: Call) -> Any:
    """Compare all workloads that run, or all of them, of one group if it is named."""
    group = call.query.get("group")
    if group and group not in kept(call, "group"):
        raise Problem(404, f"group {group} not found")
    scope = [one for one in kept(call, "workload") if not group or one["group"] == group]
    return {"results": [check(call, one) for one in scope if call.query.get("all") or one["status"] != "stopped"]}


@op("POST /api/v1beta/workloads/{name}/upgrade")
def upgrade(call: Call) -> Any:
    """Take the image of the registry; nothing changes where there is no newer one, or something is missing for it."""
    workloads = kept(call, "workload")
    name = call.params["name"]
    workload = workloads.get(name)
    found = check(call, workload)
    if found["status"] != "upgrade-available":
        return {"result": found}
    body = call.body or {}
    secrets = [_secret(one) for one in body.get("secrets") or ()]
    check_secrets(call, [one["name"] for one in secrets], 422)
    env = {**workload.get("env_vars", {}), **(body.get("env") or {})}
    have = {*env, *(one["target"] for one in [*workload.get("secrets", ()), *secrets])}
    missing = [one["name"] for one in found["env_var_drift"]["added"] if one["required"] and one["name"] not in have]
    if missing:
        raise Problem(422, f"the new image needs {', '.join(missing)}; nothing was changed")
    changed = workloads.change(
        name, image=found["candidate_image"], env_vars=env, secrets=[*workload.get("secrets", ()), *secrets],
        status="starting",
        log=[*workload["log"], f"{call.world.clock.stamp()} {name} upgraded to {found['candidate_image']}"],
    )  # fmt: skip
    start(call, name)
    return {"result": check(call, changed)}


def check(call: Call, workload: Doc) -> Doc:
    """Return how a workload compares with the server of the registry that it came from."""
    source, image = workload.get("server") or "", workload.get("image", "")
    result = {"workload_name": workload["name"], "current_image": image}
    if not source or workload["remote"]:
        return {**result, "status": "not-registry-sourced", "reason": "it did not come from an image of the registry"}
    result["registry_server"] = source
    server = kept(call, "registry-server").find(source)
    if server is None:
        return {**result, "status": "server-not-found", "reason": f"the registry has no server {source}"}
    if server["image"] == image:
        return {**result, "status": "up-to-date"}
    have = {*workload.get("env_vars", ()), *(one["target"] for one in workload.get("secrets", ()))}
    known = {one["name"] for one in server["env_vars"]}
    drift = {
        "added": [one for one in server["env_vars"] if one["name"] not in have],
        "removed": [{"name": one, "required": False, "secret": False} for one in sorted(have - known)],
    }
    result |= {"status": "upgrade-available", "candidate_image": server["image"], "env_var_drift": drift}
    if server["transport"] != workload["transport"]:
        result["config_drift"] = {"transport": {"from": workload["transport"], "to": server["transport"]}}
    return result


def _secret(text: str) -> Doc:
    name, _, target = text.partition(",target=")
    return {"name": name, "target": target or name}
