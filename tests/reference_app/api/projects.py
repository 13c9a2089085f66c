"""Projects of a workspace."""

from __future__ import annotations

import time
from typing import Any

from fastapi import APIRouter, Response

from ..faults import on
from ..fields import Id
from ..models_work import ProjectIn, ProjectOut, ProjectPage
from ..problems import conflict, header, refusals
from ..security import AnyCaller
from ..store import Project, Workspace, store
from .access import project_for, workspace_for
from .paging import Page, Size, by_page
from .views import project_view

router = APIRouter(prefix="/v1/workspaces/{workspace_id}/projects", tags=["projects"])


@router.get("", response_model=ProjectPage, responses=refusals(401, 404, 422))
def list_projects(workspace_id: Id, caller: AnyCaller, page: Page = 1, size: Size = 20) -> dict[str, Any]:
    """Return the projects of a workspace, oldest first."""
    with store.lock:
        workspace = workspace_for(caller, workspace_id, unless="isolation-project-list")
        found = store.projects_of(workspace)
        if on("nesting-project-list-all"):
            found = list(store.projects.values())
        if on("list-projects-skips-empty"):
            found = [one for one in found if store.tasks_of(one)]
        return by_page(found, page, size, project_view, "projects")


def check_slug(workspace: Workspace, slug: str) -> None:
    """Raise Refusal (409) where the slug is taken in this workspace."""
    others = list(store.projects.values()) if on("unique-slug-everywhere") else store.projects_of(workspace)
    if any(one.slug == slug for one in others) and not on("unique-slug-unchecked"):
        raise conflict("slug_taken", "There is a project with this slug in the workspace.")


@router.post(
    "",
    status_code=201,
    response_model=ProjectOut,
    responses={201: header("Location", "Where the project is."), **refusals(401, 403, 404, 409, 415, 422)},
)
def create_project(workspace_id: Id, body: ProjectIn, caller: AnyCaller, response: Response) -> dict[str, Any]:
    """Create a project. For editors and owners."""
    with store.lock:
        workspace = workspace_for(caller, workspace_id, "editor", "isolation-project-create")
        project = Project(workspace, body.slug, body.name, body.description, body.hourly_rate_cents)
        if on("persist-failed-create-kept") and any(one.slug == body.slug for one in store.projects_of(workspace)):
            store.projects[project.id] = project
        check_slug(workspace, body.slug)
    if on("race-project-slug"):
        time.sleep(0.15)
    with store.lock:
        if not on("race-project-slug"):
            workspace_for(caller, workspace_id, "editor", "isolation-project-create")
            check_slug(workspace, body.slug)
        if on("persist-project-description"):
            project.description = None
        store.projects[project.id] = project
        response.headers["Location"] = f"/v1/workspaces/{workspace_id}/projects/{project.id}"
        return {**project_view(project), "description": body.description}


@router.get("/{project_id}", response_model=ProjectOut, responses=refusals(401, 404, 422))
def read_project(workspace_id: Id, project_id: Id, caller: AnyCaller) -> dict[str, Any]:
    """Return a project with its figures."""
    with store.lock:
        return project_view(project_for(caller, workspace_id, project_id, unless="isolation-project-read"))
