"""Credentials by the name of their security scheme: `SCHEME=VALUE`, for one person or several.

`SCHEME@NAME=VALUE` says whose it is. Without a name the first value of a scheme is that of the first person, the second
one that of the second. A value that begins with `!` is a command that prints it. For Basic, and where a token is
fetched with them, the value is `USER:PASSWORD`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from specdouble.errors import closest
from specdouble.verify.api.credentials import Credential, bearer, of_scheme
from specdouble.verify.identities.calls import command, fetch_token
from specdouble.verify.identities.identity import Identity, Login
from specdouble.verify.problems import SettingsError


def people(given: Sequence[str], schemes: Mapping[str, Any], http: httpx.Client, base: str) -> list[Identity]:
    """Return the people of `SCHEME=VALUE` words; `schemes` are the security schemes of the document.

    Raises:
        SettingsError: a word has another form, or names a scheme that the document does not have.
        TargetError: a token cannot be fetched.

    """
    found: dict[str, Identity] = {}
    counts: dict[str, int] = {}
    for word in given:
        left, equals, value = word.partition("=")
        scheme, _, name = left.strip().partition("@")
        if not equals or not scheme or not value:
            raise SettingsError("--credential must read SCHEME=VALUE, with a security scheme of the document.")
        if scheme not in schemes:
            near = closest(scheme, schemes, cutoff=0.0)
            more = f"; the closest is {near!r}" if near else ", for it declares none"
            raise SettingsError(f"--credential: the document has no security scheme {scheme!r}{more}.")
        counts[scheme] = counts.get(scheme, 0) + (not name)
        name = name or f"person {counts[scheme]}"
        one = found.setdefault(name, Identity(name))
        credential, login = _credential(name, scheme, value, schemes[scheme], http, base)
        one.ways[scheme] = credential
        one.login = one.login or login
    return list(found.values())


def _credential(
    name: str, scheme: str, value: str, declared: Mapping[str, Any], http: httpx.Client, base: str
) -> tuple[Credential, Login | None]:
    said = f"--credential {scheme}"
    if value.startswith("!"):
        value = command(value[1:], said)
    if declared.get("type") == "oauth2" and ":" in value:
        form, url = _grant(declared, value)
        if url:
            told = fetch_token(http, base, url, form, said)
            sent = {key: one for key, one in form.items() if key in ("username", "password", "client_id")}
            login = Login(bearer(str(told["access_token"]), name), told, sent, url)
            return login.credential, login
    form_of = str(declared.get("scheme", "bearer")).lower()
    if declared.get("type") == "http" and form_of not in ("bearer", "basic"):
        return Credential(name, {"Authorization": f"{form_of.capitalize()} {value}"}), None
    return of_scheme(declared, value, name), None


def _grant(declared: Mapping[str, Any], value: str) -> tuple[dict[str, str], str]:
    """Return the form and the address by which a flow of OAuth 2 exchanges a name and a password for a token."""
    flows = declared.get("flows") or {}
    user, _, password = value.partition(":")
    for flow in ("password", "clientCredentials"):
        one = flows.get(flow)
        if not isinstance(one, dict) or not one.get("tokenUrl"):
            continue
        scopes = " ".join(one.get("scopes") or ())
        if flow == "password":
            form = {"grant_type": "password", "username": user, "password": password}
        else:
            form = {"grant_type": "client_credentials", "client_id": user, "client_secret": password}
        return {**form, **({"scope": scopes} if scopes else {})}, str(one["tokenUrl"])
    return {}, ""
