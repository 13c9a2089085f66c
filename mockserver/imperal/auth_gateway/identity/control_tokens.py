"""Tokens that the control plane issues, and the vault that it takes away."""

from __future__ import annotations

from specdouble.mock.kit import Doc, Problem, World, control

from ... import _options
from .. import _controls
from ..developer import _secrets
from . import _tokens


@control(
    "POST /__mock__/extension-token",
    'Issue an app\'s token for a user: {"ext_id": …, "user_id": …}',
    ext_id=str,
    email=str,
    tenant_id=str,
    user_id=str,
)
def extension_token(world: World, _params: Doc, body: Doc) -> Doc:
    """Issue the token with which an app reads a user's secrets (rule K02); it needs no session."""
    app = _controls.app(world, body.get("ext_id"))
    return _tokens.extension_token(world, _controls.person(world, body), app["app_id"])


@control(
    "POST /__mock__/access-token",
    'Issue an access token of some life: {"user_id": …, "seconds": -60}',
    seconds=int,
    email=str,
    tenant_id=str,
    user_id=str,
)
def access_token(world: World, _params: Doc, body: Doc) -> Doc:
    """Open a session whose access token lives so many seconds; below zero it has ended already."""
    seconds = body.get("seconds", _options.of(world).token_seconds)
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        raise Problem(422, "seconds must be a whole number; below zero the token has ended already.")
    return _tokens.open_session(world, _controls.person(world, body), surface="api", seconds=seconds)


@control("POST /__mock__/vault", 'Take the key vault away or bring it back: {"available": false}', available=bool)
def vault(world: World, _params: Doc, body: Doc) -> Doc:
    """Take the key vault away: secrets then answer 503 (rule K09)."""
    available, faults = body.get("available"), world.state["faults"]
    if not isinstance(available, bool):
        raise Problem(422, 'Send {"available": false} or {"available": true}.')
    if not available:
        faults.put({"name": _secrets.VAULT})
    elif _secrets.VAULT in faults:
        faults.remove(_secrets.VAULT)
    return {"available": available}
