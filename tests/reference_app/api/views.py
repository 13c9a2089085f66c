"""Records as responses, and the figures that are derived from them."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any

from .. import clock
from ..faults import on
from ..store import ApiKey, Attachment, Comment, Project, Task, User, Workspace, store


def user_view(user: User) -> dict[str, Any]:
    """Return a user."""
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "bio": user.bio,
        "timezone": user.timezone,
        "role": user.role,
        "created_at": user.created_at,
        "updated_at": user.updated_at,
    }


def key_view(key: ApiKey) -> dict[str, Any]:
    """Return an API key without its secret."""
    return {
        "id": key.id,
        "name": key.name,
        "scope": key.scope,
        "prefix": key.prefix,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
    }


def workspace_view(workspace: Workspace, user: User) -> dict[str, Any]:
    """Return a workspace as a member sees it."""
    members = len(workspace.members)
    if on("derived-member-count-without-owner"):
        members = max(1, members - 1)
    projects = len(store.projects_of(workspace))
    if on("derived-project-count-all"):
        projects = len(store.projects)
    mine = workspace.members.get(user.id)
    role = mine.role if mine else "viewer"
    if on("derived-your-role-of-creator"):
        role = next(iter(workspace.members.values())).role
    return {
        "id": workspace.id,
        "name": workspace.name,
        "description": workspace.description,
        "color": workspace.color,
        "your_role": role,
        "member_count": members,
        "project_count": projects,
        "version": workspace.version,
        "created_at": workspace.created_at,
        "updated_at": workspace.updated_at,
    }


def cost(minutes: int, rate: int) -> int:
    """Return minutes at a rate per hour, half up to whole cents."""
    if on("derived-cost-truncated"):
        return minutes * rate // 60
    if on("derived-cost-per-minute-rounded"):
        return minutes * round(rate / 60)
    return (2 * minutes * rate + 60) // 120


def project_figures(project: Project) -> dict[str, Any]:
    """Return what is derived from the tasks of a project."""
    tasks = store.tasks_of(project, deleted=on("derived-counts-deleted"))
    done = [one for one in tasks if one.status == "done"]
    if on("derived-done-counts-in-progress"):
        done = [one for one in tasks if one.status != "open"]
    summed = [one for one in tasks if one.status != "done"] if on("derived-sum-skips-done") else tasks
    minutes = sum(one.estimate_minutes for one in summed)
    if on("derived-cost-rounded-by-task"):
        cents = sum(cost(one.estimate_minutes, project.hourly_rate_cents) for one in summed)
    else:
        cents = cost(minutes, project.hourly_rate_cents)
    share = 100 * len(done) / len(tasks) if tasks else 0.0
    return {
        "task_count": len(tasks),
        "done_count": len(done),
        "estimate_minutes": minutes,
        "cost_cents": cents,
        "progress": float(int(share)) if on("derived-progress-whole") else round(share, 1),
    }


def project_view(project: Project) -> dict[str, Any]:
    """Return a project with its figures."""
    figures = project_figures(project)
    if on("cache-project-figures"):
        figures = store.cache.setdefault(("figures", project.id), figures)  # type: ignore[assignment]
    if on("odd-progress-empty") and not figures["task_count"]:
        raise ZeroDivisionError("division by zero")
    return {
        "id": project.id,
        "workspace_id": project.workspace.id,
        "slug": project.slug,
        "name": project.name,
        "description": project.description,
        "hourly_rate_cents": project.hourly_rate_cents,
        **figures,
        "created_at": project.created_at,
    }


def task_view(task: Task) -> dict[str, Any]:
    """Return a task."""
    comments = len(store.comments_of(task))
    if on("derived-comment-count-others"):
        comments = sum(1 for one in store.comments_of(task) if one.author.id != task.created_by)
    created = task.created_at
    if on("time-created-now"):
        created = clock.now()
    due = task.due_at
    if on("time-due-local") and due is not None:
        due = due.replace(tzinfo=timezone(timedelta(hours=2)))
    return {
        "id": task.id,
        "project_id": task.project.id,
        "title": task.title,
        "description": task.description,
        "status": task.status,
        "priority": task.priority,
        "estimate_minutes": task.estimate_minutes,
        "labels": task.labels,
        "assignee_id": task.assignee_id,
        "due_at": due,
        "comment_count": comments,
        "created_by": task.created_by,
        "created_at": created,
        "updated_at": task.updated_at,
        "completed_at": task.completed_at,
    }


def comment_view(comment: Comment) -> dict[str, Any]:
    """Return a comment."""
    return {
        "id": comment.id,
        "task_id": comment.task.id,
        "author_id": comment.author.id,
        "text": comment.text,
        "created_at": comment.created_at,
    }


def attachment_view(attachment: Attachment) -> dict[str, Any]:
    """Return what is known of a file."""
    return {
        "id": attachment.id,
        "filename": attachment.filename,
        "size": len(attachment.data),
        "sha256": attachment.sha256,
        "created_at": attachment.created_at,
    }
