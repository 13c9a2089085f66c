"""The rules: a stable id for everything that can be violated, with an explanation for people.

The general ones stand here. What only one API promises (`A07`, `B03` …) are rules too: their text is the docstring of
the test that proves them, so it stands once, beside the check; those without a test of their own stand in the pack.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from specdouble.openapi import Op
    from specdouble.verify.api.api import Api

FAMILIES = {
    "REACH": "a valid request is taken",
    "SCHEMA": "the form of every response",
    "SECRET": "nothing secret in responses",
    "AUTH": "who may call",
    "LIFE": "what is written is there",
    "ISO": "data of one user that another must never see",
    "PAGE": "pagination",
    "FILTER": "filters and search",
    "SORT": "order of lists",
    "BOUND": "validation of requests",
    "METHOD": "methods and paths",
    "RULE": "rules of this API alone",
    "MODEL": "random sequences against a model",
    "FUZZ": "random and hostile requests",
    "STREAM": "event streams",
    "DRIFT": "the target's own document",
    "TRAFFIC": "requests that others made, in recorded or passing traffic",
}


@dataclass(frozen=True)
class Rule:
    """A rule: its id, a title, what it means and how to mend a violation, and what it rests on."""

    id: str
    title: str
    explain: str
    source: str = ""

    @property
    def family(self) -> str:
        """The family: AUTH of AUTH-07, RULE of one of the API's own."""
        return family(self.id)


def family(rule: str) -> str:
    """Return the family of a rule: AUTH of AUTH-07, RULE of one of the API's own such as B03."""
    return rule.partition("-")[0] if "-" in rule else "RULE"


def written(id: str, title: str, explain: str, source: str = "the effective document") -> Rule:  # noqa: A002
    """Return a rule whose explanation may be broken into lines."""
    return Rule(id, title, " ".join(explain.split()), source)


def refused_with(id: str, what: str) -> Rule:  # noqa: A002
    """Return the rule of a kind of wrong credential."""
    return written(
        id, f"Refused: {what}",
        f"A request with {what} is answered with 401 (403 counts too), whatever its body says, and changes nothing.",
        "security of the effective document",
    )  # fmt: skip


def bound(id: str, title: str) -> Rule:  # noqa: A002
    """Return a rule of validation."""
    return written(
        id, title, f"{title}. The bounds are those of the operation's schema; a refusal is 422 (400 counts too)."
    )


GENERAL = {
    rule.id: rule
    for rule in (
        written(
            "REACH-01",
            "A valid request is taken",
            """A request with a good credential, a valid body and live ids must answer its declared success. The run
            made everything that the request needs through the API itself, so a refusal here is the target's.""",
        ),
        written(
            "REACH-02",
            "The operation is served",
            """The target answers 404 or 405 as for a path that it does not know. Use --only to verify a part of the
            API, or waive what is not there yet.""",
        ),
        written(
            "SCHEMA-01", "The status is declared", "An operation answers only with statuses that its document declares."
        ),
        written(
            "SCHEMA-02", "The server does not fail", "No request, however odd, is answered with an undeclared 5xx."
        ),
        written(
            "SCHEMA-03", "The content type is declared", "The body has a media type that the document declares for it."
        ),
        written("SCHEMA-04", "The body keeps its schema", "Fields, types, enums, formats and nulls are as declared."),
        written(
            "SCHEMA-05",
            "No fields beyond the schema",
            "Responses are closed objects. A further field is a warning, and a violation with --strict.",
        ),
        written(
            "SCHEMA-06",
            "Required headers are there",
            "Headers that a response declares as required are sent and valid.",
        ),
        written("SCHEMA-07", "Timestamps are RFC 3339 in UTC", "Every time has a date, a T, a time and Z.", "RFC 3339"),
        written("SCHEMA-08", "A response arrives", "The connection does not break and the response comes in time."),
        written(
            "SECRET-01", "A secret is shown once", "Tokens, keys and passwords never come back in a later response."
        ),
        written("SECRET-02", "Keys show their public half", "A JWK has no private member.", "RFC 7517"),
        written(
            "SECRET-04",
            "Nothing that looks like a secret",
            """Private keys, password hashes and the numbers of payment cards are in no response; tokens, keys only in
            the fields that the document declares for them. What the request itself said may come back.""",
            "a general promise",
        ),
        written(
            "SECRET-03", "No inside in responses", "No stack traces, password hashes or database settings in responses."
        ),
        refused_with("AUTH-02", "an Authorization header without a token, or an empty API key"),
        refused_with("AUTH-03", "garbage in place of a token"),
        refused_with("AUTH-04", "a token with another scheme, or with none"),
        refused_with("AUTH-05", "HTTP Basic"),
        refused_with("AUTH-06", "a token whose payload was changed after signing"),
        refused_with("AUTH-07", "a token whose signature is cut, changed or missing"),
        refused_with("AUTH-08", "an unsigned token (alg none)"),
        refused_with("AUTH-09", "a token signed with HS256 or with a foreign key"),
        refused_with("AUTH-10", "a token that has expired"),
        refused_with("AUTH-11", "a refresh token in place of an access token"),
        refused_with("AUTH-12", "the access token of a session that was logged out"),
        refused_with("AUTH-13", "an API key that was deleted"),
        refused_with("AUTH-14", "an API key that nobody has"),
        refused_with("AUTH-17", "a token in a cookie"),
        written(
            "AUTH-26",
            "Who acts for a person has that person's rights",
            "A service that acts for a person reads and writes what they could, and nothing else.",
        ),
        written(
            "AUTH-23",
            "A refused request changes nothing",
            "After refusals for a credential, the reads that would show the request's effect answer as before.",
        ),
        written(
            "LIFE-01", "The response says what was written", "Fields of the body come back in the response unchanged."
        ),
        written(
            "LIFE-04", "updated_at moves", "Every write moves the updated_at of what it wrote.", "a general promise"
        ),
        written("ISO-02", "A refusal shows nobody's data", "403 and 404 name neither the owner nor their things."),
        written("ISO-03", "Another's request changes nothing", "What a stranger was refused has not happened."),
        written(
            "ISO-08",
            "A create makes something new",
            """A second create with the same address, name or key is a clash, or makes another thing. It never answers
            with the id or the tokens of what was there before.""",
            "a general promise",
        ),
        written(
            "TRAFFIC-01",
            "Requests that are taken are declared",
            """Of recorded or passing traffic: parameters, media type and body of a request that was answered with a
            success are as the document declares them. The client, the server or the document is wrong.""",
        ),
        written(
            "TRAFFIC-02",
            "No request is taken without a credential",
            """Of recorded or passing traffic that has credentials: where the document demands one, a request without
            any is not answered with a success.""",
            "security of the effective document",
        ),
        written("METHOD-02", "A 405 lists the declared methods", "Allow has each declared method and no other."),
        bound("BOUND-03", "A value of another type is refused"),
        bound("BOUND-04", "null is refused where it is not allowed"),
        bound("BOUND-05", "A value that is not listed is refused"),
        bound("BOUND-06", "A number beyond its bounds is refused"),
        bound("BOUND-07", "A text or list beyond its length is refused"),
        bound("BOUND-08", "A text against its format or pattern is refused"),
        bound("BOUND-14", "null is taken where it is allowed"),
        bound("BOUND-15", "Every listed value is taken"),
        bound("BOUND-16", "A number at its bound is taken"),
        bound("BOUND-17", "A text of exactly the allowed length is taken"),
        written("DRIFT-02", "The target's document breaks no promise", "A breaking difference is a warning."),
        bound("BOUND-30", "A request refused as invalid changes nothing"),
        written("BOUND-31", "A refusal says where the mistake is", "It names the field that is wrong."),
        bound("BOUND-32", "A body that is no JSON is refused"),
        written(
            "BOUND-33", "Unknown query parameters are ignored", "A parameter that nobody declares changes nothing."
        ),
    )
}


def rule(id: str, *ops: str) -> pytest.MarkDecorator:  # noqa: A002
    """Mark a test as the proof of a rule on some operations; its docstring says what is promised."""
    import pytest

    return pytest.mark.rule(id, *ops)


def operations(wanted: Callable[[Op, Api], object]) -> pytest.MarkDecorator:
    """Let a test be made for each operation that is wanted, as its parameter `op`.

    The operations are asked for when pytest collects: a suite knows no contract when it is imported.
    """
    import pytest

    return pytest.mark.operations(wanted=wanted)


def documented(suites: Iterable[ModuleType]) -> dict[str, Rule]:
    """Return the rules that stand in docstrings of suites."""
    found: dict[str, Rule] = {}
    for id_, text in _marked(suites):
        title, _, _rest = text.partition("\n")
        known = found.get(id_)
        if known is None:
            found[id_] = Rule(id_, title.rstrip("."), " ".join(text.split()), "" if "-" in id_ else f"rule {id_}")
        elif title.rstrip(".") not in known.explain:
            found[id_] = Rule(id_, known.title, f"{known.explain} {' '.join(text.split())}", known.source)
    return found


def _marked(suites: Iterable[ModuleType]) -> Iterator[tuple[str, str]]:
    for module in suites:
        for _name, test in inspect.getmembers(module, inspect.isfunction):
            for mark in getattr(test, "pytestmark", ()):
                if mark.name == "rule":
                    yield mark.args[0], inspect.getdoc(test) or test.__name__.removeprefix("test_").replace("_", " ")
