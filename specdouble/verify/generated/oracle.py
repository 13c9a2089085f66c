"""What every response must keep, where nothing but the document is known of an API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from specdouble.openapi import Op
from specdouble.openapi.values.flat import Flats
from specdouble.verify.responses.leaks import PRIVATE_NAME
from specdouble.verify.responses.leaks import _declared as declared_members
from specdouble.verify.responses.oracle import Oracle, declared
from specdouble.verify.responses.record import Record
from specdouble.verify.responses.reply import Reply

if TYPE_CHECKING:
    from specdouble.verify.api.api import Api
    from specdouble.verify.responses.redact import Redactor

# Headers without which a client cannot go on; that they are declared and missing is a finding though none is required.
_TELLING = frozenset({"location", "etag", "www-authenticate", "retry-after", "link", "allow"})
_DEEPEST = 6
_FAILS = frozenset({500})  # statuses of a failure that a document may declare and a healthy server never has


@dataclass
class Headers:
    """The headers that every response of a kind had, each with its value where that was always the same."""

    always: dict[str, str | None] = field(default_factory=dict)
    count: int = 0

    def saw(self, reply: Reply) -> None:
        """Take a response."""
        if not self.count:
            self.always = {name.lower(): value for name, value in reply.headers.items()}
        self.count += 1
        for name in list(self.always):
            if name not in reply.headers:
                del self.always[name]
            elif self.always[name] != reply.headers[name]:
                self.always[name] = None


class ModelOracle(Oracle):
    """The strict oracle, less strict where a document says little, and stricter about failures that it declares.

    `headers` are those that were seen, by operation and status.
    """

    def __init__(self, api: Api, redactor: Redactor, *, strict: bool) -> None:
        super().__init__(api, redactor, strict=strict)
        self.headers: dict[tuple[str, str], Headers] = {}
        self._flats: dict[str, Flats] = {}

    def check(self, op: Op, reply: Reply, record: Record, known: int | None = None) -> None:
        """Check one response."""
        self.headers.setdefault((op.id, str(reply.status)), Headers()).saw(reply)
        before = set(record.findings)
        super().check(op, reply, record, known)
        for identity in record.findings.keys() - before:
            if self._innocent(op, reply, record.findings[identity]):
                del record.findings[identity]
        if reply.status in _FAILS and declared(op, reply.status) is not None:
            record.add(
                "SCHEMA-02",
                op.id,
                f"the server failed with {reply.status}",
                about=str(reply.status),
                promised="no request makes the server fail",
                expected="a success or a refusal",
                got=f"{reply.status} {reply.text}",
            )
        self._undeclared(op, reply, record)
        response = declared(op, reply.status)
        for name in (response.headers or {}) if response is not None else ():
            if name.lower() in _TELLING and name.lower() not in reply.headers:
                record.add(
                    "SCHEMA-06",
                    op.id,
                    f"header {name}: expected a value, got no such header in a {reply.status}",
                    about=f"{reply.status} {name}",
                    promised=f"the header {name}",
                    pointer=response.pointer if response else "",
                    expected=name,
                    got="no such header",
                )

    def _undeclared(self, op: Op, reply: Reply, record: Record) -> None:
        """Tell members of a success that the document does not have, though it does not forbid them."""
        response = declared(op, reply.status)
        content = (response.content or {}).get(reply.media_type) if response is not None and reply.ok else None
        if content is None or not isinstance(reply.json, dict | list):
            return
        record.checked(op.id, "SCHEMA-42")
        flats = self.flats(op)
        for name in sorted(set(extras(flats, content.schema, reply.json))):
            secret = PRIVATE_NAME.search(name)
            record.add(
                "SECRET-05" if secret else "SCHEMA-42",
                op.id,
                f"member {name} of a {reply.status} is not declared",
                about=name,
                promised=f"the schema at {content.pointer}",
                pointer=content.pointer,
                expected="no such member",
                got=name,
            )

    def flats(self, op: Op) -> Flats:
        """Return the flat schemas of the document of an operation."""
        if op.service not in self._flats:
            self._flats[op.service] = Flats(self.contract.of(op))
        return self._flats[op.service]

    def _innocent(self, op: Op, reply: Reply, finding: dict[str, Any]) -> bool:
        """Whether a response shows a secret that it was sent, or that the document declares there."""
        if op.spec.method == "HEAD" and finding["rule"] in ("SCHEMA-03", "SCHEMA-04"):
            return True
        if finding["rule"] == "SECRET-03" and reply.status in (400, 409, 422):
            name = finding["message"].rpartition(" ")[2]
            return name.encode() in reply.asked  # a refusal may repeat what it refuses
        if finding["rule"] == "SECRET-01":
            if reply.ok and self._declares(op, reply):
                return True
            return reply.status in (400, 409, 422) and not reply.ok
        return False

    def _declares(self, op: Op, reply: Reply) -> bool:
        """Whether the document has members for secrets in the responses of an operation."""
        names = ("token", "secret", "key", "password", "credential")
        return reply.ok and any(
            one in name.lower() for name in declared_members(op, self.contract.of(op)) for one in names
        )


def extras(flats: Flats, schema: Any, value: Any, depth: int = 0) -> Iterator[str]:
    """Yield the names of members that an object has and its schema does not name, where it names members at all."""
    flat = flats.of(schema)
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for one in value if flat.items is not None else ():
            yield from extras(flats, flat.items, one, depth + 1)
        return
    known = flats.members(schema)
    if not isinstance(value, dict) or not known or flat.additional not in (None, False):
        return
    for name, one in value.items():
        if name not in known:
            if name not in flat.required:
                yield name
        elif isinstance(one, dict | list):
            yield from extras(flats, known[name], one, depth + 1)
