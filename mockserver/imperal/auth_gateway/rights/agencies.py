"""Agencies: branding and compliance settings shared by a group of people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from specdouble.mock.kit import Call, Doc, Problem, invalid, op, part

from . import _agencies, _tenancy, _trail

LOGOS = ("logo_url", "logo_dark_url")
SECRET_LIKE = re.compile(r"passw|passphrase|secret|token|credential|api[_-]?key|private[_-]?key", re.IGNORECASE)


@op("GET /v1/agencies/me")
def my_agency(call: Call) -> Doc:
    """Show the caller's agency, or the stand-in called default (E07)."""
    return call.show(_agencies.of(call, call.user))


@op("GET /v1/agencies")
def list_agencies(call: Call) -> list[Doc]:
    """List the agencies of the caller's tenant, newest first, and the stand-in last."""
    agencies = call.state["agencies"]
    found = chain(agencies.newest(tenant_id=_tenancy.tenant_of(call)), agencies.newest(tenant_id=None))
    return call.show_all(part(found, call.query["offset"], call.query["limit"]))


@op("POST /v1/agencies")
def create_agency(call: Call) -> Doc:
    """Create an agency in the caller's tenant."""
    body, agencies = call.body, call.state["agencies"]
    agency_id, domain = body["agency_id"], body.get("domain")
    if agency_id in agencies:
        raise Problem(409, f"The agency_id {agency_id!r} is taken. Choose another one.")
    if domain is not None and agencies.first(domain=domain) is not None:
        raise Problem(409, f"The domain {domain!r} belongs to another agency.")
    settings = body.get("settings") or {}
    _check(settings, ("body", "settings"))
    agency = {
        "agency_id": agency_id,
        "tenant_id": _tenancy.tenant_of(call),
        "display_name": body["display_name"],
        "domain": domain,
        "settings": settings,
        "created_at": call.world.clock.stamp(),
        "theme": None,
    }
    agencies.add(agency)
    _trail.audit(
        call, "agency.create", "agency", agency_id, {"display_name": body["display_name"]}, agency["tenant_id"]
    )
    return call.show(agency)


@op("GET /v1/agencies/{agency_id}")
def read_agency(call: Call) -> Doc:
    """Show one agency."""
    return call.show(_require(call))


@op("PUT /v1/agencies/{agency_id}/settings")
def put_settings(call: Call) -> Doc:
    """Merge settings: keys that are left out stay, null takes one away, ``extra`` is merged key by key."""
    agency = _require(call)
    if agency["tenant_id"] is None and not _tenancy.runs_platform(call):
        raise Problem(403, "The stand-in agency is shared by all tenants; the platform keeps it.")
    given = call.given("logo_url", "logo_dark_url", "compliance_tier", "retention_days", "extra")
    _check(given, ("body",))
    before: Doc = agency["settings"] or {}
    held = before.get("extra")  # anything, for an agency is made with any settings
    if given.get("extra") is not None and isinstance(held, dict):
        given["extra"] = {**held, **given["extra"]}
    settings = {name: value for name, value in {**before, **given}.items() if value is not None or name not in given}
    changed = call.state["agencies"].update(agency["agency_id"], settings=settings)
    changes = _trail.differences(before, given)
    _trail.audit(call, "agency.settings", "agency", agency["agency_id"], changes, agency["tenant_id"])
    return call.show(changed)


def _require(call: Call) -> Doc:
    agency = _agencies.visible(call, call.params["agency_id"])
    if agency is None:
        raise Problem(404, f"There is no agency {call.params['agency_id'][:80]!r}. GET /v1/agencies lists them.")
    return agency


def _check(settings: Doc, where: tuple[str | int, ...]) -> None:
    """Refuse with 422 logos from elsewhere and extra keys that look like secrets."""
    for name in LOGOS:
        link = settings.get(name)
        if link is not None and not _is_logo(link):
            raise invalid(((*where, name), "Use an https:// address or a path of the panel such as /logo.svg", "url"))
    for key in _keys(settings.get("extra")):
        if SECRET_LIKE.search(key):
            raise invalid(((*where, "extra", key), "Settings are no place for secrets; use /v1/secrets", "value_error"))


def _is_logo(link: Any) -> bool:
    return isinstance(link, str) and (
        link.startswith("https://") or (link.startswith("/") and link[1:2] not in ("/", "\\"))
    )


def _keys(value: Any) -> Iterator[str]:
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    if isinstance(value, dict):
        yield from value
    for one in inner:
        yield from _keys(one)
