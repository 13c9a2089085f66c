"""The page on observing says what there is: metrics by name, type, labels; attributes; fields."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families as families

from specdouble.mock.testing import open_mock
from tests.backends.test_surviving import LIBRARY
from tests.telemetry.test_logs import mock, written
from tests.telemetry.test_spans import Traced, told

__all__ = ["mock"]
PAGE = (Path(__file__).parents[2] / "docs" / "observe.md").read_text()


def test_the_table_of_metrics_is_what_the_endpoint_gives(tmp_path: Path) -> None:
    rows = re.findall(r"^\| `(specdouble_\w+)` \| (\w+) \| (.*?) \|", PAGE, re.MULTILINE)
    listed = {name: (kind, {*re.findall(r"`(\w+)`", labels)}) for name, kind, labels in rows}
    with open_mock(LIBRARY, state=f"sqlite:{tmp_path / 'state.db'}") as mock, mock.client() as client:
        mock.faults.add({"operation": "GET /books", "status": 503})
        client.get("/books")
        text = client.get("/__mock__/metrics").text
    found = {}
    for one in families(text):
        if one.name.startswith("specdouble_"):
            name = f"{one.name}_total" if one.type == "counter" else one.name
            found[name] = (one.type, {label for sample in one.samples for label in sample.labels} - {"le"})
    assert listed == found


def test_attributes_of_spans_are_listed() -> None:
    with open_mock(LIBRARY) as mock, mock.client() as client:
        traced = Traced(mock)
        mock.faults.add({"operation": "GET /books", "status": 503})
        client.get("/books?a=b")
    (span,) = traced.spans
    listed = re.findall(r"`((?:http|url|server|client|user_agent|error|specdouble)\.[\w.]+)`", PAGE)
    assert {*listed} == told(span).keys()


def test_fields_of_a_log_line_are_listed(mock: object, caplog: pytest.LogCaptureFixture) -> None:
    shown = json.loads(PAGE.partition("```json\n")[2].partition("```")[0])
    with mock.client() as client:  # type: ignore[attr-defined]
        made = client.post("/books", json={"title": "Emma"}).json()["book"]["id"]
        client.get(f"/books/{made}")
    assert written(caplog)[-1].keys() == shown.keys()
    assert written(caplog)[-1]["message"] == f"GET /books/{made} 200"
