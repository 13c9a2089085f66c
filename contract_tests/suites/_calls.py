"""What the laws of calls share."""

from __future__ import annotations

from typing import Any

from contract_tests.apps import READ
from contract_tests.calling import BATCH, CALL, OPERATE
from contract_tests.client import Reply
from contract_tests.credentials import Credential, Person
from contract_tests.stage import Stage

Doc = dict[str, Any]
VERBS = {"call": CALL, "batch": BATCH, "operate": OPERATE}


def ask(
    stage: Stage, verb: str, who: Person | Credential, app_id: str, function: str = READ, params: Doc | None = None,
    **body: Any,
) -> Reply:  # fmt: skip
    """Send a call, a batch of one, or an operate with this body."""
    one: Doc = {"function": function, "params": params or {}}
    return stage.send(
        VERBS[verb], who, params={"app_id": app_id}, body={**body, **({"calls": [one]} if verb == "batch" else one)}
    )
