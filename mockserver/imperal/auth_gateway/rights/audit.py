"""The audit log of a tenant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time

from specdouble.mock.kit import Call, Doc, invalid, op, parse_moment, parse_stamp

from . import _tenancy

FILTERS = ("actor_id", "target_type", "target_id", "action", "source")


@op("GET /v1/audit")
def query_audit(call: Call) -> Doc:
    """Page through the entries of the caller's tenant, newest first; unknown filters narrow nothing (E04)."""
    entries, query = call.state["audit"], call.query
    equals = {name: query[name] for name in FILTERS if query[name] is not None}
    equals["tenant_id"] = _tenancy.tenant_of(call)
    page, per_page = query["page"], query["per_page"]
    since, until = _moment(query["from"], "from"), _moment(query["to"], "to")
    offset = (page - 1) * per_page
    if since is None and until is None:
        shown, total = entries.page(offset, per_page, **equals), entries.count(**equals)
    else:
        found = list(_between(entries.newest(**equals), since, until))
        shown, total = found[offset : offset + per_page], len(found)
    return {"entries": [_view(entry) for entry in shown], "total": total, "page": page, "per_page": per_page}


def _between(entries: Iterator[Doc], since: float | None, until: float | None) -> Iterator[Doc]:
    """Yield what was written in a span of time; entries come newest first, so what is older is not looked at."""
    for entry in entries:
        at = parse_stamp(entry["created_at"])
        if since is not None and at < since:
            return
        if until is None or at <= until:
            yield entry


def _view(entry: Doc) -> Doc:
    return {name: entry[name] for name in FIELDS}


FIELDS = (
    "id",
    "tenant_id",
    "actor_id",
    "actor_type",
    "action",
    "target_type",
    "target_id",
    "changes",
    "metadata",
    "source",
    "ip_address",
    "created_at",
)


def _moment(text: str | None, name: str) -> float | None:
    """Read a date or a time (UTC unless it says otherwise) as epoch seconds; a date in ``to`` includes its day."""
    if text is None:
        return None
    try:
        moment = parse_moment(text, UTC)
    except ValueError:
        raise invalid(
            (("query", name), "Use a date or a time such as 2026-06-21T10:00:00Z", "datetime_parsing")
        ) from None
    if len(text) == len("2026-06-21") and name == "to":
        moment = datetime.combine(moment, time.max, UTC)
    return moment.timestamp()
