"""Reach: a valid request with a good credential is taken by every operation, and its response says what was written."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.check import Check
from specdouble.verify.contract import Op, contract
from specdouble.verify.rules import rule
from specdouble.verify.session import Session

OPS = contract().ops
# Fields of a body that the response has under the same name with another meaning, or in another spelling.
NO_ECHO = {
    ("POST /v1/billing/cancel", "status"),
    ("POST /v1/auth/refresh", "refresh_token"),
    ("POST /v1/developer/apps/{app_id}/deploys", "status"),
    ("PATCH /v1/auth/users/{imperal_id}/cases-uid", "cases_user_id"),
}


def same(written: Any, shown: Any) -> bool:
    """Whether a value came back: equal, or for an object every written part of it."""
    if isinstance(written, dict) and isinstance(shown, dict):
        return all(name in shown and same(value, shown[name]) for name, value in written.items())
    return bool(written == shown) and isinstance(written, bool) == isinstance(shown, bool)


@rule("REACH-01")
@pytest.mark.parametrize("op", OPS, ids=str)
def test_a_valid_request_is_taken(op: Op, session: Session, check: Check) -> None:
    """A valid request with a good credential and live ids is taken, with the declared status.

    The run made everything that the request needs through the API itself, so a refusal here is the target's. Use
    --only to verify a part of the API, or waive what is not there yet.
    """
    ready = session.ready(op)
    reply = check.ok(session.play(ready), about="recipe")
    check.status(reply, op.spec.success.status, rule="SCHEMA-01", about="success")
    if isinstance(ready.body, dict) and isinstance(reply.json, dict):
        shown = contract().of(op).properties(op.spec.success.schema)
        for name, value in ready.body.items():
            if name in shown and name in reply.json and (op.id, name) not in NO_ECHO and value is not None:
                check.that(
                    same(value, reply.json[name]),
                    f"{name} was sent, and the response says something else",
                    reply,
                    expected=value,
                    got=reply.json[name],
                    rule="LIFE-01",
                    about=f"echo {name}",
                )
