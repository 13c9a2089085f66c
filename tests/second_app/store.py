"""What the shop knows, in memory, and how it shows it."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from .faults import on

_numbers = count(1)
ADMIN_KEY = "adm_5f2c8e9b71d04a36"


def now() -> str:
    """Return the time as the document has it."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def new_id(kind: str) -> str:
    """Return an id of a kind: two letters, and ten digits that nobody guesses."""
    return f"{kind}_{secrets.token_hex(5)}"


@dataclass
class User:
    """Somebody who buys."""

    id: str
    login: str
    password: str
    displayName: str
    newsletter: bool = True
    role: str = "customer"
    cart: dict[str, int] = field(default_factory=dict)

    def shown(self) -> dict[str, Any]:
        """Return what the account shows."""
        return {one: getattr(self, one) for one in ("id", "login", "displayName", "newsletter", "role")}


@dataclass
class Store:
    """Everything; rows are dicts whose members that begin with an underscore are not shown."""

    users: dict[str, User] = field(default_factory=dict)
    sessions: dict[str, User] = field(default_factory=dict)
    products: dict[str, dict[str, Any]] = field(default_factory=dict)
    reviews: dict[str, dict[str, Any]] = field(default_factory=dict)
    addresses: dict[str, dict[str, Any]] = field(default_factory=dict)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    coupons: dict[str, dict[str, Any]] = field(default_factory=dict)
    images: dict[str, bytes] = field(default_factory=dict)
    keys: dict[str, tuple[Any, str]] = field(default_factory=dict)
    seen: dict[str, dict[str, Any]] = field(default_factory=dict)

    def product(self, product_id: str) -> dict[str, Any]:
        """Return how a product is shown."""
        if on("cache-product") and product_id in self.seen:
            return self.seen[product_id]
        row = self.products[product_id]
        mine = [one for one in self.reviews.values() if one["_product"] == product_id]
        stars = [one["stars"] for one in mine]
        rating: float | None = round(sum(stars) / len(stars), 2) if stars else None
        if on("rating-average") and rating is not None:
            rating = int(rating)
        figures = {"inStock": row["stock"] > 0, "rating": rating, "reviewCount": len(mine)}
        if on("rating-count"):
            figures["reviewCount"] = min(1, len(mine))
        made = {**shown(row), **figures}
        self.seen[product_id] = made
        return made

    def lines(self, quantities: dict[str, int]) -> list[dict[str, Any]]:
        """Return the lines of an order or a cart, with their prices."""
        made = []
        for product_id, quantity in quantities.items():
            price = self.products[product_id]["price"]
            total = price if on("line-total") else round(price * quantity, 2)
            made.append({"productId": product_id, "quantity": quantity, "unitPrice": price, "lineTotal": total})
        return made


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row without what is not shown."""
    return {name: value for name, value in row.items() if not name.startswith("_")}


def etag(value: Any) -> str:
    """Return the entity tag of what is shown."""
    if on("etag-constant"):
        return '"1"'
    return f'"{hashlib.sha256(repr(sorted(value.items())).encode()).hexdigest()[:16]}"'


def seeded() -> Store:
    """Return a store with two users and a few products."""
    store = Store()
    for login, password in (("mara", "Mara-secret-1"), ("nils", "Nils-secret-2")):
        store.users[login] = User(new_id("us"), login, password, login.title())
    for name, category, price in (("Atlas", "books", 24.5), ("Chess", "games", 31.2), ("Saw", "tools", 12.99)):
        product = new_id("pr")
        store.products[product] = {
            "id": product, "sku": f"OLD-{1000 + next(_numbers)}", "name": name, "description": None, "category": category,
            "price": price, "currency": "EUR", "stock": 500, "tags": [], "createdAt": now(), "updatedAt": now(),
        }  # fmt: skip
    return store
