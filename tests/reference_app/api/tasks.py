"""Tasks of a project."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Body, Header, Query, Response

from .. import clock
from ..faults import lax, on
from ..fields import Id, Time
from ..models_work import Status, TaskIn, TaskOut, TaskPage, TaskPatch, Transition
from ..problems import conflict, header, invalid, refusals
from ..security import AnyCaller, Caller
from ..store import Project, Task, Workspace, store
from .access import project_for, task_for
from .paging import Cursor, Limit, by_cursor
from .views import task_view

router = APIRouter(prefix="/v1/workspaces/{workspace_id}/projects/{project_id}/tasks", tags=["tasks"])
Sort = Literal["created_at", "-created_at", "title", "-title", "priority", "-priority"]
IdempotencyKey = Annotated[
    str | None,
    Header(pattern=r"^[A-Za-z0-9-]{8,80}$", description="A repeated request with the same key creates nothing new."),
]
MOVES = {"open": {"in_progress"}, "in_progress": {"open", "done"}, "done": {"in_progress"}}


def sort_tasks(found: list[Task], order: str) -> list[Task]:
    """Return tasks in an order; equals stay oldest first."""
    name, reverse = order.removeprefix("-"), order.startswith("-")
    if on("sort-tasks-ignored"):
        return found
    if on("sort-descending-ignored"):
        reverse = False
    if name == "priority" and on("sort-priority-reversed"):
        reverse = not reverse
    if name == "title" and on("sort-title-by-length"):
        return sorted(found, key=lambda one: len(one.title), reverse=reverse)
    return sorted(found, key=lambda one: getattr(one, name), reverse=reverse)


@router.get("", response_model=TaskPage, responses=refusals(401, 404, 422))
def list_tasks(
    workspace_id: Id,
    project_id: Id,
    caller: AnyCaller,
    cursor: Cursor = None,
    limit: Limit = 20,
    status: Annotated[
        Annotated[Status, lax("valid-status-filter")] | None, Query(description="Only tasks in this status.")
    ] = None,
    assignee_id: Annotated[Id | None, Query(description="Only tasks of this user.")] = None,
    min_priority: Annotated[int | None, Query(ge=1, le=5, description="Only tasks with at least this.")] = None,
    due_before: Annotated[Time | None, Query(description="Only tasks due before this time.")] = None,
    sort: Annotated[Sort, Query(description="By which field; with a minus the greatest first.")] = "created_at",
) -> dict[str, Any]:
    """Return tasks of a project."""
    with store.lock:
        project = project_for(caller, workspace_id, project_id, unless="isolation-task-list")
        found = store.tasks_of(project, deleted=on("delete-task-still-listed"))
        if on("nesting-task-list-workspace"):
            found = [one for one in store.tasks.values() if one.project.workspace is project.workspace]
        if status is not None and not on("filter-status-ignored"):
            found = [one for one in found if (one.status == status) != on("filter-status-inverted")]
        if assignee_id is not None and not on("filter-assignee-ignored"):
            found = [one for one in found if one.assignee_id == assignee_id]
        if min_priority is not None:
            found = [one for one in found if one.priority >= min_priority + on("filter-priority-exclusive")]
        if due_before is not None:
            undated = on("filter-due-undated")
            found = [one for one in found if (one.due_at < due_before if one.due_at else undated)]
        items, following = by_cursor(sort_tasks(found, sort), cursor, limit)
        return {"items": [task_view(one) for one in items], "next_cursor": following}


def check_assignee(workspace: Workspace, assignee_id: Any) -> None:
    """Raise Refusal (422) where the assignee is no member."""
    if assignee_id is not None and assignee_id not in workspace.members and not on("valid-assignee-unchecked"):
        if on("odd-assignee"):
            raise KeyError(assignee_id)
        raise invalid("body.assignee_id", "this is no member of the workspace")


def new_task(project: Project, body: TaskIn, caller: Caller) -> Task:
    """Return a task that is not kept yet."""
    task = Task(project=project, created_by=caller.user.id, **body.model_dump(include=set(TaskIn.model_fields)))
    extra = body.model_extra or {}
    if on("mass-task-status") and extra.get("status") in MOVES:
        task.status = extra["status"]
    if on("mass-task-created-by") and isinstance(extra.get("created_by"), str):
        task.created_by = UUID(extra["created_by"])
    if on("persist-labels-deduplicated"):
        task.labels = sorted(set(task.labels))
    if on("persist-estimate-rounded"):
        task.estimate_minutes = task.estimate_minutes // 15 * 15
    if on("persist-title-capitalized"):
        task.title = task.title.capitalize()
    return task


@router.post(
    "",
    status_code=201,
    response_model=TaskOut,
    responses={201: header("Location", "Where the task is."), **refusals(401, 403, 404, 409, 415, 422)},
)
def create_task(
    workspace_id: Id,
    project_id: Id,
    body: TaskIn,
    caller: AnyCaller,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> dict[str, Any]:
    """Create a task. For editors and owners.

    With an `Idempotency-Key` a repeated request returns the task that the first one made; with another body it is
    refused (409).
    """
    with store.lock:
        project = project_for(caller, workspace_id, project_id, "editor", "isolation-task-create")
        check_assignee(project.workspace, body.assignee_id)
        place = (caller.user.id, project.id, idempotency_key or "")
        if on("idempotency-key-shared"):
            place = (project.workspace.id, project.workspace.id, idempotency_key or "")
        wanted = repr(body.model_dump())
        task = new_task(project, body, caller)
        if idempotency_key is not None and not on("idempotency-ignored") and place in store.replies:
            before, task_id = store.replies[place]
            if before != wanted and not on("idempotency-body-unchecked"):
                raise conflict("key_reused", "This idempotency key belongs to another request.")
            if task_id not in store.tasks or store.tasks[task_id].deleted:
                raise conflict("key_reused", "The task of this idempotency key is deleted.")
            task = store.tasks[task_id]
        else:
            store.replies[place] = (wanted, task.id)
            store.tasks[task.id] = task
            if on("duplicate-task-on-create"):
                copy = replace(task, id=uuid4())
                store.tasks[copy.id] = copy
        response.headers["Location"] = f"/v1/workspaces/{workspace_id}/projects/{project_id}/tasks/{task.id}"
        shown = task_view(task)
        if on("persist-due-lost"):
            task.due_at = None
        return shown


@router.get("/{task_id}", response_model=TaskOut, responses=refusals(401, 404, 422))
def read_task(workspace_id: Id, project_id: Id, task_id: Id, caller: AnyCaller) -> dict[str, Any]:
    """Return a task."""
    with store.lock:
        path = (workspace_id, project_id, task_id)
        if on("delete-task-still-readable") and task_id in store.tasks and store.tasks[task_id].deleted:
            project_for(caller, workspace_id, project_id)
            return task_view(store.tasks[task_id])
        return task_view(task_for(caller, path, unless="isolation-task-read", loose="nesting-task-read-any-project"))


@router.patch("/{task_id}", response_model=TaskOut, responses=refusals(401, 403, 404, 415, 422))
def change_task(
    workspace_id: Id,
    project_id: Id,
    task_id: Id,
    body: Annotated[TaskPatch, Body(media_type="application/merge-patch+json")],
    caller: AnyCaller,
) -> dict[str, Any]:
    """Change a task (RFC 7396). For editors and owners."""
    if on("race-task-patch"):
        before = vars(store.tasks[task_id]).copy() if task_id in store.tasks else {}
        time.sleep(0.15)
    with store.lock:
        path = (workspace_id, project_id, task_id)
        task = task_for(caller, path, "editor", unless="isolation-task-write", loose="nesting-task-write-any-project")
        if on("race-task-patch"):
            vars(task).update(before)
        changes = body.model_dump(exclude_unset=True, include=set(TaskPatch.model_fields))
        if on("persist-refused-patch") and "title" in changes:
            task.title = changes["title"]
        check_assignee(task.project.workspace, changes.get("assignee_id"))
        if on("patch-resets-left-out"):
            changes = {"description": None, "due_at": None, "labels": [], **changes}
        if on("patch-labels-appended") and "labels" in changes:
            changes["labels"] = [*task.labels, *changes["labels"]]
        if on("patch-null-keeps-due") and changes.get("due_at", "") is None:
            del changes["due_at"]
        if on("patch-zero-ignored"):
            changes = {name: value for name, value in changes.items() if value != 0}
        extra = body.model_extra or {}
        if on("mass-task-status-patch") and extra.get("status") in MOVES:
            task.status = extra["status"]
        if on("patch-resets-priority"):
            changes.setdefault("priority", 3)
        for name, value in changes.items():
            if name == "title" and on("persist-title-second-write") and task.updated_at != task.created_at:
                continue
            setattr(task, name, value)
        if not on("time-task-updated-never"):
            task.updated_at = clock.now()
        if on("time-created-moves"):
            task.created_at = task.updated_at
        return {**task_view(task), **({"title": changes["title"]} if "title" in changes else {})}


@router.delete("/{task_id}", status_code=204, responses=refusals(401, 403, 404, 422))
def delete_task(workspace_id: Id, project_id: Id, task_id: Id, caller: AnyCaller) -> None:
    """Delete a task with its comments and files. For editors and owners."""
    with store.lock:
        path = (workspace_id, project_id, task_id)
        if on("delete-task-twice-204") and task_id in store.tasks and store.tasks[task_id].deleted:
            return
        needs = "viewer" if on("auth-viewer-deletes-task") else "editor"
        task = task_for(caller, path, needs, unless="isolation-task-delete", loose="nesting-task-delete-any-project")
        if on("delete-task-nothing"):
            return
        task.deleted = True
        if on("delete-task-takes-neighbour"):
            for other in store.tasks_of(task.project)[:1]:
                other.deleted = True


@router.post("/{task_id}/transitions", response_model=TaskOut, responses=refusals(401, 403, 404, 409, 415, 422))
def move_task(workspace_id: Id, project_id: Id, task_id: Id, body: Transition, caller: AnyCaller) -> dict[str, Any]:
    """Move a task: open → in_progress → done, and one step back. Other moves are refused (409)."""
    with store.lock:
        path = (workspace_id, project_id, task_id)
        task = task_for(caller, path, "editor", unless="isolation-task-move")
        allowed = body.to in MOVES[task.status]
        if on("state-skip-to-done") and (task.status, body.to) == ("open", "done"):
            allowed = True
        if on("state-done-to-open") and (task.status, body.to) == ("done", "open"):
            allowed = True
        if on("state-same-again") and task.status == body.to:
            allowed = True
        if on("state-no-way-back") and (task.status, body.to) == ("done", "in_progress"):
            allowed = False
        if not allowed:
            if on("state-refused-but-moved"):
                task.status = body.to
            raise conflict("invalid_move", f"A task that is {task.status} cannot become {body.to}.")
        shown = {"status": body.to}
        if not on("state-move-not-kept"):
            task.status = body.to
        if body.to == "done":
            task.completed_at = None if on("state-completed-at-missing") else clock.now()
        elif not on("state-completed-at-stays"):
            task.completed_at = None
        task.updated_at = clock.now()
        return {**task_view(task), **shown}
