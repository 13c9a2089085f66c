"""Overlays of version 1.0 and 1.1: what their actions do, and what is refused."""

# ruff: noqa: E501

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from specdouble.openapi import SpecError, load
from specdouble.openapi import overlay as overlays
from specdouble.openapi.overlay import apply, check_overlay
from specdouble.openapi.reading import parse

TEXT = b"""
openapi: 3.1.0
info: {title: t, version: '1', x-a: 1}
tags: [{name: a}, {name: b, x-internal: true}, {name: c}]
servers: [{url: http://a}, {url: http://b}]
paths:
  /a/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}, {name: q, in: query, schema: {type: string}}]
    get: {operationId: ga, tags: [a], summary: s, responses: {'200': {description: ok}, '404': {description: no}}, x-internal: true}
    post: {operationId: pa, tags: [a, b], responses: {'200': {description: ok}}}
  /b:
    get: {operationId: gb, tags: [c], deprecated: true, responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#/c'}}}}}}
components: {schemas: {A: {type: object, properties: {x-y: {type: string}, n: {type: integer, minimum: 3}}, required: [n]}}}
"""
P = "/a/{id}"


def run(*actions: Any, v: str = "1.0.0") -> Any:
    overlay = {"overlay": v, "info": {"title": "t", "version": "1"}, "actions": list(actions)}
    return apply(parse(TEXT, "d"), check_overlay(overlay, "o"))


def up(target: str, update: Any) -> Any:
    return {"target": target, "update": update}


def rm(target: str) -> Any:
    return {"target": target, "remove": True}


def g(document: Any) -> Any:
    return document["paths"]


MADE: dict[str, tuple[Callable[[], Any], Any]] = {
    "descendant by name": (lambda: list(g(run(rm("$..responses['404']")))[P]["get"]["responses"]), ["200"]),
    "wild method filter": (lambda: "post" in g(run(rm("$.paths.*[?@.operationId=='pa']")))[P], False),
    "filter count tags": (lambda: "post" in g(run(rm("$.paths.*[?count(@.tags[*])==2]")))[P], False),
    "filter length": (lambda: "post" in g(run(rm("$.paths.*[?length(@.tags)==2]")))[P], False),
    "filter match": (lambda: sorted(g(run(rm("$.paths.*[?match(@.operationId,'g.')]")))[P]), ["parameters", "post"]),
    "filter search": (lambda: "post" in g(run(rm("$.paths.*[?search(@.operationId,'^p')]")))[P], False),
    "filter value": (lambda: len(run(rm("$.tags[?value(@.name)=='a']"))["tags"]), 2),
    "filter not": (lambda: [t["name"] for t in run(rm("$.tags[?!@.x-internal]"))["tags"]], ["b"]),
    "filter not quoted": (lambda: [t["name"] for t in run(rm("$.tags[?!@['x-internal']]"))["tags"]], ["b"]),
    "filter and/or": (
        lambda: [t["name"] for t in run(rm("$.tags[?@.name=='a'||(@.name=='c'&&!@['x-internal'])]"))["tags"]],
        ["b"],
    ),
    "filter compare num": (
        lambda: (
            "n"
            in run(rm("$.components.schemas.*.properties[?@.minimum>=3]"))["components"]["schemas"]["A"]["properties"]
        ),
        False,
    ),
    "filter absolute": (
        lambda: [t["name"] for t in run(rm("$.tags[?@.name==$.paths['/b'].get.tags[0]]"))["tags"]],
        ["a", "b"],
    ),
    "filter true literal": (lambda: [t["name"] for t in run(rm("$.tags[?@['x-internal']==true]"))["tags"]], ["a", "c"]),
    "filter nested": (lambda: "post" in g(run(rm("$.paths.*[?@.tags[?@=='b']]")))[P], False),
    "filter paren form": (lambda: "post" in g(run(rm("$.paths.*[?(@.operationId=='pa')]")))[P], False),
    "slice": (lambda: [t["name"] for t in run(rm("$.tags[1:]"))["tags"]], ["a"]),
    "slice step": (lambda: [t["name"] for t in run(rm("$.tags[::2]"))["tags"]], ["b"]),
    "negative": (lambda: [t["name"] for t in run(rm("$.tags[-1]"))["tags"]], ["a", "b"]),
    "union": (lambda: [t["name"] for t in run(rm("$.tags[0,2]"))["tags"]], ["b"]),
    "union names": (lambda: sorted(g(run(rm("$.paths.*['get','post']")))[P]), ["parameters"]),
    "mixed union": (lambda: [t["name"] for t in run(rm("$.tags[0,?@.name=='c']"))["tags"]], ["b"]),
    "overlapping union": (lambda: [t["name"] for t in run(rm("$.tags[0,0,?@.name=='a']"))["tags"]], ["b", "c"]),
    "double quoted": (lambda: "get" in g(run(rm('$.paths["/b"].get')))["/b"], False),
    "unicode escape": (lambda: "get" in g(run(rm("$.paths['\\u002fb'].get")))["/b"], False),
    "root update": (
        lambda: run(up("$", {"x-new": 1, "info": {"title": "z"}}))["info"],
        {"title": "z", "version": "1", "x-a": 1},
    ),
    "append obj": (lambda: run(up("$.tags", {"name": "d"}))["tags"][-1], {"name": "d"}),
    "append list in update merge": (lambda: run(up("$", {"tags": [{"name": "d"}]}))["tags"][-1], {"name": "d"}),
    "append to many": (
        lambda: [g(run(up("$.paths.*.*.tags", "z")))[P][m]["tags"] for m in ("get", "post")],
        [["a", "z"], ["a", "b", "z"]],
    ),
    "replace primitive by parent": (
        lambda: g(run(up("$.paths['/b'].get", {"summary": "x", "deprecated": False})))["/b"]["get"]["summary"],
        "x",
    ),
    "null value": (lambda: run(up("$.info", {"description": None}))["info"]["description"], None),
    "remove wins over update": (
        lambda: "tags" in run({"target": "$.tags", "update": {"name": "x"}, "remove": True}),
        False,
    ),
    "11 primitive": (lambda: run(up("$.info.title", "x"), v="1.1.0")["info"]["title"], "x"),
    "11 array concat": (
        lambda: run(up("$.servers", [{"url": "c"}, {"url": "d"}]), v="1.1.0")["servers"][2:],
        [{"url": "c"}, {"url": "d"}],
    ),
    "11 copy": (
        lambda: g(run({"target": "$.paths['/b']", "copy": "$.paths['/a/{id}']"}, v="1.1.0"))["/b"]["post"][
            "operationId"
        ],
        "pa",
    ),
    "11 copy then remove = move": (
        lambda: sorted(
            g(
                run(
                    up("$.paths", {"/z": {}}),
                    {"target": "$.paths['/z']", "copy": "$.paths['/b']"},
                    rm("$.paths['/b']"),
                    v="1.1.0",
                )
            )
        ),
        ["/a/{id}", "/z"],
    ),
    "11 copy primitive": (
        lambda: run({"target": "$.info.title", "copy": "$.tags[0].name"}, v="1.1.0")["info"]["title"],
        "a",
    ),
    "11 copy array to array": (lambda: len(run({"target": "$.tags", "copy": "$.servers"}, v="1.1.0")["tags"]), 5),
    "11 mixed targets": (lambda: run(up("$.tags[*].name", "x"), v="1.1.0")["tags"][2]["name"], "x"),
    "11 info description": (
        lambda: check_overlay(
            {"overlay": "1.1.0", "info": {"title": "t", "version": "1", "description": "d"}, "actions": [rm("$.x")]},
            "o",
        )["overlay"],
        "1.1.0",
    ),
}
REFUSED: dict[str, Callable[[], Any]] = {
    "10 primitive refused": lambda: run(up("$.info.title", "x")),
    "11 primitive wrong": lambda: run(up("$.info.title", {"a": 1}), v="1.1.0"),
    "11 copy many refused": lambda: run({"target": "$.info", "copy": "$.tags[*]"}, v="1.1.0"),
    "11 copy none refused": lambda: run({"target": "$.info", "copy": "$.nope"}, v="1.1.0"),
}
FORMS: list[Any] = [
    {"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": []},
    {"overlay": "2.0.0", "info": {"title": "t", "version": "1"}, "actions": [rm("$.a")]},
    {"overlay": "1.0.0", "info": {"title": "t"}, "actions": [rm("$.a")]},
    {"info": {"title": "t", "version": "1"}, "actions": [rm("$.a")]},
    {"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": [{"update": {}}]},
    {"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": [{"target": "$.a", "remove": "yes"}]},
    {"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": [{"target": 1, "remove": True}]},
    {"overlay": "1.0.0", "info": {"title": "t", "version": 1}, "actions": [rm("$.a")]},
    {"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": [rm("$.a")], "extra": 1},
    {"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": [{"target": "$.a", "copy": "$.b"}]},
    {"overlay": 1.0, "info": {"title": "t", "version": "1"}, "actions": [rm("$.a")]},
    {"overlay": "1.0", "info": {"title": "t", "version": "1"}, "actions": [rm("$.a")]},
    {"overlay": "1.0.0", "info": "x", "actions": [rm("$.a")]},
    {"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": {}},
    {"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "extends": 1, "actions": [rm("$.a")]},
    {"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": ["x"]},
    [],
    {"overlay": None},
]


@pytest.mark.parametrize("name", MADE)
def test_actions(name: str) -> None:
    made, expected = MADE[name]

    assert made() == expected


@pytest.mark.parametrize("name", REFUSED)
def test_actions_that_cannot_be_done(name: str) -> None:
    with pytest.raises(SpecError):
        REFUSED[name]()


@pytest.mark.parametrize("overlay", FORMS)
def test_what_is_no_overlay(overlay: Any) -> None:
    with pytest.raises(SpecError):
        check_overlay(overlay, "o")


def test_the_overlay_on_the_page_does_what_the_page_says() -> None:
    docs = Path(__file__).resolve().parents[2] / "docs"
    (block,) = re.findall(r"```yaml\n(.*?)```", (docs / "overlays.md").read_text(), re.S)
    document = load(docs / "examples" / "library.yaml")

    effective, misses = overlays.run(document, check_overlay(parse(block.encode(), "page"), "page"))

    assert misses == []
    books = effective["paths"]["/books"]["get"]
    assert books["operationId"] == "list_books"
    names = [one["name"] for one in books["parameters"]]
    assert names[-1] == "language"
    assert "sort" not in names
    assert all(
        "default" in one["responses"]
        for path in effective["paths"].values()
        for one in path.values()
        if "responses" in one
    )
    assert effective["info"]["title"] == "The library"
    assert effective["paths"]["/opening-hours"]["get"] != document["paths"]["/opening-hours"]["get"]
