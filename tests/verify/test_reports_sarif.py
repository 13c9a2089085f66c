"""The SARIF report keeps the constraints of SARIF 2.1.0 that its readers rely on, and of GitHub's code scanning."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from reports_sample import empty, finding, full, hostile, small

from specdouble.verify.problems import SettingsError
from specdouble.verify.reports.formats import sarif
from specdouble.verify.reports.stored.text import shown

TEXT = {"type": "string", "minLength": 1}
MESSAGE = {
    "type": "object",
    "required": ["text"],
    "additionalProperties": False,
    "properties": {"text": TEXT, "markdown": TEXT},
}
# The parts of the standard that this report uses, written from its text; names that it does not use are refused.
LOG: dict[str, Any] = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/run"}},
    },
    "$defs": {
        "run": {
            "type": "object",
            "required": ["tool", "results"],
            "additionalProperties": False,
            "properties": {
                "tool": {
                    "type": "object",
                    "required": ["driver"],
                    "additionalProperties": False,
                    "properties": {"driver": {"$ref": "#/$defs/driver"}},
                },
                "automationDetails": {
                    "type": "object",
                    "required": ["id"],
                    "additionalProperties": False,
                    "properties": {"id": TEXT},
                },
                "invocations": {"type": "array", "items": {"$ref": "#/$defs/invocation"}},
                "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                "results": {"type": "array", "items": {"$ref": "#/$defs/result"}},
            },
        },
        "driver": {
            "type": "object",
            "required": ["name", "rules"],
            "additionalProperties": False,
            "properties": {
                "name": TEXT,
                "version": TEXT,
                "semanticVersion": {"type": "string", "pattern": r"^\d+\.\d+\.\d+"},
                "rules": {"type": "array", "uniqueItems": True, "items": {"$ref": "#/$defs/rule"}},
            },
        },
        "rule": {
            "type": "object",
            "required": ["id", "shortDescription", "help"],
            "additionalProperties": False,
            "properties": {
                "id": TEXT,
                "name": {"type": "string", "pattern": r"^\w+$"},
                "shortDescription": MESSAGE,
                "fullDescription": MESSAGE,
                "help": MESSAGE,
                "defaultConfiguration": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"level": {"$ref": "#/$defs/level"}},
                },
                "properties": {
                    "type": "object",
                    "properties": {"tags": {"type": "array", "uniqueItems": True, "items": {"type": "string"}}},
                },
            },
        },
        "level": {"enum": ["none", "note", "warning", "error"]},
        "invocation": {
            "type": "object",
            "required": ["executionSuccessful"],
            "additionalProperties": False,
            "properties": {
                "executionSuccessful": {"type": "boolean"},
                "exitCode": {"type": "integer"},
                "commandLine": {"type": "string"},
                "startTimeUtc": {"type": "string"},
                "toolExecutionNotifications": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["message"],
                        "additionalProperties": False,
                        "properties": {"level": {"$ref": "#/$defs/level"}, "message": MESSAGE},
                    },
                },
            },
        },
        "result": {
            "type": "object",
            "required": ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"],
            "additionalProperties": False,
            "properties": {
                "ruleId": TEXT,
                "ruleIndex": {"type": "integer", "minimum": 0},
                "level": {"enum": ["warning", "error"]},
                "message": MESSAGE,
                "locations": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/location"}},
                "partialFingerprints": {"type": "object", "minProperties": 1, "additionalProperties": TEXT},
                "occurrenceCount": {"type": "integer", "minimum": 1},
                "properties": {"type": "object"},
                "suppressions": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["kind"],
                        "additionalProperties": False,
                        "properties": {
                            "kind": {"enum": ["inSource", "external"]},
                            "status": {"enum": ["accepted", "underReview", "rejected"]},
                            "justification": {"type": "string"},
                        },
                    },
                },
            },
        },
        "location": {
            "type": "object",
            "required": ["physicalLocation", "logicalLocations"],
            "additionalProperties": False,
            "properties": {
                "physicalLocation": {
                    "type": "object",
                    "required": ["artifactLocation", "region"],
                    "additionalProperties": False,
                    "properties": {
                        "artifactLocation": {
                            "type": "object",
                            "required": ["uri", "uriBaseId"],
                            "additionalProperties": False,
                            "properties": {
                                "uri": {"pattern": r"^(?!/|\w+:|\.\.)[\w./%-]+$"},
                                "uriBaseId": {"const": "%SRCROOT%"},
                            },
                        },
                        "region": {
                            "type": "object",
                            "required": ["startLine"],
                            "additionalProperties": False,
                            "properties": {"startLine": {"type": "integer", "minimum": 1}},
                        },
                    },
                },
                "logicalLocations": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "required": ["name"],
                        "additionalProperties": False,
                        "properties": {"name": TEXT, "fullyQualifiedName": TEXT, "kind": {"enum": ["resource"]}},
                    },
                },
            },
        },
    },
}


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A reader's repository with the settings of the run, and nothing of this project."""
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    (tmp_path / ".git").mkdir()
    (tmp_path / "specdouble.toml").write_text("[verify]\n")
    (tmp_path / "ci").mkdir()
    monkeypatch.chdir(tmp_path / "ci")
    return tmp_path


def run(result: dict[str, Any]) -> dict[str, Any]:
    """Return the one run of the log, after the log was checked."""
    log = json.loads(sarif.render(shown(result)))
    errors = [f"{error.json_path}: {error.message}" for error in Draft202012Validator(LOG).iter_errors(log)]
    assert errors == []
    (one,) = log["runs"]
    rules = one["tool"]["driver"]["rules"]
    for found in one["results"]:
        assert rules[found["ruleIndex"]]["id"] == found["ruleId"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    datetime.strptime(one["invocations"][0]["startTimeUtc"], "%Y-%m-%dT%H:%M:%S%z")
    return dict(one)


def test_the_checks_above_can_fail() -> None:
    log = json.loads(sarif.render(shown(full())))
    log["runs"][0]["results"][0]["level"] = "fatal"
    del log["runs"][0]["results"][1]["message"]
    log["runs"][0]["more"] = 1
    assert len(list(Draft202012Validator(LOG).iter_errors(log))) == 3


@pytest.mark.parametrize("make", [empty, full, hostile])
def test_every_log_is_valid(make: Any) -> None:
    run(make())


def test_only_findings_are_results_each_with_its_level_and_place() -> None:
    result = full()
    results = run(result)["results"]
    assert len(results) == len(result["findings"])
    assert [one["level"] for one in results].count("warning") == 2
    tasks = next(one for one in results if one["ruleId"] == "ISOL-01")
    assert tasks["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "specdouble.toml", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 1},
            },
            "logicalLocations": [
                {
                    "name": "GET /v1/tasks/{task_id}",
                    "kind": "resource",
                    "fullyQualifiedName": "/paths/~1v1~1tasks~1{task_id}/get/responses/200",
                }
            ],
        }
    ]
    for part in ("GET /v1/tasks/{task_id}: a second user", "Promised: One user", "rule S05", "Expected 404, got 200",
                 "--replay 2a1b"):  # fmt: skip
        assert part in tasks["message"]["text"], part


def test_fingerprints_are_those_of_the_findings_whatever_else_changes() -> None:
    def prints(result: dict[str, Any]) -> set[tuple[str, str]]:
        return {tuple(one["partialFingerprints"].values()) for one in run(result)["results"]}  # type: ignore[misc]

    changed = full()
    changed["findings"].reverse()
    for one in changed["findings"]:
        one |= {"got": "other", "seed": 99, "message": "other words", "count": 1}
    changed["run"] |= {"seed": 99, "id": "r-other"}
    assert prints(changed) == prints(full())
    assert prints(full()) == {(one["id"], f"{one['id']}:1") for one in full()["findings"]}
    assert "primaryLocationLineHash" in run(full())["results"][0]["partialFingerprints"]


def test_waived_findings_are_suppressed_and_others_are_not() -> None:
    found = {
        one["partialFingerprints"]["specdoubleFinding/v1"]: one.get("suppressions") for one in run(full())["results"]
    }
    waived = {name for name, suppressions in found.items() if suppressions}
    assert waived == {"6a1b2c3d4e5f", "7a1b2c3d4e5f"}
    assert found["6a1b2c3d4e5f"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "W-3 until 2026-12-31: Known; fixed with the ledger rewrite",
        }
    ]


def test_rules_that_found_something_come_with_help() -> None:
    rules = run(full())["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted({one["rule"] for one in full()["findings"]})
    auth = rules[0]
    assert auth["shortDescription"]["text"] == "A revoked key opens nothing"
    assert "a refusal proves something only where" in auth["help"]["text"]
    assert "Rests on: rule K04" in auth["help"]["markdown"]
    assert auth["defaultConfiguration"] == {"level": "error"}
    assert next(rule for rule in rules if rule["id"] == "TIME-01")["defaultConfiguration"] == {"level": "warning"}


def test_a_rule_that_the_result_does_not_explain_is_there_all_the_same() -> None:
    result = small("violates", findings=[finding("a" * 12, "AUTH-07", "GET /v1/thing0")]) | {"rules": {}}
    assert run(result)["tool"]["driver"]["rules"][0]["help"]["text"] == "AUTH-07"


def test_a_run_that_could_not_look_did_not_succeed() -> None:
    result = empty() | {"problems": ["nobody answers"]}
    result["summary"]["exit_code"] = 3
    invocation = run(result)["invocations"][0]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["message"]["text"] == "nobody answers"
    assert run(full())["invocations"][0]["executionSuccessful"] is True


def test_an_answer_cannot_become_a_link_in_an_alert() -> None:
    for one in run(hostile())["results"]:
        assert not re.search(r"\]\(", one["message"]["text"])


def places(result: dict[str, Any]) -> dict[str, tuple[str, int]]:
    found = {}
    for one in run(result)["results"]:
        name, at = one["locations"][0]["logicalLocations"][0]["name"], one["locations"][0]["physicalLocation"]
        found[name] = (at["artifactLocation"]["uri"], at["region"]["startLine"])
    return found


def test_alerts_stand_in_a_file_that_the_readers_repository_has(repository: Path) -> None:
    assert {uri for uri, _line in places(full()).values()} == {"specdouble.toml"}
    (repository / "specdouble.toml").unlink()
    (repository / ".github" / "workflows").mkdir(parents=True)
    (repository / ".github" / "workflows" / "other.yml").write_text("name: other\n")
    (repository / ".github" / "workflows" / "contract.yml").write_text("run: specdouble verify\n")
    assert {uri for uri, _line in places(full()).values()} == {".github/workflows/contract.yml"}
    (repository / "README.md").write_text("# Ours\n")
    assert {uri for uri, _line in places(full()).values()} == {"README.md"}


def test_a_document_that_lists_the_paths_is_shown_at_their_lines(repository: Path) -> None:
    (repository / "docs").mkdir()
    (repository / "docs" / "the api.yaml").write_text(
        "paths:\n  /v1/keys/{key_id}:\n    delete: {}\n  /v1/keys:\n    get: {}\n"
    )
    result = full()
    result["run"]["sarif_file"] = "docs/the api.yaml"
    found = places(result)
    assert found["GET /v1/keys"] == ("docs/the%20api.yaml", 4)
    assert found["DELETE /v1/keys/{key_id}"] == ("docs/the%20api.yaml", 2)
    assert found["GET /v1/audit"] == ("docs/the%20api.yaml", 1)


@pytest.mark.parametrize("given", ["/etc/passwd", "../other/api.json", "C:\\api.json", "a/../../b", "."])
def test_a_path_out_of_the_repository_is_refused(given: str) -> None:
    result = full()
    result["run"]["sarif_file"] = given
    with pytest.raises(SettingsError, match="is no file in a repository"):
        sarif.render(shown(result))


def test_the_job_that_writes_the_report_need_not_have_the_file() -> None:
    result = full()
    result["run"]["sarif_file"] = "docs/api.json"
    assert set(places(result).values()) == {("docs/api.json", 1)}
