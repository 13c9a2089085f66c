"""What stays on a target after a run is told completely: whatever grew in the world stands in the result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from apis import API, Settings, contract
from reports_sample import full, small

from specdouble.mock.pytest_plugin import Urls
from specdouble.packs.imperal.contract_tests.safety import TRACES
from specdouble.verify.reports.formats import html, markdown, terminal
from specdouble.verify.reports.stored.merge import merge
from specdouble.verify.reports.stored.text import shown
from specdouble.verify.reports.views.steps import steps
from specdouble.verify.running.opening import make_session
from specdouble.verify.running.preflight import preflight
from specdouble.verify.safety.traces import left
from tests.verify.running import verify

# collection of the world -> the kind that tells of it; figures that are made from the others tell nothing
TELLS = {
    "audit": "audit entries", "agencies": "agencies", "device_logins": "device logins",
    "stripe_events": "Stripe events", "actions": "records of actions", "events": "events in streams",
    "outbox": "mails", "registry_apps": "Registry records of removed apps",
    "registry_keys": "Registry records of removed apps", "registry_settings": "Registry records of removed apps",
    "sessions": "sessions of people who were given",
}  # fmt: skip
DERIVED = {"counters", "tallies"}
COUNTED = ("audit", "agencies", "device_logins", "stripe_events", "registry_apps", "sessions")


def sizes(urls: Urls) -> dict[str, int]:
    world = httpx.get(f"{urls.auth_gateway}/__mock__/world", timeout=30).json()
    return {name: len(rows) for name, rows in world["collections"].items()}


def test_whatever_grew_is_told(specdouble_server: Urls) -> None:
    before = sizes(specdouble_server)
    result = verify(specdouble_server.auth_gateway, suites=("test_reach", "test_rules_device", "test_rules_webhooks"))
    grown = {name: size - before.get(name, 0) for name, size in sizes(specdouble_server).items()}
    grown = {name: count for name, count in grown.items() if count > 0 and name not in DERIVED}
    told = {one["what"]: one["count"] for one in result["stays"]}
    assert {name: count for name, count in grown.items() if TELLS.get(name) not in told} == {}
    assert grown.keys() >= {"audit", "device_logins", "stripe_events", "registry_apps"}
    for name in COUNTED:
        assert told.get(TELLS[name], 0) >= grown.get(name, 0), name
    assert all(one["removed"] for one in result["created"])
    assert not [note for note in result["notes"] if "stays" in note]


def test_what_was_not_made_does_not_stay(specdouble_server: Urls) -> None:
    result = verify(specdouble_server.auth_gateway, ("GET /v1/auth/.well-known/jwks.json",), suites=("test_reach",))
    assert result["stays"] == []  # the sessions of the preflight are ended


def test_a_run_that_only_reads_needs_no_journal(specdouble_server: Urls, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    more: dict[str, Any] = {"control": "off", "safety": True, "user": "user@example.com:s3cure!", "rate": 100_000}
    settings = preflight(Settings(target=specdouble_server.auth_gateway, journal=str(tmp_path / "file" / "x"), **more))
    session = make_session(settings)
    assert session.users.given("user").access_token
    session.close()


@pytest.mark.parametrize("trace", TRACES, ids=lambda one: one.what)
def test_every_kind_names_operations_that_exist(trace: Any) -> None:
    known = {op.id for op in contract().ops}
    assert [one for one in trace.ops if one[0] != "/" and one not in known] == []
    assert all(any(trace.of(op) and op.spec.path.startswith(one) for op in contract().ops)
               for one in trace.ops if one[0] == "/")  # fmt: skip


def test_counts_are_those_of_all_its_operations() -> None:
    counts = {"POST /v1/roles": 2, "DELETE /v1/roles/{role_id}": 1, "GET /v1/roles": 50, "POST /v1/agencies": 3}
    found = {one["what"]: one["count"] for one in left(TRACES, counts, contract().ops)}
    assert found == {"audit entries": 6, "agencies": 3}


def with_stays() -> dict[str, Any]:
    result = full()
    result["stays"] = [{"what": "agencies", "count": 1200, "why": "no operation removes one"}]
    return result


def test_reports_show_it_and_shards_add_it_up(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.show(with_stays())
    assert "1,200 agencies: no operation removes one" in capsys.readouterr().out
    assert "1,200 agencies" in html.render(shown(with_stays()))
    assert "1,200 agencies" in markdown.render(shown(with_stays()))
    first, second = with_stays(), with_stays()
    for number, one in enumerate((first, second), 1):
        one["run"] |= {"id": f"r-{number}", "shard": f"{number}/2"}
    assert merge([first, second])["stays"] == [{**first["stays"][0], "count": 2400}]  # type: ignore[list-item]


def test_next_steps_name_the_options_that_would_prove_more(capsys: pytest.CaptureFixture[str]) -> None:
    result = small("unproven", "unproven", "conforms", "unproven")
    reasons = (["give --admin EMAIL:PASSWORD"], ["--admin, or --service-token"], [], ["the server said --nonsense"])
    for one, why in zip(result["operations"], reasons, strict=True):
        one["reasons"] = why
    result["proof"] = [
        {"rule": "B03", "title": "t", "family": "RULE", "verdict": "unproven", "judged": [],
         "reasons": [{"reason": "no token: --service-token", "operations": ["GET /v1/thing0"]}]},
    ]  # fmt: skip
    known = ("admin", "service-token")
    result["run"]["options"] = {name: API.options[name].help for name in known}
    found = steps(shown(result))
    assert [(one.option, one.gain) for one in found] == [
        ("admin", "2 operations"), ("service-token", "1 operation, 1 rule"),
    ]  # fmt: skip
    terminal.show(result)
    out = capsys.readouterr().out
    assert "Next steps: what would prove more" in out
    assert "--service-token  1 operation, 1 rule" in out
    page = html.render(shown(result))
    assert "<code>--admin</code>" in page
    assert "An operation conforms when" in page
    assert "Unproven rules, by reason" in page
    assert "--service-token" in markdown.render(shown(result)).replace("&#45;", "-")
