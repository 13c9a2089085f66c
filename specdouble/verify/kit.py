"""The one public module of the verifier: what a pack's suites, recipes and its `VerifierPack` may use."""

from __future__ import annotations

from specdouble.openapi import Op
from specdouble.verify.api.api import Api
from specdouble.verify.api.credentials import NOBODY, Credential, Person, basic, bearer, claims, of_scheme
from specdouble.verify.api.facts import Facts, Listed
from specdouble.verify.api.pack import VerifierPack, Words
from specdouble.verify.api.policy import MAIL, MONEY, PERMANENT, Denied, Reason
from specdouble.verify.api.recipes import Read, Ready, recipe
from specdouble.verify.api.rules import Rule, operations, refused_with, rule, written
from specdouble.verify.generated.session import ModelSession
from specdouble.verify.http import streams
from specdouble.verify.http.served import Unserved
from specdouble.verify.http.streams import Event, Stream, listen
from specdouble.verify.problems import SettingsError, TargetError, Unmet
from specdouble.verify.responses.record import WARNING, Record
from specdouble.verify.responses.reply import Reply
from specdouble.verify.responses.stamps import moment, moved
from specdouble.verify.running.preflight import Ask, everywhere
from specdouble.verify.safety.journal import Made
from specdouble.verify.safety.safety import Safety
from specdouble.verify.safety.traces import Trace
from specdouble.verify.session.check import Check
from specdouble.verify.session.derived import about, changes, made
from specdouble.verify.session.given import either, first, perhaps, promised, put_back, rows, take_back
from specdouble.verify.session.session import Session
from specdouble.verify.settings.options import Option
from specdouble.verify.settings.values import Settings
from specdouble.verify.suites._responses import rows_in, without_volatile
from specdouble.verify.suites.access._matrix import opens, or_blind, refused
from specdouble.verify.users.callers import Callers, Tries
from specdouble.verify.users.lending import lent
from specdouble.verify.users.parts import Part, Parts
from specdouble.verify.users.users import TestUsers
from specdouble.verify.users.wrong import Wrong, foreign_key, forged

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
    "Listed",
    "Made",
    "ModelSession",
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
    "about",
    "basic",
    "bearer",
    "changes",
    "claims",
    "either",
    "everywhere",
    "first",
    "foreign_key",
    "forged",
    "lent",
    "listen",
    "made",
    "moment",
    "moved",
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
    "rows_in",
    "rule",
    "streams",
    "take_back",
    "without_volatile",
    "written",
]
