"""A test double made from a spec: a stateful mock server and contract tests from OpenAPI documents."""

__version__ = "0.1.0"
