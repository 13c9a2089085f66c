"""Reach: a valid request with a good credential is taken by every operation, and its response says what was written."""

from __future__ import annotations

from typing import Any

from specdouble.openapi import Op
from specdouble.verify.api.api import Api
from specdouble.verify.api.rules import operations, rule
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session


def every(_op: Op, _api: Api) -> bool:
    """Whether it is an operation."""
    return True


def same(written: Any, shown: Any) -> bool:
    """Whether a value came back: equal, or for an object every written part of it."""
    if isinstance(written, dict) and isinstance(shown, dict):
        return all(name in shown and same(value, shown[name]) for name, value in written.items())
    return bool(written == shown) and isinstance(written, bool) == isinstance(shown, bool)


@rule("REACH-01")
@operations(every)
def test_a_valid_request_is_taken(op: Op, session: Session, check: Check) -> None:
    """A valid request with a good credential and live ids is taken, with the declared status.

    The run made everything that the request needs through the API itself, so a refusal here is the target's. Use
    --only to verify a part of the API, or waive what is not there yet.
    """
    ready = session.ready(op)
    reply = session.play(ready)
    if reply.taken and not reply.ok:  # the document declares no 2xx
        check.that(True, "", reply)
        return
    check.ok(reply, about="recipe")
    check.status(reply, op.spec.success.status, rule="SCHEMA-01", about="success")
    if isinstance(ready.body, dict) and isinstance(reply.json, dict):
        shown = session.contract.of(op).properties(op.spec.success.schema)
        for name, value in ready.body.items():
            if (
                name in shown
                and name in reply.json
                and name not in session.api.facts(op).echoes_other
                and value is not None
            ):
                check.that(
                    same(value, reply.json[name]),
                    f"{name} was sent, and the response says something else",
                    reply,
                    expected=value,
                    got=reply.json[name],
                    rule="LIFE-01",
                    about=f"echo {name}",
                )
