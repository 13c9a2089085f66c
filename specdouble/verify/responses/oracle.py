"""The strict oracle: what every response of every test must keep, whatever the test is about.

Status and content type declared, body as the closed schema has it, required headers, timestamps in UTC, no 5xx, no
secret that was seen before. It sits in the one HTTP client, so no response escapes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from specdouble.openapi import Op, Response
from specdouble.verify.responses import leaks
from specdouble.verify.responses.instants import is_time
from specdouble.verify.responses.record import VIOLATION, WARNING, Record
from specdouble.verify.responses.redact import Redactor
from specdouble.verify.responses.wording import failure, sentence, shown

if TYPE_CHECKING:
    from specdouble.verify.api.api import Api
    from specdouble.verify.responses.reply import Reply

# Rules by which every response is judged; the others need a body, a header or a time to check.
_ALWAYS = ("SCHEMA-01", "SCHEMA-02", "SCHEMA-08", "SECRET-01", "SECRET-02", "SECRET-03", "SECRET-04")
_STAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")


class Oracle:
    """Checks responses against the contract and writes what is wrong into the current record."""

    def __init__(self, api: Api, redactor: Redactor, *, strict: bool) -> None:
        self.api = api
        self.contract = api.contract
        self.redactor = redactor
        self.strict = strict

    def check(self, op: Op, reply: Reply, record: Record, known: int | None = None) -> None:
        """Check one response; the first `known` secrets of the redactor (default: all) were there before it."""
        record.checked(op.id, *_ALWAYS)
        # First: fields beyond the schema are taken out of a response later.
        leaks.look(self.api, op, reply, record, self.redactor, known)
        status = reply.status
        response = declared(op, status)
        if status >= 500 and response is None:
            record.add(
                "SCHEMA-02",
                op.id,
                f"the server failed with {status}",
                about=str(status),
                promised="no request makes the server fail",
                expected="a declared status",
                got=f"{status} {reply.text}",
            )
            return
        instead = stands_for(self.api, op, reply) if response is None else None
        if response is None:
            record.add(
                "SCHEMA-01",
                op.id,
                f"status {status} is not declared",
                about=str(status),
                promised=f"one of {', '.join(map(str, sorted(op.spec.responses)))}",
                pointer=f"{op.spec.pointer}/responses",
                expected=sorted(op.spec.responses),
                got=f"{status} {reply.text}",
                severity=VIOLATION if instead is None else WARNING,
            )
            response = instead if status != 422 else None
        if response is not None:
            self._content(op, response, reply, record)
            self._headers(op, response, reply, record)
        if self.api.pack.inspect is not None:
            self.api.pack.inspect(op, reply, record)

    # -- form ------------------------------------------------------------------------------------------------------

    def _content(self, op: Op, response: Response, reply: Reply, record: Record) -> None:
        content = response.content or {}
        if not content or (response.wildcard and response.status == 0):
            return
        media_type = reply.media_type
        record.checked(op.id, "SCHEMA-03")
        found = content.get(media_type) or next(
            (content[one] for one in content if media_type == one.split(";")[0]), None
        )
        if found is None:
            record.add(
                "SCHEMA-03",
                op.id,
                f"content type {media_type or 'missing'} of a {reply.status} is not declared",
                about=f"{reply.status}",
                promised=" or ".join(content),
                pointer=response.pointer,
                expected=" or ".join(content),
                got=reply.headers.get("content-type", "no content type"),
            )
            return
        if media_type != "application/json":
            return
        if reply.json is None and reply.content.strip() != b"null":
            record.add(
                "SCHEMA-03",
                op.id,
                f"the body of a {reply.status} is not JSON",
                about=f"json {reply.status}",
                promised="application/json",
                pointer=found.pointer,
                expected="JSON",
                got=reply.text,
            )
            return
        record.checked(op.id, "SCHEMA-04", "SCHEMA-05")
        for error in _closest(self.contract.of(op).validator(found.schema).iter_errors(reply.json)):
            for name in self._broken(op, reply, record, found.pointer, error):
                # It was told of; what rules compare is what the contract knows.
                self._at(reply.json, error.instance_path).pop(name, None)
        self._times(op, reply, record, found.pointer)

    def _broken(self, op: Op, reply: Reply, record: Record, pointer: str, error: Any) -> list[str]:
        """Write what breaks a schema into the record; return the fields that are beyond it and may be."""
        at = "/".join("*" if isinstance(part, int) else str(part) for part in error.instance_path)
        extra, names = _is_extra(error), _extras(error)
        lenient = extra and not self.strict and not any(leaks.PRIVATE_NAME.search(name) for name in names)
        found = failure(error, self.redactor.clean)
        record.add(
            "SCHEMA-05" if extra else "SCHEMA-04",
            op.id,
            f"{sentence(found.path, found.expected, found.got)} in a {reply.status}",
            about=f"{reply.status} {at} {'/'.join(map(str, error.schema_path))} {' '.join(names)}",
            promised=f"the schema at {pointer}",
            pointer=pointer,
            expected=found.expected,
            got=self._at(reply.json, error.instance_path),
            severity=WARNING if lenient else "violation",
        )
        return names if lenient else []

    @staticmethod
    def _at(value: Any, path: Any) -> Any:
        for part in path:
            value = value[part]
        return value

    def _times(self, op: Op, reply: Reply, record: Record, pointer: str) -> None:
        """Timestamps are RFC 3339 in UTC, where the API promises it; people's own content is not looked into."""
        if not self.api.words.utc:
            return
        for at, text in stamps(reply.json):
            record.checked(op.id, "SCHEMA-07")
            if not _UTC.fullmatch(text) or not _exists(text):
                record.add(
                    "SCHEMA-07",
                    op.id,
                    sentence(at, "a timestamp in UTC (RFC 3339)", shown(text, self.redactor.clean)),
                    about="".join("/*" if isinstance(part, int) else f"/{part}" for part in at),
                    promised="ISO 8601, UTC, with Z",
                    pointer=pointer,
                    source="RFC 3339",
                    expected="such as 2026-01-31T09:00:00Z",
                    got=text,
                )

    def _headers(self, op: Op, response: Response, reply: Reply, record: Record) -> None:
        for name, raw in (response.headers or {}).items():
            schemas = self.contract.of(op)
            header = schemas.resolve(raw)
            record.checked(op.id, "SCHEMA-06")
            text = reply.headers.get(name)
            if text is None:
                if header.get("required"):
                    record.add(
                        "SCHEMA-06",
                        op.id,
                        f"header {name}: expected a value, got no such header in a {reply.status}",
                        about=f"{reply.status} {name}",
                        promised=f"the header {name}",
                        pointer=response.pointer,
                        expected=name,
                        got="no such header",
                    )
                continue
            value: Any = int(text) if text.isdigit() and "integer" in str(header.get("schema")) else text
            for error in list(schemas.validator(header.get("schema", True)).iter_errors(value))[:1]:
                wanted = failure(error, self.redactor.clean)
                record.add(
                    "SCHEMA-06",
                    op.id,
                    f"header {name}: expected {wanted.expected}, got {wanted.got} in a {reply.status}",
                    about=f"{reply.status} {name} value",
                    promised=f"the header {name}",
                    pointer=response.pointer,
                    expected=header.get("schema"),
                    got=text,
                )


def _is_extra(error: Any) -> bool:
    """Whether an error is about fields that a closed object does not know."""
    return error.kind.name in ("additionalProperties", "unevaluatedProperties")


def _extras(error: Any) -> list[str]:
    return [str(one) for one in error.kind.unexpected] if _is_extra(error) else []


def _closest(errors: Iterable[Any]) -> list[Any]:
    """Return the errors of a body; where it may have one of several shapes, those of the shape that it has.

    It has one when nothing is wrong with it but fields that no shape knows: as anywhere else, they are told by name.
    """
    found: list[Any] = []
    for error in errors:
        shapes = getattr(error.kind, "context", None) or []
        mine = next((one for one in shapes if one and all(map(_is_extra, one))), None)
        if mine is None or _mixed(mine, shapes):
            found.append(error)
        else:
            found += mine
    return found


def _mixed(mine: list[Any], shapes: list[list[Any]]) -> bool:
    """Whether a field that is beyond one shape belongs to another: the body is neither."""
    for error in mine:
        for other in shapes:
            beyond = [name for one in other if one.instance_path == error.instance_path for name in _extras(one)]
            if other is not mine and beyond and not set(_extras(error)) <= set(beyond):
                return True
    return False


def declared(op: Op, status: int) -> Response | None:
    """Return what the document says about a status: the status itself, its range, or the default."""
    return op.spec.response(status)


def stands_for(api: Api, op: Op, reply: Reply) -> Response | None:
    """Return the declared refusal that an undeclared one may stand for.

    Taken for each other are 401 and 403, where a credential is missing or wrong, 403 and 404, where a thing is somebody
    else's, and for a 401 the 422 of a framework that declares its headers.
    """
    others = {401: (403,), 403: (401, 404), 404: (403,)}.get(reply.status, ())
    if reply.status == 422 and api.pack.refused_at is not None:
        named = api.pack.refused_at(reply)
        if named and all(place[:1] == ("header",) for place in named):
            others = (401,)
    return next((op.spec.responses[one] for one in others if one in op.spec.responses), None)


def stamps(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield each text that is meant as a timestamp, with its path: fields named `…_at` or `ts`, at any depth."""
    if isinstance(value, dict):
        for name, one in value.items():
            if isinstance(one, str) and is_time(name) and _STAMP.match(one):
                yield (*at, name), one
            else:
                yield from stamps(one, (*at, name))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from stamps(one, (*at, number))


def _exists(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
