"""The model of a contract, made once in a process."""

from functools import cache

from specdouble.openapi import Contract
from specdouble.verify.api.known import Known


@cache
def known_of(contract: Contract) -> Known:
    """Return what the model says of a contract."""
    return Known(contract)
