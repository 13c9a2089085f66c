"""Preflight: whether the target answers as this API, and whether the credentials work.

A mock that shows its credentials on its control plane (`GET /__mock__/credentials`) needs none to be typed.
"""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import httpx

from specdouble.verify.control import PATH
from specdouble.verify.imperal import LOGOUT
from specdouble.verify.journal import check, folder
from specdouble.verify.meter import Meter
from specdouble.verify.pace import PATIENCE, TRIES, pause
from specdouble.verify.problems import TargetError
from specdouble.verify.redact import Redactor
from specdouble.verify.settings import PEOPLE, Settings, is_loopback
from specdouble.verify.transport import http_client, trouble

# Where else a service that lives answers JSON.
BESIDE = {"/healthz": "/v1/auth/.well-known/jwks.json", "/v1/health": "/v1/catalog/tools"}
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
        raise TargetError(Redactor.of(settings.secrets()).clean(str(error)), final=True) from None


def _preflight(settings: Settings) -> Settings:
    if not settings.target:
        raise TargetError("no target was given: --target URL, SPECDOUBLE_TARGET, or `target` in specdouble.toml")
    with http_client(settings) as http:
        http.event_hooks = {"request": [Meter(settings).take]}
        ask = _Ask(http, settings)
        ask.alive(settings.target, "/healthz")
        settings = _from_mock(http, settings)
        if settings.registry:
            ask.alive(settings.registry, "/v1/health")
            _registry_key(ask, settings)
        for who in PEOPLE:
            _login(ask, settings, who)
        _service_token(ask, settings)
    return settings


def alive(settings: Settings) -> bool:
    """Tell whether the target (still) answers its health route as this API does; a short break is waited for."""
    for number in range(_LOOKS):
        if number:
            time.sleep(_BETWEEN)
        try:
            with http_client(settings, timeout=5) as http:
                _Ask(http, settings).alive(settings.target, "/healthz")
        except TargetError:
            continue
        return True
    return False


class _Ask:
    """Asks the target, and says in one line what is wrong when no response comes."""

    def __init__(self, http: httpx.Client, settings: Settings) -> None:
        self.http = http
        self.settings = settings

    def __call__(self, method: str, url: str, **more: Any) -> httpx.Response:
        try:
            return self._patiently(method, url, more)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise TargetError(f"{method} {url}: {trouble(error, self.settings.timeout)}") from None

    def _patiently(self, method: str, url: str, more: dict[str, Any]) -> httpx.Response:
        """Send a request, again where the target asks to come later."""
        for attempt in range(TRIES):
            response = self.http.request(method, url, **more)
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

    def alive(self, base: str, path: str) -> None:
        url = base + path
        try:
            response = self._patiently("GET", url, {})
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            said = trouble(error, self.settings.timeout)
            hint = "" if "--" in said or "TLS" in said else ". Is the server running, is the URL right?"
            raise TargetError(f"{base}: {said}{hint}") from None
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        status = response.status_code
        if 300 <= status < 400:
            raise TargetError(
                f"{url} answered {status}, to {response.headers.get('location', 'nowhere')}: give that URL."
            )
        if status < 400 and "json" in kind:
            return
        if kind != "text/html" and self._speaks(base + BESIDE[path]):
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
    found = {
        "service_token": shown.get("service_token"), "registry_key": shown.get("registry_key"),
        "stripe_secret": shown.get("stripe_secret"), "registry": shown.get("registry"),
    }  # fmt: skip
    for person in shown.get("people", ()):
        if person.get("tenant_id") != settings.tenant or not (person.get("is_active") and person.get("email_verified")):
            continue
        words = f"{person['email']}:{person['password']}"
        for who in _parts(person):
            if who not in found:
                found[who] = words
                break
    missing = {name: value for name, value in found.items() if value and not getattr(settings, name)}
    return dataclasses.replace(settings, **missing)


def _parts(person: dict[str, object]) -> tuple[str, ...]:
    if person.get("role") == "admin":
        return ("admin",)
    if person.get("developer_tier"):
        return ("developer",) if person["developer_tier"] in ("studio", "partner") else ()
    return ("user", "user2") if person.get("role") == "user" else ()


def _login(ask: _Ask, settings: Settings, who: str) -> None:
    words = getattr(settings, who)
    if not words:
        return
    email, _, password = words.partition(":")
    body = {"email": email, "password": password, "tenant_id": settings.tenant}
    response = ask("POST", f"{settings.target}/v1/auth/login", json=body)
    if not response.is_success:
        raise TargetError(
            f"--{who}: the login of {email} in tenant {settings.tenant} was answered with {response.status_code}. "
            "Check address, password and --tenant."
        )
    try:
        if who == "admin":
            _is_admin(ask, settings, email, response)
    finally:
        _log_out(ask, settings, response)


def _log_out(ask: _Ask, settings: Settings, response: httpx.Response) -> None:
    """End the session that the look at a password has opened."""
    try:
        token = str(response.json()["refresh_token"])
    except (ValueError, KeyError, TypeError):
        return  # the suites say what is wrong with this response
    ask("POST", f"{settings.target}{LOGOUT.removeprefix('POST ')}", json={"refresh_token": token})


def _is_admin(ask: _Ask, settings: Settings, email: str, response: httpx.Response) -> None:
    """Tell a person who is no administrator before every operation of administrators is called a violation."""
    try:
        token = str(response.json()["access_token"])
    except (ValueError, KeyError, TypeError):
        return  # the suites say what is wrong with this response
    seen = ask("GET", f"{settings.target}/v1/users", params={"limit": 1}, headers={"Authorization": f"Bearer {token}"})
    if seen.status_code == 403:
        raise TargetError(f"--admin: {email} is no administrator (403 on GET /v1/users). Give one, or leave it out.")


def _service_token(ask: _Ask, settings: Settings) -> None:
    if not settings.service_token:
        return
    headers = {"X-Service-Token": settings.service_token}
    _refused_everywhere(
        ask, "--service-token: the target", settings.target, headers, "/v1/events/stats", "/v1/extensions/access"
    )


def _registry_key(ask: _Ask, settings: Settings) -> None:
    if not settings.registry_key:
        return
    headers = {"X-Api-Key": settings.registry_key}
    _refused_everywhere(
        ask, "--registry-key: the Registry", settings.registry, headers, "/v1/catalog/tools", "/v1/apps"
    )


def _refused_everywhere(ask: _Ask, whose: str, base: str, headers: dict[str, str], *paths: str) -> None:
    """Tell a credential that opens nothing; one route that refuses a good one is a finding."""
    for path in paths:
        response = ask("GET", base + path, headers=headers)
        if response.status_code not in (401, 403):
            return
    raise TargetError(f"{whose} refuses it ({response.status_code} on GET {' and GET '.join(paths)}).")
