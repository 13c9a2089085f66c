"""The versions of OpenAPI as adapters into one model, the one of 3.x."""

from typing import Any

from specdouble.openapi.reading import version_of


def current(document: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Return a document in the form of 3.x, and the version whose dialect its schemas are written in.

    Schemas stay as they are: `specdouble.openapi.schemas` reads each dialect.
    """
    version = version_of(document)
    if version != "2.0":
        return document, version
    from specdouble.openapi.dialects.swagger2 import as_openapi3

    return as_openapi3(document), version
