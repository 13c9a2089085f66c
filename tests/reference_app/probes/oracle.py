"""Whether a response is one that the document declares: status, content type, headers, schema."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import jsonschema_rs

from ..app import create_app


@cache
def document() -> dict[str, Any]:
    """Return the document of the app."""
    return create_app().openapi()


@cache
def _operations() -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), path) for path in document()["paths"]]


@cache
def _validator(path: str, method: str, status: str, kind: str) -> Any:
    schema = document()["paths"][path][method]["responses"][status]["content"][kind]["schema"]
    whole = {**schema, "components": document()["components"]}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def template_of(path: str) -> str | None:
    """Return the declared path of a request's, or None."""
    return next((one for pattern, one in _operations() if pattern.fullmatch(path)), None)


def check(method: str, path: str, status: int, headers: Any, content: bytes, parsed: Any) -> None:
    """Raise AssertionError where a response is not declared."""
    template = template_of(path)
    operation = document()["paths"].get(template, {}).get(method.lower()) if template else None
    if operation is None or template is None:
        return
    assert str(status) in operation["responses"], f"{method} {path}: {status} is not declared"
    declared = operation["responses"][str(status)]
    for name, about in declared.get("headers", {}).items():
        assert name in headers or not about.get("required"), f"{method} {path}: {status} without {name}"
    kinds = declared.get("content", {})
    if not kinds:
        assert content == b"", f"{method} {path}: {status} has a body"
        return
    kind = headers.get("content-type", "").partition(";")[0]
    assert kind in kinds, f"{method} {path}: {status} is {kind}, declared is {list(kinds)}"
    if kind == "application/json":
        error = next(_validator(template, method.lower(), str(status), kind).iter_errors(parsed), None)
        assert error is None, f"{method} {path}: {status} {error}"
