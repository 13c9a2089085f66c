"""Reading API contracts: the one way in this project to read an OpenAPI document and its overlay.

These modules import the heavy libraries (YAML, JSONPath, validators) inside the functions that need them, so that
importing this package and reading a cached document stay cheap.
"""

from specs.bundled import BUNDLED, Bundled, bundled
from specs.diff import Change, diff
from specs.effective import Document, effective
from specs.errors import SpecError
from specs.lint import Finding, Report, lint
from specs.load import load
from specs.operations import Body, Content, Operation, Parameter, Response, operations
from specs.overlay import apply, load_overlay, unmatched
from specs.resolve import resolve

__all__ = [
    "BUNDLED",
    "Body",
    "Bundled",
    "Change",
    "Content",
    "Document",
    "Finding",
    "Operation",
    "Parameter",
    "Report",
    "Response",
    "SpecError",
    "apply",
    "bundled",
    "diff",
    "effective",
    "lint",
    "load",
    "load_overlay",
    "operations",
    "resolve",
    "unmatched",
]
