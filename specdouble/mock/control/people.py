"""Whom requests can be made as: the people of a world with tokens for them, and the credentials to send."""

from __future__ import annotations

from typing import Any

from specdouble.errors import closest
from specdouble.mock.boot import Platform
from specdouble.mock.control.actions import PREFIX, Action, Params, takes
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.collections import Doc
from specdouble.mock.state.world import World


def people(platform: Platform) -> dict[str, tuple[str, Action]]:
    """Return the actions that tell and sign in the people of a platform's worlds."""

    def show(world: World, _params: Params, _body: Doc) -> Any:
        principals = world.principals
        return {
            "columns": [{"title": column.title, "code": column.code} for column in principals.columns],
            "people": [
                {
                    "id": one[principals.id],
                    "name": principals.columns[0].of(one) if principals.columns else str(one[principals.id]),
                    "columns": [column.of(one) for column in principals.columns],
                }
                for one in principals.of(world)
            ],
            "credentials": [list(line) for line in platform.credentials(world)],
            "tokens": principals.sign_in is not None,
        }

    return {
        f"GET {PREFIX}/people": ("List the people of the world, and the credentials to send", show),
        f"POST {PREFIX}/tokens": ('Issue an access token for one of the people: {"id": …}', _sign_in),
    }


@takes(id=str)
def _sign_in(world: World, _params: Params, body: Doc) -> Any:
    principals = world.principals
    if principals.sign_in is None:
        raise Problem(404, f"This API has no tokens of people; GET {PREFIX}/people lists the credentials to send.")
    wanted = body.get("id")
    everybody = world.state[principals.collection]
    person = everybody.get(wanted)
    if person is None:
        near = closest(str(wanted), [str(one[principals.id]) for one in principals.of(world)])
        hint = f" Did you mean {near}?" if near else ""
        raise Problem(404, f"There is nobody whose {principals.id} is {str(wanted)[:80]!r}.{hint}")
    return {"id": wanted, "token": principals.sign_in(world, person)}
