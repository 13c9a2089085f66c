"""Which findings are faults and which are drift: differences between document and server."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from specdouble.verify.responses.record import VIOLATION, WARNING

FAULT, DRIFT, EXACT = "fault", "drift", "exact"
FEW = 0.1  # share of the operations that may break a rule before the document is thought to be wrong about it
LEAST = 8  # operations that were judged, below which nothing is said about the document as a whole
_LAX = re.compile(r"BOUND-(4[3-9]|5[0-5])")


def kind(finding: Mapping[str, Any]) -> str:
    """Return what a finding is: `fault`, `drift`, or `exact`: a fault where the document is exact otherwise.

    A server that fails, loses or invents a write, or shows what it must not, has a fault whatever the document says.
    That a refusal is not declared is drift. Whether a response that differs from its schema, or an invalid value that
    is taken, is the server's fault or the document's, the rest of the document tells: where it is exact almost
    everywhere else, the server is wrong.
    """
    rule, message = finding["rule"], finding["message"]
    if rule == "SCHEMA-02" or rule == "SCHEMA-08":
        return FAULT
    if rule == "SCHEMA-01":
        return EXACT if re.search(r"status 2\d\d ", message) else DRIFT
    if rule == "SCHEMA-05":
        return DRIFT
    if rule.startswith("SCHEMA-"):
        return EXACT
    if _LAX.fullmatch(rule):
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
        if found == EXACT:
            rule = one["rule"]
            looked = {op for op, made in judged.items() if made.get(rule)} | broken[group(one)]
            few = len(broken[group(one)]) <= max(1, FEW * len(looked))
            found = FAULT if few and len(looked) >= LEAST else DRIFT
        one["kind"] = found
        one["severity"] = VIOLATION if found == FAULT or gate else WARNING


def group(finding: Mapping[str, Any]) -> str:
    """Return what findings of one kind have in common: the rule, and whether it shows in a success or a refusal."""
    refusal = re.search(r"\b(in|of) an? [45]\d\d\b", finding["message"]) is not None
    extra = "refusal" if refusal else ""
    return f"{finding['rule']} {extra}"
