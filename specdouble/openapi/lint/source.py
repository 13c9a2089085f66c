"""Linting the text of a document: duplicate keys, the lines of findings, and what comments say to ignore."""

import re
from dataclasses import dataclass, replace
from typing import Any

from specdouble.openapi.lint.check import lint
from specdouble.openapi.lint.finding import Finding
from specdouble.openapi.overlay import run
from specdouble.openapi.pointers import lookup
from specdouble.openapi.reading import openapi, parse
from specdouble.openapi.reading.bundle import bundle

_COMMENT = re.compile(r"#\s*lint-ignore:\s*([\w-]+(?:\s*,\s*[\w-]+)*)")
IGNORE = "x-lint-ignore"


@dataclass(frozen=True, slots=True)
class Linted:
    """The findings about a document, the effective document itself, and where it was read."""

    document: dict[str, Any]
    findings: tuple[Finding, ...]
    ignored: int
    source: str = ""


def lint_text(data: bytes, where: str, overlay: dict[str, Any] | None = None, *, follow: bool = False) -> Linted:
    """Check the text of a document together with its overlay, if there is one.

    A finding is left out where a comment `# lint-ignore: rule` stands on its line or on the one above, or where an
    object around it has the rule in its list `x-lint-ignore`. `follow` reads the files that references name.

    Raises:
        SpecError: the text is no OpenAPI document, or the overlay cannot be applied.

    """
    duplicates: list[tuple[str, int]] = []
    document = openapi(parse(data, where, duplicates), where)
    if follow:
        document = bundle(document, where)
    found = [
        Finding("duplicate-key", key, f"the key {key.rpartition('/')[2]} stands twice", line=line)
        for key, line in duplicates
    ]
    effective = document
    if overlay is not None:
        effective, misses = run(document, overlay)
        found += [Finding("action-matches-nothing", target, "the action selects nothing") for target in misses]
    found += lint(effective, where)
    if found:
        found = _with_lines(found, data)
    kept = _without_ignored(found, effective, data)
    return Linted(effective, tuple(kept), len(found) - len(kept), where)


def _prefixes(pointer: str) -> list[str]:
    tokens = pointer.split("/")
    return ["/".join(tokens[:end]) for end in range(len(tokens), 1, -1)]


def _with_lines(found: list[Finding], data: bytes) -> list[Finding]:
    from specdouble.openapi.reading.yaml_text import find_lines

    lines = find_lines(data, {prefix for one in found for prefix in _prefixes(one.where)})
    return [
        one if one.line else replace(one, line=next((lines[p] for p in _prefixes(one.where) if p in lines), 0))
        for one in found
    ]


def _without_ignored(found: list[Finding], document: dict[str, Any], data: bytes) -> list[Finding]:
    comments: dict[int, frozenset[str]] = {}
    if b"lint-ignore" in data:
        for number, text in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
            match = _COMMENT.search(text)
            if match:
                names = frozenset(re.split(r"\s*,\s*", match[1]))
                comments[number] = comments.get(number, frozenset()) | names
                if text.lstrip().startswith("#"):
                    comments[number + 1] = comments.get(number + 1, frozenset()) | names
    return [one for one in found if one.rule not in comments.get(one.line, ()) and not ignored_inside(one, document)]


def ignored_inside(finding: Finding, document: dict[str, Any]) -> bool:
    """Tell whether an object around a finding says that its rule is to be ignored."""
    for prefix in [*_prefixes(finding.where), ""]:
        try:
            value = lookup(document, prefix)
        except KeyError:
            continue
        names = value.get(IGNORE) if isinstance(value, dict) else None
        if isinstance(names, list) and finding.rule in names:
            return True
    return False
