"""What rules of several rooms have in common: fields that are written, kept, refused, or move."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from specdouble.verify.kit import Check, Reply

Doc = dict[str, Any]


def shows(check: Check, reply: Reply, expected: Doc, what: str, shown: Any = None) -> None:
    """Check that a response (or a part of it) has these fields with exactly these values."""
    got = reply.json if shown is None else shown
    for name, value in expected.items():
        has = got.get(name, "nothing") if isinstance(got, dict) else "nothing"
        check.equal(has, value, f"{name} of {what} is not what it should be", reply, about=f"{what} {name}")


def kept(check: Check, reply: Reply, before: Doc, what: str, *but: str, shown: Any = None) -> None:
    """Check that a response has every field as it was before, but for the named ones."""
    rest = {name: value for name, value in before.items() if name not in but}
    shows(check, reply, rest, what, shown)


def refused(check: Check, reply: Reply, *statuses: int, why: str) -> None:
    """Check that a request was refused with one of the statuses."""
    check.status(reply, *statuses, message=f"{why}: answered {reply.status}", about=why)


def find(reply: Reply, name: str, value: Any, *inside: str) -> Doc | None:
    """Return the one item of a list response that has a value in a field, or None."""
    listed: Any = reply.need().json
    for part in inside:
        listed = listed.get(part) if isinstance(listed, dict) else None
    found = [one for one in listed or () if isinstance(one, dict) and one.get(name) == value]
    return found[0] if len(found) == 1 else None


def eventually(holds: Callable[[], Any], seconds: float = 1.5) -> Any:
    """Ask until something holds, or until the time is over; return the last response."""
    until = time.monotonic() + seconds
    while not (found := holds()) and time.monotonic() < until:
        time.sleep(0.15)
    return found


def moment(text: Any) -> datetime:
    """Return a timestamp of a response; what is none is the beginning of time."""
    try:
        return datetime.fromisoformat(str(text).replace("Z", "+00:00")).astimezone(UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def moves(before: Any, write: Callable[[], Any], seconds: float = 1.5) -> bool:
    """Whether a write moves a timestamp, which `write` returns; whole seconds get time for the next one."""
    return bool(eventually(lambda: moment(write()) > moment(before), seconds))
