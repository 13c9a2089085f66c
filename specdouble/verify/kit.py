"""The one public module of the verifier: what the suites and recipes of a pack may use."""

from __future__ import annotations

from specdouble.verify import streams
from specdouble.verify.check import Check
from specdouble.verify.client import Reply
from specdouble.verify.contract import REGISTRY, Op, contract
from specdouble.verify.credentials import NOBODY, Credential, Person, api_key, bearer, claims
from specdouble.verify.given import either, first, perhaps, promised, put_back, rows, take_back, veteran
from specdouble.verify.lending import lent
from specdouble.verify.parts import CARDS
from specdouble.verify.problems import Unmet
from specdouble.verify.recipes import Read, Ready, recipe
from specdouble.verify.record import WARNING
from specdouble.verify.rules import rule
from specdouble.verify.served import Unserved
from specdouble.verify.session import Session
from specdouble.verify.streams import Event, Stream, listen
from specdouble.verify.users import PASSWORD, TestUsers
from specdouble.verify.wrong import Wrong, almost, forged

__all__ = [
    "CARDS",
    "NOBODY",
    "PASSWORD",
    "REGISTRY",
    "WARNING",
    "Check",
    "Credential",
    "Event",
    "Op",
    "Person",
    "Read",
    "Ready",
    "Reply",
    "Session",
    "Stream",
    "TestUsers",
    "Unmet",
    "Unserved",
    "Wrong",
    "almost",
    "api_key",
    "bearer",
    "claims",
    "contract",
    "either",
    "first",
    "forged",
    "lent",
    "listen",
    "perhaps",
    "promised",
    "put_back",
    "recipe",
    "rows",
    "rule",
    "streams",
    "take_back",
    "veteran",
]
