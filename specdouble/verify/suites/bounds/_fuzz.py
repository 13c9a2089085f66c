"""schemathesis as a source of requests: its examples, coverage and random cases, made alive with a recipe's ids.

The requests go through the suites' own client, so that the oracle, the redaction and the safety policy hold for
them too. What a response must be is said here: an invalid request is refused, a valid one makes nothing fail.
"""

from __future__ import annotations

import copy
from typing import Any

from specdouble.openapi import Op
from specdouble.openapi.validation.compiled import Schemas
from specdouble.verify.api.recipes import Ready
from specdouble.verify.http.client import Reply
from specdouble.verify.problems import Unmet
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites._random import each_case, is_negative, prepared, said
from specdouble.verify.suites.bounds._bounds import variants

EXAMPLES = {"gate": 1, "staging": 1, "nightly": 100}  # random cases an operation; coverage does not count


def own_session(session: Session) -> Session:
    """Return the session with people of its own: random requests must not reach those of other tests."""

    def make() -> Session:
        twin = copy.copy(session)
        twin.users = type(session.users)(
            session.client, session.parts, session.settings, f"{session.users.stem[4:] or 'main'}f"
        )
        twin.callers = type(session.callers)(twin)
        twin._shared, twin._prepared, twin._cannot = {}, {}, {}
        return twin

    found: Session = session.shared("session of random requests", make)
    return found


_YES = frozenset({"1", "true", "t", "yes", "y", "on", "1.0"})
_MOMENTS = {"date-time": "1970-01-01T00:00:00Z", "date": "1970-01-01"}
_NO = frozenset({"0", "false", "f", "no", "n", "off", "0.0"})


def as_read(schemas: Schemas, schema: Any, value: Any) -> Any:
    """Return a value as lenient readers take it: "5", 5.0 and true for whole numbers, "off" and 0 for false.

    Frameworks such as FastAPI read so by default, at any depth, and the contract does not forbid it.
    """
    if not isinstance(schema, dict) or schemas.validator(schema).is_valid(value):
        return value
    for one in (schemas.resolve(schema), *variants(schemas, schema)[0]):
        if isinstance(value, dict):
            known, further = one.get("properties") or {}, one.get("additionalProperties")
            read: Any = {name: as_read(schemas, known.get(name, further), inner) for name, inner in value.items()}
        elif isinstance(value, list):
            read = [as_read(schemas, one.get("items"), inner) for inner in value]
        else:
            read = _MOMENTS[one["format"]] if _is_moment(one, value) else _as_read(str(one.get("type")), value)
        if schemas.validator(schema).is_valid(read):
            return read
    return value


def _is_moment(schema: dict[str, Any], value: Any) -> bool:
    """Whether a number stands for a moment: seconds since 1970."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return schema.get("type") == "string" and schema.get("format") in _MOMENTS and number


def _as_read(kind: str, value: Any) -> Any:
    if not isinstance(value, str | int | float):
        return value
    text = str(value).strip().lower()
    if kind == "boolean" and text in _YES | _NO:
        return text in _YES
    if kind in ("integer", "number"):
        try:
            number = float(text.replace("_", "") if isinstance(value, str) else value)
            return int(number) if kind == "integer" and number.is_integer() else number
        except (ValueError, OverflowError):
            return value
    return value


class Fuzz:
    """Sends the cases of one operation and judges the responses."""

    def __init__(self, session: Session, check: Check, op: Op) -> None:
        self.session, self.check, self.op = own_session(session), check, op
        self.ready: Ready = self.session.ready(op)
        self.seen = 0

    def run(self) -> None:
        """Send examples, coverage and a few random cases."""
        settings = self.session.settings
        each_case(self.session.contract, self.op, EXAMPLES[settings.profile], settings.seed, self.case)
        sent = sum(self.session.record.statuses[self.op.id].values())
        if not sent:
            raise Unmet("no random request could be sent")
        self.session.record.checked(self.op.id, "FUZZ-01")  # each of them went past the oracle

    def case(self, case: Any) -> None:
        """Send one case with the good credential, live where it is meant to be valid."""
        if case.method.upper() != self.op.spec.method:
            return  # the suite of methods sends these, with live ids
        negative = is_negative(case)
        if negative and not is_negative(case, "body") and self.session.settings.profile != "nightly":
            return  # bounds, credentials and hostile values have suites of their own, which know what is right
        self.seen += 1
        if not is_negative(case, "path"):
            case.path_parameters = {**(case.path_parameters or {}), **self.ready.params}
        valid_body = not is_negative(case, "body")
        if self.seen % 4 and valid_body and isinstance(case.body, dict) and isinstance(self.ready.body, dict):
            case.body = {**case.body, **self.ready.body}
        reply = self.send(case)
        if (
            reply is None
            or valid_body  # bounds of parameters and wrong credentials have suites of their own
            or self.session.api.facts(self.op).any_request
            or case.media_type == "multipart/form-data"
        ):
            return
        where = [place for place in ("path", "query", "header", "cookie", "body") if is_negative(case, place)]
        schemas = self.session.contract.of(self.op)
        body = self.session.contract.body_schema(self.op)
        self.check.that(
            not reply.ok or schemas.validator(body).is_valid(as_read(schemas, body, case.body)),
            f"invalid {' and '.join(where)} is taken ({said(case)})",
            reply,
            expected="4xx",
            about=f"{where} {said(case)}",
        )

    def send(self, case: Any) -> Reply | None:
        """Send a case through the suites' client."""
        made = prepared(case, self.session.client.credentials)
        if made is None:
            return None
        target, body, headers = made
        return self.session.client.send_prepared(
            self.op,
            self.ready.who,
            target,
            body,
            {**headers, **{name: value for name, value in self.ready.headers.items() if name not in headers}},
            {str(value) for value in (case.path_parameters or {}).values()},
        )
