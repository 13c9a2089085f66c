"""Recognises callers by the form of their credentials alone, as the document declares it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from specdouble.mock.pipeline.call import Call, Caller
from specdouble.mock.pipeline.problems import Problem
from specdouble.openapi.contract import Service
from specdouble.openapi.dialects import current


def form_of_credentials(service: Service) -> Callable[[Call], None]:
    """Return a policy that lets in whoever sends credentials of the declared form, whatever they say."""

    @cache
    def schemes() -> dict[str, Any]:
        found: dict[str, Any] = {}
        for document in service.documents:
            found |= (current(document.raw)[0].get("components") or {}).get("securitySchemes") or {}
            document.forget()
        return found

    def admit(call: Call) -> None:
        sent = {name for name in call.op.schemes if _is_sent(schemes().get(name) or {}, call)}
        if any(alternative <= sent for alternative in call.op.accepts):
            call.caller = Caller("caller" if sent else "anonymous")
            return
        first = next(iter(call.op.spec.security[0]))
        scheme = schemes().get(first) or {}
        word = {"basic": "Basic"}.get(str(scheme.get("scheme", "")).lower(), "Bearer")
        challenge = (("www-authenticate", word),) if scheme.get("type") != "apiKey" else ()
        wanted = " or ".join(" with ".join(sorted(one)) for one in call.op.spec.security if one)
        raise Problem(401, f"Not authenticated: send the credentials of {wanted}.", headers=challenge)

    return admit


def _is_sent(scheme: dict[str, Any], call: Call) -> bool:
    if scheme.get("type") == "apiKey":
        name, place = str(scheme.get("name", "")), scheme.get("in")
        if place == "query":
            return bool(parse_qs(call.text_query).get(name))
        if place == "cookie":
            return bool(_cookies(call.headers.get("cookie")).get(name))
        return bool(call.headers.get(name.lower()))
    if scheme.get("type") == "mutualTLS":
        return True
    word, _, credential = (call.headers.get("authorization") or "").partition(" ")
    wanted = str(scheme.get("scheme", "bearer")).lower() if scheme.get("type") == "http" else "bearer"
    return word.lower() == wanted and bool(credential.strip())


def _cookies(header: str | None) -> dict[str, str]:
    from http.cookies import CookieError, SimpleCookie  # few documents declare one

    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header or "").items()}
    except CookieError:
        return {}
