"""The API that the tests of the verifier verify, and settings of a run about it."""

from __future__ import annotations

from typing import Any

from specdouble.openapi import Contract
from specdouble.verify.api.api import Api, load
from specdouble.verify.settings.values import Settings as Values

API: Api = load("imperal")
OPTIONS = API.options
PEOPLE = [one.field for one in API.logins]


def contract() -> Contract:
    """The contract of it."""
    return API.contract


def Settings(**values: Any) -> Values:  # noqa: N802 - stands for the class
    """Settings about it."""
    return Values(API, **values)
