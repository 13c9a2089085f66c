"""What one test saw: findings, statuses, what was judged, and what could not be.

A record is plain data, so that it travels from a worker process to the one that writes the result.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

VIOLATION, WARNING = "violation", "warning"
_VALUES = re.compile(r'"[^"]*"|\'[^\']*\'|\b(?=[\w-]*\d)[\w-]{8,}\b|\b\d{4,}(?:[-T:.]\d+)*Z?\b')
_LONGEST = 600  # characters of an expected or got value in a finding


def fingerprint(rule: str, op: str, about: str) -> str:
    """Return the stable id of a finding: the same rule, operation and subject give the same id in every run."""
    return hashlib.sha256(f"{rule}|{op}|{about}".encode()).hexdigest()[:12]


def lasting(message: str) -> str:
    """Return a message without what differs from run to run: quoted values, ids, times and long numbers."""
    return _VALUES.sub("…", message)


def shorten(value: Any) -> str:
    """Write a value for people, cut to a length they read."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"


@dataclass
class Record:
    """The log of one test. `left_out` counts the probes that a sampling run did not make.

    `rules` and `ops` are what the test is about. `judged` counts, per operation and rule, the judgements that were
    made; `unmade` holds the checks that could not be made and `idle` those that do not apply, each as {rule, op,
    reason}. `sequence` writes the last requests as curl commands, for the findings; `clean` takes the secrets out of a
    text.
    """

    test: str = ""
    rules: tuple[str, ...] = ()
    ops: tuple[str, ...] = ()
    findings: dict[str, dict[str, Any]] = field(default_factory=dict)
    statuses: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    judged: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    unmade: list[dict[str, str]] = field(default_factory=list)
    idle: list[dict[str, str]] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)
    requests: int = 0
    left_out: int = 0
    sequence: Callable[[], list[str]] = list
    clean: Callable[[str], str] = str

    def checked(self, op: str, *rules: str) -> None:
        """Count a judgement of an operation by each of these rules."""
        made = self.judged[op]
        for rule in rules:
            made[rule] += 1

    def add(
        self,
        rule: str,
        op: str,
        message: str,
        *,
        about: str = "",
        promised: str = "",
        pointer: str = "",
        source: str = "",
        expected: Any = "",
        got: Any = "",
        severity: str = VIOLATION,
    ) -> None:
        """Add a finding, or count it again when it is there already.

        `about` tells findings of one rule on one operation apart (a field, a credential); without it the message does,
        as far as it is the same in every run.
        """
        identity = fingerprint(rule, op, about or lasting(message))
        known = self.findings.get(identity)
        if known is not None:
            known["count"] += 1
            return
        self.findings[identity] = {
            "id": identity,
            "rule": rule,
            "op": op,
            "severity": severity,
            "message": self._said(message),
            "promised": self._said(promised),
            "pointer": pointer,
            "source": source,
            "expected": self._said(expected),
            "got": self._said(got),
            "sequence": self.sequence(),
            "test": self.test,
            "count": 1,
        }

    def _said(self, value: Any) -> str:
        """Write a value for people: cleaned before it is cut, for half a secret is not known any more."""
        return shorten(self.clean(value if isinstance(value, str) else repr(value)))

    def skip(self, op: str, reason: str, rule: str) -> None:
        """Say why an operation could not be checked by a rule."""
        entry = {"rule": rule, "op": op, "reason": reason}
        if entry not in self.unmade:
            self.unmade.append(entry)

    @property
    def violations(self) -> list[dict[str, Any]]:
        """The findings that are violations."""
        return [one for one in self.findings.values() if one["severity"] == VIOLATION]

    def data(self) -> dict[str, Any]:
        """Return the record as JSON data."""
        return {
            "rules": list(self.rules),
            "ops": list(self.ops),
            "findings": list(self.findings.values()),
            "statuses": {op: dict(seen) for op, seen in self.statuses.items()},
            "judged": {op: dict(made) for op, made in self.judged.items()},
            "unmade": self.unmade,
            "idle": self.idle,
            "crashes": self.crashes,
            "requests": self.requests,
            "left_out": self.left_out,
        }
