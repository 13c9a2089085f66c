"""schemathesis as a source of requests: its examples, coverage and random cases, made alive with a recipe's ids.

The requests go through the suites' own client, so that the oracle, the redaction and the safety policy hold for
them too. What a response must be is said here: an invalid request is refused, a valid one makes nothing fail.
"""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import hypothesis
import requests
from hypothesis import HealthCheck, Phase

from specdouble.openapi import Contract, Op
from specdouble.openapi.validation.compiled import Schemas
from specdouble.verify.api.recipes import Ready
from specdouble.verify.http.client import Reply
from specdouble.verify.problems import Unmet
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.bounds._bounds import variants

EXAMPLES = {"gate": 1, "staging": 1, "nightly": 100}  # random cases an operation; coverage does not count
_OWN = frozenset({"content-length", "host", "user-agent"})


@cache
def _schema(contract: Contract, service: str) -> Any:
    import schemathesis
    from schemathesis.config import SchemathesisConfig

    # A copy of its own: schemathesis keeps what it resolves inside the document.
    schema = schemathesis.openapi.from_dict(
        copy.deepcopy(contract.by_name[service].document.raw), config=SchemathesisConfig()
    )
    schema.config.generation.update(with_security_parameters=False)
    return schema


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
            read = _as_read(str(one.get("type")), value)
        if schemas.validator(schema).is_valid(read):
            return read
    return value


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
        from schemathesis.generation.hypothesis.builder import HypothesisTestConfig, HypothesisTestMode, create_test

        schema = _schema(self.session.contract, self.op.service)
        settings = hypothesis.settings(
            max_examples=EXAMPLES[self.session.settings.profile],
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        config = HypothesisTestConfig(
            project=schema.config,
            modes=list(HypothesisTestMode),
            settings=settings,
            seed=self.session.settings.seed,
            apply_ci_profile=False,
        )

        def test(case: Any) -> None:
            self.case(case)

        create_test(operation=schema[self.op.spec.path][self.op.spec.method], test_func=test, config=config)()
        sent = sum(self.session.record.statuses[self.op.id].values())
        if not sent:
            raise Unmet("no random request could be sent")
        self.session.record.checked(self.op.id, "FUZZ-01")  # each of them went past the oracle

    def case(self, case: Any) -> None:
        """Send one case with the good credential, live where it is meant to be valid."""
        from schemathesis.core.parameters import ParameterLocation

        if case.method.upper() != self.op.spec.method:
            return  # the suite of methods sends these, with live ids
        meta = case.meta
        negative = meta is not None and meta.generation.mode.is_negative
        if negative and not meta.is_negative_at(ParameterLocation.BODY) and self.session.settings.profile != "nightly":
            return  # bounds, credentials and hostile values have suites of their own, which know what is right
        self.seen += 1
        if not (meta and meta.is_negative_at(ParameterLocation.PATH)):
            case.path_parameters = {**(case.path_parameters or {}), **self.ready.params}
        valid_body = not (meta and meta.is_negative_at(ParameterLocation.BODY))
        if self.seen % 4 and valid_body and isinstance(case.body, dict) and isinstance(self.ready.body, dict):
            case.body = {**case.body, **self.ready.body}
        reply = self.send(case)
        if (
            reply is None
            or not negative
            or self.session.api.facts(self.op).any_request
            or case.media_type == "multipart/form-data"
        ):
            return
        where = [place.value for place in ParameterLocation if meta.is_negative_at(place)]
        if "body" not in where:
            return  # bounds of parameters and wrong credentials have suites of their own, which know what a text is
        description = getattr(getattr(meta.phase, "data", None), "description", "") or "an invalid request"
        schemas = self.session.contract.of(self.op)
        body = self.session.contract.body_schema(self.op)
        self.check.that(
            not reply.ok or schemas.validator(body).is_valid(as_read(schemas, body, case.body)),
            f"invalid {' and '.join(where)} is taken ({description})",
            reply,
            expected="4xx",
            about=f"{where} {description}",
        )

    def send(self, case: Any) -> Reply | None:
        """Send a case through the suites' client."""
        kwargs = case.as_transport_kwargs(base_url="http://target")
        try:
            prepared = requests.Request(
                kwargs["method"],
                kwargs["url"],
                params=kwargs.get("params"),
                data=kwargs.get("data"),
                json=kwargs.get("json"),
                files=kwargs.get("files"),
                headers=kwargs.get("headers"),
            ).prepare()
        except (requests.RequestException, UnicodeError, ValueError):
            return None
        headers = {
            name: value if isinstance(value, str) else value.decode("latin-1")
            for name, value in prepared.headers.items()
            if name.lower() not in _OWN | self.session.client.credentials
        }
        body = prepared.body or b""
        return self.session.client.send_prepared(
            self.op,
            self.ready.who,
            str(prepared.path_url),
            body if isinstance(body, bytes) else str(body).encode(),
            {**headers, **{name: value for name, value in self.ready.headers.items() if name not in headers}},
            {str(value) for value in (case.path_parameters or {}).values()},
        )
