"""Two ordinary people: who is let in to an operation, and another one."""

from __future__ import annotations

from specdouble.openapi import Op
from specdouble.verify.generated.things import Request
from specdouble.verify.identities import Identity
from specdouble.verify.problems import Unmet
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import workshop


def pair(op: Op, session: Session, check: Check) -> tuple[Request, Identity, Identity] | None:
    """Return a valid request, who sends it, and another person; None where the rule does not apply.

    Raises:
        Unmet: there is no second person.

    """
    shop = workshop(session)
    request = shop.request(op)
    owner = request.identity
    if owner is None or owner.higher or owner is shop.identities.nobody:
        check.does_not_apply("whoever is let in is no ordinary person")
        return None
    other = shop.identities.other(owner)
    if other is None:
        raise Unmet("a second person is needed: --auth FILE with two peers, or --credential twice")
    return request, owner, other
