"""The servers of a document: addresses with variables in them, and the base path that each one sets before paths."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

_VARIABLE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True)
class Variable:
    """A variable of a server's address; `enum` lists the values that it may have, if it is not free."""

    default: str
    enum: tuple[str, ...] = ()


@dataclass(frozen=True)
class Server:
    """One server: its address as the document prints it, absolute or relative to the document."""

    template: str
    variables: Mapping[str, Variable] = field(default_factory=dict)
    description: str = ""

    def url(self, **values: str) -> str:
        """Return the address with its variables filled in, by their defaults where no value is given.

        Raises:
            ValueError: the address has no such variable, or the variable does not take that value.

        """
        for name, value in values.items():
            known = self.variables.get(name)
            if known is None:
                raise ValueError(
                    f"{self.template} has no variable {name}; it has {', '.join(self.variables) or 'none'}"
                )
            if known.enum and value not in known.enum:
                raise ValueError(f"{name} of {self.template} is one of {', '.join(known.enum)}, not {value}")
        return _VARIABLE.sub(lambda found: values.get(found[1], self._default(found)), self.template)

    def _default(self, found: re.Match[str]) -> str:
        known = self.variables.get(found[1])
        return known.default if known else found[0]

    @property
    def base_path(self) -> str:
        """The path of the address with defaults filled in, without the slash at its end."""
        return _path(self.url())


def read_servers(raw: Any) -> tuple[Server, ...]:
    """Return the servers of a list in the document; what is no server is left out."""
    found = []
    for one in raw if isinstance(raw, list) else ():
        if isinstance(one, dict) and isinstance(one.get("url"), str):
            given = one.get("variables")
            variables = {
                str(name): _variable(value)
                for name, value in (given.items() if isinstance(given, dict) else ())
                if isinstance(value, dict)
            }
            found.append(Server(one["url"], variables, str(one.get("description") or "")))
    return tuple(found)


def _variable(raw: dict[str, Any]) -> Variable:
    enum = tuple(map(str, raw["enum"])) if isinstance(raw.get("enum"), list) else ()
    return Variable(str(raw.get("default", enum[0] if enum else "")), enum)


def _path(url: str) -> str:
    """Return the decoded path of an address, without the slash at its end."""
    try:
        path = urlsplit(url if "://" in url or url.startswith("/") else f"/{url}").path
    except ValueError:  # brackets that are no address
        path = ""
    return unquote(path).rstrip("/")
