"""The pages of the dashboard: HTML and scripts, which read and change a world through the control plane alone.

Nothing is fetched from elsewhere and nothing is built. The reference of the API is Swagger UI, from the package
`flask-swagger-ui` (extra `dashboard`).
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import flask
import orjson
from flask import Blueprint, Response

from specdouble.mock.boot import Platform
from specdouble.mock.control.actions import PREFIX
from specdouble.mock.control.plane import actions, guard
from specdouble.mock.pipeline.dispatch import Service

HERE = Path(__file__).parent
PAGES = {
    "": "Overview",
    "reference": "Reference",
    "requests": "Requests",
    "data": "Data",
    "mails": "Mails",
    "faults": "Faults",
    "worlds": "Worlds",
    "events": "Events",
}
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
LASTING = {"cache-control": "no-cache", "x-content-type-options": "nosniff"}


def blueprint(platform: Platform, service: Service) -> Blueprint:
    """Build the pages of one service's application."""
    pages = Blueprint("dashboard", __name__, template_folder="templates")
    pages.before_request(lambda: guard(service))
    swagger = swagger_files()

    def show(page: str) -> Response:
        if page not in PAGES:
            flask.abort(404)
        return shown(platform, service, page, swagger is not None)

    pages.add_url_rule(f"{PREFIX}/", "index", lambda: show(""))
    pages.add_url_rule(f"{PREFIX}/ui/<page>", "page", show)
    pages.add_url_rule(f"{PREFIX}/ui/static/<path:name>", "static_file", lambda name: file(HERE / "static", name))
    if swagger is not None:
        pages.add_url_rule(f"{PREFIX}/ui/swagger/<path:name>", "swagger", lambda name: file(swagger, name))
    pages.add_url_rule(
        f"{PREFIX}/reference.json", "reference", lambda: Response(reference(service), content_type="application/json")
    )
    return pages


def swagger_files() -> Path | None:
    """Return the folder with the files of Swagger UI; None where its package is not installed."""
    found = importlib.util.find_spec("flask_swagger_ui")
    return Path(found.origin).parent / "dist" if found is not None and found.origin else None


def file(folder: Path, name: str) -> Response:
    """Return a file of a folder."""
    response = flask.send_from_directory(folder, name)
    response.headers.update(LASTING)
    return response


def shown(platform: Platform, service: Service, page: str, with_swagger: bool) -> Response:
    """Render a page."""
    told = platform.panel.get(service.name)
    text = flask.render_template(
        f"{page or 'overview'}.html",
        page=page,
        pages=PAGES,
        prefix=PREFIX,
        service=service,
        services=platform.services,
        urls=platform.world.urls,
        actions=actions(platform),
        found=list(told(platform.world, platform.urls[service.name])) if told is not None and not page else [],
        with_swagger=with_swagger,
    )
    return Response(
        text, content_type="text/html; charset=utf-8", headers={**LASTING, "content-security-policy": POLICY}
    )


def reference(service: Service) -> bytes:
    """Return the effective document, with this server in the place of its servers, so that trying out calls it."""
    raw: dict[str, Any] = orjson.loads(service.document.json)
    below = f"/{service.name}" if service.world.options.prefix else ""
    if "swagger" in raw:
        raw.pop("host", None)
        raw.pop("schemes", None)
        raw["basePath"] = (below + str(raw.get("basePath") or "")).rstrip("/") or "/"
        return orjson.dumps(raw)
    raw["servers"] = [{"url": below or "/"}]
    for item in (raw.get("paths") or {}).values():
        if isinstance(item, dict):
            item.pop("servers", None)
            for operation in item.values():
                if isinstance(operation, dict):
                    operation.pop("servers", None)
    return orjson.dumps(raw)
