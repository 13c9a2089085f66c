"""What is looked at before a run against Imperal Cloud: whether the credentials that were given work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from specdouble.verify.kit import Ask, Settings, TargetError, everywhere

from .safety import LOGOUT

HEALTH = {
    "auth_gateway": ("/healthz", "/v1/auth/.well-known/jwks.json"), "registry": ("/v1/health", "/v1/catalog/tools"),
}  # fmt: skip


def preflight(ask: Ask, settings: Settings) -> None:
    """Make sure that every credential opens something.

    Raises:
        TargetError: one is refused, or an administrator is none.

    """
    if settings.registry:
        _registry_key(ask, settings)
    for who in settings.logins():
        _login(ask, settings, who)
    _service_token(ask, settings)


def from_mock(settings: Settings, shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return the credentials that a mock shows, by the attributes of the settings."""
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
    return found


def _parts(person: dict[str, object]) -> tuple[str, ...]:
    if person.get("role") == "admin":
        return ("admin",)
    if person.get("developer_tier"):
        return ("developer",) if person["developer_tier"] in ("studio", "partner") else ()
    return ("user", "user2") if person.get("role") == "user" else ()


def _login(ask: Ask, settings: Settings, who: str) -> None:
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


def _log_out(ask: Ask, settings: Settings, response: httpx.Response) -> None:
    """End the session that the look at a password has opened."""
    try:
        token = str(response.json()["refresh_token"])
    except (ValueError, KeyError, TypeError):
        return  # the suites say what is wrong with this response
    ask("POST", f"{settings.target}{LOGOUT.removeprefix('POST ')}", json={"refresh_token": token})


def _is_admin(ask: Ask, settings: Settings, email: str, response: httpx.Response) -> None:
    """Tell a person who is no administrator before every operation of administrators is called a violation."""
    try:
        token = str(response.json()["access_token"])
    except (ValueError, KeyError, TypeError):
        return  # the suites say what is wrong with this response
    seen = ask("GET", f"{settings.target}/v1/users", params={"limit": 1}, headers={"Authorization": f"Bearer {token}"})
    if seen.status_code == 403:
        raise TargetError(f"--admin: {email} is no administrator (403 on GET /v1/users). Give one, or leave it out.")


def _service_token(ask: Ask, settings: Settings) -> None:
    if not settings.service_token:
        return
    headers = {"X-Service-Token": settings.service_token}
    everywhere(
        ask, "--service-token: the target", settings.target, headers, "/v1/events/stats", "/v1/extensions/access"
    )


def _registry_key(ask: Ask, settings: Settings) -> None:
    if not settings.registry_key:
        return
    headers = {"X-Api-Key": settings.registry_key}
    everywhere(ask, "--registry-key: the Registry", settings.registry, headers, "/v1/catalog/tools", "/v1/apps")
