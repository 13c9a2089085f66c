"""Reading API contracts: the one way in this project to read an OpenAPI document and its overlay.

These modules import the heavy libraries (YAML, JSONPath, validators) inside the functions that need them, so that
importing this package and reading a cached document stay cheap. What only authors of documents need stands in
`specs.diff` and `specs.lint`.
"""

from specs.bundled import BUNDLED, Bundled, bundled
from specs.effective import Document, effective
from specs.errors import SpecError
from specs.load import load
from specs.operations import Body, Content, Operation, Parameter, Response, operations
from specs.overlay import apply, load_overlay, unmatched
from specs.resolve import resolve

__all__ = [
    "BUNDLED",
    "Body",
    "Bundled",
    "Content",
    "Document",
    "Operation",
    "Parameter",
    "Response",
    "SpecError",
    "apply",
    "bundled",
    "effective",
    "load",
    "load_overlay",
    "operations",
    "resolve",
    "unmatched",
]
