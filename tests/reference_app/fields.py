"""Types of fields: what a value must be, as the document says it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from .faults import on

_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def _number(value: Any) -> Any:
    if isinstance(value, bool | str):
        raise ValueError("a number is needed")
    return value


def _time(value: Any) -> Any:
    if isinstance(value, datetime) or (isinstance(value, str) and _TIME.fullmatch(value)):
        return value
    if on("valid-due-any-time") and isinstance(value, int | str):
        return value
    raise ValueError("an RFC 3339 time with an offset is needed")


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("the time is out of range") from error


def _uuid(value: Any) -> Any:
    if isinstance(value, UUID) or (isinstance(value, str) and _UUID.fullmatch(value)):
        return value
    raise ValueError("a UUID is needed")


# Beside a constraint it comes last: the schema of the constraint would not be written otherwise.
number = BeforeValidator(_number)
Time = Annotated[AwareDatetime, AfterValidator(_in_utc), BeforeValidator(_time)]
Id = Annotated[UUID, BeforeValidator(_uuid)]
Email = Annotated[
    str, Field(max_length=120, pattern=r"^[A-Za-z0-9._+-]{1,40}@[A-Za-z0-9-]{1,30}(\.[A-Za-z0-9-]{1,20}){1,2}$")
]
Slug = Annotated[str, Field(min_length=2, max_length=40, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
