"""Parameters as text and back: every style of every location, typed by the schema."""

from specdouble.openapi.parameters.codec import IGNORED, EncodedRequest, ParameterError, Parameters

__all__ = ["IGNORED", "EncodedRequest", "ParameterError", "Parameters"]
