"""A pack says what its services are; without a word from it, its documents do."""

from __future__ import annotations

from pathlib import Path

import pytest

from specdouble import packs
from specdouble.openapi import SpecError
from specdouble.openapi.contract import Contract
from specdouble.packs import documents
from specdouble.packs.manifest import ManifestError, identifier, read, single

DOCUMENT = '{"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {"/a": {"get": {"responses": {}}}}}'


def specs(folder: Path, manifest: str | None = None, *names: str) -> Path:
    for name in names or ("shop.json",):
        (folder / name).write_text(DOCUMENT)
    if manifest is not None:
        (folder / "pack.toml").write_text(manifest)
    return folder


def test_every_document_is_a_service_where_no_manifest_says_otherwise(tmp_path: Path) -> None:
    found = read("mine", specs(tmp_path, None, "shop-floor.json", "admin.json", "admin.overlay.json"))

    assert [(one.name, one.port) for one in found.services] == [("admin", 8080), ("shop_floor", 8081)]
    assert found.services[0].documents[0].overlay == tmp_path / "admin.overlay.json"
    assert found.services[1].documents[0].overlay is None


def test_a_manifest_names_services_documents_and_ports(tmp_path: Path) -> None:
    text = 'title = "Shop"\n[[service]]\nname = "front"\ndocument = "shop.json"\nalso = ["more.json"]\nport = 9000\n'
    found = read("mine", specs(tmp_path, text, "shop.json", "more.json"))
    contract = documents.contract_of(found)

    assert (found.title, found.default) == ("Shop", False)
    assert [one.name for one in contract.by_name["front"].documents] == ["shop", "more"]
    assert contract.first.port == 9000
    assert [op.id for op in contract.ops] == ["GET /a"]  # of the published document alone


def test_a_second_service_has_its_name_before_its_operations(tmp_path: Path) -> None:
    contract = documents.contract_of(read("mine", specs(tmp_path, None, "a.json", "b.json")))

    assert [op.id for op in contract.ops] == ["GET /a", "b GET /a"]
    assert contract["b GET /a"].service == "b"
    with pytest.raises(KeyError, match="the closest is 'GET /a'"):
        contract["GET /b"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = ", "it is not TOML"),
        ('titel = "x"', "there is no key 'titel'. Did you mean title?"),
        ("title = 1", "title is a str, not 1"),
        ('title = "x"', "it has no service"),
        ('[[service]]\nname = "x"', "it names no document"),
        ('[[service]]\ndocument = "shp.json"', "there is no file 'shp.json'.*Did you mean shop.json?"),
        ('[[service]]\ndocument = "shop.json"\nname = "my-shop"', "'my-shop' is no name.*Did you mean my_shop?"),
        ('[[service]]\ndocument = "shop.json"\nport = 70000', "70000 is no port"),
    ],
)
def test_a_manifest_that_cannot_be_used_says_why(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ManifestError, match=said):
        read("mine", specs(tmp_path, text))


def test_a_folder_without_documents_is_none(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="it holds no document"):
        read("mine", tmp_path)


def test_a_plain_file_is_a_contract_of_one_service(tmp_path: Path) -> None:
    specs(tmp_path, None, "link-example.v2.json")
    contract = documents.contract_of(single(tmp_path / "link-example.v2.json"))

    assert (contract.name, list(contract.by_name)) == ("link_example", ["link_example"])


@pytest.mark.parametrize(("text", "name"), [("my-api", "my_api"), ("2fa", "_2fa"), ("class", "_class"), ("ü", "ü")])
def test_names_that_python_can_import(text: str, name: str) -> None:
    assert identifier(text) == name


def test_two_services_of_one_name_are_refused() -> None:
    service = documents.contract(packs.default()).first
    with pytest.raises(SpecError, match="services with names of their own"):
        Contract("twice", "Twice", (service, service))


def test_the_default_pack_is_the_bundled_one_that_says_so() -> None:
    assert packs.manifest_of(packs.default()).default
    assert packs.bundled()[0] == packs.default()
