"""Who calls an API that has no pack: credentials by security scheme, or a Web Fuzzing Commons auth file."""

from specdouble.verify.identities.all import Identities, gather
from specdouble.verify.identities.identity import Identity

__all__ = ["Identities", "Identity", "gather"]
