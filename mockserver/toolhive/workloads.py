"""Creating workloads: from an image, a remote address, or a server of the registry, whose settings are looked up."""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Call, Doc, Problem, World, kept, op, timer

from ._starting import STARTED, check_secrets, start

FIRST_PORT = 18010


@op("POST /api/v1beta/workloads")
def create(call: Call) -> Any:
    """Make a workload that starts; what the request does not say comes from the registry, or is usual."""
    body = call.body
    workloads = kept(call, "workload")
    found = _server(call, body) if body.get("server") else {}
    name = body.get("name") or found["name"].rpartition("/")[2]
    if name in workloads:
        raise Problem(409, f"workload {name} exists already")
    image, url = body.get("image") or found.get("image", ""), body.get("url") or found.get("url", "")
    if image.partition("/")[0].endswith(".invalid"):
        raise Problem(404, f"image {image} not found")
    group = body.get("group") or "default"
    if group not in kept(call, "group"):
        raise Problem(400, f"group {group} not found")
    check_secrets(call, [one.get("name", "") for one in body.get("secrets") or ()], 400)
    transport = body.get("transport") or found.get("transport") or ("stdio" if image else "streamable-http")
    port = body.get("proxy_port") or _free_port({one["proxy_port"] for one in workloads})
    usual = {
        "host": "127.0.0.1",
        "target_port": found.get("target_port", 0),
        "tools": [],
        "env_vars": {},
        "secrets": [],
    }
    mode = body.get("proxy_mode") or "streamable-http"
    now = call.world.clock.stamp()
    workload = {
        **usual, **body, "name": name, "group": group, "transport": transport, "proxy_port": port, "proxy_mode": mode,
        "image": image, "remote": not image, "status": "starting", "created_at": now, "endpoint": endpoint(mode),
        "labels": {"toolhive": "true", "toolhive-name": name}, "log": [f"{now} {name} created"],
        **({"url": url} if not image else {}),
    }  # fmt: skip
    workloads.add(workload)
    start(call, name)
    return {"name": name, "port": port}


@timer(STARTED)
def started(world: World, name: str) -> None:
    """Let a workload run that is still starting."""
    workloads = kept(world, "workload")
    workload = workloads.find(name)
    if workload is not None and workload["status"] == "starting":
        now = world.clock.stamp()
        workloads.change(name, status="running", started_at=now, log=[*workload["log"], f"{now} {name} started"])


def endpoint(mode: str) -> str:
    """Return the path at which a proxy of that mode listens."""
    return "sse" if mode == "sse" else "mcp"


def _server(call: Call, body: Doc) -> Doc:
    if body.get("registry", "default") != "default":
        raise Problem(404, f"registry {body['registry']} not found")
    found = kept(call, "registry-server").find(body["server"])
    if found is None:
        raise Problem(404, f"server {body['server']} not found in the registry")
    return found


def _free_port(used: set[int]) -> int:
    return next(port for port in range(FIRST_PORT, 65536) if port not in used)
