"""The one HTTP client of the suites: every request goes through it, and so every response past the oracle.

It also keeps the safety policy: no writing where writing was not allowed, no changing of what this run did not
create, a journal of creations, a rate limit that honours Retry-After.
"""

from __future__ import annotations

import json
import re
import time
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlencode

import httpx
import orjson

from specdouble.openapi import Op
from specdouble.verify.api.credentials import NOBODY, Credential
from specdouble.verify.http.encoding import query_text
from specdouble.verify.http.pace import PATIENCE, TRIES, Pace, pause
from specdouble.verify.http.served import Served
from specdouble.verify.http.streams import first_words, is_stream, whole
from specdouble.verify.http.transport import http_client, trouble
from specdouble.verify.problems import TargetError, Unmet
from specdouble.verify.responses.exchange import Exchange, encoded
from specdouble.verify.responses.oracle import Oracle, declared
from specdouble.verify.responses.record import Record
from specdouble.verify.responses.redact import Redactor, fields_of
from specdouble.verify.responses.reply import Reply
from specdouble.verify.safety.creations import Creations
from specdouble.verify.safety.journal import Journal
from specdouble.verify.safety.safety import Safety
from specdouble.verify.settings.values import Settings

if TYPE_CHECKING:
    from specdouble.verify.api.api import Api

_NOT_SENT: Any = object()
_LATER = 5  # requests in a row that are answered with "later" to the last, after which a target takes none
_PAGES = 5  # answers in a row that are pages instead of this API's, after which somebody else is thought to response
__all__ = ["Client", "Reply", "compact"]


class Client:
    """Sends requests by the name of their operation.

    `record` is the log of the running test, exchanged by the plugin; `safety` knows what may be sent, `pace` when.
    """

    def __init__(
        self,
        settings: Settings,
        redactor: Redactor,
        journal: Journal,
        *,
        http: httpx.Client | None = None,
    ) -> None:
        self.settings = settings
        self.api = settings.api
        self.contract = self.api.contract
        self.redactor = redactor
        self.journal = journal
        self.oracle = Oracle(self.api, redactor, strict=settings.strict)
        self.served = Served(settings)
        self.safety = (self.api.pack.safety or Safety)(settings)
        self.creates = self.api.pack.creates
        self.credentials = credential_headers(self.api)
        self.creations = Creations(journal, redactor, self.safety)
        self.pace = Pace(settings.rate)
        self.http = http or http_client(settings)
        self._history: deque[Exchange] = deque(maxlen=8)
        self._pages = self._later = 0
        self.record = Record()
        self.begin(self.record)

    def begin(self, record: Record) -> None:
        """Write into another record from now on."""
        self.record = record
        self._history.clear()
        record.sequence, record.clean = self.curls, self.redactor.clean

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
        limited: bool = False,
        blind: bool = False,
    ) -> Reply:
        """Send one request and check its response.

        Args:
            name: the operation's id, such as `POST /v1/keys`; of another service than the first, with its name before.
            who: the credential.
            params: values of the path parameters.
            query: values of the query; lists repeat a name, None leaves it out.
            body: the JSON body, if any.
            headers: more headers; they win over those of the credential.
            content: raw bytes instead of a JSON body.
            content_type: the media type of `content`.
            check: whether the oracle looks at the response.
            limited: whether a 429 is a response; else it is waited for, and never held against what is looked at.
            blind: whether it is a try with a wrong credential, on made-up ids and an empty body (`Safety.may_try`).

        Raises:
            Unmet: this run may not send it (read-only, denied, or somebody else's id), or is not about it and the
                target does not serve it, or the target keeps asking to come later.
            TargetError: the target does not answer.

        """
        op = self.contract[name]
        given = {key: str(value) for key, value in (params or {}).items()}
        sent_body = None if body is _NOT_SENT else body
        sent = {**who.headers, **(headers or {})}
        if blind:
            self.safety.may_try(op, given, sent_body)
        else:
            told = sent_body if content is None else _parsed(content)
            self.safety.may(op, given, Credential(who.name, sent), body=told, query=query)
        data, learned = b"", None
        if content is not None:
            data = content
            sent.setdefault("Content-Type", content_type)
        elif body is not _NOT_SENT:
            data = encoded(body)
            sent.setdefault("Content-Type", "application/json")
            learned = len(self.redactor.known)
            self.redactor.learn_from(body, fields_of(op.spec.path, self.api.words))
        url = self.url(op, given, {**(query or {}), **who.query})
        entry = {} if blind else self.creations.announce(op, given, sent_body)
        try:
            reply = self._exchange(op, url, sent, data, limited=limited)
        except TargetError:
            if entry:
                self.journal.write("unanswered", **entry)
            raise
        reply.sent = {"params": given, "query": dict(query or {}), "body": sent_body, "who": who}
        self.served.need(self, op, reply)
        self._took(op, reply, check=check)
        if not reply.ok and learned is not None:
            self.redactor.refused.update(islice(self.redactor.known, learned, None))
        if reply.ok and op.id in self.creates:
            self.creations.made(op, reply, given, who, self.record)
        return reply

    def send_prepared(
        self, op: Op, who: Credential, target: str, content: bytes, headers: Mapping[str, str], ids: set[str]
    ) -> Reply | None:
        """Send a request that was made elsewhere: `target` is its path with query, `ids` the values in its path.

        Returns None when it cannot be sent over HTTP.
        """
        body = _parsed(content)
        self.safety.may(op, {one: one for one in ids}, who, body=body)
        base = self.settings.urls[op.service]
        if who.query:
            target += f"{'&' if '?' in target else '?'}{urlencode(who.query)}"
        self.creations.announce(op, {}, body)
        try:
            reply = self._exchange(op, base + target, {**headers, **who.headers}, content)
        except Unmet:
            return None
        self._took(op, reply)
        if reply.ok:
            self.redactor.learn_from(body, fields_of(op.spec.path, self.api.words))
            params = _params(op, target)
            if op.id in self.creates and params.keys() >= set(self.creates[op.id].parents):
                self.creations.made(op, reply, params, who, self.record)
        return reply

    def undeclared(
        self, op: Op, method: str, who: Credential = NOBODY, params: Mapping[str, Any] | None = None
    ) -> Reply:
        """Send a method that a path does not declare; the oracle does not look, for nothing is promised about it."""
        given = {key: str(value) for key, value in (params or {}).items()}
        self.safety.may(op, given, who, method=method)
        return self._exchange(op, self.url(op, given, None), dict(who.headers), b"", method=method)

    def undeclared_path(
        self, op: Op, url: str, who: Credential = NOBODY, *, method: str = "GET", body: Any = _NOT_SENT
    ) -> Reply:
        """Send to a URL that no document knows; `op` is the operation that a finding is written to."""
        self.safety.may(op, {}, who, method=method)
        data = b"" if body is _NOT_SENT else orjson.dumps(body)
        more = {} if body is _NOT_SENT else {"Content-Type": "application/json"}
        return self._exchange(op, url, {**who.headers, **more}, data, method=method)

    def url(self, op: Op, params: Mapping[str, str], query: Mapping[str, Any] | None) -> str:
        """Return the URL of an operation.

        Raises:
            Unmet: the service of the operation has no URL.

        """
        base = self.settings.urls[op.service]
        if not base:
            service = self.contract.by_name[op.service]
            raise Unmet(f"no URL of {service.title} was given: --{service.name.replace('_', '-')}")
        path = filled(op, params)
        text = query_text(self.contract, op, query or {})
        return f"{base}{path}" + (f"?{text}" if text else "")

    def _exchange(
        self, op: Op, url: str, headers: dict[str, str], data: bytes, method: str | None = None, *,
        limited: bool = False,
    ) -> Reply:  # fmt: skip
        told = f"{method or op.spec.method} {op.spec.path}"
        started = time.perf_counter()
        answer = self.patiently(
            op, method or op.spec.method, url, headers, data, partial(self._round, op), limited=limited
        )
        content = answer.extensions["words"]
        reply = Reply(op, answer.status_code, answer.headers, content, time.perf_counter() - started)
        reply.asked = url.encode() + b" " + data
        if method is None:
            self._not_a_page(op, told, reply)
        return reply

    def patiently(
        self, op: Op, method: str, url: str, headers: dict[str, str], data: bytes,
        ask: Callable[[str, str, dict[str, str], bytes], httpx.Response], *, limited: bool = False,
    ) -> httpx.Response:  # fmt: skip
        """Send a request, again where the target asks to come later, and once more where a read lost its connection.

        `ask` sends it and reads as much of the answer as is wanted.

        Raises:
            Unmet: it cannot be sent over HTTP, or the target asked to come later to the last.
            TargetError: no response came, or only requests to come later do.

        """
        told, asked = f"{method} {op.spec.path}", 0.0
        for attempt in range(TRIES):
            self.pace.wait()
            try:
                answer = ask(method, url, headers, data)
            except (httpx.LocalProtocolError, httpx.InvalidURL, UnicodeEncodeError, ValueError) as error:
                raise Unmet(f"this request cannot be sent: {error}") from None
            except (httpx.TimeoutException, httpx.TransportError) as error:
                # After a failure a server may close the connection, which is known with the next request only.
                failed = bool(self._history) and self._history[-1].status >= 500
                again = method == "GET" or failed
                if attempt < (3 if failed else 1) and again and not isinstance(error, httpx.TimeoutException):
                    time.sleep(0.2)
                    continue
                raise TargetError(f"{told}: {trouble(error, self.settings.timeout)}", op.id) from None
            self.remember(method, url, headers, data, answer.status_code)
            later = pause(answer.status_code, answer.headers, attempt)
            if later is None or limited or self._of_the_api(op, answer):
                self._later = 0
                return answer
            asked = later
            if asked > PATIENCE:
                break
            if attempt < TRIES - 1:
                self.pace.hold(asked)
        if answer.status_code != 429 and asked <= PATIENCE:
            return answer  # a 503 that stays
        answer.close()
        self._later += 1
        said = f"{told}: the target asks for a pause of {asked:.0f} seconds ({answer.status_code})"
        if self._later >= _LATER or (asked > PATIENCE and declared(op, answer.status_code) is None):
            raise TargetError(f"{said}. Come back later, with a lower --rate.", op.id, final=True)
        raise Unmet(f"{said}; asked {attempt + 1} times. Come back later, with a lower --rate")

    def _of_the_api(self, op: Op, answer: httpx.Response) -> bool:
        """Whether a 429 is a refusal of the API's own, such as a quota: declared, and the pack knows it as one."""
        known = self.api.pack.is_refusal
        if answer.status_code != 429 or known is None or declared(op, 429) is None:
            return False
        return known(_parsed(answer.extensions.get("words", b"")))

    def _not_a_page(self, op: Op, told: str, reply: Reply) -> None:
        """Tell a response of this API from a page of a proxy before a target that has gone.

        Raises:
            TargetError: a 502, 503 or 504 that is no JSON, or page after page whatever is asked.

        """
        response = declared(op, reply.status)
        known = response is not None and (reply.media_type in (response.content or {}) or not response.content)
        kind = reply.media_type or "no content type"
        if reply.status in (502, 503, 504) and reply.json is None and not known:
            raise TargetError(f"{told}: {reply.status} with {kind}, as a proxy says it that reaches no server", op.id)
        self._pages = self._pages + 1 if reply.media_type == "text/html" and not known else 0
        if self._pages >= _PAGES:
            self._pages = 0
            raise TargetError(f"{told}: {_PAGES} answers in a row are HTML pages, the last one a {reply.status}", op.id)

    def _round(self, op: Op, method: str, url: str, headers: dict[str, str], data: bytes) -> httpx.Response:
        """Send a request and read its response; of an event stream, which never ends, the first words only."""
        answer = self.ask(method, url, headers, data)
        try:
            timeout = self.settings.timeout
            answer.extensions["words"] = first_words(answer) if is_stream(op, answer) else whole(answer, timeout)
        finally:
            answer.close()
        return answer

    def ask(self, method: str, url: str, headers: dict[str, str], data: bytes = b"") -> httpx.Response:
        """Send a request and return its response unread; who reads a stream has to close it."""
        request = self.http.build_request(method, url, headers=_latin(headers), content=data or None)
        return self.http.send(request, stream=True)

    def remember(self, method: str, url: str, headers: dict[str, str], data: bytes, status: int) -> None:
        """Count an exchange, and keep it for the curl commands of a finding."""
        self.record.requests += 1
        self._history.append(Exchange(method, url, headers, data, status))

    def _took(self, op: Op, reply: Reply, *, check: bool = True) -> None:
        """Count a response, let the oracle look at it, and remember the secrets that it hands out."""
        self.record.statuses[op.id][str(reply.status)] += 1
        before = len(self.redactor.known)
        if reply.ok:
            self.safety.saw(reply.json)
        if reply.json is not None:
            self.redactor.learn_from(reply.json, fields_of(op.spec.path, self.api.words))
        if check:
            self.oracle.check(op, reply, self.record, known=before)

    # -- what this run made ----------------------------------------------------------------------------------------

    def own(self, *ids: Any) -> None:
        """Say that these ids are this run's: made up, or created by a way that the client does not see."""
        self.safety.owned.update(str(one) for one in ids)

    @property
    def owned(self) -> set[str]:
        """The ids that are this run's."""
        return self.safety.owned

    # -- what people read ------------------------------------------------------------------------------------------

    def curls(self) -> list[str]:
        """Return the last requests as redacted curl commands, oldest first."""
        return [one.curl(self.redactor, self.credentials) for one in self._history]


def _latin(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), str(value).encode("latin-1", "replace")) for name, value in headers.items()]


def _parsed(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None


def filled(op: Op, params: Mapping[str, str]) -> str:
    """Return the path of an operation with its parameters filled in; slashes stay where the document lets them."""
    greedy = {one.name for one in op.spec.parameters if one.location == "path" and _is_greedy(op, one.name)}
    return re.sub(
        r"\{([^{}]+)\}", lambda found: quote(params[found[1]], safe="/" if found[1] in greedy else ""), op.spec.path
    )


def _is_greedy(op: Op, name: str) -> bool:
    """Whether a parameter takes the rest of a path: the last one, called so."""
    return name == "path" and op.spec.path.endswith("{path}")


def _params(op: Op, target: str) -> dict[str, str]:
    """Return the path parameters of a path that was made elsewhere; none when it does not have that form."""
    names = re.findall(r"\{([^{}]+)\}", op.spec.path)
    pattern = re.sub(r"\\\{.+?\\\}", "([^/]+)", re.escape(op.spec.path))
    found = re.fullmatch(pattern, target.partition("?")[0])
    return {name: unquote(value) for name, value in zip(names, found.groups(), strict=True)} if found else {}


def credential_headers(api: Api) -> frozenset[str]:
    """Return the names of headers that carry a credential, in small letters."""
    found = {"authorization", "cookie", "proxy-authorization", *api.words.secret_headers}
    for service in api.contract.services:
        raw = service.document.raw
        schemes = (raw.get("components") or {}).get("securitySchemes") or raw.get("securityDefinitions") or {}
        found |= {str(one["name"]).lower() for one in schemes.values() if one.get("in") == "header"}
    return frozenset(found)


def compact(value: Any) -> str:
    """Write a JSON value on one line, for messages."""
    return json.dumps(value, ensure_ascii=False, default=str)
