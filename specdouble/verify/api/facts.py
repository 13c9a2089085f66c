"""What the general suites must know of an operation that its document does not say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from specdouble.verify.api.credentials import Credential


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The facts about one operation; a pack writes down those that differ from the usual.

    Requests: `any_body` is taken whatever it says (its receiver leaves it to somebody else); `any_request` is the
    reason why an invalid request is taken; `meaningful` are fields whose values inside the schema may be refused for
    what they mean; `one_of` says that one of several fields must be there, which `required` cannot say; `twins` are two
    names of one value; `free` are path parameters that name nothing which must exist; `ends_callers` says that it takes
    the account or the session of whoever sends it, so that no random request goes there; `public_id` says that its id
    names what is everybody's.

    Responses: `echoes_other` are fields that come back with another meaning; `not_shown` are fields that no read shows
    again; `write_only` says that who writes may not read; `secret` that it may show a secret again; `restless` that two
    reads may differ for a good reason; `common` that the rows of a list are everybody's; `not_theirs` that the response
    is not the caller's, though a person signs in.

    Lists: `whole` is the query with which a list shows everything; `like_written` are parameters that take the written
    field of the same name, else this value.

    Lifecycles: `partial` says that a PUT changes what it names and nothing else; `repeatable` that a second DELETE is
    answered like the first; `no_clash` that a second create is something else than a clash; `moves_with` are fields
    that change with another one; `alone` says that it changes what there is only one of, so that its tests are made
    while no other one runs.
    """

    any_body: bool = False
    any_request: str = ""
    meaningful: Mapping[str, str] = field(default_factory=dict)
    one_of: bool = False
    twins: Mapping[str, str] = field(default_factory=dict)
    free: frozenset[str] = frozenset()
    ends_callers: bool = False
    public_id: bool = False
    echoes_other: frozenset[str] = frozenset()
    not_shown: frozenset[str] = frozenset()
    write_only: bool = False
    secret: bool = False
    restless: bool = False
    common: bool = False
    not_theirs: bool = False
    whole: Mapping[str, object] = field(default_factory=dict)
    like_written: Mapping[str, str] = field(default_factory=dict)
    partial: bool = False
    repeatable: bool = False
    no_clash: bool = False
    moves_with: Mapping[str, str] = field(default_factory=dict)
    alone: bool = False


USUAL = Facts()


@dataclass(frozen=True, kw_only=True)
class Listed:
    """The filters and the order of one list.

    `reader` takes the session and returns the credential of somebody for whom the list shows several rows that differ
    and that nothing changes any more (see `Session.shared`); with the query `whole` it shows all of them.

    `equal` are filters, by parameter the field whose value they name; `search` are parameters with the fields that
    they look into; `since` and `until` are the parameters of the earliest and latest `time` to include. A list with a
    `time` has the newest first.
    """

    reader: Callable[[Any], Credential]
    whole: Mapping[str, Any] = field(default_factory=dict)
    equal: Mapping[str, str] = field(default_factory=dict)
    search: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    since: str = ""
    until: str = ""
    time: str = ""
