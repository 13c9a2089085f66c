"""The audit log of a tenant: paged, filtered, and deaf to filters that it does not know."""

from __future__ import annotations

from typing import Any

import pytest


def entries(client: Any, query: str = "") -> list[dict[str, Any]]:
    return list(client.get(f"/v1/audit?per_page=200{query}").json["entries"])


def test_pages_are_newest_first_and_hold_everything_once(admin: Any) -> None:
    first = admin.get("/v1/audit").json
    assert first["total"] == 208
    assert (first["page"], first["per_page"], len(first["entries"])) == (1, 50, 50)
    seen = [one for page in range(1, 6) for one in admin.get(f"/v1/audit?page={page}").json["entries"]]
    assert len({one["id"] for one in seen}) == 208
    assert [one["created_at"] for one in seen] == sorted((one["created_at"] for one in seen), reverse=True)
    assert admin.get("/v1/audit?page=6").json["entries"] == []


@pytest.mark.parametrize("query", ["page=0", "per_page=0", "per_page=201", "from=yesterday", "to=soon"])
def test_bounds(admin: Any, query: str) -> None:
    refused = admin.get(f"/v1/audit?{query}")
    assert refused.status == 422
    assert refused.detail[0]["loc"] == ["query", query.partition("=")[0]]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("actor_id", "service"),
        ("target_type", "agency"),
        ("target_id", "notes"),
        ("action", "role.update"),
        ("source", "api"),
    ],
)
def test_filters(admin: Any, name: str, value: str) -> None:
    found = admin.get(f"/v1/audit?per_page=200&{name}={value}").json
    assert 0 < found["total"] < 208
    assert (
        found["total"]
        == len(found["entries"])
        == sum(
            1
            for page in (1, 2)
            for one in admin.get(f"/v1/audit?per_page=200&page={page}").json["entries"]
            if one[name] == value
        )
    )
    assert {one[name] for one in found["entries"]} == {value}


def test_from_and_to(admin: Any) -> None:
    whole = entries(admin)
    newer, older = whole[20]["created_at"], whole[60]["created_at"]
    found = admin.get(f"/v1/audit?from={older}&to={newer}&per_page=200").json
    assert found["entries"] == whole[20:61]
    assert found["total"] == 41
    assert admin.get(f"/v1/audit?from={older}&to={newer}&per_page=10&page=2").json["entries"] == whole[30:40]


def test_a_date_includes_its_day(admin: Any) -> None:
    day = entries(admin)[100]["created_at"][:10]
    found = entries(admin, f"&from={day}&to={day}")
    assert found
    assert {one["created_at"][:10] for one in found} == {day}


@pytest.mark.rule("E04")
@pytest.mark.parametrize("query", ["since=2999-01-01", "hours=1", "actor=nobody", "limit=1", "target=x"])
def test_unknown_filters_narrow_nothing(admin: Any, query: str) -> None:
    assert admin.get(f"/v1/audit?{query}").json == admin.get("/v1/audit").json


@pytest.mark.rule("I03")
def test_a_tenant_reads_its_own_log(admin: Any, gateway: Any) -> None:
    acme = gateway.login("admin@acme.example", "s3cure!admin", "acme")
    assert acme.get("/v1/audit").json["total"] == 40
    assert {one["tenant_id"] for one in entries(acme)} == {"acme"}
    acme.post("/v1/roles", {"name": "packer"})
    assert acme.get("/v1/audit").json["total"] == 41
    assert admin.get("/v1/audit").json["total"] == 208


def test_what_happens_is_written_down(admin: Any, gateway: Any) -> None:
    role = gateway.service().post("/v1/roles", {"name": "packer"}).json
    entry = entries(admin)[0]
    assert entry["action"] == "role.create"
    assert entry["target_id"] == role["id"]
    assert (entry["actor_id"], entry["actor_type"]) == ("service", "service")
    gateway.service("imp_u_admin01").delete(f"/v1/roles/{role['id']}")
    entry = entries(admin)[0]
    assert (entry["actor_id"], entry["actor_type"]) == ("imp_u_admin01", "service")


def test_a_refusal_writes_nothing(admin: Any) -> None:
    admin.post("/v1/roles", {"name": "viewer"})
    assert admin.get("/v1/audit").json["total"] == 208


def test_the_log_is_for_admins(user: Any, gateway: Any) -> None:
    assert user.get("/v1/audit").status == 403
    assert gateway.get("/v1/audit").status == 401
    assert gateway.service().get("/v1/audit").json["total"] == 208
