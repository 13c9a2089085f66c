"""Who calls Imperal Cloud: people with a tenant and a role, and API keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from specdouble.verify.kit import Credential, claims
from specdouble.verify.kit import Person as Somebody

HOME = "default"  # the tenant whose administrators keep the platform


@dataclass(eq=False)
class Person(Somebody):
    """Somebody with an account in a tenant."""

    tenant_id: str = HOME
    role: str = "user"

    @property
    def imperal_id(self) -> str:
        """The id of the account."""
        return self.id

    def take(self, pair: dict[str, Any]) -> None:
        """Take a token pair that the server answered."""
        self.access_token, self.refresh_token = pair["access_token"], pair["refresh_token"]
        self.id = str(claims(self.access_token).get("sub", self.id))


def api_key(secret: str, name: str = "api key") -> Credential:
    """Return the credential of an API key."""
    return Credential(name, {"x-api-key": secret})
