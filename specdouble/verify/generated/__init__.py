"""Requests that a healthy server takes, made from the resource model of a document: parents first, bodies, ids."""

from specdouble.verify.api.known import Known
from specdouble.verify.generated.things import Request, Thing
from specdouble.verify.generated.workshop import Workshop

__all__ = ["Known", "Request", "Thing", "Workshop"]
