"""The control plane ``/__mock__/``: what no documented route does, for tests and for people who build against us.

It answers on loopback only, unless the server was started with ``--expose-control``.
"""

from __future__ import annotations

import contextlib
import ipaddress
import logging
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import flask
import orjson
from flask import Blueprint, Response

from specdouble.errors import closest
from specdouble.mock.boot import Platform
from specdouble.mock.control.actions import PREFIX, Action, Later, Told, as_json, check
from specdouble.mock.control.clock import CLOCK
from specdouble.mock.control.data import DATA, data
from specdouble.mock.control.direct import direct_actions
from specdouble.mock.control.faults import FAULTS
from specdouble.mock.control.messages import MESSAGES
from specdouble.mock.control.people import people
from specdouble.mock.control.requests import REQUESTS
from specdouble.mock.control.streams import LATER, SENT_HERE, STREAM
from specdouble.mock.control.worlds import worlds
from specdouble.mock.faults.depth import is_deep
from specdouble.mock.pipeline.dispatch import Service
from specdouble.mock.pipeline.problems import Problem, traceless
from specdouble.mock.state.events import Listener
from specdouble.mock.state.world import World
from specdouble.mock.state.worlds import HEADER, WorldError

log = logging.getLogger("specdouble")
T = TypeVar("T")
SMALL = 256 * 1024  # bytes of a body that is read at once
DEEPEST = (
    240  # levels of a body: what writes JSON gives up at 254, and an export holds what was sent some levels deeper
)

ACTIONS: dict[str, tuple[str, Action]] = {**FAULTS, **MESSAGES, **REQUESTS, **CLOCK, **DATA}


def own_actions(platform: Platform) -> dict[str, tuple[str, Action]]:
    """Return the control actions of the engine."""
    return worlds(platform) | data(platform) | ACTIONS | people(platform) | direct_actions(platform)


def actions(platform: Platform) -> dict[str, tuple[str, Action]]:
    """Return every control action: the engine's own and those of the packs."""
    found = own_actions(platform)
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
        if method in ("POST", "PUT", "PATCH"):
            fields: dict[str, Any] = {name: {} for name in getattr(action, "control_fields", {}) if name != "whole"}
            schema = {"type": "object", "properties": fields}
            operation["requestBody"] = {"content": {"application/json": {"schema": schema}}}
        paths.setdefault(path, {})[method.lower()] = operation
    info = {"title": "specdouble control plane", "version": "1"}
    return {"openapi": "3.1.0", "info": info, "paths": paths}


def blueprint(platform: Platform, service: Service) -> Blueprint:
    """Build the control plane's routes for one service's application."""
    routes = Blueprint("control", __name__)
    routes.before_request(lambda: guard(service))
    for key, (_summary, action) in actions(platform).items():
        if hasattr(action, "control_direct"):
            continue  # a transport answers it before it comes here
        method, _, path = key.partition(" ")
        rule = path.replace("{id}", "<path:id>").replace("{", "<").replace("}", ">")  # an id may be a URL
        routes.add_url_rule(rule, key.replace(".", "_"), _view(platform, service, action), methods=[method])
    document = orjson.dumps(describe(platform))
    routes.add_url_rule(
        f"{PREFIX}/openapi.json", "openapi", lambda: Response(document, 200, content_type="application/json")
    )
    return routes


def guard(service: Service) -> Response | None:
    """Refuse what does not come from this machine, nor from a page of it; None for what may go on."""
    request = flask.request
    origin = _host(request.headers.get("origin", "http://localhost"))
    # The name that was asked for: a page elsewhere may let its own name mean this machine, and then it has no origin.
    asked = _host(f"//{request.headers.get('host') or 'localhost'}")
    near = _is_loopback(request.remote_addr or "127.0.0.1") and _is_near(origin) and _is_near(asked)
    if service.world.options.expose_control or near:
        return None
    problem = Problem(
        403,
        "The control plane answers on loopback only, by the name localhost or an address, and to pages from there; "
        "start with --expose-control.",
    )
    return _refused(service, problem)


def _host(url: str) -> str:
    """Return the name or address of a URL, "" where it has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_near(name: str) -> bool:
    """Whether a name of a host can mean nothing but this machine (RFC 6761: everything below localhost)."""
    bare = name.rstrip(".").lower()
    return bare == "localhost" or bare.endswith(".localhost") or _is_loopback(bare)


def _is_loopback(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback


def _view(platform: Platform, service: Service, action: Action) -> Callable[..., Response]:
    def view(**params: Any) -> Response:
        asking = _Asking(platform, service, action, params)
        if len(asking.raw) <= SMALL:
            return asking.answered(asking.in_world(lambda world: asking.act(world, asking.body())))
        return asking.answered(Later(asking.body, asking.act))

    return view


class _Asking:
    """One request to an action, which is answered at once or in steps."""

    def __init__(self, platform: Platform, service: Service, action: Action, params: dict[str, str]) -> None:
        request = flask.request
        self._platform = platform
        self._service = service
        self._action = action
        self._anywhere = hasattr(action, "control_anywhere")  # it is about no world, and takes the locks that it needs
        self._params = {**request.args.to_dict(), **params}
        self._environ = request.environ
        self._named = chosen_world()
        self._said = f"{request.method} {request.path}"
        self._client = request.remote_addr or ""
        self._kind = request.content_type or ""
        self.raw = request.get_data()

    def body(self) -> dict[str, Any]:
        """Return the body as an object that the action takes; raises `Problem`."""
        try:
            body = _body(self.raw, self._kind)
        except orjson.JSONDecodeError as error:
            raise Problem(422, f"The body is not JSON: {error}") from None
        if not isinstance(body, dict):
            raise Problem(422, "Send a JSON object.")
        if self.raw.count(b"[") + self.raw.count(b"{") > DEEPEST and is_deep(body, DEEPEST):
            raise Problem(422, f"The body is nested more than {DEEPEST} levels deep.")
        check(self._action, body)
        return body

    def act(self, world: World, body: dict[str, Any]) -> Any:
        """Do what is asked for."""
        return self._action(world, dict(self._params), body)

    def in_world(self, work: Callable[[World], Any]) -> Response | Later:
        """Do something in the world of the request, all of it or nothing."""
        try:
            world = self._platform.world if self._anywhere else self._platform.worlds.of(*self._named)
        except WorldError as error:
            return _refused(self._service, Problem(error.status, str(error)))
        with contextlib.nullcontext() if self._anywhere else world.lock:
            made = self._guarded(lambda: self._done(world, work))
            if isinstance(made, Response) and made.status_code >= 400 and not self._anywhere:
                world.rollback()
        return made

    def _done(self, world: World, work: Callable[[World], Any]) -> Response | Later:
        result = work(world)
        if not self._anywhere:
            world.commit()
        if isinstance(result, Later):
            return result
        if isinstance(result, Listener):
            if self._platform.streams is not None:
                self._platform.streams.admit(result, world, self._client)
            self._environ[STREAM] = (result, world)
            return Response(b"", 200, content_type="text/event-stream")
        return _written(result)

    def _guarded(self, work: Callable[[], T]) -> T | Response:
        try:
            return work()
        except Problem as refusal:
            problem = traceless(refusal)
        except Exception:
            log.exception("%s failed", self._said)
            problem = Problem(500, "The control plane failed; the server's log says why. Please report it.")
        return _refused(self._service, problem)

    def answered(self, made: Response | Later) -> Response:
        """Return the response; what takes long is left to the transport, if it can do that beside others."""
        while isinstance(made, Later):
            later = made
            then = later.then

            def make(later: Later = later) -> Any:
                return self._guarded(later.make if later.then else lambda: _written(later.make()))

            def go_on(value: Any, then: Callable[[World, Any], Any] | None = then) -> Response:
                if isinstance(value, Response) or then is None:
                    return value  # type: ignore[no-any-return]
                return self.answered(self.in_world(lambda world: then(world, value)))

            if SENT_HERE in self._environ:
                self._environ[LATER] = (make, go_on)
                return Response(b"")
            made = go_on(make())
        return made


def _written(result: Any) -> Response:
    headers = result.headers if isinstance(result, Told) else {}
    content = orjson.dumps(result.content if isinstance(result, Told) else result, as_json)
    return Response(content, 200, headers, content_type="application/json")


def chosen_world() -> tuple[str | None, str | None, str | None]:
    """Return by what the present request chooses its world."""
    get = flask.request.headers.get
    return get(HEADER), get("host"), get("cookie")


def asked_world(platform: Platform) -> World:
    """Return the world that the present request chooses.

    Raises:
        WorldError: there is none of that name.

    """
    return platform.worlds.of(*chosen_world())


def not_found(platform: Platform, method: str, path: str) -> Problem:
    """Refuse a path that the control plane does not have, and name the closest one."""
    known = {key.partition(f" {PREFIX}/")[2] for key in actions(platform)}
    near = closest(path.removeprefix(f"{PREFIX}/")[:200], known)  # what all of them begin with makes none alike
    hint = f" Did you mean {PREFIX}/{near}?" if near else ""
    said = f"Not Found: the control plane has no path for {method} {path[:200]}.{hint}"
    return Problem(404, f"{said} GET {PREFIX}/openapi.json lists what there is.")


def _refused(service: Service, problem: Problem) -> Response:
    _, media_type, body = service.error(problem)
    return Response(body, problem.status, list(problem.headers), content_type=media_type)


def _body(raw: bytes, content_type: str) -> Any:
    """Parse a body: JSON whatever it calls itself, as curl does, but for a form that is one."""
    form = b"=" in raw and not raw.lstrip().startswith((b"{", b"[", b'"'))
    if form and content_type.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(raw.decode(errors="replace"), keep_blank_values=True))
    return orjson.loads(raw) if raw else {}
