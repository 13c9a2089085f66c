"""All rules on one document."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from specdouble.openapi.lint.context import Context
from specdouble.openapi.lint.examples import check_examples, check_links
from specdouble.openapi.lint.extensions import check_extensions
from specdouble.openapi.lint.finding import Finding
from specdouble.openapi.lint.operations import (
    check_media_types,
    check_old_bodies,
    check_operations,
    check_paths,
    check_tags,
)
from specdouble.openapi.lint.references import check_references, unused_components
from specdouble.openapi.lint.rules import LEVELS
from specdouble.openapi.lint.schemas import check_schemas
from specdouble.openapi.lint.security import check_security, check_servers
from specdouble.openapi.lint.structure import check_structure
from specdouble.openapi.reading.json_text import without_surrogates
from specdouble.openapi.schemas.deep import deep

CHECKS: tuple[Callable[[Context], Iterator[Finding]], ...] = (
    check_references,
    check_schemas,
    check_paths,
    check_operations,
    check_tags,
    check_media_types,
    check_old_bodies,
    check_security,
    check_servers,
    check_examples,
    check_links,
    check_extensions,
    unused_components,
)


def lint(document: dict[str, Any], source: str = "") -> list[Finding]:
    """Return what the rules find in a document, errors first; `source` is where it was read.

    The rules are tolerant: what is broken in one place does not keep them from looking at the rest.
    """
    try:
        return _lint(document, source)
    except UnicodeEncodeError:  # half an emoji, which validators cannot take
        return _lint(without_surrogates(document), source)


def _lint(document: dict[str, Any], source: str) -> list[Finding]:
    with deep():
        found = list(check_structure(document))
        context = Context(document, source)
        for check in CHECKS:
            found += check(context)
        if context.version == "2.0":
            found = [replace(one, where=context.published_pointer(one.where)) for one in found]
    return sorted(dict.fromkeys(found), key=lambda finding: LEVELS.index(finding.level))


def size(document: dict[str, Any]) -> tuple[int, int]:
    """Return how many paths and operations a document has; webhooks do not count."""
    context = Context(document)
    return len(context.mapping(context.document.get("paths"))), sum(bool(one.path) for one in context.operations)
