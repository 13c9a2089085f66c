"""`specdouble spec model` at the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from specdouble.cli.spec import spec
from tests.openapi.model.small import document, many, op, ref, thing


def run(*arguments: object) -> Result:
    return CliRunner().invoke(spec, ["model", *map(str, arguments)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    operations = {
        "GET /pets": op(many(ref("Pet")), query=("limit", "status")),
        "POST /pets": op(ref("Pet"), ref("Pet"), status="201"),
        "GET /pets/{petId}": op(ref("Pet")),
    }
    path = tmp_path / "pets.json"
    path.write_text(json.dumps(document(operations, Pet=thing("id", "status"))))
    return path


def test_a_line_and_a_reason_for_everything(file: Path) -> None:
    result = run(file)

    assert result.exit_code == 0
    assert "1 resources" not in result.output
    assert result.output.startswith("1 resource\n")
    assert (
        "petId = /id, chosen by the client or else the server: id is what is left of petId without pet" in result.output
    )
    lines = {" ".join(line.split()[:3]): " ".join(line.split()[3:]) for line in result.output.splitlines() if line}
    assert lines["GET /pets list"].startswith("pet the response is a list of the resource; pages by limit (limit)")
    assert "filters status (equal)" in lines["GET /pets list"]
    assert lines["POST /pets create"] == "pet POST of a collection; answers with the item"
    assert lines["GET /pets/{petId} read"] == "pet GET of an item path"


def test_as_json(file: Path) -> None:
    found = json.loads(run(file, "--json").output)

    assert [one["name"] for one in found["resources"]] == ["pet"]
    assert [one["role"] for one in found["operations"]] == ["list", "create", "read"]


def test_the_overlay_is_written_and_its_corrections_win(file: Path, tmp_path: Path) -> None:
    target = tmp_path / "model.overlay.yaml"
    written = run(file, "--overlay", target)
    assert written.exit_code == 0
    target.write_text(
        target.read_text().replace("name: pet", "name: beast").replace("resource: pet", "resource: beast")
    )
    corrected = json.loads(run(file, "--with", target, "--json").output)

    assert {one["resource"] for one in corrected["operations"]} == {"beast"}
    assert all(one["declared"] for one in corrected["operations"])


def test_the_overlay_may_go_to_the_terminal(file: Path) -> None:
    assert yaml.safe_load(run(file, "--overlay", "-").output)["overlay"] == "1.0.0"


def test_what_cannot_be_written_or_read_is_bad_input(file: Path, tmp_path: Path) -> None:
    for arguments in ((file, "--overlay", tmp_path / "no" / "o.yaml"), (tmp_path / "none.json",)):
        result = run(*arguments)
        assert result.exit_code == 2
        assert len(result.output.splitlines()) == 1


def test_bundled_documents_have_a_model() -> None:
    result = run("registry", "--json")

    found = {one["key"]: one["role"] for one in json.loads(result.output)["operations"]}
    assert len(found) == 27
    assert found["POST /v1/apps"] == "create"
    assert found["PUT /v1/apps/{app_id}/settings"] == "singleton-write"
