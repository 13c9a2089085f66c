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
# What stands inside of Swagger UI is that package's.
LOOK = """return axe.run({exclude: [['#reference']]}, {resultTypes: ['violations']}).then((found) => found.violations
    .filter((one) => ['serious', 'critical'].includes(one.impact))
    .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html} ${node.failureSummary}`)))"""
PROFILE = "[...document.querySelectorAll('.opblock-get')].find((one) => one.innerText.includes('/v1/auth/me'))"
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


def test_a_person_is_used_with_one_click_and_the_reference_sends_as_them(browser: Browser, cloud: str) -> None:
    show(browser, cloud, "")
    soon(lambda: browser.text("#people tbody tr:nth-child(7)").startswith("user@example.com"))
    browser.screenshot("dashboard")
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
