"""What a list chooses and how it orders: declared once by a pack, checked by one suite."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from specdouble.verify.api.credentials import Credential


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
