"""The handler of each operation that no function binds, by the role that the model gives it."""

from __future__ import annotations

from collections.abc import Callable

from specdouble.mock.inferred.act import Act
from specdouble.mock.inferred.api import Api
from specdouble.mock.inferred.effects.answering import with_effects
from specdouble.mock.inferred.operations import derived, files, lists, read, sets, singles, streams
from specdouble.mock.inferred.operations.acting import actions
from specdouble.mock.inferred.operations.acting.callbacks import send_all
from specdouble.mock.inferred.operations.writing import change, create
from specdouble.mock.inferred.responses.success import respond, status_of
from specdouble.mock.pipeline.call import Call, Response
from specdouble.mock.pipeline.problems import Problem
from specdouble.openapi import Operation
from specdouble.openapi.media_types import is_json
from specdouble.openapi.model.parts import Operation as Meaning
from specdouble.openapi.values.make import MISSING

Answering = Callable[[Act], Response]


def _example(act: Act) -> Response:
    """Answer with an example of the document that is valid, else with a value of the schema."""
    _, declared = status_of(act, "action")
    shown = (one for kind, one in (declared.content or {}).items() if is_json(kind) and one.has_example)
    fits = (one.example for one in shown if act.api.maker.checks.fits(one.schema, one.example))
    return respond(act, next(fits, MISSING))


BY_ROLE: dict[str, Answering] = {
    "create": create.create,
    "list": lists.list_items,
    "read": read.read_item,
    "replace": change.replace_item,
    "update": change.update_item,
    "upsert": change.upsert,
    "delete": change.delete_item,
    "delete-many": change.delete_many,
    "find": lists.find,
    "action": actions.act_on,
    "singleton-read": singles.read_single,
    "singleton-write": singles.write_single,
    "singleton-delete": singles.delete_single,
    "set-add": sets.add_members,
    "set-remove": sets.remove_members,
    "set-check": sets.check_members,
    "derived": derived.derive,
    "upload": files.upload,
    "download": files.download,
    "stream": streams.stream,
    "none": _example,
}


def handler_of(api: Api, spec: Operation, meaning: Meaning) -> Callable[[Call], Response]:
    """Return the function that answers an operation: by its role, and by the effects that are declared."""
    answer = BY_ROLE.get(meaning.role, _example)
    if never := never_succeeds(spec):

        def answer(_act: Act) -> Response:
            if 101 in spec.responses:
                raise Problem(never, "The connection would have to change its protocol, and this server does not.")
            raise Problem(never, f"{spec.responses[never].description or spec.summary}")

    def handler(call: Call) -> Response:
        act = Act(api, call, spec, meaning)
        act.items.last = None
        given = with_effects(act, answer) if meaning.effects else answer(act)
        if api.streams:
            streams.announce(act)
        if api.callbacks or api.webhooks:
            send_all(act, given)
        return given

    return handler


_ALWAYS = frozenset({403, 405, 410, 501, 503})


def never_succeeds(spec: Operation) -> int:
    """Return the status of an operation that refuses always, 0 for any other.

    All that it declares is one refusal that has nothing to do with the request, or its success is a change of
    protocol, which this server cannot make.
    """
    given = list(spec.responses)
    refusals = [one for one in given if 400 <= one < 600]
    if len(given) == 1 and given[0] in _ALWAYS:
        return given[0]
    if 101 in given and refusals and not any(one in (0, 2, 3) or 200 <= one < 400 for one in given):
        return next((one for one in (426, 400, 501) if one in refusals), refusals[0])
    return 0
