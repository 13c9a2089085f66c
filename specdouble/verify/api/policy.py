"""The policy of a run: which operations it never sends to a target beyond loopback, why, and what changes that.

By default that is what costs money, what mails people, and what cannot be undone. `--allow` takes an operation (or a
tag, a path, a class of reasons) off the list, `--deny` puts one on it; `--deny` wins. A part that the user gave takes
its class off too: with a bank in test mode no real money moves, and mail to a mailbox of one's own reaches nobody else.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from specdouble.verify.problems import SettingsError

if TYPE_CHECKING:
    from specdouble.openapi import Op
    from specdouble.verify.api.api import Api
    from specdouble.verify.settings.values import Settings

MONEY, MAIL, PERMANENT = "money", "mail", "permanent"


@dataclass(frozen=True)
class Reason:
    """A class of reasons: its name, what such operations do, and the options any of which makes them harmless.

    `way` says in words what to give.
    """

    name: str
    text: str
    harmless: tuple[str, ...] = ()
    way: str = ""


REASONS = {
    one.name: one
    for one in (
        Reason(MONEY, "costs money", ("control",)),
        Reason(MAIL, "mails people", ("control",)),
        Reason(PERMANENT, "cannot be undone"),
    )
}


@dataclass(frozen=True)
class Denied:
    """An entry of the list: a class of reasons, the operations by id, and a sentence that says what they do."""

    reason: str
    ops: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Stands:
    """An operation that a run does not send: its id, the class of reasons (`user` for --deny), why, and what helps."""

    op: str
    reason: str
    why: str
    way: str
    text: str = ""

    def __str__(self) -> str:
        if self.reason == "user":
            return f"the operation is denied: --deny {self.why}"
        return f"the operation {self.text} ({self.why}): {self.way}"


def named(api: Api, words: Iterable[str], op: Op) -> str:
    """Return the first word that names an operation (its id, key, tag, path or a part of its id, its class), or ""."""
    entry = api.denied.get(op.id)
    names = (op.id, op.key, op.spec.tag, op.spec.path, entry.reason if entry else op.id)
    return next((word for word in words if word in names or ("/" in word and word in op.id)), "")


def stands(settings: Settings, op: Op) -> Stands | None:
    """Return why an operation is not sent in a run, or None when it may be; safe methods only where --deny says so."""
    api = settings.api
    word = named(api, settings.deny, op)
    if word:
        return Stands(op.id, "user", word, "take it off --deny")
    entry = api.denied.get(op.id)
    if entry is None or op.spec.method == "GET" or settings.local or named(api, settings.allow, op):
        return None
    reason = api.reasons[entry.reason]
    if any(getattr(settings, one.replace("-", "_")) not in ("", "off", ()) for one in reason.harmless):
        return None
    return Stands(op.id, entry.reason, entry.why, _way(reason), reason.text)


def _way(reason: Reason) -> str:
    allow = f"--allow {reason.name}"
    return f"{reason.way}, or {allow}" if reason.way else allow


def listing(api: Api) -> list[str]:
    """Return the default policy as lines for people: a class of reasons, its operations, what they do."""
    lines = []
    for reason in api.reasons.values():
        lines.append(f"{reason.name}: {reason.text}")
        for entry in api.pack.denied:
            if entry.reason == reason.name:
                lines += [f"  {op}" for op in entry.ops]
                lines.append(f"      {entry.why}; {_way(reason)}")
    return lines


def check_words(api: Api, option: str, words: Iterable[str]) -> None:
    """Refuse a word of --allow or --deny that names nothing.

    Raises:
        SettingsError: the word, and the closest one.

    """
    ops = api.contract.ops
    for word in words:
        if not (word in api.reasons or any(named(api, (word,), op) for op in ops)):
            known = [*api.reasons, *(op.id for op in ops), *sorted({op.spec.tag for op in ops})]
            closest = difflib.get_close_matches(word, known, n=1, cutoff=0.0)[0]
            said = f"--{option} {word!r} names no operation, tag, path or class of reasons ({', '.join(api.reasons)})"
            raise SettingsError(f"{said}; the closest is {closest!r}.")
