"""Tokens of this server's own: the endpoints of OAuth 2 and OpenID Connect, where a document declares such a scheme.

Nobody has to register or to log in: whoever asks gets a token, with the scopes that were asked for.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import orjson

from specdouble.mock.inferred.api import Api
from specdouble.mock.inferred.items.store import TOKENS
from specdouble.mock.pipeline.call import Call, Response
from specdouble.openapi import Document

TOKEN_SECONDS = 3600
PREFIX = "mock_"  # of this server's tokens; in a world beside main its mark follows
_CODE = "code:"
_REFRESH = "refresh:"
_NEVER = 1e15  # a time that does not come; JSON, in which worlds are exported, has no infinity
JSON = "application/json"


def endpoints(api: Api) -> dict[str, Callable[[Call], Response]]:
    """Return what answers each endpoint that the schemes need and that is no operation of the document, by key."""
    flows = [flow for scheme in api.security_schemes.values() for flow in _flows(scheme)]
    if not any(scheme.get("type") in ("oauth2", "openIdConnect") for scheme in api.security_schemes.values()):
        return {}
    oauth = Issuer(api)
    found: dict[str, Callable[[Call], Response]] = {}
    for name, path in (
        *(("token", _path(flow.get(one))) for flow in flows for one in ("tokenUrl", "refreshUrl")),
        *(("authorize", _path(flow.get("authorizationUrl"))) for flow in flows),
        ("token", "/oauth/token"),
        ("authorize", "/oauth/authorize"),
        ("configuration", "/.well-known/openid-configuration"),
        ("keys", "/.well-known/jwks.json"),
    ):
        key = f"{'POST' if name == 'token' else 'GET'} {path}"
        if path and path != "/" and key not in api.operations and "{" not in path:
            found.setdefault(key, getattr(oauth, name))
            oauth.paths.setdefault(name, path)
    return found


def document_of(keys: dict[str, Any]) -> Document:
    """Return a small document with the endpoints as operations, so that they are served like any other."""
    paths: dict[str, Any] = {}
    for key in keys:
        method, _, path = key.partition(" ")
        operation = {
            "summary": "An endpoint of OAuth 2 of the mock server",
            "responses": {"200": {"description": "OK"}},
        }
        paths.setdefault(path, {})[method.lower()] = operation
    whole = {"openapi": "3.1.0", "info": {"title": "OAuth 2", "version": "1"}, "paths": paths}
    return Document("oauth", orjson.dumps(whole))


def _flows(scheme: dict[str, Any]) -> Iterator[dict[str, Any]]:
    flows = scheme.get("flows")
    for one in flows.values() if isinstance(flows, dict) else ():
        if isinstance(one, dict):
            yield one


def token_path(scheme: dict[str, Any]) -> str:
    """Return the path at which this server issues tokens of a scheme: that of its `tokenUrl`, if it has one."""
    paths = (_path(flow.get("tokenUrl")) for flow in _flows(scheme))
    return next((one for one in paths if one not in ("", "/") and "{" not in one), "/oauth/token")


def _path(address: Any) -> str:
    try:
        return urlsplit(address).path if isinstance(address, str) else ""
    except ValueError:
        return ""


class Issuer:
    """Issues the tokens of one service."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.paths: dict[str, str] = {}
        self.scopes = scopes_of(api)

    def token(self, call: Call) -> Response:
        """Response a request for a token, of any grant."""
        form = _form(call)
        grant = form.get("grant_type", "client_credentials")
        scopes = form.get("scope", "").split()
        held = None
        if grant == "authorization_code":
            held = self._take(call, _CODE + form.get("code", ""))
        elif grant == "refresh_token":
            held = call.state[self._store].get(_REFRESH + form.get("refresh_token", ""))
        elif grant not in ("client_credentials", "password") and not grant.startswith("urn:"):
            return _error("unsupported_grant_type", f"This server knows no grant {grant[:40]}.")
        if grant in ("authorization_code", "refresh_token") and held is None:
            return _error("invalid_grant", "Nobody was given that code or refresh token.")
        unknown = [one for one in scopes if one not in self.scopes] if self.scopes else []
        if unknown:
            return _error("invalid_scope", f"The document knows no scope {unknown[0][:60]}.")
        given = scopes or (held["scopes"] if held else sorted(self.scopes))
        body = issue(self.api, call, given)
        if grant != "client_credentials":
            body["refresh_token"] = refresh = f"mockr_{secrets.token_hex(16)}"
            call.state[self._store].put({"key": _REFRESH + refresh, "scopes": given, "until": _NEVER})
        if "openid" in given:
            body["id_token"] = _id_token(call, self._issuer(call), form.get("client_id", "client"))
        return Response(body, status=200, content_type=JSON, headers=(("cache-control", "no-store"),))

    def authorize(self, call: Call) -> Response:
        """Send the caller back with a code, or with a token where that was asked for."""
        asked = dict(parse_qsl(call.text_query))
        scopes = asked.get("scope", "").split() or sorted(self.scopes)
        back = asked.get("redirect_uri", "")
        if "token" in asked.get("response_type", "code").split():
            given = {**issue(self.api, call, scopes), "state": asked.get("state", "")}
            mark = "#"
        else:
            code = secrets.token_hex(12)
            call.state[self._store].put({"key": _CODE + code, "scopes": scopes, "until": call.world.clock.now() + 600})
            given = {"code": code, "state": asked.get("state", "")}
            mark = "&" if "?" in back else "?"
        given = {name: one for name, one in given.items() if one != ""}
        if not back:
            return Response(given, status=200, content_type=JSON)
        return Response(b"", status=302, headers=(("location", f"{back}{mark}{urlencode(given)}"),))

    def configuration(self, call: Call) -> Response:
        """Response with what OpenID Connect calls the configuration of a provider."""
        issuer = self._issuer(call)
        body = {
            "issuer": issuer,
            "authorization_endpoint": issuer + quote(self.paths.get("authorize", "/oauth/authorize")),
            "token_endpoint": issuer + quote(self.paths.get("token", "/oauth/token")),
            "jwks_uri": issuer + "/.well-known/jwks.json",
            "scopes_supported": sorted({"openid", *self.scopes}),
            "response_types_supported": ["code", "token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["HS256"],
        }
        return Response(body, status=200, content_type=JSON)

    def keys(self, _call: Call) -> Response:
        """Response with the public keys of the provider: none, for its tokens are signed with a shared secret."""
        return Response({"keys": []}, status=200, content_type=JSON)

    @property
    def _store(self) -> str:
        return self.api.store(TOKENS)

    def _take(self, call: Call, key: str) -> Any:
        store = call.state[self._store]
        return store.remove(key) if key in store else None

    def _issuer(self, call: Call) -> str:
        return f"http://{call.headers.get('host') or 'localhost'}"


def scopes_of(api: Api) -> set[str]:
    """Return the scopes that a document knows."""
    found: set[str] = set()
    for scheme in api.security_schemes.values():
        for flow in _flows(scheme):
            scopes = flow.get("scopes")
            found.update(scopes if isinstance(scopes, dict) else ())
    for alternatives in api.security.values():
        for one in alternatives:
            for scopes in one.values():
                found.update(scopes)
    return found


def issue(api: Api, call: Call, scopes: list[str], token: str = "") -> dict[str, Any]:
    """Keep a token with its scopes, and return what is said about it."""
    token = token or f"{PREFIX}{call.world.mark}{'_' if call.world.mark else ''}{secrets.token_hex(20)}"
    until = call.world.clock.now() + TOKEN_SECONDS
    call.state[api.store(TOKENS)].put({"key": token, "scopes": list(scopes), "until": until})
    return {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS, "scope": " ".join(scopes)}


def is_foreign(call: Call, text: str) -> bool:
    """Tell whether a credential is a token of this server that another world issued."""
    if not text.startswith(PREFIX):
        return False
    return text.removeprefix(PREFIX).rpartition("_")[0] not in call.world.honours


def _id_token(call: Call, issuer: str, client: str) -> str:
    import jwt

    now = int(call.world.clock.now())
    claims = {
        "iss": issuer,
        "sub": "user",
        "aud": client,
        "iat": now,
        "exp": now + TOKEN_SECONDS,
        "email": "user@example.com",
    }
    return jwt.encode(claims, "mock-secret-of-no-value-at-all-32", algorithm="HS256")


def _form(call: Call) -> dict[str, str]:
    kind = call.headers.get("content-type") or ""
    if "json" in kind:
        try:
            value = orjson.loads(call.raw)
        except orjson.JSONDecodeError:
            return {}
        return {str(name): str(one) for name, one in value.items()} if isinstance(value, dict) else {}
    return dict(parse_qsl(call.raw.decode("utf-8", "replace"))) | dict(parse_qsl(call.text_query))


def _error(code: str, sentence: str) -> Response:
    return Response({"error": code, "error_description": sentence}, status=400, content_type=JSON)
