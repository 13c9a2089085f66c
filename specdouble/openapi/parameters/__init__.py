"""Parameters as text and back: every style of every location, typed by the schema."""

from specdouble.openapi.parameters.codec import EncodedRequest, ParameterError, Parameters

__all__ = ["EncodedRequest", "ParameterError", "Parameters"]
