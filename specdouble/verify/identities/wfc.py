"""Auth files in the format of Web Fuzzing Commons: a list of people, each with static headers or a login call.

Both spellings of the token are read: `extractFromField`, `httpHeaderName`, `headerPrefix` of its first versions, and
`extractFrom`, `extractSelector`, `sendIn`, `sendName`, `sendTemplate` of later ones.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from specdouble.errors import closest
from specdouble.openapi.errors import SpecError
from specdouble.openapi.reading import parse
from specdouble.verify.problems import SettingsError

_TOP = {"schemaVersion": (str, int, float), "auth": list, "authTemplate": dict, "configs": dict}
_PERSON = {"name": str, "requireMockHandling": bool, "fixedHeaders": list, "loginEndpointAuth": dict}
_LOGIN = {
    "endpoint": str,
    "externalEndpointURL": str,
    "payloadRaw": str,
    "payloadUserPwd": dict,
    "headers": list,
    "verb": str,
    "contentType": str,
    "token": dict,
    "expectCookies": bool,
}
_PAYLOAD = dict.fromkeys(("username", "password", "usernameField", "passwordField"), (str, int))
_TOKEN = dict.fromkeys(
    (
        "extractFromField",
        "httpHeaderName",
        "headerPrefix",
        "extractFrom",
        "extractSelector",
        "sendIn",
        "sendName",
        "sendTemplate",
    ),
    str,
)
_VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Token:
    """Where a token stands in the response to a login, and how it is sent.

    It stands in the `body`, at a JSON pointer, or in a `header`; it is sent in a `header`, `query` or `cookie`,
    by a template in which `{token}` stands for it.
    """

    source: str = "body"
    selector: str = ""
    place: str = "header"
    name: str = "Authorization"
    template: str = "{token}"


@dataclass(frozen=True)
class LoginCall:
    """The call that logs somebody in; `payload` is what it says, by member, where that is known."""

    url: str
    verb: str = "POST"
    content_type: str = "application/json"
    raw: str | None = None
    payload: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    token: Token | None = None
    cookies: bool = False


@dataclass(frozen=True)
class Entry:
    """One person of the file."""

    name: str
    headers: dict[str, str] = field(default_factory=dict)
    login: LoginCall | None = None


def read(path: Path) -> list[Entry]:
    """Return the people of an auth file (YAML, JSON or TOML).

    Raises:
        SettingsError: the file cannot be read, or says something that cannot be used.

    """
    try:
        data = (
            tomllib.loads(path.read_text(encoding="utf-8"))
            if path.suffix == ".toml"
            else parse(path.read_bytes(), str(path))
        )
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"--auth {path}: {getattr(error, 'strerror', None) or error}.") from None
    except SpecError as error:
        raise SettingsError(f"--auth {path}: {error}") from None
    _check(data, _TOP, f"{path}")
    template = _part(data, "authTemplate")
    found: list[Entry] = []
    for number, one in enumerate(data.get("auth") or ()):
        where = f"{path}, auth[{number}]"
        _check(one, _PERSON, where)
        static = "fixedHeaders" in one and "loginEndpointAuth" not in one  # the login of the template is for the others
        shared = (
            {name: value for name, value in template.items() if name != "loginEndpointAuth"} if static else template
        )
        found.append(_entry(_merged(shared, one), where))
    if not found:
        raise SettingsError(f"--auth {path}: it has no people; write a list `auth` with a name for each.")
    names = [one.name for one in found]
    if len(set(names)) < len(names):
        raise SettingsError(f"--auth {path}: two people have the same name ({', '.join(names)}).")
    return found


def _merged(template: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
    """Return what a person says, completed by the template, member by member."""
    made = dict(template)
    for name, value in one.items():
        both = isinstance(value, dict) and isinstance(made.get(name), dict)
        made[name] = _merged(made[name], value) if both else value
    return made


def _entry(data: dict[str, Any], where: str) -> Entry:
    _check(data, _PERSON, where)
    name = data.get("name")
    if not name:
        raise SettingsError(f"--auth {where}: it has no name.")
    headers = _headers(data.get("fixedHeaders") or (), f"{where}.fixedHeaders")
    login = data.get("loginEndpointAuth")
    if not headers and not login:
        raise SettingsError(f"--auth {where}: {name} has neither fixedHeaders nor loginEndpointAuth.")
    return Entry(str(name), headers, _login(login, f"{where}.loginEndpointAuth") if login else None)


def _login(data: Any, where: str) -> LoginCall:
    _check(data, _LOGIN, where)
    url = data.get("externalEndpointURL") or data.get("endpoint") or ""
    if not url:
        raise SettingsError(f"--auth {where}: it names no endpoint; write endpoint: /login.")
    verb = str(data.get("verb") or "POST").upper()
    if verb not in _VERBS:
        raise SettingsError(f"--auth {where}: the verb {verb!r} is none of {', '.join(_VERBS)}.")
    payload = data.get("payloadUserPwd") or {}
    _check(payload, _PAYLOAD, f"{where}.payloadUserPwd")
    said: dict[str, str] = {}
    if payload:
        for one in _PAYLOAD:
            if one not in payload:
                raise SettingsError(f"--auth {where}.payloadUserPwd: it has no {one}.")
        said = {
            str(payload["usernameField"]): str(payload["username"]),
            str(payload["passwordField"]): str(payload["password"]),
        }
    token = data.get("token")
    cookies = bool(data.get("expectCookies"))
    if not token and not cookies:
        raise SettingsError(f"--auth {where}: it says neither token nor expectCookies, so the login gives nothing.")
    return LoginCall(
        str(url),
        verb,
        str(data.get("contentType") or "application/json"),
        data.get("payloadRaw"),
        said,
        _headers(data.get("headers") or (), f"{where}.headers"),
        _token(token, f"{where}.token") if token else None,
        cookies,
    )


def _token(data: Any, where: str) -> Token:
    _check(data, _TOKEN, where)
    selector = data.get("extractSelector") or data.get("extractFromField") or ""
    source, place = data.get("extractFrom") or "body", data.get("sendIn") or "header"
    if source not in ("body", "header") or place not in ("header", "query", "cookie"):
        raise SettingsError(f"--auth {where}: extractFrom is body or header, sendIn header, query or cookie.")
    if not selector:
        raise SettingsError(f"--auth {where}: it does not say where the token stands; write extractFromField: /token.")
    name = data.get("sendName") or data.get("httpHeaderName") or "Authorization"
    template = data.get("sendTemplate") or f"{data.get('headerPrefix') or ''}{{token}}"
    if "{token}" not in template:
        raise SettingsError(f"--auth {where}: sendTemplate has no {{token}}.")
    if source == "body" and not selector.startswith("/"):
        selector = f"/{selector}"
    return Token(source, selector, place, name, template)


def _headers(data: Any, where: str) -> dict[str, str]:
    found = {}
    for number, one in enumerate(data):
        if not isinstance(one, dict) or not {"name", "value"} <= one.keys():
            raise SettingsError(f"--auth {where}[{number}]: a header has a name and a value.")
        found[str(one["name"])] = str(one["value"])
    return found


def _part(data: dict[str, Any], name: str) -> dict[str, Any]:
    found = data.get(name) or {}
    _check(found, _PERSON, name)
    return dict(found)


def _check(data: Any, known: dict[str, Any], where: str) -> None:
    """Refuse what is no mapping, a member that nobody knows, or one of another type."""
    if not isinstance(data, dict):
        raise SettingsError(f"--auth {where}: a mapping is expected, not {type(data).__name__}.")
    for name, value in data.items():
        if name not in known:
            near = closest(str(name), known, cutoff=0.0)
            raise SettingsError(f"--auth {where}: {name!r} is unknown; the closest is {near!r}.")
        if value is not None and not isinstance(value, known[name]):
            raise SettingsError(f"--auth {where}: {name} is {type(value).__name__}, which it cannot be.")
