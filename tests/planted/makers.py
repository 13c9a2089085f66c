"""Small ways to spoil an operation; a fault is one of them, or a few that are composed.

Every maker takes a ``Site`` and changes that platform alone. What must change in a module (a rule shared by rooms)
is changed for the time of one request, under the world's lock, and put back.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from mockserver.call import Answer, Call
from mockserver.problems import Problem
from mockserver.state import Doc, Store
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
        if isinstance(result, Answer):
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
        return replace(result, status=code) if isinstance(result, Answer) else Answer(result, status=code)

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


def reword(code: int, function: Callable[[Problem], Problem]) -> Maker:
    """Write a refusal of the handler or of the request check in another way."""

    def make(site: Site) -> None:
        around(lambda call, inner: _reworded(code, function, lambda: inner(call)))(site)
        site.op.checker = _Around(
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


# -- requests ------------------------------------------------------------------------------------------------------


class _Around:
    """A checker with a function around its check of requests."""

    def __init__(self, inner: Any, request: Callable[[Any, Call], Any]) -> None:
        self._inner, self._request = inner, request

    def request(self, call: Call) -> None:
        self._request(self._inner, call)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def respec(change: Callable[[Any, Any], Any]) -> Maker:
    """Check requests against a changed operation: ``change`` gets the operation and the resolver of references."""

    def make(site: Site) -> None:
        old = site.op.checker
        site.op.checker = type(old)(change(site.op.spec, old._schemas.resolve), old._schemas)

    return make


def query(name: str, **keywords: Any) -> Maker:
    """Change what is asked of a query parameter; None takes a keyword away."""

    def change(spec: Any, resolve: Any) -> Any:
        changed = tuple(
            replace(one, schema=_keyed(resolve(one.schema), keywords)) if one.name == name else one
            for one in spec.parameters
        )
        return replace(spec, parameters=changed)

    return respec(change)


def query_optional(name: str) -> Maker:
    """Let a required query parameter be left out."""

    def change(spec: Any, _resolve: Any) -> Any:
        changed = tuple(replace(one, required=False) if one.name == name else one for one in spec.parameters)
        return replace(spec, parameters=changed)

    return respec(change)


def body(name: str, **keywords: Any) -> Maker:
    """Change what is asked of a body field; None takes a keyword away, ``required=False`` makes it optional."""

    def change(spec: Any, resolve: Any) -> Any:
        content = spec.body.content["application/json"]
        schema = copy.deepcopy(resolve(content.schema))
        for one in [schema, *map(resolve, schema.get("anyOf", ()))] if "properties" not in schema else [schema]:
            if name in one.get("properties", {}):
                wanted = dict(keywords)
                if wanted.pop("required", True) is False:
                    one["required"] = [held for held in one["required"] if held != name]
                one["properties"][name] = _keyed(resolve(one["properties"][name]), wanted)
        return _with_body(spec, schema)

    return respec(change)


def any_body() -> Maker:
    """Take any JSON as the body."""
    return respec(lambda spec, _resolve: _with_body(spec, {}))


def _with_body(spec: Any, schema: Any) -> Any:
    content = replace(spec.body.content["application/json"], schema=schema)
    return replace(spec, body=replace(spec.body, content={**spec.body.content, "application/json": content}))


def _keyed(schema: dict[str, Any], keywords: dict[str, Any]) -> dict[str, Any]:
    """Set keywords where a schema has them, in its branches too; on top where it has them nowhere."""
    made = copy.deepcopy(schema)
    for keyword, value in keywords.items():
        held = [part for part in (made, *made.get("anyOf", ())) if keyword in part] or [made]
        for part in held:
            part.pop(keyword, None)
            if value is not None:
                part[keyword] = value
    return made


def ignores(*params: str) -> Maker:
    """Read query parameters and forget them: the handler sees their defaults."""

    def change(call: Call) -> None:
        for one in call.op.spec.parameters:
            if one.name in params:
                call.query[one.name] = one.schema.get("default") if isinstance(one.schema, dict) else None

    return before(change)


def unread(*names: str) -> Maker:
    """Take body fields and forget them before the handler sees them."""

    def change(call: Call) -> None:
        call.body = {name: value for name, value in (call.body or {}).items() if name not in names}

    return before(change)


def accepts(method: str, function: Handler | None = None, code: int = 200) -> Maker:
    """Serve a method that the path does not have; by default it does what the operation does."""

    def make(site: Site) -> None:
        from mockserver.operation import Bound

        old, key = site.op, f"{method} {site.op.spec.path}"
        op = Bound(replace(old.spec, key=key, method=method), function or old.handler, old.rung, old.room)
        op.public, op.lenient = function is not None, function is not None
        op.checker, op.fields, op.document, op.status = old.checker, old.fields, old.document, code
        site.service.operations = {**site.service.operations, key: op}

    return make


# -- state ---------------------------------------------------------------------------------------------------------


def store(collection: str, **methods: Any) -> Maker:
    """Replace methods of a collection while the operation runs; each gets the store and what it was called with."""
    kind = type("Spoilt", (Store,), {"__slots__": (), **methods})

    def act(call: Call, inner: Handler) -> Any:
        held = call.state[collection]
        was, held.__class__ = held.__class__, kind
        try:
            return inner(call)
        finally:
            held.__class__ = was

    return around(act)


def _merged(self: Store, key: Any, /, **changes: Any) -> Doc:
    return {**(Store.get(self, key) or {}), **changes}


def keeps(collection: str) -> Maker:
    """Answer as if a document had been removed, and keep it."""
    return store(collection, remove=lambda self, key: Store.get(self, key), remove_where=lambda self, **equals: 1)


def loses(collection: str) -> Maker:
    """Answer as if something had been written, and write nothing."""
    return store(collection, add=lambda self, doc: doc, put=lambda self, doc: doc, update=_merged)


def stores(collection: str, **fields: Any) -> Maker:
    """Store other values than those that are answered; a callable gets the value that should have been stored."""

    def spoilt(doc: Doc) -> Doc:
        changed = {
            name: (value(doc[name]) if callable(value) else value) for name, value in fields.items() if name in doc
        }
        return {**doc, **changed}

    def add(self: Store, doc: Doc) -> Doc:
        Store.add(self, spoilt(doc))
        return doc

    def put(self: Store, doc: Doc) -> Doc:
        write = Store.put if doc[self.declared.key] in self else Store.add
        write(self, spoilt(doc))
        return doc

    def update(self: Store, key: Any, /, **changes: Any) -> Doc:
        Store.update(self, key, **spoilt(changes))
        return {**(Store.get(self, key) or {}), **changes}

    return store(collection, add=add, put=put, update=update)


def resets(collection: str, **fields: Any) -> Maker:
    """Let every update of a document reset other fields of it too."""

    def update(self: Store, key: Any, /, **changes: Any) -> Doc:
        return Store.update(self, key, **{**fields, **changes})

    return store(collection, update=update)


def still(collection: str, name: str = "updated_at") -> Maker:
    """Let a time stand still when a document changes."""

    def update(self: Store, key: Any, /, **changes: Any) -> Doc:
        held = (Store.get(self, key) or {}).get(name)
        return Store.update(self, key, **{**changes, name: held})

    return store(collection, update=update)


@contextmanager
def swapped(*swaps: tuple[Any, str, Callable[..., Any]]) -> Iterator[None]:
    """Replace functions of modules or objects; each replacement gets the original first."""
    with ExitStack() as stack:
        for owner, name, function in swaps:
            original = getattr(owner, name)
            stack.enter_context(patch.object(owner, name, _bound(function, original)))
        yield


def _bound(function: Callable[..., Any], original: Any) -> Callable[..., Any]:
    return lambda *args, **named: function(original, *args, **named)


def swap(owner: Any, name: str, function: Callable[..., Any]) -> Maker:
    """Replace a function of a module while the operation runs; the replacement gets the original first."""

    def act(call: Call, inner: Handler) -> Any:
        with swapped((owner, name, function)):
            return inner(call)

    return around(act)


def value(owner: Any, name: str, other: Any) -> Maker:
    """Replace a value of a module while the operation runs."""

    def act(call: Call, inner: Handler) -> Any:
        with patch.object(owner, name, other):
            return inner(call)

    return around(act)


def skips(owner: Any, name: str, result: Any = None) -> Maker:
    """Leave out a step of the operation."""
    return swap(owner, name, lambda _inner, *_args, **_named: result)


def silent(kind: str | None = None) -> Maker:
    """Publish no events of a kind (default: none at all)."""

    def emit(inner: Any, user_id: str, what: str, payload: Any) -> Any:
        return 0 if kind in (None, what) else inner(user_id, what, payload)

    def act(call: Call, inner: Handler) -> Any:
        with swapped((call.world, "emit", emit)):
            return inner(call)

    return around(act)


def repeats(once: Callable[[Call], Any]) -> Maker:
    """Run the handler a second time when a condition on the call holds."""

    def act(call: Call, inner: Handler) -> Any:
        if once(call):
            inner(call)
        return inner(call)

    return around(act)


def parsed(call: Call) -> Any:
    """The body as it was sent."""
    return json.loads(call.raw) if call.raw else None
