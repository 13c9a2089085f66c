"""Rules of event streams: who may open one, what it carries, and what was missed."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from typing import Any

from specdouble.verify.kit import NOBODY, Check, Credential, Event, Stream, Unmet, bearer, claims, listen, rule

from ...people import Person, api_key
from ...session import Session
from ...shared import apps
from ...shared.accounts import moment
from ...streams import kind, payload

STREAM, STATS = "GET /v1/events/stream", "GET /v1/events/stats"
INSTALL, REMOVE = "POST /v1/marketplace/apps/{app_id}/install", "DELETE /v1/marketplace/apps/{app_id}/install"


def publish(session: Session, person: Person, mark: str, type_: str = "notification", **more: Any) -> None:
    """Publish an event to somebody, as a service of the platform does."""
    session.control.post("events", {"user_id": person.imperal_id, "type": type_, "payload": {"mark": mark, **more}})


def marked(mark: str) -> Callable[[Event], bool]:
    """Return what tells the event with a mark."""
    return lambda event: payload(event).get("mark") == mark


def marks(stream: Stream) -> list[str]:
    """Return the marks of what came, in the order of coming."""
    return [str(payload(event)["mark"]) for event in stream.events if "mark" in payload(event)]


@rule("A17", STREAM)
def test_a_stream_opens_with_a_header_or_a_query(session: Session, check: Check) -> None:
    """A stream opens with the Authorization header, with an API key, and for browsers with ?token=; else it is 401."""
    person = session.users.new("person with a stream")
    token = {"token": person.access_token}
    key = session.users.key(person)
    ways: list[tuple[str, Credential, dict[str, str]]] = [
        ("the Authorization header", person.bearer, {}), ("?token=", NOBODY, token), ("an API key", key, {}),
        ("a good header and a bad ?token=", person.bearer, {"token": "bad"}),
    ]  # fmt: skip
    for name, who, query in ways:
        with listen(session, who, query=query) as stream:
            check.status(stream.reply, 200, message=f"{name} opens no stream", about=name)
            check.that(stream.open or not stream.reply.ok, f"a stream opened with {name} ends at once", stream.reply)
    secret = f"{session.users.fresh('not-a')}.token.{session.users.fresh('at-all')}"
    for who, query in (
        (NOBODY, {}), (NOBODY, {"token": ""}), (NOBODY, {"token": secret}), (bearer(secret), {}), (api_key(secret), {}),
        (NOBODY, {"access_token": person.access_token}),
    ):  # fmt: skip
        with listen(session, who, query=query) as stream:
            check.status(stream.reply, 401, message="a stream opens without a good credential")
            check.that(secret not in stream.reply.text, "the refusal repeats the token", stream.reply, rule="A18")
    for op in ("GET /v1/auth/me", "GET /v1/keys"):
        check.status(
            session.send(op, query=token), 401, 403, 422, message="?token= opens more than the stream", rule="A17"
        )


@rule("A17", STREAM)
def test_of_header_and_query_the_header_decides(session: Session, check: Check) -> None:
    """When header and query name two people, the stream is that of the header."""
    person, other, mark = (
        session.users.new("person with a stream"),
        session.users.new("other"),
        session.users.fresh("mark"),
    )
    session.control.need()
    with listen(session, person, query={"token": other.access_token}) as stream:
        check.must(stream.reply.ok, "a good header is refused", stream.reply)
        publish(session, other, f"{mark}-other")
        publish(session, person, mark)
        check.that(stream.wait(marked(mark)), "the stream is not that of the header", op=STREAM)
        check.equal(marks(stream), [mark], "the stream carries another person's events", op=STREAM)


@rule("STREAM-01", STREAM)
def test_an_event_is_one_line_of_json(session: Session, check: Check) -> None:
    """Each event has an id and one data line with type, payload and ts, exactly as it was published, in order."""
    person, mark = session.users.new("person with a stream"), session.users.fresh("mark")
    more: dict[str, Any] = {"text": "Ünï ☂\nsecond line: data", "n": 7, "deep": {"list": [1, None, True]}}
    kinds = ("chat_message", "task_update", "notification", "panel_refresh")
    with listen(session, person) as stream:
        for number, type_ in enumerate(kinds):
            publish(session, person, f"{mark}-{number}", type_, **more)
        stream.wait(marked(f"{mark}-{len(kinds) - 1}"))
        check.equal(marks(stream), [f"{mark}-{n}" for n in range(len(kinds))], "what came, in order", op=STREAM)
        issued = float(claims(person.access_token).get("iat", 0))
        for event, type_ in zip([one for one in stream.events if "mark" in payload(one)], kinds, strict=False):
            check.equal(kind(event), type_, "type is not what was published", op=STREAM)
            check.equal({**payload(event), **more}, payload(event), "the payload is not what was published", op=STREAM)
            check.equal(set(event.json), {"type", "payload", "ts"}, "the fields of an event", op=STREAM)
            check.equal(event.lines, 1, "an event has more than one data line", op=STREAM)
            ts = str(event.json.get("ts"))
            check.that(ts.endswith("Z") and abs(moment(ts) - issued) < 60, "ts is not now, in UTC", op=STREAM, got=ts)
            check.that(event.id, "an event has no id", op=STREAM)
        ids = [event.id for event in stream.events]
        check.equal(len(set(ids)), len(ids), "two events have one id", op=STREAM)
        check.that(stream.open, "the stream ended by itself", op=STREAM)


@rule("I05", STREAM)
def test_a_stream_carries_only_its_persons_events(session: Session, check: Check) -> None:
    """Everybody gets their own events on each of their streams, and nobody else's."""
    person, other, mark = (
        session.users.new("person with a stream"),
        session.users.new("other"),
        session.users.fresh("mark"),
    )
    session.control.need()
    with listen(session, person) as mine, listen(session, person) as mine_too, listen(session, other) as theirs:
        publish(session, other, f"{mark}-other")
        publish(session, person, f"{mark}-mine")
        publish(session, other, f"{mark}-end")
        publish(session, person, f"{mark}-end")
        for stream in (mine, mine_too, theirs):
            check.that(stream.wait(marked(f"{mark}-end")), "an event does not arrive", op=STREAM, rule="STREAM-02")
        for stream in (mine, mine_too):
            check.equal(marks(stream), [f"{mark}-mine", f"{mark}-end"], "what a person's stream carries", op=STREAM)
        check.equal(marks(theirs), [f"{mark}-other", f"{mark}-end"], "what another's stream carries", op=STREAM)
        texts = " ".join(event.data for event in theirs.events)
        check.that(person.imperal_id not in texts, "another person is named on a stream", op=STREAM, got=texts)


@rule("STREAM-03", STREAM)
def test_what_was_missed_comes_with_last_event_id(session: Session, check: Check) -> None:
    """Last-Event-ID brings what was missed since, in order and once; without it a stream begins now."""
    person, other, mark = (
        session.users.new("person with a stream"),
        session.users.new("other"),
        session.users.fresh("mark"),
    )
    with listen(session, person) as stream:
        publish(session, person, f"{mark}-seen")
        seen = stream.wait(marked(f"{mark}-seen"))
    if seen is None or not seen.id:
        raise Unmet("no event with an id came")
    for number in range(3):
        publish(session, person, f"{mark}-{number}")
        publish(session, other, f"{mark}-other")
    missed = [f"{mark}-{number}" for number in range(3)]
    for last, before in ((seen.id, missed), (None, [])):
        with listen(session, person, last=last) as stream:
            end = f"{mark}-end-{last}"
            publish(session, person, end)
            check.that(stream.wait(marked(end)), "an event does not arrive", op=STREAM)
            came = [one for one in marks(stream) if "-end-" not in one or one == end]
            check.equal(came, [*before, end], f"what comes {'with' if last else 'without'} Last-Event-ID", op=STREAM)


@rule("STREAM-04", STREAM, INSTALL, REMOVE)
def test_an_install_is_told_to_its_person(session: Session, check: Check) -> None:
    """An install is an event marketplace.app_installed on the streams of who installed, and on nobody else's."""
    app_id, person, other = (
        apps.shop(session).app_id,
        session.users.new("person with a stream"),
        session.users.new("other"),
    )
    with listen(session, person) as mine, listen(session, other) as theirs:
        apps.install(session, person, app_id)
        told = mine.wait(lambda event: kind(event) == "marketplace.app_installed" and app_id in event.data)
        check.that(told, "an install is not told", op=INSTALL, got=[kind(event) for event in mine.events])
        if told:
            check.equal(payload(told).get("app_id"), app_id, "the event names another app", op=INSTALL)
        session.send(REMOVE, person, params={"app_id": app_id}).need()
        apps.install(session, other, app_id)
        theirs.wait(lambda event: app_id in event.data)
        kinds = [kind(event) for event in theirs.events if kind(event) == "marketplace.app_installed"]
        check.that(len(kinds) <= 1, "another person's install is told", op=INSTALL, rule="I05", got=kinds)


@rule("STREAM-05", "POST /v1/billing/topup/confirm", STREAM)
def test_a_confirmed_top_up_is_told(session: Session, check: Check) -> None:
    """A confirmed top-up is an event on the stream of who paid."""
    person = session.users.new("person who pays")
    with listen(session, person) as stream:
        session.users.fund(person, 40_000)
        told = stream.wait(lambda event: bool(kind(event)))
        check.that(told, "a confirmed top-up is not told", op="POST /v1/billing/topup/confirm")


@rule("STREAM-06", "POST /v1/extensions/{app_id}/call", STREAM)
def test_a_call_is_told(session: Session, check: Check) -> None:
    """A call of a function is an event on the stream of who called."""
    app_id, person = apps.shop(session).app_id, session.users.new("person who calls")
    apps.install(session, person, app_id)
    body = {"user_id": person.imperal_id, "function": apps.WRITE, "params": {"title": "A note"}}
    with listen(session, person) as stream:
        session.send("POST /v1/extensions/{app_id}/call", person, params={"app_id": app_id}, body=body).need()
        check.that(stream.wait(lambda event: bool(kind(event))), "a call is not told")


@rule("A14", STREAM, "PATCH /v1/users/{user_id}")
def test_the_stream_of_a_deactivated_person_brings_nothing(session: Session, check: Check) -> None:
    """After a deactivation the person's streams end, or at least bring nothing more; a new one is 401."""
    person, mark = session.users.new("person who leaves"), session.users.fresh("mark")
    with listen(session, person) as stream:
        publish(session, person, f"{mark}-before")
        stream.wait(marked(f"{mark}-before"))
        where, body = {"user_id": person.imperal_id}, {"is_active": False}
        session.send("PATCH /v1/users/{user_id}", session.users.admin, params=where, body=body).need()
        stream.until(lambda: stream.ended, 0.5)
        if stream.open:
            publish(session, person, f"{mark}-after")
            late = stream.wait(marked(f"{mark}-after"), 0.5)
            check.that(late is None, "a deactivated person's stream goes on", op=STREAM)
    with listen(session, person) as stream:
        check.status(stream.reply, 401, message="a deactivated person opens a stream")


@rule("S06", STATS)
def test_the_figures_of_the_hub_are_for_services(session: Session, check: Check) -> None:
    """Who listens is counted for services only: streams as clients, people with one as channels."""
    person = session.users.new("person with streams")
    people = [person, *([session.users.admin] if session.settings.admin else [])]
    for who in (NOBODY, *(one.bearer for one in people), session.users.key(person)):
        check.status(session.send(STATS, who), 401, 403, 422, message=f"{who.name} reads the figures of the hub")
    service = session.users.service

    def figures() -> tuple[int, int]:
        found = session.send(STATS, service).need().json
        return int(found["channels"]), int(found["clients"])

    grown: list[tuple[int, int]] = []
    with contextlib.ExitStack() as opened:  # none is left before the end: one that was may be counted for a while
        for number in range(6):  # others may come and go: only what stands between two equal readings counts
            if number:
                person = session.users.new("person with streams")
            before = figures()
            calm = before == figures()
            for _ in range(3):
                opened.enter_context(listen(session, person))
            during = figures()
            calm = calm and during == figures()
            check.that(during[1] - during[0] >= 2, "three streams of one person are not three clients", op=STATS,
                       expected="clients >= channels + 2", got=json.dumps(during))  # fmt: skip
            if calm:
                grown.append((during[0] - before[0], during[1] - before[1]))
            if (1, 3) in grown:
                break
            time.sleep(0.2)
    if (1, 3) not in grown and (len(set(grown)) != 1 or len(grown) < 2):
        raise Unmet("others open and leave streams all the time: the figures were never steady")
    check.that((1, 3) in grown, "one person with three streams is not one channel and three clients",
               op=STATS, expected="(1, 3)", got=str(grown))  # fmt: skip


@rule("STREAM-07", STATS)
def test_a_stream_that_was_left_is_not_counted(session: Session, check: Check) -> None:
    """When its client goes, a stream is counted no more; servers may need a heartbeat to see it."""
    session.control.need()  # a real platform may take longer than a test should wait
    service, person = session.users.service, session.users.new("person with streams")
    open_ = [listen(session, person) for _ in range(8)]
    before = int(session.send(STATS, service)["clients"])
    for stream in open_:
        stream.close()
    deadline = time.monotonic() + 3
    while (now := int(session.send(STATS, service)["clients"])) > before - 4 and time.monotonic() < deadline:
        time.sleep(0.1)
    check.that(now <= before - 4, "streams are counted after their clients have gone", op=STATS, got=now,
               expected=f"about {before - 8}")  # fmt: skip
