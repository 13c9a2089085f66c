"""The shop, whose requests are looked at."""

from tests.faults.conftest import _shop, client, shop, shop_file

__all__ = ["_shop", "client", "shop", "shop_file"]
