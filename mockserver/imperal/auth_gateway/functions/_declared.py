"""How the platform's own apps declare their functions: one entry gives the code and what the manifest says of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from specdouble.mock.kit import Doc

from ._outcomes import Function

TEXT: Doc = {"type": "string"}
FLAG: Doc = {"type": "boolean"}
WHOLE: Doc = {"type": "integer", "minimum": 1}
COUNT: Doc = {"type": "integer", "minimum": 0}
TEXTS: Doc = {"type": "array", "items": {"type": "string"}}
OBJECT: Doc = {"type": "object"}


def one_of(*values: str) -> Doc:
    """Return the schema of a text that is one of a few."""
    return {"type": "string", "enum": list(values)}


def up_to(most: int) -> Doc:
    """Return the schema of a whole number from 1 to ``most``."""
    return {"type": "integer", "minimum": 1, "maximum": most}


@dataclass(frozen=True, slots=True)
class Declared:
    """A function of a platform app: ``action_type`` is read, write or destructive, ``params`` the properties."""

    run: Function
    action_type: str
    description: str
    params: dict[str, Doc]
    required: tuple[str, ...]

    def tool(self, name: str) -> Doc:
        """Write the function as a tool of a manifest."""
        schema: Doc = {"type": "object", "properties": self.params} if self.params else {}
        if self.required:
            schema["required"] = list(self.required)
        return {
            "name": name,
            "description": self.description,
            "action_type": self.action_type,
            "params_schema": schema,
        }


class Functions(dict[tuple[str, str], Declared]):
    """The functions of one app, by app and name, in the order in which they are declared."""

    def __init__(self, app_id: str) -> None:
        super().__init__()
        self.app_id = app_id

    def add(
        self, name: str, action_type: str, description: str, /, *required: str, **params: Doc
    ) -> Callable[[Function], Function]:
        """Declare the decorated function under a name; ``params`` are schemas, ``required`` those that must come."""

        def declare(run: Function) -> Function:
            self[self.app_id, name] = Declared(run, action_type, description, params, required)
            return run

        return declare


def tools(functions: dict[tuple[str, str], Declared], app_id: str) -> list[dict[str, Any]]:
    """Return the tools of an app's manifest."""
    return [declared.tool(name) for (owner, name), declared in functions.items() if owner == app_id]
