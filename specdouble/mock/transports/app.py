"""A service as a Flask application: the operations as its table of paths finds them, and the control plane."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import flask
from flask import Flask, Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from specdouble.mock.boot import Platform
from specdouble.mock.control.plane import blueprint
from specdouble.mock.pipeline.call import Request
from specdouble.mock.pipeline.dispatch import Reply, Service
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.events import Listener
from specdouble.mock.state.world import World
from specdouble.mock.transports import cors
from specdouble.mock.transports.paths import Paths, not_allowed, too_large


def create_app(platform: Platform, name: str) -> Flask:
    """Build the Flask application of one service."""
    service = platform.services[name]
    world = platform.world
    app = Flask("specdouble.mock.control", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = world.options.body_limit
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = True
    app.add_url_rule(service.policy.document_path, "document", lambda: Response(service.document.json, 200, JSON))
    app.register_blueprint(blueprint(platform, service))
    paths = app.extensions["paths"] = Paths(service)
    app.register_error_handler(HTTPException, lambda error: _http_error(service, paths, error))
    if world.options.cors:
        app.before_request(_preflight)
        app.after_request(_cross_origin)
    app.before_request(lambda: _operation(service, paths))  # Flask's own rules are for what is no operation
    return app


JSON = [("content-type", "application/json")]


def _operation(service: Service, paths: Paths) -> Response | None:
    """Respond as the operation that the table of paths finds; None where a path is not of the contract."""
    request = flask.request
    path = request.environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
    found, params = paths.find(request.method, path)
    if found is None:
        return None
    if isinstance(found, Problem):
        return _response(service.refuse(found), service.world)
    query = request.environ.get("QUERY_STRING", "")
    asked = Request(request.method, path, query, request.headers, request.get_data(), request.remote_addr or "")
    return _response(service.handle(found, asked, params), service.world)


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
                yield listener.format.heartbeat
    finally:
        world.hub.leave(listener)


def _http_error(service: Service, paths: Paths, error: HTTPException) -> Response:
    """Refuse what the control plane does not have, and a body above the limit."""
    request = flask.request
    if isinstance(error, MethodNotAllowed):
        problem = not_allowed(request.method, request.path, set(error.valid_methods or ()))
    elif isinstance(error, NotFound):
        problem = paths.not_found(request.method, request.path)
    elif isinstance(error, RequestEntityTooLarge):
        problem = too_large(service.world.options.body_limit)
    else:
        problem = Problem(error.code or 500, error.description or error.name)
    return _response(service.refuse(problem), service.world)


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
