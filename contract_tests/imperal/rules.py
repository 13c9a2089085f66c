"""Rules of Imperal Cloud that are judged beside others, so that no test has their text as its docstring."""

from __future__ import annotations

from specdouble.verify.kit import refused_with, written

RULES = (
    refused_with("AUTH-15", "the service token or the Registry's key in a person's place"),
    refused_with("AUTH-16", "the header X-Acting-User without a service token"),
    refused_with("AUTH-22", "the service token with an acting user, where the document does not declare it"),
    written(
        "AUTH-26",
        "An acting user has the rights of their own bearer",
        """The service token with X-Acting-User: U is answered as U's own bearer is, on reads and on writes: what U
        may not do is refused with 403, about others and about themselves. Only an administrator changes roles,
        rights and what belongs to others.""",
        "rule S13",
    ),
    written(
        "GATE-02",
        "Only the service token itself is one",
        """A prefix of it, more than it, another case, an empty
        or a wrong one is refused with 401 or 403, also beside a good bearer.""",
        "rules S01-S09",
    ),
    written(
        "GATE-03",
        "An acting user does not make a person a service",
        "A person's bearer with X-Acting-User opens no service-only operation.",
        "rules S08, S14",
    ),
    written("ISO-201", "Cards are their owner's", "A card that one person saves is not among another's."),
    written("ISO-202", "A billing profile is its owner's", "What one person saves is not in another's profile."),
    written("ISO-203", "News of a payment are its payer's", "Nobody else's event stream tells of a payment."),
    written("ISO-204", "The record of a callback is its app's owner's", "Nobody else sees it, and it holds no body."),
    written("STREAM-02", "What is published arrives", "An event reaches every open stream of its person in time."),
    written("A18", "A token in the query is repeated nowhere", "No refusal repeats a token of the query.", "rule A18"),
    written(
        "E01",
        "A 422 says where the mistake is",
        "detail is a list of objects with loc, msg and type; loc starts with body, query, path or header.",
        "rule E01",
    ),
    written(
        "E02",
        "Malformed JSON is a 422",
        "A body that is no JSON is refused as invalid, 422 (or 400).",
        "rule E02",
    ),
    written(
        "E03",
        "A structured refusal has an error_code",
        "Where detail is an object, it has an error_code in SCREAMING_SNAKE, which clients read first.",
        "rule E03",
    ),
    written(
        "E04",
        "What nobody declares filters nothing",
        "Unknown query parameters are never refused: `?since=`, `hours=` and `actor=` narrow no list.",
        "rule E04",
    ),
    written("E13", "A 429 says when to come back", "A refusal for too many requests has Retry-After.", "rule E13"),
)
FAMILIES = {"GATE": "service-only operations"}
