"""Rules of reviews and votes: who may write, what moves, order and paging."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from specdouble.verify.kit import NOBODY, Check, Credential, Read, Reply, rule

from ...people import Person
from ...recipes.apps.reviews import REVIEW
from ...session import Session
from ...shared.apps import install
from .._rules import find, kept, moves, shows
from ..developer._developer import SHELF, App, Doc, fails, live, newest_first

WRITE, LIST, PAGE = f"POST {SHELF}/reviews", f"GET {SHELF}/reviews", f"GET {SHELF}"
EDIT, DELETE, VOTE = (f"{verb} /v1/marketplace/reviews/{{review_id}}" for verb in ("PUT", "DELETE", "POST"))
VOTE += "/vote"


def _write(app: App, person: Person, **changes: Any) -> Reply:
    body = {name: value for name, value in {**REVIEW, **changes}.items() if value is not None}
    return app.send(WRITE, person, body=body)


def _on(session: Session, op: str, person: Person, number: Any, body: Doc | None = None) -> Reply:
    session.client.own(number)
    more = {} if body is None else {"body": body}
    return session.send(op, person, params={"review_id": number}, **more)


def _vote(session: Session, person: Person, number: Any, helpful: bool | None = True) -> Reply:
    return _on(session, VOTE, person, number, {} if helpful is None else {"helpful": helpful})


def _list(app: App, who: Person | Credential = NOBODY, **query: Any) -> Reply:
    return app.send(LIST, who, query=query)


def _seen(app: App, number: Any, who: Person | Credential = NOBODY) -> Doc:
    return find(_list(app, who, per_page=50), "id", number, "items") or {}


def _watch(app: App) -> tuple[Read, ...]:
    where = {"app_id": app.app_id}
    return (Read(LIST, NOBODY, where, {"per_page": 50}), Read(PAGE, NOBODY, where))


def _figures(check: Check, app: App, stars: list[int]) -> None:
    """Check count and mean of an app's reviews wherever they are shown."""
    mean = sum(stars) / len(stars) if stars else 0
    page, listed = check.ok(app.page()), check.ok(_list(app, per_page=1))
    check.equal(page["review_count"], len(stars), "review_count is not the number of reviews", page)
    check.equal(listed["total"], len(stars), "total is not the number of reviews", listed)
    for got, reply in ((page["rating"], page), (listed["average_rating"], listed)):
        check.that(abs(got - mean) <= 0.01, "the rating is not the mean of the reviews", reply, expected=mean, got=got)


@rule("LIFE-325", WRITE, LIST)
def test_a_review_keeps_every_word(session: Session, check: Check) -> None:
    """A review is answered and listed exactly as it was written, with its person, its app and no votes."""
    app, other = live(session), live(session)
    person = app.user()
    install(session, person, other.app_id)
    made = check.ok(_write(app, person, rating=4, title="Good: ä", body="It does what it says, and says ß."))
    said = {"rating": 4, "title": "Good: ä", "body": "It does what it says, and says ß."}
    shows(check, made, {**said, "app_id": app.app_id, "user_id": person.imperal_id, "helpful_count": 0}, "a review")
    check.equal(made["created_at"], made["updated_at"], "a new review was changed after it was written", made)
    check.equal(made.json.get("user_voted", False), False, "one has voted on one's own new review", made)
    kept(check, _list(app), made.json, "a listed review", "user_voted", shown=_seen(app, made["id"]))
    plain = check.ok(_write(other, person, title=None), "a review without a title is refused")
    check.equal(plain["title"], "", "the default title is not empty", plain)
    check.that(plain["id"] != made["id"], "two reviews have one number", plain)
    rows = _list(other)["items"]
    check.equal([one["id"] for one in rows], [plain["id"]], "an app lists the reviews of another", op=LIST)


@rule("M07", WRITE)
def test_who_may_review(session: Session, check: Check) -> None:
    """Only somebody who has an app and did not make it may review it, and only once (409)."""
    app, stranger = live(session), session.users.new()
    fails(check, partial(_write, app, stranger), 403, why="a review without the app", watch=_watch(app))
    install(session, app.owner, app.app_id)
    fails(check, partial(_write, app, app.owner), 403, why="a review of one's own app", watch=_watch(app))
    gone = app.user()
    app.send(f"DELETE {SHELF}/install", gone).need()
    fails(check, partial(_write, app, gone), 403, why="a review after the uninstall", watch=_watch(app))
    person = app.user()
    check.ok(_write(app, person, rating=5))
    fails(check, partial(_write, app, person, rating=1), 409, why="a second review", watch=_watch(app))
    check.ok(_write(app, app.user()), "somebody else's review keeps one from writing")
    unknown = App(session, session.users.fresh("app"), app.owner)
    check.status(_write(unknown, person), 404, message="a review of an unknown app is not 404")


@rule("M07", WRITE, EDIT)
def test_bounds_of_a_review(session: Session, check: Check) -> None:
    """Stars are 1 to 5, a body has 20 to 5000 characters, a title at most 200; what fits is kept uncut."""
    app = live(session)
    person = app.user()
    wrong: tuple[Doc, ...] = (
        {"rating": 0}, {"rating": 6}, {"rating": 2.5}, {"rating": None}, {"body": "x" * 19}, {"body": "x" * 5001},
        {"body": None}, {"title": "x" * 201},
    )  # fmt: skip
    for change in session.some(wrong, 0, 4):
        fails(
            check, partial(_write, app, person, **change), 422, why=f"a review with {_said(change)}", watch=_watch(app)
        )
    fits: tuple[Doc, ...] = (
        {"rating": 1},
        {"rating": 5},
        {"body": "y" * 20},
        {"body": "y" * 5000},
        {"title": "y" * 200},
    )
    for number, change in enumerate(session.some(fits, 0, 2)):
        made = check.ok(_write(app, person, **change), f"a review with {_said(change)} is refused")
        shows(check, made, change, "a review at a bound")
        for bad in session.some(wrong, 0, 4 if number == 0 else 0):
            if None not in bad.values():
                send = partial(_on, session, EDIT, person, made["id"], bad)
                fails(check, send, 422, why=f"an edit with {_said(bad)}", watch=_watch(app), op=EDIT)
        _on(session, DELETE, person, made["id"]).need()


def _said(change: Doc) -> str:
    ((name, value),) = change.items()
    return f"{name} {len(value)} long" if isinstance(value, str) else f"{name} {value}"


@rule("LIFE-326", WRITE, EDIT, DELETE, PAGE, LIST)
def test_reviews_move_the_rating(session: Session, check: Check) -> None:
    """Rating and review_count are the mean and the number of the reviews whenever one is written, edited or deleted."""
    app = live(session)
    _figures(check, app, [])
    people, numbers, stars = [app.user() for _ in range(3)], [], []
    for person, rating in zip(people, (5, 4, 4), strict=True):
        numbers.append(check.ok(_write(app, person, rating=rating))["id"])
        stars.append(rating)
        _figures(check, app, stars)
    check.ok(_on(session, EDIT, people[1], numbers[1], {"rating": 1}))
    _figures(check, app, [5, 1, 4])
    check.ok(_on(session, DELETE, people[0], numbers[0]))
    _figures(check, app, [1, 4])
    for person, number in zip(people[1:], numbers[1:], strict=True):
        check.ok(_on(session, DELETE, person, number))
    _figures(check, app, [])


@rule("LIFE-327", EDIT, LIST)
def test_an_edit_changes_what_is_sent(session: Session, check: Check) -> None:
    """Each field of a review can be changed alone; the others, its time of writing and its votes stay."""
    app = live(session)
    person, voter = app.user(), session.users.new()
    number = _write(app, person)["id"]
    _vote(session, voter, number).need()
    for name, value in (("rating", 1), ("title", "Another"), ("body", "Twenty characters, or a few more.")):
        before = _seen(app, number, person)
        reply = check.ok(_on(session, EDIT, person, number, {name: value}), f"changing {name} alone is refused")
        shows(check, reply, {name: value}, "an edited review")
        kept(check, reply, before, "an edited review", name, "updated_at")
        check.equal(_seen(app, number, person), reply.json, "the list shows another review than the edit", op=LIST)
    written = _seen(app, number).get("updated_at")
    moved = moves(
        written, lambda: _on(session, EDIT, person, number, {"title": session.users.fresh("t")})["updated_at"]
    )
    check.that(moved, "updated_at does not move with an edit", op=EDIT)
    check.equal(_seen(app, number).get("helpful_count"), 1, "an edit loses votes", op=EDIT)


@rule("ISO-301", EDIT, DELETE)
def test_a_review_belongs_to_its_person(session: Session, check: Check) -> None:
    """Nobody else, not even the app's developer, edits or deletes a review: 403; an unknown one is 404."""
    app = live(session)
    number, unknown = _write(app, app.user())["id"], 2_000_000_000
    for stranger in (app.user(), app.owner):
        edit = partial(_on, session, EDIT, stranger, number, {"rating": 1})
        fails(check, edit, 403, 404, why="an edit by somebody else", watch=_watch(app))
        delete = partial(_on, session, DELETE, stranger, number)
        fails(check, delete, 403, 404, why="a deletion by somebody else", watch=_watch(app), op=DELETE)
    check.status(_on(session, EDIT, app.owner, unknown, {"rating": 1}), 404, message="an unknown review is not 404")
    check.status(_on(session, DELETE, app.owner, unknown), 404, message="an unknown review is not 404")
    check.status(_vote(session, app.owner, unknown), 404, message="an unknown review is not 404")


@rule("LIFE-328", DELETE, WRITE, LIST)
def test_a_deleted_review_is_gone_with_its_votes(session: Session, check: Check) -> None:
    """A deletion answers the id as text, takes the votes along, cannot be repeated, and one may write again."""
    app = live(session)
    person, voter = app.user(), session.users.new()
    number, other = _write(app, person)["id"], _write(app, app.user())["id"]
    _vote(session, voter, number).need()
    reply = check.ok(_on(session, DELETE, person, number))
    shows(check, reply, {"id": str(number), "deleted": True}, "a deletion")
    check.equal(
        [one["id"] for one in _list(app)["items"]], [other], "the list is not the reviews that are left", op=LIST
    )
    check.status(_on(session, DELETE, person, number), 404, message="a review can be deleted twice")
    check.status(_vote(session, voter, number), 404, message="a deleted review can be voted on")
    again = check.ok(_write(app, person, rating=2), "one may not write again after a deletion")
    check.equal(again["helpful_count"], 0, "votes of a deleted review count for the next one", again)
    check.equal(_seen(app, again["id"], voter).get("user_voted", False), False, "a vote outlives its review", op=LIST)


@rule("LIFE-329", VOTE, LIST)
def test_a_vote_counts_once_per_person(session: Session, check: Check) -> None:
    """helpful_count is the number of people who found a review helpful, whatever the number of their clicks."""
    app = live(session)
    person = app.user()
    number, other = _write(app, person)["id"], _write(app, app.user())["id"]
    voters = [session.users.new("voter") for _ in range(3)]

    def voted(voter: Person, helpful: bool | None, count: int) -> None:
        reply = check.ok(_vote(session, voter, number, helpful))
        said = True if helpful is None else helpful
        shows(check, reply, {"review_id": number, "helpful": said, "helpful_count": count}, "a vote")
        check.equal(_seen(app, number).get("helpful_count"), count, "the list shows another helpful_count", reply)
        check.equal(_seen(app, number, voter).get("user_voted"), said, "user_voted is not one's own vote", reply)

    voted(voters[0], True, 1)
    voted(voters[0], True, 1)
    check.equal(_seen(app, number, voters[1]).get("user_voted"), False, "user_voted is somebody else's vote", op=LIST)
    voted(voters[1], False, 1)
    voted(voters[1], None, 2)
    voted(voters[2], True, 3)
    voted(voters[0], False, 2)
    voted(voters[0], False, 2)
    check.equal(
        _seen(app, number, voters[2]).get("user_voted"), True, "somebody else's click takes one's vote", op=LIST
    )
    check.that("user_voted" not in _seen(app, number), "user_voted is shown to nobody", op=LIST)
    check.equal(_seen(app, other).get("helpful_count"), 0, "a vote counts for another review", op=LIST)
    fails(check, partial(_vote, session, person, number), 403, why="a vote on one's own review", watch=_watch(app))


# -- order and paging ----------------------------------------------------------------------------------------------

STARS, VOTES = (3, 5, 1, 4, 2), (1, 0, 4, 2, 3)  # of the five reviews, in the order of writing
SORTS = {"highest": (1, 3, 0, 4, 2), "lowest": (2, 4, 0, 3, 1), "helpful": (2, 4, 3, 0, 1), "oldest": (0, 1, 2, 3, 4)}


def _reviewed(session: Session) -> tuple[App, list[int]]:
    """Return an app with five reviews that differ in every order, and their numbers in the order of writing."""

    def make() -> tuple[App, list[int]]:
        app, voters = live(session), [session.users.new("voter") for _ in range(4)]
        numbers = [int(_write(app, app.user(), rating=stars)["id"]) for stars in STARS]
        for number, votes in zip(numbers, VOTES, strict=True):
            for voter in voters[:votes]:
                _vote(session, voter, number).need()
        return app, numbers

    made: tuple[App, list[int]] = session.shared("an app with five reviews", make)
    return made


@rule("SORT-302", LIST)
@pytest.mark.parametrize("sort", ["newest", *SORTS])
def test_orders_of_reviews(sort: str, session: Session, check: Check) -> None:
    """Reviews can be ordered newest or oldest first, by stars either way, and by how helpful they were, most first."""
    app, numbers = _reviewed(session)
    reply = check.ok(_list(app, sort=sort))
    rows = reply["items"]
    if sort in ("newest", "oldest"):
        shown = rows if sort == "newest" else rows[::-1]
        newest_first(check, shown, numbers, "id", "created_at", f"the order {sort} of reviews")
        return
    expected = [numbers[index] for index in SORTS[sort]]
    check.equal([one["id"] for one in rows], expected, f"the order {sort} of reviews is another", reply)
    if sort == "helpful":
        check.equal([one["id"] for one in _list(app)["items"]], expected, "the default order is not helpful", op=LIST)
        check.status(_list(app, sort="best"), 422, message="an unknown order is not 422")


@rule("PAGE-302", LIST)
def test_pages_of_reviews(session: Session, check: Check) -> None:
    """Pages of reviews follow each other without gap and repetition; total and mean are those of all reviews."""
    app, _ = _reviewed(session)
    for sort in session.some(("lowest", "helpful", "oldest"), 0, 1):
        whole = _list(app, sort=sort)
        shows(check, whole, {"page": 1, "per_page": 20, "total": 5, "average_rating": 3}, "a page without a size")
        ids = [one["id"] for one in whole["items"]]
        for size in session.some((1, 2, 3, 5), 0, 1):
            got: list[Any] = []
            for page in range(1, -(-5 // size) + 2):
                reply = check.ok(_list(app, sort=sort, page=page, per_page=size))
                shows(check, reply, {"page": page, "per_page": size, "total": 5, "average_rating": 3}, "a page")
                rows = [one["id"] for one in reply["items"]]
                check.equal(
                    rows, ids[(page - 1) * size :][:size], f"a page of {size} is another piece of {sort}", reply
                )
                got += rows
            check.equal(got, ids, f"the pages of {size} are not the whole", about=f"{sort} {size}")
    for name, value in (("per_page", 51), ("per_page", 0), ("page", 0)):
        check.status(app.send(LIST, NOBODY, query={name: value}), 422, message=f"{name}={value} is not 422")
    check.ok(_list(app, per_page=50), "per_page=50 is refused")
