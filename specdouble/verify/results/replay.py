"""How a run is made again: its command line, that of one finding, and finding a finding in a stored result.

The command of a finding names its test and its seed, so that it works wherever the report is read; credentials come
from the environment there, and files of this machine (waivers, certificates) are left out of it.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from specdouble.verify.problems import SettingsError
from specdouble.verify.safety.journal import folder
from specdouble.verify.settings.options import ABOUT, PROFILES
from specdouble.verify.settings.values import Settings

_PERMISSIONS = frozenset({"allow-writes", "allow-destructive"})  # on loopback nobody needs them


def command(settings: Settings, test: str = "") -> str:
    """Return the command line of a run without its secrets, or that of one `test` of it for another machine."""
    words = ["specdouble", "verify", settings.target]
    for option in settings.api.options.values():
        name, value = option.name, getattr(settings, option.field)
        if name in ("target", "seed", "journal", "rate") or option.secret:
            continue
        left_out = option.output or (option.choosing and option not in ABOUT) or name == "proxy"
        if test and (left_out or (option.kind == "file" and option not in ABOUT)):
            continue
        default = PROFILES[settings.profile] if name == "budget" else option.value
        if value == default or (settings.local and name in _PERMISSIONS):
            continue
        if option.kind == "flag":
            words.append(f"--{name}")
        else:
            for one in value if option.several else (value,):
                words += [f"--{name}", str(one)]
    words += ["--seed", str(settings.seed)]
    if test:
        words += ["--only", _short(test)]
    return shlex.join(words)


def _short(test: str) -> str:
    """Return a node id from its file on: where the package lies depends on the machine."""
    path, colons, rest = test.partition("::")
    return path.rpartition("/")[2] + colons + rest


def replayed(finding: str, replay_from: str = "", journal: str = "") -> str:
    """Return the test of a finding; `finding` is its id.

    Raises:
        SettingsError: no result knows the finding, or the named one is none.

    """
    return str(_found(finding, replay_from, journal)[1]["test"])


def recalled(finding: str, replay_from: str = "", journal: str = "") -> dict[str, Any]:
    """Return the settings without which a finding may not show again: seed, profile, and whether the run was strict.

    Raises:
        SettingsError: no result knows the finding, or the named one is none.

    """
    run, one = _found(finding, replay_from, journal)
    return {"seed": one["seed"], "profile": run["profile"], "strict": run["strict"]}


def _found(finding: str, replay_from: str, journal: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return a run and its finding: of the named result, else of the newest kept one that has it."""
    if replay_from:
        from specdouble.verify.reports.stored.reading import ReportError, read

        try:
            result: Any = read(Path(replay_from).expanduser())
        except ReportError as error:
            raise SettingsError(f"--replay-from {error}") from None
        for one in result["findings"]:
            if finding in (one["id"], one["test"]):
                return result["run"], one
        raise SettingsError(f"--replay {finding!r}: {replay_from} has no such finding.")
    where = folder(journal)
    for path in sorted(where.glob("*.result.json"), key=lambda one: one.stat().st_mtime, reverse=True):
        try:
            result = orjson.loads(path.read_bytes())
            for one in result["findings"]:
                if finding in (one["id"], one["test"]):
                    return result["run"], one
        except (OSError, ValueError, KeyError, TypeError):
            continue
    raise SettingsError(
        f"--replay {finding!r}: no result that was kept in {where} has such a finding. The replay command in a report "
        "works on every machine; with the id alone, name the result too: --replay-from result.json."
    )
