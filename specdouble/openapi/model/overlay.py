"""The model as an OpenAPI overlay, to be corrected by hand and applied to the document."""

from typing import Any

from specdouble.openapi.extensions import RESOURCE, ROLE
from specdouble.openapi.model.parts import Model, Operation, Resource


def as_overlay(model: Model, document: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the overlay that says what the model says. Applied to the document it makes the same model.

    Lists are avoided in it, since overlays append them: mappings can be applied twice.
    """
    paths = document.get("paths")
    known = paths if isinstance(paths, dict) else {}
    actions: list[dict[str, Any]] = []
    taken: set[str] = set()
    for one in model.resources:
        home = next((path for path in _homes(one, known) if path not in taken), None)
        if home is not None:
            taken.add(home)
            actions.append(
                {
                    "target": f"$.paths[{quoted(home)}]",
                    "description": one.reason,
                    "update": {RESOURCE: resource_form(one)},
                }
            )
    for operation in model.operations:
        method, _, path = operation.key.partition(" ")
        actions.append(
            {
                "target": f"$.paths[{quoted(path)}].{method.lower()}",
                "description": operation.reason,
                "update": {ROLE: operation_form(operation)},
            }
        )
    title = f"The resource model of {name}"
    return {"overlay": "1.0.0", "info": {"title": title, "version": "1.0.0"}, "actions": actions}


def _homes(one: Resource, known: dict[str, Any]) -> list[str]:
    own = [path for path in (one.item, one.collection, *one.other_paths) if path in known]
    return own + [path for path in known if one.item and path.startswith(f"{one.item}/")]


def quoted(text: str) -> str:
    """Return a name as JSONPath has it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def resource_form(one: Resource) -> dict[str, Any]:
    """Return a resource as `x-specdouble-resource` says it."""
    made: dict[str, Any] = {
        "name": one.name,
        "item": one.item,
        "collection": one.collection,
        "key": {part.parameter: part.field for part in one.key.parts},
        "chosen-by": one.key.chosen_by,
        "schema": f"#{one.schema}" if one.schema else "",
        "envelope": {
            where: pointer
            for where, pointer in (
                ("list", one.envelope.list), ("item", one.envelope.item), ("request", one.envelope.request),
            )
            if pointer
        },
        "parents": {
            parent.resource: {
                "parameter": parent.parameter,
                "field": parent.field,
                "implicit": parent.implicit,
                "optional": parent.optional,
            }
            for parent in one.parents
        },
        "owner": one.owner,
        "implicit": one.implicit,
    }  # fmt: skip
    return {key: value for key, value in made.items() if value}


def operation_form(one: Operation) -> dict[str, Any]:
    """Return an operation as `x-specdouble-role` says it."""
    made: dict[str, Any] = {
        "role": one.role,
        "resource": one.resource,
        "style": one.style,
        "answers": one.answers,
        "at": one.at,
        "key_at": one.key_at,
        "within": dict(one.within),
        "members": one.members,
        "sort": " ".join(one.sort),
        "filters": {filter_.parameter: {"field": filter_.field, "test": filter_.test} for filter_ in one.filters},
    }
    if one.paging is not None:
        paging = one.paging
        made["paging"] = {"style": paging.style, "parameters": dict(paging.parameters)}
        made["paging"] |= {"members": dict(paging.members)} if paging.members else {}
    return {key: value for key, value in made.items() if value}
