"""Whose an item is, where a resource belongs to whoever calls."""

from __future__ import annotations

from zlib import crc32

from specdouble.mock.inferred.act import Act
from specdouble.mock.inferred.api import Kind
from specdouble.mock.state.collections import Doc
from specdouble.openapi.model.evidence.words import ME


def owner_of(act: Act) -> str:
    """Return a mark of the caller: the same for the same credential, "" without one."""
    text = act.call.caller.claims.get("credential")
    return f"{crc32(str(text).encode()):08x}" if text else ""


def owned(act: Act, kind: Kind) -> bool:
    """Tell whether an operation is about the items of the caller only."""
    return kind.resource.owner == "caller" and bool(ME & set(act.spec.path.strip("/").split("/")))


def seen(act: Act, kind: Kind, record: Doc) -> bool:
    """Tell whether a list of the caller's own items shows a record; seed data belongs to everybody."""
    return not owned(act, kind) or record["owner"] in ("", owner_of(act))
