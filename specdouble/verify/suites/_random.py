"""schemathesis as a source of requests: its examples, coverage and random cases, and its chains of linked requests.

Its cases become requests that the suites' own client sends, so that the oracle, the redaction and the safety policy
hold for them too.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection
from functools import cache
from typing import Any

import hypothesis
import requests
from hypothesis import HealthCheck, Phase

from specdouble.openapi import Contract, Op
from specdouble.verify.problems import Unmet

_OWN = frozenset({"content-length", "host", "user-agent", "x-schemathesis-testcaseid"})


@cache
def document(contract: Contract, service: str) -> Any:
    """Return the document of a service as schemathesis reads it.

    Raises:
        Unmet: it cannot read the document.

    """
    import schemathesis
    from schemathesis.config import SchemathesisConfig
    from schemathesis.errors import SchemathesisError
    from schemathesis.generation import GenerationMode

    # A copy of its own: schemathesis keeps what it resolves inside the document.
    raw = copy.deepcopy(contract.by_name[service].document.raw)
    try:
        schema = schemathesis.openapi.from_dict(raw, config=SchemathesisConfig())
    except (SchemathesisError, ValueError) as error:
        raise Unmet(f"schemathesis cannot read the document: {_line(error)}") from None
    # Chains are made of valid requests; `each_case` asks for both kinds.
    schema.config.generation.update(modes=[GenerationMode.POSITIVE], with_security_parameters=False)
    return schema


def each_case(contract: Contract, op: Op, examples: int, seed: int, test: Callable[[Any], None]) -> None:
    """Call something with each case of an operation: examples, coverage of its constraints, some random ones.

    Raises:
        Unmet: schemathesis cannot make requests from the operation.

    """
    from schemathesis.errors import SchemathesisError
    from schemathesis.generation.hypothesis.builder import HypothesisTestConfig, HypothesisTestMode, create_test

    schema = document(contract, op.service)
    settings = hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    config = HypothesisTestConfig(
        project=schema.config, modes=list(HypothesisTestMode), settings=settings, seed=seed, apply_ci_profile=False
    )
    try:
        operation = schema[op.spec.path][op.spec.method]
        create_test(operation=operation, test_func=lambda case: test(case), config=config)()
    except (SchemathesisError, LookupError, hypothesis.errors.HypothesisException) as error:
        raise Unmet(f"schemathesis makes no requests of it: {_line(error)}") from None


def prepared(case: Any, without: Collection[str]) -> tuple[str, bytes, dict[str, str]] | None:
    """Return the path with query, the body and the headers of a case, None where it cannot be written.

    `without` are the names of headers, in small letters, that are left to the credential.
    """
    kwargs = case.as_transport_kwargs(base_url="http://target")
    try:
        made = requests.Request(
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
        for name, value in made.headers.items()
        if name.lower() not in _OWN | set(without)
    }
    body = made.body or b""
    return str(made.path_url), body if isinstance(body, bytes) else str(body).encode(), headers


def is_negative(case: Any, place: str = "") -> bool:
    """Whether a case is meant to be invalid, at all or in a place (`body`, `path`, `query`, `header`)."""
    from schemathesis.core.parameters import ParameterLocation

    if case.meta is None or not case.meta.generation.mode.is_negative:
        return False
    return not place or bool(case.meta.is_negative_at(ParameterLocation(place)))


def said(case: Any) -> str:
    """Return what schemathesis says of a case."""
    return getattr(getattr(case.meta and case.meta.phase, "data", None), "description", "") or "an invalid request"


def _line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:160]
