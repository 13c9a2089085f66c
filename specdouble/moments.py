"""One way to read a moment: RFC 3339, as `date-time` says it."""

from __future__ import annotations

from datetime import datetime, tzinfo


def parse_moment(text: str, assumed: tzinfo | None = None) -> datetime:
    """Read an RFC 3339 stamp; one without an offset from UTC, and a date alone, are taken in the `assumed` zone.

    Raises:
        ValueError: it is none, or says no offset and none is assumed.

    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        if assumed is None:
            raise ValueError(f"{text!r} says no offset from UTC: end it in Z")
        moment = moment.replace(tzinfo=assumed)
    return moment


def parse_stamp(text: str) -> float:
    """Read an RFC 3339 stamp into epoch seconds; raises what `parse_moment` does."""
    return parse_moment(text).timestamp()
