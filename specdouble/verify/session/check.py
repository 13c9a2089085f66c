"""How a test says what it found: the fixture `check`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from specdouble.openapi import Op
from specdouble.verify.http.client import Reply
from specdouble.verify.responses.record import VIOLATION
from specdouble.verify.session.session import Session


class Stop(Exception):  # noqa: N818 - the end of a test whose finding is written down already
    """The rest of a test makes no sense after what was found."""


class Check:
    """Writes findings of one test, and counts what was judged.

    `rule` and `promised` are what a finding says when it says nothing else; each judgement counts for `rule` on the
    test's own operations `ops`, and for the rule and the operation that it names itself.
    """

    def __init__(self, session: Session, rule: str, ops: Iterable[str], promised: str) -> None:
        self.session = session
        self.rule = rule
        self.ops = tuple(ops)
        self.promised = promised

    def that(
        self,
        holds: Any,
        message: str,
        reply: Reply | None = None,
        *,
        expected: Any = "",
        got: Any = None,
        rule: str | None = None,
        op: str | Op | None = None,
        about: str = "",
        severity: str = VIOLATION,
    ) -> bool:
        """Write a violation unless something holds; return whether it does.

        Args:
            holds: the condition.
            message: what is wrong, in one line, when it does not hold.
            reply: the response in which it shows; it gives the operation, and what was got when `got` is not given.
            expected: what a healthy server would have answered.
            got: what this one answered.
            rule: another rule than the test's own.
            op: another operation than that of the reply (or the first of the test's own).
            about: what tells this finding from others of the same rule and operation (default: the message).
            severity: violation or warning.

        """
        record = self.session.record
        rule = self.session.api.pack.called.get(rule, rule) if rule else None
        at = str(op.id if isinstance(op, Op) else op or (reply.op.id if reply else self.ops[0] if self.ops else ""))
        record.checked(at, rule or self.rule)
        for one in self.ops:
            if one != at or rule not in (None, self.rule):
                record.checked(one, self.rule)
        if holds:
            return True
        chosen = self.session.client.served.chosen
        if chosen is not None and at not in chosen:
            # It shows in an operation that this run is not about; what was looked at is one that it is about.
            at = next((one for one in self.ops if one in chosen), at)
        if got is None:
            got = f"{reply.status} {reply.text}" if reply else ""
        where = self.session.contract[at].spec.pointer
        record.add(
            rule or self.rule, at, message, about=about, promised=self.promised, pointer=where,
            source="" if "-" in (rule or self.rule) else f"rule {rule or self.rule}",
            expected=expected, got=got, severity=severity,
        )  # fmt: skip
        return False

    def does_not_apply(self, why: str) -> None:
        """Say that there is nothing to judge by the test's rule on its operations, and why that is no gap."""
        for op in self.ops:
            self.session.record.idle.append({"rule": self.rule, "op": op, "reason": why})

    def must(self, holds: Any, message: str, reply: Reply | None = None, **more: Any) -> None:
        """As `that`, but the test ends when it does not hold."""
        if not self.that(holds, message, reply, **more):
            raise Stop(message)

    def equal(self, got: Any, expected: Any, message: str, reply: Reply | None = None, **more: Any) -> bool:
        """Write a violation unless two values are equal."""
        return self.that(got == expected, message, reply, expected=expected, got=got, **more)

    def status(self, reply: Reply, *allowed: int, message: str = "", **more: Any) -> bool:
        """Write a violation unless a response has one of these statuses."""
        said = message or f"status: expected {' or '.join(map(str, allowed))}, got {reply.status}"
        return self.that(reply.status in allowed, said, reply, expected=" or ".join(map(str, allowed)), **more)

    def ok(self, reply: Reply, message: str = "", **more: Any) -> Reply:
        """End the test with a violation unless a response is a 2xx; return the response."""
        said = message or f"a valid request was refused with {reply.status}"
        self.must(reply.ok, said, reply, expected="2xx", **more)
        return reply
