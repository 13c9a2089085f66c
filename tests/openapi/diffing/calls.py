"""Pairs about webhooks and callbacks, where the API itself calls."""

from __future__ import annotations

from typing import Any

from tests.openapi.diff_cases import BREAKING, COMPATIBLE, TEXT, WHOLE, document, obj, query
from tests.openapi.diffing.common import OK, Cases

CASES = case = Cases()
there_and_back = case.there_and_back


def hook(schema: Any, response: Any = None, **more: Any) -> Any:
    made = document()
    operation = {
        "requestBody": {"content": {"application/json": {"schema": schema}}},
        "responses": {"200": response or OK},
        **more,
    }
    return {**made, "webhooks": {"w": {"post": operation}}}


def callback(schema: Any) -> Any:
    called = {"requestBody": {"content": {"application/json": {"schema": schema}}}, "responses": {"200": OK}}
    return document(callbacks={"c": {"{$request.body#/url}": {"post": called}}})


for kind, make in (("hook", hook), ("callback", callback)):
    there_and_back(f"{kind}-property", BREAKING, COMPATIBLE, make(obj(a=TEXT, b=TEXT)), make(obj(a=TEXT)))
    there_and_back(
        f"{kind}-enum", COMPATIBLE, BREAKING, make({**TEXT, "enum": ["a", "b"]}), make({**TEXT, "enum": ["a"]})
    )
    there_and_back(f"{kind}-type", BREAKING, BREAKING, make(TEXT), make(WHOLE))
    there_and_back(f"{kind}-required", COMPATIBLE, BREAKING, make(obj(a=TEXT)), make(obj(["a"], a=TEXT)))
there_and_back(
    "hook-response-required",
    BREAKING,
    COMPATIBLE,
    hook(TEXT, {**OK, "content": {"application/json": {"schema": obj(a=TEXT)}}}),
    hook(TEXT, {**OK, "content": {"application/json": {"schema": obj(["a"], a=TEXT)}}}),
)
there_and_back(
    "hook-parameter-new", COMPATIBLE, BREAKING, hook(TEXT), hook(TEXT, parameters=[query("X-Sig", **{"in": "header"})])
)
case(
    "callback-expression",
    BREAKING,
    callback(TEXT),
    document(callbacks={"c": {"{$request.body#/other}": {"post": {"responses": {"200": OK}}}}}),
)
