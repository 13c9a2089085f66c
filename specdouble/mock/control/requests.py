"""What was asked of the server: listed, looked into, watched, exported and forgotten."""

from __future__ import annotations

from typing import Any

import flask
import orjson

from specdouble import sse
from specdouble.digits import whole
from specdouble.mock.control.actions import PREFIX, Actions, Later, Params, takes
from specdouble.mock.journal.filters import Filter
from specdouble.mock.journal.har import har
from specdouble.mock.journal.journal import WATCH, JournalError
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.events import EventFormat, Listener
from specdouble.mock.state.world import World

LISTED = 100  # requests, where nobody says how many


def _list(world: World, params: Params, _body: dict[str, Any]) -> Any:
    limit, offset = _whole(params, "limit", LISTED), _whole(params, "offset", 0)
    chosen, kept = _filter(params), list(reversed(world.journal))

    def make() -> Any:
        found = [one for one in kept if chosen.takes(one)]
        return {"total": len(found), "requests": [one.line() for one in found[offset : offset + limit]]}

    return Later(make)


def _short(world: World, _params: Params, _body: dict[str, Any]) -> Any:
    kept = list(reversed(world.journal))
    return Later(lambda: [one.line() for one in kept])


def _show(world: World, params: Params, _body: dict[str, Any]) -> Any:
    number = whole(params["id"])
    if number is None:
        raise Problem(404, f"The id of a request is a number, not {params['id'][:80]!r}.")
    try:
        return Later(world.journal.get(number).whole)
    except JournalError as error:
        raise Problem(404, str(error)) from None


@takes()
def _clear(world: World, _params: Params, _body: dict[str, Any]) -> Any:
    return {"removed": world.journal.clear()}


def _export(world: World, params: Params, _body: dict[str, Any]) -> Any:
    limit = _whole(params, "limit", world.journal.most)
    chosen, kept, urls = _filter(params), list(world.journal), world.urls

    def make() -> Any:
        found = [one for one in kept if chosen.takes(one)]
        return har(found[-limit:] if limit else [], urls)

    return Later(make)


def _watch(world: World, params: Params, _body: dict[str, Any]) -> Any:
    """Return a stream of the requests that come, after those since `since` or the last one that was seen."""
    since = params.pop("since", None) or flask.request.headers.get("last-event-id")
    _none(params)
    missed = []
    if since is not None:
        chosen = _filter({"since": since})
        missed = [{"entry": one} for one in world.journal if chosen.takes(one)]
    listener = Listener(WATCH, missed, EventFormat(_event))
    world.watchers.join(listener)
    world.journal.watched = True
    return listener


def _event(event: dict[str, Any]) -> bytes:
    entry = event["entry"]
    return sse.write(orjson.dumps(entry.line()), event_id=entry.number, name="request")


def _filter(params: Params) -> Filter:
    try:
        return Filter.of(params)
    except JournalError as error:
        raise Problem(422, str(error)) from None


def _none(params: Params) -> None:
    if params:
        raise Problem(422, f"There is no parameter {next(iter(params))!r} here; it takes since.")


def _whole(params: Params, name: str, default: int) -> int:
    number = whole(str(params.pop(name, default)))
    if number is None:
        raise Problem(422, f"{name} must be a whole number, 0 or more.")
    return number


_FILTERS = "operation, method, path, status, caller, service, unmatched, fault, since, q"
REQUESTS: Actions = {
    f"GET {PREFIX}/requests": (f"List the last requests, newest first (?{_FILTERS}; limit, offset)", _list),
    f"GET {PREFIX}/requests/{{id}}": ("Show one request whole, and why it was answered as it was", _show),
    f"GET {PREFIX}/requests/stream": ("Watch the requests as they come, as server-sent events (?since=id)", _watch),
    f"GET {PREFIX}/requests.har": ("Export requests as a HAR file, with the same filters", _export),
    f"DELETE {PREFIX}/requests": ("Forget every request", _clear),
    f"GET {PREFIX}/journal": ("List all of the last requests, newest first, as a plain list", _short),
}
