"""Preflight: whether the target answers as this API, and whether the credentials work.

A mock that shows its credentials on its control plane (`GET /__mock__/credentials`) needs none to be typed.
"""

from __future__ import annotations

import re
import time
from typing import Any
from urllib.parse import urljoin

import httpx

from specdouble.verify.generated.preflight import based, look
from specdouble.verify.http.control import PATH
from specdouble.verify.http.meter import Meter
from specdouble.verify.http.pace import PATIENCE, TRIES, pause
from specdouble.verify.http.transport import http_client, speaks_tls, trouble
from specdouble.verify.problems import TargetError
from specdouble.verify.responses.redact import Redactor
from specdouble.verify.safety.journal import check, folder
from specdouble.verify.settings.urls import is_loopback
from specdouble.verify.settings.values import Settings

_TLS = re.compile(rb"HTTP request (was )?(sent )?to (an )?HTTPS (port|server)")  # as servers say it to plain HTTP
_LOOKS, _BETWEEN = 3, 0.5  # how often a target that seems lost is looked at, and the seconds between


def preflight(settings: Settings) -> Settings:
    """Return the settings, completed with what the target itself shows.

    Raises:
        TargetError: there is no target, it does not answer, it is something else than this API, or a credential is
            refused. Its message holds no secret.
        SettingsError: it may write, and the folder of its journal cannot be written.

    """
    if settings.allow_writes:
        check(folder(settings.journal))
    try:
        return _preflight(settings)
    except TargetError as error:
        raise TargetError(
            Redactor.of(settings.secrets(), settings.api.words.secret_looks).clean(str(error)), final=True
        ) from None


def _preflight(settings: Settings) -> Settings:
    if not settings.target:
        raise TargetError("no target was given: --target URL, SPECDOUBLE_TARGET, or `target` in specdouble.toml")
    with http_client(settings) as http:
        http.event_hooks = {"request": [Meter(settings).take]}
        ask = Ask(http, settings)
        first, *others = settings.api.contract.services
        if settings.api.generated:
            settings = ask.settings = based(ask, settings)
        ask.alive(first.name)
        settings = ask.settings = _from_mock(http, settings)
        for service in others:
            if settings.urls[service.name]:
                ask.alive(service.name)
        if settings.api.pack.preflight is not None:
            settings.api.pack.preflight(ask, settings)
        if settings.api.generated:
            look(ask, settings)
    return settings


def alive(settings: Settings) -> bool:
    """Tell whether the target (still) answers its health route as this API does; a short break is waited for."""
    for number in range(_LOOKS):
        if number:
            time.sleep(_BETWEEN)
        try:
            with http_client(settings, timeout=5) as http:
                Ask(http, settings).alive(settings.api.contract.first.name)
        except TargetError:
            continue
        return True
    return False


class Ask:
    """Asks the services, and says in one line what is wrong when no response comes."""

    def __init__(self, http: httpx.Client, settings: Settings) -> None:
        self.http = http
        self.settings = settings

    def __call__(self, method: str, url: str, **more: Any) -> httpx.Response:
        """Send a request; raises TargetError when no response comes."""
        try:
            return self._patiently(method, url, more)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise TargetError(f"{method} {url}: {self._trouble(url, error)}") from None

    def _trouble(self, url: str, error: Exception) -> str:
        """Say what is wrong with a connection; where http:// is written and TLS is spoken, that."""
        said = trouble(error, self.settings.timeout)
        broke = isinstance(error, httpx.ReadError | httpx.WriteError | httpx.RemoteProtocolError)
        return "it speaks TLS there; write the URL with https" if broke and speaks_tls(url) else said

    def _patiently(self, method: str, url: str, more: dict[str, Any]) -> httpx.Response:
        """Send a request, again where the target asks to come later."""
        for attempt in range(TRIES):
            response = self.http.request(method, url, **more)
            if response.status_code == 400 and _TLS.search(response.content[:2000]):
                raise TargetError(f"{method} {url}: it speaks TLS there; write the URL with https")
            asked = pause(response.status_code, response.headers, attempt)
            if asked is None:
                return response
            if asked > PATIENCE:
                break
            if attempt < TRIES - 1:
                time.sleep(asked)
        if response.status_code != 429:
            return response
        raise TargetError(f"{method} {url}: the target asks for a pause of {asked:.0f} seconds (429). Come back later.")

    def alive(self, service: str) -> None:
        """Make sure that a service answers as this API does; raises TargetError."""
        base, paths = self.settings.urls[service], self.settings.api.pack.health.get(service, ())
        url = base + (paths[0] if paths else re.sub(r"\{[^}]+\}", "1", self.settings.api.health(service).spec.path))
        try:
            response = self._patiently("GET", url, {})
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            said = self._trouble(base, error)
            hint = "" if "--" in said or "TLS" in said else ". Is the server running, is the URL right?"
            raise TargetError(f"{base}: {said}{hint}") from None
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        status = response.status_code
        # A slash more or less at the end is no other place.
        there = urljoin(url, response.headers.get("location", ""))
        beside = there != url and there.rstrip("/") == url.rstrip("/")
        if 300 <= status < 400 and not beside:
            raise TargetError(
                f"{url} answered {status}, to {response.headers.get('location', 'nowhere')}: give that URL."
            )
        if not paths:  # nothing says what a living server answers there: a page of a proxy is none of its responses
            if kind == "text/html" and status >= 400:
                raise TargetError(f"{url} answered {status}{_page(kind)}. Is the URL right?")
            return
        if status < 400 and "json" in kind:
            return
        if kind != "text/html" and any(self._speaks(base + path) for path in paths[1:]):
            return  # the health route alone is wrong, which is a finding and no trouble
        if status == 400 and b"SSL certificate" in response.content:  # as nginx says it
            raise TargetError(f"{base}: it asks for a client certificate: --client-cert FILE, --client-key FILE")
        if status >= 400:
            raise TargetError(f"{url} answered {status}{_page(kind)}; a server of this API answers 200 there.")
        raise TargetError(f"{url} answered {kind or 'no content type'}{_page(kind)}; this API answers JSON there.")

    def _speaks(self, url: str) -> bool:
        """Whether a route of this API answers there, were it with a refusal."""
        response = self("GET", url)
        try:
            said = response.json()
        except ValueError:
            return False
        told = isinstance(said, list) or (isinstance(said, dict) and not said.keys().isdisjoint(("keys", "detail")))
        return (
            response.status_code in (200, 401, 403, 422) and told and "json" in response.headers.get("content-type", "")
        )


def _page(kind: str) -> str:
    return " (an HTML page, perhaps a proxy's)" if kind == "text/html" else ""


def _from_mock(http: httpx.Client, settings: Settings) -> Settings:
    """Fill in the credentials that were not given from a mock on this machine."""
    if settings.control == "off" or not is_loopback(settings.target):
        return settings
    try:
        response = http.get(f"{settings.control or settings.target + PATH}/credentials")
        shown = response.json() if response.status_code == 200 else None
    except (httpx.HTTPError, ValueError):
        return settings
    if not isinstance(shown, dict):
        return settings
    found = settings.api.pack.from_mock(settings, shown) if settings.api.pack.from_mock is not None else {}
    missing = {name: value for name, value in found.items() if value and not getattr(settings, name)}
    return settings.but(**missing)


def everywhere(ask: Ask, whose: str, base: str, headers: dict[str, str], *paths: str) -> None:
    """Make sure that a credential opens at least one of the paths: that one alone refuses it would be a finding.

    Raises:
        TargetError: each of the paths refuses it with 401 or 403.

    """
    for path in paths:
        response = ask("GET", base + path, headers=headers)
        if response.status_code not in (401, 403):
            return
    raise TargetError(f"{whose} refuses it ({response.status_code} on GET {' and GET '.join(paths)}).")
