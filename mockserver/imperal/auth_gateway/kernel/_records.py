"""The documents of apps: one store for what their functions keep and for the kernel's document store.

A record belongs to an app, a tenant and a user (``__system__`` or ``__webhook__`` where an app keeps it for itself)
and stands in a collection. ``etag`` changes with every write, so that a later one can tell whether it still holds.
"""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Doc, World

from ..._errors import coded

HOME = "default"


def put(
    world: World,
    user_id: str,
    app_id: str,
    collection: str,
    data: Doc,
    *,
    record_id: str = "",
    prefix: str = "doc_",
    tenant_id: str | None = None,
) -> Doc:
    """Keep a document under a new id, or under ``record_id`` in place of the one there.

    Without ``tenant_id`` it belongs to the tenant of its user.
    """
    if tenant_id is None:
        owner = world.state["users"].get(user_id)
        tenant_id = owner["tenant_id"] if owner else HOME
    now = world.clock.stamp()
    return world.state["records"].put(
        {
            "id": record_id or world.ids.new(prefix, 10),
            "app_id": app_id,
            "user_id": user_id,
            "tenant_id": tenant_id,
            "collection": collection,
            "data": data,
            "etag": new_etag(world),
            "created_at": now,
            "updated_at": now,
        }
    )


def merge(world: World, record: Doc, data: Doc, if_match: str | None = None) -> Doc:
    """Replace the sent fields of a document; refuses with 409 when ``if_match`` is no longer its etag."""
    if if_match and if_match != record["etag"]:
        message = "The document has changed. Read it again, then retry."
        raise coded(409, "ETAG_MISMATCH", message, current_etag=record["etag"])
    return world.state["records"].update(record["id"], data={**record["data"], **data}, etag=new_etag(world))


def new_etag(world: World) -> str:
    """Return an etag that no document had before."""
    return f"e{world.serial('etags')}-{world.ids.pick('0123456789abcdef', 4)}"


def shown(record: Doc) -> Doc:
    """Return a record as the document store answers it (a DocumentResponse)."""
    names = ("id", "collection", "data", "created_at", "updated_at", "user_id", "tenant_id", "etag")
    return {name: record[name] for name in names} | {"extension_id": record["app_id"]}


# -- questions -----------------------------------------------------------------------------------------------------


def fits(record: Doc, where: Doc) -> bool:
    """Tell whether the document's fields equal those of ``where``; ``true`` is not ``1``."""
    data = record["data"]
    return all(
        data.get(name) == wanted and isinstance(data.get(name), bool) == isinstance(wanted, bool)
        for name, wanted in where.items()
    )


def place(record: Doc, field: str) -> list[Any]:
    """Return where a record stands in the order of a field: its value, then its age; every value has a place.

    The field is one of the data's, else ``created_at`` or ``updated_at``; without a field age alone counts.
    """
    data = record["data"]
    outer = record.get(field) if field in ("created_at", "updated_at") else None
    return [*_rank(data.get(field, outer) if field else None), record["created_at"], record["id"]]


TEXTS = (3, 4)  # the ranks that compare as text


def _rank(value: Any) -> list[Any]:
    """Bring values of different types into one order: nothing, truth, numbers, text, then the rest by its text."""
    if value is None:
        return [0, 0]
    for number, kind in enumerate((bool, int | float, str), 1):
        if isinstance(value, kind):
            return [number, value]
    return [4, str(value)]
