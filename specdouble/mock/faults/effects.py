"""What a fault does to a request, read from data: each key of a rule that is about the response."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from specdouble.errors import SpecdoubleError

LONGEST_DELAY = 600.0  # seconds
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m)?")
_UNITS = {"ms": 0.001, "s": 1.0, None: 1.0, "m": 60.0}
ENDINGS = ("drop", "truncate", "garbage", "stall", "cut")  # how a response ends badly, one of a kind
_BEFORE = ("status", "retry_after", "drop", "stall")  # what may come in the place of the handler


class FaultError(SpecdoubleError):
    """A rule that cannot be used; the message says which key of it, and the closest right thing."""


@dataclass(frozen=True, slots=True)
class Delay:
    """How long a response is held back: from `low` to `high` seconds, or around a `mean` with a `deviation`."""

    low: float = 0.0
    high: float = 0.0
    mean: float | None = None
    deviation: float = 0.0

    def seconds(self, chance: random.Random) -> float:
        """Draw the seconds of one response."""
        if self.mean is not None:
            return min(LONGEST_DELAY, max(0.0, chance.gauss(self.mean, self.deviation)))
        return self.low if self.low == self.high else chance.uniform(self.low, self.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What is done to a request.

    `status` 0 leaves the response as it is. `ending` is one of `ENDINGS` or "", with its `number` (bytes of a body,
    events of a stream; -1 for half of it, or none given); `chunked` truncates without an announced length. `omit` and
    `wrong_type` are JSON pointers and names. `after_handling` says whether the operation took effect.
    """

    status: int = 0
    detail: str = ""
    code: str = ""
    body: Any = None
    has_body: bool = False
    headers: tuple[tuple[str, str | None], ...] = ()
    retry_after: float | None = None
    delay: Delay | None = None
    ending: str = ""
    number: int = -1
    chunked: bool = False
    expired_token: bool = False
    omit: tuple[str, ...] = ()
    wrong_type: tuple[str, ...] = ()
    after_handling: bool = True
    example: str = ""

    @property
    def only_delays(self) -> bool:
        """Whether nothing but time is added, so that other rules may strike too."""
        return self == Effects(delay=self.delay)

    def __str__(self) -> str:
        """Say it in a few words, as the journal does."""
        said = [f"status {self.status}"] if self.status else []
        said += ["expired token"] if self.expired_token else []
        said += [f"retry after {self.retry_after:g} s"] if self.retry_after is not None else []
        said += [f"example {self.example}"] if self.example else []
        if self.ending:
            said.append(self.ending + (f" {self.number}" if self.number >= 0 else ""))
        said += [f"omit {one}" for one in self.omit]
        said += [f"wrong type of {one}" for one in self.wrong_type]
        said += ["headers"] if self.headers else []
        return ", ".join(said)


def duration(value: Any, key: str, most: float = LONGEST_DELAY) -> float:
    """Read seconds from a number, or from a text such as `200ms`, `1.5s`, `1m`.

    Raises:
        FaultError: it is neither, or more than `most` seconds.

    """
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is not None:
        seconds = float(found[1]) * _UNITS[found[2]]
    elif isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        seconds = float(value)
    else:
        raise FaultError(f"{key} is {value!r}", next_step="Write seconds, or a text such as 200ms, 1.5s or 1m")
    if not seconds <= most:
        raise FaultError(f"{key} is {seconds:g} seconds, and the most is {most:g}")
    return seconds


def _status(given: Any) -> dict[str, Any]:
    if not isinstance(given, int) or isinstance(given, bool) or not 200 <= given < 600:
        raise FaultError(f"status is {given!r}", next_step="Write an HTTP status from 200 to 599")
    return {"status": given}


def _text(key: str) -> Callable[[Any], dict[str, Any]]:
    def read(given: Any) -> dict[str, Any]:
        if key == "code" and isinstance(given, int):
            raise FaultError(f"code is {given}", closest=f"status: {given}",
                             next_step="The code of a rule is the error code in the body, a text")  # fmt: skip
        if not isinstance(given, str) or not given:
            raise FaultError(f"{key} is {given!r}", next_step="Write a text")
        return {key: given}

    return read


def _headers(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict) or not given:
        raise FaultError(f"headers is {given!r}", next_step="Write an object of names and values; null removes one")
    found = []
    for name, value in given.items():
        text = None if value is None else str(value)
        if not re.fullmatch(r"[!#$%&'*+.^_`|~\w-]+", str(name), re.ASCII):
            raise FaultError(f"headers has {str(name)!r}, which is no name of a header")
        if text is not None and not re.fullmatch(r"[\t\x20-\x7e]*", text):
            raise FaultError(f"the header {name} has a value that cannot be sent: {text!r}")
        found.append((str(name).lower(), text))
    return {"headers": tuple(found)}


def _retry_after(given: Any) -> dict[str, Any]:
    return {"retry_after": duration(given, "retry_after", 366 * 86400.0)}


def delay_of(given: Any) -> Delay:
    """Read a delay: seconds, `{min, max}`, or `{mean, deviation}`.

    Raises:
        FaultError: it is none of them.

    """
    if not isinstance(given, dict):
        seconds = duration(given, "delay")
        return Delay(seconds, seconds)
    if given.keys() == {"min", "max"}:
        low, high = duration(given["min"], "delay.min"), duration(given["max"], "delay.max")
        if low > high:
            raise FaultError(f"delay.min ({low:g}) is more than delay.max ({high:g})")
        return Delay(low, high)
    if given.keys() == {"mean", "deviation"}:
        return Delay(mean=duration(given["mean"], "delay.mean"), deviation=duration(given["deviation"], "deviation"))
    raise FaultError(f"delay has {', '.join(map(str, given)) or 'nothing'}",
                     next_step="Write seconds, {min, max}, or {mean, deviation}")  # fmt: skip


def _ending(key: str) -> Callable[[Any], dict[str, Any]]:
    counted = {"truncate": "a number of bytes, or chunked", "stall": "a number of events", "cut": "a number of events"}

    def read(given: Any) -> dict[str, Any]:
        if given is False:
            return {}
        if given is True:
            return {"ending": key, "number": 0 if key == "cut" else -1}
        if key == "truncate" and given == "chunked":
            return {"ending": key, "chunked": True}
        if key in counted and isinstance(given, int) and given >= 0:
            return {"ending": key, "number": given}
        more = f", {counted[key]}" if key in counted else ""
        raise FaultError(f"{key} is {given!r}", next_step=f"Write true{more}")

    return read


def _flag(key: str) -> Callable[[Any], dict[str, Any]]:
    def read(given: Any) -> dict[str, Any]:
        if not isinstance(given, bool):
            raise FaultError(f"{key} is {given!r}", next_step="Write true or false")
        return {key: given}

    return read


def _places(key: str) -> Callable[[Any], dict[str, Any]]:
    def read(given: Any) -> dict[str, Any]:
        several = given if isinstance(given, list) else [given]
        if not several or not all(isinstance(one, str) and one for one in several):
            raise FaultError(f"{key} is {given!r}",
                             next_step="Write the name of a field or a JSON pointer, or a list of them")  # fmt: skip
        return {key: tuple(several)}

    return read


READERS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "status": _status,
    "detail": _text("detail"),
    "code": _text("code"),
    "body": lambda given: {"body": given, "has_body": True},
    "headers": _headers,
    "retry_after": _retry_after,
    "delay": lambda given: {"delay": delay_of(given)},
    **{key: _ending(key) for key in ENDINGS},
    "expired_token": _flag("expired_token"),
    "omit": _places("omit"),
    "wrong_type": _places("wrong_type"),
    "after_handling": _flag("after_handling"),
}
_SENT = ("retry_after", "status", "headers", "omit", "wrong_type")  # what only a response can show
_BESIDE = ("detail", "code", "body", "after_handling")  # which say nothing alone


def effects_of(given: Mapping[str, Any]) -> Effects:
    """Read the effects among the keys of a rule.

    Raises:
        FaultError: a value is none of its key, keys exclude each other, or nothing would be done.

    """
    made: dict[str, Any] = {}
    for key, read in READERS.items():
        if key in given:
            said = read(given[key])
            if "ending" in said and "ending" in made:
                raise FaultError(f"{made['ending']} and {key} exclude each other")
            made |= said
    if "retry_after" in made:
        made.setdefault("status", 429)
    for key in ("detail", "code", "body"):
        if key in made and "status" not in made:
            raise FaultError(f"{key} is given without a status", next_step="Add the status of the response")
    if made.get("expired_token") and "status" in made:
        raise FaultError("status and expired_token exclude each other", next_step="An expired token is a 401 already")
    for key in ("omit", "wrong_type"):
        if key in made and (made.get("expired_token") or "status" in made):
            raise FaultError(f"{key} is about the response of the operation, which a refusal replaces")
    ending = made.get("ending")
    if ending == "drop":
        for key in (*_SENT, "expired_token"):
            if made.get(key):
                raise FaultError(f"{key} and drop exclude each other", next_step="A dropped connection has no response")
    if ending == "cut" and (made.get("status") or made.get("expired_token")):
        raise FaultError("cut is about a stream, which a refusal replaces", next_step="Write truncate to cut a body")
    if "after_handling" not in made:
        made["after_handling"] = not (made.get("status") or made.get("expired_token"))
    elif not any(made.get(key) or made.get("ending") == key for key in _BEFORE):
        raise FaultError("after_handling says nothing here", next_step=f"It goes with {', '.join(_BEFORE)}")
    found = Effects(**made)
    if found == Effects(after_handling=found.after_handling):
        words = ", ".join(one for one in READERS if one not in _BESIDE)
        raise FaultError("it does nothing", next_step=f"Give one of {words}")
    return found
