"""The suites keep their rules: black-box, a recipe for every operation, a rule for every statement, rules explained."""

from __future__ import annotations

import ast
import inspect
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from apis import API, contract

from specdouble.packs import bundled
from specdouble.verify.api import places
from specdouble.verify.api.api import load
from specdouble.verify.api.rules import FAMILIES, GENERAL
from specdouble.verify.api.rules import documented as in_docstrings
from specdouble.verify.session.derived import for_operation

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = sorted(path for name in ("specdouble/verify", "contract_tests") for path in (ROOT / name).rglob("*.py"))
SUITES = places.files(API.folder)
FORBIDDEN = ("specdouble.mock", "specdouble.cli.serve", "tests", "flask", "granian")

# Statements that no rule carries, with the reason.
ELSEWHERE = {
    "S08": "the auth matrix sends every wrong credential to every operation (AUTH, GATE)",
    "S09": "the auth matrix sends wrong service tokens to every operation (GATE-02)",
    "S10": "test_it_is_refused_before_its_body_is_looked_at of the auth matrix (GATE)",
    "S15": "call tokens are of the kernel's routes, which are no part of the two published documents",
    "A18": "looked at beside A17 and W03: no refusal repeats a token; the target's log is not seen",
    "A22": "the auth matrix sends no credential to every operation (AUTH-01)",
    "D09": "the oracle looks at the form of every 422 (E01)",
    "E01": "the oracle looks at every refusal",
    "E02": "the suite of bounds sends malformed JSON to every operation with a body",
    "E03": "looked at where a structured refusal is due: secrets and the quota of automations",
    "E04": "the suite of bounds sends unknown parameters to every operation with a query (E04)",
    "E06": "the suite of bounds tries both sides of every bound of a query (BOUND-06, BOUND-16)",
    "E10": "the oracle looks at every timestamp (SCHEMA-07)",
    "E13": "the oracle looks at every 429 (E13)",
    "R01": "the gate of the Registry (AUTH, GATE)",
    "R02": "the gate of the Registry (AUTH, GATE)",
}


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_the_suites_speak_http_only() -> None:
    begins = tuple(f"{one}." for one in FORBIDDEN)
    names = [(path.name, name) for path in FILES for name in imported(ast.parse(path.read_text()))]
    assert [(file, name) for file, name in names if f"{name}.".startswith(begins)] == []


def test_every_operation_of_both_documents_has_a_recipe() -> None:
    assert [op.id for op in contract().ops if for_operation(API, op) is None] == []
    known = {op.id for op in contract().ops}
    assert [name for name in API.recipes if name not in known] == []


def marked() -> dict[str, Any]:
    return in_docstrings(API.suites())


def documented() -> list[str]:
    return re.findall(r"^\| ([A-Z]\d+) ", (ROOT / "docs" / "gotchas.md").read_text(), re.M)


def test_every_statement_of_the_contract_has_a_rule_or_a_reason() -> None:
    carried = set(marked())
    assert len(documented()) > 100
    assert [one for one in documented() if one not in carried | ELSEWHERE.keys()] == []
    assert [one for one in ELSEWHERE if one not in documented()] == []


def test_rules_carry_statements_that_exist() -> None:
    carried = {id_ for id_ in marked() if "-" not in id_}
    assert sorted(carried - set(documented())) == []


def used_rules(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the rules that a file names in rule marks and in what it tells the check."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        given = [one.value for one in node.keywords if one.arg == "rule"]
        given += node.args[:1] if called in ("rule", "Wrong") or (called == "add" and len(node.args) > 1) else []
        for one in given:
            for part in ast.walk(one):
                if isinstance(part, ast.Constant) and re.fullmatch(r"[A-Z]+-\d+|[A-Z]\d\d", str(part.value)):
                    yield str(part.value), node.lineno


def test_every_rule_that_a_finding_may_have_is_explained(tmp_path: Path) -> None:
    document = tmp_path / "plain.json"
    document.write_text('{"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {"/a": {"get": {}}}}')
    known = set(load(spec=str(document)).rules)  # of a document without a pack
    known.update(*(load(pack).rules for pack in bundled()))
    unknown = [f"{path.name}:{line} {rule}" for path in FILES for rule, line in used_rules(path) if rule not in known]
    assert unknown == []
    assert len({rule for path in FILES for rule, _line in used_rules(path)}) > 100


def test_every_rule_has_a_title_an_explanation_and_a_family() -> None:
    for one in API.rules.values():
        assert one.title, one.id
        assert one.explain, one.id
        assert one.family in {**FAMILIES, **API.pack.families}, one.id
        assert re.fullmatch(r"[A-Z]+-\d{2,3}|[A-Z]\d\d", one.id)


def test_a_rule_has_one_meaning() -> None:
    titles: dict[str, set[str]] = defaultdict(set)
    places: dict[str, set[str]] = defaultdict(set)
    for path in SUITES:
        for node in ast.parse(path.read_text()).body:
            if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test_"):
                continue
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and getattr(mark.func, "id", "") == "rule" and mark.args:
                    id_ = str(getattr(mark.args[0], "value", ""))
                    places[id_].add(path.name)
                    titles[id_].add(str(ast.get_docstring(node)).partition("\n")[0])
    general = [
        id_ for id_ in titles if "-" in id_ and id_ not in GENERAL and id_ not in {one.id for one in API.pack.rules}
    ]
    # Within one file a rule may have several tests, each with a sentence of its own; two files must mean the same.
    assert {id_: sorted(titles[id_]) for id_ in general if len(places[id_]) > 1 and len(titles[id_]) > 1} == {}
    said = [one.title for one in (*GENERAL.values(), *API.pack.rules)]
    assert sorted({one for one in said if said.count(one) > 1}) == []


def proving(path: Path) -> list[ast.FunctionDef]:
    nodes = ast.parse(path.read_text()).body
    return [node for node in nodes if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


def test_every_test_says_which_rule_it_proves() -> None:
    for path in SUITES:
        for node in proving(path):
            marks = [one for one in node.decorator_list if isinstance(one, ast.Call)]
            names = [getattr(one.func, "id", getattr(one.func, "attr", "")) for one in marks]
            assert "rule" in names, f"{path.name}:{node.lineno} {node.name} carries no rule"


def unreasoned(test: ast.FunctionDef) -> Iterator[int]:
    """Yield the lines at which a test ends without a word: before a judgement, or for want of what it needs.

    A judgement is a use of `check`, be it by a helper that is handed it. What cannot be judged is told instead:
    `raise Unmet(reason)`, or `check.does_not_apply(reason)`.
    """
    judged = [node.lineno for node in ast.walk(test) if isinstance(node, ast.Name) and node.id == "check"]
    inner = [node for one in test.body for node in ast.walk(one) if isinstance(node, ast.FunctionDef)]
    helpers = {id(node) for one in inner for node in ast.walk(one)}
    for node in ast.walk(test):
        ends = isinstance(node, ast.Return) and id(node) not in helpers and not any(at <= node.lineno for at in judged)
        if ends or (isinstance(node, ast.ExceptHandler) and _swallows(node)):
            yield node.lineno


def _swallows(node: ast.ExceptHandler) -> bool:
    """Whether a test ends there because something that it needs is missing."""
    caught = ast.unparse(node.type) if node.type is not None else ""
    return "Unmet" in caught and all(isinstance(one, ast.Return) for one in node.body)


def test_no_test_ends_before_a_judgement_without_its_reason() -> None:
    found = [f"{path.name}:{line}" for path in SUITES for node in proving(path) for line in unreasoned(node)]
    assert found == []


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("if not ready: return\n  check.that(ready, 'x')", [2]),
        ("check.that(1, 'x')\n  return", []),
        ("expect(session, check)\n  if ready: return", []),
        ("if not ready: raise Unmet('no person')\n  check.that(ready, 'x')", []),
        ("check.that(1, 'x')\n  try: admin()\n  except Unmet: return", [4]),
        ("def helper(): return 1\n  check.that(helper(), 'x')", []),
    ],
)
def test_such_an_end_is_seen(body: str, lines: list[int]) -> None:
    (test,) = ast.parse(f"def test_x(session, check, ready):\n  {body}\n").body
    assert isinstance(test, ast.FunctionDef)
    assert list(unreasoned(test)) == lines


def test_the_package_says_what_it_is() -> None:
    from specdouble import verify

    assert "HTTP only" in str(inspect.getdoc(verify))
