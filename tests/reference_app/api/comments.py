"""Comments and files of a task."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, File, Response, UploadFile

from ..faults import on
from ..fields import Id
from ..models_work import AttachmentOut, CommentIn, CommentOut
from ..problems import Refusal, header, not_found, refusals
from ..security import AnyCaller, Caller
from ..store import Attachment, Comment, Task, store
from .access import project_for, task_for
from .views import attachment_view, comment_view

router = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/projects/{project_id}/tasks/{task_id}", tags=["comments and files"]
)
LARGEST = 256 * 1024


def task_of(caller: Caller, path: tuple[UUID, UUID, UUID], needs: str, unless: str, loose: str) -> Task:
    """Return the task of a comment or a file."""
    task = store.tasks.get(path[2])
    if on("delete-task-keeps-comments") and task is not None and task.deleted:
        project_for(caller, path[0], path[1], needs)
        return task
    return task_for(caller, path, needs, unless=unless, loose=loose)


@router.get("/comments", response_model=list[CommentOut], responses=refusals(401, 404, 422))
def list_comments(workspace_id: Id, project_id: Id, task_id: Id, caller: AnyCaller) -> list[dict[str, Any]]:
    """Return the comments of a task, oldest first."""
    with store.lock:
        path = (workspace_id, project_id, task_id)
        task = task_of(caller, path, "viewer", "isolation-comment-list", "nesting-comments-any-task")
        found = store.comments_of(task)
        if on("nesting-comments-of-project"):
            found = [one for one in store.comments.values() if one.task.project is task.project]
        if on("sort-comments-newest-first"):
            found.reverse()
        if on("list-comments-only-own"):
            found = [one for one in found if one.author is caller.user]
        if on("list-comments-first-three"):
            found = found[:3]
        return [comment_view(one) for one in found]


@router.post("/comments", status_code=201, response_model=CommentOut, responses=refusals(401, 403, 404, 415, 422))
def add_comment(workspace_id: Id, project_id: Id, task_id: Id, body: CommentIn, caller: AnyCaller) -> dict[str, Any]:
    """Comment on a task. For editors and owners."""
    with store.lock:
        path = (workspace_id, project_id, task_id)
        needs = "viewer" if on("auth-viewer-comments") else "editor"
        task = task_of(caller, path, needs, "isolation-comment-add", "nesting-comment-add-any-task")
        number = next(store.numbers)
        comment = Comment(task, caller.user, body.text, number)
        if on("persist-comment-author"):
            comment.author = next(iter(task.project.workspace.members.values())).user
        if on("duplicate-comment-merged") and any(one.text == body.text for one in store.comments_of(task)):
            return comment_view(next(one for one in store.comments_of(task) if one.text == body.text))
        if on("persist-second-comment-lost") and store.comments_of(task):
            return comment_view(comment)
        store.comments[number] = comment
        if on("duplicate-comment-twice"):
            again = next(store.numbers)
            store.comments[again] = Comment(task, caller.user, body.text, again)
        return {**comment_view(comment), "author_id": caller.user.id}


@router.post(
    "/attachments",
    status_code=201,
    response_model=AttachmentOut,
    responses={201: header("Location", "Where the file is."), **refusals(401, 403, 404, 413, 415, 422)},
)
def upload(
    workspace_id: Id,
    project_id: Id,
    task_id: Id,
    file: Annotated[UploadFile, File(description="At most 256 KiB.")],
    caller: AnyCaller,
    response: Response,
) -> dict[str, Any]:
    """Attach a file to a task. For editors and owners."""
    data = file.file.read()
    if len(data) > LARGEST and not on("valid-file-size"):
        raise Refusal(413, "too_large", "The file is larger than 256 KiB.")
    with store.lock:
        path = (workspace_id, project_id, task_id)
        task = task_of(caller, path, "editor", "isolation-upload", "nesting-upload-any-task")
        attachment = Attachment(task, file.filename or "file", data, hashlib.sha256(data).hexdigest())
        if on("file-text-newlines"):
            attachment.data = data.replace(b"\r\n", b"\n")
        if on("file-latin-text"):
            attachment.data = data.decode("utf-8", "replace").encode()
        if on("file-digest-of-name"):
            attachment.sha256 = hashlib.sha256(attachment.filename.encode()).hexdigest()
        store.attachments[attachment.id] = attachment
        response.headers["Location"] = (
            f"/v1/workspaces/{workspace_id}/projects/{project_id}/tasks/{task_id}/attachments/{attachment.id}"
        )
        return attachment_view(attachment)


@router.get(
    "/attachments/{attachment_id}",
    response_class=Response,
    responses={
        200: {
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
            **header("Content-Disposition", "The file's name."),
        },
        **refusals(401, 404, 422),
    },
)
def download(workspace_id: Id, project_id: Id, task_id: Id, attachment_id: Id, caller: AnyCaller) -> Response:
    """Return the bytes of a file."""
    with store.lock:
        path = (workspace_id, project_id, task_id)
        task = task_of(caller, path, "viewer", "isolation-download", "nesting-download-any-task")
        attachment = store.attachments.get(attachment_id)
        if attachment is None or (attachment.task is not task and not on("nesting-attachment-any-task")):
            raise not_found("file")
        data = attachment.data[:-1] if on("file-last-byte-lost") else attachment.data
        kind = "text/plain" if on("header-download-type") else "application/octet-stream"
        headers = {"Content-Disposition": f'attachment; filename="{attachment.id}"'}
        if on("header-download-disposition"):
            headers = {}
        return Response(data, media_type=kind, headers=headers)
