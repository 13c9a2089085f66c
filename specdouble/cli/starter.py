"""The files that `specdouble verify --init` writes: commented settings, and waivers to copy."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from specdouble.settings_file import FILE
from specdouble.verify.api.api import Api
from specdouble.verify.problems import SettingsError
from specdouble.verify.settings.options import OVERLAY, PACK, SPEC, TESTS, UNSET, Option
from specdouble.verify.settings.urls import without_userinfo

WAIVERS = "waivers.toml"
_BY_KIND: dict[str, Any] = {"flag": True, "list": [], "int": 1, "float": 1.0}
_HEAD = """\
# Settings of `specdouble verify` in this folder.
#
# Each key is an option too (--allow-writes) and a variable (SPECDOUBLE_ALLOW_WRITES). An option wins over a variable, a
# variable over this file. Lines that begin with `# key =` show a key with its default or an example: take away the `# `
# to use it. What every key means, with its default: docs/configuration.md, or `specdouble verify --help`.
#
# Secrets do not belong into this file. Set the variables that it names, in CI from the store of secrets.

[verify]
"""
_WAIVERS = """\
# Violations that are accepted for a while: `specdouble verify --waivers {name}`, or `waivers = "{name}"` in {file}.
#
# Each one is a table [[waiver]] with a rule (or the id of a finding), an operation, or both; it needs a reason and the
# last day on which it holds. From the next day on the violation counts again, and every report says so.
#
# [[waiver]]
# rule = "AUTH-07"
# operation = "GET /v1/keys"
# reason = "Known, ticket 123; fixed with the next release."
# expires = {day}
#
# [[waiver]]
# operation = "POST /v1/keys"
# reason = "This part of the environment is replaced in spring."
# expires = {day}
"""


def settings_text(api: Api, given: dict[str, Any]) -> str:
    """Return the commented settings; what was `given` (by option name) is set, unless it is a secret."""
    # What is verified is named in one way.
    left_out = (SPEC, OVERLAY, TESTS) if api.name and not given.get("spec") else (PACK,)
    return _HEAD + "\n".join(
        "\n".join(_entry(api, one, given.get(one.name))) for one in api.options.values() if one not in left_out
    )


def waivers_text(today: datetime.date) -> str:
    """Return the commented waivers; the examples end half a year from `today`."""
    return _WAIVERS.format(name=WAIVERS, file=FILE, day=today + datetime.timedelta(days=182))


def init(api: Api, given: dict[str, Any], folder: Path) -> list[Path]:
    """Write both files into a folder; return their paths.

    Raises:
        SettingsError: one of them is there already, or cannot be written; then neither is written.

    """
    given = {**given, "waivers": given.get("waivers") or WAIVERS}  # the file that is written counts
    texts = {folder / FILE: settings_text(api, given), folder / WAIVERS: waivers_text(datetime.datetime.now().date())}
    there = [path for path in texts if path.exists() or path.is_symlink()]
    if there:
        names = " and ".join(one.name for one in there)
        raise SettingsError(f"{names} {'is' if len(there) == 1 else 'are'} there already; nothing was written.")
    for path, text in texts.items():
        try:
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
        except OSError as error:
            raise SettingsError(f"{path} cannot be written ({error.strerror}).") from None
    return list(texts)


def _entry(api: Api, option: Option, given: Any) -> Iterator[str]:
    name = option.name
    yield f"# {option.help}"
    if option.secret:
        yield f"# A secret: set {option.variable} instead of writing it here."
    elif given not in (None, "", (), [], False):
        yield f"{name} = {_toml(_value(option.kind, given))}"
    else:
        default = "" if option.value == UNSET else option.value
        example = api.name if option is PACK else option.example
        shown = example if example is not None else default or _BY_KIND.get(option.kind, "…")
        yield f"# {name} = {_toml(shown)}"
    yield ""


def _value(kind: str, given: Any) -> Any:
    """Return what was given as the file holds it: a list as one, a URL without the password that it may carry."""
    if kind == "list":
        return list(given)
    if kind in ("int", "float"):
        return int(given) if kind == "int" else float(given)
    return without_userinfo(given) if isinstance(given, str) and "://" in given else given


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, int | float):
        return str(value)
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
