"""Judging exchanges that somebody else made: the rules of every response, requests, credentials. Nothing is sent."""

from __future__ import annotations

import base64
import binascii
from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from specdouble.openapi import Op
from specdouble.verify.api.chosen import chosen_ops
from specdouble.verify.generated.oracle import ModelOracle
from specdouble.verify.http.client import credential_headers
from specdouble.verify.problems import SettingsError
from specdouble.verify.responses.exchange import Exchange
from specdouble.verify.responses.oracle import Oracle, declared
from specdouble.verify.responses.record import WARNING, Record
from specdouble.verify.responses.redact import Redactor, fields_of
from specdouble.verify.responses.reply import Reply
from specdouble.verify.results import baseline
from specdouble.verify.results.result import EXIT_BROKEN, Result
from specdouble.verify.settings.values import Settings
from specdouble.verify.traffic.asked import mistakes
from specdouble.verify.traffic.exchange import Seen
from specdouble.verify.traffic.places import Found, Places
from specdouble.verify.traffic.schemes import Schemes
from specdouble.verify.traffic.world import World

SEEN, OPEN = "TRAFFIC-01", "TRAFFIC-02"
UNSEEN = "the traffic has no exchange of it"
_BODIES = frozenset({"SCHEMA-03", "SCHEMA-04", "SCHEMA-05", "SCHEMA-07", "SCHEMA-42"})  # what a body is needed for
_NOISE = ("sec-", "accept-", "user-agent", "connection", "content-length", "host", "referer", "origin", "cache-control",
          "pragma", "dnt", "priority", "te", "via", "forwarded", "x-forwarded-")  # fmt: skip
_SHOWN = 5


class Judge:
    """Takes exchanges one after the other, and makes the result of all of them.

    `told` is the command line that the result names; `world` takes what the responses show, where one is recorded.
    """

    def __init__(self, settings: Settings, places: Places, told: str = "", world: World | None = None) -> None:
        api = settings.api
        self.settings, self.api, self.places, self.world = settings, api, places, world
        self.redactor = Redactor.of(settings.secrets(), api.words.secret_looks)
        self.result = Result(settings, chosen_ops(settings), told=told)
        self.result.proof.decide |= {SEEN}
        self.oracle = (ModelOracle if api.generated else Oracle)(api, self.redactor, strict=settings.strict)
        self.credentials = credential_headers(api)
        self.schemes = Schemes(api.contract)
        self.notes: list[str] = []
        self.count = self.judged = 0
        self._chosen = {op.id for op in self.result.ops}
        self._passed: Counter[str] = Counter()
        self._elsewhere: Counter[str] = Counter()
        self._unknown: dict[str, Counter[int]] = defaultdict(Counter)
        self._open: list[dict[str, Any]] = []
        self._carried = 0

    def see(self, seen: Seen) -> list[dict[str, Any]]:
        """Judge an exchange; return the findings that are new."""
        self.count += 1
        found = self.places.find(seen.method, seen.url)
        why = self._left_out(seen, found)
        if why:
            self._passed[why] += 1
        if found.op is None or why or found.op.id not in self._chosen:
            return []
        self.judged += 1
        record = self._record(seen)
        self._judge(found.op, seen, found.params, record)
        known = self.result.findings.keys()
        new = [one for id_, one in record.findings.items() if id_ not in known]
        self.result.add(record.data())
        return [self.redactor.clean_all(one) for one in new]

    def _left_out(self, seen: Seen, found: Found) -> str:
        """Return why an exchange is not judged, or ""; count those that are nobody's."""
        if not found.here:
            self._elsewhere[urlsplit(seen.url).netloc.rpartition("@")[2] or "no host"] += 1
            return ""
        if seen.status == 101:
            return "WebSocket"
        if seen.method == "OPTIONS" and "access-control-request-method" in seen.asked and found.op is None:
            return "preflight (CORS)"
        if seen.status == 0 and not seen.dropped:
            return f"no response ({seen.trouble})"
        if found.op is None:
            if not (seen.method == "HEAD" and "GET" in found.allowed):
                self._unknown[f"{seen.method} {found.path}"][seen.status] += 1
            return ""
        conditional = any(name in seen.asked for name in ("if-none-match", "if-modified-since"))
        if seen.status == 304 and conditional and declared(found.op, 304) is None:
            return "not modified (304)"
        return ""

    def _record(self, seen: Seen) -> Record:
        shown = {name: value for name, value in seen.asked.items() if not name.startswith(_NOISE)}
        exchange = Exchange(seen.method, seen.url, shown, seen.body or b"", seen.status)
        record = Record(requests=1, clean=self.redactor.clean)
        record.sequence = lambda: [exchange.curl(self.redactor, self.credentials)]
        return record

    def _judge(self, op: Op, seen: Seen, params: Mapping[str, str], record: Record) -> None:
        self._learn(op, seen)
        if seen.dropped:
            record.add("SCHEMA-08", op.id, seen.trouble, about="dropped", promised="a response to every request",
                       expected="a response", got="none")  # fmt: skip
            return
        record.statuses[op.id][str(seen.status)] += 1
        reply = Reply(op, seen.status, seen.headers, seen.content or b"", seen.seconds)
        reply.asked = seen.url.encode("utf-8", "replace") + b" " + (seen.body or b"")
        before = len(self.redactor.known)
        if reply.json is not None:
            self.redactor.learn_from(reply.json, fields_of(op.spec.path, self.api.words))
        self.oracle.check(op, reply, record, known=before)
        if seen.content is None:
            self._without_body(op, record)
        record.checked(op.id, SEEN)
        if reply.ok:
            self._request(op, seen, params, record)
            self._without_credential(op, seen, record)
        else:
            # What was refused may be anybody's word.
            self.redactor.refused.update(islice(self.redactor.known, before, None))
        if self.world is not None and seen.content is not None:
            self.world.see(op, params, reply)

    @staticmethod
    def _without_body(op: Op, record: Record) -> None:
        """Take back what was said of a body that the recording does not have."""
        record.findings = {id_: one for id_, one in record.findings.items() if one["rule"] not in _BODIES}
        for rule in _BODIES & record.judged[op.id].keys():
            del record.judged[op.id][rule]
        record.skip(op.id, "the recording has no body of a response", "SCHEMA-04")

    def _request(self, op: Op, seen: Seen, params: Mapping[str, str], record: Record) -> None:
        """Compare a request that was taken with what the document declares."""
        headers = {name.lower(): value for name, value in seen.asked.items()}
        wrong = mistakes(
            self.api.contract, op, params, urlsplit(seen.url).query, headers, seen.body, self.schemes.names
        )
        for where, message in wrong:
            record.add(
                SEEN, op.id, f"{message}, and the request was taken ({seen.status})", about=where,
                promised="a request as the document declares it", pointer=op.spec.pointer,
                expected="a refusal, or a document that declares it", got=seen.status, severity=WARNING,
            )  # fmt: skip

    def _without_credential(self, op: Op, seen: Seen, record: Record) -> None:
        if op.spec.public:
            return
        if self.schemes.carried(op, seen):
            self._carried += 1
            return
        mine = Record(clean=self.redactor.clean, sequence=record.sequence)
        mine.add(
            OPEN, op.id, f"a request without a credential was taken ({seen.status})", about="open",
            promised="a credential is needed", pointer=op.spec.pointer, expected="401 or 403", got=seen.status,
            severity=WARNING,
        )  # fmt: skip
        self._open += mine.findings.values()

    def _learn(self, op: Op, seen: Seen) -> None:
        """Learn the secrets of a request, and the cookies of its response."""
        redactor = self.redactor
        for value in self.schemes.secrets(seen):
            redactor.learn(value, "credential")
            scheme, _, rest = value.partition(" ")
            redactor.learn(rest, "credential")
            if scheme.lower() == "basic":
                redactor.learn(_password(rest), "password")
        for value in self.schemes.cookies(seen):
            redactor.learn(value, "cookie")
            redactor.ordinary.add(value)  # a cookie may be any word: it is replaced, and no finding
        if seen.body:
            redactor.learn_from(_fields(seen), fields_of(op.spec.path, self.api.words))

    # -- at the end ----------------------------------------------------------------------------------------------------

    def finish(self, seconds: float) -> dict[str, Any]:
        """Return the result of everything that was seen, without a secret."""
        if self._carried:  # recordings without any credential say nothing about credentials
            for one in self._open:
                self.result.add({**Record(test="").data(), "findings": [one]})
        for op in self.result.ops:
            if op.id not in self.result.statuses:
                self.result.proof.unmade[SEEN, op.id].append(UNSEEN)
        data = self.result.data(seconds)
        data["notes"] = [*self._told(), *self.notes, *data["notes"]]
        try:
            data["notes"] += baseline.settle(self.result.known, data, self.settings)
        except SettingsError as error:
            data["problems"].append(str(error))
            data["summary"]["exit_code"] = EXIT_BROKEN
        found: dict[str, Any] = self.redactor.clean_all(data)
        return found

    def _told(self) -> list[str]:
        """Say what of the traffic was judged and what was not."""
        notes = [f"{self.judged:,} of {self.count:,} exchanges were judged; nothing was sent"]
        if self._elsewhere:
            notes.append(f"{self._elsewhere.total():,} went to other hosts: {_counted(self._elsewhere)}")
        if self._passed:
            notes.append(f"{self._passed.total():,} are no matter of the document: {_counted(self._passed)}")
        if self._unknown:
            count = sum(one.total() for one in self._unknown.values())
            named = [f"{name} ({_statuses(seen)})" for name, seen in list(self._unknown.items())[:_SHOWN]]
            more = ", …" if len(self._unknown) > _SHOWN else ""
            notes.append(f"{count:,} went to operations that the document does not have: {', '.join(named)}{more}")
        return notes


def _counted(counts: Counter[str]) -> str:
    more = ", …" if len(counts) > _SHOWN else ""
    return ", ".join(f"{name} ({count:,})" for name, count in counts.most_common(_SHOWN)) + more


def _statuses(seen: Counter[int]) -> str:
    return ", ".join(f"{status}: {count:,}" for status, count in sorted(seen.items()))


def _fields(seen: Seen) -> Any:
    """Return the members of a body: JSON, or a form."""
    body = seen.body or b""
    if "urlencoded" in seen.asked.get("content-type", ""):
        return dict(parse_qsl(body.decode("utf-8", "replace")))
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _password(text: str) -> str:
    try:
        return base64.b64decode(text).decode("utf-8", "replace").partition(":")[2]
    except (binascii.Error, ValueError):
        return ""
