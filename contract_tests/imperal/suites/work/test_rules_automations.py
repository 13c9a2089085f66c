"""Rules of automation rules: making, pausing, resuming, deleting, and how many a plan allows."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.kit import Check, Credential, Reply, Unmet, moment, rule

from ...people import Person
from ...recipes.work.automations import RULE, automation
from ...session import Session
from ...shared.calling import CALL, call, usage
from ...shared.money import subscriber

Doc = dict[str, Any]
CREATE, LIST, DELETE = "POST /v1/automations", "GET /v1/automations", "DELETE /v1/automations/{rule_id}"
PAUSE, RESUME = (f"POST /v1/automations/{{rule_id}}/{word}" for word in ("pause", "resume"))
DEFAULTS = {"cooldown_seconds": 60, "max_per_hour": 10, "max_iterations": 0}


def rules(session: Session, person: Person) -> dict[int, Doc]:
    """Return a person's rules by their number."""
    return {int(one["rule_id"]): one for one in session.send(LIST, person).need().json}


def move(session: Session, who: Person | Credential, number: Any, op: str) -> Reply:
    """Pause, resume or delete a rule."""
    return session.send(op, who, params={"rule_id": number})


def fire(session: Session, number: int) -> Doc | None:
    """Let a rule fire, played by the control plane; None when it does not."""
    session.control.need()
    try:
        fired: Doc = session.control.post(f"automations/{number}/trigger")
    except Unmet:
        return None
    return fired


# -- what a rule holds ---------------------------------------------------------------------------------------------


@rule("D01", CREATE, LIST)
def test_the_deprecated_route_still_makes_a_rule(session: Session, check: Check) -> None:
    """`POST /v1/automations` is deprecated and still works: the rule is active, as was asked for, and in the list."""
    person = session.users.new("rule maker")
    made = check.ok(session.send(CREATE, person, body=RULE))
    expected = {
        **RULE, "id": made["rule_id"], "user_id": person.imperal_id, "tenant_id": person.tenant_id, "status": "active",
        "trigger_count": 0, "last_triggered_at": None,
    }  # fmt: skip
    for name, value in expected.items():
        check.equal(made.json.get(name), value, f"{name} of a new rule is not as asked for", made, about=name)
    check.that(made["interpretation"], "a new rule says nothing about how it was understood", made)
    check.that(made["actions"], "a new rule does nothing", made)
    listed = check.ok(session.send(LIST, person))
    check.equal(listed.json, [made.json], "the list shows a new rule otherwise", listed)


@rule("LIFE-296", CREATE, LIST)
@pytest.mark.parametrize("given", [{}, {"cooldown_seconds": 5}, {"max_per_hour": 1}, {"max_iterations": 3}], ids=str)
def test_limits_have_defaults(given: dict[str, int], session: Session, check: Check) -> None:
    """A rule waits 60 seconds between two runs, runs 10 times an hour and without an end, unless told otherwise."""
    person = session.users.new("rule maker")
    made = check.ok(session.send(CREATE, person, body={"prompt": "When a mail comes, say hello", **given}))
    for name, value in {**DEFAULTS, **given}.items():
        check.equal(made.json.get(name), value, f"{name} is not as asked for, or has another default", made, about=name)
    check.equal(rules(session, person)[made["rule_id"]], made.json, "the list shows other limits", op=LIST)


@rule("LIFE-289", CREATE)
def test_a_prompt_is_read(session: Session, check: Check) -> None:
    """A prompt that names times becomes a schedule of those times, any other one an event without a schedule."""
    person = session.users.new("rule maker")
    timed = check.ok(session.send(CREATE, person, body={"prompt": "Every weekday at 8, list my new notes"}))
    trigger = timed["trigger_filter"] or {}
    check.equal(trigger.get("event_type"), "schedule", "a prompt that names times is no schedule", timed)
    cron = str(trigger.get("schedule")).split()
    shown = cron[:2] + cron[4:] if len(cron) == 5 else cron
    at_eight = shown in (["0", "8", "1-5"], ["0", "8", "MON-FRI"], ["0", "8", "1,2,3,4,5"])
    check.that(at_eight, "weekdays at 8 became another schedule", timed, expected="0 8 * * 1-5", got=" ".join(cron))
    event = check.ok(session.send(CREATE, person, body={"prompt": "When a mail comes, say hello"}))
    trigger = event["trigger_filter"] or {}
    told = trigger.get("event_type") != "schedule" and trigger.get("schedule") is None
    check.that(told, "a prompt without times became a schedule", event)


@rule("D02", CREATE, PAUSE, RESUME, DELETE)
def test_rule_ids_are_integers(session: Session, check: Check) -> None:
    """A rule_id is an integer, unique, and never given twice; a word in its place is 422."""
    person, other = session.users.new("rule maker"), session.users.new("rule maker")
    made = [automation(session, person), automation(session, other), automation(session, person)]
    ids = [one["rule_id"] for one in made]
    check.that(all(type(one) is int for one in ids), "a rule_id is no integer", op=CREATE, got=ids)
    check.equal(len(set(ids)), 3, "two rules have one number", op=CREATE)
    check.ok(move(session, person, ids[2], DELETE))
    check.that(
        automation(session, person)["rule_id"] not in ids, "the number of a deleted rule was given again", op=CREATE
    )
    for op in (PAUSE, RESUME, DELETE):
        reply = move(session, person, "first", op)
        check.status(reply, 422, message=f"a word as rule_id is answered with {reply.status}, not 422")


@rule("LIFE-297", CREATE)
def test_a_rule_needs_a_prompt(session: Session, check: Check) -> None:
    """A rule without a prompt is 422 and is not made."""
    person = session.users.new("rule maker")
    for body in ({}, {"max_per_hour": 3}, {"prompt": None}, {"prompt": "x", "max_per_hour": "often"}):
        reply = session.send(CREATE, person, body=body)
        check.status(reply, 422, message=f"a rule from {body} is answered with {reply.status}, not 422")
    check.equal(rules(session, person), {}, "a refused rule is there", op=LIST)


# -- its life ------------------------------------------------------------------------------------------------------


@rule("D04", PAUSE, LIST)
def test_pausing_keeps_a_rule_on_the_list(session: Session, check: Check) -> None:
    """A paused rule is on the list as paused, with everything else as it was; pausing it again is 409."""
    person = session.users.new("rule maker")
    kept, made = automation(session, person), automation(session, person)
    reply = check.ok(move(session, person, made["rule_id"], PAUSE))
    check.equal(reply.json, {"id": made["rule_id"], "status": "paused"}, "the response is not the paused rule", reply)
    expected = {kept["rule_id"]: kept, made["rule_id"]: {**made, "status": "paused"}}
    check.equal(rules(session, person), expected, "the list does not show one paused and one active rule", op=LIST)
    again = move(session, person, made["rule_id"], PAUSE)
    check.status(again, 409, message=f"pausing a paused rule is answered with {again.status}, not 409")
    check.equal(rules(session, person), expected, "a refused pause changed a rule", again)


@rule("LIFE-298", RESUME, LIST)
def test_resuming_makes_a_paused_rule_active(session: Session, check: Check) -> None:
    """A resumed rule is active, with everything else as it was; resuming an active rule is 409."""
    person = session.users.new("rule maker")
    kept, made = automation(session, person), automation(session, person)
    early = move(session, person, made["rule_id"], RESUME)
    check.status(early, 409, message=f"resuming an active rule is answered with {early.status}, not 409")
    check.ok(move(session, person, made["rule_id"], PAUSE))
    check.ok(move(session, person, kept["rule_id"], PAUSE))
    reply = check.ok(move(session, person, made["rule_id"], RESUME))
    check.equal(reply.json, {"id": made["rule_id"], "status": "active"}, "the response is not the active rule", reply)
    expected = {kept["rule_id"]: {**kept, "status": "paused"}, made["rule_id"]: made}
    check.equal(rules(session, person), expected, "the list does not show one paused and one active rule", op=LIST)
    again = move(session, person, made["rule_id"], RESUME)
    check.status(again, 409, message=f"resuming an active rule is answered with {again.status}, not 409")


@rule("LIFE-299", DELETE, PAUSE, RESUME, LIST)
def test_deleting_removes_a_rule(session: Session, check: Check) -> None:
    """A deleted rule, active or paused, is off the list and 404 to everything; the others stay."""
    person = session.users.new("rule maker")
    kept, paused, running = (automation(session, person) for _ in range(3))
    check.ok(move(session, person, paused["rule_id"], PAUSE))
    for gone in (paused, running):
        reply = check.ok(move(session, person, gone["rule_id"], DELETE))
        check.equal(
            reply.json, {"id": gone["rule_id"], "status": "deleted"}, "the response is not the deleted rule", reply
        )
    check.equal(rules(session, person), {kept["rule_id"]: kept}, "the list is not the rules that are left", op=LIST)
    for op in (DELETE, PAUSE, RESUME):
        again = move(session, person, running["rule_id"], op)
        check.status(again, 404, message=f"a deleted rule is answered with {again.status}, not 404")
    check.equal(rules(session, person), {kept["rule_id"]: kept}, "a refused request changed the list", op=LIST)


@rule("D05", RESUME, LIST)
def test_resuming_counts_from_zero(session: Session, check: Check) -> None:
    """Resuming sets trigger_count back to 0; pausing keeps it."""
    person = session.users.new("rule maker")
    made = automation(session, person, cooldown_seconds=0)
    number = made["rule_id"]
    for _ in range(2):
        if fire(session, number) is None:
            raise Unmet("the rule did not fire")
    fired = rules(session, person)[number]
    check.equal(fired["trigger_count"], 2, "trigger_count is not how often a rule has fired", op=LIST)
    late = fired["last_triggered_at"] is not None and moment(fired["last_triggered_at"]) >= moment(made["created_at"])
    check.that(late, "last_triggered_at is not when a rule has fired", op=LIST, got=fired["last_triggered_at"])
    check.ok(move(session, person, number, PAUSE))
    paused = rules(session, person)[number]
    check.equal(paused, {**fired, "status": "paused"}, "pausing changed more than the status", op=PAUSE)
    check.ok(move(session, person, number, RESUME))
    resumed = rules(session, person)[number]
    check.equal(resumed["trigger_count"], 0, "resuming did not set trigger_count back", op=RESUME)
    check.equal(resumed["status"], "active", "a resumed rule is not active", op=RESUME)


LIMITS: dict[str, tuple[Doc, list[bool]]] = {
    # limits of the rule, and whether it fires each time it is asked to, at once
    "cooldown": ({"cooldown_seconds": 600}, [True, False]),
    "per-hour": ({"cooldown_seconds": 0, "max_per_hour": 2}, [True, True, False]),
    "iterations": ({"cooldown_seconds": 0, "max_iterations": 2}, [True, True, False]),
    "no-limit": ({"cooldown_seconds": 0, "max_per_hour": 50, "max_iterations": 0}, [True, True, True, True]),
}


@rule("LIFE-286", CREATE, LIST)
@pytest.mark.parametrize("what", LIMITS)
def test_a_rule_fires_within_its_limits(what: str, session: Session, check: Check) -> None:
    """A rule fires within its cooldown, its times an hour and its iterations, and each time is counted once."""
    limits, expected = LIMITS[what]
    person = session.users.new("rule maker")
    number = automation(session, person, **{**RULE, "max_iterations": 0, **limits})["rule_id"]
    fired = [fire(session, number) is not None for _ in expected]
    check.equal(fired, expected, f"{what}: the rule fired at other times", op=CREATE, about=what)
    count = rules(session, person)[number]["trigger_count"]
    check.equal(count, sum(expected), f"{what}: trigger_count is another number", op=LIST, about=f"{what} count")


@rule("LIFE-287", PAUSE, RESUME)
def test_a_paused_rule_does_not_fire(session: Session, check: Check) -> None:
    """A paused rule does not fire; once resumed it does."""
    person = session.users.new("rule maker")
    number = automation(session, person, cooldown_seconds=0)["rule_id"]
    check.ok(move(session, person, number, PAUSE))
    check.that(fire(session, number) is None, "a paused rule fires", op=PAUSE)
    check.equal(rules(session, person)[number]["trigger_count"], 0, "a paused rule counts", op=LIST)
    check.ok(move(session, person, number, RESUME))
    check.that(fire(session, number) is not None, "a resumed rule does not fire", op=RESUME)


# -- how many ------------------------------------------------------------------------------------------------------


def cap_of(session: Session, person: Person) -> int:
    """Return how many rules a person's plan allows.

    Raises:
        Unmet: it allows any number, or so many that reaching it takes too long.

    """
    cap = session.send("GET /v1/billing/usage", person)["limits"].get("automations")
    if not isinstance(cap, int) or not 1 <= cap <= 60:
        raise Unmet(f"the plan of a new user allows {cap} rules; a small number can be reached")
    return cap


@rule("D03", CREATE, CALL)
def test_a_rule_beyond_the_quota_is_429(session: Session, check: Check) -> None:
    """A rule beyond the plan's number is 429 AUTOMATION_QUOTA_EXCEEDED with the quota, and is not made.

    As many as the plan allows are taken, paused ones count, and a deleted one makes room.
    """
    person, other = session.users.new("rule maker"), session.users.new("rule maker")
    cap = cap_of(session, person)
    automation(session, other)
    for number in range(cap):
        last = check.ok(
            session.send(CREATE, person, body={"prompt": f"Rule {number}"}), "a rule within the plan was refused"
        )
    check.ok(move(session, person, last["rule_id"], PAUSE))
    full = rules(session, person)
    check.equal(len(full), cap, "the list has another number of rules than were made", op=LIST)
    reply = session.send(CREATE, person, body={"prompt": "One too many"}, limited=True)
    check.must(reply.status == 429, f"a rule beyond the quota is answered with {reply.status}", reply, expected=429)
    detail = reply.detail if isinstance(reply.detail, dict) else {}
    check.equal(
        detail.get("error_code"), "AUTOMATION_QUOTA_EXCEEDED", "the refusal has another error_code", reply, rule="E03"
    )
    plan = session.send("GET /v1/billing/wallet", person)["plan"]
    quota = {"cap": cap, "used": cap, "remaining": 0, "unlimited": False, "plan": plan}
    check.equal(detail.get("quota"), quota, "the refusal shows another quota", reply)
    check.equal(rules(session, person), full, "a rule beyond the quota was made", reply)
    parts = {"event_type": "email.received", "action_description": "One too many"}
    asked = call(session, person, "create_automation", "automations", **parts)
    check.that(
        not asked.ok or asked.json.get("status") == "error", "the app makes a rule beyond the quota", asked, rule="C09"
    )
    check.equal(rules(session, person), full, "the app made a rule beyond the quota", asked, rule="C09")
    check.ok(session.send(CREATE, other, body={"prompt": "Mine"}), "another user's rules use up one's quota")
    check.ok(move(session, person, last["rule_id"], DELETE))
    check.ok(session.send(CREATE, person, body={"prompt": "Room again"}), "a deleted rule makes no room")


@rule("D03", CREATE)
def test_a_paid_plan_allows_more_rules(session: Session, check: Check) -> None:
    """The quota is the one of the caller's plan: a paid plan takes more rules than the free one."""
    least, person = cap_of(session, session.users.new("rule maker")), subscriber(session)
    shown = session.send("GET /v1/billing/usage", person)["limits"].get("automations")
    if shown is not None and shown <= least:
        raise Unmet("the cheapest paid plan allows no more rules than the free one")
    for number in range(least + 1):
        reply = session.send(CREATE, person, body={"prompt": f"Rule {number}"})
        check.ok(reply, "a rule within the quota of a paid plan was refused")
    check.equal(len(rules(session, person)), least + 1, "the list has another number of rules", op=LIST)


@rule("LIFE-288", CREATE, DELETE, "GET /v1/billing/usage")
def test_the_meter_of_rules_is_their_number(session: Session, check: Check) -> None:
    """The meter of automations is the number of one's rules, whatever their status, and not exceeded at its limit."""
    person = session.users.new("rule maker")
    cap = cap_of(session, person)
    seen = [usage(session, person).get("automations")]
    made = [automation(session, person)["rule_id"] for _ in range(cap)]
    seen.append(usage(session, person).get("automations"))
    shown = session.send("GET /v1/billing/usage", person)
    check.equal(shown["exceeded"], [], "a limit that was just reached counts as exceeded", shown)
    check.ok(move(session, person, made[0], PAUSE))
    seen.append(usage(session, person).get("automations"))
    check.ok(move(session, person, made[0], DELETE))
    seen.append(usage(session, person).get("automations"))
    check.equal(seen, [0, cap, cap, cap - 1], "the meter of automations is not the number of rules", shown)


# -- the app of that name ------------------------------------------------------------------------------------------


@rule("C09", CALL, CREATE, LIST, PAUSE, RESUME, DELETE)
def test_the_automations_app_does_it_all(session: Session, check: Check) -> None:
    """The automations app makes, lists, changes, pauses, resumes and deletes the rules of the deprecated routes."""
    person = session.users.new("rule maker")

    def ask(function: str, **params: Any) -> Any:
        reply = check.ok(call(session, person, function, "automations", **params))
        check.must(reply.json.get("status") == "success", f"automations/{function} fails", reply, expected="success")
        return reply.json.get("data")

    parts = {"event_type": "email.received", "action_description": "Water the plants", "max_per_hour": 3}
    made = ask("create_automation", **parts)
    number = made["rule_id"]
    mine = rules(session, person)
    check.equal(list(mine), [number], "a rule that the app made is not on the list", op=LIST)
    shown = {name: mine[number][name] for name in ("max_per_hour", "status", "cooldown_seconds")}
    expected = {"max_per_hour": 3, "status": "active", "cooldown_seconds": 60}
    check.equal(shown, expected, "the app made another rule than it was asked for", op=CALL)
    trigger = mine[number]["trigger_filter"] or {}
    check.equal(trigger.get("event_type"), "email.received", "the app made a rule for another event", op=CALL)
    said = f"{mine[number]['prompt']} {mine[number]['interpretation']} {mine[number]['actions']}"
    check.that("Water the plants" in said, "the rule says nothing of what was asked for", op=CALL, got=said)
    ask("update_automation", rule_id=number, cooldown_seconds=90)
    check.equal(rules(session, person)[number]["cooldown_seconds"], 90, "the app did not change the rule", op=CALL)
    second = automation(session, person)["rule_id"]
    listed = sorted(int(one["rule_id"]) for one in ask("list_automations")["items"])
    check.equal(listed, sorted([number, second]), "the app lists other rules", op=CALL)
    ask("pause_automation", rule_id=second)
    check.equal(rules(session, person)[second]["status"], "paused", "the app did not pause the rule", op=CALL)
    ask("resume_automation", rule_id=second)
    check.equal(rules(session, person)[second]["status"], "active", "the app did not resume the rule", op=CALL)
    ask("delete_automation", rule_id=number)
    check.equal(list(rules(session, person)), [second], "the app did not delete the rule that was named", op=CALL)


# -- whose it is ---------------------------------------------------------------------------------------------------


@rule("I02", PAUSE, RESUME, DELETE, LIST)
def test_anothers_rule_is_unknown(session: Session, check: Check) -> None:
    """Another user's rule is 404 or 403 to every request, on nobody else's list, and stays as it is."""
    person, other = session.users.new("rule maker"), session.users.new("somebody else")
    made, paused = (
        automation(session, person, prompt="When a private letter comes, say so"),
        automation(session, person),
    )
    check.ok(move(session, person, paused["rule_id"], PAUSE))
    before = rules(session, person)
    callers: list[Person | Credential] = [other, session.users.deputy]
    for op, one in ((PAUSE, made), (RESUME, paused), (DELETE, made), (DELETE, paused)):
        for who in [*callers, *([session.users.acting(other)] if op != RESUME else [])]:
            reply = move(session, who, one["rule_id"], op)
            check.status(reply, 403, 404, message=f"another user's rule is answered with {reply.status}")
            check.that("private letter" not in reply.text, "a refusal shows another user's rule", reply)
    for function in ("pause_automation", "delete_automation"):
        asked = call(session, other, function, "automations", rule_id=made["rule_id"])
        check.that(
            not asked.ok or asked.json.get("status") == "error", f"the app's {function} takes another's rule", asked
        )
    check.equal(rules(session, person), before, "another user changed a rule", op=LIST)
    check.equal(rules(session, other), {}, "another user's rule is on one's list", op=LIST, rule="I01")
    for op in (PAUSE, RESUME, DELETE):
        reply = move(session, person, 2_000_000_000, op)
        check.status(reply, 404, message=f"an unknown rule is answered with {reply.status}, not 404")


@rule("S13", PAUSE, DELETE)
def test_a_service_pauses_and_deletes_for_its_user(session: Session, check: Check) -> None:
    """With the service token and X-Acting-User a rule of that user is paused and deleted."""
    person = session.users.new("rule maker")
    first, second = automation(session, person)["rule_id"], automation(session, person)["rule_id"]
    acting = session.users.acting(person)
    check.ok(move(session, acting, first, PAUSE))
    check.equal(rules(session, person)[first]["status"], "paused", "a service did not pause its user's rule", op=PAUSE)
    check.ok(move(session, acting, second, DELETE))
    check.equal(list(rules(session, person)), [first], "a service did not delete its user's rule", op=DELETE)
