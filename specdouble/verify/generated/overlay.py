"""Drift as overlay lines: what would have to stand in the document for it to say what the server does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from specdouble.openapi.dialects import current
from specdouble.openapi.effective import Document
from specdouble.openapi.pointers import follow, lookup

_TYPES = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    dict: "object",
    list: "array",
    type(None): "null",
}


def as_overlay(findings: Iterable[Mapping[str, Any]], document: Document) -> str:
    """Return an overlay (YAML) that settles drift; what no line can settle is told in comments.

    Args:
        findings: of a result, of kind `drift`.
        document: the document that they are about.

    """
    actions: dict[str, dict[str, Any]] = {}
    rest: list[str] = []
    for one in findings:
        made = _action(one, document)
        if made is None:
            rest.append(f"{one['rule']} {one['key']}: {one['message']}")
            continue
        known = actions.setdefault(made["target"], made)
        if known is not made:
            _merge(known["update"], made["update"])
    title = document.title.replace('"', "'")
    lines = ["overlay: 1.0.0", "info:", f'  title: "What the server does beside {title}"', "  version: 1.0.0"]
    lines += ["actions:" if actions else "actions: []"]
    for one in actions.values():
        lines.append(f"  - target: {_text(one['target'])}")
        lines.append(f"    description: {_text(one['description'])}")
        lines.append(f"    update: {orjson.dumps(one['update']).decode()}")
    if rest:
        lines += [
            "",
            "# No line settles these: the document or the server has to change.",
            *(f"#   {text[:200]}" for text in sorted(set(rest))),
        ]
    return "\n".join(lines) + "\n"


def _action(finding: Mapping[str, Any], document: Document) -> dict[str, Any] | None:
    method, _, path = finding["key"].partition(" ")
    place = f"$.paths[{_quoted(path)}].{method.lower()}"
    rule, message = finding["rule"], finding["message"]
    if rule == "SCHEMA-01" and (found := re.match(r"status (\d{3}) is not declared", message)):
        return {
            "target": f"{place}.responses",
            "description": f"{found[1]} is what the server answers",
            "update": {found[1]: _response(str(finding["got"]), document.version)},
        }
    if rule == "SCHEMA-03" and (found := re.match(r"content type (\S+) of a (\d{3})", message)) and "/" in found[1]:
        return {
            "target": f"{place}.responses[{_quoted(_status(document, path, method, found[2]))}]",
            "description": f"{found[1]} is what the server answers",
            "update": {"content": {found[1]: {"schema": {}}}},
        }
    if rule in ("SCHEMA-42", "SCHEMA-05") and (found := re.match(r"member (\S+) of a \d{3}", message)):
        target = _schema(document, finding["pointer"])
        update: dict[str, Any] = {"properties": {found[1]: {}}}
        said = f"{found[1]} is in the response"
        return {"target": target, "description": said, "update": update} if target else None
    if rule == "SCHEMA-04" and " null" in f" {message}" and str(finding["got"]) in ("None", "null", ""):
        return _nullable(finding, document)
    return None


def _response(got: str, version: str) -> dict[str, Any]:
    """Return what a response is declared as, by one that was seen."""
    made: dict[str, Any] = {"description": "As the server answers."}
    body = got.partition(" ")[2]
    if version != "2.0" and body[:1] in ("{", "["):
        made["content"] = {"application/json": {"schema": {}}}
    return made


def _status(document: Document, path: str, method: str, status: str) -> str:
    """Return the key under which a status is declared: itself, its range, or `default`."""
    responses = document.raw["paths"].get(path, {}).get(method.lower(), {}).get("responses", {})
    return next((one for one in (status, f"{status[0]}XX", "default") if one in responses), status)


def _schema(document: Document, pointer: str) -> str | None:
    """Return the target of the schema of a media type, behind its reference and the items of a list."""
    model, _version = current(document.raw)
    try:
        value, where = follow(model, lookup(model, f"{pointer}/schema"), f"{pointer}/schema")
        while isinstance(value, dict) and "items" in value and "properties" not in value:
            value, where = follow(model, value["items"], f"{where}/items")
    except Exception:
        return None
    return _path(where) if isinstance(value, dict) and "properties" in value and document.version != "2.0" else None


def _nullable(finding: Mapping[str, Any], document: Document) -> dict[str, Any] | None:
    """Return the line that lets a member be null."""
    model, version = current(document.raw)
    at = [one for one in re.split(r"[.\[\]]+", finding["message"].split(":")[0].split(" ")[0]) if one]
    where = f"{finding['pointer']}/schema"
    try:
        value, where = follow(model, lookup(model, where), where)
        for part in at:
            if part.isdigit() or part == "*":
                value, where = follow(model, value["items"], f"{where}/items")
            else:
                value, where = follow(model, value["properties"][part], f"{where}/properties/{part}")
    except Exception:
        return None
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str) or version == "2.0":
        return None
    update: dict[str, Any] = {"nullable": True} if version == "3.0" else {"type": [kind, "null"]}
    return {"target": _path(where), "description": f"{'.'.join(at)} may be null", "update": update}


def _path(pointer: str) -> str:
    tokens = [one.replace("~1", "/").replace("~0", "~") for one in pointer.split("/")[1:]]
    return "$" + "".join(f".{one}" if re.fullmatch(r"[A-Za-z_]\w*", one) else f"[{_quoted(one)}]" for one in tokens)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _text(value: str) -> str:
    return orjson.dumps(value).decode()


def _merge(one: dict[str, Any], other: dict[str, Any]) -> None:
    for name, value in other.items():
        if isinstance(value, dict) and isinstance(one.get(name), dict):
            _merge(one[name], value)
        else:
            one[name] = value
