"""Workspaces and their members."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Header, Response

from .. import clock
from ..faults import on
from ..fields import Id
from ..models_work import MemberIn, MemberOut, WorkspaceIn, WorkspaceOut, WorkspacePage
from ..problems import Refusal, conflict, header, not_found, refusals
from ..security import AnyCaller
from ..store import Member, Workspace, store
from .access import workspace_for
from .paging import Page, Size, by_page
from .views import workspace_view

router = APIRouter(prefix="/v1/workspaces", tags=["workspaces"])
ETAG = header("ETag", "The version of the representation.")
IfMatch = Annotated[str | None, Header(description="The ETag that the resource must still have.", max_length=100)]
IfNoneMatch = Annotated[str | None, Header(description="An ETag that is known already.", max_length=100)]


def etag(workspace: Workspace) -> str:
    """Return the ETag of a workspace."""
    return '"constant"' if on("etag-constant") else f'"{workspace.id.hex[:8]}-{workspace.version}"'


@router.get("", response_model=WorkspacePage, responses=refusals(401, 422))
def list_workspaces(caller: AnyCaller, page: Page = 1, size: Size = 20) -> dict[str, Any]:
    """Return the workspaces of which the caller is a member, oldest first."""
    with store.lock:
        found = [
            one
            for one in store.workspaces.values()
            if one.listed and (caller.user.id in one.members or on("isolation-workspace-list"))
        ]
        if on("list-only-owned"):
            found = [one for one in found if one.members[caller.user.id].role == "owner"]
        if on("sort-workspaces-by-name"):
            found.sort(key=lambda one: one.name)
        return by_page(found, page, size, lambda one: workspace_view(one, caller.user), "workspaces")


@router.post(
    "",
    status_code=201,
    response_model=WorkspaceOut,
    responses={201: header("Location", "Where the workspace is."), **refusals(401, 403, 415, 422)},
)
def create_workspace(body: WorkspaceIn, caller: AnyCaller, response: Response) -> dict[str, Any]:
    """Create a workspace; the caller becomes its owner."""
    with store.lock:
        workspace = Workspace(body.name, body.description, body.color, {})
        workspace.members[caller.user.id] = Member(caller.user, "owner")
        if on("persist-workspace-color"):
            workspace.color = None
        store.workspaces[workspace.id] = workspace
        response.headers["Location"] = f"/v1/workspaces/{workspace.id}"
        return {**workspace_view(workspace, caller.user), "color": body.color}


@router.get(
    "/{workspace_id}",
    response_model=WorkspaceOut,
    responses={200: ETAG, 304: {"description": "It is as the caller knows it.", **ETAG}, **refusals(401, 404, 422)},
)
def read_workspace(workspace_id: Id, caller: AnyCaller, response: Response, if_none_match: IfNoneMatch = None) -> Any:
    """Return a workspace."""
    with store.lock:
        workspace = workspace_for(caller, workspace_id, unless="isolation-workspace-read")
        response.headers["ETag"] = etag(workspace)
        if if_none_match is not None and not on("etag-none-match-ignored"):
            known = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
            if etag(workspace) in known or "*" in known or on("etag-none-match-always"):
                return Response(status_code=304, headers={"ETag": etag(workspace)})
        if on("cache-workspace"):
            return store.cache.setdefault(("workspace", workspace.id), workspace_view(workspace, caller.user))
        return workspace_view(workspace, caller.user)


@router.put(
    "/{workspace_id}", response_model=WorkspaceOut, responses={200: ETAG, **refusals(401, 403, 404, 412, 415, 422)}
)
def replace_workspace(
    workspace_id: Id, body: WorkspaceIn, caller: AnyCaller, response: Response, if_match: IfMatch = None
) -> dict[str, Any]:
    """Replace a workspace: what the body leaves out gets its default. For editors and owners."""
    with store.lock:
        workspace = workspace_for(caller, workspace_id, "editor", "isolation-workspace-write")
        if if_match is not None and not on("etag-match-ignored"):
            wanted = [one.strip() for one in if_match.split(",")]
            if etag(workspace) not in wanted and "*" not in wanted:
                if on("etag-refused-but-done"):
                    workspace.name = body.name
                raise Refusal(412, "precondition_failed", "The workspace has changed.")
        given = body.model_fields_set if on("put-keeps-left-out") else set(WorkspaceIn.model_fields)
        for name in ("name", "description", "color"):
            if name in given and not (on("put-ignores-description") and name == "description"):
                setattr(workspace, name, getattr(body, name))
        extra = body.model_extra or {}
        if on("mass-workspace-version") and isinstance(extra.get("version"), int):
            workspace.version = max(1, extra["version"]) - 1
        if on("mass-workspace-created-at") and isinstance(extra.get("created_at"), str):
            workspace.created_at = clock.now() - timedelta(days=1)
        if on("put-appends-name"):
            workspace.name = f"{body.name} ({workspace.version})"[:80]
        if not on("etag-version-stays"):
            workspace.version += 1
        workspace.updated_at = clock.now()
        response.headers["ETag"] = etag(workspace)
        if on("etag-of-put-old"):
            response.headers["ETag"] = f'"{workspace.id.hex[:8]}-{workspace.version - 1}"'
        return workspace_view(workspace, caller.user)


@router.delete("/{workspace_id}", status_code=204, responses=refusals(401, 403, 404, 422))
def delete_workspace(workspace_id: Id, caller: AnyCaller) -> None:
    """Delete a workspace with all that is in it. For owners."""
    with store.lock:
        needs = "editor" if on("auth-editor-deletes-workspace") else "owner"
        workspace = workspace_for(caller, workspace_id, needs, "isolation-workspace-delete")
        if on("delete-workspace-nothing"):
            return
        if on("delete-workspace-still-readable"):
            workspace.listed = False
            return
        if on("delete-workspace-not-empty-500") and store.projects_of(workspace):
            raise RuntimeError("foreign key constraint failed")
        del store.workspaces[workspace.id]
        for project in store.projects_of(workspace):
            for task in store.tasks_of(project, deleted=True):
                store.tasks.pop(task.id)
            store.projects.pop(project.id)


@router.get("/{workspace_id}/members", response_model=list[MemberOut], responses=refusals(401, 404, 422))
def list_members(workspace_id: Id, caller: AnyCaller) -> list[dict[str, Any]]:
    """Return the members of a workspace, in the order in which they joined."""
    with store.lock:
        workspace = workspace_for(caller, workspace_id, unless="isolation-members")
        return [member_view(one) for one in workspace.members.values()]


@router.put(
    "/{workspace_id}/members/{user_id}",
    response_model=MemberOut,
    responses={
        201: {"model": MemberOut, "description": "The user is a member now."},
        **refusals(401, 403, 404, 409, 415, 422),
    },
)
def put_member(workspace_id: Id, user_id: Id, body: MemberIn, caller: AnyCaller, response: Response) -> dict[str, Any]:
    """Make a user a member, or change the role of a member. For owners; the last owner stays one."""
    with store.lock:
        needs = "viewer" if on("auth-viewer-changes-members") else "owner"
        workspace = workspace_for(caller, workspace_id, needs)
        user = store.users.get(user_id)
        if user is None:
            raise not_found("user")
        before = workspace.members.get(user_id)
        owners = [one for one in workspace.members.values() if one.role == "owner"]
        last = before is not None and before.role == "owner" and len(owners) == 1 and body.role != "owner"
        if last and not on("state-last-owner"):
            raise conflict("last_owner", "A workspace needs an owner.")
        if before is None:
            workspace.members[user_id] = Member(user, body.role)
            response.status_code = 201
        elif not on("persist-member-role"):
            before.role = body.role
        return {**member_view(workspace.members[user_id]), "role": body.role}


def member_view(member: Member) -> dict[str, Any]:
    """Return a member."""
    return {"user_id": member.user.id, "name": member.user.name, "role": member.role, "joined_at": member.joined_at}
