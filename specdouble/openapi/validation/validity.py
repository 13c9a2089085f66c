"""Whether values fit the schemas of a document, and if not, why."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from specdouble.openapi.pointers import join
from specdouble.openapi.schemas.cutter import Cutter
from specdouble.openapi.schemas.universe import Universe
from specdouble.openapi.schemas.values import Values
from specdouble.openapi.validation.compiled import UNSENT, Schemas
from specdouble.openapi.validation.telling import errors_of


class Validity:
    """Checks values by the schemas of one document.

    What fits is found by our own reading of schemas, which is quick. What does not is checked once more by a validator,
    which then says why; members that are not part of a direction are not asked for.
    """

    def __init__(self, document: dict[str, Any], version: str) -> None:
        self.document = document
        self.universe = Universe((document, version))
        self.values = Values(Cutter(self.universe), strict=True)
        self._forgiving = {reading: Values(self.values.cutter, True, unsent) for reading, unsent in UNSENT.items()}

    def mistakes(self, value: Any, schema: Any, reading: str = "") -> Iterator[tuple[str, str]]:
        """Yield where in a value its schema refuses it, and why."""
        reading = reading or "either"
        if self._forgiving[reading].fits(value, self.universe.add(schema, 0)):
            return
        for found in errors_of(self._schemas.validator(schema, reading), value):
            yield join(map(str, found.instance_path)), (found.message.splitlines() or [""])[0][:200]

    @cached_property
    def _schemas(self) -> Schemas:
        return Schemas(self.document)
