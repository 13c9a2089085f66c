"""Security requirements and servers: what they name must be defined."""

import re
from collections.abc import Iterator
from typing import Any

from specdouble.openapi.errors import closest
from specdouble.openapi.lint.context import Context
from specdouble.openapi.lint.finding import Finding
from specdouble.openapi.pointers import escape


def check_security(context: Context) -> Iterator[Finding]:
    """Check the requirements of the document and of every operation."""
    components = context.document.get("components")
    schemes = context.mapping(components.get("securitySchemes") if isinstance(components, dict) else None)
    given = [("/security", context.document.get("security"))]
    given += [(f"{one.pointer}/security", one.value.get("security")) for one in context.operations]
    for where, requirements in given:
        for index, requirement in enumerate(requirements if isinstance(requirements, list) else ()):
            for name, scopes in requirement.items() if isinstance(requirement, dict) else ():
                yield from _requirement(context, schemes, name, scopes, f"{where}/{index}/{escape(name)}")


def _requirement(context: Context, schemes: dict[str, Any], name: str, scopes: Any, where: str) -> Iterator[Finding]:
    if name not in schemes:
        if context.version == "3.2" and context.references.resolve(name) is not None:
            return  # 3.2 may name a scheme by its address
        guess = closest(name, schemes)
        hint = f"; did you mean {guess}?" if guess else ""
        yield Finding("security-scheme-undefined", where, f"there is no security scheme {name}{hint}")
        return
    scheme = context.follow(schemes[name])
    flows = context.mapping(scheme.get("flows"))
    if scheme.get("type") != "oauth2" or not flows:
        return
    known = {scope for flow in flows.values() for scope in context.mapping(context.mapping(flow).get("scopes"))}
    for scope in scopes if isinstance(scopes, list) else ():
        if str(scope) not in known:
            yield Finding("scope-undefined", where, f"no flow of {name} has the scope {scope}")


def check_servers(context: Context) -> Iterator[Finding]:
    """Check the variables in the addresses of servers."""
    for place in context.places:
        server = place.value
        if place.kind != "server" or not isinstance(server, dict) or not isinstance(server.get("url"), str):
            continue
        variables = context.mapping(server.get("variables"))
        used = re.findall(r"\{([^{}]*)\}", server["url"])
        for name in dict.fromkeys(used):
            if name not in variables:
                yield Finding(
                    "server-variable-undefined", place.pointer, f"{{{name}}} of {server['url']} is not defined"
                )
        for name, variable in variables.items():
            where = f"{place.pointer}/variables/{escape(name)}"
            if name not in used:
                yield Finding("server-variable-unused", where, f"{server['url']} has no {{{name}}}")
            values = variable.get("enum") if isinstance(variable, dict) else None
            if isinstance(values, list) and "default" in variable and variable["default"] not in values:
                yield Finding("server-variable-default", where, f"{variable.get('default')} is not among the values")
