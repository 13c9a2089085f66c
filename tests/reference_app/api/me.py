"""The own profile and the own API keys."""

from __future__ import annotations

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Body, Response

from .. import clock
from ..faults import on
from ..fields import Id
from ..models_people import ApiKeyCreated, ApiKeyIn, ApiKeyOut, ProfilePatch, UserOut
from ..problems import header, invalid, not_found, refusals
from ..security import AnyCaller, SessionCaller, hash_secret
from ..store import ApiKey, User, store
from .views import key_view, user_view

router = APIRouter(prefix="/v1/me", tags=["me"])


def apply_profile(user: User, body: ProfilePatch) -> None:
    """Change what a merge-patch names."""
    changes = body.model_dump(exclude_unset=True)
    extra = body.model_extra or {}
    for name in ("name", "bio", "timezone"):
        if name in changes and not (on("patch-null-ignored") and changes[name] is None):
            setattr(user, name, changes[name])
        elif on("patch-profile-clears-bio") and name == "bio":
            user.bio = None
    if on("mass-profile-role") and extra.get("role") in ("member", "administrator"):
        user.role = extra["role"]
    if on("mass-profile-email") and isinstance(extra.get("email"), str):
        user.email = extra["email"]
    if not on("time-updated-never"):
        user.updated_at = clock.now()


@router.get("", response_model=UserOut, responses=refusals(401))
def read_profile(caller: AnyCaller) -> dict[str, Any]:
    """Return the own profile."""
    with store.lock:
        if on("cache-profile"):
            return store.cache.setdefault(("me", caller.user.id), user_view(caller.user))  # type: ignore[return-value]
        if on("isolation-profile-last-login"):
            return user_view(list(store.sessions.values())[-1].user)
        return user_view(caller.user)


@router.patch("", response_model=UserOut, responses=refusals(401, 415, 422))
def change_profile(
    body: Annotated[ProfilePatch, Body(media_type="application/merge-patch+json")], caller: SessionCaller
) -> dict[str, Any]:
    """Change the own profile (RFC 7396)."""
    with store.lock:
        if on("persist-profile-second-write") and caller.user.updated_at != caller.user.created_at:
            draft = User(**vars(caller.user))
            apply_profile(draft, body)
            return user_view(draft)
        apply_profile(caller.user, body)
        return user_view(caller.user)


@router.get("/api-keys", response_model=list[ApiKeyOut], responses=refusals(401))
def list_keys(caller: SessionCaller) -> list[dict[str, Any]]:
    """Return the own API keys, oldest first, without their secrets."""
    with store.lock:
        return [
            key_view(one)
            for one in store.keys.values()
            if one.listed and (one.user is caller.user or on("isolation-keys-list"))
        ]


@router.post(
    "/api-keys",
    status_code=201,
    response_model=ApiKeyCreated,
    responses={201: header("Location", "Where the key can be deleted."), **refusals(401, 415, 422)},
)
def create_key(body: ApiKeyIn, caller: SessionCaller, response: Response) -> dict[str, Any]:
    """Create an API key. Its secret is in this response and nowhere else."""
    if body.expires_at is not None and body.expires_at <= clock.now() and not on("valid-key-expiry-past"):
        raise invalid("body.expires_at", "this is not in the future")
    secret = "tb_" + secrets.token_hex(20)
    with store.lock:
        scope = "write" if on("persist-key-scope") else body.scope
        key = ApiKey(caller.user, body.name, scope, secret[:8], hash_secret(secret), body.expires_at)
        if on("persist-key-expiry"):
            key.expires_at = None
        if on("leak-key-secret-list"):
            key.secret = secret
        if not on("persist-key-lost"):
            store.keys[key.id] = key
        response.headers["Location"] = f"/v1/me/api-keys/{key.id}"
        return {**key_view(key), "scope": body.scope, "expires_at": body.expires_at, "secret": secret}


@router.delete("/api-keys/{key_id}", status_code=204, responses=refusals(401, 404, 422))
def delete_key(key_id: Id, caller: SessionCaller) -> None:
    """Delete an own API key: its secret does not work any more."""
    with store.lock:
        key = store.keys.get(key_id)
        if key is None or not key.listed or (key.user is not caller.user and not on("isolation-key-delete")):
            if on("delete-key-unknown-204"):
                return
            raise not_found("API key")
        if on("delete-key-nothing"):
            return
        if on("auth-key-revoked-works"):
            key.listed = False
            return
        del store.keys[key_id]
