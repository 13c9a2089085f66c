"""Preflight: whether the target answers as this API, and whether the credentials work.

A mock that shows its credentials on its control plane (`GET /__mock__/credentials`) needs none to be typed.
"""

from __future__ import annotations

import dataclasses

import httpx

from contract_tests.client import trouble
from contract_tests.control import PATH
from contract_tests.problems import TargetError
from contract_tests.settings import PEOPLE, Settings, is_loopback


def preflight(settings: Settings) -> Settings:
    """Return the settings, completed with what the target itself shows.

    Raises:
        TargetError: there is no target, it does not answer, it is something else than this API, or a credential is
            refused.

    """
    if not settings.target:
        raise TargetError("no target was given: --target URL, UNDERSTUDY_TARGET, or `target` in understudy.toml")
    with httpx.Client(timeout=settings.timeout, verify=not settings.insecure, trust_env=False) as http:
        _alive(http, settings.target, "/healthz", settings)
        settings = _from_mock(http, settings)
        if settings.registry:
            _alive(http, settings.registry, "/v1/health", settings)
            _registry_key(http, settings)
        for who in PEOPLE:
            _login(http, settings, who)
        _service_token(http, settings)
    return settings


def alive(settings: Settings) -> bool:
    """Tell whether the target still answers its health route."""
    try:
        with httpx.Client(timeout=5, verify=not settings.insecure, trust_env=False) as http:
            return http.get(f"{settings.target}/healthz").status_code < 500
    except httpx.HTTPError:
        return False


def _alive(http: httpx.Client, base: str, path: str, settings: Settings) -> None:
    url = base + path
    try:
        answer = http.get(url)
    except httpx.HTTPError as error:
        raise TargetError(
            f"{base}: {trouble(error, settings.timeout)}. Is the server running, is the URL right?"
        ) from None
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if answer.status_code >= 400:
        raise TargetError(f"{url} answered {answer.status_code}{_page(kind)}; a server of this API answers 200 there.")
    if "json" not in kind:
        raise TargetError(f"{url} answered {kind or 'no content type'}{_page(kind)}; this API answers JSON there.")


def _page(kind: str) -> str:
    return " (an HTML page, perhaps a proxy's)" if kind == "text/html" else ""


def _from_mock(http: httpx.Client, settings: Settings) -> Settings:
    """Fill in the credentials that were not given from a mock on this machine."""
    if settings.control == "off" or not is_loopback(settings.target):
        return settings
    try:
        answer = http.get(f"{settings.control or settings.target + PATH}/credentials")
        shown = answer.json() if answer.status_code == 200 else None
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


def _login(http: httpx.Client, settings: Settings, who: str) -> None:
    words = getattr(settings, who)
    if not words:
        return
    email, _, password = words.partition(":")
    body = {"email": email, "password": password, "tenant_id": settings.tenant}
    try:
        answer = http.post(f"{settings.target}/v1/auth/login", json=body)
    except httpx.HTTPError as error:
        raise TargetError(f"{settings.target}/v1/auth/login: {trouble(error, settings.timeout)}") from None
    if answer.status_code != 200:
        raise TargetError(
            f"--{who}: the login of {email} in tenant {settings.tenant} was answered with {answer.status_code}. "
            "Check address, password and --tenant."
        )


def _service_token(http: httpx.Client, settings: Settings) -> None:
    if not settings.service_token:
        return
    answer = http.get(f"{settings.target}/v1/events/stats", headers={"X-Service-Token": settings.service_token})
    if answer.status_code in (401, 403):
        raise TargetError(f"--service-token: the target refuses it ({answer.status_code} on GET /v1/events/stats).")


def _registry_key(http: httpx.Client, settings: Settings) -> None:
    if not settings.registry_key:
        return
    answer = http.get(f"{settings.registry}/v1/catalog/tools", headers={"X-Api-Key": settings.registry_key})
    if answer.status_code in (401, 403):
        raise TargetError(f"--registry-key: the Registry refuses it ({answer.status_code} on GET /v1/catalog/tools).")
