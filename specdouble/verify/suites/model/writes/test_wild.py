"""Wild requests: the phases of schemathesis, through the client of the suites and judged as any other response is.

They come last, for they leave odd things behind; what they make is removed at the end of the run.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase

from specdouble.openapi import Op
from specdouble.openapi.media_types import is_json
from specdouble.openapi.model.evidence.words import words
from specdouble.verify.api.rules import rule
from specdouble.verify.generated import Request
from specdouble.verify.generated.guard import ends_a_session, forbidden
from specdouble.verify.problems import Unmet
from specdouble.verify.responses.record import WARNING
from specdouble.verify.responses.reply import Reply
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites._random import document, each_case, is_negative, prepared, said
from specdouble.verify.suites.bounds._fuzz import as_read
from specdouble.verify.suites.model._case import by_model, workshop

EXAMPLES = {"gate": 2, "staging": 1, "nightly": 100}  # random cases of an operation
MOST = {"gate": 32, "staging": 6, "nightly": 100_000}  # cases of an operation that are sent
CHAINS = {"gate": (40, 8), "staging": (2, 4), "nightly": (100, 12)}  # chains of a service, and their links
_MAKES = ("create", "upsert")


@rule("FUZZ-44")
@by_model(lambda _op, _known: True)
def test_random_requests_break_nothing(op: Op, session: Session, check: Check) -> None:
    """No request made from the document, valid or not, makes the server fail or respond with what is not declared.

    schemathesis makes the requests: examples of the document, coverage of each constraint of parameters and bodies,
    and random ones, which --seed repeats; ids are live ones. An invalid body that is taken is told as drift, for the
    rules of bounds look at it one member at a time. --profile nightly sends many more.
    """
    why = _spared(session, op)
    if why:
        check.does_not_apply(why)
        return
    wild = Wild(session, check)
    ready = workshop(session).request(op)
    cases: list[Any] = []
    profile = session.settings.profile
    each_case(session.contract, op, EXAMPLES[profile], session.settings.seed, cases.append)
    wanted = [one for one in cases if one.method.upper() == op.spec.method]
    wanted = [one for one in wanted if not isinstance(one.body, bytes) or not is_json(str(one.media_type))]
    if profile != "nightly":  # bounds and hostile values have suites of their own, with live values beside
        wanted = [one for one in wanted if not is_negative(one) or is_negative(one, "body")]
    for number, case in enumerate(_spread(wanted, MOST[profile])):
        if op.spec.method == "DELETE" and number:
            ready = workshop(session).request(op)
        reply = wild.send(case, ready)
        if reply is not None:
            wild.judge(case, reply)
    if not wild.sent:
        check.does_not_apply("schemathesis makes no request of it that is sent")


@rule("FUZZ-45")
@by_model(lambda op, known: next(one for one in known.contract.ops if one.service == op.service) is op)
def test_linked_requests_break_nothing(op: Op, session: Session, check: Check) -> None:
    """No chain of requests makes the server fail or respond with what is not declared.

    schemathesis makes the chains: what a response gives is used in the next request, by the links of the document and
    by those that it finds in names and schemas. --seed repeats them.
    """
    schema = document(session.contract, op.service)
    wild = Wild(session, check)
    by_label = {f"{one.spec.method} {one.spec.path}": one for one in session.contract.ops if one.service == op.service}
    sent = {label: one for label, one in by_label.items() if not _spared(session, one)}
    count, links = CHAINS[session.settings.profile]
    settings = hypothesis.settings(
        max_examples=count,
        stateful_step_count=links,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        verbosity=hypothesis.Verbosity.quiet,
    )
    chosen = schema.include(func=lambda context: context.operation.label in sent)
    _chain(chosen, wild, sent, settings, session.settings.seed)
    if wild.sent:
        session.record.checked(op.id, "FUZZ-45")
    else:
        check.does_not_apply("schemathesis finds no requests that follow from others")


def _spared(session: Session, op: Op) -> str:
    """Return why an operation gets no random requests: they could harm people, or it has no end; "" where it does."""
    shop = workshop(session)
    about = shop.known.about(op)
    if session.api.is_stream(op) or about.role == "stream":
        return "a stream has no end"
    if ends_a_session(op) or any(shop.people.login_body(op, who) for who in shop.identities.people):
        return "random requests could end the sessions of people, or lock them out"
    if shop.people.shared(op) and not op.reads:
        return "random requests could let people in who belong nowhere"
    if about.role.startswith("singleton") and not op.reads:
        return "random requests could change what belongs to people who were given"
    return forbidden(op, about, session.settings.allow, local=session.settings.local)


def _spread(cases: list[Any], most: int) -> Iterable[Any]:
    """Return some cases of many, from their beginning to their end: valid ones first, then invalid ones."""
    valid, invalid = ([one for one in cases if is_negative(one) == bad] for bad in (False, True))
    room = max(most // 2, most - len(invalid))
    for some, share in ((valid, room), (invalid, most - min(room, len(valid)))):
        step = max(1, -(-len(some) // max(1, share)))
        yield from some[::step]


def _refers(name: str) -> bool:
    """Whether a member of a body names another thing: what schemathesis makes up names none."""
    return words(name)[-1:] in (("id",), ("ids",), ("uid",), ("uuid",), ("key",), ("ref",))


class Wild:
    """Sends cases as people who are let in, and judges the responses."""

    def __init__(self, session: Session, check: Check) -> None:
        self.session, self.check, self.shop = session, check, workshop(session)
        self.sent = 0

    def send(self, case: Any, ready: Request) -> Reply | None:
        """Send a case with the ids of a request that is taken, in the path, the query and the body."""
        op = ready.operation
        if not is_negative(case, "path"):
            case.path_parameters = {**(case.path_parameters or {}), **ready.params}
        if ready.query and not is_negative(case, "query"):
            case.query = {**(case.query or {}), **ready.query}
        if not is_negative(case, "body") and isinstance(case.body, dict) and isinstance(ready.body, dict):
            case.body = {**case.body, **{name: one for name, one in ready.body.items() if _refers(name)}}
        return self._sent(case, op, ready, {**ready.headers})

    def chained(self, case: Any, op: Op) -> Reply | None:
        """Send a case with the values that it has; nothing is changed but what this run made."""
        ids = {str(one) for one in (case.path_parameters or {}).values()}
        if not op.reads and not ids <= self.session.client.owned:
            return None
        who, how = self.shop.how.get(op.id) or (next(iter(self.shop.people.candidates(op))), None)
        params = {name: str(one) for name, one in (case.path_parameters or {}).items()}
        request = Request(who=who.credential(op.spec.security), params=params, body=case.body, op=op, identity=who)
        return self._sent(case, op, request if how is None else request.but(how=how), {})

    def _sent(self, case: Any, op: Op, request: Request, more: dict[str, str]) -> Reply | None:
        made = prepared(case, self.session.client.credentials)
        if made is None:
            return None
        target, body, headers = made
        more.pop("Content-Type", None)
        ids = {str(one) for one in (case.path_parameters or {}).values()}
        if is_negative(case, "path"):
            self.session.client.own(*ids)  # made up
        reply = self.session.client.send_prepared(op, request.who, target, body, {**headers, **more}, ids)
        if reply is None:
            return None
        self.sent += 1
        self.session.record.checked(op.id, self.check.rule)  # it went past the oracle
        if reply.ok and self.shop.known.about(op).role in _MAKES:
            self.shop.take(request.but(body=case.body if isinstance(case.body, dict) else None, thing=None), reply)
        return reply

    def judge(self, case: Any, reply: Reply) -> None:
        """Tell of an invalid body that is taken, as it is and as lenient readers take it."""
        op = reply.op
        if not reply.ok or not is_negative(case, "body") or case.media_type == "multipart/form-data":
            return
        content = self.shop.filler(op).content(op)
        if content is None or case.media_type != content.media_type:
            return
        schemas = self.shop.filler(op).schemas
        valid = schemas.validator(content.schema, "request").is_valid
        self.check.that(
            valid(case.body) or valid(as_read(schemas, content.schema, case.body)),
            f"an invalid body is taken ({said(case)})",
            reply,
            expected="a refusal",
            about=said(case),
            severity=WARNING,
        )


def _chain(schema: Any, wild: Wild, ops: dict[str, Op], settings: Any, seed: int) -> None:
    """Run the chains of schemathesis.

    Raises:
        Unmet: it finds nothing to begin with.

    """
    import requests
    from schemathesis.core.transport import Response
    from schemathesis.errors import SchemathesisError

    class Machine(schema.as_state_machine()):  # type: ignore[misc]
        """The chains, with the client of the suites in the place of theirs."""

        def call(self, case: Any, **_more: Any) -> Any:
            """Send a request; what may not be sent is a 404 that nobody judges."""
            reply = None
            op = ops.get(case.operation.label)
            if op is not None and case.method.upper() == op.spec.method:
                with suppress(Unmet):
                    reply = wild.chained(case, op)
            return Response(
                status_code=reply.status if reply is not None else 404,
                headers={name: [value] for name, value in reply.headers.items()} if reply is not None else {},
                content=reply.content if reply is not None else b"",
                request=requests.Request(case.method, "http://target/").prepare(),
                elapsed=reply.seconds if reply is not None else 0.0,
                verify=True,
            )

        def validate_response(self, *_given: Any, **_more: Any) -> None:
            """Judge nothing: the oracle of the client did."""

    Machine._hypothesis_internal_use_seed = seed
    try:
        Machine.run(settings=settings)
    except (SchemathesisError, hypothesis.errors.HypothesisException) as error:
        raise Unmet(f"schemathesis makes no chains: {(str(error).splitlines() or [''])[0][:160]}") from None
