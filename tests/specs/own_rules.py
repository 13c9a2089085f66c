"""What this project asks of its own bundled documents and overlays, beyond what `specdouble spec lint` asks of any.

Each rule is one function, named as the statement it checks; it yields a finding for every place that breaks it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from specdouble.openapi import lint as openapi_lint
from specdouble.openapi.lint import Finding
from specdouble.openapi.lint.source import ignored_inside
from specdouble.openapi.operations import operations
from specdouble.openapi.overlay import run
from specdouble.openapi.pointers import follow, join, lookup

WORDS = ("published", "client", "decided")
RULES = {
    "every-action-rests-on-something": "Every action of an overlay names its ground.",
    "security-declared": "Every operation says who may call it.",
    "refusals-declared": "Every operation declares the refusals that it can answer with.",
    "requests-and-responses-shown": "Every body has an example.",
    "closed-responses": "Objects in responses say whether there may be other properties.",
    "stated-counts": "The document has as many paths and operations as its documentation states.",
}


@dataclass(frozen=True, slots=True)
class Report:
    """What `lint` says about one document."""

    findings: tuple[Finding, ...]
    paths: int
    operations: int
    actions: int

    @property
    def ok(self) -> bool:
        """Whether every rule holds; notes do not count."""
        return all(finding.level == "note" for finding in self.findings)


def lint(
    document: dict[str, Any], overlay: dict[str, Any] | None = None, expected: tuple[int, int] | None = None
) -> Report:
    """Check a published document together with its overlay, if there is one, by all rules.

    `expected` is the number of paths and operations that the documentation states.

    Raises:
        SpecError: the overlay cannot be applied, so there is nothing to check.

    """
    effective, misses = run(document, overlay) if overlay is not None else (document, [])
    findings = [Finding("action-matches-nothing", target, "the action selects nothing") for target in misses]
    findings += [one for one in openapi_lint.lint(effective) if not ignored_inside(one, effective)]
    if not any(finding.rule in _UNUSABLE for finding in findings):
        findings += house_rules(effective, overlay, expected)
    paths, found = openapi_lint.size(effective)
    return Report(tuple(findings), paths, found, len(overlay["actions"]) if overlay else 0)


# Documents with these are not checked further: the rules rely on their form.
_UNUSABLE = ("invalid-document", "unknown-field", "reference-nowhere")


def house_rules(
    effective: dict[str, Any], overlay: Mapping[str, Any] | None, expected: tuple[int, int] | None = None
) -> Iterator[Finding]:
    """Yield what only our own documents have to fulfil."""
    if overlay is not None:
        yield from every_action_rests_on_something(overlay)
        for rule in CONTRACT:
            yield from rule(effective)
    if expected:
        yield from stated_counts(effective, expected)


def _finding(rule: str, where: str, message: str) -> Finding:
    return Finding(rule, where, message, "error")


def every_action_rests_on_something(overlay: Mapping[str, Any]) -> Iterator[Finding]:
    """Check that every action names its ground."""
    for number, action in enumerate(overlay["actions"]):
        where = f"action {number} {action['target']}"
        if action.get("x-rests-on") not in WORDS:
            message = f"x-rests-on is {action.get('x-rests-on')!r}; write one of {', '.join(WORDS)}"
            yield _finding("every-action-rests-on-something", where, message)


def security_declared(document: dict[str, Any]) -> Iterator[Finding]:
    """Check that every operation says who may call it."""
    for operation in operations(document):
        if "security" not in lookup(document, operation.pointer):
            yield _finding("security-declared", operation.key, "the operation does not say who may call it")


def refusals_declared(document: dict[str, Any]) -> Iterator[Finding]:
    """Check that refusals are declared: 401 where a credential is asked, 403 for a role, 422 or 400 for a body.

    Where a document knows 413, every body has it. An operation that never succeeds refuses everything anyway.
    """
    known = [one for one in operations(document) if any(200 <= status < 300 for status in one.responses)]
    large = any(413 in one.responses for one in known)
    for operation in known:
        needed = {
            (401,): not operation.public,
            (403,): operation.required_role is not None,
            (422, 400): operation.body is not None,
            (413,): operation.body is not None and large,
        }
        for statuses, asked in needed.items():
            if asked and not any(status in operation.responses for status in statuses):
                said = " or ".join(map(str, statuses))
                yield _finding("refusals-declared", operation.key, f"{said} is not among the responses")


def requests_and_responses_shown(document: dict[str, Any]) -> Iterator[Finding]:
    """Check that every request body and every response with a body has an example."""
    for operation in operations(document):
        for content in operation.body.content.values() if operation.body else ():
            if not content.has_example:
                yield _finding(
                    "requests-and-responses-shown", operation.key, f"no example of a {content.media_type} body"
                )
        for response in operation.responses.values():
            status = response.status
            if response.content and not response.has_example and status != 422:
                yield _finding("requests-and-responses-shown", operation.key, f"no example of the {status} response")


def closed_responses(document: dict[str, Any]) -> Iterator[Finding]:
    """Check that objects in responses that list their properties say whether there may be others."""
    seen: set[int] = set()
    for operation in operations(document):
        for response in operation.responses.values():
            for content in (response.content or {}).values():
                for where in _open_objects(document, content.schema, content.pointer, seen):
                    yield _finding("closed-responses", where, "the object does not set additionalProperties")


def stated_counts(document: dict[str, Any], expected: tuple[int, int]) -> Iterator[Finding]:
    """Check that the document has as many paths and operations as its documentation states."""
    found = (len(document["paths"]), len(operations(document)))
    for what, have, want in zip(("paths", "operations"), found, expected, strict=True):
        if have != want:
            yield _finding("stated-counts", "/paths", f"{have} {what}, and {want} are stated")


def _open_objects(document: dict[str, Any], schema: Any, pointer: str, seen: set[int]) -> Iterator[str]:
    schema, pointer = follow(document, schema, pointer)
    if not isinstance(schema, dict) or id(schema) in seen:
        return
    seen.add(id(schema))
    if "properties" in schema and "additionalProperties" not in schema:
        yield pointer
    for name, value in schema.get("properties", {}).items():
        yield from _open_objects(document, value, join((name,), f"{pointer}/properties"), seen)
    for keyword in ("items", "additionalProperties"):
        if keyword in schema:
            yield from _open_objects(document, schema[keyword], f"{pointer}/{keyword}", seen)
    for keyword in ("anyOf", "oneOf", "allOf"):
        for index, value in enumerate(schema.get(keyword, ())):
            yield from _open_objects(document, value, f"{pointer}/{keyword}/{index}", seen)


Rule = Callable[[dict[str, Any]], Iterator[Finding]]

CONTRACT: tuple[Rule, ...] = (security_declared, refusals_declared, requests_and_responses_shown, closed_responses)
