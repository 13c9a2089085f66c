"""Rules of messages to the session of a person."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import WARNING, Check, listen, rule

from ...session import Session
from ...shared.registry import HUB
from ...streams import kind, payload
from .._rules import refused
from ._registry import Desk


@rule("STREAM-360", HUB, "GET /v1/events/stream")
def test_a_message_reaches_the_session_of_its_person(session: Session, check: Check) -> None:
    """A message to a person's session is queued and comes out of that person's event stream, of nobody else's."""
    desk, person, other = Desk(session), session.users.new("person in a session"), session.users.new("another")
    with listen(session, person) as mine, listen(session, other) as theirs:
        text = f"Ünï ☂ {session.users.fresh('hub')}"
        reply = check.ok(desk.ask(HUB, user=person, body={"content": text, "context": {"app_id": "notes"}}))
        check.equal(reply["status"], "signaled", "the response does not say signaled", reply)
        check.that(reply["namespace"], "the response names no namespace", reply)
        check.that(person.imperal_id in str(reply["workflow_id"]), "the workflow is not this person's", reply)
        found = mine.wait(lambda event: text in str(event.json.get("payload")))
        # The platform may carry it on the stream: its absence is no violation, its content is a promise.
        if check.that(found is not None, "a message does not reach the stream of its person", reply, severity=WARNING):
            assert found is not None
            check.equal(kind(found), "chat_message", "a message comes as another event", reply)
            check.equal(payload(found).get("text"), text, "the event has another text", reply)
            check.that(payload(found).get("message_id"), "the event has no message_id", reply)
        second = f"second {session.users.fresh('hub')}"
        again = check.ok(desk.ask(HUB, user=person, body={"content": second}), "a message without context is refused")
        same = [reply["namespace"], reply["workflow_id"]]
        check.equal([again["namespace"], again["workflow_id"]], same, "a person has two sessions", again)
        later = mine.wait(lambda event: second in str(event.json.get("payload")))
        check.that(
            later is not None or found is None, "the first message reaches the stream, the second does not", again
        )
        if found and later:
            names = {payload(found).get("message_id"), payload(later).get("message_id")}
            check.equal(len(names), 2, "two messages have one message_id", again)
        to_other = check.ok(desk.ask(HUB, user=other, body={"content": "to the other one"}))
        check.that(to_other["workflow_id"] != reply["workflow_id"], "two people have one session", to_other)
        theirs.wait(lambda event: payload(event).get("text") == "to the other one")
        check.that(all(text not in event.data for event in theirs.events), "another person got it", reply, rule="I05")
        check.equal(
            len([one for one in mine.events if kind(one) == "chat_message"]),
            2,
            "a message came twice, or to all",
            reply,
        )
    bad: tuple[dict[str, Any], ...] = (
        {}, {"content": None}, {"content": 5}, {"content": "x", "context": "y"}, {"context": {}},
    )  # fmt: skip
    for body in bad:
        refused(check, desk.ask(HUB, user=person, body=body), 422, 400, why=f"a message that is {body!r}")
