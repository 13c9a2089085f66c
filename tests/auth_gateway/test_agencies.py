"""Agencies: branding and compliance of a group of people, within one tenant."""

from __future__ import annotations

from typing import Any

import pytest

NEW = {"agency_id": "fabrikam", "display_name": "Fabrikam", "domain": "fabrikam.example"}
SETTINGS = "/v1/agencies/northwind/settings"


@pytest.fixture
def acme_admin(gateway: Any) -> Any:
    return gateway.login("admin@acme.example", "s3cure!admin", "acme")


def ids(reply: Any) -> list[str]:
    return [agency["agency_id"] for agency in reply.json]


@pytest.mark.rule("E07")
def test_me_is_no_agency_id(user: Any, developer: Any) -> None:
    assert user.get("/v1/agencies/me").json["agency_id"] == "northwind"
    assert developer.get("/v1/agencies/me").json["agency_id"] == "default"


def test_me_needs_a_person(gateway: Any, user: Any) -> None:
    assert gateway.get("/v1/agencies/me").status == 401
    assert gateway.service().get("/v1/agencies/me").status == 401
    assert user.get("/v1/agencies").status == 403


@pytest.mark.rule("I03")
def test_agencies_belong_to_a_tenant(admin: Any, acme_admin: Any) -> None:
    assert ids(admin.get("/v1/agencies")) == ["contoso", "northwind", "default"]
    assert ids(acme_admin.get("/v1/agencies")) == ["acme-field", "default"]
    assert acme_admin.get("/v1/agencies/northwind").status == 404
    assert acme_admin.put(SETTINGS, {"retention_days": 1}).status == 404
    assert acme_admin.put("/v1/agencies/default/settings", {"retention_days": 1}).status == 403
    assert admin.get("/v1/agencies/default").json["settings"] == {}


def test_the_list_pages(admin: Any) -> None:
    assert ids(admin.get("/v1/agencies?limit=1&offset=1")) == ["northwind"]
    assert admin.get("/v1/agencies?limit=0").status == 422
    assert admin.get("/v1/agencies?limit=501").status == 422
    assert admin.get("/v1/agencies?offset=-1").status == 422


def test_a_created_agency_takes_people_in(admin: Any, user: Any) -> None:
    made = admin.post("/v1/agencies", {**NEW, "settings": {"retention_days": 30}})
    assert made.status == 201
    assert made.json["settings"] == {"retention_days": 30}
    assert admin.get("/v1/agencies/fabrikam").json == made.json
    admin.patch("/v1/users/imp_u_abc123", {"agency_id": "fabrikam"})
    assert user.get("/v1/agencies/me").json["display_name"] == "Fabrikam"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({**NEW, "agency_id": "northwind"}, 409),
        ({**NEW, "agency_id": "acme-field"}, 409),
        ({**NEW, "domain": "northwind.example"}, 409),
        ({**NEW, "agency_id": "xy"}, 422),
        ({**NEW, "settings": {"extra": {"api_key": "x"}}}, 422),
    ],
)
def test_refused_agencies_are_not_made(admin: Any, body: dict[str, Any], status: int) -> None:
    assert admin.post("/v1/agencies", body).status == status
    assert ids(admin.get("/v1/agencies")) == ["contoso", "northwind", "default"]


def test_settings_are_merged(admin: Any, user: Any) -> None:
    before = admin.get("/v1/agencies/northwind").json["settings"]
    body = {"retention_days": 730, "logo_dark_url": None, "extra": {"fax": "none"}}
    after = admin.put(SETTINGS, body).json["settings"]
    assert after == {
        "logo_url": before["logo_url"],
        "compliance_tier": before["compliance_tier"],
        "retention_days": 730,
        "extra": {"support_mail": "help@northwind.example", "fax": "none"},
    }
    assert user.get("/v1/agencies/me").json["settings"] == after


@pytest.mark.parametrize("held", ["text", 5, ["a"], None])
def test_what_is_no_object_gives_way_to_settings_that_are(admin: Any, held: Any) -> None:
    assert admin.post("/v1/agencies", {**NEW, "settings": {"extra": held}}).status == 201
    changed = admin.put(f"/v1/agencies/{NEW['agency_id']}/settings", {"extra": {"fax": "none"}})
    assert changed.json["settings"] == {"extra": {"fax": "none"}}


@pytest.mark.parametrize(
    "body",
    [
        {"logo_url": "http://northwind.example/logo.svg"},
        {"logo_dark_url": "//elsewhere.example/logo.svg"},
        {"retention_days": 0},
        {"retention_days": 3651},
        {"extra": {"smtp": {"password": "fake"}}},
        {"extra": {"ApiKey": "fake"}},
        {"extra": {"list": [{"refresh_token": "fake"}]}},
    ],
)
def test_refused_settings_change_nothing(admin: Any, body: dict[str, Any]) -> None:
    before = admin.get("/v1/agencies/northwind").json
    refused = admin.put(SETTINGS, {"compliance_tier": "strict", **body})
    assert refused.status == 422
    assert refused.detail[0]["loc"][0] == "body"
    assert admin.get("/v1/agencies/northwind").json == before


def test_a_panel_relative_logo_is_fine(gateway: Any) -> None:
    assert (
        gateway.service().put(SETTINGS, {"logo_url": "/static/logo.svg"}).json["settings"]["logo_url"]
        == "/static/logo.svg"
    )


def test_unknown_agencies(admin: Any, gateway: Any) -> None:
    assert admin.get("/v1/agencies/nowhere").status == 404
    assert admin.put("/v1/agencies/nowhere/settings", {}).status == 404
    assert gateway.service().get("/v1/agencies/acme-field").status == 200
