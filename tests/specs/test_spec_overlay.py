"""Overlays: what an action changes, and the ones that change nothing."""

import copy
from pathlib import Path
from typing import Any

import pytest

from specdouble.openapi import SpecError, apply, load_overlay, unmatched

INFO = "info: {title: T, version: '1'}\n"


def actions(*items: dict[str, Any]) -> dict[str, Any]:
    return {"overlay": "1.0.0", "info": {"title": "T", "version": "1"}, "actions": list(items)}


def update(target: str, value: Any) -> dict[str, Any]:
    return {"target": target, "update": value}


def test_updates_merge_into_what_is_there(published: dict[str, Any]) -> None:
    overlay = actions(update("$.paths['/notes'].get", {"responses": {"200": {"x-new": 1}}, "security": []}))

    effective = apply(published, overlay)

    get = effective["paths"]["/notes"]["get"]
    assert get["responses"]["200"]["x-new"] == 1
    assert get["responses"]["200"]["description"] == "All notes"
    assert get["security"] == []


def test_one_parameter_of_a_list_can_be_updated(published: dict[str, Any]) -> None:
    overlay = actions(update("$.paths['/notes'].get.parameters[?(@.name == 'limit')]", {"example": 10}))

    (limit,) = apply(published, overlay)["paths"]["/notes"]["get"]["parameters"]

    assert (limit["name"], limit["example"]) == ("limit", 10)


def test_wildcard_gives_every_match_a_copy_of_its_own(published: dict[str, Any]) -> None:
    overlay = actions(
        update("$.paths['/notes'].*", {"x-mark": {"names": ["a"]}}),
        update("$.paths['/notes'].get['x-mark']", {"names": ["b"]}),
    )

    item = apply(published, overlay)["paths"]["/notes"]

    assert item["get"]["x-mark"] == {"names": ["a", "b"]}
    assert item["post"]["x-mark"] == {"names": ["a"]}


def test_remove_and_put_something_else(published: dict[str, Any]) -> None:
    content = "$.paths['/notes'].get.responses['200'].content['application/json']"
    overlay = actions({"target": f"{content}.schema", "remove": True}, update(content, {"schema": {"type": "string"}}))

    effective = apply(published, overlay)

    assert effective["paths"]["/notes"]["get"]["responses"]["200"]["content"] == {
        "application/json": {"schema": {"type": "string"}}
    }


def test_inputs_stay_as_they_are(published: dict[str, Any], overlay: dict[str, Any]) -> None:
    before = copy.deepcopy((published, overlay))

    effective = apply(published, overlay)
    effective["components"]["securitySchemes"]["key"]["name"] = "changed"

    assert (published, overlay) == before


def test_unmatched_actions_are_named(published: dict[str, Any]) -> None:
    overlay = actions(
        update("$.paths['/notes'].get", {"security": []}),
        update("$.paths['/notes'].put", {"security": []}),
        update("$.paths['/note'].get", {"security": []}),
        {"target": "$.components.schemas.Nothing", "remove": True},
    )

    assert unmatched(published, overlay) == [
        "$.paths['/notes'].put",
        "$.paths['/note'].get",
        "$.components.schemas.Nothing",
    ]


def test_an_action_may_build_on_an_earlier_one(published: dict[str, Any]) -> None:
    overlay = actions(
        update("$.components", {"headers": {"A": {"description": "a"}}}),
        update("$.components.headers.A", {"required": True}),
    )

    assert unmatched(published, overlay) == []
    assert apply(published, overlay)["components"]["headers"]["A"] == {"description": "a", "required": True}


@pytest.mark.parametrize("target", ["paths[", "$.paths['/notes", "$..[?(@.name ==]"])
def test_target_that_is_no_jsonpath_is_named(published: dict[str, Any], target: str) -> None:
    with pytest.raises(SpecError, match="action 0 cannot be applied") as caught:
        apply(published, actions(update(target, {})))

    assert str(caught.value).startswith(target)


def test_update_that_does_not_fit_is_named(published: dict[str, Any]) -> None:
    with pytest.raises(SpecError, match="an object takes an object"):
        apply(published, actions(update("$.paths['/notes'].get.parameters[0]", "limit")))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("openapi: 3.1.0\npaths: {}\n", "not an overlay"),
        ("overlay: 1.0.0\n", "has no info"),
        (f"overlay: 1.0.0\n{INFO}actions: [{{update: {{}}}}]\n", "action 0 has no target"),
        (f"overlay: 1.0.0\n{INFO}actions: [{{target: $.a}}, 3]\n", "action 1 has no target"),
    ],
)
def test_files_that_are_no_overlays(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "o.yaml").write_text(text)

    with pytest.raises(SpecError, match=message):
        load_overlay(tmp_path / "o.yaml")
