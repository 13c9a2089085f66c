"""What schemathesis finds on documents that each show one form: no crash, nothing undeclared, nothing invalid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from specdouble.mock.boot import boot
from specdouble.mock.options import Options
from specdouble.mock.transports.app import create_app
from specdouble.packs.target import contract_of_target

FORMS = Path(__file__).parent / "forms"
NAMES = sorted(path.stem for path in FORMS.glob("*.yaml"))
FEW, MANY = 3, 60
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


VALID, INVALID = GenerationMode.POSITIVE, GenerationMode.NEGATIVE


def judge(name: str, examples: int, *modes: GenerationMode) -> int:
    """Call every operation of a document with valid or invalid requests; return how many went well."""
    platform = boot(contract_of_target(str(FORMS / f"{name}.yaml")), Options(items=2))
    app = create_app(platform, next(iter(platform.services)))
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    went_well: list[int] = []
    headers = {"Authorization": "Bearer x"}
    for result in schema.get_all_operations():
        operation = result.ok()
        for mode in modes:

            @settings(max_examples=examples, database=None, deadline=None, derandomize=True, phases=[Phase.generate],
                      suppress_health_check=list(HealthCheck))  # fmt: skip
            @given(case=operation.as_strategy(generation_mode=mode))
            def call(case: Any) -> None:
                response = case.call(headers=headers)
                went_well.append(response.status_code < 400)
                case.validate_response(response, checks=CHECKS)

            try:
                call()
            except Unsatisfiable:  # nothing of that kind can be made for it
                continue
    return sum(went_well)


@pytest.mark.parametrize("name", NAMES)
def test_a_form_is_kept(name: str) -> None:
    assert judge(name, FEW, VALID) > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_form_is_kept_under_many_requests(name: str) -> None:
    assert judge(name, MANY, VALID, INVALID) > 0


def test_there_are_many_forms() -> None:
    assert len(NAMES) >= 20
