"""schemathesis with all its checks against our services, from the effective documents: one item per operation.

Examples, coverage and fuzzing of each operation run in one item; links between operations in one item per document.
The world is put back before each request, so that a random logout does not make the rest vacuous, and each operation
must have been reached. ``SPECDOUBLE_FUZZ=300`` asks for that many random examples instead of a few, and for other ones
each time.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote

import hypothesis
import orjson
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis import Case, Response
from schemathesis.checks import CHECKS, CheckContext, load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.hypothesis.builder import HypothesisTestConfig, HypothesisTestMode, create_test

from specdouble.mock.kit import Problem
from specdouble.mock.pipeline.call import Call
from specdouble.mock.pipeline.call import Response as Written
from specdouble.mock.pipeline.operation import Bound
from specdouble.openapi import Operation
from specdouble.openapi.validation.compiled import Schemas
from specdouble.packs.documents import bundled
from specdouble.verify.suites.bounds._fuzz import as_read
from tests.fuzz.scenes import Live
from tests.fuzz.target import OPERATIONS, SERVICES, Target, target

NIGHTLY = os.environ.get("SPECDOUBLE_FUZZ")
EXAMPLES = int(NIGHTLY or 4)
SETTINGS = hypothesis.settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=not NIGHTLY,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
BY_KEY = {(name, operation.key): operation for name, operation in OPERATIONS}
PATH, QUERY, BODY = ParameterLocation.PATH, ParameterLocation.QUERY, ParameterLocation.BODY

load_all_checks()


# -- what is not checked, and why ----------------------------------------------------------------------------------

Where = Callable[[Operation, Case, Response], bool]


@dataclass(frozen=True)
class Exclusion:
    """A check that does not hold for some answers, and the reason."""

    check: str
    where: Where
    reason: str


def at(*keys: str) -> Where:
    return lambda operation, _case, _response: operation.key in keys


def answered(*statuses: int) -> Where:
    return lambda _operation, _case, response: response.status_code in statuses


def holds(value: Any, found: Callable[[Any], bool]) -> bool:
    """Whether a value or anything in it, keys too, is such a thing."""
    if isinstance(value, dict):
        return any(holds(part, found) for pair in value.items() for part in pair)
    return any(holds(part, found) for part in value) if isinstance(value, list | tuple) else found(value)


def beyond_every_type(_operation: Operation, case: Case, _response: Response) -> bool:
    def unwelcome(value: Any) -> bool:
        if isinstance(value, str):
            return "\0" in value or "%00" in value or (value.lstrip("-").isdigit() and len(value) > 18)
        return isinstance(value, int | float) and abs(value) >= 2**63

    return holds([case.path_parameters, dict(case.query or {}), case.body], unwelcome)


@cache
def schemas_of(document: str) -> Schemas:
    """Return the schemas of a document with their validators, which take long to make."""
    return bundled(document).schemas


def read_as_meant(operation: Operation, case: Case, _response: Response) -> bool:
    """Whether a body is not of the schema, but is once "5" and true are read as whole numbers, and "off" as false."""
    content = operation.body.content.get("application/json") if operation.body else None
    if content is None or not isinstance(case.body, dict | list):
        return False
    schemas = schemas_of(next(name for name, one in OPERATIONS if one.key == operation.key))
    valid = schemas.validator(content.schema).is_valid
    return not valid(case.body) and valid(as_read(schemas, content.schema, case.body))


def shadowed(operation: Operation, case: Case, _response: Response) -> bool:
    """Whether the URLs of an operation are also those of another path, as the 0 in /apps/{id} may read ``pending``."""
    own = {one.method for one in BY_KEY.values() if one.path == operation.path}
    return allowed(case, re.sub(r"\{\w+\}", "0", operation.path)) > own


EXCLUSIONS = (
    Exclusion(
        "positive_data_acceptance",
        answered(400, 402),
        "Statuses of meaning: the request is well formed, and refused for a wallet, a signature, a password, a price.",
    ),
    Exclusion(
        "positive_data_acceptance",
        beyond_every_type,
        "NUL and integers beyond 64 bits are refused everywhere, as databases do; no schema of the documents says so.",
    ),
    Exclusion(
        "positive_data_acceptance",
        at("POST /v1/auth/register", "POST /v1/scopes", "POST /v1/tenants"),
        "A tenant that the body names must exist, which is answered with 422.",
    ),
    Exclusion(
        "positive_data_acceptance",
        at("PATCH /v1/admin/tenant-defaults"),
        "Settings beyond the listed ones are taken, if they are of the type that the platform's own default has.",
    ),
    Exclusion(
        "positive_data_acceptance",
        at("DELETE /v1/admin/apps/{app_id}"),
        "The body, in which a person repeats the name of the app, is optional for services only.",
    ),
    Exclusion(
        "positive_data_acceptance",
        at("GET /v1/audit", "POST /v1/automations/internal/triggered"),
        "A time may come as a date or without an offset; no format of JSON Schema says that.",
    ),
    Exclusion(
        "positive_data_acceptance",
        at("POST /v1/voice/stt"),
        "A part whose random name breaks its Content-Disposition has no name; no schema says how a name is quoted.",
    ),
    Exclusion(
        "positive_data_acceptance",
        at("POST /v1/developer/apps", "PUT /v1/developer/apps/{app_id}"),
        "name and display_name are one value: a body in which they differ is refused, which no schema can say.",
    ),
    Exclusion(
        "positive_data_acceptance",
        at("POST /v1/developer/apps/{app_id}/_sync_manifest"),
        "A manifest is checked against the manifest's own schema, which is no part of the document.",
    ),
    Exclusion(
        "positive_data_acceptance",
        at("PUT /v1/internal/extcache/{app_id}/{user_id}/{model}/{key_hash}"),
        "The model in the envelope must be the one in the path; a schema cannot compare the two.",
    ),
    Exclusion(
        "positive_data_acceptance",
        at("PUT /v1/internal/config/llm", *(f"POST /v1/internal/config/llm/{one}" for one in ("test", "test-tools"))),
        "The choice of models has no layers: a scope's `enforced` and the like are refused, which no schema says.",
    ),
    Exclusion(
        "positive_data_acceptance",
        at("POST /v1/internal/store/{collection}/query"),
        "A cursor is opaque and must be one that the page before gave.",
    ),
    Exclusion(
        "negative_data_rejection",
        at("POST /v1/webhooks/gmail"),
        "The receiver of Gmail's pushes always answers 2xx, whatever is sent (rule W04).",
    ),
    Exclusion(
        "negative_data_rejection",
        lambda _operation, case, _response: case.media_type == "multipart/form-data" and isinstance(case.body, dict),
        "The fields of a form are text: a number in the place of a text arrives as a text.",
    ),
    Exclusion(
        "negative_data_rejection",
        read_as_meant,
        "The platform is a FastAPI application, which takes what clearly means a value of the type (docs/http.md).",
    ),
    Exclusion(
        "response_schema_conformance",
        at("GET /v1/agent/sessions/{session_id}/stream", "GET /v1/events/stream"),
        "schemathesis holds each event, an object, against the schema of the whole answer, which is a text.",
    ),
    Exclusion(
        "allow_header_conformance",
        shadowed,
        "The URL is also one of a path with a parameter, whose methods it takes; `methods` below checks them all.",
    ),
    Exclusion(
        "unsupported_method",
        shadowed,
        "The URL is also one of a path with a parameter, whose methods it takes; `methods` below checks them all.",
    ),
)
NOT_REACHED = {
    "POST /v1/webhooks/stripe": "Stripe signs the exact bytes of an event; a random body has no signature."
    " tests/auth_gateway/test_webhooks.py sends signed ones.",
}


# -- how one request is made and judged ----------------------------------------------------------------------------


def allowed(case: Case, path: str) -> set[str]:
    """Return the methods that the service takes at a URL's path, over all paths of its documents that match it."""
    refused, _ = case.operation.schema.app.extensions["paths"].find("BREW", path)
    return set(dict(refused.headers)["allow"].split(", "))


def methods(_ctx: CheckContext, response: Response, case: Case) -> None:
    """An answer of 405 lists in ``Allow`` exactly the methods that the URL takes, over all paths that match it."""
    if response.status_code == 405:
        (listed,) = response.headers["allow"]
        takes = set(listed.split(", "))
        assert takes == allowed(case, unquote(case.formatted_path)), f"Allow: {listed}"
        assert response.request.method not in takes


@dataclass
class Run:
    """Sends the cases of one operation and judges the answers."""

    document: str
    operation: Operation
    aim: Target
    live: Live
    statuses: Counter[int]
    seen: int = 0

    @classmethod
    def of(cls, document: str, operation: Operation) -> Run:
        aim = target(strict=False)
        return cls(document, operation, aim, aim.meet(document, operation), Counter())

    def __call__(self, case: Case) -> None:
        self.aim.restore()
        self.seen += 1
        if self.seen % 4 and case.meta is not None:
            self.enliven(case)
        ways = self.aim.ways(self.operation, case.path_parameters, self.live)
        headers = ways[self.seen % len(ways)]
        response = case.call(headers=dict(headers))
        check(self.operation, case, response, headers)
        self.statuses[response.status_code] += 1

    def enliven(self, case: Case) -> None:
        """Put the values that meet the scene where the case is meant to be valid."""
        known = {one.name: one.required for one in self.operation.parameters}
        query = {name: value for name, value in self.live.query.items() if name in known}
        free = {name: value for name, value in dict(case.query or {}).items() if not known.get(name)}
        if self.live.path and not case.meta.is_negative_at(PATH):
            case.path_parameters = case.path_parameters | self.live.path
        if query and not case.meta.is_negative_at(QUERY):
            case.query = dict(case.query) | query | free  # what is optional may be anything
        if self.live.body and isinstance(case.body, dict) and not case.meta.is_negative_at(BODY):
            case.body = case.body | self.live.body


USED: set[int] = set()


def check(operation: Operation, case: Case, response: Response, headers: dict[str, str], recorder: Any = None) -> None:
    """Run every check that no exclusion takes out; an exclusion that was needed is remembered."""
    rows = [number for number, row in enumerate(EXCLUSIONS) if row.where(operation, case, response)]
    excluded = CHECKS.get_by_names([EXCLUSIONS[number].check for number in rows])
    more: Any = {"transport_kwargs": {"headers": dict(headers)}, "headers": headers, "recorder": recorder}
    case.validate_response(response, additional_checks=[methods], excluded_checks=excluded, **more)
    for number in rows:
        if number not in USED:
            try:
                case.validate_response(response, checks=CHECKS.get_by_names([EXCLUSIONS[number].check]), **more)
            except FailureGroup:
                USED.add(number)


def schema_of(document: str) -> Any:
    """Load a document anew, since schemathesis tries the other methods of a path once for each time it is loaded."""
    schema = schemathesis.openapi.from_dict(orjson.loads(bundled(document).json), config=SchemathesisConfig())
    schema.app = target(strict=False).app(document)
    schema.config.update(request_timeout=0.03)  # in-process, this bounds the reading of a stream and nothing else
    schema.config.generation.update(with_security_parameters=False)  # we sign ourselves, and ignored_auth unsigns
    expected = schema.config.checks.negative_data_rejection
    expected.expected_statuses = [status for status in expected.expected_statuses if status != "5xx"]
    return schema


def fuzz(run: Run) -> None:
    """Run examples, coverage and fuzzing of an operation."""
    schema = schema_of(run.document)

    def test(case: Case) -> None:
        run(case)

    config = HypothesisTestConfig(project=schema.config, modes=list(HypothesisTestMode), settings=SETTINGS)
    create_test(operation=schema[run.operation.path][run.operation.method], test_func=test, config=config)()


# -- the tests -----------------------------------------------------------------------------------------------------


def name(value: Any) -> str:
    return value.key if isinstance(value, Operation) else getattr(value, "__name__", str(value))


@pytest.mark.parametrize(("document", "operation"), OPERATIONS, ids=name)
def test_an_operation_keeps_its_promises(document: str, operation: Operation) -> None:
    run = Run.of(document, operation)
    fuzz(run)
    reached = any(200 <= status < 400 for status in run.statuses)
    assert reached != (operation.key in NOT_REACHED), run.statuses


@pytest.mark.parametrize("document", SERVICES)
def test_what_was_made_is_there_and_what_was_deleted_is_gone(document: str) -> None:
    """Follow the links of a document: use_after_free and ensure_resource_availability need a history."""
    aim, statuses = target(strict=False), Counter[int]()

    class Machine(schema_of(document).as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            aim.platform.world.restore(aim.pristine)

        def get_call_kwargs(self, case: Case) -> dict[str, Any]:
            return {"headers": self.headers(case)}

        def headers(self, case: Case) -> dict[str, str]:
            return aim.ways(self.operation(case), case.path_parameters)[0]

        def operation(self, case: Case) -> Operation:
            return BY_KEY[document, case.operation.label]

        def validate_response(self, response: Response, case: Case, additional_checks: Any = None, **more: Any) -> None:
            statuses[response.status_code] += 1
            check(self.operation(case), case, response, self.headers(case), self.recorder)

    Machine.run(settings=hypothesis.settings(SETTINGS, max_examples=2 * EXAMPLES, stateful_step_count=8))
    assert any(status < 300 for status in statuses), statuses


def test_every_exclusion_is_needed(request: pytest.FixtureRequest) -> None:
    ran = [one for one in request.session.items if one.originalname == "test_an_operation_keeps_its_promises"]
    if not NIGHTLY or len(ran) < len(OPERATIONS) or hasattr(request.config, "workerinput"):
        pytest.skip("only a long and whole run in one process can tell")
    assert [row.reason for number, row in enumerate(EXCLUSIONS) if number not in USED] == []


# -- the run can fail ----------------------------------------------------------------------------------------------


def refuses_undeclared(bound: Bound) -> None:
    def handler(_call: Call) -> Any:
        raise Problem(418, "I am a teapot.")

    bound.handler = handler


def crashes(bound: Bound) -> None:
    bound.handler = lambda _call: 1 // 0


def says_more(bound: Bound) -> None:
    bound.handler = lambda call, keep=bound.handler: {**keep(call), "planted": True}


def says_it_as_text(bound: Bound) -> None:
    bound.handler = lambda call, keep=bound.handler: Written(keep(call), content_type="text/plain")


def opens_to_anybody(bound: Bound) -> None:
    bound.public, bound.handler = True, lambda _call: []


def takes_anything(bound: Bound) -> None:
    bound.lenient, bound.handler = True, lambda _call: []


def takes_only_one_page(bound: Bound) -> None:
    def handler(call: Call) -> Any:
        if call.query["offset"]:
            raise Problem(422, [{"loc": ["query", "offset"], "msg": "No further", "type": "value_error"}])
        return []

    bound.handler = handler


@pytest.mark.parametrize(
    ("key", "plant", "failure"),
    [
        ("GET /v1/billing/balance", refuses_undeclared, "UndefinedStatusCode"),
        ("GET /v1/billing/balance", crashes, "ServerError"),
        ("GET /v1/billing/balance", says_more, "JsonSchemaError"),
        ("GET /v1/billing/balance", says_it_as_text, "UndefinedContentType"),
        ("GET /v1/billing/payments", opens_to_anybody, "IgnoredAuth"),
        ("GET /v1/billing/payments", takes_anything, "AcceptedNegativeData"),
        ("GET /v1/billing/payments", takes_only_one_page, "RejectedPositiveData"),
    ],
    ids=name,
)
def test_a_planted_fault_is_found(key: str, plant: Callable[[Bound], None], failure: str) -> None:
    bound = target(strict=False).platform.services["auth_gateway"].operations[key]
    kept = bound.handler, bound.public, bound.lenient
    plant(bound)
    try:
        with pytest.raises(BaseException) as caught:  # noqa: PT011 - one failure, or a group of them
            fuzz(Run.of("auth-gateway", BY_KEY["auth-gateway", key]))
    finally:
        bound.handler, bound.public, bound.lenient = kept
    assert failure in {type(one).__name__ for one in flat(caught.value)}


def test_a_wrong_allow_header_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = lambda _method, _path, _allowed: Problem(405, "No.", headers=(("allow", "GET, PUT"),))  # noqa: E731
    monkeypatch.setattr("specdouble.mock.transports.paths.not_allowed", wrong)
    with pytest.raises(BaseException) as caught:  # noqa: PT011
        fuzz(Run.of("auth-gateway", BY_KEY["auth-gateway", "GET /v1/billing/balance"]))
    assert "CustomFailure" in {type(one).__name__ for one in flat(caught.value)}


def flat(error: BaseException) -> list[BaseException]:
    """Every exception in a group, however deep."""
    inner = getattr(error, "exceptions", ())
    return [found for one in inner for found in flat(one)] if inner else [error]
