"""The platform's e-mails for its administrators: the log, the texts, and a trial."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, op

from ..rights import _operators, _trail
from . import _mails


@op("GET /v1/internal/email/log")
def log(call: Call) -> Doc:
    """Page through the log, newest first."""
    entries, query = call.state["email_log"], call.query
    equals = {name: query[name] for name in ("case", "status", "user_id") if query[name]}
    items = entries.page(query["offset"], query["limit"], **equals)
    return {"items": items, "total": entries.count(**equals)}


@op("GET /v1/internal/email/templates")
def templates(call: Call) -> Doc:
    """List every kind of e-mail."""
    items = [_mails.template(call.world, case) for case in _mails.CASES]
    return {"items": [{name: one[name] for name in LISTED} for one in items], "total": len(items)}


LISTED = (
    "case",
    "description",
    "subject",
    "default_subject",
    "enabled",
    "has_custom_body",
    "updated_by",
    "updated_at",
)


@op("GET /v1/internal/email/templates/{case}")
def template(call: Call) -> Doc:
    """Show one kind of e-mail with its texts."""
    return _mails.template(call.world, call.params["case"])


@op("PUT /v1/internal/email/templates/{case}")
def change(call: Call) -> Doc:
    """Change a kind of e-mail, or switch it off; what is not sent stays."""
    operator, case = _operators.require(call), call.params["case"]
    before = _mails.template(call.world, case)
    changed = _mails.change(call.world, case, call.body, call.body.get("updated_by") or operator)
    changes = _trail.differences(before, {name: changed[name] for name in _mails.CHANGEABLE})
    _trail.audit(call, "email.template", "email", case, changes)
    return changed


@op("POST /v1/internal/email/test")
def test(call: Call) -> Doc:
    """Send a trial, which is logged like every e-mail."""
    entry = _mails.send(call.world, call.body["case"], call.body["to"])
    shown = {name: entry[name] for name in ("case", "status", "error") if entry[name] is not None}
    return {**shown, "to": entry["to_email"], "log_id": entry["id"]}
