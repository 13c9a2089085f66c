"""The gateway's part of the control plane: what people and workers do outside the documented routes."""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Doc, Problem, World, control, move, whole

from . import _controls
from .developer import _deploys, _manifests
from .work import _confirmations, _rules, _tasks

# -- deploys: the worker's end -------------------------------------------------------------------------------------


@control(
    "POST /__mock__/deploys/{deploy_id}/finish",
    "End a pending deploy well: {registry, gateway, manifest, status}",
    status=str,
    registry=bool,
    gateway=bool,
    manifest=(dict, str),
)
def finish_deploy(world: World, params: Doc, body: Doc) -> Doc:
    """End a pending deploy with success, or with ``{"status": "warning"}``.

    ``{"registry": false}`` or ``{"gateway": false}`` leaves that copy of the manifest as it was (rule M21);
    ``manifest`` is what the build produced (default: the stored manifest stays).
    """
    status = body.get("status", "success")
    if status not in ("success", "warning"):
        raise Problem(422, "status must be success or warning; POST …/fail ends a deploy badly.")
    manifest = _manifests.read(body["manifest"]) if "manifest" in body else None
    return _deploys.settle(
        world,
        _deploy(world, params),
        status,
        manifest=manifest,
        gateway=body.get("gateway") is not False,
        registry=body.get("registry") is not False,
    )


@control("POST /__mock__/deploys/{deploy_id}/fail", "End a pending deploy badly: {error_message}", error_message=str)
def fail_deploy(world: World, params: Doc, body: Doc) -> Doc:
    """End a pending deploy with failure and a message."""
    message = body.get("error_message")
    return _deploys.settle(world, _deploy(world, params), "failed", error_message=str(message) if message else None)


def _deploy(world: World, params: Doc) -> Doc:
    deploy = world.state["deploys"].get(params["deploy_id"])
    if deploy is None:
        raise Problem(404, f"There is no deploy {params['deploy_id']!r}.")
    return deploy


# -- device logins: the page in the browser (rule A19) -----------------------------------------------------------

DEVICE_MOVES: dict[str, tuple[str, ...]] = {"pending": ("approved", "denied")}


@control(
    "POST /__mock__/device/{user_code}/approve",
    'Approve a device login: {"email": …} or {"user_id": …}',
    email=str,
    tenant_id=str,
    user_id=str,
)
def approve_device(world: World, params: Doc, body: Doc) -> Doc:
    """Approve a device login for a person (default: user@example.com); their streams are told."""
    user = _controls.person(world, body)
    device = _decide_device(world, params, "approved", user_id=user["imperal_id"])
    _tell_device(world, user, device)
    return device


@control("POST /__mock__/device/{user_code}/deny", "Deny a device login", email=str, tenant_id=str, user_id=str)
def deny_device(world: World, params: Doc, body: Doc) -> Doc:
    """Deny a device login; the streams of the person that the body names are told."""
    device = _decide_device(world, params, "denied")
    if body:
        _tell_device(world, _controls.person(world, body), device)
    return device


def _decide_device(world: World, params: Doc, to: str, **changes: Any) -> Doc:
    devices, code = world.state["device_logins"], params["user_code"].upper()
    device = devices.first(user_code=code)
    if device is None:
        raise Problem(404, f"There is no device login {code!r}.")
    if device["expires_at"] <= world.clock.now():
        raise Problem(409, f"The device login {code!r} has expired.")
    status = move(DEVICE_MOVES, device["status"], to, f"The device login {code!r} is {device['status']} already.")
    return devices.update(device["device_code"], status=status, **changes)


def _tell_device(world: World, user: Doc, device: Doc) -> None:
    payload = {"kind": "device_login", "user_code": device["user_code"], "status": device["status"]}
    world.emit(user["imperal_id"], "notification", payload)


# -- confirmations: the panel in the browser (rule C08) ----------------------------------------------------------


@control("POST /__mock__/confirmations/{confirmation_id}/approve", "Approve a held action, as in the panel")
def approve_confirmation(world: World, params: Doc, _body: Doc) -> Doc:
    """Approve a pending confirmation of any kind, money included, and answer the results of its calls."""
    held = world.state["confirmations"].get(params["confirmation_id"])
    user = world.state["users"].get(held["user_id"]) if held else None
    if held is None or user is None:
        raise Problem(404, f"There is no confirmation {params['confirmation_id']!r}.")
    results = _confirmations.approve(world, user, held)
    return {"confirmation_id": held["confirmation_id"], "status": "confirmed", "results": results}


# -- tasks: the worker's end ---------------------------------------------------------------------------------------


@control(
    "POST /__mock__/tasks",
    "Queue a task: {user_id, app_id, name, long_running, seconds}",
    user_id=str,
    app_id=str,
    name=str,
    long_running=bool,
    seconds=(int, float, type(None)),
)
def create_task(world: World, _params: Doc, body: Doc) -> Doc:
    """Queue a background task (default: Ada's, of notes); without ``seconds`` it runs until it is ended or capped."""
    user = world.state["users"].get(str(body.get("user_id", "imp_u_abc123")))
    if user is None:
        raise Problem(404, f"There is no user {body.get('user_id')!r}.")
    seconds = body.get("seconds")
    if seconds is not None and (not isinstance(seconds, int | float) or isinstance(seconds, bool) or seconds < 0):
        raise Problem(422, "seconds must be a number that is not negative, or null.")
    app_id, name = str(body.get("app_id", "notes")), str(body.get("name", "Export all notes"))
    return _tasks.create(world, user, app_id, name, long_running=body.get("long_running") is True, seconds=seconds)


@control(
    "POST /__mock__/tasks/{task_id}/finish",
    "End a task well: {result}",
    result=(dict, list, str, int, float, bool, type(None)),
)
def finish_task(world: World, params: Doc, body: Doc) -> Doc:
    """End a task with success and an optional result."""
    return _tasks.finish(world, _task(world, params), body.get("result"))


@control("POST /__mock__/tasks/{task_id}/fail", "End a task badly: {message}", message=str)
def fail_task(world: World, params: Doc, body: Doc) -> Doc:
    """End a task with failure and a message."""
    return _tasks.fail(world, _task(world, params), str(body.get("message", "The worker reported a failure.")))


def _task(world: World, params: Doc) -> Doc:
    task = world.state["tasks"].get(params["task_id"])
    if task is None:
        raise Problem(404, f"There is no task {params['task_id']!r}.")
    return task


# -- automations: the moment a rule fires --------------------------------------------------------------------------


@control("POST /__mock__/automations/{rule_id}/trigger", "Let an automation rule fire now")
def trigger_rule(world: World, params: Doc, _body: Doc) -> Doc:
    """Fire a rule within its own limits; 409 says which one it has reached."""
    number = whole(params["rule_id"])
    rule = None if number is None else world.state["automations"].get(number)
    if rule is None:
        raise Problem(404, f"There is no rule {params['rule_id'][:80]!r}.")
    return _rules.fire(world, rule)
