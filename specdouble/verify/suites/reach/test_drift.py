"""Drift: the document that the target hands out itself, against the one that is verified here."""

from __future__ import annotations

import orjson

from specdouble.openapi import Op, SpecError, load
from specdouble.openapi.diff import Change, diff
from specdouble.verify.api.rules import operations, rule
from specdouble.verify.problems import TargetError
from specdouble.verify.responses.record import WARNING
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session


@rule("DRIFT-01")
@operations(lambda op, api: api.is_health(op))
def test_the_target_s_own_document_promises_the_same(op: Op, session: Session, check: Check) -> None:
    """The target's own document has every operation of the contract; other breaking differences are warnings.

    A target that hands out no document of its own has nothing that could drift.
    """
    api, base = session.api, session.settings.urls[op.service]
    if not base:
        check.does_not_apply("the service has no URL in this run")
        return
    reply = session.client.undeclared_path(op, f"{base}{api.pack.own_document}")
    if reply.status != 200 or not isinstance(reply.json, dict) or "paths" not in reply.json:
        check.does_not_apply("the target hands out no document of its own")
        return
    theirs = reply.json
    published = api.files.get(op.service)
    ours = [*([load(published)] if published else []), session.contract.by_name[op.service].document.raw]
    changes: list[Change] = []
    try:  # a target may hand out the published document or one that says more: the nearer of ours counts
        if theirs not in ours:
            changes = min(([one for one in diff(each, theirs) if one.breaking] for each in ours), key=len)
    except (SpecError, TargetError) as error:
        check.that(False, f"the target's own document cannot be read: {error}", reply, op=op)
        return
    session.record.checked(op.id, "DRIFT-01", "DRIFT-02")
    for change, operation in ((one, name) for one in changes for name in (one.operation, *one.also)):
        known = operation if op.service == session.contract.first.name else f"{op.service} {operation}"
        try:
            at = session.contract[known]
        except KeyError:
            continue
        gone = not change.pointer and "removed" in change.kind
        check.that(
            False,
            f"{change.kind} {change.pointer}".strip(),
            op=at,
            rule="DRIFT-01" if gone else "DRIFT-02",
            expected=orjson.dumps(change.before).decode(),
            got=orjson.dumps(change.after).decode(),
            severity="violation" if gone else WARNING,
        )
