"""Each page of the dashboard in Chromium: what a person clicks happens, and axe finds nothing serious."""

from __future__ import annotations

from pathlib import Path

import axe_core_python
import httpx
import pytest

from specdouble.mock.dashboard.pages import PAGES
from tests.browser import Browser, needs_chromium, soon

pytestmark = needs_chromium
AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text()
LOOK = """return axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations
    .filter((one) => ['serious', 'critical'].includes(one.impact))
    .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html} ${node.failureSummary}`)))"""
PROFILE = "[...document.querySelectorAll('.opblock-get')].find((one) => one.innerText.includes('/v1/auth/me'))"
BLOCKS = "document.querySelectorAll('.opblock')"
WIDER = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"


def address(base: str, page: str) -> str:
    return f"{base}/__mock__/{'ui/' + page if page else ''}"


def show(browser: Browser, base: str, page: str) -> None:
    browser.complaints()
    browser.open(address(base, page))
    soon(lambda: "UTC" in browser.text("#now"))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_sound_in_both_schemes_from_400_pixels_on(browser: Browser, library: str, page: str) -> None:
    show(browser, library, page)
    browser.run(AXE)
    if page == "reference":
        for number in range(2):  # a GET and a POST with its body
            soon(lambda number=number: browser.run(f"return {BLOCKS}[{number}] !== undefined"))
            browser.run(f"{BLOCKS}[{number}].querySelector('button').click()")
        soon(lambda: browser.run("return document.querySelector('#reference textarea') !== null"))
    for dark in (False, True):
        browser.dark(on=dark)
        for width in (400, 1200):
            browser.size(width, 800)
            soon(lambda: browser.run(WIDER) <= 0)
            assert browser.run(LOOK) == [], (page, dark, width)
    assert browser.complaints() == []


def test_axe_sees_what_is_wrong(browser: Browser, library: str) -> None:
    show(browser, library, "")
    browser.run(AXE)
    browser.run("document.querySelector('main').append(document.createElement('input'))")
    assert [one.split(":")[0] for one in browser.run(LOOK)] == ["label"]


def test_where_nobody_can_be_used_nobody_is_offered(browser: Browser, library: str) -> None:
    show(browser, library, "")
    soon(lambda: browser.run("return document.querySelector('#people').hidden"))
    assert browser.text("#using") == "Requests of this dashboard are sent without a token."


def test_a_person_is_used_with_one_click_and_the_reference_sends_as_them(browser: Browser, cloud: str) -> None:
    show(browser, cloud, "")
    soon(lambda: browser.text("#people tbody tr:nth-child(7)").startswith("user@example.com"))
    browser.screenshot("dashboard")
    assert browser.text("#using").endswith("without a token. Use that of one of the people below.")
    browser.click("#people tbody tr:nth-child(7) button")
    soon(lambda: browser.text("#using b") == "user@example.com")

    show(browser, cloud, "reference")
    soon(lambda: browser.run(f"scrollBy(0, 200); return {PROFILE} !== undefined"))  # it draws what is in sight
    browser.run(f"{PROFILE}.querySelector('button').click()")
    soon(lambda: browser.run(f"return {PROFILE}.querySelector('.execute') !== null"))
    browser.run(f"{PROFILE}.querySelector('.execute').click()")
    soon(lambda: "imp_u_abc123" in browser.run(f"return {PROFILE}.innerText"))
    browser.screenshot("dashboard-reference")


def test_time_is_moved(browser: Browser, library: str) -> None:
    show(browser, library, "")
    browser.clear("#clock input")
    browser.type("#clock input", "26h")
    browser.click("#clock button")
    soon(lambda: browser.text("#offset").startswith("The world is 26.0 hours ahead"))
    assert httpx.get(f"{library}/__mock__/clock").json()["offset_seconds"] == 26 * 3600


def test_a_mail_is_shown(browser: Browser, cloud: str) -> None:
    httpx.post(f"{cloud}/v1/auth/signup", json={"email": "new@example.com", "password": "s3cure!"}).raise_for_status()
    show(browser, cloud, "mails")
    soon(lambda: "new@example.com" in browser.text("#list li:first-child"))
    browser.click("#list li:first-child button")
    soon(lambda: "new@example.com" in browser.text("#shown dl"))
    browser.screenshot("dashboard-mails")


def test_an_event_that_is_published_arrives_at_a_stream(browser: Browser, cloud: str) -> None:
    show(browser, cloud, "")
    soon(lambda: browser.text("#people tbody tr:nth-child(7)").startswith("user@example.com"))
    browser.click("#people tbody tr:nth-child(7) button")
    soon(lambda: browser.text("#using b") == "user@example.com")
    show(browser, cloud, "events")
    browser.click("#listen button")
    soon(lambda: browser.text("#said").startswith("Listening"))
    soon(lambda: browser.run("return document.querySelector('#publish').user_id.value") == "imp_u_abc123")
    browser.click("#publish button")
    soon(lambda: "Hello" in browser.text("#events tr"))
    browser.screenshot("dashboard-events")


def test_requests_appear_as_they_come_and_say_why(browser: Browser, cloud: str) -> None:
    show(browser, cloud, "requests")
    httpx.post(f"{cloud}/v1/auth/login", json={"email": "user@example.com"})
    soon(lambda: browser.text("#list li:first-child").startswith("422 POST /v1/auth/login"))
    browser.click("#list li:first-child button")
    soon(lambda: "password" in browser.text("#shown .why"))
    assert "answered by handler" in browser.text("#shown")
    assert "[object" not in browser.text("#shown")
    assert browser.text("#live").startswith("1 request;")
    browser.screenshot("dashboard-requests")
    httpx.get(f"{cloud}/v1/auth/mee")
    soon(lambda: browser.text("#list li:first-child").startswith("404 GET /v1/auth/mee"))
    browser.type("#filter [name=status]", "422")
    browser.click("#filter button")
    soon(lambda: browser.run("return document.querySelectorAll('#list li').length") == 1)
    browser.click("#forget")
    soon(lambda: browser.run("return document.querySelectorAll('#list li').length") == 0)


def test_a_fault_is_added_strikes_and_is_removed(browser: Browser, library: str) -> None:
    show(browser, library, "faults")
    browser.type("#add [name=operation]", "GET /books")
    browser.clear("#add [name=value]")
    browser.type("#add [name=value]", "503")
    browser.click("#add button")
    soon(lambda: "status: 503" in browser.text("#rules"))
    browser.screenshot("dashboard-faults")
    assert [httpx.get(f"{library}/books").status_code for _ in range(2)] == [503, 200]
    soon(lambda: "(spent)" in browser.text("#rules"))
    browser.click("#rules button")
    soon(lambda: "None" in browser.text("#rules"))


EFFECTS = ("delay", "limited", "drop", "truncate", "garbage", "omit", "wrong_type", "stall", "cut", "expired_token")


@pytest.mark.parametrize("effect", EFFECTS)
def test_every_effect_that_the_form_offers_is_a_rule(browser: Browser, library: str, effect: str) -> None:
    show(browser, library, "faults")
    browser.click(f"#add option[value={effect}]")
    browser.click("#add button")
    soon(lambda: len(httpx.get(f"{library}/__mock__/faults").json()) == 1)


def test_data_are_changed_added_and_removed_and_held_to_their_schema(browser: Browser, library: str) -> None:
    show(browser, library, "data")
    soon(lambda: browser.text("#count").startswith("1 to 3 of 3"))
    browser.click("#list li:first-child button")
    soon(lambda: browser.run("return document.querySelector('#edit').document.value").startswith("{"))
    browser.run(
        "const text = document.querySelector('#edit').document;"
        "text.value = JSON.stringify({...JSON.parse(text.value), title: 'By hand'})"
    )
    browser.click("#edit button.main")
    soon(lambda: "By hand" in browser.text("#list"))
    assert "By hand" in httpx.get(f"{library}/books").text
    browser.screenshot("dashboard-data")
    browser.run(
        "const text = document.querySelector('#edit').document;"
        "text.value = JSON.stringify({...JSON.parse(text.value), title: 5})"
    )
    browser.click("#edit button.main")
    soon(lambda: "title" in browser.text("#said.bad"))
    browser.click("#remove")
    soon(lambda: browser.text("#count").startswith("1 to 2 of 2"))
    assert "By hand" not in httpx.get(f"{library}/books").text
    browser.click("#add")
    soon(lambda: browser.text("#what") == "A new one in book")
    browser.run(
        "document.querySelector('#edit').document.value = JSON.stringify({id: 77, title: 'Added', author: 'Somebody'})"
    )
    browser.click("#edit button.main")
    soon(lambda: browser.text("#count").startswith("1 to 3 of 3"))
    assert httpx.get(f"{library}/books/77").json()["book"]["title"] == "Added"


def test_worlds_are_made_looked_at_and_dropped(browser: Browser, library: str) -> None:
    show(browser, library, "worlds")
    browser.type("#make [name=name]", "w1")
    browser.click("#make button")
    soon(lambda: "w1" in browser.text("#worlds"))
    httpx.post(f"{library}/books", json={"title": "Only here", "author": "A"}, headers={"x-specdouble-world": "w1"})
    browser.click("#worlds [aria-label='Look at w1']")
    soon(lambda: browser.text("#world") == "world w1")
    browser.screenshot("dashboard-worlds")
    show(browser, library, "data")
    soon(lambda: "Only here" in browser.text("#list"))
    show(browser, library, "worlds")
    soon(lambda: "this one" in browser.text("#worlds"))
    browser.click("#worlds [aria-label='Drop w1']")
    soon(lambda: browser.text("#world") == "world main")
    assert "Only here" not in httpx.get(f"{library}/books").text
