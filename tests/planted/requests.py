"""Ways to spoil what an operation asks of a request, and which methods it takes."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from specdouble.mock.pipeline.call import Call
from tests.planted.fault import Maker, Site
from tests.planted.responses import Handler, before


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
        from specdouble.mock.pipeline.operation import Bound

        old, key = site.op, f"{method} {site.op.spec.path}"
        op = Bound(replace(old.spec, key=key, method=method))
        op.answer_with(function or old.handler, old.fidelity, old.source)
        op.public, op.lenient = function is not None, function is not None
        op.checker, op.fields, op.document, op.status = old.checker, old.fields, old.document, code
        site.service.operations = {**site.service.operations, key: op}

    return make
