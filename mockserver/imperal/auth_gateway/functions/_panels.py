"""Panels of apps (functions called ``__panel__<id>``): a tree of the platform's UI kit with what the person has there.

A panel whose manifest declares a tree answers that. The code of any other is not here: its tree shows what a platform
app answers first, or lists the person's own documents of the app.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from specdouble.mock.kit import Doc, Problem, World

from ..apps import _apps
from ..builtin import _builtin
from ._outcomes import FunctionError, Performed

PREFIX = "__panel__"
SHOWN = 20
LONGEST = 80
TITLES = ("title", "display_name", "name", "filename", "subject", "text", "email", "prompt", "label")


def declared(app: Doc, name: str) -> Doc | None:
    """Return the panel that a function of that name shows, or None when the manifest declares none."""
    if not name.startswith(PREFIX):
        return None
    panels = (app.get("manifest_json") or {}).get("panels")
    wanted = name.removeprefix(PREFIX)
    found = [one for one in panels if isinstance(one, dict)] if isinstance(panels, list) else []
    return next((one for one in found if one.get("panel_id") == wanted), None)


def function(app: Doc, name: str) -> Doc | None:
    """Return a panel as a function that can be called, or None."""
    panel = declared(app, name)
    if panel is None:
        return None
    text = f"Panel: {panel.get('title') or name.removeprefix(PREFIX)}"
    return {"name": name, "description": text, "params_schema": {}, "action_type": "read"}


def render(world: World, user: Doc, app: Doc, name: str) -> Performed:
    """Return what the SDK's panels return: ``{ui, panel_id}``."""
    panel = declared(app, name)
    if panel is None:
        raise FunctionError(f"The manifest of {app['app_id']} declares no panel {name.removeprefix(PREFIX)!r}.")
    title = str(panel.get("title") or app["name"])
    tree = panel.get("tree") or _tree(world, user, app, title)
    return {"ui": tree, "panel_id": panel["panel_id"]}, f"{title} is open."


def _tree(world: World, user: Doc, app: Doc, title: str) -> Doc:
    header = _node("Header", text=title, level=2, subtitle=app["name"])
    return _node("Stack", children=[header, _body(world, user, app)], direction="v", gap=3)


def _body(world: World, user: Doc, app: Doc) -> Doc:
    """Show what a platform app's first question answers, or the person's own documents of any other app."""
    if app["developer_id"] == _apps.FIRST_PARTY:
        return _answer(world, user, app)
    records, key = world.state["records"], {"app_id": app["app_id"], "user_id": user["imperal_id"]}
    items = [_item(record) for record in islice(records.newest(**key), SHOWN)]
    if not items:
        return _node("Empty", message=f"You have nothing in {app['name']} yet.")
    return _list(items, total_items=records.count(**key))


def _answer(world: World, user: Doc, app: Doc) -> Doc:
    reads = (
        one
        for (app_id, _name), one in _builtin.FUNCTIONS.items()
        if app_id == app["app_id"] and one.action_type == "read" and not one.required
    )
    try:
        data = next(reads).run(world, user, {})[0]
    except (FunctionError, Problem, StopIteration) as refusal:
        said = refusal.detail if isinstance(refusal, Problem) else refusal
        return _node("Empty", message=str(said) or f"{app['name']} has nothing to show.")
    rows = data.get("items")
    if isinstance(rows, list):
        rows = [_item({"id": str(one.get("id", number)), "data": one}) for number, one in enumerate(rows[:SHOWN])]
        return _list(rows) if rows else _node("Empty", message="Nothing yet.")
    plain = {name: value for name, value in data.items() if isinstance(value, str | int | float)}
    return _node("KeyValue", items=[{"key": name, "value": str(value)} for name, value in plain.items()], columns=1)


def _item(record: Doc) -> Doc:
    data = record["data"]
    words = next(
        (data[name] for name in TITLES if isinstance(data.get(name), str) and data[name].strip()), record["id"]
    )
    more = {"subtitle": record["collection"]} if "collection" in record else {}
    return _node("ListItem", id=record["id"], title=words.strip()[:LONGEST], **more)


def _list(items: list[Doc], **more: Any) -> Doc:
    return _node("List", items=items, searchable=False, grouped_by="", **more)


def _node(kind: str, **props: Any) -> Doc:
    return {"type": kind, "props": props}
