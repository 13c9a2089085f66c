"""What schemathesis finds on both packs: no crash, nothing undeclared, nothing invalid."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from specdouble.mock.boot import boot
from specdouble.mock.options import Options
from specdouble.mock.transports.app import create_app
from specdouble.packs.documents import contract

CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
DOCUMENTS = {"toolhive": "/api/openapi.json", "alquimia": "/openapi.json"}
FEW, MANY = 4, 60
VALID, INVALID = GenerationMode.POSITIVE, GenerationMode.NEGATIVE


def judge(pack: str, examples: int) -> Counter[str]:
    """Call every operation with valid and invalid requests, on the seed data; return how many went well, by operation.

    A 5xx is a failure, but for those by which a registry elsewhere does not answer.
    """
    platform = boot(contract(pack), Options(seed=1))
    schema = schemathesis.openapi.from_wsgi(DOCUMENTS[pack], create_app(platform, pack))
    token = {"Authorization": "Bearer alquimia-dev-token"}
    well: Counter[str] = Counter()
    for result in schema.get_all_operations():
        operation = result.ok()
        for mode in (VALID, INVALID):

            @settings(max_examples=examples, database=None, deadline=None, derandomize=True, phases=[Phase.generate],
                      suppress_health_check=list(HealthCheck))  # fmt: skip
            @given(case=operation.as_strategy(generation_mode=mode))
            def call(case: Any) -> None:
                platform.world.reset()
                response = case.call(headers=token)
                assert response.status_code != 500, response.text
                well[case.operation.label] += response.status_code < 400
                case.validate_response(response, checks=CHECKS)

            try:
                call()
            except Unsatisfiable:  # nothing of that kind can be made for it
                continue
    return well


@pytest.mark.parametrize("pack", DOCUMENTS)
def test_responses_are_as_promised(pack: str) -> None:
    well = judge(pack, FEW)
    known = {op.id for op in contract(pack).ops} - {f"GET {DOCUMENTS[pack]}"}  # where it has the document from
    assert set(well) == known
    assert sum(count > 0 for count in well.values()) > {"toolhive": 20, "alquimia": 10}[pack]


@pytest.mark.slow
@pytest.mark.parametrize("pack", DOCUMENTS)
def test_responses_are_as_promised_under_many_requests(pack: str) -> None:
    assert sum(judge(pack, MANY).values()) > 1000
