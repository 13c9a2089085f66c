"""Waivers: findings that a team has accepted, each with a reason and a day on which it ends.

A TOML file of `[[waiver]]` tables: `rule` and `operation` (either may be left out, not both), `reason`, `expires`.
"""

from __future__ import annotations

import datetime
import difflib
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specdouble.verify.problems import SettingsError
from specdouble.verify.reports.stored.merge import UNMATCHED

# key -> what it says; the one list from which the page about the settings is made
KEYS = {
    "rule": "Rule (`AUTH-07`, `B03`) or id of a finding (12 hex digits, in every report) that is accepted.",
    "operation": "Operation for which it is accepted: `GET /v1/keys`; of a further service with its name before.",
    "reason": "Why, for those who read the report. Required.",
    "expires": "Its last day: `2026-12-31`. Required; after it the violation counts again.",
}


_FINDING = re.compile(r"[0-9a-f]{12}")  # the id of one


@dataclass(frozen=True)
class Waiver:
    """One accepted finding, or a group of them."""

    rule: str
    operation: str
    reason: str
    expires: datetime.date

    @property
    def name(self) -> str:
        """What people call it: its rule, its operation, or both."""
        return " ".join(filter(None, (self.rule, self.operation)))

    def matches(self, finding: dict[str, Any]) -> bool:
        """Whether a finding is the one that it speaks of."""
        return (not self.rule or self.rule in (finding["rule"], finding["id"])) and (
            not self.operation or self.operation == finding["op"]
        )

    def covers(self, finding: dict[str, Any], today: datetime.date) -> bool:
        """Whether a finding is waived today; the day on which it expires is its last."""
        return today <= self.expires and self.matches(finding)


def check(waivers: list[Waiver], rules: Iterable[str], operations: Iterable[str]) -> None:
    """Refuse a waiver of a rule or an operation that there is not; the id of a finding stands for a rule too.

    Raises:
        SettingsError: the word, and the closest one.

    """
    for one in waivers:
        for kind, word, known in (("rule", one.rule, list(rules)), ("operation", one.operation, list(operations))):
            if word and word not in known and not (kind == "rule" and _FINDING.fullmatch(word)):
                closest = difflib.get_close_matches(word, known, n=1, cutoff=0.0)[0]
                raise SettingsError(f"--waivers: there is no {kind} {word!r}; the closest is {closest!r}.")


def notes(waivers: list[Waiver], findings: list[dict[str, Any]], today: datetime.date) -> list[str]:
    """Say which waivers have expired, and which match no violation."""
    found = []
    for one in waivers:
        count = sum(map(one.matches, findings))
        if not count:
            found.append(f"The waiver of {one.name} ({one.reason}) {UNMATCHED}")
        elif today > one.expires:
            what = "a violation counts" if count == 1 else f"{count} violations count"
            found.append(f"The waiver of {one.name} ({one.reason}) expired on {one.expires}: {what} again.")
    return found


def read(path: str) -> list[Waiver]:
    """Read a waivers file.

    Raises:
        SettingsError: it cannot be read, or a waiver lacks its reason or its expiry date.

    """
    if not path:
        return []
    try:
        whole = tomllib.loads(Path(path).read_text())
    except OSError as error:
        raise SettingsError(f"--waivers {path}: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"--waivers {path}: {error}.") from None
    for name in whole.keys() - {"waiver"}:
        raise SettingsError(f"--waivers {path}: it has {name!r}; write one table [[waiver]] for each waiver.")
    entries = whole.get("waiver", [])
    if not isinstance(entries, list):
        raise SettingsError(f"--waivers {path}: waiver is no list; write one table [[waiver]] for each.")
    return [_waiver(path, number, one) for number, one in enumerate(entries, 1)]


def _waiver(path: str, number: int, entry: Any) -> Waiver:
    where = f"--waivers {path}, waiver {number}"
    if not isinstance(entry, dict) or not (entry.get("rule") or entry.get("operation")):
        raise SettingsError(f"{where}: name a rule, an operation, or both.")
    for name in ("rule", "operation", "reason"):
        if not isinstance(entry.get(name, ""), str):
            raise SettingsError(f"{where}: {name} is {entry[name]!r}; write a text.")
    if not str(entry.get("reason", "")).strip():
        raise SettingsError(f"{where}: it has no reason.")
    expires = entry.get("expires")
    if isinstance(expires, str):
        try:
            expires = datetime.date.fromisoformat(expires)
        except ValueError:
            expires = None
    if isinstance(expires, datetime.datetime):
        expires = expires.date()
    for name in entry:
        if name not in KEYS:
            raise SettingsError(f"{where}: it has {name!r}; the words are rule, operation, reason and expires.")
    if not isinstance(expires, datetime.date):
        raise SettingsError(f"{where}: it has no day on which it ends; write expires = 2026-12-31.")
    return Waiver(entry.get("rule", ""), entry.get("operation", ""), entry["reason"], expires)
