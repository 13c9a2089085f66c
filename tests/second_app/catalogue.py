"""Sessions, accounts, products, their images and reviews, coupons."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from typing import Any

from flask import Response

from .checking import Refusal, queried
from .faults import on
from .paging import page
from .store import User, etag, new_id, now, shown

Answer = tuple[Any, dict[str, str]]


def none_such() -> Refusal:
    """Return the refusal of an id that nothing has."""
    return Refusal(404, "not_found", "There is no such thing.")


def _login(call: Any) -> Answer:
    sent = call.body("Login")
    user: User | None = call.store.users.get(sent["login"])
    right = user is not None and user.password == sent["password"]
    if on("password-any-case") and user is not None:
        right = user.password.lower() == sent["password"].lower()
    if user is None or not right:
        said = f"wrong password {sent['password']}" if on("secret-error") else "Login or password are wrong."
        raise Refusal(401, "unauthorized", said)
    sid = secrets.token_urlsafe(24)
    call.store.sessions[sid] = user
    return {"data": user.shown()}, {"Set-Cookie": f"sid={sid}; Path=/; HttpOnly"}


def _logout(call: Any) -> Answer:
    if not on("session-kept-after-logout"):
        call.store.sessions.pop(call.request.cookies.get("sid", ""), None)
    return None, {}


def _account(call: Any) -> Answer:
    user = list(call.store.sessions.values())[-1] if on("account-foreign") else call.me
    made = user.shown()
    if on("secret-hash"):
        made["passwordHash"] = hashlib.sha256(user.password.encode()).hexdigest()
    if on("secret-session"):
        made["sid"] = call.request.cookies["sid"]
    return {"data": made}, {}


def _patch_account(call: Any) -> Answer:
    for name, value in call.body("AccountPatch").items():
        if on("account-false") and value is False:
            continue
        setattr(call.me, name, value)
    return {"data": call.me.shown()}, {}


# -- products --------------------------------------------------------------------------------------------------------


def _row(call: Any) -> dict[str, Any]:
    found: dict[str, Any] | None = call.store.products.get(call.params["productId"])
    if found is None or found.get("_gone"):
        raise none_such()
    return found


def _products(call: Any) -> Answer:
    query = queried(call.args, "offset", "limit", "category", "minPrice", "maxPrice", "inStock", "q", "sort")
    every = [one for one in call.store.products.values() if on("delete-product-listed") or not one.get("_gone")]
    if on("crash-quote-search") and "'" in (query["q"] or ""):
        raise RuntimeError("syntax error near '")
    rows = [one for one in every if _chosen(one, query)]
    order = query["sort"]
    if order:
        name = order.lstrip("-")
        key: Callable[[Any], Any] = lambda one: str(one[name]) if on("sort-price-text") else one[name]  # noqa: E731
        rows.sort(key=key, reverse=order.startswith("-") and not on("sort-desc"))
    found = [dict(call.store.product(one["id"])) for one in rows]
    if on("secret-cost"):
        found = [{**one, "purchaseCost": round(one["price"] * 0.6, 2)} for one in found]
    return page(found, query, "products", len(every) if on("filter-total") else None), {}


def _chosen(one: dict[str, Any], query: dict[str, Any]) -> bool:
    if query["category"] and one["category"] != query["category"] and not on("filter-category"):
        return False
    if query["minPrice"] is not None and one["price"] < query["minPrice"]:
        return False
    most = query["maxPrice"]
    if most is not None and (one["price"] > most or (on("filter-max-price") and one["price"] == most)):
        return False
    if query["inStock"] is not None and (one["stock"] > 0) is not query["inStock"]:
        return on("filter-in-stock") and query["inStock"] is False
    text, name = query["q"] or "", one["name"]
    return text in name if on("filter-search-case") else text.lower() in name.lower()


def _create_product(call: Any) -> Answer:
    sent = call.body("ProductNew")
    if any(one["sku"] == sent["sku"] and not one.get("_gone") for one in call.store.products.values()):
        if not on("product-sku-twice"):
            raise Refusal(409, "clash", "This sku is taken.")
    made = {"description": None, "currency": "EUR", "stock": 10, "tags": [], **sent}
    if on("product-description-lost"):
        made["description"] = None
    if on("price-rounded"):
        made["price"] = round(made["price"])
    if on("tags-sorted"):
        made["tags"] = sorted(made["tags"])
    made |= {"id": new_id("pr"), "createdAt": now(), "updatedAt": now()}
    call.store.products[made["id"]] = made
    other = next(iter(call.store.products)) if on("location-elsewhere") else made["id"]
    return {"data": call.store.product(made["id"])}, {"Location": f"/products/{other}"}


def _product(call: Any) -> Answer:
    made = dict(call.store.product(_row(call)["id"]))
    tag, known = etag(made), call.request.headers.get("If-None-Match")
    if known is not None and (known == tag or on("etag-304-always")):
        return Response(b"", 304, {"ETag": tag}), {}
    return {"data": made}, {"ETag": tag}


def _patch_product(call: Any) -> Answer:
    row = _row(call)
    if on("refused-patch-done"):
        sent = call.request.get_json(force=True, silent=True)
        if isinstance(sent, dict) and isinstance(sent.get("name"), str):
            row["name"] = sent["name"]
    sent = call.body("ProductPatch")
    if on("patch-description-null") and sent.get("description", "") is None:
        del sent["description"]
    if on("patch-resets-tags") and "tags" not in sent:
        row["tags"] = []
    row |= {**sent, "updatedAt": now()}
    if on("time-created-moves"):
        row["createdAt"] = now()
    return {"data": call.store.product(row["id"])}, {}


def _delete_product(call: Any) -> Answer:
    _row(call)["_gone"] = True
    return None, {}


def _put_image(call: Any) -> Answer:
    data = call.request.get_data()
    if not data:
        raise Refusal(400, "invalid", "the image is empty")
    call.store.images[_row(call)["id"]] = data[:8] if on("upload-cut") else data
    return None, {}


def _image(call: Any) -> Answer:
    found = call.store.images.get(_row(call)["id"])
    if found is None:
        raise none_such()
    return found, {}


# -- reviews ---------------------------------------------------------------------------------------------------------


def _reviews(call: Any) -> Answer:
    found = call.store.products.get(call.params["productId"])
    if found is None or (found.get("_gone") and not on("delete-product-reviews")):
        raise none_such()
    rows = [shown(one) for one in call.store.reviews.values() if one["_product"] == found["id"]]
    return page(rows, queried(call.args, "offset", "limit"), "reviews"), {}


def _create_review(call: Any) -> Answer:
    product = _row(call)
    sent = call.body("ReviewNew")
    made = {}
    for _ in range(2 if on("review-twice") else 1):
        made = {**sent, "id": new_id("re"), "author": call.me.displayName, "createdAt": now()}
        if on("time-no-zone"):
            made["createdAt"] = made["createdAt"].removesuffix("Z")
        call.store.reviews[made["id"]] = {**made, "_product": product["id"], "_user": call.me.login}
    return {"data": made}, {}


def _delete_review(call: Any) -> Answer:
    product = _row(call)
    found = call.store.reviews.get(call.params["reviewId"])
    if found is None or found["_product"] != product["id"]:
        raise none_such()
    if found["_user"] != call.me.login and not on("review-foreign-delete"):
        raise Refusal(403, "forbidden", "This is not your review.")
    gone = [one for one in call.store.reviews.values() if one is found]
    if on("delete-review-all"):
        gone = [one for one in call.store.reviews.values() if one["_product"] == product["id"]]
    for one in gone:
        del call.store.reviews[one["id"]]
    return None, {}


# -- coupons ---------------------------------------------------------------------------------------------------------


def _coupon(call: Any) -> Answer:
    found = call.store.coupons.get(call.params["code"])
    if found is None or (found.get("_gone") and not on("delete-coupon-back")):
        raise none_such()
    return {"data": shown(found)}, {}


def _coupons(call: Any) -> Answer:
    rows = [shown(one) for one in call.store.coupons.values() if not one.get("_gone")]
    return page(rows, queried(call.args, "offset", "limit"), "coupons"), {}


def _put_coupon(call: Any) -> Answer:
    sent = call.body("CouponPut")
    percent = (sent["percent"] or 10) if on("coupon-zero") else sent["percent"]
    code = call.params["code"]
    call.store.coupons[code] = {"code": code, "percent": percent, "active": sent.get("active", True)}
    return {"data": call.store.coupons[code]}, {}


def _delete_coupon(call: Any) -> Answer:
    found = call.store.coupons.get(call.params["code"])
    if found is None or found.get("_gone"):
        raise none_such()
    found["_gone"] = True
    return None, {}


ROUTES = {
    "signIn": _login,
    "signOut": _logout,
    "readAccount": _account,
    "patchAccount": _patch_account,
    "listProducts": _products,
    "createProduct": _create_product,
    "readProduct": _product,
    "patchProduct": _patch_product,
    "deleteProduct": _delete_product,
    "putImage": _put_image,
    "readImage": _image,
    "listReviews": _reviews,
    "createReview": _create_review,
    "deleteReview": _delete_review,
    "listCoupons": _coupons,
    "readCoupon": _coupon,
    "putCoupon": _put_coupon,
    "deleteCoupon": _delete_coupon,
}
