"""The safety policy: what a run may send to a target, enforced where requests leave.

No writing where writing was not allowed; no changing of what this run did not create; nothing that costs real money
or reaches real people; and nobody whose account was given loses a session, a password or the account.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar

from specdouble.openapi import Op
from specdouble.verify.api.credentials import Credential, claims
from specdouble.verify.api.policy import stands
from specdouble.verify.problems import Unmet
from specdouble.verify.settings.values import Settings

GUESSES = 1  # wrong passwords that one process may try on a given account


class Safety:
    """Says what may be sent; a pack's subclass fills in the tables of its API.

    `owned` holds the ids that this run created or made up, the only ones it may change or delete beyond loopback.
    `given` are the people whose accounts were given; `borrowed` what of theirs may be changed and is put back: an
    operation with the values of its path, or a thing of which only the functions that are `barred` write. `holders`
    tells whose an API key is. While `sweeping`, deleting one's own things needs no permission.

    The tables hold operations by id: `login` takes a name and a password; `logins` change nothing but a session of
    one's own, and are allowed where only reading is; `oneself` change only what is the caller's, whatever their path
    names; `personal` have ids of the caller's own things; `locks_out` end sessions or exchange the password of whoever
    sends them; `takes_away` do so though their method is not DELETE, and `gives_back` do not though it is; `spends` use
    a card or the money of whoever sends them; `leaves_nothing` change nothing of their caller without an id. `places`
    are path parameters that name no thing, `subjects` fields of a body that say which thing it is about.
    """

    login: ClassVar[str] = ""
    logins: ClassVar[frozenset[str]] = frozenset()
    oneself: ClassVar[frozenset[str]] = frozenset()
    personal: ClassVar[frozenset[str]] = frozenset()
    locks_out: ClassVar[frozenset[str]] = frozenset()
    takes_away: ClassVar[frozenset[str]] = frozenset()
    gives_back: ClassVar[frozenset[str]] = frozenset()
    spends: ClassVar[frozenset[str]] = frozenset()
    leaves_nothing: ClassVar[frozenset[str]] = frozenset()
    places: ClassVar[frozenset[str]] = frozenset()
    subjects: ClassVar[tuple[str, ...]] = ()
    makers: ClassVar[str] = ""  # the options that let a run make users, as a reason names them

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.creates = settings.api.pack.creates
        self.owned: set[str] = set()
        self.given: set[str] = set()
        self.borrowed: set[tuple[str, ...]] = set()
        self.barred: set[tuple[str, Any]] = set()
        self.holders: dict[str, str] = {}
        self.opened: dict[str, tuple[str, str]] = {}  # session -> whose, and its newest refresh token
        self.guessed: Counter[str] = Counter()
        self.passwords = {name.strip().lower(): password for name, password in settings.logins().values()}
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
        if not settings.allow_writes and op.id not in self.logins:
            raise Unmet("only reading is allowed on this target: --allow-writes lets the run create things of its own")
        if denied is not None:
            raise Unmet(str(denied))
        switched_off = isinstance(body, dict) and body.get("is_active") is False
        away = switched_off or op.id in self.takes_away or (method == "DELETE" and op.id not in self.gives_back)
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
        by = f" ({self.makers})" if self.makers else ""
        if op.id == self.login and isinstance(body, dict):
            self._guess(str(body.get("email")).strip().lower(), body.get("password"), by)
        if op.id in self.locks_out and not self.callers(who) <= self.owned:
            raise Unmet(f"it ends sessions or exchanges a password: only for a throw-away user{by}")
        if method == "DELETE" and self.deletes(op, params):
            raise Unmet("the operation would delete an account that was given")
        if not self.settings.local and op.id in self.spends and not self.given.isdisjoint(self.callers(who)):
            raise Unmet(f"it spends the money or changes the standing of its caller: only for a throw-away user{by}")

    def deletes(self, op: Op, params: Mapping[str, str]) -> bool:
        """Whether a DELETE may be of an account that was given: its path ends in the person, or below them."""
        return not self.given.isdisjoint(params.values())

    def _guess(self, name: str, password: Any, by: str) -> None:
        """Keep given accounts from being locked: a server may count wrong passwords."""
        if not isinstance(password, str) or self.passwords.get(name, password) == password:
            return
        if self.guessed[name] >= GUESSES:
            raise Unmet(f"a given account might be locked by wrong passwords: only for a throw-away user{by}")
        self.guessed[name] += 1

    def saw(self, response: Any) -> None:
        """Remember the session that a response opened or went on with."""
        if isinstance(response, dict) and response.get("refresh_token"):
            told = claims(str(response.get("access_token", "")))
            if told.get("sid") and str(told.get("sub")) not in self.owned:
                self.opened[str(told["sid"])] = (str(told.get("sub")), str(response["refresh_token"]))

    def _adds(self, op: Op, query: Mapping[str, Any], body: Any) -> bool:
        """Whether a request without ids adds something that is removed later, or is about a thing of this run."""
        about = [body.get(name) for name in self.subjects] if isinstance(body, dict) else []
        return (
            op.id in self.creates
            or op.id in self.logins | self.leaves_nothing
            or any(str(one) in self.owned for one in (*query.values(), *about))
        )

    def _own(
        self, op: Op, params: Mapping[str, str], who: Credential, body: Any, query: Mapping[str, Any]
    ) -> None:  # fmt: skip
        callers = self.callers(who)
        theirs = not self.given.isdisjoint(callers)
        parts = {value for name, *values in self.borrowed if name == op.id for value in values} if theirs else set()
        if (theirs and not params and (op.id,) in self.borrowed) or self.reads_only(op, params, body):
            foreign = []
        elif theirs and not params and not self._adds(op, query, body):
            foreign = ["what belongs to a given person"]
        elif (op.id in self.oneself and not theirs) or (op.id in self.personal and callers and callers <= self.owned):
            foreign = []
        else:
            foreign = [
                name for name, value in params.items() if name not in self.places and value not in self.owned | parts
            ]
        foreign += self.foreign(who, query, body)
        if foreign:
            raise Unmet(
                f"the operation would change what this run did not create ({', '.join(foreign)}), which a run never "
                "does: a run against a server of one's own on loopback can prove it"
            )

    def foreign(self, _who: Credential, _query: Mapping[str, Any], _body: Any) -> list[str]:
        """Return what else a request names beside the ids of its path that this run did not create (hook)."""
        return []

    def reads_only(self, _op: Op, _params: Mapping[str, str], _body: Any) -> bool:
        """Whether a request writes nothing, though its method does not say so (hook)."""
        return False

    def owner(self, who: Credential) -> str:
        """Return the person whose token or API key a credential is, or ""."""
        words = who.headers.get("Authorization", "")
        for text in (words.removeprefix("Bearer "), *who.headers.values()):
            if text in self.holders:
                return self.holders[text]
        return str(claims(words).get("sub", ""))

    def callers(self, who: Credential) -> set[str]:
        """Return the people whom a credential names."""
        return {self.owner(who)} - {""}
