"""Reading documents: bytes from a file or URL, data from JSON or YAML, references into other files."""

from specdouble.openapi.reading.document import load, openapi, parse, version_of
from specdouble.openapi.reading.source import TIMEOUT, is_url, read

__all__ = ["TIMEOUT", "is_url", "load", "openapi", "parse", "read", "version_of"]
