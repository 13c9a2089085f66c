"""What the rules of calls share."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Credential, Reply

from ...people import Person
from ...session import Session
from ...shared.apps import READ
from ...shared.calling import BATCH, CALL, OPERATE

Doc = dict[str, Any]
VERBS = {"call": CALL, "batch": BATCH, "operate": OPERATE}


def ask(
    session: Session, verb: str, who: Person | Credential, app_id: str, function: str = READ, params: Doc | None = None,
    **body: Any,
) -> Reply:  # fmt: skip
    """Send a call, a batch of one, or an operate with this body."""
    one: Doc = {"function": function, "params": params or {}}
    return session.send(
        VERBS[verb], who, params={"app_id": app_id}, body={**body, **({"calls": [one]} if verb == "batch" else one)}
    )
