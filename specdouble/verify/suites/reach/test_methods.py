"""Methods and paths: what a path does not declare is refused as such."""

from __future__ import annotations

from specdouble.openapi import Op
from specdouble.verify.api.api import Api
from specdouble.verify.api.chosen import chosen_ops
from specdouble.verify.api.rules import operations, rule
from specdouble.verify.problems import Unmet
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def first(op: Op, api: Api) -> bool:
    """Whether an operation is the first one of its path."""
    return op is next(one for one in api.contract.ops if (one.service, one.spec.path) == (op.service, op.spec.path))


def _like(one: str, other: str) -> bool:
    """Whether a request to one path may be meant for the other: parameters stand for any segment."""
    parts, others = one.split("/"), other.split("/")
    if len(parts) != len(others):
        return False
    return all(a == b or a.startswith("{") or b.startswith("{") for a, b in zip(parts, others, strict=True))


def declared(api: Api, op: Op) -> set[str]:
    """Return the methods of every path that a request to this one may be meant for."""
    return {
        one.spec.method for one in api.contract.ops if one.service == op.service and _like(one.spec.path, op.spec.path)
    }


def _values(op: Op) -> dict[str, str]:
    path = [one for one in op.spec.parameters if one.location == "path"]
    return {one.name: "999999997" if "integer" in str(one.schema) else "x1" for one in path}


@rule("METHOD-01")
@operations(first)
def test_undeclared_methods_are_refused(op: Op, session: Session, check: Check) -> None:
    """A method that a path does not declare is 405, and Allow lists those that it does.

    404 is taken too where the path has parameters and nothing stands there.
    """
    if not session.settings.allow_destructive:
        raise Unmet("undeclared methods may do anything on a target with such a fault: --allow-destructive")
    chosen = chosen_ops(session.settings)
    own = {one.spec.method for one in chosen if (one.service, one.spec.path) == (op.service, op.spec.path)}
    values = _values(op)
    session.client.own(*values.values())
    for method in METHODS:
        if method in declared(session.api, op):
            continue
        reply = session.client.undeclared(op, method, session.users.someone(op), values)
        if not check.that(
            reply.status in ((405, 404) if values else (405,)),
            f"{method} is answered with {reply.status}",
            reply,
            op=op,
            expected="405",
            about=method,
        ):
            continue
        if reply.status == 405:
            allow = {one.strip().upper() for one in reply.headers.get("allow", "").split(",") if one.strip()}
            check.that(
                own <= allow and method not in allow and not (allow & set(METHODS)) - declared(session.api, op),
                f"the 405 of {method} has a wrong Allow",
                reply,
                op=op,
                rule="METHOD-02",
                about="allow",
                expected=", ".join(sorted(own)),
                got=reply.headers.get("allow", "no Allow"),
            )


@rule("METHOD-03")
@operations(lambda op, api: api.is_health(op))
def test_an_unknown_path_is_404(op: Op, session: Session, check: Check) -> None:
    """A path that no document knows is 404, with or without a credential, and never a success."""
    base = session.settings.urls[op.service]
    if not base:
        check.does_not_apply("the service has no URL in this run")
    for path in session.api.unknown_paths(op.service) if base else ():
        reply = session.client.undeclared_path(op, base + path, session.users.someone(op))
        check.that(
            reply.status in (401, 403, 404),
            f"{path} is answered with {reply.status}",
            reply,
            op=op,
            expected="404",
            about=path,
        )
