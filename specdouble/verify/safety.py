"""The safety policy: what a run may send to a target, enforced where requests leave.

No writing where writing was not allowed; no changing of what this run did not create; nothing that costs real money
or reaches real people; and nobody whose account was given loses a session, a password or the account.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from specdouble.verify.contract import Op
from specdouble.verify.credentials import Credential, claims
from specdouble.verify.imperal import (
    CALLS,
    GIVES_BACK,
    LEAVES_NOTHING,
    LOCKS_OUT,
    LOGIN,
    LOGINS,
    NO_IDS,
    ONESELF,
    OWNERS,
    PERSONAL,
    SPENDS,
    SUBJECTS,
    TAKES_AWAY,
)
from specdouble.verify.journal import CREATES
from specdouble.verify.policy import stands
from specdouble.verify.problems import Unmet
from specdouble.verify.settings import PEOPLE, Settings

GUESSES = 1  # wrong passwords that one process may try on a given account
UNKNOWN = "imp_u_nobody99"  # looks like somebody, and is nobody


class Safety:
    """Says what may be sent.

    `owned` holds the ids that this run created or made up, the only ones it may change or delete beyond loopback.
    `given` are the people whose accounts were given; `borrowed` what of theirs may be changed and is put back: an
    operation with the values of its path, or an app of which only the functions that are `barred` write. `holders`
    tells whose an API key is. While `sweeping`, deleting one's own things needs no permission.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.owned: set[str] = set()
        self.given: set[str] = set()
        self.borrowed: set[tuple[str, ...]] = set()
        self.barred: set[tuple[str, Any]] = set()
        self.holders: dict[str, str] = {}
        self.opened: dict[str, tuple[str, str]] = {}  # session -> whose, and its newest refresh token
        self.guessed: Counter[str] = Counter()
        words = (getattr(settings, who).partition(":") for who in PEOPLE if getattr(settings, who))
        self.passwords = {email.strip().lower(): password for email, _, password in words}
        self.sweeping = False

    def may(
        self, op: Op, params: Mapping[str, str], who: Credential, *, method: str = "", body: Any = None,
        query: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """Refuse what a run must not send.

        Raises:
            Unmet: why not, and which option would allow it.

        """
        settings, method = self.settings, method or op.spec.method
        denied = stands(settings, op)
        if denied is not None and denied.reason == "user":
            raise Unmet(str(denied))
        if method in ("GET", "HEAD", "OPTIONS"):
            return
        if not settings.allow_writes and op.key not in LOGINS:
            raise Unmet("only reading is allowed on this target: --allow-writes lets the run create things of its own")
        if denied is not None:
            raise Unmet(str(denied))
        switched_off = isinstance(body, dict) and body.get("is_active") is False
        away = switched_off or op.id in TAKES_AWAY or (method == "DELETE" and op.key not in GIVES_BACK)
        if away and not settings.allow_destructive and not self.sweeping:
            raise Unmet(
                "deleting is not allowed on this target: --allow-destructive lets the run delete its own things"
            )
        self._not_given(op, params, who, method, body)
        if not settings.local:
            self._own(op, params, who, body, query or {})

    def may_try(self, op: Op, params: Mapping[str, str], body: Any) -> None:
        """Refuse a try with a wrong credential that could do harm on a server with the very fault it looks for.

        A refused request writes nothing, so it may be sent where only reading is allowed. Its ids belong to nobody and
        its body says nothing, so that a server which takes it finds nothing to change.

        Raises:
            Unmet: the user denied the operation, or the request names what is somebody's.

        """
        denied = stands(self.settings, op)
        if denied is not None and denied.reason == "user":
            raise Unmet(str(denied))
        if body or not set(params.values()) <= self.owned:
            raise Unmet("a wrong credential is tried on made-up ids and an empty body only")

    def _not_given(self, op: Op, params: Mapping[str, str], who: Credential, method: str, body: Any) -> None:
        """Keep the given accounts: on loopback too, for they belong to somebody."""
        if op.key == LOGIN and isinstance(body, dict):
            self._guess(str(body.get("email")).strip().lower(), body.get("password"))
        if op.key in LOCKS_OUT and not self._callers(who) <= self.owned:
            raise Unmet(
                "it ends sessions or exchanges a password: only for a throw-away user "
                "(--service-token, --admin, or --mail-command)"
            )
        if method == "DELETE" and op.spec.path.startswith("/v1/users/") and not self.given.isdisjoint(params.values()):
            raise Unmet("the operation would delete an account that was given")
        if not self.settings.local and op.key in SPENDS and not self.given.isdisjoint(self._callers(who)):
            raise Unmet(
                "it spends the money or changes the standing of its caller: only for a throw-away user "
                "(--service-token, --admin, or --mail-command)"
            )

    def _guess(self, email: str, password: Any) -> None:
        """Keep given accounts from being locked: a server may count wrong passwords."""
        if not isinstance(password, str) or self.passwords.get(email, password) == password:
            return
        if self.guessed[email] >= GUESSES:
            raise Unmet("a given account might be locked by wrong passwords: only for a throw-away user "
                        "(--service-token, --admin, or --mail-command)")  # fmt: skip
        self.guessed[email] += 1

    def saw(self, response: Any) -> None:
        """Remember the session that a response opened or went on with."""
        if isinstance(response, dict) and response.get("refresh_token"):
            told = claims(str(response.get("access_token", "")))
            if told.get("sid") and str(told.get("sub")) not in self.owned:
                self.opened[str(told["sid"])] = (str(told.get("sub")), str(response["refresh_token"]))

    def _adds(self, op: Op, query: Mapping[str, Any], body: Any) -> bool:
        """Whether a request without ids adds something that is removed later, or is about a thing of this run."""
        about = [body.get(name) for name in SUBJECTS] if isinstance(body, dict) else []
        return (
            op.id in CREATES
            or op.key in LOGINS | LEAVES_NOTHING
            or any(str(one) in self.owned for one in (*query.values(), *about))
        )

    def _own(
        self, op: Op, params: Mapping[str, str], who: Credential, body: Any, query: Mapping[str, Any]
    ) -> None:  # fmt: skip
        callers = self._callers(who)
        theirs = not self.given.isdisjoint(callers)
        parts = {value for name, *values in self.borrowed if name == op.id for value in values} if theirs else set()
        if (theirs and not params and (op.id,) in self.borrowed) or self._reads_only(op, params, body):
            foreign = []
        elif theirs and not params and not self._adds(op, query, body):
            foreign = ["what belongs to a given person"]
        elif (op.key in ONESELF and not theirs) or (op.key in PERSONAL and callers and callers <= self.owned):
            foreign = []
        else:
            foreign = [name for name, value in params.items() if name not in NO_IDS and value not in self.owned | parts]
        acting = who.headers.get("X-Acting-User", "")
        alone = acting in self.given and "X-Service-Token" not in who.headers  # their own header opens nothing
        if acting and acting not in self.owned and not alone:
            foreign.append("X-Acting-User")
        if "X-Service-Token" in who.headers:
            named_ = {**query, **(body if isinstance(body, dict) else {})}
            told = {one: named_.get(one) for one in OWNERS}
            foreign += [
                one for one, value in told.items() if value and isinstance(value, str) and value not in self.owned
            ]
        if foreign:
            raise Unmet(
                f"the operation would change what this run did not create ({', '.join(foreign)}), which a run never "
                "does: a run against a server of one's own on loopback can prove it"
            )

    def _reads_only(self, op: Op, params: Mapping[str, str], body: Any) -> bool:
        """Whether a request calls functions of an app that was lent, and none that writes."""
        app = params.get("app_id", "")
        if op.key not in CALLS or (app, "*") not in self.borrowed:
            return False
        calls = body.get("calls", [body]) if isinstance(body, dict) else []
        named = [one.get("function") for one in calls if isinstance(one, dict)] if isinstance(calls, list) else []
        return all(not isinstance(one, str) or (app, one) not in self.barred for one in named)

    def owner(self, who: Credential) -> str:
        """Return the person whose token or API key a credential is, or ""."""
        words = who.headers.get("Authorization", "")
        for text in (words.removeprefix("Bearer "), who.headers.get("x-api-key", "")):
            if text in self.holders:
                return self.holders[text]
        return str(claims(words).get("sub", ""))

    def _callers(self, who: Credential) -> set[str]:
        """Return the people whom a credential names: by a token or a key, and by acting for them."""
        return {who.headers.get("X-Acting-User", ""), self.owner(who)} - {""}
