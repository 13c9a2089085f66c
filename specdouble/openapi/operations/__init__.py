"""The operations of a document as plain data: what a server, a suite or a command line asks about a document.

Documents of every version come as one model, the one of 3.x. Nothing here imports a library, since a server reads the
operations when it starts. Schemas stay as the document has them, with their own references.
"""

from specdouble.openapi.operations.model import (
    Body,
    Content,
    Mistake,
    Operation,
    Parameter,
    Response,
    Schema,
)
from specdouble.openapi.operations.read import Reading, operations, read_operations
from specdouble.openapi.operations.servers import Server

__all__ = [
    "Body",
    "Content",
    "Mistake",
    "Operation",
    "Parameter",
    "Reading",
    "Response",
    "Schema",
    "Server",
    "operations",
    "read_operations",
]
