"""Valid requests to the control plane, as its own document lists them, to be made hostile like all others."""

from __future__ import annotations

from typing import Any

from tests.soak.hostile.seeds import Seed
from tests.soak.hostile.servers import Running

APART = "apart"  # the world in which the control plane changes things
_NAMES: dict[str, Any] = {
    "advance": "2s", "name": "hostile", "world": "default", "fork": "main", "ends_after": "10s", "keep_sign_ins": True,
    "type": "a", "payload": {"text": "a"}, "clock": {}, "collections": {}, "seconds": 60, "long_running": True,
    "url": "https://a.example/",
    "title": "a", "text": "a", "grant_type": "refresh_token", "refresh_token": "a", "scope": "a b", "path": "/",
    "method": "POST",
    "answer": {"status_code": 200, "headers": {"a": "b"}, "body": {"a": 1}}, "registry": {"status": "ok"},
    "manifest": {"tools": []},
    "status": "live", "available": True, "result": {"a": [1]}, "message": "a", "error_message": "a",
    "card": "pm_card_visa",
}  # fmt: skip
_FAULT = {
    "operation": "GET /healthz", "path": "/nothing/**", "method": "GET", "caller": "anonymous", "header": {"a": "b*"},
    "query": {"a": "*"},
    "times": 1, "every": 2, "after": 1, "probability": 0.5, "status": 418, "detail": "a", "code": "A", "body": {"a": 1},
    "headers": {"x-a": "b", "x-b": None}, "delay": {"min": 0.001, "max": 0.002},
}  # fmt: skip
_EXTENSION = {
    "app_id": "plant-book", "name": "Plant Book", "version": "0.1.0", "secrets": [{"name": "a", "required": True}],
    "tools": [{"name": "list_plants", "params": {"a": {"type": "string"}}, "return_schema": {"type": "object"}}],
    "webhooks": [{"path": "/a", "method": "POST"}], "schedules": [{"name": "a", "cron": "* * * * *"}],
    "panels": [{"id": "a"}],
}  # fmt: skip


def control_seeds(running: Running, known: list[Seed]) -> list[Seed]:
    """Return a request to each route of the control plane of a server; what changes something is about `APART`."""
    document = running.http.get("/__mock__/openapi.json").json()
    counts = running.http.get("/__mock__/collections").json()
    names = [str(one) for one in (counts if isinstance(counts, dict) else ())]
    ids = [value for one in known for value in one.params.values()]
    people = [one["id"] for one in running.http.get("/__mock__/people").json()["people"]]
    service = next(iter(running.urls))
    found = []
    for path, item in document["paths"].items():
        for method, told in item.items():
            if path.endswith(("/collections/{name}/{id}", "/collections/{name}")):
                found += _of_collections(running, service, method.upper(), path, names)
                continue
            params = {
                one["name"]: (ids[0] if ids else "a") for one in told.get("parameters", ()) if one["in"] == "path"
            }
            if path.endswith("/shapes/{name}"):
                params = {"name": names[0] if names else "a"}
            headers = {} if method == "get" else {"X-Specdouble-World": APART}
            made = Seed(service, f"{method.upper()} {path}", method.upper(), path, params, [], headers)
            content = told.get("requestBody", {}).get("content", {}).get("application/json")
            if content is not None:
                made.body = _body(path, content["schema"]["properties"], people)
            found.append(made)
    return found


def _body(path: str, properties: dict[str, Any], people: list[str]) -> Any:
    if "/faults" in path:
        return _FAULT
    if path.endswith("/extensions"):
        return _EXTENSION
    person = people[0] if people else "a"
    return {name: person if name in ("user_id", "id") else _NAMES.get(name, "a") for name in properties}


def _of_collections(running: Running, service: str, method: str, path: str, names: list[str]) -> list[Seed]:
    found = []
    for name in names:
        listed = running.http.get(f"/__mock__/collections/{name}", params={"limit": 1}).json()
        rows = listed.get("items") or listed.get("documents") or [] if isinstance(listed, dict) else listed
        first = rows[0] if rows else {"id": "a"}
        one = first.get("document", first) if isinstance(first, dict) else {}
        known = str(first.get("id") or one.get("id") or "a") if isinstance(first, dict) else "a"
        params = {"name": name, "id": known} if "{id}" in path else {"name": name}
        headers = {} if method == "GET" else {"X-Specdouble-World": APART}
        made = Seed(service, f"{method} {path}", method, path, params, [], headers)
        made.names = ["q", "limit", "offset", "order", "ids"]
        if method in ("POST", "PUT", "PATCH"):
            made.body = one if isinstance(one, dict) else {"a": 1}
        found.append(made)
    return found
