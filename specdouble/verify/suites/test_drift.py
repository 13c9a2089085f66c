"""Drift: the document that the target hands out itself, against the one that is verified here."""

from __future__ import annotations

import orjson
import pytest

from specdouble.openapi import SpecError, load
from specdouble.openapi.diff import diff
from specdouble.packs.documents import bundled_documents
from specdouble.verify.check import Check
from specdouble.verify.contract import GATEWAY, contract
from specdouble.verify.problems import TargetError
from specdouble.verify.record import WARNING
from specdouble.verify.rules import rule
from specdouble.verify.session import Session


@rule("DRIFT-01", "GET /healthz")
@pytest.mark.parametrize("service", contract().by_name)
def test_the_target_s_own_document_promises_the_same(service: str, session: Session, check: Check) -> None:
    """The target's own document has every operation of the contract; other breaking differences are warnings.

    A target without a document at /v1/openapi.json has nothing that could drift.
    """
    base = session.settings.target if service == GATEWAY else session.settings.registry
    if not base:
        check.does_not_apply("the service has no URL in this run")
        return
    op = contract()["GET /healthz" if service == GATEWAY else "registry GET /v1/health"]
    reply = session.client.undeclared_path(op, f"{base}/v1/openapi.json")
    if reply.status != 200 or not isinstance(reply.json, dict) or "paths" not in reply.json:
        check.does_not_apply("the target hands out no document of its own")
        return
    theirs = reply.json
    document = contract().by_name[service].document
    ours = [load(bundled_documents()[document.name].published), document.raw]
    try:  # a target may hand out the published document or one that says more: the nearer of ours counts
        changes = min(([one for one in diff(each, theirs) if one.breaking] for each in ours), key=len)
    except (SpecError, TargetError) as error:
        check.that(False, f"the target's own document cannot be read: {error}", reply, op=op)
        return
    session.record.checked(op.id, "DRIFT-01", "DRIFT-02")
    for change, operation in ((one, name) for one in changes for name in (one.operation, *one.also)):
        known = operation if service == GATEWAY else f"{service} {operation}"
        try:
            at = contract()[known]
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
