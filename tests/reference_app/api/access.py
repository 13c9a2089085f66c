"""What a caller may see and do in a workspace: others get a 404, members with a lesser role a 403."""

from __future__ import annotations

from uuid import UUID

from ..faults import on
from ..problems import forbidden, not_found
from ..security import Caller
from ..store import Project, Task, Workspace, store

RANK = {"viewer": 0, "editor": 1, "owner": 2}


def workspace_for(caller: Caller, workspace_id: UUID, needs: str = "viewer", unless: str | None = None) -> Workspace:
    """Return a workspace for a caller with at least this role.

    ``unless`` names the fault of the place, with which membership is not looked at.
    Raises Refusal (404) where the caller is no member, (403) where the role is too small.
    """
    workspace = store.workspaces.get(workspace_id)
    if workspace is None:
        raise not_found("workspace")
    if caller.anonymous or (unless is not None and on(unless)):
        return workspace
    member = workspace.members.get(caller.user.id)
    if member is None:
        if on("exists-workspace-403"):
            raise forbidden("This is not your workspace.")
        raise not_found("workspace")
    if RANK.get(member.role, 0) < RANK[needs]:
        if on("auth-viewer-writes") and needs == "editor":
            return workspace
        raise forbidden(f"Only members who are at least {needs} may do this.")
    return workspace


def project_for(
    caller: Caller, workspace_id: UUID, project_id: UUID, needs: str = "viewer", unless: str | None = None
) -> Project:
    """Return a project of a workspace. Raises Refusal (404, 403)."""
    workspace = workspace_for(caller, workspace_id, needs, unless)
    project = store.projects.get(project_id)
    if project is None:
        raise not_found("project")
    if project.workspace is not workspace:
        if on("nesting-project-any-workspace"):
            return project
        if on("exists-project-403"):
            raise forbidden("The project is in another workspace.")
        raise not_found("project")
    return project


def task_for(
    caller: Caller,
    path: tuple[UUID, UUID, UUID],
    needs: str = "viewer",
    *,
    unless: str | None = None,
    loose: str | None = None,
) -> Task:
    """Return a task of a project. ``loose`` names the fault with which its project is not looked at."""
    workspace_id, project_id, task_id = path
    project = project_for(caller, workspace_id, project_id, needs, unless)
    task = store.tasks.get(task_id)
    if task is None or task.deleted:
        raise not_found("task")
    if task.project is not project and not (loose is not None and on(loose)):
        raise not_found("task")
    return task
