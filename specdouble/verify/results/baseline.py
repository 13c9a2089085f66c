"""The baseline: findings that are known, so that a run fails for new ones only.

A JSON file that a run writes (`--write-baseline`) and later runs read (`--baseline`). A finding is the same in every
run by its id, which is made of its rule, its operation and its place. Waivers are decisions of people, with a reason
and a last day; a baseline is where a team began.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from specdouble.verify.problems import SettingsError
from specdouble.verify.reports.stored.reading import said
from specdouble.verify.reports.stored.schema import BASELINE
from specdouble.verify.settings.values import Settings

FORMAT = 1
_SHOWN = 5  # entries that a note names


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """A finding that is known; all but its id is for people."""

    id: str
    rule: str
    operation: str
    kind: str = ""
    message: str = ""

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self.rule} {self.operation}"


class Baseline(msgspec.Struct, frozen=True):
    """The entries of a file."""

    format: int
    findings: list[Entry]

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all entries."""
        return frozenset(one.id for one in self.findings)


NOTHING = Baseline(FORMAT, [])


def read(path: str) -> Baseline:
    """Read a baseline; an empty path is an empty one.

    Raises:
        SettingsError: it cannot be read, or is none.

    """
    if not path:
        return NOTHING
    where = f"--baseline {path}"
    try:
        found = msgspec.json.decode(Path(path).expanduser().read_bytes(), type=Baseline)
    except FileNotFoundError:
        raise SettingsError(f"{where}: there is no such file; --write-baseline {path} writes it.") from None
    except OSError as error:
        raise SettingsError(f"{where}: {error.strerror}.") from None
    except msgspec.ValidationError as error:
        raise SettingsError(f"{where} is no baseline ({said(error)}); --write-baseline writes one.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{where} is no JSON ({error}); --write-baseline writes a baseline.") from None
    if found.format != FORMAT:
        raise SettingsError(f"{where} has format {found.format}, and this version reads {FORMAT}; write it again.")
    return found


def write(path: str, entries: Iterable[Entry]) -> None:
    """Write a baseline, an entry on each line, in an order that gives small differences.

    Raises:
        SettingsError: it cannot be written.

    """
    each = {one.id: one for one in entries}
    lines = [
        json.dumps(msgspec.to_builtins(one), ensure_ascii=False)
        for one in sorted(each.values(), key=lambda one: (one.operation, one.rule, one.id))
    ]
    findings = "".join(f"{',' if number else ''}\n    {line}" for number, line in enumerate(lines))
    text = f'{{\n  "format": {FORMAT},\n  "findings": [{findings}\n  ]\n}}\n'
    try:
        file = Path(path).expanduser()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise SettingsError(f"{path} cannot be written ({error.strerror}).") from None


def found(result: Mapping[str, Any]) -> list[Entry]:
    """Return the findings of a result that no waiver accepts, as entries."""
    return [
        Entry(one["id"], one["rule"], _operation(result, one), one.get("kind", one["severity"]), one["message"])
        for one in result["findings"]
        if one["waiver"] is None or one["waiver"]["id"] == BASELINE
    ]


def gone(known: Baseline, result: Mapping[str, Any]) -> list[Entry]:
    """Return the entries that a run looked for and did not find, and those of operations that are no more.

    A run that looked at a part of an operation's tests says nothing.
    """
    run = result["run"]
    if run["shard"] or run["selection"]:
        return []
    here = {one["id"] for one in result["findings"]}
    operations = {_operation(result, one) for one in result["operations"]}
    judged = {(one["rule"], name) for one in result["proof"] for name in one["judged"]}
    return [
        one for one in known.findings
        if one.id not in here and ((one.rule, one.operation) in judged or one.operation not in operations)
    ]  # fmt: skip


def settle(known: Baseline, result: Mapping[str, Any], settings: Settings) -> list[str]:
    """Write what a run was asked to write; return what a reader of its result should know.

    `known` is what was read. Of a run whose target did not work nothing is written: it did not see everything.

    Raises:
        SettingsError: a file cannot be written.

    """
    notes, write_to, prune = [], settings.write_baseline, settings.prune_baseline
    if result["problems"]:
        return [f"{write_to} was not written: the target did not work."] if write_to else []
    lost = gone(known, result)
    if lost:
        names = ", ".join(one.name for one in lost[:_SHOWN]) + (", …" if len(lost) > _SHOWN else "")
        left = "they were taken out of it" if prune else "--prune-baseline takes them out of it"
        notes.append(f"{len(lost)} of {len(known.findings)} findings of the baseline are gone ({names}); {left}.")
    without = [one for one in known.findings if one not in lost]
    if prune and lost:
        write(settings.baseline, without)
    if write_to:
        now = found(result)
        seen = {one.id for one in now}
        # What this run did not look for stays known.
        every = [*now, *(one for one in without if one.id not in seen)]
        write(write_to, every)
        notes.append(f"{len(every)} findings are known from now on: {write_to} (--baseline {write_to}).")
    return notes


def accepted(path: str) -> dict[str, str]:
    """Return what stands in the place of a waiver for a finding of the baseline."""
    return {"id": BASELINE, "reason": f"known ({path})", "expires": ""}


def _operation(result: Mapping[str, Any], one: Mapping[str, Any]) -> str:
    """Return the name of an operation: of a further service with its name before."""
    services = result["run"]["services"]
    first = services[0]["name"] if services else one["service"]
    key: str = one["key"]
    return key if one["service"] in ("", first) else f"{one['service']} {key}"
