"""Which requests of a journal are meant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from specdouble.digits import LARGEST, whole
from specdouble.errors import closest
from specdouble.mock.faults.effects import FaultError
from specdouble.mock.faults.globs import Glob, glob, usable
from specdouble.mock.faults.places import is_caller
from specdouble.mock.journal.entry import Entry
from specdouble.mock.journal.journal import JournalError

NAMES = ("operation", "method", "path", "status", "caller", "service", "unmatched", "fault", "since", "q")
_TRUE = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class Filter:
    """What an entry must be; None takes any.

    `operation` is a key, an operationId, or a path with wildcards; `status` a number or a range such as `4xx`; `since`
    a number of an entry, or a moment (epoch seconds); `q` a text in its URL or its bodies; `fault` whether one struck,
    or the id of a rule.
    """

    operation: str | None = None
    method: str | None = None
    path: Glob | None = None
    low: int = 0
    high: int = 999
    caller: str | None = None
    service: str | None = None
    unmatched: bool | None = None
    fault: bool | str | None = None
    after: int = 0
    since: float = 0.0
    q: str | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Filter:
        """Read a filter from names and values, as a query has them.

        Raises:
            JournalError: there is no such name, or a value is none of its name.

        """
        made: dict[str, Any] = {}
        for name, value in given.items():
            if name not in NAMES:
                raise JournalError(f"there is no filter {name!r}", closest=closest(name, NAMES),
                                   next_step=f"There are {', '.join(NAMES)}")  # fmt: skip
            if value is None or value == "":
                continue
            if name == "status":
                made["low"], made["high"] = _statuses(value)
            elif name == "path":
                made["path"] = glob(_usable(str(value), name))
            elif name == "unmatched":
                made["unmatched"] = _flag(value)
            elif name == "fault":
                made["fault"] = value if isinstance(value, bool) else _TRUE.get(str(value).lower(), str(value))
            elif name == "since":
                made |= _since(value)
            elif name == "method":
                made["method"] = str(value).upper()
            elif name == "operation":
                method, space, path = _usable(str(value), name).strip().partition(" ")
                made["operation"] = f"{method.upper()} {path.strip()}" if space else method
            else:
                made[name] = str(value)
        return cls(**made)

    def takes(self, entry: Entry) -> bool:
        """Tell whether an entry is meant; what is cheap is looked at first."""
        if not (self.low <= entry.status <= self.high and entry.number > self.after and entry.time >= self.since):
            return False
        if self.method is not None and self.method != entry.method:
            return False
        if self.unmatched is not None and self.unmatched != entry.unmatched:
            return False
        if self.operation is not None and not _is_operation(entry, self.operation):
            return False
        if self.path is not None and not self.path.fits(entry.path):
            return False
        if self.service is not None and self.service != entry.service.name:
            return False
        if self.fault is not None:
            told = entry.fault
            if isinstance(self.fault, bool):
                if self.fault != (told is not None):
                    return False
            elif told is None or self.fault not in told.get("rules", ()):
                return False
        if self.caller is not None and not is_caller(entry.who, self.caller, entry.principal_id):
            return False
        return self.q is None or _says(entry, self.q.lower())


def _is_operation(entry: Entry, wanted: str) -> bool:
    op = entry.op
    if op is not None and wanted in (op.key, op.spec.operation_id):
        return True
    method, space, path = wanted.partition(" ")
    if not space:
        return bool(method[:1] == "/" and glob(method).fits(entry.path))
    return method in (entry.method, "*") and bool(glob(path).fits(entry.path))


def _usable(text: str, name: str) -> str:
    try:
        return usable(text, name)
    except FaultError as error:
        raise JournalError(str(error)) from None


def _says(entry: Entry, text: str) -> bool:
    whole = f"{entry.method} {entry.path}?{entry.query}".lower()
    needle = text.encode()
    return text in whole or needle in entry.request.body.lower() or needle in entry.response.body.lower()


def _statuses(value: Any) -> tuple[int, int]:
    text = str(value).lower()
    if re.fullmatch(r"\d{1,3}", text):
        return int(text), int(text)
    if re.fullmatch(r"[1-5]xx", text):
        return int(text[0]) * 100, int(text[0]) * 100 + 99
    raise JournalError(f"status is {value!r}", next_step="Write a number, or a range such as 4xx")


def _flag(value: Any) -> bool:
    found = value if isinstance(value, bool) else _TRUE.get(str(value).lower())
    if found is None:
        raise JournalError(f"unmatched is {value!r}", next_step="Write true or false")
    return found


def _since(value: Any) -> dict[str, Any]:
    number = value if isinstance(value, int) else whole(str(value))
    if number is not None and number <= LARGEST:
        return {"after": number} if number < 1_000_000_000 else {"since": float(number)}
    if isinstance(value, float):
        return {"since": value}
    try:
        return {"since": datetime.fromisoformat(str(value)).timestamp()}
    except ValueError:
        step = "Write the id of a request, or a moment such as 2026-01-31T12:00:00Z"
        raise JournalError(f"since is {value!r}", next_step=step) from None
