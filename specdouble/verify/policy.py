"""The policy of a run: which operations it never sends to a target beyond loopback, why, and what changes that.

By default that is what costs money, what mails people, and what cannot be undone. `--allow` takes an operation (or a
tag, a path, a class of reasons) off the list, `--deny` puts one on it; `--deny` wins. A part that the user gave takes
its class off too: with a bank in test mode no real money moves, and mail to a mailbox of one's own reaches nobody else.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from specdouble.verify.problems import SettingsError

if TYPE_CHECKING:
    from specdouble.verify.contract import Op
    from specdouble.verify.settings import Settings

MONEY, MAIL, PERMANENT = "money", "mail", "permanent"
CLASSES = {
    MONEY: "costs money",
    MAIL: "mails people",
    PERMANENT: "cannot be undone",
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

    def __str__(self) -> str:
        if self.reason == "user":
            return f"the operation is denied: --deny {self.why}"
        return f"the operation {CLASSES[self.reason]} ({self.why}): {self.way}"


@cache
def entries() -> dict[str, Denied]:
    """Return the default entries by operation id."""
    from specdouble.verify.imperal import DENIED

    return {op: entry for entry in DENIED for op in entry.ops}


def named(words: Iterable[str], op: Op) -> str:
    """Return the first word that names an operation (its id, key, tag, path or a part of its id, its class), or ""."""
    entry = entries().get(op.id)
    names = (op.id, op.key, op.spec.tag, op.spec.path, entry.reason if entry else op.id)
    return next((word for word in words if word in names or ("/" in word and word in op.id)), "")


def stands(settings: Settings, op: Op) -> Stands | None:
    """Return why an operation is not sent in a run, or None when it may be; safe methods only where --deny says so."""
    word = named(settings.deny, op)
    if word:
        return Stands(op.id, "user", word, "take it off --deny")
    entry = entries().get(op.id)
    if entry is None or op.spec.method == "GET" or settings.local or named(settings.allow, op):
        return None
    if entry.reason in settings.playable:
        return None
    return Stands(op.id, entry.reason, entry.why, _way(entry))


def _way(entry: Denied) -> str:
    allow = f"--allow {entry.reason}"
    return {
        MONEY: f"give a bank in test mode (--stripe-secret or --pay-command), or {allow}",
        MAIL: f"give a mailbox (--mail-command), or {allow}",
    }.get(entry.reason, allow)


def listing() -> list[str]:
    """Return the default policy as lines for people: a class of reasons, its operations, what they do."""
    from specdouble.verify.imperal import DENIED

    lines = []
    for reason, text in CLASSES.items():
        lines.append(f"{reason}: {text}")
        for entry in DENIED:
            if entry.reason == reason:
                lines += [f"  {op}" for op in entry.ops]
                lines.append(f"      {entry.why}; {_way(entry)}")
    return lines


def check_words(option: str, words: Iterable[str], ops: Iterable[Op]) -> None:
    """Refuse a word of --allow or --deny that names nothing.

    Raises:
        SettingsError: the word, and the closest one.

    """
    ops = list(ops)
    for word in words:
        if not (word in CLASSES or any(named((word,), op) for op in ops)):
            known = [*CLASSES, *(op.id for op in ops), *sorted({op.spec.tag for op in ops})]
            closest = difflib.get_close_matches(word, known, n=1, cutoff=0.0)[0]
            said = f"--{option} {word!r} names no operation, tag, path or class of reasons ({', '.join(CLASSES)})"
            raise SettingsError(f"{said}; the closest is {closest!r}.")
