"""The older store of extension records, next to the installs of users (rule D10)."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, Problem, op

from . import _rows

ACTIVE = "active"
NULLABLE = ("description",)


@op("GET /extensions")
def list_records(call: Call) -> list[Doc]:
    """List records of a status (default: active), oldest first."""
    records = call.state["registry_extensions"].find(status=call.query["status"])
    return call.show_all(one for one in records if _rows.visible(call, one["id"]))


@op("POST /extensions")
def create(call: Call) -> Doc:
    """Create a record; a known id is 409."""
    body, records, now = call.body, call.state["registry_extensions"], call.world.clock.stamp()
    if body["id"] in records:
        raise Problem(409, f"The record {body['id']!r} exists already. PUT /extensions/{body['id']} changes it.")
    made = {"description": None, "version": "1.0.0", **call.given("id", "display_name", "manifest")}
    made |= {**call.given("description", "version"), "status": ACTIVE, "created_at": now, "updated_at": now}
    return call.show(records.add(made))


@op("GET /extensions/{ext_id}")
def read(call: Call) -> Doc:
    """Show one record."""
    return call.show(_record(call))


@op("PUT /extensions/{ext_id}")
def update(call: Call) -> Doc:
    """Change the given fields."""
    ext_id, given = _record(call)["id"], call.given("display_name", "description", "version", "status", "manifest")
    changes = {name: value for name, value in given.items() if value is not None or name in NULLABLE}
    return call.show(call.state["registry_extensions"].update(ext_id, **changes))


@op("DELETE /extensions/{ext_id}")
def delete(call: Call) -> Doc:
    """Remove a record."""
    record = call.state["registry_extensions"].remove(_record(call)["id"])
    return {"id": record["id"], "deleted": True}


def _record(call: Call) -> Doc:
    ext_id = call.params["ext_id"]
    return call.need("registry_extensions", ext_id, f"There is no record {ext_id[:80]!r}. GET /extensions lists them.")
