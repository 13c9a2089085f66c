"""How values of the query are written: by the styles of their parameters, else as pairs."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from specdouble.openapi import Contract, Op
from specdouble.openapi.parameters import ParameterError, Parameters


def query_text(contract: Contract, op: Op, query: Mapping[str, Any]) -> str:
    """Return a query: lists and objects as their parameters have them written, the rest as pairs, None left out."""
    styled: dict[str, str] = {}
    for name, value in query.items():
        declared = any(one.name == name and one.location == "query" for one in op.spec.parameters)
        if isinstance(value, list | dict) and declared:
            with suppress(ParameterError):  # a probe that the style cannot hold is written as it comes
                shapes = contract.of(op).shapes
                styled[name] = Parameters(op.spec.parameters, shapes).encode({"query": {name: value}}).query
    pairs = [
        (name, _text(one))
        for name, value in query.items()
        if name not in styled
        for one in (value if isinstance(value, list | tuple) else [value])
        if one is not None
    ]
    return "&".join(filter(None, (*styled.values(), urlencode(pairs))))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
