"""The document of the shop, written by hand, and the schemas that its requests are checked against."""

from __future__ import annotations

import copy
from typing import Any

PRICE = {"type": "number", "minimum": 0, "maximum": 100000, "multipleOf": 0.01}
TEXT = {"type": "string", "minLength": 1, "maxLength": 80}
TIME = {"type": "string", "format": "date-time", "readOnly": True}
ID = {"type": "string", "pattern": "^[a-z]{2}_[0-9a-f]{10}$", "readOnly": True}
NULL_TEXT = {"type": "string", "nullable": True, "maxLength": 500}


def made(required: list[str], **members: Any) -> dict[str, Any]:
    """Return the schema of an object."""
    return {"type": "object", "required": required, "properties": members, "additionalProperties": False}


def ref(name: str) -> dict[str, Any]:
    """Return a reference to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


_PRODUCT = {
    "sku": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4,8}$", "description": "Unique."},
    "name": {"type": "string", "minLength": 2, "maxLength": 60},
    "description": NULL_TEXT,
    "category": {"type": "string", "enum": ["books", "games", "tools"]},
    "price": PRICE,
    "currency": {"type": "string", "enum": ["EUR", "USD"], "default": "EUR"},
    "stock": {"type": "integer", "minimum": 0, "maximum": 10000, "default": 10},
    "tags": {"type": "array", "items": {"type": "string", "maxLength": 20}, "maxItems": 6, "default": []},
}
_ADDRESS = {
    "recipient": TEXT,
    "street": TEXT,
    "city": TEXT,
    "post_code": {"type": "string", "pattern": "^[0-9]{5}$"},
    "note": {**NULL_TEXT, "default": None},
}
_LINE = made(
    ["productId", "quantity"], productId={"type": "string"}, quantity={"type": "integer", "minimum": 1, "maximum": 20}
)
_SHOWN_LINE = made(
    ["productId", "quantity", "unitPrice", "lineTotal"],
    productId={"type": "string"},
    quantity={"type": "integer"},
    unitPrice={"type": "number"},
    lineTotal={"type": "number"},
)
SCHEMAS: dict[str, dict[str, Any]] = {
    "Login": made(["login", "password"], login=TEXT, password={"type": "string", "minLength": 1, "maxLength": 100}),
    "Account": made(
        ["id", "login", "displayName", "newsletter", "role"],
        id=ID,
        login={"type": "string"},
        displayName=TEXT,
        newsletter={"type": "boolean"},
        role={"type": "string", "enum": ["customer", "admin"], "readOnly": True},
    ),
    "AccountPatch": made([], displayName=TEXT, newsletter={"type": "boolean"}),
    "ProductNew": made(["sku", "name", "category", "price"], **_PRODUCT),
    "ProductPatch": made(
        [],
        **{name: {k: v for k, v in one.items() if k != "default"} for name, one in _PRODUCT.items() if name != "sku"},
    ),
    "Product": made(
        ["id", *_PRODUCT, "inStock", "rating", "reviewCount", "createdAt", "updatedAt"],
        id=ID,
        **_PRODUCT,
        inStock={"type": "boolean"},
        rating={"type": "number", "nullable": True, "description": "The mean of the stars of the reviews."},
        reviewCount={"type": "integer"},
        createdAt=TIME,
        updatedAt=TIME,
    ),
    "ReviewNew": made(["stars", "text"], stars={"type": "integer", "minimum": 1, "maximum": 5}, text=TEXT),
    "Review": made(
        ["id", "stars", "text", "author", "createdAt"],
        id=ID,
        stars={"type": "integer"},
        text={"type": "string"},
        author={"type": "string"},
        createdAt=TIME,
    ),
    "CartItem": made(["quantity"], quantity={"type": "integer", "minimum": 1, "maximum": 20}),
    "Cart": made(
        ["items", "itemCount", "total"],
        items={"type": "array", "items": _SHOWN_LINE},
        itemCount={"type": "integer", "description": "The sum of the quantities."},
        total={"type": "number"},
    ),
    "AddressNew": made(["recipient", "street", "city", "post_code"], **_ADDRESS),
    "Address": made(["id", *_ADDRESS, "createdAt", "updatedAt"], id=ID, **_ADDRESS, createdAt=TIME, updatedAt=TIME),
    "OrderNew": made(
        ["lines", "addressId"],
        lines={"type": "array", "items": _LINE, "minItems": 1, "maxItems": 10},
        addressId={"type": "string"},
    ),
    "Order": made(
        ["id", "status", "lines", "itemCount", "total", "addressId", "placedAt"],
        id=ID,
        status={"type": "string", "enum": ["placed", "paid", "cancelled"], "readOnly": True},
        lines={"type": "array", "items": _SHOWN_LINE},
        itemCount={"type": "integer", "description": "The sum of the quantities."},
        total={"type": "number"},
        addressId={"type": "string"},
        placedAt=TIME,
    ),
    "CouponPut": made(
        ["percent"],
        percent={"type": "integer", "minimum": 0, "maximum": 90},
        active={"type": "boolean", "default": True},
    ),
    "Coupon": made(
        ["code", "percent", "active"], code={"type": "string"}, percent={"type": "integer"}, active={"type": "boolean"}
    ),
    "Error": made(["error"], error=made(["code", "message"], code={"type": "string"}, message={"type": "string"})),
}
for _name in ("Product", "Review", "Address", "Order", "Coupon", "Account", "Cart"):
    SCHEMAS[f"{_name}One"] = made(["data"], data=ref(_name))
    SCHEMAS[f"{_name}Many"] = made(
        ["data", "meta"],
        data={"type": "array", "items": ref(_name)},
        meta=made(
            ["total", "offset", "limit"],
            total={"type": "integer"},
            offset={"type": "integer"},
            limit={"type": "integer"},
        ),
    )
QUERY: dict[str, dict[str, Any]] = {
    "offset": {"type": "integer", "minimum": 0, "maximum": 1000000, "default": 0},
    "limit": {"type": "integer", "minimum": 1, "maximum": 40, "default": 20},
    "category": {"type": "string", "enum": ["books", "games", "tools"]},
    "minPrice": {"type": "number", "minimum": 0},
    "maxPrice": {"type": "number", "minimum": 0},
    "inStock": {"type": "boolean"},
    "q": {"type": "string", "maxLength": 40, "description": "Part of the name; the case does not matter."},
    "sort": {"type": "string", "enum": ["price", "-price", "name", "-name"]},
    "status": {"type": "string", "enum": ["placed", "paid", "cancelled"]},
}
_SAY = {
    400: "Not valid.",
    401: "Not signed in.",
    403: "Not allowed.",
    404: "Not found.",
    409: "A clash.",
    422: "It cannot be done.",
}


def _operation(
    path: str, name: str, says: str, answers: tuple[int, str], refusals: tuple[int, ...], who: str,
    body: str = "", query: tuple[str, ...] = (), headers: tuple[str, ...] = (), more: str = "",
) -> dict[str, Any]:  # fmt: skip
    status, schema = answers
    good: dict[str, Any] = {"description": "Done."}
    if schema == "binary":
        good["content"] = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    elif schema:
        good["content"] = {"application/json": {"schema": ref(schema)}}
    sent = [one for one in headers if one in ("If-None-Match", "Idempotency-Key")]
    back = [one for one in headers if one not in sent]
    if back:
        good["headers"] = {one: {"required": True, "schema": {"type": "string"}} for one in back}
    wrong = {"application/json": {"schema": ref("Error")}}
    made_here: dict[str, Any] = {
        "operationId": name,
        "summary": says,
        "description": more,
        "parameters": [
            *({"name": one, "in": "query", "schema": QUERY[one]} for one in query),
            *({"name": one, "in": "header", "schema": {"type": "string", "maxLength": 80}} for one in sent),
        ],
        "responses": {
            str(status): good,
            **{str(one): {"description": _SAY[one], "content": wrong} for one in refusals},
        },
        "security": {"public": [], "user": [{"session": []}], "admin": [{"key": []}]}[who],
    }
    if "If-None-Match" in headers:
        made_here["responses"]["304"] = {"description": "Known already."}
    if body:
        kind = "application/octet-stream" if body == "binary" else "application/json"
        held = {"type": "string", "format": "binary"} if body == "binary" else ref(body)
        kind = "application/merge-patch+json" if body.endswith("Patch") else kind
        made_here["requestBody"] = {"required": True, "content": {kind: {"schema": held}}}
    return made_here


PAGED = ("offset", "limit")
ONCE = "A repeated request with the same key gets the first answer; the key with another body is a 409."
TABLE: dict[tuple[str, str], dict[str, Any]] = {}
for _method, _path, *_rest, _more in (
    ("post", "/session", "signIn", "Sign in; the cookie `sid` is the session.", (200, "AccountOne"), (400, 401), "public", dict(body="Login")),
    ("delete", "/session", "signOut", "Sign out: the session ends.", (204, ""), (401,), "user", {}),
    ("get", "/account", "readAccount", "Your account.", (200, "AccountOne"), (401,), "user", {}),
    ("patch", "/account", "patchAccount", "Change your account.", (200, "AccountOne"), (400, 401), "user", dict(body="AccountPatch")),
    ("get", "/products", "listProducts", "The products.", (200, "ProductMany"), (400,), "public",
        dict(query=(*PAGED, "category", "minPrice", "maxPrice", "inStock", "q", "sort"))),
    ("post", "/products", "createProduct", "Add a product.", (201, "ProductOne"), (400, 401, 403, 409), "admin",
        dict(body="ProductNew", headers=("Location",))),
    ("get", "/products/{productId}", "readProduct", "A product.", (200, "ProductOne"), (404,), "public", dict(headers=("ETag", "If-None-Match"))),
    ("patch", "/products/{productId}", "patchProduct", "Change a product (merge patch).", (200, "ProductOne"), (400, 401, 403, 404), "admin",
        dict(body="ProductPatch")),
    ("delete", "/products/{productId}", "deleteProduct", "Remove a product.", (204, ""), (401, 403, 404), "admin", {}),
    ("put", "/products/{productId}/image", "putImage", "Store the image.", (204, ""), (400, 401, 403, 404), "admin", dict(body="binary")),
    ("get", "/products/{productId}/image", "readImage", "The image.", (200, "binary"), (404,), "public", {}),
    ("get", "/products/{productId}/reviews", "listReviews", "Its reviews.", (200, "ReviewMany"), (400, 404), "public", dict(query=PAGED)),
    ("post", "/products/{productId}/reviews", "createReview", "Review it.", (201, "ReviewOne"), (400, 401, 404), "user", dict(body="ReviewNew")),
    ("delete", "/products/{productId}/reviews/{reviewId}", "deleteReview", "Remove your review.", (204, ""), (401, 403, 404), "user", {}),
    ("get", "/cart", "readCart", "Your cart.", (200, "CartOne"), (401,), "user", {}),
    ("put", "/cart/items/{productId}", "putItem", "Put a product into the cart.", (200, "CartOne"), (400, 401, 404), "user", dict(body="CartItem")),
    ("delete", "/cart/items/{productId}", "deleteItem", "Take it out.", (204, ""), (401, 404), "user", {}),
    ("get", "/addresses", "listAddresses", "Your addresses.", (200, "AddressMany"), (400, 401), "user", dict(query=PAGED)),
    ("post", "/addresses", "createAddress", "Add an address.", (201, "AddressOne"), (400, 401), "user", dict(body="AddressNew")),
    ("get", "/addresses/{addressId}", "readAddress", "An address.", (200, "AddressOne"), (401, 404), "user", {}),
    ("put", "/addresses/{addressId}", "putAddress", "Replace an address as a whole.", (200, "AddressOne"), (400, 401, 404), "user", dict(body="AddressNew")),
    ("delete", "/addresses/{addressId}", "deleteAddress", "Remove an address.", (204, ""), (401, 404), "user", {}),
    ("get", "/orders", "listOrders", "Your orders, newest first.", (200, "OrderMany"), (400, 401), "user", dict(query=(*PAGED, "status"))),
    ("post", "/orders", "createOrder", "Order products; it takes them out of stock.", (201, "OrderOne"), (400, 401, 404, 409, 422), "user",
        dict(body="OrderNew", headers=("Location", "Idempotency-Key"), more=ONCE)),
    ("get", "/orders/{orderId}", "readOrder", "An order.", (200, "OrderOne"), (401, 404), "user", {}),
    ("post", "/orders/{orderId}/cancel", "cancelOrder", "Cancel an order that is not paid.", (200, "OrderOne"), (401, 404, 409), "user", {}),
    ("post", "/orders/{orderId}/pay", "payOrder", "Pay an order that is placed.", (200, "OrderOne"), (401, 404, 409), "user", {}),
    ("get", "/admin/orders", "listAllOrders", "The orders of everybody.", (200, "OrderMany"), (400, 401, 403), "admin", dict(query=PAGED)),
    ("get", "/coupons", "listCoupons", "The coupons.", (200, "CouponMany"), (400, 401, 403), "admin", dict(query=PAGED)),
    ("get", "/coupons/{code}", "readCoupon", "A coupon.", (200, "CouponOne"), (401, 403, 404), "admin", {}),
    ("put", "/coupons/{code}", "putCoupon", "Make or change a coupon.", (200, "CouponOne"), (400, 401, 403), "admin", dict(body="CouponPut")),
    ("delete", "/coupons/{code}", "deleteCoupon", "Remove a coupon.", (204, ""), (401, 403, 404), "admin", {}),
):  # fmt: skip
    TABLE[_path, _method] = _operation(_path, *_rest, **_more)


def document() -> dict[str, Any]:
    """Return the OpenAPI document."""
    paths: dict[str, Any] = {}
    for (path, method), operation in TABLE.items():
        item = paths.setdefault(path, {})
        item[method] = copy.deepcopy(operation)
        names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        if names:
            item["parameters"] = [
                {"name": one, "in": "path", "required": True, "schema": {"type": "string"}} for one in names
            ]
    schemes = {
        "session": {"type": "apiKey", "in": "cookie", "name": "sid"},
        "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
    }
    return {
        "openapi": "3.0.3",
        "info": {"title": "Shop", "version": "2.1"},
        "paths": paths,
        "components": {"schemas": copy.deepcopy(SCHEMAS), "securitySchemes": schemes},
    }
