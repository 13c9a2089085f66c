"""Rules in a file: YAML or JSON, a list of them, or an object with a list called `faults`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from specdouble.errors import closest
from specdouble.mock.faults.effects import FaultError


def read_rules(path: str) -> list[dict[str, Any]]:
    """Return the rules of a file, none of an empty one; `Faults.know` reads them.

    Raises:
        FaultError: it cannot be read, or holds no list of rules.
        SpecError: it is neither YAML nor JSON; the message says where.

    """
    from specdouble.openapi.reading.document import parse  # only who has such a file needs it

    try:
        data = Path(path).expanduser().read_bytes()
    except OSError as error:
        raise FaultError(f"it cannot be read ({error.strerror or error})", where=path) from None
    found = parse(data, path) if data.strip() else []
    if isinstance(found, dict):
        for key in found:
            if key != "faults":
                raise FaultError(f"there is no key {key!r}", where=path, closest=closest(str(key), ("faults",)),
                                 next_step="Write a list of rules, or an object with a list called faults")  # fmt: skip
        found = found.get("faults")
    found = [] if found is None else found  # nothing but comments, say: rules that were all taken out
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise FaultError("it holds no list of rules", where=path,
                         next_step="Write a list of them, as - {operation: GET /items, status: 500}")  # fmt: skip
    return found
