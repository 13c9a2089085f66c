"""The one public module of the verifier: what a pack's suites, recipes and its `VerifierPack` may use."""

from __future__ import annotations

from specdouble.openapi import Op
from specdouble.verify import streams
from specdouble.verify.api import Api
from specdouble.verify.callers import Callers, Tries
from specdouble.verify.check import Check
from specdouble.verify.credentials import NOBODY, Credential, Person, basic, bearer, claims, of_scheme
from specdouble.verify.facts import Facts
from specdouble.verify.given import either, first, perhaps, promised, put_back, rows, take_back
from specdouble.verify.journal import Made
from specdouble.verify.lending import lent
from specdouble.verify.options import Option
from specdouble.verify.pack import VerifierPack, Words
from specdouble.verify.parts import Part, Parts
from specdouble.verify.policy import MAIL, MONEY, PERMANENT, Denied, Reason
from specdouble.verify.preflight import Ask, everywhere
from specdouble.verify.problems import SettingsError, TargetError, Unmet
from specdouble.verify.recipes import Read, Ready, recipe
from specdouble.verify.record import WARNING, Record
from specdouble.verify.reply import Reply
from specdouble.verify.rules import Rule, operations, refused_with, rule, written
from specdouble.verify.safety import Safety
from specdouble.verify.served import Unserved
from specdouble.verify.session import Session
from specdouble.verify.settings import Settings
from specdouble.verify.streams import Event, Stream, listen
from specdouble.verify.suites._matrix import opens, or_blind, refused
from specdouble.verify.traces import Trace
from specdouble.verify.users import TestUsers
from specdouble.verify.wrong import Wrong, almost, foreign_key, forged

__all__ = [
    "MAIL",
    "MONEY",
    "NOBODY",
    "PERMANENT",
    "WARNING",
    "Api",
    "Ask",
    "Callers",
    "Check",
    "Credential",
    "Denied",
    "Event",
    "Facts",
    "Made",
    "Op",
    "Option",
    "Part",
    "Parts",
    "Person",
    "Read",
    "Ready",
    "Reason",
    "Record",
    "Reply",
    "Rule",
    "Safety",
    "Session",
    "Settings",
    "SettingsError",
    "Stream",
    "TargetError",
    "TestUsers",
    "Trace",
    "Tries",
    "Unmet",
    "Unserved",
    "VerifierPack",
    "Words",
    "Wrong",
    "almost",
    "basic",
    "bearer",
    "claims",
    "either",
    "everywhere",
    "first",
    "foreign_key",
    "forged",
    "lent",
    "listen",
    "of_scheme",
    "opens",
    "operations",
    "or_blind",
    "perhaps",
    "promised",
    "put_back",
    "recipe",
    "refused",
    "refused_with",
    "rows",
    "rule",
    "streams",
    "take_back",
    "written",
]
