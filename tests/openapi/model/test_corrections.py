"""Corrections win over inference; the overlay that the model writes makes the same model again."""

from __future__ import annotations

import copy
from dataclasses import fields, replace
from typing import Any

import pytest

from specdouble.openapi.model import Model, as_overlay, as_text, infer
from specdouble.openapi.model.overlay import operation_form, resource_form
from specdouble.openapi.overlay import apply, check_overlay
from tests.openapi.model.small import document, many, op, ref, thing

DOCUMENT = document(
    {
        "GET /shops/{shop}/pets": op(
            {"type": "object", "properties": {"data": many(ref("Pet"))}}, query=("limit", "page", "name")
        ),
        "POST /shops/{shop}/pets": op(ref("Pet"), ref("Pet"), status="201"),
        "GET /pets/{petId}": op(ref("Pet")),
        "PUT /pets/{petId}": op(ref("Pet"), ref("Pet")),
        "POST /pets/{petId}/sell": op(ref("Pet")),
        "GET /pets/{petId}/it's": op(thing("a", "b")),
        "GET /me/pets": op(many(thing("at", pet=ref("Pet")))),
        "PUT /me/pets": op(query=("ids",)),
        "DELETE /me/pets": op(query=("ids",)),
        "GET /stats": op(thing("total", "count"), query=("sort",)),
    },
    Pet=thing("id", "name", "chip", shop=thing("id")),
)


def corrected(path: str, said: Any, method: str = "") -> Model:
    changed = copy.deepcopy(DOCUMENT)
    if method:
        changed["paths"][path][method]["x-specdouble-role"] = said
    else:
        changed["paths"][path]["x-specdouble-resource"] = said
    return infer(changed)


def bare(model: Model) -> Any:
    """Return a model without what a declaration changes about it."""
    resources = [replace(one, reason="", declared=False, key=replace(one.key, reason="")) for one in model.resources]
    return resources, [replace(one, reason="", declared=False) for one in model.operations]


def test_the_overlay_makes_the_same_model() -> None:
    model = infer(DOCUMENT)
    overlay = check_overlay(as_overlay(model, DOCUMENT, "shop"), "overlay")
    again = infer(apply(DOCUMENT, overlay))

    assert bare(again) == bare(model)
    assert all(one.declared for one in again.operations)
    assert again.remarks == ()


def test_the_overlay_leaves_nothing_to_inference() -> None:
    model = infer(DOCUMENT)

    for operation in model.operations:
        full = {field.name for field in fields(operation) if getattr(operation, field.name)}
        assert set(operation_form(operation)) == full - {"key", "reason"}
    for resource in model.resources:
        form = resource_form(resource)
        full = {field.name for field in fields(resource) if getattr(resource, field.name)}
        assert set(form) - {"chosen-by"} <= full
        assert form.get("chosen-by", "") == resource.key.chosen_by
        assert set(form.get("parents", {})) == {one.resource for one in resource.parents}
        assert set(form.get("key", {})) == {one.parameter for one in resource.key.parts}


def test_the_overlay_may_be_applied_twice() -> None:
    overlay = as_overlay(infer(DOCUMENT), DOCUMENT, "shop")
    once = apply(DOCUMENT, overlay)

    assert apply(once, overlay) == once


def test_a_corrected_overlay_wins() -> None:
    overlay = as_overlay(infer(DOCUMENT), DOCUMENT, "shop")
    action = next(one for one in overlay["actions"] if one["target"] == "$.paths['/pets/{petId}/sell'].post")
    action["update"]["x-specdouble-role"]["role"] = "delete"

    assert infer(apply(DOCUMENT, overlay)).by_key["POST /pets/{petId}/sell"].role == "delete"


def test_a_role_alone_is_enough() -> None:
    found = corrected("/stats", "list", "get").by_key["GET /stats"]

    assert (found.role, found.declared) == ("list", True)
    assert "declared" in found.reason


def test_parts_of_a_role() -> None:
    said = {
        "role": "find",
        "resource": "pet",
        "filters": {"chip": "/chip", "min": {"field": "id", "test": "least"}},
        "sort": "sort",
        "paging": {"style": "page", "parameters": {"page": "p"}},
        "within": {"shop": "shop"},
    }
    found = corrected("/stats", said, "get").by_key["GET /stats"]

    assert (found.role, found.resource, found.sort, found.within) == ("find", "pet", ("sort",), {"shop": "shop"})
    assert [(one.parameter, one.field, one.test) for one in found.filters] == [
        ("chip", "/chip", "equal"),
        ("min", "/id", "least"),
    ]
    assert found.paging is not None
    assert found.paging.parameters == {"page": "p"}


def test_a_name_alone_renames_the_resource_everywhere() -> None:
    model = corrected("/pets/{petId}", "animal")

    assert model.resource("pet") is None
    assert model.by_key["GET /pets/{petId}"].resource == "animal"
    assert model.by_key["POST /shops/{shop}/pets"].resource == "animal"


@pytest.mark.parametrize("key", ["chip", "/chip", {"petId": "/chip"}])
def test_the_key(key: Any) -> None:
    pet = corrected("/pets/{petId}", {"key": key, "chosen-by": "client"}).resource("pet")

    assert pet is not None
    assert [(one.parameter, one.field) for one in pet.key.parts] == [("petId", "/chip")]
    assert pet.key.chosen_by == "client"


def test_the_other_parts_of_a_resource() -> None:
    said = {
        "envelope": {"item": "/pet"},
        "owner": "caller",
        "schema": "#/components/schemas/Other",
        "parents": {"shop": {"parameter": "shop", "field": "shop_id"}},
    }
    pet = corrected("/pets/{petId}", said).resource("pet")

    assert pet is not None
    assert (pet.envelope.item, pet.envelope.list) == ("/pet", "/data")
    assert (pet.owner, pet.schema) == ("caller", "/components/schemas/Other")
    assert [(one.resource, one.field, one.implicit) for one in pet.parents] == [("shop", "/shop_id", False)]


@pytest.mark.parametrize("said", [True, False])
def test_whether_any_key_names_an_item(said: bool) -> None:
    made = corrected("/pets/{petId}", {"name": "pet", "implicit": said}).resource("pet")

    assert made is not None
    assert made.implicit is said


def test_a_resource_that_inference_does_not_see() -> None:
    model = corrected("/stats", {"name": "figure", "collection": "/stats"})

    figure = model.resource("figure")

    assert figure is not None
    assert figure.collection == "/stats"
    assert model.by_key["GET /stats"].resource == "figure"


@pytest.mark.parametrize(
    ("path", "method", "said", "remark"),
    [
        ("/stats", "get", "lst", "Did you mean list?"),
        ("/stats", "get", {"role": "list", "resource": "pett"}, "Did you mean pet?"),
        ("/stats", "get", {"rle": "list"}, "Did you mean role?"),
        ("/pets/{petId}", "", {"collection": "/petz"}, "which the document does not have"),
        ("/pets/{petId}", "", {"nme": "x"}, "Did you mean name?"),
        ("/pets/{petId}", "", 5, "neither a name nor a mapping"),
    ],
)
def test_what_cannot_be_used_is_named(path: str, method: str, said: Any, remark: str) -> None:
    model = corrected(path, said, method)

    assert len(model.remarks) == 1
    assert path in model.remarks[0]
    assert remark in model.remarks[0]
    assert model.remarks[0] in as_text(model)
