"""The rules of a guest: what a run may send to a target, enforced where requests leave.

No writing where writing was not allowed; no changing of what this run did not create; nothing that costs real money
or reaches real people; and nobody whose account was given loses a session, a password or the account.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contract_tests.contract import Op
from contract_tests.credentials import Credential, claims
from contract_tests.problems import Unmet
from contract_tests.settings import DENIED, Settings

# POSTs that change nothing but a session of one's own: allowed where only reading is.
LOGINS = frozenset({"POST /v1/auth/login", "POST /v1/auth/refresh", "POST /v1/auth/logout"})
# They change only what is the caller's own, whatever app their path names.
ONESELF = frozenset(
    {
        "POST /v1/marketplace/apps/{app_id}/install",
        "DELETE /v1/marketplace/apps/{app_id}/install",
        "DELETE /v1/me/extensions/disable/{app_id}",
        "PUT /v1/secrets/{ext_id}/{name}",
        "DELETE /v1/secrets/{ext_id}/{name}",
    }
)
# Their ids are the caller's own things: a throw-away user may send them.
PERSONAL = frozenset(
    {
        "POST /v1/auth/sessions/{session_id}/revoke",
        "POST /v1/confirmations/{confirmation_id}/confirm",
        "POST /v1/confirmations/{confirmation_id}/cancel",
        "POST /v1/tasks/{task_id}/cancel",
        "POST /v1/automations/{rule_id}/pause",
        "POST /v1/automations/{rule_id}/resume",
    }
)
# They end sessions or exchange the password of whoever sends them: never of an account that was given.
LOCKS_OUT = frozenset(
    {
        "POST /v1/auth/me/change-password",
        "POST /v1/auth/sessions/revoke-others",
        "POST /v1/auth/sessions/{session_id}/revoke",
    }
)
# They take something away, though their method is not DELETE.
TAKES_AWAY = frozenset(
    {
        "POST /v1/developer/apps/{app_id}/suspend",
        "POST /v1/admin/apps/{app_id}/status",
        "POST /v1/admin/apps/{app_id}/reject",
    }
)
OWNERS = ("user_id", "imperal_id", "owner_id")  # fields in which a service names the person it acts for


class Guest:
    """Says what may be sent.

    `owned` holds the ids that this run created or made up, the only ones it may change or delete beyond loopback;
    `given` the people whose accounts were given. While `sweeping`, deleting one's own things needs no permission.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.owned: set[str] = set()
        self.given: set[str] = set()
        self.sweeping = False

    def may(
        self, op: Op, params: Mapping[str, str], who: Credential, *, method: str = "", body: Any = None,
        query: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """Refuse what a guest must not send.

        Raises:
            Unmet: why not, and which option would allow it.

        """
        settings, method = self.settings, method or op.spec.method
        if named(settings.deny, op):
            raise Unmet("the operation is on the deny-list: --deny")
        if method in ("GET", "HEAD", "OPTIONS"):
            return
        if not settings.allow_writes and op.key not in LOGINS:
            raise Unmet("only reading is allowed on this target: --allow-writes lets the run create things of its own")
        if not settings.local and named(DENIED, op):
            raise Unmet("the operation is on the deny-list of targets beyond loopback")
        away = method == "DELETE" or op.id in TAKES_AWAY or (isinstance(body, dict) and body.get("is_active") is False)
        if away and not settings.allow_destructive and not self.sweeping:
            raise Unmet(
                "deleting is not allowed on this target: --allow-destructive lets the run delete its own things"
            )
        self._not_given(op, params, who, method)
        if not settings.local:
            self._own(op, params, who, body, query or {})

    def _not_given(self, op: Op, params: Mapping[str, str], who: Credential, method: str) -> None:
        """Keep the given accounts: on loopback too, for they belong to somebody."""
        if op.key in LOCKS_OUT and not _callers(who) <= self.owned:
            raise Unmet("it ends sessions or exchanges a password: only for a throw-away user (--service-token)")
        if method == "DELETE" and op.spec.path.startswith("/v1/users/") and not self.given.isdisjoint(params.values()):
            raise Unmet("the operation would delete an account that was given")

    def _own(
        self, op: Op, params: Mapping[str, str], who: Credential, body: Any, query: Mapping[str, Any]
    ) -> None:  # fmt: skip
        callers = _callers(who)
        if op.key in ONESELF or (op.key in PERSONAL and callers and callers <= self.owned):
            foreign = []
        else:
            foreign = [name for name, value in params.items() if value not in self.owned]
        acting = who.headers.get("X-Acting-User", "")
        if acting and acting not in self.owned:
            foreign.append("X-Acting-User")
        if "X-Service-Token" in who.headers:
            named_ = {**query, **(body if isinstance(body, dict) else {})}
            foreign += [one for one in OWNERS if named_.get(one) and str(named_[one]) not in self.owned]
        if foreign:
            raise Unmet(f"the operation would change what this run did not create ({', '.join(foreign)})")


def named(words: tuple[str, ...], op: Op) -> bool:
    """Whether one of the words names an operation: its id, its key, its tag, or a part of its id."""
    return any(word in (op.id, op.key, op.spec.tag) or ("/" in word and word in op.id) for word in words)


def _callers(who: Credential) -> set[str]:
    """Return the people whom a credential names: by a token, and by acting for them."""
    found = {who.headers.get("X-Acting-User", ""), str(claims(who.headers.get("Authorization", "")).get("sub", ""))}
    return found - {""}
