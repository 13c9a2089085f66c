"""One way to read a moment: RFC 3339, as `date-time` says it."""

from __future__ import annotations

from datetime import datetime


def parse_moment(text: str) -> datetime:
    """Read an RFC 3339 stamp with its offset from UTC.

    Raises:
        ValueError: it is none, or says no offset.

    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} says no offset from UTC: end it in Z")
    return moment


def parse_stamp(text: str) -> float:
    """Read an RFC 3339 stamp into epoch seconds; raises what `parse_moment` does."""
    return parse_moment(text).timestamp()
