"""The application: its routes, its errors, its document."""

from __future__ import annotations

import re

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from .api import admin, auth, comments, me, projects, tasks, workspaces
from .middleware import ContentTypes, Spoiler
from .problems import Problem, Refusal

DESCRIPTION = """Workspaces with projects, tasks, comments and files.

A workspace and all that is in it exists for its members only: others get 404. Members with a role that is too small
get 403. Times are in UTC.
"""


def refuse(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return a problem as a response."""
    return JSONResponse({"code": code, "message": message, "details": []}, status, headers)


def printable(text: str) -> str:
    """Return text that can be sent, whatever a client put into a name."""
    return text.encode("utf-8", "replace").decode()


def create_app() -> FastAPI:
    """Make the app. Which fault is on is asked at each request."""
    app = FastAPI(title="Taskboard", version="1.4.0", description=DESCRIPTION)
    for module in (auth, me, admin, workspaces, projects, tasks, comments):
        app.include_router(module.router)

    table: list[tuple[re.Pattern[str], list[str], set[str]]] = []

    def methods_of(path: str) -> tuple[list[str], set[str]] | None:
        if not table:
            for template, item in app.openapi()["paths"].items():
                pattern = re.compile(re.sub(r"\{[^}]+\}", "[^/]+", template))
                bodies = {name.upper() for name, one in item.items() if "requestBody" in one}
                table.append((pattern, sorted(name.upper() for name in item), bodies))
        return next(((allowed, bodies) for pattern, allowed, bodies in table if pattern.fullmatch(path)), None)

    @app.exception_handler(Refusal)
    async def refused(request: Request, refusal: Refusal) -> JSONResponse:
        return JSONResponse(refusal.body(), refusal.status, refusal.headers)

    @app.exception_handler(RequestValidationError)
    async def not_valid(request: Request, error: RequestValidationError) -> JSONResponse:
        details = [
            {"location": printable(".".join(map(str, one["loc"]))), "message": printable(one["msg"])}
            for one in error.errors()
        ]
        body = {"code": "invalid_request", "message": "The request is not valid.", "details": details}
        return JSONResponse(body, 422)

    @app.exception_handler(HTTPException)
    async def other(request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == 405:
            allowed = (methods_of(request.scope["path"]) or ([], set()))[0]
            return refuse(405, "method_not_allowed", "This method is not allowed.", {"Allow": ", ".join(allowed)})
        if error.status_code == 400:  # a body that cannot be read
            return refuse(422, "invalid_request", "The body cannot be read.")
        return refuse(error.status_code, "not_found" if error.status_code == 404 else "error", str(error.detail))

    @app.exception_handler(Exception)
    async def crashed(request: Request, error: Exception) -> JSONResponse:
        return refuse(500, "error", "Something went wrong.")

    app.add_middleware(ContentTypes, bodies_of=lambda path: (methods_of(path) or ([], set()))[1])
    app.add_middleware(Spoiler)
    return app


__all__ = ["Problem", "create_app"]
