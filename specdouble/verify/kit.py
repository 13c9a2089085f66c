"""The one public module of the verifier: what the suites and recipes of a pack may use."""

from __future__ import annotations

from specdouble.verify import streams
from specdouble.verify.cast import PASSWORD, Cast
from specdouble.verify.client import Reply
from specdouble.verify.contract import REGISTRY, Op, contract
from specdouble.verify.credentials import NOBODY, Credential, Person, api_key, bearer, claims
from specdouble.verify.existing import either, first, perhaps, promised, put_back, rows, take_back, veteran
from specdouble.verify.judge import Judge
from specdouble.verify.lending import lent
from specdouble.verify.parts import CARDS
from specdouble.verify.problems import Unmet
from specdouble.verify.recipes import Read, Ready, recipe
from specdouble.verify.record import WARNING
from specdouble.verify.rules import law
from specdouble.verify.served import Unserved
from specdouble.verify.stage import Stage
from specdouble.verify.streams import Event, Stream, listen
from specdouble.verify.wrong import Wrong, almost, forged

__all__ = [
    "CARDS",
    "NOBODY",
    "PASSWORD",
    "REGISTRY",
    "WARNING",
    "Cast",
    "Credential",
    "Event",
    "Judge",
    "Op",
    "Person",
    "Read",
    "Ready",
    "Reply",
    "Stage",
    "Stream",
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
    "law",
    "lent",
    "listen",
    "perhaps",
    "promised",
    "put_back",
    "recipe",
    "rows",
    "streams",
    "take_back",
    "veteran",
]
