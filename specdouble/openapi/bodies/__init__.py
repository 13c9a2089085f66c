"""Bodies of requests and responses as bytes and back, by media type: JSON, forms, multipart, XML, text, binary."""

from specdouble.openapi.bodies.base import BodyError, File, Limits, without_files
from specdouble.openapi.bodies.check import BodyCheck, BodyMistake
from specdouble.openapi.bodies.codec import Bodies
from specdouble.openapi.bodies.patches import PatchError, apply_patch, merge

__all__ = [
    "Bodies",
    "BodyCheck",
    "BodyError",
    "BodyMistake",
    "File",
    "Limits",
    "PatchError",
    "apply_patch",
    "merge",
    "without_files",
]
