"""A service as a Flask application: the operations as its table of paths finds them, and the control plane."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import flask
from flask import Flask, Response
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from specdouble.errors import SpecdoubleError, closest
from specdouble.mock.backends.changes import SAFE, StateFileError
from specdouble.mock.boot import Platform
from specdouble.mock.control.direct import Direct
from specdouble.mock.control.plane import blueprint, not_found
from specdouble.mock.control.streams import SENT_HERE, STREAM
from specdouble.mock.dashboard import pages
from specdouble.mock.pipeline.call import Request
from specdouble.mock.pipeline.dispatch import Service
from specdouble.mock.pipeline.operation import Bound
from specdouble.mock.pipeline.problems import Problem, not_kept, traceless
from specdouble.mock.pipeline.reply import Reply
from specdouble.mock.state.world import World
from specdouble.mock.state.worlds import HEADER, WorldError
from specdouble.mock.transports import cors
from specdouble.mock.transports.breaking import BrokenConnectionError, broken_body
from specdouble.mock.transports.frames import Frames
from specdouble.mock.transports.living import give_up, handled
from specdouble.mock.transports.paths import FRONT, STREAMING, Paths, not_allowed
from specdouble.mock.transports.receiving import limit_of, read_wsgi, too_large

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


T = TypeVar("T")


class UnknownServiceError(SpecdoubleError, LookupError):
    """A service that an API does not have; the message names the closest one."""


def service_name(platform: Platform, name: str = "") -> str:
    """Return the name of a service in whichever spelling, as `pet-shop` for `pet_shop`; the first one's for "".

    Raises:
        UnknownServiceError: there is none of that name.

    """
    known = {_spelled(one): one for one in platform.services}
    found = known.get(_spelled(name)) if name else next(iter(platform.services))
    if found is None:
        near = closest(_spelled(name), known)
        there = f"There are {', '.join(platform.services)}"
        raise UnknownServiceError(f"there is no service {name!r}", closest=near and known[near], next_step=there)
    return found


def _spelled(name: str) -> str:
    return name.lower().replace("-", "_").replace(" ", "_")


def create_app(platform: Platform, name: str = "") -> Flask:
    """Build the Flask application of one service, the first one by default, named in whichever spelling.

    Raises:
        UnknownServiceError: there is none of that name.

    """
    service = platform.services[service_name(platform, name)]
    paths = Paths(service)
    app = Flask("specdouble.mock.control.plane", static_folder=None)
    app.extensions["paths"] = paths
    app.config["MAX_CONTENT_LENGTH"] = platform.world.options.body_limit
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = True
    app.add_url_rule(service.policy.document_path, "document", lambda: Response(service.document.json, 200, JSON))
    app.register_blueprint(blueprint(platform, service))
    app.register_blueprint(pages.blueprint(platform, service))
    app.after_request(_streamed)
    app.register_error_handler(HTTPException, lambda error: _http_error(platform, service, error))
    app.wsgi_app = Operations(service, platform, paths, app.wsgi_app)  # type: ignore[method-assign]
    return app


JSON = [("content-type", "application/json")]
WAITS = "specdouble.waits"  # in an environ: a list that gets the seconds of who wants to wait themselves
_HEADER = f"HTTP_{HEADER.upper().replace('-', '_')}"


class Operations:
    """Responds as the operations of a service (WSGI); what is none of them goes on to the application inside."""

    def __init__(self, service: Service, platform: Platform, paths: Paths, inner: WSGIApplication) -> None:
        self._service = service
        self._worlds = platform.worlds
        self._direct = Direct(platform)
        self._paths = paths
        self._inner = inner
        self._cors = service.world.options.cors
        self._state = platform.state

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Respond to one request."""
        origin = environ.get("HTTP_ORIGIN") if self._cors else None
        plain = start_response
        if origin:
            if environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
                asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS")
                allowed = cors.preflight(origin, asked, environ.get("HTTP_ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK"))
                return _made(b"", 204, allowed)(environ, start_response)
            start_response = _allowing(origin, start_response)
        path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
        for name, value in list(environ.items()):  # on a port such a header is none
            if (name.startswith("HTTP_") or name == "CONTENT_TYPE") and not value.isascii():
                del environ[name]
        if "HTTP_TRANSFER_ENCODING" in environ:
            environ["wsgi.input_terminated"] = True  # what is inside then reads to the end
        found, params = self._paths.find(environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""))
        if found is None:
            told = self._direct.reply(self._service, environ["REQUEST_METHOD"], path, environ.get("HTTP_ACCEPT"))
            if told is not None:
                return _response(told, self._service.world)(environ, plain)
        if found is None and (self._state is None or SENT_HERE in environ):
            return self._inner(environ, start_response)
        if found is None:
            started: list[Any] = []  # nothing is said before it is kept

            def start(*said: Any) -> Any:
                started.append(said)

            try:
                parts = self._kept(environ["REQUEST_METHOD"], lambda: self._inner(environ, start))
            except StateFileError as error:
                return _response(self._service.withhold(not_kept(error)), self._service.world)(environ, start_response)
            start_response(*started[-1])
            return parts
        return self._respond(found, params, path, environ)(environ, start_response)

    def _respond(self, found: Bound | Problem, params: dict[str, Any], path: str, environ: WSGIEnvironment) -> Response:
        service = self._service
        if isinstance(found, Problem) and self._paths.is_front(
            environ["REQUEST_METHOD"], path, environ.get("HTTP_ACCEPT")
        ):
            return _response(FRONT, service.world)
        request = flask.Request(environ)
        headers = Headers(request.headers)  # a copy: what they came with need not live as long as the journal
        query, client = environ.get("QUERY_STRING", ""), request.remote_addr or ""
        asked = Request(request.method, path, query, headers, b"", client)
        try:
            world = self._world(environ)
        except WorldError as error:
            op = None if isinstance(found, Problem) else found
            return _response(service.turn_away(Problem(error.status, str(error)), asked, op), service.world)
        if isinstance(found, Problem):
            return _response(service.turn_away(found, asked, None, world), world)
        body = read_wsgi(environ, limit_of(found, service.world.options.body_limit))
        if isinstance(body, Problem):
            return _response(service.turn_away(body, asked, found, world), world)
        asked = Request(request.method, path, query, headers, body, client)
        made: list[Reply] = []

        def work() -> Reply:
            made.append(handled(service, self._worlds, found, asked, params, world))
            return made[-1]

        try:
            reply = self._kept(request.method, work)
        except StateFileError as error:
            give_up(made, world)
            return _response(service.withhold(not_kept(error), found, asked, world), world)
        if reply.wait and WAITS in environ:
            environ[WAITS].append(reply.wait)
        elif reply.wait:
            time.sleep(reply.wait)
        return _response(reply, world)

    def _world(self, environ: WSGIEnvironment) -> World:
        """Return the world that a request chooses, which another server may have made just now."""
        chosen = environ.get(_HEADER), environ.get("HTTP_HOST"), environ.get("HTTP_COOKIE")
        try:
            return self._worlds.of(*chosen)
        except WorldError:
            if self._state is None or not self._state.shared:
                raise
            with suppress(StateFileError):
                self._state.commits.perform(lambda: None, writes=False)
            return self._worlds.of(*chosen)

    def _kept(self, method: str, work: Callable[[], T]) -> T:
        """Do work, and wait until what it wrote is kept."""
        return work() if self._state is None else self._state.commits.perform(work, writes=method not in SAFE)


def _allowing(origin: str, start_response: StartResponse) -> StartResponse:
    """Let a page on another origin read what follows."""

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        return start_response(status, [*headers, *cors.allow(origin)], exc_info)

    return start


def _response(reply: Reply, world: World) -> Response:
    broken = reply.broken
    if broken is not None and broken.kind == "drop":
        raise BrokenConnectionError("the connection was dropped by a fault")
    if reply.stream is not None:
        return _made(Frames(reply.stream, world, broken), reply.status, [*reply.headers, *STREAMING])
    if broken is not None:
        headers = [*reply.headers, ("content-length", str(len(reply.body)))]
        return _made(broken_body(reply, broken), reply.status, headers)
    return _made(reply.body, reply.status, reply.headers)


def _made(content: Iterable[bytes] | bytes, status: int, headers: list[tuple[str, str]]) -> Response:
    """Return a response with these headers and no others: Flask would call what has no media type HTML."""
    made = Response(content, status, headers)
    if not any(name.lower() == "content-type" for name, _ in headers):
        del made.headers["content-type"]
    return made


def _streamed(response: Response) -> Response:
    """Let a response of the control plane be a stream, where granian does not send it."""
    if flask.request.routing_exception is not None:
        traceless(flask.request.routing_exception)
    listener, world = flask.request.environ.get(STREAM, (None, None))
    if listener is not None and SENT_HERE not in flask.request.environ:
        return Response(Frames(listener, world), content_type=response.content_type)
    return response


def _http_error(platform: Platform, service: Service, error: HTTPException) -> Response:
    """Refuse what the control plane does not have, and a body above the limit."""
    request = flask.request
    if isinstance(error, MethodNotAllowed):
        problem = not_allowed(request.method, request.path, set(error.valid_methods or ()))
    elif isinstance(error, NotFound):
        problem = not_found(platform, request.method, request.path)
    elif isinstance(error, RequestEntityTooLarge):
        problem = too_large(service.world.options.body_limit)
    else:
        problem = Problem(error.code or 500, error.description or error.name)
    return _response(service.refuse(problem), service.world)
