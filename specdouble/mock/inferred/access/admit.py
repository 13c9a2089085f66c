"""Credentials by their declared form. Any well-formed one is taken; a token of this server's own brings its scopes."""

from __future__ import annotations

import base64
import binascii

from specdouble.mock.inferred.access.oauth import is_foreign, token_path
from specdouble.mock.inferred.api import Api
from specdouble.mock.pipeline.call import Call
from specdouble.mock.pipeline.problems import Problem
from specdouble.openapi import Operation

_BEARER = ("oauth2", "openIdConnect")


def credentials_of(api: Api) -> list[tuple[str, str]]:
    """Return for each declared scheme what to send, as a name and a value that works."""
    found = []
    for name, scheme in api.security_schemes.items():
        kind = scheme.get("type")
        if kind == "apiKey":
            found.append((name, f"{scheme.get('in')} {scheme.get('name')}: any value"))
        elif kind == "basic" or (kind == "http" and str(scheme.get("scheme")).lower() == "basic"):
            found.append((name, "Authorization: Basic, any user and password"))
        elif kind in _BEARER:
            path = token_path(scheme)
            found.append((name, f"Authorization: Bearer, any token (or one of POST {path}, with scopes)"))
        elif kind == "http":
            found.append((name, f"Authorization: {str(scheme.get('scheme') or 'Bearer').capitalize()}, any token"))
    return found


class Gate:
    """Admits the calls of one service."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.schemes = api.security_schemes

    def admit(self, call: Call, operation: Operation) -> None:
        """Recognise the caller.

        Raises:
            Problem: 401 without what the document requires, 403 with a token whose scopes are too few.

        """
        wanted = self.api.security.get(operation.key, ())
        if not wanted:
            return
        lacking: set[str] | None = None
        for alternative in wanted:
            sent = [self._sent(call, name) for name in alternative]
            if not all(sent):
                continue
            call.caller.kind = "user" if sent else "anonymous"
            missing = set()
            for text, scopes in zip(sent, alternative.values(), strict=True):
                held = self._scopes(call, text or "")
                call.caller.claims.setdefault("credential", text)
                if held is not None:
                    missing |= set(scopes) - held
            if not missing:
                return
            lacking = missing if lacking is None else lacking
        if lacking is not None:
            raise Problem(
                403, f"The token lacks {', '.join(sorted(lacking))}.", headers=self._challenge(wanted, lacking)
            )
        raise Problem(401, self._said(wanted), headers=self._challenge(wanted, set()))

    def _sent(self, call: Call, name: str) -> str | None:
        """Return the credential of a scheme as it was sent, None where there is none of its form."""
        scheme = self.schemes.get(name)
        if scheme is None:
            return None
        kind, header = scheme.get("type"), call.headers.get("authorization") or ""
        word, _, rest = header.strip().partition(" ")
        if kind == "apiKey":
            return _key(call, str(scheme.get("in")), str(scheme.get("name") or ""))
        form = (
            str(scheme.get("scheme") or "bearer").lower()
            if kind == "http"
            else "basic"
            if kind == "basic"
            else "bearer"
        )
        if kind == "mutualTLS":
            return "mutualTLS"
        if word.lower() != form or not rest.strip():
            return None
        return _basic(rest.strip()) if form == "basic" else rest.strip()

    def _scopes(self, call: Call, text: str) -> set[str] | None:
        """Return the scopes of a token of this server, None for any other credential: it has them all."""
        tokens = self.api.store(".tokens")
        held = call.state[tokens].get(text) if tokens in call.state else None
        if held is None:
            if is_foreign(call, text):
                raise Problem(401, "The token is of another world. Ask for one in this world.",
                              headers=(("www-authenticate", 'Bearer error="invalid_token"'),))  # fmt: skip
            return None
        if held["until"] < call.world.clock.now():
            raise Problem(401, "The token is expired. Ask for a new one.",
                          headers=(("www-authenticate", 'Bearer error="invalid_token"'),))  # fmt: skip
        return set(held["scopes"])

    def _said(self, wanted: tuple[dict[str, list[str]], ...]) -> str:
        ways = [" and ".join(dict.fromkeys(self._form(name) for name in one)) for one in wanted if one]
        return f"This operation needs credentials: {' or '.join(dict.fromkeys(ways))}."

    def _form(self, name: str) -> str:
        scheme = self.schemes.get(name, {})
        if scheme.get("type") == "apiKey":
            return f"the {scheme.get('in')} {scheme.get('name')}"
        form = str(scheme.get("scheme") or "bearer") if scheme.get("type") == "http" else str(scheme.get("type"))
        return "Authorization: Basic …" if form == "basic" else "Authorization: Bearer …" if form in (
            "bearer", *_BEARER) else f"Authorization: {form} …"  # fmt: skip

    def _challenge(self, wanted: tuple[dict[str, list[str]], ...], scopes: set[str]) -> tuple[tuple[str, str], ...]:
        schemes = [self.schemes.get(name, {}) for one in wanted for name in one]
        forms = [
            str(one.get("scheme") or "").lower() if one.get("type") == "http" else str(one.get("type"))
            for one in schemes
        ]
        if scopes:
            return (("www-authenticate", f'Bearer error="insufficient_scope", scope="{" ".join(sorted(scopes))}"'),)
        if "basic" in forms:
            return (("www-authenticate", 'Basic realm="mock"'),)
        return (("www-authenticate", "Bearer" if not forms or set(forms) & {"bearer", *_BEARER} else "ApiKey"),)


def _key(call: Call, place: str, name: str) -> str | None:
    if place == "header":
        return (call.headers.get(name.lower()) or "").strip() or None
    if place == "query":
        from urllib.parse import parse_qsl

        return next((value for key, value in parse_qsl(call.text_query) if key == name and value), None)
    for pair in (call.headers.get("cookie") or "").split(";"):
        key, _, value = pair.strip().partition("=")
        if key == name and value:
            return value
    return None


def _basic(text: str) -> str | None:
    try:
        user = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    return user if ":" in user else None
