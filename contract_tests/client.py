"""The one HTTP client of the suites: every request goes through it, and so every answer past the oracle.

It also keeps the rules of a guest: no writing where writing was not allowed, no changing of what this run did not
create, a journal of creations, a rate limit that honours Retry-After.
"""

from __future__ import annotations

import json
import re
import shlex
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import orjson

from contract_tests.contract import GATEWAY, Contract, Op
from contract_tests.credentials import NOBODY, Credential, claims
from contract_tests.journal import CREATES, Journal
from contract_tests.oracle import Oracle
from contract_tests.problems import TargetError, Unmet
from contract_tests.record import Record
from contract_tests.redact import Redactor, fields_of
from contract_tests.settings import Settings
from contract_tests.streams import first_words, is_stream

_NOT_SENT: Any = object()
# POSTs that change nothing but a session of one's own: allowed where only reading is.
LOGINS = frozenset({"POST /v1/auth/login", "POST /v1/auth/refresh", "POST /v1/auth/logout"})
# They change only what is the caller's own, whatever app their path names.
ONESELF = frozenset(
    {
        "DELETE /v1/marketplace/apps/{app_id}/install",
        "DELETE /v1/me/extensions/disable/{app_id}",
        "PUT /v1/secrets/{ext_id}/{name}",
        "DELETE /v1/secrets/{ext_id}/{name}",
    }
)
_PATIENCE = 30.0  # seconds that a Retry-After may ask for
_TRIES = 4


@dataclass
class Reply:
    """An answer. `json` is None when the body is no JSON."""

    op: Op
    status: int
    headers: Mapping[str, str]
    content: bytes
    seconds: float = 0.0
    sent: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether it is a 2xx."""
        return 200 <= self.status < 300

    @cached_property
    def media_type(self) -> str:
        """The content type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @cached_property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode("utf-8", "replace")

    @cached_property
    def json(self) -> Any:
        """The body as JSON, or None."""
        try:
            return orjson.loads(self.content)
        except orjson.JSONDecodeError:
            return None

    @property
    def detail(self) -> Any:
        """What a refusal says, or None."""
        return self.json.get("detail") if isinstance(self.json, dict) else None

    def need(self) -> Reply:
        """Return this answer if it is a 2xx; else the check that needs it cannot be made.

        Raises:
            Unmet: the answer is a refusal; the reason names the operation and the status.

        """
        if not self.ok:
            raise Unmet(f"{self.op.id} answered {self.status}")
        return self

    def __getitem__(self, name: Any) -> Any:
        """Return a field of the JSON body of a 2xx; what is not there keeps a check from being made."""
        self.need()
        try:
            return self.json[name]
        except (KeyError, IndexError, TypeError):
            raise Unmet(f"{self.op.id} answered without {name!r}") from None


@dataclass
class _Exchange:
    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    status: int


class Client:
    """Sends requests by the name of their operation.

    `record` is the log of the running test and is exchanged by the plugin; `owned` holds the ids that this run
    created or made up, the only ones it may change or delete.
    """

    def __init__(
        self,
        settings: Settings,
        contract: Contract,
        redactor: Redactor,
        journal: Journal,
        *,
        http: httpx.Client | None = None,
    ) -> None:
        self.settings = settings
        self.contract = contract
        self.redactor = redactor
        self.journal = journal
        self.oracle = Oracle(contract, redactor, strict=settings.strict)
        self.owned: set[str] = set()
        self.http = http or httpx.Client(
            timeout=settings.timeout, verify=not settings.insecure, follow_redirects=False, trust_env=False,
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=20),
        )  # fmt: skip
        self._history: deque[_Exchange] = deque(maxlen=8)
        self._next = 0.0
        self.record = Record()
        self.begin(self.record)

    def begin(self, record: Record) -> None:
        """Write into another record from now on."""
        self.record = record
        self._history.clear()
        record.sequence = self.curls

    # -- sending ---------------------------------------------------------------------------------------------------

    def send(
        self,
        name: str | Op,
        who: Credential = NOBODY,
        *,
        params: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Any = _NOT_SENT,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        content_type: str = "application/json",
        check: bool = True,
    ) -> Reply:
        """Send one request and check its answer.

        Args:
            name: the operation's id, such as `POST /v1/keys` or `registry GET /v1/apps`.
            who: the credential.
            params: values of the path parameters.
            query: values of the query; lists repeat a name, None leaves it out.
            body: the JSON body, if any.
            headers: more headers; they win over those of the credential.
            content: raw bytes instead of a JSON body.
            content_type: the media type of `content`.
            check: whether the oracle looks at the answer.

        Raises:
            Unmet: this run may not send it (read-only, denied, or somebody else's id).
            TargetError: the target does not answer.

        """
        op = self.contract[name]
        given = {key: str(value) for key, value in (params or {}).items()}
        self._may(op, given)
        sent = {**who.headers, **(headers or {})}
        data = b""
        if content is not None:
            data = content
            sent.setdefault("Content-Type", content_type)
        elif body is not _NOT_SENT:
            data = orjson.dumps(body)
            sent.setdefault("Content-Type", "application/json")
            self.redactor.learn_from(body, fields_of(op.spec.path))
        url = self.url(op, given, query)
        made = CREATES.get(op.id)
        if made is not None:
            self.journal.write("creating", op=op.id, params=given)
        reply = self._exchange(op, url, sent, data)
        reply.sent = {
            "params": given,
            "query": dict(query or {}),
            "body": None if body is _NOT_SENT else body,
            "who": who,
        }
        self._took(op, reply)
        if check:
            self.oracle.check(op, reply, self.record)
        if reply.json is not None:
            self.redactor.learn_from(reply.json, fields_of(op.spec.path))
        if made is not None and reply.ok:
            self._created(op, reply, given, who)
        return reply

    def send_prepared(
        self, op: Op, who: Credential, target: str, content: bytes, headers: Mapping[str, str], ids: set[str]
    ) -> Reply | None:
        """Send a request that was made elsewhere: `target` is its path with query, `ids` the values in its path.

        Returns None when it cannot be sent over HTTP.
        """
        self._may(op, {one: one for one in ids})
        base = self.settings.target if op.service == GATEWAY else self.settings.registry
        try:
            reply = self._exchange(op, base + target, {**headers, **who.headers}, content)
        except Unmet:
            return None
        self._took(op, reply)
        self.oracle.check(op, reply, self.record)
        if reply.ok and op.id in CREATES and not CREATES[op.id].parents:
            self._created(op, reply, {}, who)
        return reply

    def undeclared(
        self, op: Op, method: str, who: Credential = NOBODY, params: Mapping[str, Any] | None = None
    ) -> Reply:
        """Send a method that a path does not declare; the oracle does not look, for nothing is promised about it."""
        self._may(op, {key: str(value) for key, value in (params or {}).items()})
        url = self.url(op, {key: str(value) for key, value in (params or {}).items()}, None)
        return self._exchange(op, url, dict(who.headers), b"", method=method)

    def undeclared_path(self, op: Op, url: str, who: Credential = NOBODY) -> Reply:
        """Read a URL that no document knows; `op` is the operation that a finding is written to."""
        return self._exchange(op, url, dict(who.headers), b"", method="GET")

    def url(self, op: Op, params: Mapping[str, str], query: Mapping[str, Any] | None) -> str:
        """Return the URL of an operation.

        Raises:
            Unmet: the service of the operation has no URL.

        """
        base = self.settings.target if op.service == GATEWAY else self.settings.registry
        if not base:
            raise Unmet("no URL of the Registry was given: --registry" if op.service != GATEWAY else "no --target")
        path = re.sub(
            r"\{(\w+)\}", lambda found: quote(params[found[1]], safe="/" if found[1] == "path" else ""), op.spec.path
        )
        pairs = [
            (name, _text(one))
            for name, value in (query or {}).items()
            for one in (value if isinstance(value, list | tuple) else [value])
            if one is not None
        ]
        return f"{base}{path}" + (f"?{urlencode(pairs)}" if pairs else "")

    def _exchange(self, op: Op, url: str, headers: dict[str, str], data: bytes, method: str | None = None) -> Reply:
        method = method or op.spec.method
        for attempt in range(_TRIES):
            self._wait()
            started = time.perf_counter()
            try:
                answer = self._round(method, url, headers, data)
            except (httpx.LocalProtocolError, httpx.InvalidURL, UnicodeEncodeError, ValueError) as error:
                raise Unmet(f"this request cannot be sent: {error}") from None
            except (httpx.TimeoutException, httpx.TransportError) as error:
                if attempt == 0 and method == "GET" and not isinstance(error, httpx.TimeoutException):
                    time.sleep(0.2)
                    continue
                raise TargetError(f"{method} {op.spec.path}: {trouble(error, self.settings.timeout)}") from None
            self.remember(method, url, headers, data, answer.status_code)
            pause = self._pause(answer) if attempt < _TRIES - 1 else None
            if pause is None:
                break
            time.sleep(pause)
        content = answer.extensions.get("first_words", b"") if is_stream(answer) else answer.content
        return Reply(op, answer.status_code, answer.headers, content, time.perf_counter() - started)

    def _round(self, method: str, url: str, headers: dict[str, str], data: bytes) -> httpx.Response:
        """Send a request and read its answer; of an event stream, which never ends, the first words only."""
        answer = self.ask(method, url, headers, data)
        try:
            if is_stream(answer):
                answer.extensions["first_words"] = first_words(answer)
            else:
                answer.read()
        finally:
            answer.close()
        return answer

    def ask(self, method: str, url: str, headers: dict[str, str], data: bytes = b"") -> httpx.Response:
        """Send a request and return its answer unread; who reads a stream has to close it."""
        request = self.http.build_request(method, url, headers=_latin(headers), content=data or None)
        return self.http.send(request, stream=True)

    def remember(self, method: str, url: str, headers: dict[str, str], data: bytes, status: int) -> None:
        """Count an exchange, and keep it for the curl commands of a finding."""
        self.record.requests += 1
        self._history.append(_Exchange(method, url, headers, data, status))

    @staticmethod
    def _pause(answer: httpx.Response) -> float | None:
        """Return how long to wait before the same request once more, or None when the answer stands."""
        asked = answer.headers.get("retry-after", "")
        if answer.status_code in (429, 503) and asked.isdigit() and int(asked) <= _PATIENCE:
            return float(asked)
        return None

    def _wait(self) -> None:
        if not self.settings.rate:
            return
        now = time.monotonic()
        if self._next > now:
            time.sleep(self._next - now)
        self._next = max(now, self._next) + 1 / self.settings.rate

    def _took(self, op: Op, reply: Reply) -> None:
        self.record.statuses[op.id][str(reply.status)] += 1

    # -- the rules of a guest --------------------------------------------------------------------------------------

    def own(self, *ids: Any) -> None:
        """Say that these ids are this run's: made up, or created by a way that the client does not see."""
        self.owned.update(str(one) for one in ids)

    def _may(self, op: Op, params: Mapping[str, str]) -> None:
        settings = self.settings
        if op.reads:
            return
        if not settings.allow_writes and op.key not in LOGINS:
            raise Unmet("only reading is allowed on this target: --allow-writes lets the run create things of its own")
        if any(word in (op.id, op.spec.tag) or word in op.id for word in settings.denied):
            raise Unmet("the operation is on the deny-list of targets beyond loopback")
        if op.spec.method == "DELETE" and not settings.allow_destructive:
            raise Unmet(
                "deleting is not allowed on this target: --allow-destructive lets the run delete its own things"
            )
        if op.spec.method in ("DELETE", "PATCH", "PUT") and not settings.local and op.key not in ONESELF:
            foreign = [value for value in params.values() if value not in self.owned]
            if foreign:
                raise Unmet(f"{op.id} would change {', '.join(foreign)}, which this run did not create")

    def _created(self, op: Op, reply: Reply, params: Mapping[str, str], who: Credential) -> None:
        made = CREATES[op.id]
        value = reply.json.get(made.field) if isinstance(reply.json, dict) else None
        if made.claim:
            value = claims(str(value)).get("sub")
        if value is None:
            return
        self.own(value)
        owner = claims(who.headers.get("Authorization", "")).get("sub", "")
        if made.personal and (not owner or owner in self.owned):
            return
        undo = {**{name: params[name] for name in made.parents}, **({made.param: str(value)} if made.param else {})}
        entry = {
            "op": op.id,
            "what": made.what,
            "id": str(value),
            "undo": made.undo,
            "params": undo,
            "query": dict(made.query),
            "owner": owner,
        }
        self.journal.write("created", **entry)
        self.record.created.append(entry)

    # -- what people read ------------------------------------------------------------------------------------------

    def curls(self) -> list[str]:
        """Return the last requests as redacted curl commands, oldest first."""
        return [self.redactor.clean(_curl(one)) for one in self._history]


def trouble(error: Exception, timeout: float) -> str:
    """Say in a few words what went wrong with a connection."""
    if isinstance(error, httpx.TimeoutException):
        return f"no answer within {timeout:g} seconds"
    if isinstance(error, httpx.ConnectError):
        return "the connection was refused" if "refused" in str(error).lower() else f"cannot connect ({error})"
    return f"the connection broke ({error or type(error).__name__})"


def _latin(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), str(value).encode("latin-1", "replace")) for name, value in headers.items()]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _curl(one: _Exchange) -> str:
    words = ["curl", "-s", "-X", one.method, one.url]
    for name, value in one.headers.items():
        words += ["-H", f"{name}: {value}"]
    if one.body:
        text = one.body.decode("utf-8", "replace")
        words += ["-d", text if len(text) <= 2000 else f"{text[:2000]}…"]
    return f"{shlex.join(words)}  # {one.status}"


def compact(value: Any) -> str:
    """Write a JSON value on one line, for messages."""
    return json.dumps(value, ensure_ascii=False, default=str)
