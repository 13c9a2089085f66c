"""The rules: a stable id for everything that can be violated, with an explanation for people.

Rules with a hyphen are general and stand here. Statements of the contract (`A07`, `B03` …) are rules too; their text
is the docstring of the test that proves them, so it stands once, beside the check.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

FAMILIES = {
    "REACH": "a valid request is taken",
    "SCHEMA": "the form of every response",
    "SECRET": "nothing secret in responses",
    "AUTH": "who may call",
    "GATE": "service-only operations",
    "LIFE": "what is written is there",
    "ISO": "data of one user that another must never see",
    "PAGE": "pagination",
    "FILTER": "filters and search",
    "SORT": "order of lists",
    "BOUND": "validation of requests",
    "METHOD": "methods and paths",
    "LAW": "statements of the contract",
    "MODEL": "random sequences against a model",
    "FUZZ": "random and hostile requests",
    "STREAM": "event streams",
    "DRIFT": "the target's own document",
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
        """The family: AUTH of AUTH-07, LAW of a statement."""
        return family(self.id)


def family(rule: str) -> str:
    """Return the family of a rule: AUTH of AUTH-07, LAW of a statement such as B03."""
    return rule.partition("-")[0] if "-" in rule else "LAW"


def _rule(id: str, title: str, explain: str, source: str = "the effective document") -> Rule:  # noqa: A002
    return Rule(id, title, " ".join(explain.split()), source)


def _auth(id: str, what: str) -> Rule:  # noqa: A002
    return _rule(
        id, f"Refused: {what}",
        f"A request with {what} is answered with 401 (403 counts too), whatever its body says, and changes nothing.",
        "security of the effective document",
    )  # fmt: skip


def _bound(id: str, title: str) -> Rule:  # noqa: A002
    return _rule(
        id, title, f"{title}. The bounds are those of the operation's schema; a refusal is 422 (400 counts too)."
    )


GENERAL = {
    rule.id: rule
    for rule in (
        _rule(
            "REACH-01",
            "A valid request is taken",
            """A request with a good credential, a valid body and live ids must answer its declared success. The run
            made everything that the request needs through the API itself, so a refusal here is the target's.""",
        ),
        _rule(
            "REACH-02",
            "The operation is served",
            """The target answers 404 or 405 as for a path that it does not know. Use --only to verify a part of the
            API, or waive what is not there yet.""",
        ),
        _rule(
            "SCHEMA-01", "The status is declared", "An operation answers only with statuses that its document declares."
        ),
        _rule("SCHEMA-02", "The server does not fail", "No request, however odd, is answered with an undeclared 5xx."),
        _rule(
            "SCHEMA-03", "The content type is declared", "The body has a media type that the document declares for it."
        ),
        _rule("SCHEMA-04", "The body keeps its schema", "Fields, types, enums, formats and nulls are as declared."),
        _rule(
            "SCHEMA-05",
            "No fields beyond the schema",
            "Responses are closed objects. A further field is a warning, and a violation with --strict.",
        ),
        _rule(
            "SCHEMA-06",
            "Required headers are there",
            "Headers that a response declares as required are sent and valid.",
        ),
        _rule("SCHEMA-07", "Timestamps are RFC 3339 in UTC", "Every time has a date, a T, a time and Z.", "rule E10"),
        _rule("SCHEMA-08", "A response arrives", "The connection does not break and the response comes in time."),
        _rule("SECRET-01", "A secret is shown once", "Tokens, keys and passwords never come back in a later response."),
        _rule("SECRET-02", "Keys show their public half", "A JWK has no private member.", "RFC 7517"),
        _rule(
            "SECRET-04",
            "Nothing that looks like a secret",
            """Private keys, password hashes and the numbers of payment cards are in no response; tokens, keys only in
            the fields that the document declares for them. What the request itself said may come back.""",
            "domain invariants",
        ),
        _rule(
            "SECRET-03", "No inside in responses", "No stack traces, password hashes or database settings in responses."
        ),
        _auth("AUTH-02", "an Authorization header without a token, or an empty API key"),
        _auth("AUTH-03", "garbage in place of a token"),
        _auth("AUTH-04", "a token with another scheme, or with none"),
        _auth("AUTH-05", "HTTP Basic"),
        _auth("AUTH-06", "a token whose payload was changed after signing"),
        _auth("AUTH-07", "a token whose signature is cut, changed or missing"),
        _auth("AUTH-08", "an unsigned token (alg none)"),
        _auth("AUTH-09", "a token signed with HS256 or with a foreign key"),
        _auth("AUTH-10", "a token that has expired"),
        _auth("AUTH-11", "a refresh token in place of an access token"),
        _auth("AUTH-12", "the access token of a session that was logged out"),
        _auth("AUTH-13", "an API key that was deleted"),
        _auth("AUTH-14", "an API key that nobody has"),
        _auth("AUTH-15", "the service token or the Registry's key in a person's place"),
        _auth("AUTH-16", "the header X-Acting-User without a service token"),
        _auth("AUTH-17", "a token in a cookie"),
        _auth("AUTH-22", "the service token with an acting user, where the document does not declare it"),
        _rule(
            "AUTH-26",
            "An acting user has the rights of their own bearer",
            """The service token with X-Acting-User: U is answered as U's own bearer is, on reads and on writes: what U
            may not do is refused with 403, about others and about themselves. Only an administrator changes roles,
            rights and what belongs to others.""",
            "rule S13",
        ),
        _rule(
            "AUTH-23",
            "A refused request changes nothing",
            "After refusals for a credential, the reads that would show the request's effect answer as before.",
        ),
        _rule(
            "GATE-02",
            "Only the service token itself is one",
            """A prefix of it, more than it, another case, an empty
            or a wrong one is refused with 401 or 403, also beside a good bearer.""",
            "rules S01-S09",
        ),
        _rule(
            "GATE-03",
            "An acting user does not make a person a service",
            "A person's bearer with X-Acting-User opens no service-only operation.",
            "rules S08, S14",
        ),
        _rule(
            "LIFE-01", "The response says what was written", "Fields of the body come back in the response unchanged."
        ),
        _rule("LIFE-04", "updated_at moves", "Every write moves the updated_at of what it wrote.", "domain invariants"),
        _rule("ISO-02", "A refusal shows nobody's data", "403 and 404 name neither the owner nor their things."),
        _rule("ISO-03", "Another's request changes nothing", "What a stranger was refused has not happened."),
        _rule(
            "ISO-08",
            "A create makes something new",
            """A second create with the same address, name or key is a clash, or makes another thing. It never answers
            with the id or the tokens of what was there before.""",
            "domain invariants",
        ),
        _rule("METHOD-02", "A 405 lists the declared methods", "Allow has each declared method and no other."),
        _bound("BOUND-03", "A value of another type is refused"),
        _bound("BOUND-04", "null is refused where it is not allowed"),
        _bound("BOUND-05", "A value that is not listed is refused"),
        _bound("BOUND-06", "A number beyond its bounds is refused"),
        _bound("BOUND-07", "A text or list beyond its length is refused"),
        _bound("BOUND-08", "A text against its format or pattern is refused"),
        _bound("BOUND-14", "null is taken where it is allowed"),
        _bound("BOUND-15", "Every listed value is taken"),
        _bound("BOUND-16", "A number at its bound is taken"),
        _bound("BOUND-17", "A text of exactly the allowed length is taken"),
        _rule("DRIFT-02", "The target's document breaks no promise", "A breaking difference is a warning."),
        _bound("BOUND-30", "A request refused as invalid changes nothing"),
        _rule("ISO-201", "Cards are their owner's", "A card that one person saves is not among another's."),
        _rule("ISO-202", "A billing profile is its owner's", "What one person saves is not in another's profile."),
        _rule("ISO-203", "News of a payment are its payer's", "Nobody else's event stream tells of a payment."),
        _rule("ISO-204", "The record of a callback is its app's owner's", "Nobody else sees it, and it holds no body."),
        _rule("STREAM-02", "What is published arrives", "An event reaches every open stream of its person in time."),
        _rule(
            "A18", "A token in the query is repeated nowhere", "No refusal repeats a token of the query.", "rule A18"
        ),
        _rule(
            "E01",
            "A 422 says where the mistake is",
            "detail is a list of objects with loc, msg and type; loc starts with body, query, path or header.",
            "rule E01",
        ),
        _rule(
            "E02",
            "Malformed JSON is a 422",
            "A body that is no JSON is refused as invalid, 422 (or 400).",
            "rule E02",
        ),
        _rule(
            "E03",
            "A structured refusal has an error_code",
            "Where detail is an object, it has an error_code in SCREAMING_SNAKE, which clients read first.",
            "rule E03",
        ),
        _rule("E13", "A 429 says when to come back", "A refusal for too many requests has Retry-After.", "rule E13"),
    )
}


def rule(id: str, *ops: str) -> pytest.MarkDecorator:  # noqa: A002
    """Mark a test as the proof of a rule on some operations; its docstring says what is promised."""
    import pytest

    return pytest.mark.rule(id, *ops)


@cache
def documented() -> dict[str, Rule]:
    """Return the rules that stand in docstrings of the suites."""
    found: dict[str, Rule] = {}
    for id_, text in _marked():
        title, _, _rest = text.partition("\n")
        known = found.get(id_)
        if known is None:
            found[id_] = Rule(id_, title.rstrip("."), " ".join(text.split()), "" if "-" in id_ else f"rule {id_}")
        elif title.rstrip(".") not in known.explain:
            found[id_] = Rule(id_, known.title, f"{known.explain} {' '.join(text.split())}", known.source)
    return found


def _marked() -> Iterator[tuple[str, str]]:
    from specdouble.verify.places import modules

    for module in modules():
        for _name, test in inspect.getmembers(module, inspect.isfunction):
            for mark in getattr(test, "pytestmark", ()):
                if mark.name == "rule":
                    yield mark.args[0], inspect.getdoc(test) or test.__name__.removeprefix("test_").replace("_", " ")


def find(id: str) -> Rule | None:  # noqa: A002
    """Return a rule by its id, or None."""
    return GENERAL.get(id) or documented().get(id)


@cache
def all_rules() -> dict[str, Rule]:
    """Return every rule by id: the general ones, then the statements."""
    return {**GENERAL, **{id_: one for id_, one in sorted(documented().items()) if id_ not in GENERAL}}
