"""The mock inside tests and scripts: in this process or on a port, with helpers for its data, clock and mails."""

from specdouble.mock.testing.data import Data, Items
from specdouble.mock.testing.mock import Mock, open_mock

__all__ = ["Data", "Items", "Mock", "open_mock"]
