"""`specdouble spec` at the terminal: what it prints, and how it ends."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from click.testing import CliRunner, Result

from specdouble.cli.spec import spec
from specdouble.openapi import Document, load
from specdouble.packs.documents import bundled_documents


def run(*arguments: object) -> Result:
    return CliRunner().invoke(spec, [str(argument) for argument in arguments])


@pytest.fixture
def files(tmp_path: Path, published: dict[str, Any], overlay: dict[str, Any]) -> tuple[Path, Path]:
    document, extra = tmp_path / "notes.json", tmp_path / "notes.overlay.yaml"
    document.write_text(json.dumps(published))
    extra.write_text(yaml.safe_dump(overlay))
    return document, extra


def test_lint_counts_the_bundled_documents() -> None:
    result = run("lint")

    assert result.exit_code == 0
    lines = {line.split()[0]: line for line in result.output.splitlines()}
    assert list(lines) == ["auth-gateway", "auth-gateway-internal", "registry", "alquimia", "toolhive"]
    gateway, internal, registry = list(lines.values())[:3]
    assert gateway.split()[:5] == ["auth-gateway", "134", "paths", "162", "operations"]
    assert registry.split()[:5] == ["registry", "15", "paths", "27", "operations"]
    assert internal.split()[:5] == ["auth-gateway-internal", "109", "paths", "133", "operations"]
    assert lines["toolhive"].split()[:5] == ["toolhive", "49", "paths", "61", "operations"]
    assert lines["alquimia"].split()[:5] == ["alquimia", "15", "paths", "24", "operations"]
    assert all(line.endswith("  ok") for line in lines.values())


def test_lint_prints_findings_and_fails(files: tuple[Path, Path], published: dict[str, Any]) -> None:
    published["paths"]["/notes"]["get"]["parameters"][0]["example"] = "many"
    files[0].write_text(json.dumps(published))

    result = run("lint", files[0])

    assert result.exit_code == 1
    assert "  1 error\n" in result.output
    assert (
        '  error: line 1 /paths/~1notes/get/parameters/0/example: "many" is not of type "integer" [example-mismatch]'
        in result.output
    )


def test_lint_with_an_overlay_asks_for_more(files: tuple[Path, Path]) -> None:
    assert run("lint", files[0], "--overlay", files[1]).output.rstrip().endswith("6 overlay actions  1 note  ok")


def test_show_prints_the_whole_document(gateway: Document) -> None:
    result = run("show", "auth-gateway", "--format", "json")

    assert orjson.loads(result.output) == gateway.raw
    assert run("show", "--format", "json").output == result.output


def test_show_yaml_reads_back(registry: Document) -> None:
    assert yaml.safe_load(run("show", "registry").output) == registry.raw


def test_show_published_leaves_the_overlay_out() -> None:
    result = run("show", "registry", "--published", "--format", "json")

    assert orjson.loads(result.output) == load(bundled_documents()["registry"].published)


@pytest.mark.parametrize(
    "arguments",
    [
        ("auth-gateway", "POST /v1/auth/login"),
        ("auth-gateway", "post /v1/auth/login"),
        ("auth-gateway", "/v1/auth/login"),
        ("auth-gateway", "login_v1_auth_login_post"),
        ("POST /v1/auth/login",),
        ("/v1/auth/login",),
        ("login_v1_auth_login_post",),
    ],
)
def test_show_one_operation(gateway: Document, arguments: tuple[str, ...]) -> None:
    result = run("show", *arguments, "--format", "json")

    login = gateway.raw["paths"]["/v1/auth/login"]["post"]
    assert orjson.loads(result.output) == {"/v1/auth/login": {"post": login}}


def test_show_finds_operations_of_the_registry_too() -> None:
    assert yaml.safe_load(run("show", "GET /v1/catalog").output).keys() == {"/v1/catalog"}


def test_show_resolved_has_no_references() -> None:
    result = run("show", "POST /v1/auth/login", "--resolve")

    assert "$ref" not in result.output
    assert "bearer" in result.output


def test_show_with_an_overlay(files: tuple[Path, Path]) -> None:
    shown = yaml.safe_load(run("show", files[0], "GET /notes", "--overlay", files[1]).output)

    assert shown["/notes"]["get"]["security"] == []


def test_diff_of_the_same_is_empty() -> None:
    result = run("diff", "registry", "registry")

    assert (result.exit_code, result.output) == (0, "0 breaking, 0 other changes\n")


def test_diff_prints_breaking_changes_first_and_fails(
    files: tuple[Path, Path], published: dict[str, Any], tmp_path: Path
) -> None:
    del published["paths"]["/notes"]["get"]["parameters"]
    published["paths"]["/notes"]["post"]["deprecated"] = True
    (tmp_path / "new.json").write_text(json.dumps(published))

    result = run("diff", files[0], tmp_path / "new.json")

    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "1 breaking, 1 other changes",
        "",
        "breaking",
        "  GET /notes /parameters/limit: parameter removed: query -> nothing [parameter-removed]",
        "",
        "compatible",
        "  POST /notes: operation deprecated [operation-deprecated]",
    ]
    data = orjson.loads(run("diff", files[0], tmp_path / "new.json", "--format", "json").output)
    assert [change["breaking"] for change in data] == [True, False]


def test_diff_that_breaks_nothing_succeeds(files: tuple[Path, Path], published: dict[str, Any], tmp_path: Path) -> None:
    del published["paths"]["/notes"]["get"]["parameters"]
    (tmp_path / "new.json").write_text(json.dumps(published))

    assert run("diff", tmp_path / "new.json", files[0]).exit_code == 0


def test_diff_takes_the_overlay_of_a_bundled_document(tmp_path: Path) -> None:
    copy = tmp_path / "copy.json"
    copy.write_bytes(bundled_documents()["registry"].published.read_bytes())

    assert run("diff", "registry", copy, "--overlay", "registry").output == "0 breaking, 0 other changes\n"
    assert run("diff", "registry", copy, "--published").output == "0 breaking, 0 other changes\n"
    assert run("diff", copy, "registry").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("lint", "registy"), "Did you mean registry?"),
        (("lint", "missing.json"), "missing.json: no such file."),
        (("show", "auth-gateway", "POST /v1/auth/logn"), "Did you mean POST /v1/auth/login?"),
        (("show", "POST /v1/auth/logn"), "Did you mean POST /v1/auth/login?"),
        (("show", "auth-gateway", "login_v1_auth_lgin_post"), "Did you mean login_v1_auth_login_post?"),
        (("show", "gateway"), "no bundled document has this name"),
        (("diff", "registry", "http://127.0.0.1:1/openapi.json"), "cannot be reached"),
    ],
)
def test_bad_input_is_one_line_on_stderr(arguments: tuple[str, ...], message: str) -> None:
    result = run(*arguments)

    assert result.exit_code == 2
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""


def test_document_that_is_far_off_is_one_line_on_stderr(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text('{"openapi": "3.1.0", "paths": [1]}')

    result = run("diff", tmp_path / "bad.json", "registry")

    assert result.exit_code == 2
    assert "the document has no paths or webhooks or components" in result.stderr
    assert run("lint", tmp_path / "bad.json").exit_code == 2


@pytest.fixture
def pair(tmp_path: Path, published: dict[str, Any]) -> tuple[Path, Path]:
    """Two documents with one breaking change and one that is none."""
    (tmp_path / "old.json").write_text(json.dumps(published))
    del published["paths"]["/notes"]["get"]["parameters"]
    published["paths"]["/notes"]["post"]["deprecated"] = True
    (tmp_path / "new.json").write_text(json.dumps(published))
    return tmp_path / "old.json", tmp_path / "new.json"


@pytest.mark.parametrize(("level", "code"), [("breaking", 1), ("warning", 1), ("compatible", 1), ("never", 0)])
def test_fail_on_says_what_fails(pair: tuple[Path, Path], level: str, code: int) -> None:
    assert run("diff", *pair, "--fail-on", level).exit_code == code
    assert run("diff", pair[1], pair[0], "--fail-on", level).exit_code == (1 if level == "compatible" else 0)


def test_the_ignore_file_needs_a_reason_and_comes_to_an_end(pair: tuple[Path, Path], tmp_path: Path) -> None:
    entry: dict[str, Any] = {"rule": "parameter-removed", "operation": "GET *", "reason": "nobody used it"}

    def diffed(*entries: dict[str, Any]) -> Result:
        (tmp_path / "ignore.yaml").write_text(yaml.safe_dump(list(entries)))
        return run("diff", *pair, "--ignore", tmp_path / "ignore.yaml")

    assert diffed(entry).output.splitlines()[0] == "0 breaking, 1 other changes, 1 ignored"
    assert diffed({**entry, "expires": "2999-01-01"}).exit_code == 0
    over = diffed({**entry, "expires": "2020-01-01"})
    assert (over.exit_code, "expired on 2020-01-01" in over.stderr) == (1, True)
    assert "covers nothing" in diffed({**entry, "operation": "PUT *"}).stderr
    for wrong, message in (
        ({**entry, "reason": ""}, "it has no reason"),
        ({**entry, "rule": "parameter-remved"}, "Did you mean parameter-removed?"),
        ({**entry, "expires": "soon"}, "soon is no date"),
        ({**entry, "until": "x"}, "unknown field until"),
    ):
        refused = diffed(wrong)
        assert (refused.exit_code, message in refused.stderr) == (2, True), refused.output


def test_diff_for_other_tools(pair: tuple[Path, Path]) -> None:
    from xml.etree import ElementTree

    junit = ElementTree.fromstring(run("diff", *pair, "--format", "junit").output)
    sarif = json.loads(run("diff", *pair, "--format", "sarif").output)
    markdown = run("diff", *pair, "--format", "markdown").output

    assert [suite.get("failures") for suite in junit] == ["1"]
    assert [failure.get("type") for failure in junit.iter("failure")] == ["breaking"]
    results = sarif["runs"][0]["results"]
    assert [(one["ruleId"], one["level"]) for one in results] == [
        ("parameter-removed", "error"),
        ("operation-deprecated", "note"),
    ]
    assert {rule["id"] for rule in sarif["runs"][0]["tool"]["driver"]["rules"]} == {one["ruleId"] for one in results}
    assert "| breaking | `GET /notes` `/parameters/limit` |" in markdown


def test_lint_for_other_tools(tmp_path: Path, published: dict[str, Any]) -> None:
    published["paths"]["/notes"]["get"]["parameters"][0]["example"] = "many"
    (tmp_path / "notes.yaml").write_text(yaml.safe_dump(published))

    sarif = json.loads(run("lint", tmp_path / "notes.yaml", "--format", "sarif").output)
    data = json.loads(run("lint", tmp_path / "notes.yaml", "--format", "json").output)

    (error,) = (one for one in sarif["runs"][0]["results"] if one["level"] == "error")
    assert error["ruleId"] == "example-mismatch"
    line = error["locations"][0]["physicalLocation"]["region"]["startLine"]
    assert "example: many" in (tmp_path / "notes.yaml").read_text().splitlines()[line - 1]
    assert data[0]["source"].endswith("notes.yaml")
    assert "example-mismatch" in {one["rule"] for one in data[0]["findings"]}


@pytest.mark.parametrize("command", ["lint", "diff"])
def test_rules_are_listed_and_explained(command: str) -> None:
    listed = run(command, "--rules").output.splitlines()
    name = listed[0].split()[0]

    assert len(listed) > 30
    assert run(command, "--explain", name).output.startswith(f"{name}\n\n")
    wrong = run(command, "--explain", name[:-1])
    assert (wrong.exit_code, f"Did you mean {name}?" in wrong.stderr) == (2, True)


def test_a_crash_is_no_verdict(pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object, **__: object) -> None:
        raise ZeroDivisionError("ouch")

    monkeypatch.setattr("specdouble.openapi.diff.compare.Documents", crash)

    result = run("diff", *pair)

    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
    assert "ZeroDivisionError: ouch" in result.stderr


def test_other_files_are_read_only_where_that_is_allowed(tmp_path: Path, published: dict[str, Any]) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    (tmp_path / "note.json").write_text(json.dumps(schema))
    published["components"]["schemas"]["Note"] = {"$ref": "note.json"}
    (tmp_path / "old.json").write_text(json.dumps(published))
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "note.json").write_text(json.dumps({**schema, "properties": {}}))
    (tmp_path / "new" / "new.json").write_text(json.dumps(published))
    pair = (tmp_path / "old.json", tmp_path / "new" / "new.json")

    assert run("diff", *pair).exit_code == 0
    assert "property removed" in run("diff", *pair, "--allow-refs").output
    assert "note.json leaves the document" in run("lint", pair[0], "--notes").output
    assert '"type": "object"' in run("show", pair[0], "--format", "json", "--allow-refs").output
