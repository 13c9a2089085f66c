"""Laws of reviews and votes: who may write, what moves, order and paging."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from specdouble.verify.kit import NOBODY, Credential, Judge, Person, Read, Reply, Stage, law

from ...apps import install
from ...recipes.apps.reviews import REVIEW
from .._laws import find, kept, moves, shows
from ..developer._developer import SHELF, App, Doc, fails, live, newest_first

WRITE, LIST, PAGE = f"POST {SHELF}/reviews", f"GET {SHELF}/reviews", f"GET {SHELF}"
EDIT, DELETE, VOTE = (f"{verb} /v1/marketplace/reviews/{{review_id}}" for verb in ("PUT", "DELETE", "POST"))
VOTE += "/vote"


def _write(app: App, person: Person, **changes: Any) -> Reply:
    body = {name: value for name, value in {**REVIEW, **changes}.items() if value is not None}
    return app.send(WRITE, person, body=body)


def _on(stage: Stage, op: str, person: Person, number: Any, body: Doc | None = None) -> Reply:
    stage.client.own(number)
    more = {} if body is None else {"body": body}
    return stage.send(op, person, params={"review_id": number}, **more)


def _vote(stage: Stage, person: Person, number: Any, helpful: bool | None = True) -> Reply:
    return _on(stage, VOTE, person, number, {} if helpful is None else {"helpful": helpful})


def _list(app: App, who: Person | Credential = NOBODY, **query: Any) -> Reply:
    return app.send(LIST, who, query=query)


def _seen(app: App, number: Any, who: Person | Credential = NOBODY) -> Doc:
    return find(_list(app, who, per_page=50), "id", number, "items") or {}


def _watch(app: App) -> tuple[Read, ...]:
    where = {"app_id": app.app_id}
    return (Read(LIST, NOBODY, where, {"per_page": 50}), Read(PAGE, NOBODY, where))


def _figures(judge: Judge, app: App, stars: list[int]) -> None:
    """Check count and mean of an app's reviews wherever they are shown (effect 13)."""
    mean = sum(stars) / len(stars) if stars else 0
    page, listed = judge.ok(app.page()), judge.ok(_list(app, per_page=1))
    judge.equal(page["review_count"], len(stars), "review_count is not the number of reviews", page)
    judge.equal(listed["total"], len(stars), "total is not the number of reviews", listed)
    for got, reply in ((page["rating"], page), (listed["average_rating"], listed)):
        judge.that(abs(got - mean) <= 0.01, "the rating is not the mean of the reviews", reply, expected=mean, got=got)


@law("LIFE-325", WRITE, LIST)
def test_a_review_keeps_every_word(stage: Stage, judge: Judge) -> None:
    """A review is answered and listed exactly as it was written, with its person, its app and no votes."""
    app, other = live(stage), live(stage)
    person = app.user()
    install(stage, person, other.app_id)
    made = judge.ok(_write(app, person, rating=4, title="Good: ä", body="It does what it says, and says ß."))
    said = {"rating": 4, "title": "Good: ä", "body": "It does what it says, and says ß."}
    shows(judge, made, {**said, "app_id": app.app_id, "user_id": person.imperal_id, "helpful_count": 0}, "a review")
    judge.equal(made["created_at"], made["updated_at"], "a new review was changed after it was written", made)
    judge.equal(made.json.get("user_voted", False), False, "one has voted on one's own new review", made)
    kept(judge, _list(app), made.json, "a listed review", "user_voted", shown=_seen(app, made["id"]))
    plain = judge.ok(_write(other, person, title=None), "a review without a title is refused")
    judge.equal(plain["title"], "", "the default title is not empty", plain)
    judge.that(plain["id"] != made["id"], "two reviews have one number", plain)
    rows = _list(other)["items"]
    judge.equal([one["id"] for one in rows], [plain["id"]], "an app lists the reviews of another", op=LIST)


@law("M07", WRITE)
def test_who_may_review(stage: Stage, judge: Judge) -> None:
    """Only somebody who has an app and did not make it may review it, and only once (409)."""
    app, stranger = live(stage), stage.cast.new()
    fails(judge, partial(_write, app, stranger), 403, why="a review without the app", watch=_watch(app))
    install(stage, app.owner, app.app_id)
    fails(judge, partial(_write, app, app.owner), 403, why="a review of one's own app", watch=_watch(app))
    gone = app.user()
    app.send(f"DELETE {SHELF}/install", gone).need()
    fails(judge, partial(_write, app, gone), 403, why="a review after the uninstall", watch=_watch(app))
    person = app.user()
    judge.ok(_write(app, person, rating=5))
    fails(judge, partial(_write, app, person, rating=1), 409, why="a second review", watch=_watch(app))
    judge.ok(_write(app, app.user()), "somebody else's review keeps one from writing")
    unknown = App(stage, stage.cast.fresh("app"), app.owner)
    judge.status(_write(unknown, person), 404, message="a review of an unknown app is not 404")


@law("M07", WRITE, EDIT)
def test_bounds_of_a_review(stage: Stage, judge: Judge) -> None:
    """Stars are 1 to 5, a body has 20 to 5000 characters, a title at most 200; what fits is kept uncut."""
    app = live(stage)
    person = app.user()
    wrong: tuple[Doc, ...] = (
        {"rating": 0}, {"rating": 6}, {"rating": 2.5}, {"rating": None}, {"body": "x" * 19}, {"body": "x" * 5001},
        {"body": None}, {"title": "x" * 201},
    )  # fmt: skip
    for change in stage.some(wrong, 0, 4):
        fails(
            judge, partial(_write, app, person, **change), 422, why=f"a review with {_said(change)}", watch=_watch(app)
        )
    fits: tuple[Doc, ...] = (
        {"rating": 1},
        {"rating": 5},
        {"body": "y" * 20},
        {"body": "y" * 5000},
        {"title": "y" * 200},
    )
    for number, change in enumerate(stage.some(fits, 0, 2)):
        made = judge.ok(_write(app, person, **change), f"a review with {_said(change)} is refused")
        shows(judge, made, change, "a review at a bound")
        for bad in stage.some(wrong, 0, 4 if number == 0 else 0):
            if None not in bad.values():
                send = partial(_on, stage, EDIT, person, made["id"], bad)
                fails(judge, send, 422, why=f"an edit with {_said(bad)}", watch=_watch(app), op=EDIT)
        _on(stage, DELETE, person, made["id"]).need()


def _said(change: Doc) -> str:
    ((name, value),) = change.items()
    return f"{name} {len(value)} long" if isinstance(value, str) else f"{name} {value}"


@law("LIFE-326", WRITE, EDIT, DELETE, PAGE, LIST)
def test_reviews_move_the_rating(stage: Stage, judge: Judge) -> None:
    """Rating and review_count are the mean and the number of the reviews whenever one is written, edited or deleted."""
    app = live(stage)
    _figures(judge, app, [])
    people, numbers, stars = [app.user() for _ in range(3)], [], []
    for person, rating in zip(people, (5, 4, 4), strict=True):
        numbers.append(judge.ok(_write(app, person, rating=rating))["id"])
        stars.append(rating)
        _figures(judge, app, stars)
    judge.ok(_on(stage, EDIT, people[1], numbers[1], {"rating": 1}))
    _figures(judge, app, [5, 1, 4])
    judge.ok(_on(stage, DELETE, people[0], numbers[0]))
    _figures(judge, app, [1, 4])
    for person, number in zip(people[1:], numbers[1:], strict=True):
        judge.ok(_on(stage, DELETE, person, number))
    _figures(judge, app, [])


@law("LIFE-327", EDIT, LIST)
def test_an_edit_changes_what_is_sent(stage: Stage, judge: Judge) -> None:
    """Each field of a review can be changed alone; the others, its time of writing and its votes stay."""
    app = live(stage)
    person, voter = app.user(), stage.cast.new()
    number = _write(app, person)["id"]
    _vote(stage, voter, number).need()
    for name, value in (("rating", 1), ("title", "Another"), ("body", "Twenty characters, or a few more.")):
        before = _seen(app, number, person)
        reply = judge.ok(_on(stage, EDIT, person, number, {name: value}), f"changing {name} alone is refused")
        shows(judge, reply, {name: value}, "an edited review")
        kept(judge, reply, before, "an edited review", name, "updated_at")
        judge.equal(_seen(app, number, person), reply.json, "the list shows another review than the edit", op=LIST)
    written = _seen(app, number).get("updated_at")
    moved = moves(written, lambda: _on(stage, EDIT, person, number, {"title": stage.cast.fresh("t")})["updated_at"])
    judge.that(moved, "updated_at does not move with an edit", op=EDIT)
    judge.equal(_seen(app, number).get("helpful_count"), 1, "an edit loses votes", op=EDIT)


@law("ISO-301", EDIT, DELETE)
def test_a_review_belongs_to_its_person(stage: Stage, judge: Judge) -> None:
    """Nobody else, not even the app's developer, edits or deletes a review: 403; an unknown one is 404."""
    app = live(stage)
    number, unknown = _write(app, app.user())["id"], 2_000_000_000
    for stranger in (app.user(), app.owner):
        edit = partial(_on, stage, EDIT, stranger, number, {"rating": 1})
        fails(judge, edit, 403, 404, why="an edit by somebody else", watch=_watch(app))
        delete = partial(_on, stage, DELETE, stranger, number)
        fails(judge, delete, 403, 404, why="a deletion by somebody else", watch=_watch(app), op=DELETE)
    judge.status(_on(stage, EDIT, app.owner, unknown, {"rating": 1}), 404, message="an unknown review is not 404")
    judge.status(_on(stage, DELETE, app.owner, unknown), 404, message="an unknown review is not 404")
    judge.status(_vote(stage, app.owner, unknown), 404, message="an unknown review is not 404")


@law("LIFE-328", DELETE, WRITE, LIST)
def test_a_deleted_review_is_gone_with_its_votes(stage: Stage, judge: Judge) -> None:
    """A deletion answers the id as text, takes the votes along, cannot be repeated, and one may write again."""
    app = live(stage)
    person, voter = app.user(), stage.cast.new()
    number, other = _write(app, person)["id"], _write(app, app.user())["id"]
    _vote(stage, voter, number).need()
    reply = judge.ok(_on(stage, DELETE, person, number))
    shows(judge, reply, {"id": str(number), "deleted": True}, "a deletion")
    judge.equal(
        [one["id"] for one in _list(app)["items"]], [other], "the list is not the reviews that are left", op=LIST
    )
    judge.status(_on(stage, DELETE, person, number), 404, message="a review can be deleted twice")
    judge.status(_vote(stage, voter, number), 404, message="a deleted review can be voted on")
    again = judge.ok(_write(app, person, rating=2), "one may not write again after a deletion")
    judge.equal(again["helpful_count"], 0, "votes of a deleted review count for the next one", again)
    judge.equal(_seen(app, again["id"], voter).get("user_voted", False), False, "a vote outlives its review", op=LIST)


@law("LIFE-329", VOTE, LIST)
def test_a_vote_counts_once_per_person(stage: Stage, judge: Judge) -> None:
    """helpful_count is the number of people who found a review helpful, whatever the number of their clicks."""
    app = live(stage)
    person = app.user()
    number, other = _write(app, person)["id"], _write(app, app.user())["id"]
    voters = [stage.cast.new("voter") for _ in range(3)]

    def voted(voter: Person, helpful: bool | None, count: int) -> None:
        reply = judge.ok(_vote(stage, voter, number, helpful))
        said = True if helpful is None else helpful
        shows(judge, reply, {"review_id": number, "helpful": said, "helpful_count": count}, "a vote")
        judge.equal(_seen(app, number).get("helpful_count"), count, "the list shows another helpful_count", reply)
        judge.equal(_seen(app, number, voter).get("user_voted"), said, "user_voted is not one's own vote", reply)

    voted(voters[0], True, 1)
    voted(voters[0], True, 1)
    judge.equal(_seen(app, number, voters[1]).get("user_voted"), False, "user_voted is somebody else's vote", op=LIST)
    voted(voters[1], False, 1)
    voted(voters[1], None, 2)
    voted(voters[2], True, 3)
    voted(voters[0], False, 2)
    voted(voters[0], False, 2)
    judge.equal(
        _seen(app, number, voters[2]).get("user_voted"), True, "somebody else's click takes one's vote", op=LIST
    )
    judge.that("user_voted" not in _seen(app, number), "user_voted is shown to nobody", op=LIST)
    judge.equal(_seen(app, other).get("helpful_count"), 0, "a vote counts for another review", op=LIST)
    fails(judge, partial(_vote, stage, person, number), 403, why="a vote on one's own review", watch=_watch(app))


# -- order and paging ----------------------------------------------------------------------------------------------

STARS, VOTES = (3, 5, 1, 4, 2), (1, 0, 4, 2, 3)  # of the five reviews, in the order of writing
SORTS = {"highest": (1, 3, 0, 4, 2), "lowest": (2, 4, 0, 3, 1), "helpful": (2, 4, 3, 0, 1), "oldest": (0, 1, 2, 3, 4)}


def _reviewed(stage: Stage) -> tuple[App, list[int]]:
    """Return an app with five reviews that differ in every order, and their numbers in the order of writing."""

    def make() -> tuple[App, list[int]]:
        app, voters = live(stage), [stage.cast.new("voter") for _ in range(4)]
        numbers = [int(_write(app, app.user(), rating=stars)["id"]) for stars in STARS]
        for number, votes in zip(numbers, VOTES, strict=True):
            for voter in voters[:votes]:
                _vote(stage, voter, number).need()
        return app, numbers

    made: tuple[App, list[int]] = stage.shared("an app with five reviews", make)
    return made


@law("SORT-302", LIST)
@pytest.mark.parametrize("sort", ["newest", *SORTS])
def test_orders_of_reviews(sort: str, stage: Stage, judge: Judge) -> None:
    """Reviews can be ordered newest or oldest first, by stars either way, and by how helpful they were, most first."""
    app, numbers = _reviewed(stage)
    reply = judge.ok(_list(app, sort=sort))
    rows = reply["items"]
    if sort in ("newest", "oldest"):
        shown = rows if sort == "newest" else rows[::-1]
        newest_first(judge, shown, numbers, "id", "created_at", f"the order {sort} of reviews")
        return
    expected = [numbers[index] for index in SORTS[sort]]
    judge.equal([one["id"] for one in rows], expected, f"the order {sort} of reviews is another", reply)
    if sort == "helpful":
        judge.equal([one["id"] for one in _list(app)["items"]], expected, "the default order is not helpful", op=LIST)
        judge.status(_list(app, sort="best"), 422, message="an unknown order is not 422")


@law("PAGE-302", LIST)
def test_pages_of_reviews(stage: Stage, judge: Judge) -> None:
    """Pages of reviews follow each other without gap and repetition; total and mean are those of all reviews."""
    app, _ = _reviewed(stage)
    for sort in stage.some(("lowest", "helpful", "oldest"), 0, 1):
        whole = _list(app, sort=sort)
        shows(judge, whole, {"page": 1, "per_page": 20, "total": 5, "average_rating": 3}, "a page without a size")
        ids = [one["id"] for one in whole["items"]]
        for size in stage.some((1, 2, 3, 5), 0, 1):
            got: list[Any] = []
            for page in range(1, -(-5 // size) + 2):
                reply = judge.ok(_list(app, sort=sort, page=page, per_page=size))
                shows(judge, reply, {"page": page, "per_page": size, "total": 5, "average_rating": 3}, "a page")
                rows = [one["id"] for one in reply["items"]]
                judge.equal(
                    rows, ids[(page - 1) * size :][:size], f"a page of {size} is another piece of {sort}", reply
                )
                got += rows
            judge.equal(got, ids, f"the pages of {size} are not the whole", about=f"{sort} {size}")
    for name, value in (("per_page", 51), ("per_page", 0), ("page", 0)):
        judge.status(app.send(LIST, NOBODY, query={name: value}), 422, message=f"{name}={value} is not 422")
    judge.ok(_list(app, per_page=50), "per_page=50 is refused")
