"""Compiled validation of requests and responses, from one registry of the document's schemas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from specdouble.mock.pipeline.call import Call
from specdouble.mock.pipeline.checking.body import BodyChecker
from specdouble.mock.pipeline.checking.lax import Lax
from specdouble.mock.pipeline.checking.parameters import ParameterChecker, StyledParameters, is_styled
from specdouble.mock.pipeline.checking.values import Error
from specdouble.mock.pipeline.problems import Problem, invalid
from specdouble.openapi import Operation
from specdouble.openapi.bodies import BodyCheck
from specdouble.openapi.media_types import best
from specdouble.openapi.validation.compiled import Schemas


class Checker:
    """Checks requests to and responses of one operation; `lax` reads requests as FastAPI with pydantic 2 does."""

    __slots__ = ("_body", "_lax", "_path", "_query", "_schemas", "_spec", "_styled")

    def __init__(self, spec: Operation, schemas: Schemas, lax: bool = False) -> None:
        self._lax = Lax(schemas) if lax else None
        self._spec = spec
        self._schemas = schemas
        self._path: tuple[ParameterChecker, ...] | None = None
        self._query: tuple[ParameterChecker, ...] = ()
        self._styled: StyledParameters | None = None
        self._body: BodyChecker | None = None

    @property
    def schemas(self) -> Schemas:
        """The schemas of the document."""
        return self._schemas

    def _build(self) -> tuple[ParameterChecker, ...]:
        given = self._spec.parameters
        styled = [one for one in given if is_styled(one, self._schemas)]
        if styled:
            self._styled = StyledParameters(given, styled, self._schemas, self._lax)
        simple = [one for one in given if one.location in ("path", "query") and one not in styled]
        parts = [ParameterChecker(one, self._schemas, self._lax) for one in simple]
        self._query = tuple(part for part in parts if part.location == "query")
        body = self._spec.body
        self._body = BodyChecker(body, self._schemas, self._lax) if body else None
        self._path = tuple(part for part in parts if part.location == "path" and not part.plain)
        return self._path

    def request(self, call: Call) -> None:
        """Fill ``call.params``, ``call.query`` and ``call.body``; raises one 422 ``Problem`` with every error."""
        path = self._path if self._path is not None else self._build()
        errors: list[Error] = []
        for part in path:
            call.params[part.name] = part.read(call.params[part.name], errors)
        if self._query:
            self._read_query(call, errors)
        if self._styled is not None:
            self._styled.read(call, errors)
        body: Any = None
        if self._body is not None:
            try:
                body = self._body.read(call.raw, call.headers.get("content-type"))
            except Problem as problem:
                errors.extend((tuple(one["loc"]), one["msg"], one["type"]) for one in problem.detail)
        if errors:
            raise invalid(*errors)
        call.body = body

    def _read_query(self, call: Call, errors: list[Error]) -> None:
        sent: dict[str, Any] = {}
        if call.text_query:
            try:
                pairs = parse_qsl(call.text_query, keep_blank_values=True, errors="strict", max_num_fields=1000)
            except ValueError:
                raise invalid((("query",), "The query string is not valid UTF-8 form data", "value_error")) from None
            for name, value in pairs:
                sent.setdefault(name, []).append(value)
        query = call.query
        for part in self._query:
            values = sent.get(part.name)
            if values is not None:
                query[part.name] = part.read(values if part.array else values[-1], errors)
            elif part.has_default:
                query[part.name] = part.default
            elif part.required:
                errors.append((("query", part.name), "Field required", "missing"))
            else:
                query[part.name] = None

    def response(self, status: int, content_type: str, body: bytes) -> Iterator[str]:
        """Yield what a response breaks of the document's promise: status, content type, or schema with its pointer."""
        promised = self._spec.response(status)
        if promised is None:
            yield f"status {status} is not declared for {self._spec.key}"
            return
        declared = promised.content or {}
        if declared and best(declared, content_type) is None:
            media = content_type.partition(";")[0].strip()
            yield f"content type {media} is not the declared {' or '.join(declared)} ({promised.pointer})"
        elif declared:
            _, mistakes = BodyCheck(declared, self._schemas, self._schemas.response).read(body, content_type)
            for one in mistakes:
                yield f"at /{'/'.join(map(str, one.place))}: {one.message} ({promised.pointer})"
