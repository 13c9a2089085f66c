"""Documents of several files are served and verified as one: what references name is read from the folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from specdouble.mock.boot import boot
from specdouble.mock.transports.app import create_app
from specdouble.packs.documents import contract_of_file

API = """
openapi: 3.1.0
info: {title: Pets, version: "1"}
paths:
  /pets:
    get: {responses: {'200': {$ref: 'parts/answers.yaml#/Pets'}}}
    post:
      requestBody: {content: {application/json: {schema: {$ref: 'parts/pet.yaml#/Pet'}}}}
      responses: {'201': {description: Made, content: {application/json: {schema: {$ref: 'parts/pet.yaml#/Pet'}}}}}
  /pets/{id}: {$ref: 'parts/paths.yaml#/one'}
  /away: {get: {responses: {'200': {description: No, content: {application/json: {schema: {$ref: AWAY}}}}}}}
"""
PARTS = {
    "pet.yaml": "Pet: {type: object, required: [id, name], properties: {id: {type: string, readOnly: true},"
    " name: {type: string, maxLength: 9}}}",
    "answers.yaml": "Pets: {description: All, content: {application/json: {schema: {type: array,"
    " items: {$ref: 'pet.yaml#/Pet'}}}}}",
    "paths.yaml": "one: {parameters: [{name: id, in: path, required: true, schema: {type: string}}],"
    " get: {responses: {'200': {description: One, content: {application/json: {schema: {$ref: 'pet.yaml#/Pet'}}}},"
    " '404': {description: None}}}}",
}


def served(folder: Path, away: str = "parts/none.yaml") -> tuple[Any, Any]:
    """Write the document below a folder; give its only service and a client of it."""
    (folder / "api" / "parts").mkdir(parents=True)
    (folder / "secret.yaml").write_text("type: string\nconst: never shown")
    (folder / "api" / "pets.yaml").write_text(API.replace("AWAY", f"'{away}'"))
    for name, text in PARTS.items():
        (folder / "api" / "parts" / name).write_text(text)
    platform = boot(contract_of_file(folder / "api" / "pets.yaml"))
    (service,) = platform.services.values()
    return service, create_app(platform, service.name).test_client()


def test_what_stands_in_other_files_holds(tmp_path: Path) -> None:
    _, client = served(tmp_path)
    made = client.post("/pets", json={"name": "Rex"})
    assert made.status_code == 201, made.text
    assert client.get(f"/pets/{made.json['id']}").json == made.json
    assert made.json in client.get("/pets").json
    assert client.post("/pets", json={"name": "much too long"}).status_code in (400, 422)
    assert client.get("/pets/unknown").status_code == 404


@pytest.mark.parametrize(
    "away",
    ["parts/none.yaml", "parts/pet.yaml#/None", "../secret.yaml", "/etc/hostname", "https://example.com/x.yaml#/A"],
)
def test_a_reference_that_leads_nowhere_or_out_of_the_folder_spares_the_rest(tmp_path: Path, away: str) -> None:
    service, client = served(tmp_path, away)
    assert client.post("/pets", json={"name": "Rex"}).status_code == 201
    assert client.get("/away").status_code == 200
    assert b"never shown" not in service.document.json


def test_a_change_of_another_file_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the cache keeps depends on the document alone; one of several files is never kept."""
    monkeypatch.setenv("SPECDOUBLE_CACHE", str(tmp_path / "cache"))
    served(tmp_path)
    part = tmp_path / "api" / "parts" / "pet.yaml"
    part.write_text(part.read_text().replace("maxLength: 9", "maxLength: 20"))
    platform = boot(contract_of_file(tmp_path / "api" / "pets.yaml"))
    client = create_app(platform, "pets").test_client()
    assert client.post("/pets", json={"name": "much too long"}).status_code == 201
