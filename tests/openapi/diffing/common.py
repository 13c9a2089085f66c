"""How cases are noted, and the parts that they share."""

from __future__ import annotations

from typing import Any

from tests.openapi.diff_cases import TEXT, WHOLE

Case = tuple[str, str, Any, Any]
LIST = {"type": "array", "items": TEXT}
JSON = {"application/json": {"schema": TEXT}}
OK = {"description": "ok"}
BODY = {"description": "ok", "content": JSON}
WHOLE_BODY = {"description": "ok", "content": {"application/json": {"schema": WHOLE}}}


class Cases(list[Case]):
    """A list of pairs of documents: name, verdict, older and newer."""

    def __call__(self, name: str, expected: str, old: Any, new: Any) -> None:
        self.append((name, expected, old, new))

    def there_and_back(self, name: str, there: str, back: str, old: Any, new: Any) -> None:
        self(name, there, old, new)
        self(f"{name}-back", back, new, old)
