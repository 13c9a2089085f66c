"""What `specdouble serve` and `routes` take: files, folders with other things in them, several at once; and what they
say where that is nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner

from specdouble.cli.main import cli
from specdouble.cli.serve import panel
from specdouble.cli.target import Target, chosen_options
from specdouble.errors import SpecdoubleError
from specdouble.mock.boot import boot
from specdouble.mock.options import Options
from specdouble.mock.transports.app import create_app
from specdouble.openapi.problems import problems
from specdouble.packs.target import contract_of_targets
from tests.inferred.conftest import Served
from tests.inferred.test_serve import document, platform_of, write
from tests.ports import web


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of somebody's project: documents among settings, parts of schemas and an overlay."""
    write(tmp_path, "ship"), write(tmp_path, "crew")
    (tmp_path / "compose.yaml").write_text("services: {web: {image: nginx}}\n")
    (tmp_path / "package.json").write_text('{"name": "harbour", "version": "3.0.0"}\n')
    (tmp_path / "parts.yaml").write_text("Mast: {type: object}\n")
    (tmp_path / "ship.overlay.yaml").write_text(
        "overlay: 1.0.0\ninfo: {title: more, version: '1'}\n"
        "actions: [{target: $.info, update: {description: from the overlay}}]\n"
    )
    (tmp_path / "sub.yaml").mkdir()
    return tmp_path


def test_a_folder_is_the_documents_in_it_and_nothing_else(folder: Path) -> None:
    platform = platform_of([str(folder)])
    assert list(platform.services) == ["crew", "ship"]
    raw = create_app(platform, "ship").test_client().get("/openapi.json").json
    assert raw["info"]["description"] == "from the overlay"


def test_this_folder_is_named_by_a_dot(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert list(platform_of(["."]).services) == ["crew", "ship"]


def test_seed_data_and_handlers_lie_beside_the_documents_of_a_folder(folder: Path) -> None:
    (folder / "crew.yaml").unlink()
    (folder / "fixtures").mkdir()
    (folder / "fixtures" / "ship.json").write_text('{"records": [{"id": 7, "name": "Argo"}]}')
    (folder / "mockserver").mkdir()
    (folder / "mockserver" / "ship.py").write_text(
        'from specdouble.mock.kit import op\n\n\n@op("POST /ships")\ndef ships(call):\n    return {"name": "by hand"}\n'
    )
    client = create_app(platform_of([str(folder)]), "ship").test_client()
    assert client.get("/ships").json == [{"id": 7, "name": "Argo"}]
    assert client.post("/ships", json={"name": "x"}).json == {"name": "by hand"}


def test_a_project_folder_serves_its_specs(folder: Path) -> None:
    project = folder / "project"
    (project / "specs").mkdir(parents=True)
    write(project / "specs", "mole")
    (project / "specs" / "settings.json").write_text("{}")
    assert list(boot(contract_of_targets([str(project)]), Options()).services) == ["mole"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing"], "nothing: there is no OpenAPI document in it, and no folder specs/. Put a .yaml or .json"),
        (["shup.yaml"], "shup.yaml: there is no such file. Did you mean ship.yaml?"),
        (["ship.yaml", "crow.yaml"], "crow.yaml: there is no such file. Did you mean crew.yaml?"),
        (["ship.yaml", "imperal"], "imperal: a pack is served alone. Several targets are documents"),
        (["package.json"], "package.json: not an OpenAPI document: it says neither `openapi: 3.x` nor `swagger: 2.0`"),
    ],
)
def test_what_is_none_is_told_with_the_next_step(
    words: list[str], said: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "nothing").mkdir()
    monkeypatch.chdir(folder)
    with pytest.raises(SpecdoubleError) as error:
        platform_of(words)
    assert str(error.value).startswith(said)


def test_routes_lists_several_documents_with_step_and_reason(folder: Path) -> None:
    for words in ([str(folder)], [str(folder / "crew.yaml"), str(folder / "ship.yaml")]):
        text = CliRunner().invoke(cli, ["routes", *words], catch_exceptions=False).output
        lines = [line for line in text.splitlines() if line.startswith("  GET /crews ")]
        assert len(lines) == 1
        assert lines[0].split()[2] == "inferred"
        assert "list of crew: the response is a list of the resource" in lines[0]
        assert "  3 operations on 2 paths: inferred 3" in text
        assert text.count("GET /ships") == 2


def test_routes_says_that_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text(yaml.safe_dump(document("ship") | {"paths": {}}))
    text = CliRunner().invoke(cli, ["routes", str(tmp_path / "empty.yaml")], catch_exceptions=False).output
    assert text == "there are no operations\n"
    text = CliRunner().invoke(cli, ["routes", write(tmp_path, "ship"), "--tag", "x"], catch_exceptions=False).output
    assert text == "no operation fits --tag x; there are 3\n"


@pytest.fixture
def url(folder: Path) -> Iterator[str]:
    """The folder, served by a web server on loopback."""
    with web(folder) as url:
        yield url


def test_documents_come_from_the_web_too(url: str, folder: Path) -> None:
    platform = platform_of([f"{url}/ship.yaml", str(folder / "crew.yaml")])
    assert list(platform.services) == ["ship", "crew"]
    assert create_app(platform, "ship").test_client().post("/ships", json={"name": "Argo"}).status_code == 201
    with pytest.raises(SpecdoubleError, match=r"/none.yaml: cannot be fetched|/none.yaml: .*404"):
        platform_of([f"{url}/none.yaml"])


def test_the_others_follow_the_port_of_the_first(folder: Path) -> None:
    target = Target([str(folder)], None)

    def ports(**given: int) -> dict[str, int]:
        asked = {"port_crew": 8080, "port_ship": 8081, **given}
        return dict(chosen_options(target, {**asked, "world": "default"}).ports)

    assert ports() == {"crew": 8080, "ship": 8081}
    assert ports(port_crew=9000) == {"crew": 9000, "ship": 9001}
    assert ports(port_crew=9000, port_ship=7000) == {"crew": 9000, "ship": 7000}
    assert ports(port_crew=0) == {"crew": 0, "ship": 0}


def test_the_panel_tells_documents_of_one_name_apart(tmp_path: Path) -> None:
    target = write(tmp_path, "ship")
    lines = [line.split() for line in click.unstyle(panel(platform_of([target, target]))).splitlines()]
    assert ["ship", "http://localhost:8080"] in lines
    assert ["ship_2", "http://localhost:8081"] in lines


# -- documents with mistakes -------------------------------------------------------------------------------------------


def test_a_path_without_a_slash_is_served_as_if_it_had_one(served: Served) -> None:
    raw = document("ship")
    raw["paths"] = {path.removeprefix("/"): item for path, item in raw["paths"].items()}
    client = served(raw)
    made = client.post("/ships", {"name": "Argo"}).json
    assert client.get(f"/ships/{made['id']}").json == made
    assert [str(one) for one in problems(client.service.document)] == [  # type: ignore[attr-defined]
        f"/paths/{path}: the path {name} does not begin with a slash; it is read as if that were right"
        for path, name in (("ships", "ships"), ("ships~1{id}", "ships/{id}"))
    ]


def test_of_two_paths_that_differ_in_a_slash_one_is_served(served: Served) -> None:
    raw = document("ship")
    raw["paths"]["ships"] = {"get": {"responses": {"200": {"description": "x"}}}}
    client = served(raw)
    assert len(client.get("/ships").json) == 3
    (told,) = problems(client.service.document)  # type: ignore[attr-defined]
    assert str(told) == "/paths/ships: the path ships does not begin with a slash, and one that does is there too; " \
        "it is left out"  # fmt: skip


def test_a_security_scheme_that_nobody_declared_is_a_bearer_token(served: Served) -> None:
    client = served(document("ship") | {"security": [{"ghost": []}]})
    assert client.get("/ships").status == 401
    assert client.get("/ships", headers={"Authorization": "Bearer any"}).status == 200
    (told,) = problems(client.service.document)  # type: ignore[attr-defined]
    assert str(told) == "/security: the security scheme ghost is not declared; a bearer token is asked for"
    assert "-H 'Authorization: Bearer any'" in panel(client.platform)


def test_methods_that_the_model_does_not_know_are_answered_with_examples(served: Served) -> None:
    raw = document("ship") | {"openapi": "3.2.0"}
    content = {"application/json": {"example": {"copied": 3}, "schema": {"type": "object"}}}
    raw["paths"]["/ships"]["additionalOperations"] = {
        "COPY": {"responses": {"200": {"description": "", "content": content}}}
    }
    client = served(raw)
    assert client.call("COPY", "/ships").json == {"copied": 3}
    assert "Not inferred (1), answered with examples: COPY /ships" in panel(client.platform)
