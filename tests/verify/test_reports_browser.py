"""The HTML report in a browser: search, filters and keys do what they say. Needs Chromium, and is skipped without."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import Any

import pytest
from reports_sample import finding, full

from specdouble.verify.reports.formats import html
from specdouble.verify.reports.stored.text import shown

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")

# What a reader does, and what is seen after each step.
STEPS = """
const seen = {}, list = (selector) => [...document.querySelectorAll(selector)];
const look = (name) => { seen[name] = {
  rows: list("tr.row").filter((one) => !one.hidden).length,
  findings: list("details.finding").filter((one) => !one.hidden)
    .map((one) => one.dataset.rule + " " + one.dataset.kind),
  told: document.querySelector("#shown").textContent,
  focus: document.activeElement.id || document.activeElement.tagName,
}; };
const set = (id, value, event) => {
  const one = document.querySelector(id); one.value = value; one.dispatchEvent(new Event(event));
};
const choose = (id, value) => set(id, value, "change"), type = (text) => set("#text", text, "input");
const press = (key) => document.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
look("all");
choose("#kind", "warning"); look("warnings");
choose("#rule", "TIME-01"); look("one rule of them");
document.querySelector("#reset").click(); look("cleared");
choose("#kind", "known"); look("known");
document.querySelector("#reset").click(); document.activeElement.blur();
press("/"); look("slash");
type("revoked key"); look("search");
press("Escape"); look("escape");
document.activeElement.blur(); choose("#kind", "violation"); press("j"); press("j"); look("j");
seen.at = document.activeElement.closest("details").dataset.rule;
const out = document.createElement("pre"); out.id = "seen"; out.textContent = JSON.stringify(seen);
document.body.append(out);
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    result = full()
    known = finding("c" * 12, "AUTH-02", result["operations"][0]["key"])
    known["waiver"] = {"id": "baseline", "reason": "known (b.json)", "expires": ""}
    result["findings"].append(known)
    page = html.render(shown(result))
    page = re.sub(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", page)  # which keeps our steps out, rightly
    folder = tmp_path_factory.mktemp("page")
    (folder / "page.html").write_text(page.replace("</body>", f"<script>{STEPS}</script></body>"))
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    command += ["--dump-dom", (folder / "page.html").as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    found = re.search(r'<pre id="seen">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found, done.stderr[-2000:]
    told: dict[str, Any] = json.loads(found[1].replace("&amp;", "&").replace("&gt;", ">").replace("&lt;", "<"))
    return told


def test_filters_by_kind_and_rule_narrow_findings_and_operations(seen: dict[str, Any]) -> None:
    assert seen["all"]["rows"] == 189
    assert {one.partition(" ")[2] for one in seen["all"]["findings"]} == {"violation", "warning", "waived", "known"}
    assert {one.partition(" ")[2] for one in seen["warnings"]["findings"]} == {"warning"}
    assert 0 < seen["warnings"]["rows"] < 189
    assert set(seen["one rule of them"]["findings"]) == {"TIME-01 warning"}
    assert seen["known"]["findings"] == ["AUTH-02 known"]
    assert seen["known"]["rows"] == 1
    assert seen["known"]["told"] == f"1 of 189 operations, 1 of {len(seen['all']['findings'])} findings"
    assert seen["cleared"]["findings"] == seen["all"]["findings"]


def test_the_search_is_one_key_away_and_another_clears_it(seen: dict[str, Any]) -> None:
    assert seen["slash"]["focus"] == "text"
    assert 0 < len(seen["search"]["findings"]) < len(seen["all"]["findings"])
    assert all(one.startswith("AUTH-07") for one in seen["search"]["findings"])
    assert seen["escape"]["findings"] == seen["all"]["findings"]


def test_keys_go_through_the_findings_that_are_shown(seen: dict[str, Any]) -> None:
    assert seen["j"]["focus"] == "SUMMARY"
    assert seen["at"] == seen["j"]["findings"][1].partition(" ")[0]
