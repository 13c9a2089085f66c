"""Reading the prompt of an automation rule: when it fires, and what it then says.

The platform lets a model read the prompt; a table of phrases stands in for it, so that equal prompts give equal rules.
"""

from __future__ import annotations

import re

from specdouble.mock.kit import Doc

SCHEDULES = (  # phrase, cron line with the minute and hour to fill in, words for the interpretation
    (r"every (\d{1,2}) minutes", "*/{n} * * * *", "every {n} minutes"),
    (r"every hour|hourly", "0 * * * *", "every hour"),
    (r"weekday", "{m} {h} * * 1-5", "at {h:02}:{m:02} on weekdays"),
    (r"every monday|weekly|every week", "{m} {h} * * 1", "at {h:02}:{m:02} on Mondays"),
    (r"every tuesday", "{m} {h} * * 2", "at {h:02}:{m:02} on Tuesdays"),
    (r"every wednesday", "{m} {h} * * 3", "at {h:02}:{m:02} on Wednesdays"),
    (r"every thursday", "{m} {h} * * 4", "at {h:02}:{m:02} on Thursdays"),
    (r"every friday", "{m} {h} * * 5", "at {h:02}:{m:02} on Fridays"),
    (r"every saturday", "{m} {h} * * 6", "at {h:02}:{m:02} on Saturdays"),
    (r"every sunday", "{m} {h} * * 0", "at {h:02}:{m:02} on Sundays"),
    (r"monthly|every month", "{m} {h} 1 * *", "at {h:02}:{m:02} on the first of the month"),
    (r"every day|daily|every morning|every evening", "{m} {h} * * *", "at {h:02}:{m:02} every day"),
)
EVENTS = (
    (r"\bcharge|\bexpense|\breceipt", "expense.unusual"),
    (r"\be?-?mail", "mail.received"),
    (r"\bnote", "note.created"),
    (r"\btask", "task.updated"),
    (r"\bdeal|\bcustomer|\bcontact", "crm.updated"),
)
ANY_EVENT = "chat_message"
_TIME = re.compile(r"\bat (\d{1,2})(?::(\d{2}))?\s*(am|pm)?")


def read(prompt: str) -> Doc:
    """Return the interpretation, trigger filter and actions of a prompt."""
    lower = prompt.lower()
    condition, _, rest = prompt.partition(",")
    message = (rest or prompt).strip().rstrip(".")
    message = message[:1].upper() + message[1:]
    trigger, words = _schedule(lower) or _event(lower, condition)
    return {
        "interpretation": f"{words[:1].upper()}{words[1:]}: {message}.",
        "trigger_filter": trigger,
        "actions": [{"message": message}],
    }


def _schedule(lower: str) -> tuple[Doc, str] | None:
    for phrase, cron, words in SCHEDULES:
        found = re.search(phrase, lower)
        if found:
            hour, minute = _clock_time(lower)
            fill = {"n": found[1] if found.groups() else "", "h": hour, "m": minute}
            return {"event_type": "schedule", "schedule": cron.format(**fill)}, words.format(**fill)
    return None


def _clock_time(lower: str) -> tuple[int, int]:
    found = _TIME.search(lower)
    if found is None:
        return (18 if "evening" in lower else 9), 0
    hour = int(found[1]) % 12 + (12 if found[3] == "pm" else 0) if found[3] else int(found[1])
    return hour % 24, int(found[2] or 0) % 60


def _event(lower: str, condition: str) -> tuple[Doc, str]:
    kind = next((kind for phrase, kind in EVENTS if re.search(phrase, lower)), ANY_EVENT)
    words = condition.strip() if re.match(r"when|if|on\b|after", lower) and "," in lower else f"on {kind}"
    return {"event_type": kind, "schedule": None}, words
