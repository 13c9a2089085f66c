"""Cursors: where a list goes on, as the parameter that takes them asks for it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from specdouble.digits import whole
from specdouble.mock.inferred.act import Act
from specdouble.mock.state.collections import Doc

if TYPE_CHECKING:
    from specdouble.mock.inferred.responses.paging import Page


def after(records: Sequence[Doc], cursor: Any) -> int:
    """Return where the records after a cursor begin: a cursor of ours, or the key of the last record seen."""
    text = str(cursor)
    place = _opened(text)
    if place is not None:
        return place
    for index, record in enumerate(records):
        if record["key"] == text:
            return index + 1
    if not isinstance(cursor, int):
        return 0
    keys = [_signed(record["key"]) for record in records]
    if None not in keys:
        return next((index for index, key in enumerate(keys) if key is not None and key < cursor), 0) if cursor else 0
    return min(cursor, len(records))


def _sealed(start: int) -> str:
    return base64.urlsafe_b64encode(f"after:{start}".encode()).decode().rstrip("=")


def _opened(text: str) -> int | None:
    try:
        plain_text = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    word, _, number = plain_text.partition(":")
    return whole(number) if word == "after" else None


def _signed(text: str) -> int | None:
    number = whole(text.removeprefix("-"))
    return -number if number is not None and text.startswith("-") else number


def cursor_of(act: Act, page: Page, start: int) -> str:
    """Return what a cursor parameter takes to go on from a place: the last key where it is a number, else a seal."""
    name = page.paging.parameters.get("cursor", "") if page.paging else ""
    for one in act.spec.parameters:
        if one.name == name and act.api.flats.of(one.schema).type == "integer":
            index = start - page.start - 1
            if all(whole(record["key"]) is not None for record in page.records):
                return page.records[index]["key"] if 0 <= index < len(page.records) else "0"
            return str(start)
    return _sealed(start)
