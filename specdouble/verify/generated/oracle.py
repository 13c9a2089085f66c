"""What every response must keep, where nothing but the document is known of an API."""

from __future__ import annotations

from typing import Any

from specdouble.openapi import Op
from specdouble.verify.responses.oracle import Oracle, declared
from specdouble.verify.responses.record import Record
from specdouble.verify.responses.reply import Reply

# Headers without which a client cannot go on; that they are declared and missing is a finding though none is required.
_TELLING = frozenset({"location", "etag", "www-authenticate", "retry-after", "link", "allow"})
_FAILS = frozenset({500})  # statuses of a failure that a document may declare and a healthy server never has


class ModelOracle(Oracle):
    """The strict oracle, less strict where a document says little, and stricter about failures that it declares."""

    def check(self, op: Op, reply: Reply, record: Record, known: int | None = None) -> None:
        """Check one response."""
        before = set(record.findings)
        super().check(op, reply, record, known)
        for identity in record.findings.keys() - before:
            if self._innocent(op, reply, record.findings[identity]):
                del record.findings[identity]
        if reply.status in _FAILS and declared(op, reply.status) is not None:
            record.add(
                "SCHEMA-02", op.id, f"the server failed with {reply.status}", about=str(reply.status),
                promised="no request makes the server fail", expected="a success or a refusal",
                got=f"{reply.status} {reply.text}",
            )  # fmt: skip
        response = declared(op, reply.status)
        for name in (response.headers or {}) if response is not None else ():
            if name.lower() in _TELLING and name.lower() not in reply.headers:
                record.add(
                    "SCHEMA-06", op.id, f"header {name}: expected a value, got no such header in a {reply.status}",
                    about=f"{reply.status} {name}", promised=f"the header {name}", pointer=response.pointer if response else "",
                    expected=name, got="no such header",
                )  # fmt: skip

    def _innocent(self, op: Op, reply: Reply, finding: dict[str, Any]) -> bool:
        """Whether a response shows a secret of the caller's own that it was sent, or that the document declares there."""
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
        text = str(self.contract.of(op).resolve(op.spec.success.schema))
        names = ("token", "secret", "key", "password", "credential")
        return any(name in text.lower() for name in names) and reply.ok
