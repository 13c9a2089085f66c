"""The platform's e-mails: every one is logged, and an administrator's words are the ones that go out."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.mock.state.world import World
from tests.auth_gateway.billing_helpers import add_card, days, newcomer
from tests.conftest import Client

EMAIL = "/v1/internal/email"
CASES = ["verify_email", "renewal_success", "payment_failed", "plan_expired", "plan_ended", "auto_topup_failed"]
GRACE, ADA = "imp_u_admin01", "imp_u_abc123"


@pytest.fixture
def service(gateway: Client) -> Client:
    return gateway.service()


def log(client: Client, **query: Any) -> dict[str, Any]:
    return dict(client.get(f"{EMAIL}/log", query_string=query).json)


def sign_up(gateway: Client, email: str = "nina@example.com") -> str:
    reply = gateway.post("/v1/auth/signup", {"email": email, "password": "s3cure!nina", "tenant_id": "default"})
    return str(reply.json["user_id"])


def test_the_log_is_filtered_and_paged(service: Client) -> None:
    every = log(service)
    assert (every["total"], [one["id"] for one in every["items"]]) == (5, [5, 4, 3, 2, 1])
    assert log(service, limit=2, offset=1) == {"items": every["items"][1:3], "total": 5}
    assert [one["id"] for one in log(service, case="renewal_success")["items"]] == [5, 4]
    assert log(service, case="renewal_success", user_id=ADA)["total"] == 1
    assert log(service, status="failed") == {"items": [], "total": 0}
    assert service.get(f"{EMAIL}/log?limit=201").status == 422


def test_a_sign_up_is_logged(gateway: Client, service: Client) -> None:
    user_id = sign_up(gateway)
    entry = log(service)["items"][0]
    assert (entry["case"], entry["to_email"], entry["user_id"]) == ("verify_email", "nina@example.com", user_id)
    assert (entry["status"], entry["provider_message_id"]) == ("sent", f"pm-{entry['id']}")


def test_a_renewal_is_logged_once(gateway: Client, service: Client, world: World) -> None:
    nina = newcomer(gateway)
    nina_id = nina.get("/v1/auth/me").json["imperal_id"]
    add_card(gateway, nina)
    nina.post("/v1/billing/subscribe", {"plan_id": "pro"})
    days(world, 31)
    mine = log(service, user_id=nina_id)["items"]
    assert [one["case"] for one in mine] == ["renewal_success"]
    assert mine[0]["dedup_key"].startswith("renewal:pi_")


def test_templates_are_listed_and_shown(service: Client) -> None:
    listed = service.get(f"{EMAIL}/templates").json
    assert (listed["total"], [one["case"] for one in listed["items"]]) == (6, CASES)
    shown = service.get(f"{EMAIL}/templates/plan_ended").json
    assert {name: shown[name] for name in listed["items"][4]} == listed["items"][4]
    assert (shown["subject"], shown["html_body"], shown["enabled"]) == ("Your plan has ended", "", True)
    assert service.get(f"{EMAIL}/templates/none").status == 404


def test_changed_words_go_out(gateway: Client, world: World) -> None:
    body = {"subject": "Welcome aboard", "text_body": "Your token: {token}.", "html_body": "<b>{token}</b>"}
    changed = gateway.service(GRACE).put(f"{EMAIL}/templates/verify_email", body).json
    assert (changed["subject"], changed["default_subject"]) == ("Welcome aboard", "Verify your e-mail address")
    assert (changed["has_custom_body"], changed["updated_by"]) == (True, GRACE)
    assert gateway.service().get(f"{EMAIL}/templates/verify_email").json == changed
    sign_up(gateway)
    (mail,) = world.state["outbox"].newest(to="nina@example.com")
    assert (mail["subject"], mail["text"]) == ("Welcome aboard", f"Your token: {mail['token']}.")
    assert mail["html"] == f"<b>{mail['token']}</b>"


def test_an_empty_text_is_the_built_in_one_again(service: Client) -> None:
    path = f"{EMAIL}/templates/plan_ended"
    service.put(path, {"subject": "Bye", "text_body": "Bye {plan}", "updated_by": "the office"})
    assert service.get(path).json["updated_by"] == "the office"
    again = service.put(path, {"subject": "", "text_body": ""}).json
    assert (again["subject"], again["text_body"], again["has_custom_body"]) == ("Your plan has ended", "", False)
    assert service.put(path, {"enabled": False}).json["enabled"] is False
    assert service.get(path).json["subject"] == "Your plan has ended"


def test_a_kind_that_is_switched_off_is_skipped(gateway: Client, service: Client, world: World) -> None:
    service.put(f"{EMAIL}/templates/verify_email", {"enabled": False})
    sign_up(gateway)
    assert list(world.state["outbox"].find(to="nina@example.com")) == []
    entry = log(service)["items"][0]
    assert (entry["status"], entry["provider_message_id"]) == ("skipped_disabled", None)
    tried = service.post(f"{EMAIL}/test", {"case": "verify_email", "to": "a@b.example"}).json
    assert (tried["status"], "error" in tried) == ("skipped_disabled", False)


def test_a_trial_is_logged(service: Client, world: World) -> None:
    tried = service.post(f"{EMAIL}/test", {"case": "plan_expired", "to": "a@b.example"}).json
    assert tried == {"case": "plan_expired", "to": "a@b.example", "status": "sent", "log_id": 6}
    assert log(service)["items"][0]["id"] == 6
    assert [one["subject"] for one in world.state["outbox"].find(to="a@b.example")] == ["Your plan has expired"]


def test_what_is_no_address_fails(service: Client) -> None:
    tried = service.post(f"{EMAIL}/test", {"case": "plan_expired", "to": "nowhere"}).json
    assert (tried["status"], "no e-mail address" in tried["error"]) == ("failed", True)
    assert log(service, status="failed")["total"] == 1


def test_a_trial_of_an_unknown_kind_is_404(service: Client) -> None:
    assert service.post(f"{EMAIL}/test", {"case": "none", "to": "a@b.example"}).status == 404
    assert service.put(f"{EMAIL}/templates/none", {"enabled": False}).status == 404
    assert log(service)["total"] == 5


def test_only_administrators_change_e_mails(gateway: Client, service: Client) -> None:
    ada = gateway.service(ADA)
    assert ada.put(f"{EMAIL}/templates/plan_ended", {"enabled": False}).status == 403
    assert ada.post(f"{EMAIL}/test", {"case": "plan_ended", "to": "a@b.example"}).status == 403
    assert service.get(f"{EMAIL}/templates/plan_ended").json["enabled"] is True
    assert log(service)["total"] == 5
