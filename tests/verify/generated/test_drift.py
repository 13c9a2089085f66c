"""Faults and drift: what gates, what is told, and the overlay that settles it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from specdouble.openapi import apply, effective
from specdouble.openapi.overlay import check_overlay
from specdouble.openapi.reading import parse
from specdouble.verify.generated.grading import settle
from specdouble.verify.generated.overlay import as_overlay
from tests.verify.generated.served import document

OPS = [f"GET /{number}" for number in range(20)]


def finding(rule: str, op: str, message: str, **more: Any) -> dict[str, Any]:
    """Return a finding."""
    return {"rule": rule, "op": op, "message": message, "severity": "violation", "test": "t", **more}


def kinds(*found: dict[str, Any], rule: str) -> list[str]:
    """Return the kinds of findings in a run that judged every operation by a rule."""
    settle(found, {op: {rule: 1} for op in OPS})
    return [one["kind"] for one in found]


def test_a_failure_is_a_fault_wherever_it_is() -> None:
    """A 5xx gates, be it everywhere."""
    every = [finding("SCHEMA-02", op, "the server failed with 500") for op in OPS]
    assert set(kinds(*every, rule="SCHEMA-02")) == {"fault"}


def test_a_broken_schema_is_a_fault_where_the_document_is_exact_otherwise() -> None:
    """One operation of twenty is wrong: the server. Half of them are: the document."""
    one = finding("SCHEMA-04", OPS[0], "name: expected a string, got 17 in a 200")
    assert kinds(one, rule="SCHEMA-04") == ["fault"]
    assert one["severity"] == "violation"
    many = [finding("SCHEMA-04", op, "name: expected a string, got null in a 200") for op in OPS[::2]]
    assert set(kinds(*many, rule="SCHEMA-04")) == {"drift"}
    assert many[0]["severity"] == "warning"


def test_a_refusal_that_is_not_declared_is_drift() -> None:
    """However few they are."""
    assert kinds(finding("SCHEMA-01", OPS[0], "status 404 is not declared"), rule="SCHEMA-01") == ["drift"]
    assert kinds(finding("SCHEMA-01", OPS[0], "status 201 is not declared"), rule="SCHEMA-01") == ["fault"]


def test_drift_gates_where_that_is_asked_for() -> None:
    """With --fail-on drift its severity is that of a violation."""
    one = finding("SCHEMA-01", OPS[0], "status 404 is not declared")
    settle([one], {}, gate=True)
    assert (one["kind"], one["severity"]) == ("drift", "violation")


def test_an_overlay_settles_drift(tmp_path: Path) -> None:
    """Applied to the document, the lines declare what the server does."""
    known = effective(document(tmp_path))
    text = as_overlay(
        [
            finding("SCHEMA-01", "", "status 409 is not declared", key="POST /shelves", got="409 {}", pointer=""),
            finding("SCHEMA-01", "", "status 418 is not declared", key="POST /shelves", got="418 ", pointer=""),
            finding(
                "SCHEMA-42", "", "member extra of a 200 is not declared", key="GET /genres/{slug}", got="extra",
                pointer="/paths/~1genres~1{slug}/get/responses/200/content/application~1json",
            ),
            finding("BOUND-46", "", "limit is answered with 200", key="GET /shelves", got="", pointer=""),
        ],
        known,
    )  # fmt: skip
    made = apply(known.raw, check_overlay(parse(text.encode(), "o.yaml"), "o.yaml"))
    responses = made["paths"]["/shelves"]["post"]["responses"]
    assert "application/json" in responses["409"]["content"]
    assert "content" not in responses["418"]
    assert "extra" in made["components"]["schemas"]["Genre"]["properties"]
    assert "BOUND-46 GET /shelves" in text
