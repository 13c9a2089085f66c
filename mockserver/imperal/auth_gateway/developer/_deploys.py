"""Deploys: recorded at once, settled by the pipeline a moment later; a success writes both copies of a manifest.

The pipeline is a timer of ``deploy_seconds``; the control plane may settle a deploy earlier, or another way.
"""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Doc, World, invalid, move, timer

from ... import _options
from ..apps import _catalogue, _lifecycle
from . import _manifests

MOVES: dict[str, tuple[str, ...]] = {"pending": ("success", "warning", "failed")}
MARKS = {"[fail]": "failed", "[warn]": "warning"}  # said in a version or a changelog, they choose the outcome
REASONS = {"failed": "The build stopped with an error.", "warning": "The build finished with warnings."}


def record(world: World, app: Doc, body: Doc) -> Doc:
    """Record a deploy (rule M14).

    A body with a version asks the pipeline for a deploy and is pending; one with a commit alone, or with a status,
    is the worker's note of a deploy that is done, whose manifests the worker itself has pushed.
    """
    version, commit = body.get("version") or None, body.get("commit_sha") or None
    if version is None and commit is None:
        raise invalid((("body", "version"), "Field required: version, or commit_sha", "missing"))
    status = body.get("status") or ("pending" if version else "success")
    now = world.clock.stamp()
    deploy = {
        "deploy_id": world.ids.new("dep_", 10),
        "app_id": app["app_id"],
        "version": version,
        "changelog": body.get("changelog"),
        "status": status,
        "commit_sha": commit,
        "error_message": body.get("error_message") or None,
        "created_at": now,
        "deployed_at": now if status in ("success", "warning") else None,
    }
    world.state["deploys"].add(deploy)
    if status == "pending":
        world.later(_options.of(world).deploy_seconds, "deploy.settle", deploy_id=deploy["deploy_id"])
    else:
        if status == "success" and version:
            world.state["apps"].update(app["app_id"], version=version)
        _tell(world, app, deploy)
    return deploy


@timer("deploy.settle")
def settle_when_due(world: World, deploy_id: str) -> None:
    """End a deploy that nobody has settled yet, as its version and changelog ask for."""
    deploy = world.state["deploys"].get(deploy_id)
    if deploy is not None and deploy["status"] == "pending":
        text = f"{deploy['version']} {deploy['changelog']}".lower()
        settle(world, deploy, next((MARKS[mark] for mark in MARKS if mark in text), "success"))


def settle(
    world: World,
    deploy: Doc,
    status: str,
    *,
    error_message: str | None = None,
    manifest: Doc | None = None,
    gateway: bool = True,
    registry: bool = True,
) -> Doc:
    """End a pending deploy; refuses with 409 one that has ended.

    ``manifest`` is what the build produced (default: the stored one stays); ``gateway`` and ``registry`` say which
    copy the pipeline reaches (rule M21).
    """
    moved = move(MOVES, deploy["status"], status, f"The deploy {deploy['deploy_id']!r} is {deploy['status']} already.")
    world.cancel_timers("deploy.settle", deploy_id=deploy["deploy_id"])
    done = world.state["deploys"].update(
        deploy["deploy_id"],
        status=moved,
        error_message=error_message or REASONS.get(moved),
        deployed_at=None if moved == "failed" else world.clock.stamp(),
    )
    app = world.state["apps"].get(deploy["app_id"])
    if app is not None:
        if moved == "success":
            _publish(world, app, done, manifest, gateway=gateway, registry=registry)
        _tell(world, app, done)
    return done


def _publish(world: World, app: Doc, deploy: Doc, built: Doc | None, *, gateway: bool, registry: bool) -> None:
    """Write what a deploy built to the gateway's copy and to the Registry's."""
    version = deploy["version"] or app["version"]
    manifest = built or app["manifest_json"] or _manifests.blank(app)
    changes: dict[str, Any] = {
        "version": version,
        "manifest_json": {**manifest, "version": version},
        "tools_json": None if built else app["tools_json"],
    }
    if gateway:
        world.state["apps"].update(app["app_id"], **changes)
    if registry:
        fresh = {**app, **changes}
        _lifecycle.register(world, fresh)
        _catalogue.push_tools(
            world,
            app["app_id"],
            _manifests.registry_tools(fresh),
            _manifests.registry_sections(fresh),
            version,
        )


def _tell(world: World, app: Doc, deploy: Doc) -> None:
    shown = {name: deploy[name] for name in ("deploy_id", "version", "status", "error_message")}
    _lifecycle.tell_owner(world, app, "developer.deploy_settled", **shown)
