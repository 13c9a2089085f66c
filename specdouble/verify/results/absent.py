"""The result of a run that did not take place: every operation unproven, a problem that says why, exit code 3.

It stands in the place of every report until the run has one of its own, so that no reader meets the green report of an
earlier run: not after a failed preflight, not after a crash, not after a kill.
"""

from __future__ import annotations

from typing import Any

from specdouble.openapi import Contract, Document, Service
from specdouble.verify.api.api import Api
from specdouble.verify.api.pack import VerifierPack
from specdouble.verify.problems import SettingsError
from specdouble.verify.results.result import Result
from specdouble.verify.settings.urls import without_userinfo
from specdouble.verify.settings.values import Settings

_EMPTY = Document("unknown", b'{"openapi": "3.1.0", "info": {"title": "", "version": ""}, "paths": {}}')
UNFINISHED = "the run did not end: this report was written when it began"


def absent(why: str, settings: Settings | None = None, target: str = "", api: Api | None = None) -> dict[str, Any]:
    """Return the result; without `settings`, which may be what is wrong, it knows `target` and `api` at most."""
    if settings is None:
        api = api or Api(Contract("unknown", "unknown", (Service("unknown", "unknown", (_EMPTY,), 0),)), VerifierPack())
        try:
            settings = Settings(api, target=without_userinfo(target))
        except SettingsError:
            settings = Settings(api)
    result = Result(settings.but(waivers="", baseline="", write_baseline="", prune_baseline=False))
    result.problem(f"the run did not take place: {why}" if why != UNFINISHED else why)
    for op in result.ops:
        result.proof.unmade["REACH-01", op.id] = ["the run did not take place"]
    return result.data(seconds=0.0)
