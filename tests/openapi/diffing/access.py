"""Pairs about security and servers."""

from __future__ import annotations

from typing import Any

from tests.openapi.diff_cases import BREAKING, COMPATIBLE, EQUAL, TEXT, document
from tests.openapi.diffing.common import Cases

CASES = case = Cases()
there_and_back = case.there_and_back


SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "basic": {"type": "http", "scheme": "basic"},
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "s"},
    "oauth": {
        "type": "oauth2",
        "flows": {"clientCredentials": {"tokenUrl": "/t", "scopes": {"r": "", "w": ""}}},
    },
    "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://a/c"},
    "tls": {"type": "mutualTLS"},
}


def secured(given: Any, top: Any = None, **changed: Any) -> Any:
    made = document(**({} if given is None else {"security": given}))
    made["components"] = {"securitySchemes": {**SCHEMES, **changed}}
    return made if top is None else {**made, "security": top}


there_and_back("sec-added", BREAKING, COMPATIBLE, secured(None), secured([{"bearer": []}]))
there_and_back(
    "sec-alternative", COMPATIBLE, BREAKING, secured([{"bearer": []}]), secured([{"bearer": []}, {"key": []}])
)
there_and_back("sec-optional", COMPATIBLE, BREAKING, secured([{"bearer": []}]), secured([{"bearer": []}, {}]))
there_and_back("sec-both", BREAKING, COMPATIBLE, secured([{"bearer": []}]), secured([{"bearer": [], "key": []}]))
there_and_back("sec-scope", BREAKING, COMPATIBLE, secured([{"oauth": ["r"]}]), secured([{"oauth": ["r", "w"]}]))
there_and_back("sec-oidc-scope", BREAKING, COMPATIBLE, secured([{"oidc": ["r"]}]), secured([{"oidc": ["r", "w"]}]))
there_and_back("sec-other", BREAKING, BREAKING, secured([{"bearer": []}]), secured([{"basic": []}]))
there_and_back("sec-other-oauth", BREAKING, BREAKING, secured([{"oauth": []}]), secured([{"oidc": []}]))
there_and_back(
    "sec-key-place",
    BREAKING,
    BREAKING,
    secured([{"key": []}]),
    secured([{"key": []}], key={"type": "apiKey", "in": "query", "name": "X-Key"}),
)
case(
    "sec-scheme-case",
    EQUAL,
    secured([{"bearer": []}]),
    secured([{"bearer": []}], bearer={"type": "http", "scheme": "Bearer"}),
)
case(
    "sec-scheme-description",
    EQUAL,
    secured([{"key": []}]),
    secured([{"key": []}], key={**SCHEMES["key"], "description": "x"}),
)
case(
    "sec-bearer-format",
    EQUAL,
    secured([{"bearer": []}]),
    secured([{"bearer": []}], bearer={**SCHEMES["bearer"], "bearerFormat": "JWT"}),
)
case("sec-tls-instead", BREAKING, secured([{"bearer": []}]), secured([{"tls": []}]))
case("sec-inherited", EQUAL, secured(None, [{"key": []}]), secured([{"key": []}], [{"key": []}]))
case("sec-emptied", COMPATIBLE, secured(None, [{"key": []}]), secured([], [{"key": []}]))
case(
    "sec-global-changed-unused",
    EQUAL,
    secured([{"key": []}], [{"bearer": []}]),
    secured([{"key": []}], [{"basic": []}]),
)
case(
    "sec-scope-alternatives",
    COMPATIBLE,
    secured([{"oauth": ["r", "w"]}]),
    secured([{"oauth": ["r"]}, {"oauth": ["w"]}]),
)
IMPLICIT = {"implicit": {"authorizationUrl": "https://a/z", "scopes": {}}}
case(
    "sec-flow-added",
    COMPATIBLE,
    secured([{"oauth": []}]),
    secured([{"oauth": []}], oauth={"type": "oauth2", "flows": {**SCHEMES["oauth"]["flows"], **IMPLICIT}}),
)


# Servers, paths, operations.
def at(listed: Any, **more: Any) -> Any:
    return {**document(**more), "servers": listed}


case("srv-host", COMPATIBLE, at([{"url": "https://a/v1"}]), at([{"url": "https://b/v1"}]))
case("srv-base", BREAKING, at([{"url": "https://a/v1"}]), at([{"url": "https://a/v2"}]))
case("srv-more", COMPATIBLE, at([{"url": "https://a/v1"}]), at([{"url": "https://a/v1"}, {"url": "https://a/v2"}]))
case("srv-slash", EQUAL, at([{"url": "https://a/v1"}]), at([{"url": "https://a/v1/"}]))
case("srv-description", EQUAL, at([{"url": "https://a"}]), at([{"url": "https://a", "description": "x"}]))
case(
    "srv-variable-base",
    BREAKING,
    at([{"url": "/{v}", "variables": {"v": {"default": "v1"}}}]),
    at([{"url": "/{v}", "variables": {"v": {"default": "v2"}}}]),
)
case(
    "srv-variable-value-gone",
    BREAKING,
    at([{"url": "/{v}", "variables": {"v": {"default": "v1", "enum": ["v1", "v2"]}}}]),
    at([{"url": "/{v}", "variables": {"v": {"default": "v1", "enum": ["v1"]}}}]),
)
case("srv-variable-inlined", EQUAL, at([{"url": "/{v}", "variables": {"v": {"default": "v1"}}}]), at([{"url": "/v1"}]))
case("srv-of-operation", BREAKING, at([{"url": "/v1"}]), at([{"url": "/v1"}], servers=[{"url": "/v2"}]))
case("srv-none-is-slash", EQUAL, document(), at([{"url": "/"}]))
case("op-summary", EQUAL, document(summary="a"), document(summary="b", description="c"))
case("op-external-docs", EQUAL, document(), document(externalDocs={"url": "https://a"}))
case("op-extension", EQUAL, document(**{"x-a": 1}), document(**{"x-a": 2}))
case("op-deprecated-removed", BREAKING, document(deprecated=True), {**document(), "paths": {}})
case(
    "op-moved-method", BREAKING, document(), {**document(), "paths": {"/a": {"put": document()["paths"]["/a"]["post"]}}}
)
case("info-changed", EQUAL, document(), {**document(), "info": {"title": "z", "version": "9"}, "tags": [{"name": "a"}]})
case("component-added", EQUAL, document(), {**document(), "components": {"schemas": {"Z": TEXT}}})


# What is promised beyond the schema.
case("op-stability-decreased", BREAKING, document(), document(**{"x-stability-level": "beta"}))
case("op-stability-increased", COMPATIBLE, document(**{"x-stability-level": "alpha"}), document())
case("op-stability-said", EQUAL, document(), document(**{"x-stability-level": "stable"}))
MORE = {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "/t", "scopes": {"r": "", "w": "", "x": ""}}}}
there_and_back(
    "sec-scope-offered", COMPATIBLE, COMPATIBLE, secured([{"oauth": ["r"]}]), secured([{"oauth": ["r"]}], oauth=MORE)
)
