"""The checks a contract has to pass, with what they find as data.

Each rule is one function, named as the statement it checks; it yields a finding for every place that breaks it. The
rules of `ANY` suit every document. Those of `CONTRACT` are what this project asks of a document with an overlay.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from specs.errors import SpecError
from specs.operations import Operation, Response, operations
from specs.pointers import follow, join, lookup

WORDS = ("published", "client", "decided")
_RESTS_ON = re.compile(r"Rests on: (\w+)\.")


@dataclass(frozen=True, slots=True)
class Finding:
    """One place that breaks a rule."""

    rule: str
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message} [{self.rule}]"


@dataclass(frozen=True, slots=True)
class Report:
    """What `lint` says about one document."""

    name: str
    paths: int
    operations: int
    actions: int
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether every rule holds."""
        return not self.findings


def lint(
    name: str,
    document: dict[str, Any],
    overlay: dict[str, Any] | None = None,
    expected: tuple[int, int] | None = None,
) -> Report:
    """Check a published document together with its overlay, if there is one.

    `expected` is the number of paths and operations that the documentation states. A document that does not follow the
    specification is not checked further: the other rules rely on its form.

    Raises:
        SpecError: the overlay cannot be applied, so there is nothing to check.

    """
    findings: list[Finding] = []
    effective = document
    if overlay is not None:
        from specs.overlay import run

        effective, misses = run(document, overlay)
        findings += (Finding("every_action_matches", target, "the action points at nothing") for target in misses)
        findings += every_action_rests_on_something(overlay)
    broken = list(valid_openapi(effective))
    findings += broken
    if not broken:
        for rule in ANY if overlay is None else ANY + CONTRACT:
            findings += rule(effective)
        findings += stated_counts(effective, expected) if expected else ()
    actions = len(overlay["actions"]) if overlay else 0
    return Report(name, len(effective["paths"]), _count(effective), actions, tuple(findings))


def valid_openapi(document: dict[str, Any]) -> Iterator[Finding]:
    """Check that the document follows the OpenAPI specification of its version, with no operationId used twice."""
    from openapi_spec_validator.shortcuts import get_validator_cls

    found = False
    try:
        for error in get_validator_cls(document)(document).iter_errors():
            found = True
            where = join(str(part) for part in getattr(error, "absolute_path", ())) or "/"
            yield Finding("valid_openapi", where, _line(getattr(error, "message", error)))
    except Exception as error:  # the validator raises many kinds on documents that are far off
        yield Finding("valid_openapi", "/", _line(error))
        return
    if not found:
        try:
            operations(document)
        except SpecError as error:
            yield Finding("valid_openapi", "/paths", str(error))


def valid_examples(document: dict[str, Any]) -> Iterator[Finding]:
    """Check that every example is what its schema asks for."""
    from specs.examples import wrong_examples

    for where, message in wrong_examples(document):
        yield Finding("valid_examples", where, message)


def links_lead_somewhere(document: dict[str, Any]) -> Iterator[Finding]:
    """Check that links name operations and parameters that exist, and values that the example answer has."""
    found = operations(document)
    by_id = {operation.operation_id: operation for operation in found}
    for operation in found:
        for response in operation.responses.values():
            for name, raw in (response.links or {}).items():
                link, where = follow(document, raw, f"{operation.key} link {name}")
                if "operationId" in link:
                    for message in _link_mistakes(link, by_id.get(link["operationId"]), response):
                        yield Finding("links_lead_somewhere", where, message)


def _link_mistakes(link: Mapping[str, Any], target: Operation | None, response: Response) -> Iterator[str]:
    if target is None:
        yield f"there is no operation {link['operationId']}"
        return
    names = {parameter.name for parameter in target.parameters}
    for name, value in (link.get("parameters") or {}).items():
        if name not in names and name.partition(".")[2] not in names:
            yield f"{target.key} has no parameter {name}"
        if response.has_example and isinstance(value, str) and value.startswith("$response.body#"):
            try:
                lookup(response.example, value.removeprefix("$response.body#"))
            except KeyError:
                yield f"the example answer has nothing at {value}"


def every_action_rests_on_something(overlay: Mapping[str, Any]) -> Iterator[Finding]:
    """Check that every action names its ground, in its description and for machines, and that the two agree."""
    for number, action in enumerate(overlay["actions"]):
        where = f"action {number} {action['target']}"
        description = action.get("description") or ""
        said = _RESTS_ON.findall(description)
        if len(said) != 1 or not description.endswith(f"Rests on: {said[0]}.") or said[0] not in WORDS:
            message = f"the description does not end in one `Rests on: {'|'.join(WORDS)}.`"
        elif action.get("x-rests-on") != said[0]:
            message = f"x-rests-on says {action.get('x-rests-on')}, the description {said[0]}"
        else:
            continue
        yield Finding("every_action_rests_on_something", where, message)


def security_declared(document: dict[str, Any]) -> Iterator[Finding]:
    """Check that every operation says who may call it, with schemes that exist."""
    schemes = document.get("components", {}).get("securitySchemes", {})
    for operation in operations(document):
        if "security" not in lookup(document, operation.pointer):
            yield Finding("security_declared", operation.key, "the operation does not say who may call it")
        for name in sorted({name for alternative in operation.security for name in alternative} - set(schemes)):
            yield Finding("security_declared", operation.key, f"there is no security scheme {name}")


def refusals_declared(document: dict[str, Any]) -> Iterator[Finding]:
    """Check that refusals are declared: 401 where a credential is asked, 403 for a role, 422 and 413 for a body."""
    for operation in operations(document):
        needed = {
            401: not operation.public,
            403: operation.required_role is not None,
            422: operation.body is not None,
            413: operation.body is not None,
        }
        for status, asked in needed.items():
            if asked and status not in operation.responses:
                yield Finding("refusals_declared", operation.key, f"{status} is not among the answers")


def requests_and_answers_shown(document: dict[str, Any]) -> Iterator[Finding]:
    """Check that every request body and every answer with a body has an example."""
    for operation in operations(document):
        for content in operation.body.content.values() if operation.body else ():
            if not content.has_example:
                yield Finding("requests_and_answers_shown", operation.key, f"no example of a {content.media_type} body")
        for status, response in operation.responses.items():
            if response.content and not response.has_example and status != 422:
                yield Finding("requests_and_answers_shown", operation.key, f"no example of the {status} answer")


def closed_answers(document: dict[str, Any]) -> Iterator[Finding]:
    """Check that objects in answers that list their properties say whether there may be others."""
    seen: set[int] = set()
    for operation in operations(document):
        for response in operation.responses.values():
            for content in (response.content or {}).values():
                for where in _open_objects(document, content.schema, content.pointer, seen):
                    yield Finding("closed_answers", where, "the object does not set additionalProperties")


def stated_counts(document: dict[str, Any], expected: tuple[int, int]) -> Iterator[Finding]:
    """Check that the document has as many paths and operations as its documentation states."""
    found = (len(document["paths"]), len(operations(document)))
    for what, have, want in zip(("paths", "operations"), found, expected, strict=True):
        if have != want:
            yield Finding("stated_counts", "/paths", f"{have} {what}, and {want} are stated")


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


def _line(text: object) -> str:
    return (str(text).splitlines() or [type(text).__name__])[0][:200]


def _count(document: dict[str, Any]) -> int:
    try:
        return len(operations(document))
    except SpecError:
        return 0


Rule = Callable[[dict[str, Any]], Iterator[Finding]]

ANY: tuple[Rule, ...] = (valid_examples, links_lead_somewhere)
CONTRACT: tuple[Rule, ...] = (security_declared, refusals_declared, requests_and_answers_shown, closed_answers)
