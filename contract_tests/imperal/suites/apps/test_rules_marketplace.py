"""Rules of the marketplace: pages, lists, icons, webhooks, developers' pages, and installing."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from specdouble.verify.kit import NOBODY, Check, Credential, Read, Reply, Unmet, listen, rule

from ...people import Person
from ...recipes.developer.developer_apps import texts
from ...session import Session
from ...shared.apps import deploy, install, manifest_for, new_app
from ...streams import kind, payload
from ...users import TestUsers
from .._rules import find, moment, shows
from ..developer._developer import BROWSE, DEV, SHELF, App, Doc, draft, fails, in_state, live

PAGE, ICON, HOOKS, REVIEWS = (f"GET {SHELF}{more}" for more in ("", "/icon", "/webhooks", "/reviews"))
INSTALL, UNINSTALL = f"POST {SHELF}/install", f"DELETE {SHELF}/install"
FEATURED, CATEGORIES, CATALOG = (
    f"GET /v1/marketplace/{more}" for more in ("featured", "categories", "categories/catalog")
)
DEVELOPER, MINE = "GET /v1/marketplace/developer/{developer_id}", "GET /v1/me/extensions"
REGISTERED = "registry GET /v1/users/{user_id}/extensions"
TOOLS: list[Doc] = [
    {
        "name": "list_books", "description": "List the books.", "action_type": "read",
        "params_schema": {"type": "object", "properties": {"year": {"type": "integer"}}, "required": ["year"]},
    },
    {"name": "write_book", "description": "Write a book.", "action_type": "write", "params_schema": {"type": "object"}},
    {"name": "burn_book", "description": "Burn.", "action_type": "destructive", "params_schema": {"type": "object"}},
]  # fmt: skip


def _developer(session: Session, developer_id: str, who: Person | Credential = NOBODY) -> Reply:
    return session.send(DEVELOPER, who, params={"developer_id": developer_id})


# -- pages and cards -----------------------------------------------------------------------------------------------


@rule("LIFE-304", PAGE, BROWSE, DEVELOPER)
def test_a_page_shows_what_the_developer_wrote(session: Session, check: Check) -> None:
    """The page of an app shows its texts, prices, version and functions; the card in a list agrees with the page."""
    owner = session.users.new_developer("explorer")
    said = texts(session)
    app = App(session, new_app(session, owner, **said), owner)
    app.change(long_description="## All about books").need()
    deploy(session, owner, app.app_id, version="3.2.1")
    app.sync(manifest_json=manifest_for(app.app_id, tools=TOOLS, version="3.2.1")).need()
    app.submit().need()
    app.admin("approve").need()
    page = check.ok(app.page())
    names = ("name", "display_name", "short_description", "category", "pricing_model", "pricing_config")
    shows(check, page, {name: said[name] for name in names}, "the page of an app")
    begun: Doc = {"install_count": 0, "rating": 0, "review_count": 0, "featured": False}
    more = {"long_description": "## All about books", "version": "3.2.1", "tools": TOOLS, "app_id": app.app_id}
    shows(check, page, {**more, "developer_id": app.read()["developer_id"]}, "the page of an app")
    shows(check, page, {name: value for name, value in begun.items() if name in page.json}, "the page of a new app")
    card = app.listed()
    check.must(card, "an app is not found by its slug", op=BROWSE)
    common = {name: value for name, value in page.json.items() if name in (card or {})}
    listed = session.send(BROWSE, query={"search": app.app_id})
    shows(check, listed, common, "the card of an app", card)
    mine = find(_developer(session, owner.imperal_id), "app_id", app.app_id, "apps")
    check.equal(mine, card, "the card on the developer's page is another", op=DEVELOPER)
    icon = page["icon_url"]
    check.that(icon is None or app.app_id in str(icon), "icon_url does not lead to the app", page)


@rule("M02", PAGE, BROWSE, DEVELOPER)
def test_is_installed_is_for_those_who_sign_in(session: Session, check: Check) -> None:
    """Browsing wants no credential; only with one, bearer or key, is there an is_installed, and it is one's own."""
    app = live(session)
    has, has_not = app.user(), session.users.new()

    def seen(who: Person | Credential) -> dict[str, Any]:
        query = {"search": app.app_id}
        rows = {
            PAGE: app.page(who).need().json,
            BROWSE: find(session.send(BROWSE, who, query=query), "app_id", app.app_id),
            DEVELOPER: find(_developer(session, app.owner.imperal_id, who), "app_id", app.app_id, "apps"),
        }
        return {op: (row or {}).get("is_installed", "absent") for op, row in rows.items()}

    for who, expected, what in (
        (NOBODY, "absent", "without a credential"),
        (has.bearer, True, "to somebody who has the app"),
        (session.users.key(has), True, "to an API key of somebody who has the app"),
        (has_not.bearer, False, "to somebody who has not"),
    ):
        for op, value in seen(who).items():
            check.equal(value, expected, f"is_installed {what} is wrong", op=op)
    with_card = session.send(FEATURED, has_not.bearer, query={"limit": 20})
    check.that(all("is_installed" in one for one in with_card.need().json), "featured lacks is_installed", with_card)
    without = session.send(FEATURED, query={"limit": 20})
    check.that(
        not any("is_installed" in one for one in without.need().json), "is_installed is shown to nobody", without
    )


@rule("M03", BROWSE, PAGE, FEATURED, CATEGORIES, DEVELOPER)
@pytest.mark.parametrize("status", ["draft", "pending_review", "suspended"])
def test_only_published_apps_are_shown(status: str, session: Session, check: Check) -> None:
    """An app that is a draft, in review or suspended has no page and stands in no list of the marketplace."""
    category = session.users.fresh("shelf")
    app = in_state(session, status, session.users.new_developer("explorer"), category=category)
    check.status(app.page(), 404, message=f"an app that is {status} has a page")
    check.status(app.page(app.owner), 404, message=f"an app that is {status} has a page for its developer")
    check.equal(app.listed(), None, f"an app that is {status} is listed", op=BROWSE)
    for query in ({"category": category}, {"search": app.app_id, "sort": "newest"}):
        rows = session.send(BROWSE, app.owner, query=query).need().json
        check.that(all(one["app_id"] != app.app_id for one in rows), f"an app that is {status} is listed", op=BROWSE)
    public = _developer(session, app.owner.imperal_id)
    shows(check, public, {"apps": [], "total_installs": 0}, f"the page of a developer whose app is {status}")
    counted = find(session.send(CATEGORIES), "category", category)
    check.that((counted or {"count": 0})["count"] == 0, f"an app that is {status} is counted", op=CATEGORIES)


@rule("LIFE-305", CATEGORIES, CATALOG, BROWSE)
def test_categories_count_published_apps(session: Session, check: Check) -> None:
    """A category counts exactly its published apps: one more with each approval, one less with each suspension."""
    owner, category = session.users.new_developer("studio"), session.users.fresh("shelf")
    apps = [live(session, owner, category=category) for _ in range(3)]
    if apps[0].read()["category"] != category:
        raise Unmet("the target keeps no category that is not in its catalogue")

    def count() -> Any:
        return (find(session.send(CATEGORIES), "category", category) or {"count": 0})["count"]

    check.equal(count(), 3, "a category does not count its published apps", op=CATEGORIES)
    apps[0].suspend().need()
    check.equal(count(), 2, "a category counts a suspended app", op=CATEGORIES)
    apps[1].change(category="finance").need()
    check.equal(count(), 1, "a category counts an app that moved away", op=CATEGORIES)
    found = session.send(BROWSE, query={"category": category}).need().json
    check.equal(
        [one["app_id"] for one in found], [apps[2].app_id], "the category is not what browsing finds", op=BROWSE
    )
    rows = session.send(CATEGORIES).need().json
    names = [one["category"] for one in rows]
    check.equal(len(names), len(set(names)), "a category is counted in two rows", op=CATEGORIES)
    check.that(all(one["count"] > 0 for one in rows), "a category without apps is counted", op=CATEGORIES)


@rule("E07", CATALOG)
def test_the_catalogue_of_categories_is_a_route_of_its_own(session: Session, check: Check) -> None:
    """`categories/catalog` lists every category, empty ones too, with an id, a label and other spellings."""
    reply = check.ok(session.send(CATALOG))
    ids = [one["id"] for one in reply.json]
    check.that({"general", "productivity"} <= set(ids), "the catalogue lacks general or productivity", reply)
    check.equal(len(ids), len(set(ids)), "the catalogue has a category twice", reply)
    check.that(all(one["label"].strip() for one in reply.json), "a category has no label", reply)
    spellings = [word.lower() for one in reply.json for word in {one["id"], *one.get("aliases", ())}]
    check.equal(len(spellings), len(set(spellings)), "two categories share a spelling", reply)
    check.equal(session.send(CATALOG).json, reply.json, "two reads of the catalogue differ", reply)


@rule("LIFE-306", FEATURED)
def test_featured_apps_are_published_and_limited(session: Session, check: Check) -> None:
    """The featured list holds published apps that say so, no more than limit (6 by default), each once."""
    whole = check.ok(session.send(FEATURED, query={"limit": 20}))
    check.that(all(one.get("featured") is True for one in whole.json), "a featured app says that it is not", whole)
    ids = [one["app_id"] for one in whole.json]
    check.equal(len(ids), len(set(ids)), "an app is featured twice", whole)
    for app_id in ids[:3]:
        check.ok(session.send(PAGE, params={"app_id": app_id}), "a featured app has no page")
    for query, size in (({}, 6), ({"limit": 1}, 1), ({"limit": 2}, 2)):
        some = check.ok(session.send(FEATURED, query=query))
        check.equal(len(some.json), min(size, len(ids)), f"featured does not keep to {size}", some)
        check.that({one["app_id"] for one in some.json} <= set(ids), "a short list has others than a long one", some)


@rule("LIFE-307", ICON)
def test_every_app_has_an_icon(session: Session, check: Check) -> None:
    """An icon is an SVG: a placeholder until one was synced, then exactly that one; an unknown app has none."""
    app = live(session)
    reply = check.ok(app.send(ICON, NOBODY))
    check.equal(reply.media_type, "image/svg+xml", "the placeholder is no SVG", reply)
    check.that("<svg" in reply.text, "the placeholder is no SVG", reply)
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4"><circle r="2"/></svg>'
    app.sync(icon_svg=svg).need()
    check.equal(app.send(ICON, NOBODY).text, svg, "the icon is not the one that was synced", op=ICON)
    other = live(session)
    check.that(other.send(ICON, NOBODY).text != svg, "an app shows the icon of another", op=ICON)
    unknown = {"app_id": session.users.fresh("app")}
    for op in (ICON, HOOKS, PAGE, REVIEWS):
        check.status(session.send(op, params=unknown), 404, message="an unknown app is not 404")


@rule("LIFE-308", HOOKS)
def test_webhooks_are_those_of_the_app(session: Session, check: Check) -> None:
    """The webhooks of an app are those of its manifest, by path and method, without the headers of their secrets."""
    app, other = live(session), live(session)
    hooks = [
        {"path": "/orders/paid", "method": "POST", "secret_header": "X-Very-Private"},
        {"path": "/ping", "method": "GET"},
        {"path": "/ping", "method": "POST"},
    ]
    app.sync(manifest_json=manifest_for(app.app_id, webhooks=hooks)).need()
    reply = check.ok(app.send(HOOKS, NOBODY))
    found = sorted((one["path"].lstrip("/"), one["method"]) for one in reply.json)
    check.equal(found, [("orders/paid", "POST"), ("ping", "GET"), ("ping", "POST")], "the webhooks are others", reply)
    check.that("x-very-private" not in reply.text.lower(), "a secret's header is shown", reply)
    check.equal(other.send(HOOKS, NOBODY).json, [], "an app shows the webhooks of another", op=HOOKS)


@rule("LIFE-309", DEVELOPER)
def test_a_developers_page_is_found_by_either_id(session: Session, check: Check) -> None:
    """A developer's page shows who they are and their published apps with all installs, under both of their ids."""
    owner = session.users.new("developer")
    said = {"display_name": "Works", "website": "https://works.example.com", "description": "By hand."}
    nickname = session.users.fresh("nick")
    session.users.fund(owner, 29_000)
    body = {**said, "tier": "studio", "nickname": nickname}
    session.send("POST /v1/developer/register", owner, body=body).need()
    empty = check.ok(_developer(session, owner.imperal_id), "a developer without apps has no page")
    profile = session.send("GET /v1/developer/profile", owner)
    known = {**said, "nickname": nickname, "tier": "studio", "registered_at": profile["registered_at"]}
    shows(check, empty, {**known, "apps": [], "total_installs": 0}, "the page of a developer")
    shown, second = live(session, owner), live(session, owner)
    draft(session, owner)
    for app, count in ((shown, 2), (second, 1)):
        for _ in range(count):
            app.user()
    page = check.ok(_developer(session, owner.imperal_id))
    shows(check, page, {**known, "total_installs": 3}, "the page of a developer")
    written = str(said).count("@")
    check.that(page.text.count("@") == written, "the page of a developer shows an e-mail address", page)
    check.equal(
        {one["app_id"]: one["install_count"] for one in page["apps"]}, {shown.app_id: 2, second.app_id: 1},
        "the apps of the page are not the published ones", page,
    )  # fmt: skip
    developer_id = shown.page()["developer_id"]
    check.equal(page["developer_id"], developer_id, "the page has another developer_id than the app's", page)
    check.equal(_developer(session, developer_id).json, page.json, "the two ids of a developer show two pages", page)
    check.status(_developer(session, "imp_dev_nobody99"), 404, message="an unknown developer is not 404")
    check.status(
        _developer(session, session.users.new().imperal_id), 404, message="somebody who is no developer has a page"
    )


# -- installing ----------------------------------------------------------------------------------------------------


@rule("M04", INSTALL)
def test_what_is_not_live_cannot_be_installed(session: Session, check: Check) -> None:
    """Installing an unknown or inactive app is 400 with "App not found or not active", and nothing is installed."""
    person = session.users.new()
    apps = [in_state(session, status) for status in ("draft", "pending_review", "suspended")]
    unknown = App(session, session.users.fresh("app"), apps[0].owner)
    for app in (*apps, unknown):
        send = partial(app.send, INSTALL, person, body={})
        reply = fails(check, send, 400, why="installing what is not live", watch=(Read(MINE, person.bearer),))
        said = str(reply.detail).lower()
        check.that("app not found or not active" in said, "the refusal lacks 'App not found or not active'", reply)


@rule("M05", INSTALL, PAGE)
def test_installing_twice_counts_once(session: Session, check: Check) -> None:
    """A second install is fine and changes nothing: the count, the list and the Registry know one install."""
    app, person = live(session), session.users.new()
    first = check.ok(app.send(INSTALL, person, body={}))
    shows(check, first, {"app_id": app.app_id, "status": "installed"}, "an install")
    again = check.ok(app.send(INSTALL, person), "a second install, without a body, is refused")
    shows(check, again, {"app_id": app.app_id, "status": "installed"}, "a second install")
    check.equal(app.page()["install_count"], 1, "installing twice counts twice", op=PAGE)
    rows = [one for one in session.send(MINE, person).need().json if one["app_id"] == app.app_id]
    check.equal(len(rows), 1, "an app that was installed twice is listed twice", op=MINE)
    gone = check.ok(app.send(UNINSTALL, person))
    check.equal(gone["install_count"], 0, "one uninstall does not undo two installs", gone)


@rule("M06", INSTALL, UNINSTALL, PAGE, MINE)
def test_an_install_shows_everywhere_and_an_uninstall_removes_it(session: Session, check: Check) -> None:
    """An install shows in one's extensions, on the page and in the Registry; uninstalling removes it from them all."""
    app, bystander = live(session), session.users.new()
    person = session.users.new()

    def sides(expected: bool, when: str) -> None:
        row = app.mine(person)
        check.equal(bool(row and row["is_installed"]), expected, f"{when}: one's extensions are wrong", op=MINE)
        check.equal(app.page(person)["is_installed"], expected, f"{when}: is_installed is wrong", op=PAGE)
        called = app.call(person, "list_notes")
        check.status(called, *((200,) if expected else (403, 404)), message=f"{when}: a call answers {called.status}")
        check.equal(app.mine(bystander), None, f"{when}: somebody else has the app", op=MINE)
        if session.settings.registry and session.settings.registry_key:
            listed = session.send(REGISTERED, session.users.registry, params={"user_id": person.imperal_id})
            check.equal(bool(find(listed, "app_id", app.app_id)), expected, f"{when}: the Registry is wrong", listed)

    sides(False, "before the install")
    made = check.ok(app.send(INSTALL, person, body={}))
    check.that(moment(made["installed_at"]).year > 2000, "installed_at is no time", made)
    sides(True, "after the install")
    row = app.mine(person) or {}
    shown = {"name": app.read()["name"], "is_disabled": False, "system": False}
    shows(check, session.send(MINE, person), shown, "the row of an installed app", row)
    gone = check.ok(app.send(UNINSTALL, person))
    shows(check, gone, {"app_id": app.app_id, "status": "uninstalled", "install_count": 0}, "an uninstall")
    sides(False, "after the uninstall")
    fails(check, partial(app.send, UNINSTALL, person), 404, why="uninstalling what one does not have")
    check.ok(app.send(INSTALL, person, body={}), "an app cannot be installed again after its uninstall")
    sides(True, "after a second install")


@rule("LIFE-316", INSTALL, UNINSTALL, PAGE, BROWSE)
def test_install_count_is_the_number_of_those_who_have_it(session: Session, check: Check) -> None:
    """install_count is exactly the number of people who have an app, wherever it is shown."""
    app, other = live(session), live(session)
    people: list[Person] = []

    def counted(expected: int, when: str) -> None:
        check.equal(app.page()["install_count"], expected, f"install_count is wrong {when}", op=PAGE)
        check.equal((app.listed() or {}).get("install_count"), expected, f"the card's count is wrong {when}", op=BROWSE)
        check.equal(app.read()["install_count"], expected, f"the developer's count is wrong {when}", op=f"GET {DEV}")

    counted(0, "for a new app")
    for number in range(1, 4):
        people.append(app.user())
        counted(number, f"after {number} installs")
    install(session, people[0], other.app_id)
    counted(3, "after the install of another app")
    reply = check.ok(app.send(UNINSTALL, people[1]))
    check.equal(reply["install_count"], 2, "the uninstall answers another count", reply)
    counted(2, "after an uninstall")
    check.that(app.mine(people[0]), "somebody else's uninstall took one's app away", op=UNINSTALL)


@rule("M06", UNINSTALL, MINE)
def test_the_platforms_own_apps_stay(session: Session, check: Check) -> None:
    """A system app cannot be uninstalled: 403, and it stays among one's extensions; its page is 404 (M03)."""
    person = session.users.new()
    system = [one for one in session.send(MINE, person).need().json if one.get("system")]
    if not system:
        raise Unmet("the target installs no system app for new people")
    # one that is the platform's own: those of other tests are gone in a moment
    app_id = next((one["app_id"] for one in system if one["app_id"] in ("billing", "developer")), system[0]["app_id"])
    send = partial(session.send, UNINSTALL, person, params={"app_id": app_id})
    fails(check, send, 403, why="uninstalling a system app", watch=(Read(MINE, person.bearer),))
    check.status(session.send(PAGE, params={"app_id": app_id}), 404, message="a system app has a page", rule="M03")
    rows = session.send(BROWSE, query={"search": app_id, "limit": 50})
    check.equal(find(rows, "app_id", app_id), None, "a system app is on the marketplace", rows, rule="M03")


@rule("D06", UNINSTALL)
def test_there_is_no_post_uninstall(session: Session, check: Check) -> None:
    """`POST …/uninstall` does not exist (404 or 405) and removes nothing."""
    app = live(session)
    person = app.user()
    url = f"{session.settings.target}/v1/marketplace/apps/{app.app_id}/uninstall"
    reply = session.client.undeclared_path(session.contract[UNINSTALL], url, person.bearer, method="POST")
    check.status(reply, 404, 405, message=f"POST …/uninstall answers {reply.status}")
    check.that(app.mine(person), "POST …/uninstall removed the app")


@rule("STREAM-300", INSTALL, "GET /v1/events/stream")
def test_an_install_is_told_to_its_person(session: Session, check: Check) -> None:
    """Who installs an app gets the event `marketplace.app_installed`, and nobody else does."""
    app, person, other = live(session), session.users.new(), session.users.new()
    with listen(session, person) as mine, listen(session, other) as theirs:
        check.must(mine.open, "the stream of events does not open", mine.reply)
        app.send(INSTALL, person, body={}).need()
        event = mine.wait(lambda one: kind(one) == "marketplace.app_installed")
        check.must(event, "an install is not told to its person", op=INSTALL)
        told = payload(event).get("app_id") if event else None
        check.equal(told, app.app_id, "the event names another app", op=INSTALL)
        strange = [one for one in theirs.events if payload(one).get("app_id") == app.app_id]
        check.equal(strange, [], "an install is told to somebody else", rule="I05", op=INSTALL)


@rule("GATE-301", INSTALL, UNINSTALL)
def test_a_service_installs_for_whom_it_acts(session: Session, check: Check) -> None:
    """The service token with X-Acting-User installs and uninstalls for that person, alone for nobody."""
    app, person = live(session), session.users.new()
    users: TestUsers = session.users
    check.status(app.send(INSTALL, users.service, body={}), 401, 403, message="a service installs for nobody")
    check.equal(app.page()["install_count"], 0, "a refused install counts", op=PAGE)
    check.ok(app.send(INSTALL, users.acting(person), body={}))
    check.that(app.mine(person), "a service's install is not the acting person's", op=INSTALL)
    check.status(app.send(UNINSTALL, users.service), 401, 403, message="a service uninstalls for nobody")
    check.ok(app.send(UNINSTALL, users.acting(person)))
    check.equal(app.mine(person), None, "a service's uninstall leaves the app", op=UNINSTALL)
