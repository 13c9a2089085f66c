"""The ways to read any document that the rest of this project uses.

It imports the heavy libraries (YAML, JSONPath, validators) inside the
functions that need them, so that importing this package and reading a cached document stay cheap.
"""

from specdouble.openapi.contract import Contract, Op, Service
from specdouble.openapi.effective import Document, effective
from specdouble.openapi.errors import SpecError
from specdouble.openapi.operations import Body, Content, Operation, Parameter, Response, operations
from specdouble.openapi.overlay import apply, load_overlay, unmatched
from specdouble.openapi.reading import load
from specdouble.openapi.resolve import resolve

__all__ = [
    "Body",
    "Content",
    "Contract",
    "Document",
    "Op",
    "Operation",
    "Parameter",
    "Response",
    "Service",
    "SpecError",
    "apply",
    "effective",
    "load",
    "load_overlay",
    "operations",
    "resolve",
    "unmatched",
]
