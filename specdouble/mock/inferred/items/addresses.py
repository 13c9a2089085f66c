"""Where an item is found: its own URL."""

from __future__ import annotations

from urllib.parse import quote

from specdouble.mock.inferred.act import Act
from specdouble.mock.inferred.api import Kind
from specdouble.openapi.values.context import Context


def address(act: Act, kind: Kind, key: str, context: Context) -> str:
    """Return the URL of an item, an example where no path leads to it."""
    path = kind.resource.item
    if not path or kind.key is None:
        return f"{context.base}/{quote(kind.name)}/{quote(key, safe='')}"
    for name, value in {**act.call.params, kind.key.parameter: key}.items():
        path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
    host = act.call.headers.get("host")
    return f"{f'http://{host}' if host else context.base}{act.api.base}{path}"
