"""What requests and responses about users, sessions and API keys look like."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from .faults import lax, too_strict
from .fields import Email, Id, Time, number

Role = Literal["member", "administrator"]
Scope = Literal["read", "write"]
READ_ONLY: dict[str, Any] = {"readOnly": True}
Password = Annotated[str, Field(min_length=8, max_length=72), lax("valid-password-length")]
UserName = Annotated[
    str,
    Field(min_length=1, max_length=60),
    too_strict("strict-name-ascii", lambda value: isinstance(value, str) and not value.isascii(), "only ASCII"),
]


class Closed(BaseModel):
    """A request body that takes nothing else."""

    model_config = ConfigDict(extra="forbid")


class Open(BaseModel):
    """A request body that may be a representation that was read before: what cannot be written is not looked at."""

    model_config = ConfigDict(extra="allow")


class Registration(Closed):
    """Who wants to join."""

    email: Annotated[Email, lax("valid-email-pattern")] = Field(examples=["dora@example.org"])
    name: UserName = Field(examples=["Dora"])
    password: Password = Field(examples=["dora-pass-1"])


class Login(Closed):
    """Email and password."""

    email: Email = Field(examples=["dora@example.org"])
    password: str = Field(max_length=72, examples=["dora-pass-1"])
    lifetime: Annotated[int, Field(ge=1, le=900), number] = Field(
        default=900, description="Wanted lifetime of access tokens of this login, in seconds."
    )


class RefreshRequest(Closed):
    """A refresh token; it works once."""

    refresh_token: str = Field(max_length=2000)


class Tokens(BaseModel):
    """A pair of tokens of one session."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="Lifetime of the access token in seconds.", ge=1, le=900)


class UserOut(BaseModel):
    """A user."""

    id: Id = Field(json_schema_extra=READ_ONLY)
    email: str = Field(json_schema_extra=READ_ONLY)
    name: str
    bio: str | None
    timezone: str
    role: Role = Field(json_schema_extra=READ_ONLY)
    created_at: Time = Field(json_schema_extra=READ_ONLY)
    updated_at: Time = Field(json_schema_extra=READ_ONLY)


class ProfilePatch(Open):
    """The fields of the own profile that are to change (RFC 7396); null clears the biography."""

    name: UserName = Field(default_factory=str)
    bio: Annotated[str, Field(max_length=500), lax("valid-bio-length")] | None = None
    timezone: Annotated[str, Field(pattern=r"^[A-Za-z]{2,20}(/[A-Za-z_]{2,30})?$", max_length=60)] = Field(
        default_factory=str, examples=["Europe/Vienna"]
    )


class UserPage(BaseModel):
    """One page of users."""

    items: list[UserOut]
    page: int = Field(ge=1)
    size: int = Field(ge=1, le=50)
    total: int = Field(ge=0, description="How many there are on all pages.")
    pages: int = Field(ge=0)


class ApiKeyIn(Closed):
    """A wanted API key."""

    name: Annotated[str, Field(min_length=1, max_length=40), lax("valid-key-name-empty")] = Field(examples=["ci"])
    scope: Annotated[Scope, lax("valid-key-scope-enum")] = "read"
    expires_at: Time | None = Field(default=None, description="In the future, or null for never.")


class ApiKeyOut(BaseModel):
    """An API key without its secret."""

    id: Id = Field(json_schema_extra=READ_ONLY)
    name: str
    scope: Annotated[Scope, lax("valid-key-scope-enum")]
    prefix: str = Field(description="The first characters of the secret, to recognise it.", min_length=8, max_length=8)
    created_at: Time = Field(json_schema_extra=READ_ONLY)
    expires_at: Time | None


class ApiKeyCreated(ApiKeyOut):
    """A new API key; its secret is shown this once."""

    secret: str = Field(min_length=32)
