"""A service as a Flask application: one rule per operation, and the control plane beside them."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import flask
from flask import Flask, Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge
from werkzeug.routing import Rule

from specdouble.mock.boot import Platform
from specdouble.mock.control.plane import blueprint
from specdouble.mock.pipeline.call import Request
from specdouble.mock.pipeline.dispatch import Reply, Service, refuse
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.events import HEARTBEAT, Listener
from specdouble.mock.state.world import World
from specdouble.mock.transports import cors
from specdouble.mock.transports.paths import GREEDY, not_allowed, not_found, too_large


class MatchedRule(Rule):
    """A rule that only ever matches: compiling what builds URLs from it would be half the start-up of an app."""

    def _compile_builder(self, append_unknown: bool = True) -> Any:
        return _never_built


def _never_built(*_values: Any) -> Any:
    raise NotImplementedError("operations are matched, never built: write the path")


def rule_of(path: str, greedy: frozenset[str] = GREEDY) -> str:
    """Write a path template of OpenAPI as a Werkzeug rule; a parameter called ``path`` is greedy (gotcha E08)."""
    return re.sub(r"\{([^{}]+)\}", lambda m: f"<{'path:' if m[1] in greedy else ''}{_variable(m[1])}>", path)


def _variable(name: str) -> str:
    """Return the name that a parameter has in a rule, where only letters, digits and underscores may stand."""
    return name if name.isidentifier() else "p_" + re.sub(r"\W", lambda m: f"_{ord(m[0])}_", name)


def create_app(platform: Platform, name: str, *, operations: bool = True) -> Flask:
    """Build the Flask application of one service; ``operations`` may stay away where a door answers them itself."""
    service = platform.services[name]
    world = platform.world
    app = Flask("specdouble.mock.control", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = world.options.body_limit
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = True
    for key, bound in service.operations.items() if operations else ():
        app.view_functions[key] = _view(service, key)
        aliases = [alias for alias, meant in service.pack.aliases.items() if meant == bound.spec.path]
        for path in (bound.spec.path, *aliases):
            greedy = GREEDY | {one.name for one in bound.spec.parameters if one.greedy}
            rule = MatchedRule(rule_of(path, greedy), endpoint=key, methods=[bound.spec.method])
            if rule.methods:
                rule.methods.discard("HEAD")  # as the platform: HEAD is 405 where it is not declared
            app.url_map.add(rule)
    app.add_url_rule("/v1/openapi.json", "document", lambda: Response(service.document.json, 200, JSON))
    app.register_blueprint(blueprint(platform, service))
    app.register_error_handler(HTTPException, lambda error: _http_error(service, error))
    if world.options.cors:
        app.before_request(_preflight)
        app.after_request(_cross_origin)
    return app


JSON = [("content-type", "application/json")]


def _view(service: Service, key: str) -> Any:
    op = service.operations[key]
    names = {_variable(one.name): one.name for one in op.spec.parameters if one.location == "path"}

    def view(**found: Any) -> Response:
        params = {names.get(name, name): value for name, value in found.items()}
        request = flask.request
        query = request.environ.get("QUERY_STRING", "")
        asked = Request(
            request.method, request.path, query, request.headers, request.get_data(), request.remote_addr or ""
        )
        return _response(service.handle(op, asked, params), service.world)

    return view


def _response(reply: Reply, world: World) -> Response:
    if reply.stream is not None:
        return Response(_frames(reply.stream, world), reply.status, reply.headers)
    return Response(reply.body, reply.status, reply.headers)


def _frames(listener: Listener, world: World) -> Iterator[bytes]:
    """Send a stream from a thread (WSGI); heartbeats keep it open."""
    ready = threading.Event()
    listener.wake = ready.set
    try:
        while not listener.closed:
            ready.clear()
            waiting = listener.take()
            if waiting:
                yield waiting
            elif not ready.wait(world.options.heartbeat_seconds):
                yield HEARTBEAT
    finally:
        world.hub.leave(listener)


def _http_error(service: Service, error: HTTPException) -> Response:
    request = flask.request
    if isinstance(error, MethodNotAllowed):
        problem = not_allowed(request.method, request.path, set(error.valid_methods or ()))
    elif isinstance(error, NotFound):
        problem = not_found(service, request.method, request.path)
    elif isinstance(error, RequestEntityTooLarge):
        problem = too_large(service.world.options.body_limit)
    else:
        problem = Problem(error.code or 500, error.description or error.name)
    return _response(refuse(problem), service.world)


def _preflight() -> Response | None:
    request = flask.request
    origin = request.headers.get("origin")
    if request.method == "OPTIONS" and origin and "access-control-request-method" in request.headers:
        return Response(b"", 204, cors.preflight(origin, request.headers.get("access-control-request-headers")))
    return None


def _cross_origin(response: Response) -> Response:
    origin = flask.request.headers.get("origin")
    if origin and "access-control-allow-origin" not in response.headers:
        for name, value in cors.allow(origin):
            response.headers.add(name, value)
    return response
