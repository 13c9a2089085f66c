"""The one credential of the runtime: its token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from specdouble.verify.kit import Credential, Op, Settings, Unmet, bearer
from specdouble.verify.kit import TestUsers as Users

MOCKS = "alquimia-dev-token"  # of a mock that was started without another one


def from_mock(settings: Settings, _shown: Mapping[str, Any]) -> Mapping[str, Any]:
    """Take the token of a mock, unless one was given."""
    return {} if settings.token else {"token": MOCKS}


class TestUsers(Users):
    """Whoever has the token may do everything."""

    @property
    def token(self) -> Credential:
        """The token; raises ``Unmet`` where none was given."""
        if not self.settings.token:
            raise Unmet("the token of the runtime is missing (--token)")
        return bearer(self.settings.token)

    def credential(self, op: Op) -> Credential:
        """Return the token, which opens every operation."""
        del op
        return self.token
