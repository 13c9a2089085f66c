"""One request in the journal, and how it is shown."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from http import HTTPStatus
from time import perf_counter
from typing import TYPE_CHECKING, Any

import orjson

from specdouble.mock.faults.depth import DEEPEST, is_deep
from specdouble.mock.journal.secrets import Secrets, is_secret, mark
from specdouble.openapi.reading.json_text import encode

if TYPE_CHECKING:
    from specdouble.mock.journal.journal import Journal
    from specdouble.mock.pipeline.call import Caller, Request
    from specdouble.mock.pipeline.dispatch import Service
    from specdouble.mock.pipeline.faulting import Struck
    from specdouble.mock.pipeline.operation import Bound
    from specdouble.mock.pipeline.problems import Problem
    from specdouble.mock.pipeline.reply import Reply

# As it is appended for each request: start (of the performance counter), duration (seconds), service, operation,
# request, reply, caller, refusal, log line, fault, the sizes of both bodies, and its number. A tuple is made twice as
# fast as anything with names.
Record = tuple[
    float, float, "Service", "Bound | None", "Request", "Reply", "Caller | None", "Problem | None", str,
    "Struck | None", int, int, int,
]  # fmt: skip


class Message:
    """A request or a response as it was: `headers` in order with lower-case names, and the `body` as far as it is kept.

    `size` is that of the whole body in bytes.
    """

    def __init__(self, headers: list[tuple[str, str]], body: bytes, size: int) -> None:
        self.headers = headers
        self.body = body
        self.size = size

    @property
    def truncated(self) -> bool:
        """Whether only the beginning of the body is kept."""
        return self.size > len(self.body)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    @property
    def json(self) -> Any:
        """The body as JSON, None where it is none."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None

    @property
    def shown_json(self) -> Any:
        """The body as JSON where it is whole and can be shown so, else None."""
        value = None if self.truncated else self.json
        return None if is_deep(value) else value

    def header(self, name: str) -> str | None:
        """Return the first header of a name, None where there is none."""
        return next((value for one, value in self.headers if one == name.lower()), None)

    @property
    def media_type(self) -> str:
        """The content type as it was sent, "" for none."""
        return self.header("content-type") or ""


class Entry:
    """One request: `number` is its id; what it holds is as it was sent, with its secrets (`shown` leaves them out)."""

    def __init__(self, record: Record, journal: Journal) -> None:
        self._journal = journal
        (self._started, self.seconds, self.service, self.op, self._request, self._reply, self._caller, self.problem,
         self.log, self._struck, self._sent, self._given, self.number) = record  # fmt: skip
        self.time = journal.epoch + self._started
        self.seconds += self._reply.wait

    def __repr__(self) -> str:
        """Say which request it is, without its query and bodies."""
        return f"<{self.number}: {self.method} {self.path} {self.status}>"

    @property
    def operation(self) -> str:
        """The key of the operation, "" where no operation was meant."""
        return self.op.key if self.op is not None else ""

    @property
    def method(self) -> str:
        """The method."""
        return self._request.method

    @property
    def client(self) -> str:
        """The address that it came from, "" where it came from this process."""
        return self._request.client

    @property
    def path(self) -> str:
        """The path, decoded."""
        return self._request.path

    @property
    def query(self) -> str:
        """The query as it was sent."""
        return self._request.query

    @property
    def status(self) -> int:
        """The status that was sent; 0 where the connection was dropped before."""
        return 0 if self.dropped else self._reply.status

    @property
    def dropped(self) -> bool:
        """Whether no response was sent."""
        return self._reply.broken is not None and self._reply.broken.kind == "drop"

    @property
    def unmatched(self) -> bool:
        """Whether the request meant no operation."""
        return self.op is None

    @property
    def caller(self) -> str:
        """How the caller was recognised: anonymous, user, api-key, service, or another kind."""
        return self._caller.kind if self._caller is not None else "anonymous"

    @property
    def who(self) -> Caller | None:
        """The caller, as the policy recognised them."""
        return self._caller

    @property
    def principal_id(self) -> str:
        """The field by which people are known."""
        return self._journal.principal_id

    @property
    def user(self) -> dict[str, Any] | None:
        """The person who called, or was acted for."""
        return self._caller.user if self._caller is not None else None

    @property
    def user_id(self) -> str | None:
        """Their id."""
        return str(self.user[self._journal.principal_id]) if self.user else None

    @property
    def fault(self) -> dict[str, Any] | None:
        """What struck the request: the ids of `rules`, or what it wished for (`prefer`), and what that `did`."""
        struck = self._struck
        return None if struck is None or not struck.did else struck.told()

    @property
    def stream(self) -> dict[str, Any] | None:
        """Of an event stream: whether it is `open`, for how many `seconds`, and the `events` that were sent so far."""
        listener = self._reply.stream
        if listener is None:
            return None
        seconds = (listener.ended or perf_counter()) - self._started
        return {"open": not listener.closed, "events": max(0, listener.sent - 1), "seconds": round(seconds, 6)}

    @property
    def findings(self) -> list[dict[str, Any]]:
        """What was wrong with the request: `place` (body, query …), JSON `pointer` into it, `message`, `type`."""
        detail = self.problem.detail if self.problem is not None else None
        if not isinstance(detail, list):
            return []
        return [
            {"place": str((one.get("loc") or [""])[0]), "pointer": _pointer(one.get("loc") or ()),
             "message": str(one.get("msg", "")), "type": str(one.get("type", ""))}
            for one in detail if isinstance(one, dict)
        ]  # fmt: skip

    @cached_property
    def request(self) -> Message:
        """What was sent."""
        headers = [(name.lower(), value) for name, value in self._request.headers.items()]
        return Message(headers, self._request.body, self._sent)

    @cached_property
    def response(self) -> Response:
        """What was answered."""
        return Response(self.status, list(self._reply.headers), self._reply.body, self._given)

    # ------------------------------------------------------------------------------------------------------- shown
    def line(self) -> dict[str, Any]:
        """Return what a list shows of the request, without secrets."""
        path = self._secrets.text(self.path)
        url = path + (f"?{self._secrets.query(self.query, self.op, self.service)}" if self.query else "")
        user_id = self.user_id
        found: dict[str, Any] = {
            "id": self.number,
            "time": datetime.fromtimestamp(self.time, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "seconds": round(self.seconds, 6),
            "world": self._journal.world,
            "service": self.service.name,
            "method": self.method,
            "path": path,
            "url": url,
            "operation": self.operation or None,
            "status": self.status,
            "caller": self.caller,
            "user_id": user_id,
            "findings": len(self.findings),
            "fault": self.fault,
            "unmatched": self.unmatched,
        }
        if self.stream is not None:
            found["stream"] = self.stream
        return found

    def whole(self) -> dict[str, Any]:
        """Return all that is known of the request, without secrets."""
        from specdouble.mock.journal.why import why

        op = self.op
        answered = {"fidelity": op.fidelity, "source": op.source, "why": op.reason} if op is not None else None
        if self._struck is not None and self._struck.instead is not None:
            answered = {"fidelity": "fault", "source": "", "why": str(self._struck.effects)}
        return {
            **self.line(),
            "answered_by": answered,
            "request": self._shown(self.request),
            "response": {"status": self.status, "reason": reason(self.status), **self._shown(self.response)},
            "findings": self.findings,
            "why": why(self),
        }

    def clean_headers(self, message: Message) -> list[tuple[str, str]]:
        """Return headers without secrets."""
        return [(name, self._secrets.header(name, value, self.service)) for name, value in message.headers]

    def clean(self, value: Any, name: str) -> Any:
        """Return a value of a field without secrets; in the place of one that is nested too deeply, a text."""
        if is_deep(value):
            return f"nested more than {DEEPEST} levels deep"
        return mark(value) if isinstance(value, str) and is_secret(name) else self._secrets.value(value)

    def body_text(self, message: Message) -> str:
        """Return a body as text without secrets."""
        parsed = message.shown_json
        if parsed is not None:
            cleaned = self._secrets.value(parsed)
            return message.text if cleaned == parsed else encode(cleaned).decode()
        return self._secrets.body(message.text, message.media_type)

    @property
    def _secrets(self) -> Secrets:
        self._journal.secrets.learn(self._journal)
        return self._journal.secrets

    def _shown(self, message: Message) -> dict[str, Any]:
        secrets = self._secrets
        found: dict[str, Any] = {
            "headers": [list(one) for one in self.clean_headers(message)],
            "size": message.size,
        }
        if message.truncated:
            found["truncated"] = True
        parsed = message.shown_json
        if parsed is not None:
            found["json"] = secrets.value(parsed)
        elif message.body:
            found["text"] = secrets.body(message.text, message.media_type)
        return found


class Response(Message):
    """A response as it was."""

    def __init__(self, status: int, headers: list[tuple[str, str]], body: bytes, size: int) -> None:
        super().__init__(headers, body, size)
        self.status = status


def reason(status: int) -> str:
    """Return the phrase of a status, "" for one that has none."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _pointer(loc: Any) -> str:
    return "".join("/" + str(one).replace("~", "~0").replace("/", "~1") for one in list(loc)[1:])
