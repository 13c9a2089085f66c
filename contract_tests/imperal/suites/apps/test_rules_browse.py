"""Rules of browsing the marketplace: search, category, order and paging, on apps of one's own."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.kit import Check, Unmet, rule

from ...session import Session
from ..developer._developer import BROWSE
from ..developer._shelf import APPS, MANY, MEANS, ORDERS, long_shelf, shelf


@rule("FILTER-300", BROWSE)
def test_search_looks_into_names_and_descriptions(session: Session, check: Check) -> None:
    """A search finds exactly the apps that hold the word in their name, short description or description."""
    found = shelf(session)
    check.equal(set(found.names(found.browse(limit=50))), set(ORDERS["name"]), "a word of names does not find them all")
    for name in session.some(ORDERS["name"], 0, 2):
        for place in ("Short", "Long"):
            word = f"{place}{name.lower()}{found.tail}"
            where = "short description" if place == "Short" else "description"
            got = found.names(found.browse(search=word))
            check.equal(got, [name], f"a word of the {where} does not find its app alone", about=where)
    nothing = check.ok(found.browse(search=f"{found.word}nothing"))
    check.equal(nothing.json, [], "a word that nobody wrote finds something", nothing)


@rule("FILTER-301", BROWSE)
def test_search_does_not_mind_capitals(session: Session, check: Check) -> None:
    """A search finds the same whatever the case of its letters, in names and in descriptions."""
    found = shelf(session)
    for spelling in (found.word.upper(), found.word.capitalize(), found.word.swapcase()):
        got = found.names(found.browse(search=spelling))
        check.equal(set(got), set(ORDERS["name"]), "a name is not found in other capitals")
    for place, where in (("Short", "short description"), ("Long", "description")):
        for spelling in (f"{place}echo{found.tail}".upper(), f"{place}echo{found.tail}".lower()):
            check.equal(
                found.names(found.browse(search=spelling)), ["Echo"], f"a {where} is not found in other capitals"
            )
    check.equal(
        found.names(found.browse(search=f"echo {found.word}")), ["Echo"], "a name in small letters is not found"
    )


@rule("FILTER-302", BROWSE)
def test_category_keeps_its_apps_only(session: Session, check: Check) -> None:
    """A category keeps exactly its apps, together with a search; without a category there are all of them."""
    found = shelf(session)
    for category in ("finance", "productivity"):
        expected = {name for name, its, *_ in APPS if its == category}
        reply = check.ok(found.browse(category=category))
        check.equal(set(found.names(reply)), expected, f"the category {category} does not keep its apps", reply)
        check.that(all(one["category"] == category for one in reply.json), "an app of another category is kept", reply)
        whole = session.send(BROWSE, query={"category": category, "limit": 50, "sort": "newest"})
        check.that(all(one["category"] == category for one in whole.need().json), "an app of another category", whole)
    check.equal(found.browse(category="education").json, [], "a category shows apps of others")
    check.equal(len(found.browse(category="").need().json), 5, "an empty category is not all of them")


@rule("SORT-300", BROWSE)
@pytest.mark.parametrize("sort", ORDERS)
def test_orders(sort: str, session: Session, check: Check) -> None:
    """Apps can be ordered by actions, installs, rating (most first), newest first, and by name."""
    found = shelf(session)
    reply = check.ok(found.browse(sort=sort))
    check.equal(found.names(reply), list(ORDERS[sort]), f"the order {sort} is another", reply)
    signed = check.ok(found.browse(session.users.user, sort=sort))
    check.equal(
        found.names(signed), list(ORDERS[sort]), f"the order {sort} is another for somebody who signs in", signed
    )
    finance = [name for name in ORDERS[sort] if name in ("Delta", "Echo")]
    some = check.ok(found.browse(sort=sort, category="finance"))
    check.equal(found.names(some), finance, f"the order {sort} is another within a category", some)


@rule("SORT-301", BROWSE)
def test_the_default_order_is_actions(session: Session, check: Check) -> None:
    """Without a sort the most used apps come first, and an unknown sort is 422."""
    found = shelf(session)
    check.equal(found.names(found.browse()), list(ORDERS["actions"]), "the default order is not actions")
    check.status(found.browse(sort="best"), 422, message="an unknown order is not 422")


@rule("LIFE-317", BROWSE)
def test_cards_show_figures(session: Session, check: Check) -> None:
    """A card shows the number of installs and of reviews, and the mean of the reviews (0 without any)."""
    found = shelf(session)
    cards = {one["app_id"]: one for one in found.browse(limit=50).need().json}
    for name, category, installs, stars, _ in APPS:
        card = cards.get(found.ids[name])
        if card is None:
            raise Unmet("the shelf is not listed")
        check.equal(card["install_count"], installs, "install_count of a card is wrong")
        check.equal(card.get("review_count", len(stars)), len(stars), "review_count of a card is wrong")
        near = abs(float(card["rating"]) - MEANS[name]) <= 0.01
        check.that(
            near, "the rating of a card is not the mean of its reviews", expected=MEANS[name], got=card["rating"]
        )
        check.equal(card["category"], category, "the category of a card is wrong")
        check.equal(card["name"], f"{name} {found.word}", "the name of a card is wrong")


@rule("M02", BROWSE)
def test_is_installed_differs_by_person(session: Session, check: Check) -> None:
    """is_installed says of each app of a list whether the caller has it, and is not there for nobody."""
    found = shelf(session)
    for number, person in enumerate(found.people):
        mine = {f"{name} {found.word}" for name, _, installs, *_ in APPS if installs > number}
        rows = found.browse(person, sort="name").need().json
        check.equal(
            {one["name"] for one in rows if one.get("is_installed")}, mine, "is_installed is not one's own installs"
        )
    rows = found.browse().need().json
    check.that(not any("is_installed" in one for one in rows), "is_installed is shown without a credential")


# -- paging --------------------------------------------------------------------------------------------------------


def _ids(reply: Any) -> list[str]:
    return [one["app_id"] for one in reply.need().json]


@rule("M01", BROWSE)
def test_the_answer_is_a_bare_array(session: Session, check: Check) -> None:
    """Browsing answers a bare array, with either spelling of paging."""
    found = shelf(session)
    for query in ({}, {"limit": 2, "offset": 1}, {"page": 2, "per_page": 2, "sort": "name"}):
        reply = check.ok(found.browse(**query))
        check.that(isinstance(reply.json, list), "browsing does not answer an array", reply)


@rule("PAGE-300", BROWSE)
def test_pages_together_are_the_whole(session: Session, check: Check) -> None:
    """Pages of either spelling follow each other without a gap and without a repetition, and end with nothing."""
    word = long_shelf(session)

    def page(**query: Any) -> list[str]:
        return _ids(check.ok(session.send(BROWSE, query={"search": word, "sort": "name", **query})))

    whole = page(limit=50)
    check.equal(len(whole), MANY, "a large limit does not show all")
    check.equal(len(set(whole)), MANY, "an app is listed twice")
    for size in session.some((7, 11), 0, 1):
        count = -(-MANY // size)
        by_offset = [page(limit=size, offset=size * number) for number in range(count)]
        by_page = [page(per_page=size, page=number) for number in range(1, count + 1)]
        for what, pages in (("limit and offset", by_offset), ("page and per_page", by_page)):
            expected = [whole[size * number :][:size] for number in range(count)]
            check.equal(pages, expected, f"{what}: the pages are not the whole, cut into pieces")
    check.equal(page(limit=1, offset=MANY - 1), whole[-1:], "the last offset does not show the last app")
    check.equal(page(limit=5, offset=MANY), [], "an offset beyond the end shows something")
    check.equal(page(per_page=MANY, page=2), [], "a page beyond the end shows something")
    check.equal(page(limit=3, offset=4), whole[4:7], "offset does not count apps")
    check.equal(page(per_page=3, page=3), whole[6:9], "page does not count from 1")
    check.equal(page(per_page=3), whole[:3], "the default page is not the first")
    check.equal(page(offset=20), whole[20:], "offset alone is not understood")


@rule("PAGE-301", BROWSE)
def test_a_page_holds_twenty_by_default(session: Session, check: Check) -> None:
    """Without a size a page holds 20 apps, with either spelling."""
    word = long_shelf(session)
    whole = _ids(session.send(BROWSE, query={"search": word, "sort": "name", "limit": 50}))
    for query in ({}, {"page": 1}, {"offset": 0}):
        reply = check.ok(session.send(BROWSE, query={"search": word, "sort": "name", **query}))
        check.equal(_ids(reply), whole[:20], f"a page without a size is not the first 20 ({query})", reply)
    second = check.ok(session.send(BROWSE, query={"search": word, "sort": "name", "page": 2}))
    check.equal(_ids(second), whole[20:], "the second page of the default size is not what follows", second)


@rule("M01", BROWSE)
def test_limit_and_offset_win(session: Session, check: Check) -> None:
    """Sent together, limit and offset win over per_page and page."""
    word = long_shelf(session)
    base = {"search": word, "sort": "name"}
    whole = _ids(session.send(BROWSE, query={**base, "limit": 50}))
    for query, expected in (
        ({"limit": 4, "per_page": 2}, whole[:4]),
        ({"limit": 4, "offset": 3, "page": 5, "per_page": 2}, whole[3:7]),
        ({"offset": 2, "page": 3, "per_page": 5}, whole[2:7]),
    ):
        got = check.ok(session.send(BROWSE, query={**base, **query}))
        check.equal(_ids(got), expected, f"limit and offset do not win ({sorted(query)})", got)
