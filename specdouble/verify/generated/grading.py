"""Which findings are faults and which are drift: differences between document and server."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from specdouble.verify.responses.record import VIOLATION, WARNING

FAULT, DRIFT, EXACT = "fault", "drift", "exact"
FEW = 0.1  # share of the operations that may break a rule before the document is thought to be wrong about it
HOLES = 0.05  # share of the values beyond bounds that a server may take and be thought to validate
PROBES = 50  # such values, below which nothing is said about the server as a whole
LEAST = 8  # operations that were judged, below which nothing is said about the document as a whole
_REFUSAL = re.compile(r"\b(in|of) an? [45]\d\d\b|^status [45]\d\d ")
_NEEDED = re.compile(r"header (www-authenticate: .* in a 401|location: .* in a 201)", re.IGNORECASE)
_USUAL = re.compile(r"status 2\d\d ")
_FORMS = frozenset({"AUTH-49", "BOUND-58", "METHOD-42"})  # which of several refusals is the right one
_LAX = re.compile(r"BOUND-(4[3-9]|5[0-5])")


def kind(finding: Mapping[str, Any]) -> str:
    """Return what a finding is: `fault`, `drift`, or `exact`: a fault where the document is exact otherwise.

    A server that fails, loses or invents a write, or shows what it must not, has a fault whatever the document says.
    Whether a response that differs from its schema, a status that is not declared, or an invalid value that is taken is
    the server's fault or the document's, the rest of the document tells: where it is exact almost everywhere else, the
    server is wrong. What odd requests are refused with (malformed bodies, unknown media types) is drift at most.
    """
    rule, message = finding["rule"], finding["message"]
    if rule in ("SCHEMA-02", "SCHEMA-08"):
        return FAULT
    if rule == "SCHEMA-06" and _NEEDED.search(message):
        return FAULT  # the document and HTTP ask for it
    if rule == "SCHEMA-42" or (rule.startswith("SCHEMA-") and _odd(finding)):
        return DRIFT
    if rule == "SCHEMA-01":
        return EXACT if _USUAL.search(message) else DRIFT
    if rule.startswith("SCHEMA-") or _LAX.fullmatch(rule) or rule in _FORMS:
        return EXACT
    return DRIFT if finding["severity"] == WARNING else FAULT


def settle(findings: Iterable[dict[str, Any]], judged: Mapping[str, Mapping[str, int]], *, gate: bool = False) -> None:
    """Give each finding its `kind`, and drift the severity of a warning unless it gates.

    Args:
        findings: of the whole run.
        judged: by operation and rule, how many judgements were made.
        gate: whether drift counts as a violation.

    """
    every = list(findings)
    broken: dict[str, set[str]] = defaultdict(set)
    for one in every:
        broken[group(one)].add(one["op"])
    for one in every:
        found = kind(one)
        if found == EXACT and _LAX.fullmatch(one["rule"]):
            found = FAULT if _validates(every, judged) else DRIFT
        elif found == EXACT:
            found = FAULT if _stands_out(one, broken[group(one)], judged) else DRIFT
        one["kind"] = found
        one["severity"] = VIOLATION if found == FAULT or gate else WARNING


def _validates(findings: Iterable[Mapping[str, Any]], judged: Mapping[str, Mapping[str, int]]) -> bool:
    """Whether a server keeps the bounds of its document: nearly every value beyond them was refused."""
    tried = sum(count for made in judged.values() for rule, count in made.items() if _LAX.fullmatch(rule))
    wrong = sum(1 for one in findings if _LAX.fullmatch(one["rule"]))
    return tried >= PROBES and wrong <= HOLES * tried


def _stands_out(finding: Mapping[str, Any], broken: set[str], judged: Mapping[str, Mapping[str, int]]) -> bool:
    """Whether few operations break a rule of the many that were judged by it."""
    looked = {op for op, made in judged.items() if made.get(finding["rule"])} | broken
    refusal = finding["rule"] == "SCHEMA-01" and _REFUSAL.search(finding["message"])
    share, least = (FEW / 2, 2 * LEAST) if refusal else (FEW, LEAST)
    return len(looked) >= least and len(broken) <= max(1, share * len(looked))


def group(finding: Mapping[str, Any]) -> str:
    """Return what findings of one kind have in common: the rule, and whether it shows in a success or a refusal."""
    refusal = "refusal" if _REFUSAL.search(finding["message"]) else ""
    return f"{finding['rule']} {refusal} {'odd' if _odd(finding) and refusal else ''}"


def _odd(finding: Mapping[str, Any]) -> bool:
    """Whether a finding comes from a request that no client would send."""
    return any(
        one in str(finding.get("test", ""))
        for one in ("test_methods", "test_hostile", "test_a_body_that_is", "hostile")
    )
