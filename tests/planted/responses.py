"""Ways to spoil what an operation answers: its body, its status, its refusals; and how makers are composed."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from specdouble.mock.pipeline.call import Call, Response
from specdouble.mock.pipeline.problems import Problem
from tests.planted.fault import Maker, Site

Handler = Callable[[Call], Any]


def both(*makers: Maker) -> Maker:
    """Apply several makers to one operation."""

    def make(site: Site) -> None:
        for maker in makers:
            maker(site)

    return make


def on(operations: tuple[str, ...], maker: Maker) -> Maker:
    """Apply a maker to several operations of the service that share a rule."""

    def make(site: Site) -> None:
        for operation in operations:
            maker(site.at(operation))

    return make


def around(function: Callable[[Call, Handler], Any]) -> Maker:
    """Put a function around the handler: it gets the call and the handler."""

    def make(site: Site) -> None:
        inner = site.op.handler
        site.op.handler = lambda call: function(call, inner)

    return make


def before(function: Callable[[Call], Any]) -> Maker:
    """Change a call before its handler sees it."""
    return around(lambda call, inner: (function(call), inner(call))[1])


def instead(function: Handler) -> Maker:
    """Answer with another function."""
    return around(lambda call, _inner: function(call))


def after(function: Callable[[Call, Any], Any]) -> Maker:
    """Change the body of a success; the function gets a copy and returns what is sent."""

    def change(call: Call, inner: Handler) -> Any:
        result = inner(call)
        if isinstance(result, Response):
            return replace(result, body=function(call, copy.deepcopy(result.body)))
        return function(call, copy.deepcopy(result))

    return around(change)


def edit(function: Callable[[Any], Any]) -> Maker:
    """Change the body of a success in place."""
    return after(lambda _call, body: (function(body), body)[1])


def places(body: Any, path: str) -> Iterator[tuple[Any, Any]]:
    """Yield ``(container, key)`` for a dotted path; ``[]`` stands for every item of a list."""
    head, _, rest = path.partition(".")
    if head == "[]":
        for index in range(len(body)) if isinstance(body, list) else ():
            if rest:
                yield from places(body[index], rest)
            else:
                yield body, index
    elif isinstance(body, dict) and head in body:
        if rest:
            yield from places(body[head], rest)
        else:
            yield body, head


def field(path: str, change: Callable[[Any], Any]) -> Maker:
    """Change the value of a field wherever the path finds it."""

    def apply(body: Any) -> None:
        for container, key in places(body, path):
            container[key] = change(container[key])

    return edit(apply)


def put(path: str, value: Any) -> Maker:
    """Give a field another value."""
    return field(path, lambda _old: value)


def null(path: str) -> Maker:
    """Answer null where a value is promised."""
    return put(path, None)


def drop(path: str) -> Maker:
    """Leave a field out."""

    def apply(body: Any) -> None:
        for container, key in places(body, path):
            del container[key]

    return edit(apply)


def rename(path: str, name: str) -> Maker:
    """Answer a field under another name."""

    def apply(body: Any) -> None:
        for container, key in places(body, path):
            container[name] = container.pop(key)

    return edit(apply)


def extra(path: str, value: Any) -> Maker:
    """Add a field that the document does not have; the last part of the path is its name."""
    parent, _, name = path.rpartition(".")

    def apply(body: Any) -> None:
        if not parent:
            body[name] = value
        for container, key in places(body, parent) if parent else ():
            container[key][name] = value

    return edit(apply)


def naive(path: str) -> Maker:
    """Answer a time without its offset."""
    return field(path, lambda text: text.removesuffix("Z") if isinstance(text, str) else text)


def status(code: int) -> Maker:
    """Answer a success with another status."""

    def change(call: Call, inner: Handler) -> Any:
        result = inner(call)
        return replace(result, status=code) if isinstance(result, Response) else Response(result, status=code)

    return around(change)


def refuses(code: int, to: int) -> Maker:
    """Answer a refusal of the handler with another status."""

    def change(call: Call, inner: Handler) -> Any:
        try:
            return inner(call)
        except Problem as problem:
            if problem.status != code:
                raise
            raise Problem(to, problem.detail, raw=problem.raw, headers=problem.headers) from None

    return around(change)


class Around:
    """A checker with a function around its check of requests."""

    def __init__(self, inner: Any, request: Callable[[Any, Call], Any]) -> None:
        self._inner, self._request = inner, request

    def request(self, call: Call) -> None:
        self._request(self._inner, call)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def reword(code: int, function: Callable[[Problem], Problem]) -> Maker:
    """Write a refusal of the handler or of the request check in another way."""

    def make(site: Site) -> None:
        around(lambda call, inner: _reworded(code, function, lambda: inner(call)))(site)
        site.op.checker = Around(
            site.op.checker, lambda check, call: _reworded(code, function, lambda: check.request(call))
        )  # type: ignore[assignment]

    return make


def _reworded(code: int, function: Callable[[Problem], Problem], act: Callable[[], Any]) -> Any:
    try:
        return act()
    except Problem as problem:
        if problem.status != code:
            raise
        raise function(problem) from None


def crash(when: Callable[[Call], Any] = lambda _call: True) -> Maker:
    """Fail with a 500 when a condition holds."""

    def act(call: Call, inner: Handler) -> Any:
        if when(call):
            raise RuntimeError("planted")
        return inner(call)

    return around(act)


def media(content_type: str) -> Maker:
    """Send a success under another content type."""

    def make(site: Site) -> None:
        site.op.headers = [("content-type", content_type), *site.op.headers[1:]]

    return make
