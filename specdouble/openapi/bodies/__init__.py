"""Bodies of requests and responses as bytes and back, by media type: JSON, forms, multipart, XML, text, binary."""

from specdouble.openapi.bodies.base import BodyError, File, Limits, without_files
from specdouble.openapi.bodies.codec import Bodies

__all__ = ["Bodies", "BodyError", "File", "Limits", "without_files"]
