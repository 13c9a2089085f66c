"""What the functions of apps do: the platform's own, and a believable stand-in for everybody else's.

A function takes the world, the user and its parameters, and returns ``(data, summary)``; it fails by raising
``FunctionError`` with a sentence for the user.
"""

from __future__ import annotations

from typing import Any, NoReturn

import jsonschema_rs

from specdouble.mock.kit import Doc, Problem, World, part

from ..builtin import _builtin
from ..kernel import _records
from . import _ir, _panels, _shape
from ._outcomes import FunctionError, Performed, whole

LISTED = 100


def perform(world: World, user: Doc, app: Doc, declared: Doc, params: Doc) -> Performed:
    """Run a declared function with its parameters checked against its own schema.

    A refusal of the platform (a quota, a missing rule) is a failure of the function, not of the request (C02); what
    it wrote by then is undone.
    """
    _check(declared["params_schema"], params)
    known = _builtin.FUNCTIONS.get((app["app_id"], declared["name"]))
    try:
        with world.attempt():
            if known is not None:
                return known.run(world, user, params)
            if declared["name"].startswith(_panels.PREFIX):
                return _panels.render(world, user, app, declared["name"])
            done = _ir.run_step(world, user, app, declared["name"], params)
            if done is None:
                data, summary = _stand_in(world, user, app, declared, params)
                done = _shape.fit(declared.get("return_schema"), data), summary
            return done
    except Problem as refusal:
        raise FunctionError(sentence(refusal)) from None


def sentence(refusal: Problem) -> str:
    """Return what a refusal says, as one sentence."""
    detail = refusal.detail
    if isinstance(detail, list):
        return "; ".join(f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in detail)
    return str(detail["message"]) if isinstance(detail, dict) else str(detail)


def _check(schema: Any, params: Doc) -> None:
    """Check parameters against a developer's schema; one that is no schema checks nothing, and none is fetched."""
    if not schema or not isinstance(schema, dict):
        return
    try:
        validator = jsonschema_rs.validator_for(schema, retriever=_unreachable)
    except (ValueError, TypeError):
        return
    error = next(validator.iter_errors(params), None)
    if error is not None:
        at = ".".join(["params", *map(str, error.instance_path)])
        raise FunctionError(f"{at}: {error.message}")


def _unreachable(uri: str) -> NoReturn:
    raise ValueError(f"{uri} is not part of the schema")


# -- everybody else's ----------------------------------------------------------------------------------------------


def _stand_in(world: World, user: Doc, app: Doc, declared: Doc, params: Doc) -> Performed:
    """Keep documents per user and app: a write stores what it was given, a read lists it, a delete takes it away.

    The collection is the last part of the function's name (``create_note`` and ``list_notes`` share ``note``). A
    write that names a document that is there changes it.
    """
    verb, _, noun = declared["name"].partition("_")
    collection = (noun or verb).removesuffix("s") or verb
    key = {"app_id": app["app_id"], "user_id": user["imperal_id"], "collection": collection}
    records = world.state["records"]
    if declared["action_type"] == "read":
        return _listed(world, key, params)
    name = f"{collection}_id"
    wanted = params.get(name, params.get("id"))
    found = records.get(wanted) if isinstance(wanted, str) else None
    if found is not None and any(found[field] != value for field, value in key.items()):
        found = None
    if declared["action_type"] == "destructive":
        if found is None:
            raise FunctionError(f"There is no {collection} {wanted!r}.")
        records.remove(found["id"])
        return {"deleted": True, name: found["id"]}, f"The {collection} is deleted."
    data = {field: value for field, value in params.items() if field not in (name, "id")}
    if found is not None:
        kept = _records.merge(world, found, data)
    elif wanted is not None:
        raise FunctionError(f"There is no {collection} {wanted!r}.")
    else:
        kept = _records.put(world, **key, data=data, prefix=f"{collection}_")
    return {**kept["data"], "id": kept["id"], name: kept["id"]}, f"The {collection} is saved."


def _listed(world: World, key: Doc, params: Doc) -> Performed:
    limit = whole(params, "limit", LISTED)
    search = params.get("query", params.get("search"))
    records, wanted = world.state["records"], search.lower() if isinstance(search, str) else ""
    found = (one for one in records.newest(**key) if not wanted or wanted in str(one["data"]).lower())
    items = [{**one["data"], "id": one["id"]} for one in part(found, 0, limit)]
    total = len(items) + sum(1 for _ in found) if wanted else records.count(**key)
    return {"items": items, "total": total}, f"{total} found."
