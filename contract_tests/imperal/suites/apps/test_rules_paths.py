"""Paths that are served to nobody: those of the kernel, and those that are gone."""

from __future__ import annotations

import pytest

from specdouble.verify.kit import Check, rule

from ...session import Session

ME = "GET /v1/auth/me"
INTERNAL = (
    "/v1/internal/users/imp_u_nobody00", "/v1/internal/config/default", "/v1/internal/store/notes/notes",
    "/v1/billing/internal/balance/imp_u_nobody00", "/internal/health",
)  # fmt: skip


@rule("S11", ME)
@pytest.mark.parametrize("path", INTERNAL)
def test_no_internal_path_opens_to_a_person(path: str, session: Session, check: Check) -> None:
    """No path with /internal/ opens with a bearer, not even an administrator's: 401 or 403, or 404."""
    op = session.contract[ME]
    people = [session.users.user, *([session.users.deputy] if session.settings.admin else [])]
    for person in people:
        reply = session.client.undeclared_path(op, session.settings.target + path, person.bearer)
        check.that(
            reply.status in (401, 403, 404, 422),  # 422: the header of the service token is missing (S10)
            f"{path} answered {reply.status} to a bearer",
            reply,
            expected="401, 403 or 404",
            about=f"{path} {person.role}",
        )


@rule("D11", "POST /v1/auth/register", "POST /v1/auth/verify-email")
@pytest.mark.parametrize("path", ["/auth/register", "/auth/verify"])
def test_paths_without_a_version_are_gone(path: str, session: Session, check: Check) -> None:
    """The paths /auth/register and /auth/verify without /v1 are gone: 404."""
    op = session.contract["POST /v1/auth/register" if path.endswith("register") else "POST /v1/auth/verify-email"]
    reply = session.client.undeclared_path(op, session.settings.target + path)
    check.that(reply.status == 404, f"{path} answered {reply.status}", reply, expected=404, about=path)
