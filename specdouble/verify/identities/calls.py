"""The calls that give credentials: logins of an auth file, token endpoints of OAuth 2, commands."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx
import orjson

from specdouble.openapi.pointers import lookup
from specdouble.verify.api.credentials import Credential
from specdouble.verify.identities.identity import Login
from specdouble.verify.identities.wfc import Entry, LoginCall
from specdouble.verify.problems import SettingsError, TargetError
from specdouble.verify.responses.redact import Redactor

_MISSING = object()
_SHELL = frozenset({"|", "||", "&&", ";", ">", ">>", "<", "&"})
_NAMES = re.compile(r"pass|secret|token|key|credential", re.IGNORECASE)  # of variables that hold secrets
SECONDS = 60.0  # that a command may take


def static(entry: Entry) -> Credential:
    """Return the credential of somebody with static headers only."""
    return Credential(entry.name, dict(entry.headers))


def log_in(http: httpx.Client, base: str, entry: Entry) -> Login:
    """Log somebody in.

    Raises:
        TargetError: the login is refused, or its response does not hold what the file says.

    """
    call = entry.login
    assert call is not None
    content, sent = _payload(call)
    headers = {**({"Content-Type": call.content_type} if content else {}), **call.headers}
    for url in _places(base, call.url):
        said = f"--auth: the login of {entry.name} ({call.verb} {url})"
        try:
            response = http.request(call.verb, url, content=content or None, headers=headers)
        except httpx.HTTPError as error:
            raise TargetError(f"{said} got no response ({type(error).__name__}).") from None
        if response.status_code not in (404, 405):
            break
    if response.status_code >= 400:
        raise TargetError(f"{said} was answered with {response.status_code}. Check name, password and endpoint.")
    made, query = dict(entry.headers), {}
    if call.token is not None:
        token = _token(call, response)
        if token is None:
            raise TargetError(
                f"{said} was answered with {response.status_code}, without a token at {call.token.selector}."
            )
        text = call.token.template.replace("{token}", token)
        if call.token.place == "header":
            made[call.token.name] = text
        elif call.token.place == "query":
            query[call.token.name] = text
        else:
            made["Cookie"] = f"{call.token.name}={text}"
    if call.cookies:
        cookies = _cookies(response)
        if not cookies:
            raise TargetError(f"{said} was answered with {response.status_code}, without a cookie.")
        made["Cookie"] = "; ".join(filter(None, (made.get("Cookie"), cookies)))
    return Login(Credential(entry.name, made, query), _json(response), sent, url.removeprefix(base.rstrip("/")))


def _places(base: str, endpoint: str) -> list[str]:
    """Return where a login may be: a path is below the base path of the API, or from the root of the server."""
    if "://" in endpoint:
        return [endpoint]
    below = f"{base.rstrip('/')}/{endpoint.lstrip('/')}"
    path = urlsplit(base).path.rstrip("/")
    root = urljoin(base, f"/{endpoint.lstrip('/')}")
    inside = bool(path) and f"/{endpoint.lstrip('/')}".startswith(f"{path}/")
    return list(dict.fromkeys((root, below) if inside else (below, root)))


def _payload(call: LoginCall) -> tuple[bytes, dict[str, Any]]:
    """Return the body of a login, and what it says by member."""
    if call.raw is not None and "urlencoded" in call.content_type:
        return call.raw.encode(), dict(parse_qsl(call.raw, keep_blank_values=True))
    if call.raw is not None:
        try:
            said = orjson.loads(call.raw)
        except orjson.JSONDecodeError:
            said = {}
        return call.raw.encode(), said if isinstance(said, dict) else {}
    if not call.payload:
        return b"", {}
    form = "urlencoded" in call.content_type
    return urlencode(call.payload).encode() if form else orjson.dumps(call.payload), dict(call.payload)


def _token(call: LoginCall, response: httpx.Response) -> str | None:
    assert call.token is not None
    if call.token.source == "header":
        value: str | None = response.headers.get(call.token.selector)
        return value
    try:
        found = lookup(orjson.loads(response.content), call.token.selector)
    except (orjson.JSONDecodeError, LookupError, ValueError, TypeError):
        return None
    return str(found) if isinstance(found, str | int) and found != "" else None


def _cookies(response: httpx.Response) -> str:
    jar: SimpleCookie = SimpleCookie()
    for one in response.headers.get_list("set-cookie"):
        jar.load(one)
    return "; ".join(f"{name}={one.value}" for name, one in jar.items() if one.value)


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        found = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def fetch_token(http: httpx.Client, base: str, url: str, form: dict[str, str], said: str) -> dict[str, Any]:
    """Ask a token endpoint of OAuth 2 for a token.

    Raises:
        TargetError: it refuses, or gives none.

    """
    address = urljoin(f"{base.rstrip('/')}/", url)
    try:
        response = http.post(address, data=form)
    except httpx.HTTPError as error:
        raise TargetError(f"{said}: {address} gave no response ({type(error).__name__}).") from None
    found = _json(response)
    if response.status_code >= 400 or not found.get("access_token"):
        raise TargetError(f"{said}: {address} answered {response.status_code} without an access_token.")
    return found


def command(line: str, said: str) -> str:
    """Return what a command prints, without the blanks around it.

    Raises:
        SettingsError: it cannot be started, or is written for a shell.
        TargetError: it fails, takes too long, or prints nothing.

    """
    try:
        words = shlex.split(line)
        if _SHELL.intersection(words):
            raise SettingsError(f"{said}: no shell reads the command; write !sh -c '…' around pipes and the like.")
        done = subprocess.run(  # noqa: S603 - the command of whoever starts the run
            words, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except (OSError, ValueError) as error:
        raise SettingsError(f"{said}: the command cannot be started ({error}).") from None
    except subprocess.TimeoutExpired:
        raise TargetError(f"{said}: the command took longer than {SECONDS:.0f} seconds.") from None
    if done.returncode or not done.stdout.strip():
        lines = _clean(done.stderr).strip().splitlines()
        told = f" It said: {lines[-1][-200:]}" if lines else ""
        raise TargetError(f"{said}: the command ended with {done.returncode} and printed no credential.{told}")
    return done.stdout.strip()


def _clean(text: str) -> str:
    """Return what a command said without the secrets of its environment."""
    redactor = Redactor.of({value: name.lower() for name, value in os.environ.items() if _NAMES.search(name)})
    return redactor.clean(text)
