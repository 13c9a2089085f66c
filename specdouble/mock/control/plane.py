"""The control plane ``/__mock__/``: what no documented route does, for tests and for people who build against us.

It answers on loopback only, unless the server was started with ``--expose-control``.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import flask
import orjson
from flask import Blueprint, Response

from specdouble.errors import closest
from specdouble.mock.boot import Platform
from specdouble.mock.pipeline.dispatch import Service
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.clock import parse_duration
from specdouble.mock.state.seeds import continue_serials
from specdouble.mock.state.world import SLICE_SECONDS, World

log = logging.getLogger("specdouble")

PREFIX = "/__mock__"
FURTHEST_SECONDS = 10 * 366 * 86400  # that the clock is moved at once
Params = dict[str, Any]
Action = Callable[[World, Params, dict[str, Any]], Any]


KINDS = {
    bool: "true or false",
    str: "a text",
    int: "a whole number",
    float: "a number",
    dict: "an object",
    list: "a list",
    type(None): "null",
}

OWN_FIELDS: dict[str, dict[str, tuple[type, ...]]] = {  # of the engine's own collections
    "counters": {"name": (str,), "value": (int,)},
    "timers": {"at": (int, float), "name": (str,), "payload": (dict,)},
    "events": {"id": (int,), "user_id": (str,), "type": (str,), "payload": (dict,), "ts": (str,)},
    "outbox": {"to": (str,)},
}


def takes(**fields: Any) -> Callable[[Action], Action]:
    """Say which fields an action's body may have, each with its types; ``whole=dict`` alone takes any object."""

    def bind(action: Action) -> Action:
        action.control_fields = fields  # type: ignore[attr-defined]
        return action

    return bind


@takes()
def _reset(world: World, _params: Params, _body: dict[str, Any]) -> Any:
    world.reset()
    return {"reset": True, "world": world.options.world}


def _outbox(world: World, params: Params, _body: dict[str, Any]) -> Any:
    to = params.get("to")
    outbox = world.state["outbox"]
    return list(outbox.newest(to=to) if to else outbox.newest())


def _journal(world: World, _params: Params, _body: dict[str, Any]) -> Any:
    return list(reversed(world.journal))


def _clock(world: World, _params: Params, _body: dict[str, Any]) -> Any:
    return {"now": world.clock.stamp(), "offset_seconds": world.clock.offset, "settled": world.settled}


@takes(advance=(str, int, float))
def _move_clock(world: World, params: Params, body: dict[str, Any]) -> Any:
    advance = body.get("advance")
    if not isinstance(advance, str | int | float) or isinstance(advance, bool):
        raise Problem(422, 'Say by how much: {"advance": "2h30m"} or a number of seconds.')
    try:
        seconds = parse_duration(advance) if isinstance(advance, str) else float(advance)
        if seconds > FURTHEST_SECONDS:
            raise Problem(422, "Move the clock by at most 10y at a time, so that what happens meanwhile can happen.")
        world.clock.move(seconds)
    except (ValueError, OverflowError) as error:
        raise Problem(422, str(error)) from None
    world.run_due(SLICE_SECONDS)
    return _clock(world, params, body)


def _export(world: World, _params: Params, _body: dict[str, Any]) -> Any:
    return {"clock": {"offset_seconds": world.clock.offset}, "collections": world.state.snapshot()}


@takes(collections=dict, clock=dict)
def _import(world: World, _params: Params, body: dict[str, Any]) -> Any:
    collections = body.get("collections")
    if not isinstance(collections, dict):
        raise Problem(422, "Send what GET /__mock__/world returned: an object with collections.")
    for name, docs in collections.items():
        if name not in world.state:
            raise Problem(422, f"There is no collection {name!r}; known are {', '.join(world.state.names())}.")
        key = world.state[name].declared.key
        if not isinstance(docs, list) or not all(isinstance(doc, dict) for doc in docs):
            raise Problem(422, f"Collection {name!r} must be a list of objects.")
        keys = [doc.get(key) for doc in docs]
        if not all(isinstance(one, str | int) for one in keys) or len(set(keys)) < len(keys):
            raise Problem(422, f"Each object of collection {name!r} must have a {key!r} of its own.")
        for field, kinds in OWN_FIELDS.get(name, {}).items():
            if not all(type(doc.get(field)) in kinds for doc in docs):
                told = " or ".join(KINDS[kind] for kind in kinds)
                raise Problem(422, f"Each object of collection {name!r} must have a {field!r}, which is {told}.")
    unknown = {doc["name"] for doc in collections.get("timers", ())} - world.timers
    if unknown:
        raise Problem(422, f"No timer is called {min(unknown)!r}; known are {', '.join(sorted(world.timers))}.")
    before, offset = world.state.snapshot(), world.clock.offset
    try:
        world.clock.reset()
        world.clock.move(float(body.get("clock", {}).get("offset_seconds", 0.0)))
        world.restore(before | collections)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        world.clock.offset = offset
        world.restore(before)
        raise Problem(422, f"This is no world that an export wrote ({error!r}); nothing was imported.") from None
    for name in collections:
        continue_serials(world, name)
    return {"imported": {name: len(docs) for name, docs in collections.items()}}


def _collections(world: World, _params: Params, _body: dict[str, Any]) -> Any:
    return {name: len(world.state[name]) for name in world.state.names()}


def _collection(world: World, params: Params, _body: dict[str, Any]) -> Any:
    name = params["name"]
    if name not in world.state:
        raise Problem(404, f"There is no collection {name!r}; GET {PREFIX}/collections lists them.")
    return list(world.state[name])


def _document(world: World, params: Params, body: dict[str, Any]) -> Any:
    wanted = params["id"]
    key = world.state[params["name"]].declared.key if params["name"] in world.state else "id"
    for doc in _collection(world, params, body):
        if str(doc[key]) == wanted:
            return doc
    raise Problem(404, f"Collection {params['name']!r} holds no {key} {wanted!r}.")


@takes(user_id=str, type=str, payload=dict)
def _publish(world: World, _params: Params, body: dict[str, Any]) -> Any:
    user_id, kind, payload = body.get("user_id"), body.get("type"), body.get("payload", {})
    if not isinstance(user_id, str) or not isinstance(kind, str) or not isinstance(payload, dict):
        raise Problem(422, 'Send {"user_id": "…", "type": "notification", "payload": {…}}.')
    people = world.principals.collection
    if people and user_id not in world.state[people]:
        raise Problem(404, f"There is no user {user_id!r}.")
    world.emit(user_id, kind, payload)
    return {"published": True}


ACTIONS: dict[str, tuple[str, Action]] = {
    f"POST {PREFIX}/reset": ("Return to the seeded world and to real time", _reset),
    f"GET {PREFIX}/outbox": ("List the mails that were never sent, newest first (?to=address)", _outbox),
    f"GET {PREFIX}/journal": ("List the last requests, newest first", _journal),
    f"GET {PREFIX}/clock": ("Tell the world's time, and whether all that was due has happened", _clock),
    f"POST {PREFIX}/clock": ('Move time forward: {"advance": "2h30m"}', _move_clock),
    f"GET {PREFIX}/world": ("Export the whole world as one JSON document", _export),
    f"PUT {PREFIX}/world": ("Import what an export gave, all of it or nothing; what it does not name stays", _import),
    f"GET {PREFIX}/collections": ("Count the documents of every collection", _collections),
    f"GET {PREFIX}/collections/{{name}}": ("List the documents of a collection", _collection),
    f"GET {PREFIX}/collections/{{name}}/{{id}}": ("Show one document", _document),
    f"POST {PREFIX}/events": ("Publish an event to a user's streams", _publish),
}


def actions(platform: Platform) -> dict[str, tuple[str, Action]]:
    """Return every control action: the engine's own and those of the packs."""
    found = dict(ACTIONS)
    for service in platform.side.services.values():
        found |= service.controls
    return found


def describe(platform: Platform) -> dict[str, Any]:
    """Write the control plane's own small OpenAPI document."""
    paths: dict[str, Any] = {}
    for key, (summary, action) in actions(platform).items():
        method, _, path = key.partition(" ")
        names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        operation: dict[str, Any] = {
            "summary": summary,
            "operationId": (method.lower() + path).replace("/", "_").replace("{", "").replace("}", ""),
            "responses": {"200": {"description": "Done", "content": {"application/json": {"schema": {}}}}},
        }
        if names:
            operation["parameters"] = [
                {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
            ]
        if method in ("POST", "PUT"):
            fields: dict[str, Any] = {name: {} for name in getattr(action, "control_fields", {}) if name != "whole"}
            schema = {"type": "object", "properties": fields}
            operation["requestBody"] = {"content": {"application/json": {"schema": schema}}}
        paths.setdefault(path, {})[method.lower()] = operation
    info = {"title": "specdouble control plane", "version": "1"}
    return {"openapi": "3.1.0", "info": info, "paths": paths}


def blueprint(platform: Platform, service: Service) -> Blueprint:
    """Build the control plane's routes for one service's application."""
    routes = Blueprint("control", __name__)
    routes.before_request(lambda: _guard(service))
    for key, (_summary, action) in actions(platform).items():
        method, _, path = key.partition(" ")
        rule = path.replace("{", "<").replace("}", ">")
        routes.add_url_rule(rule, key.replace(".", "_"), _view(service, action), methods=[method])
    document = orjson.dumps(describe(platform))
    routes.add_url_rule(
        f"{PREFIX}/openapi.json", "openapi", lambda: Response(document, 200, content_type="application/json")
    )
    routes.add_url_rule(f"{PREFIX}/", "index", lambda: _index(platform, service))
    return routes


def _guard(service: Service) -> Response | None:
    request = flask.request
    origin = urlsplit(request.headers.get("origin", "http://localhost")).hostname or ""
    near = _is_loopback(request.remote_addr or "127.0.0.1") and (origin == "localhost" or _is_loopback(origin))
    if service.world.options.expose_control or near:
        return None
    problem = Problem(
        403, "The control plane answers on loopback only, and to pages from there; start with --expose-control."
    )
    return _refused(service, problem)


def _is_loopback(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback


def _view(service: Service, action: Action) -> Callable[..., Response]:
    world = service.world

    def view(**params: Any) -> Response:
        request = flask.request
        raw = request.get_data()
        with world.lock:
            try:
                body = _body(raw, request.content_type or "")
                if not isinstance(body, dict):
                    raise Problem(422, "Send a JSON object.")
                _check(action, body)
                content = orjson.dumps(action(world, {**request.args.to_dict(), **params}, body))
                world.commit()
            except orjson.JSONDecodeError as error:
                problem = Problem(422, f"The body is not JSON: {error}")
            except Problem as refusal:
                problem = refusal
            except Exception:
                log.exception("%s %s failed", request.method, request.path)
                problem = Problem(500, "The control plane failed; the server's log says why. Please report it.")
            else:
                return Response(content, 200, content_type="application/json")
            world.rollback()
        return _refused(service, problem)

    return view


def _refused(service: Service, problem: Problem) -> Response:
    _, media_type, body = service.error(problem)
    return Response(body, problem.status, content_type=media_type)


def _check(action: Action, body: dict[str, Any]) -> None:
    """Refuse with 422 a field that an action does not take, or a value of another type: nothing is silently ignored."""
    fields = getattr(action, "control_fields", {})
    if "whole" in fields:
        return
    for name, value in body.items():
        if name not in fields:
            known = f"it takes {', '.join(fields)}" if fields else "it takes none"
            near = closest(name, fields, cutoff=0.6)
            hint = f" Did you mean {near}?" if near else ""
            raise Problem(422, f"There is no field {name[:80]!r} here; {known}.{hint}")
        kinds = fields[name] if isinstance(fields[name], tuple) else (fields[name],)
        if type(value) not in kinds and not (type(value) is int and float in kinds):
            raise Problem(422, f"{name} must be {' or '.join(KINDS[kind] for kind in kinds)}.")


def _body(raw: bytes, content_type: str) -> Any:
    """Parse a body: JSON whatever it calls itself, as curl does, but for a form that is one."""
    if content_type.startswith("application/x-www-form-urlencoded") and not raw.lstrip().startswith((b"{", b"[")):
        return dict(parse_qsl(raw.decode(errors="replace"), keep_blank_values=True))
    return orjson.loads(raw) if raw else {}


def _index(platform: Platform, service: Service) -> str:
    return flask.render_template("control.html", platform=platform, service=service, actions=actions(platform))
