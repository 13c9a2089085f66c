"""A slice of the hostile requests of `python -m tests.soak.hostile`: it finds nothing, and what is planted it finds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.soak.hostile.__main__ import main
from tests.soak.hostile.campaign import Campaign
from tests.soak.hostile.framing import status_of_two
from tests.soak.hostile.shot import Shot
from tests.soak.hostile.wire import Answer, parse
from tests.soak.memory import Look

ROOT = Path(__file__).resolve().parent.parent.parent.parent


@pytest.mark.parametrize(("target", "count"), [("imperal", 1000), ("docs/examples/library.yaml", 1000)])
def test_hostile_requests_are_answered_below_500(target: str, count: int, tmp_path: Path) -> None:
    campaign = Campaign(target if target == "imperal" else str(ROOT / target), tmp_path, seed=1, slow=False)
    outcome = campaign.run(count)
    assert dict(outcome.findings) == {}
    assert outcome.tracebacks == {}
    assert outcome.sent >= count
    assert len(outcome.kinds) > 15, outcome.kinds
    assert outcome.reached > outcome.operations * 0.4, outcome.unreached
    assert sum(count for status, count in outcome.statuses.items() if status.startswith("2")) > count // 8


def test_a_planted_500_is_found_and_can_be_sent_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that fails for a short title."""
    (tmp_path / "sitecustomize.py").write_text(
        "import specdouble.mock.inferred.items.store as store\n"
        "add = store.Items.add\n"
        "def fails(self, kind, value, *rest, **more):\n"
        "    if isinstance(value, dict) and len(value.get('title', 'abc')) < 3:\n"
        "        raise RuntimeError('planted')\n"
        "    return add(self, kind, value, *rest, **more)\n"
        "store.Items.add = fails\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    outcome = Campaign(str(ROOT / "docs/examples/library.yaml"), tmp_path, seed=1, slow=False).run(1000)
    assert outcome.bad
    assert any(what.startswith("500 to body") and "POST /books" in what for what in outcome.findings), outcome.findings
    assert any("planted" in what for what in outcome.tracebacks), outcome.tracebacks
    found = [json.loads(line) for line in (tmp_path / "library.findings.jsonl").read_text().splitlines()]
    again = tmp_path / "again.jsonl"
    again.write_text(json.dumps(next(one for one in found if "POST /books" in one["what"])) + "\n")
    assert main(["--replay", str(again)]) == 1
    monkeypatch.delenv("PYTHONPATH")
    assert main(["--replay", str(again)]) == 0


def test_an_answer_is_read_whole() -> None:
    """Also one in chunks, one after 100, one that closes, and one without a body."""
    ok = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
    for end in range(len(ok)):
        assert parse(ok[:end], over=False) is None
    for raw, body in (
        (ok, b"{}"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + ok, b"{}"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n1;a=b\r\n}\r\n0\r\n\r\n", b"{}"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    ):
        found = parse(raw + b"HTTP/1.1 500 ", over=False)
        assert found is not None
        assert (found.body, raw[found.end :]) == (body, b"")
    closing = parse(b"HTTP/1.0 500 Oh\r\n\r\nno", over=True)
    assert closing is not None
    assert (closing.status, closing.body) == (500, b"no")
    assert parse(b"", over=True) is None


@pytest.mark.parametrize(
    ("block", "status"), [("8e", 500), ("88", 200), ("0803353033", 503), ("48826c19", 500), ("20488264 02", 400)]
)
def test_a_status_of_http_2_is_read(block: str, status: int) -> None:
    raw = bytes.fromhex(block)
    settings = bytes.fromhex("000000040000000000")
    frame = len(raw).to_bytes(3) + bytes((1, 4)) + (1).to_bytes(4) + raw
    assert status_of_two(settings + frame) == status


def test_a_failure_that_the_document_declares_is_none_of_ours(tmp_path: Path) -> None:
    """Of its own operation; of any in the service, where a request may have been taken for several."""
    campaign = Campaign("library.yaml", tmp_path, seed=1)
    campaign._service, campaign._declared = "a", {"a GET /x": {503}, "a GET /y": {501}, "b GET /z": {502}}
    for status, op, framed, found in (
        (503, "GET /x", True, False), (501, "GET /x", True, True), (501, "GET /x", False, False),
        (502, "GET /x", False, True), (500, "GET /x", False, True),
    ):  # fmt: skip
        before = sum(campaign.outcome.findings.values())
        answer = Answer(status, b"", b"", 0, closes=False)
        campaign._judge(Shot(b"", "body", op, framed=framed), answer, "", 0.0)
        assert (sum(campaign.outcome.findings.values()) > before) == found, (status, op, framed)


def test_growth_is_told_as_it_was_seen_and_at_rest() -> None:
    outcome = Campaign("library.yaml", Path(), seed=1).outcome
    assert outcome.growth.count("too few rounds") == 2
    for number in range(12):
        sent, warming = 1000 * number, 40.0 if number < 6 else 50.0
        outcome.seen.append(Look(sent, warming + 0.5 * number, 100 + number))
        outcome.rests.append(Look(sent, warming, 100))
    assert outcome.row().endswith("  0.5000   0.0000")
    assert "at the end of rounds +0.500 ± 0.000 (53.0 to 55.5 MiB, with 106 and 111 documents)" in outcome.growth
    assert "at rest +0.000 ± 0.000 (50.0 to 50.0 MiB, with 100 and 100 documents)" in outcome.growth
