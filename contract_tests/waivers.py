"""Waivers: findings that a team has accepted, each with a reason and a day on which it ends.

A TOML file of `[[waiver]]` tables: `rule` and `operation` (either may be left out, not both), `reason`, `expires`.
"""

from __future__ import annotations

import datetime
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract_tests.problems import SettingsError


@dataclass(frozen=True)
class Waiver:
    """One accepted finding, or a group of them."""

    rule: str
    operation: str
    reason: str
    expires: datetime.date

    def covers(self, finding: dict[str, Any], today: datetime.date) -> bool:
        """Whether a finding is waived today."""
        if today > self.expires:
            return False
        return (not self.rule or self.rule in (finding["rule"], finding["id"])) and (
            not self.operation or self.operation == finding["op"]
        )


def read(path: str) -> list[Waiver]:
    """Read a waivers file.

    Raises:
        SettingsError: it cannot be read, or a waiver lacks its reason or its expiry date.

    """
    if not path:
        return []
    try:
        entries = tomllib.loads(Path(path).read_text()).get("waiver", [])
    except OSError as error:
        raise SettingsError(f"--waivers {path}: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"--waivers {path}: {error}.") from None
    return [_waiver(path, number, one) for number, one in enumerate(entries, 1)]


def _waiver(path: str, number: int, entry: Any) -> Waiver:
    where = f"--waivers {path}, waiver {number}"
    if not isinstance(entry, dict) or not (entry.get("rule") or entry.get("operation")):
        raise SettingsError(f"{where}: name a rule, an operation, or both.")
    if not str(entry.get("reason", "")).strip():
        raise SettingsError(f"{where}: it has no reason.")
    expires = entry.get("expires")
    if isinstance(expires, str):
        try:
            expires = datetime.date.fromisoformat(expires)
        except ValueError:
            expires = None
    if not isinstance(expires, datetime.date):
        raise SettingsError(f"{where}: it has no day on which it ends; write expires = 2026-12-31.")
    return Waiver(str(entry.get("rule", "")), str(entry.get("operation", "")), str(entry["reason"]), expires)
