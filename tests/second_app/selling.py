"""Carts, addresses and orders."""

from __future__ import annotations

from typing import Any

from .catalogue import Answer, none_such
from .checking import Refusal, queried
from .faults import on
from .paging import page
from .store import new_id, now, shown


def _cart_of(call: Any) -> dict[str, Any]:
    held = next(iter(call.store.users.values())).cart if on("cart-shared") else call.me.cart
    live = {one: many for one, many in held.items() if not call.store.products[one].get("_gone")}
    if on("crash-empty-cart") and not live:
        raise ZeroDivisionError
    lines = call.store.lines(live)
    total = round(sum(one["lineTotal"] for one in lines), 2)
    if on("cart-total-stale"):
        total = round(sum(one["unitPrice"] for one in lines), 2)
    return {"items": lines, "itemCount": sum(live.values()), "total": total}


def _cart(call: Any) -> Answer:
    return {"data": _cart_of(call)}, {}


def _put_item(call: Any) -> Answer:
    product = call.store.products.get(call.params["productId"])
    if product is None or product.get("_gone"):
        raise KeyError("product") if on("crash-unknown-product") else none_such()
    call.me.cart[product["id"]] = call.body("CartItem")["quantity"]
    return {"data": _cart_of(call)}, {}


def _delete_item(call: Any) -> Answer:
    if call.me.cart.pop(call.params["productId"], None) is None and not on("delete-item-twice"):
        raise none_such()
    return None, {}


# -- addresses -------------------------------------------------------------------------------------------------------


def _address_row(call: Any, *, foreign: bool = False) -> dict[str, Any]:
    found: dict[str, Any] | None = call.store.addresses.get(call.params["addressId"])
    if found is None or (found["_user"] != call.me.login and not foreign):
        raise none_such()
    if found.get("_gone") and not on("delete-address-readable"):
        raise none_such()
    return found


def _addresses(call: Any) -> Answer:
    rows = [
        shown(one)
        for one in call.store.addresses.values()
        if (one["_user"] == call.me.login or on("address-foreign-list")) and not one.get("_gone")
    ]
    return page(rows, queried(call.args, "offset", "limit"), "addresses"), {}


def _create_address(call: Any) -> Answer:
    sent = call.body("AddressNew")
    if on("text-ascii"):
        sent = {name: one.encode("ascii", "replace").decode() if one else one for name, one in sent.items()}
    known = {name: sent.get(name) for name in ("recipient", "street", "city", "post_code", "note")}
    made = {"id": new_id("ad"), **known, "createdAt": now(), "updatedAt": now(), "_user": call.me.login}
    made["city"] = made["city"] or ""
    call.store.addresses[made["id"]] = made
    return {"data": shown(made)}, {}


def _address(call: Any) -> Answer:
    return {"data": shown(_address_row(call))}, {}


def _put_address(call: Any) -> Answer:
    row = _address_row(call, foreign=on("address-foreign-write"))
    sent = call.body("AddressNew")
    rest = {} if on("put-address-merges") else {"note": None}
    moved = {} if on("time-updated-stays") else {"updatedAt": now()}
    row |= {**rest, **sent, **moved}
    return {"data": shown(row)}, {}


def _delete_address(call: Any) -> Answer:
    row = _address_row(call)
    if on("crash-delete-used") and any(one["addressId"] == row["id"] for one in call.store.orders.values()):
        raise RuntimeError("foreign key")
    if not on("delete-address-nothing"):
        row["_gone"] = True
    return None, {}


# -- orders ----------------------------------------------------------------------------------------------------------


def _order_row(call: Any, *, foreign: bool = False) -> dict[str, Any]:
    found: dict[str, Any] | None = call.store.orders.get(call.params["orderId"])
    if found is None or (not foreign and found["_user"] != call.me.login):
        raise none_such()
    return found


def _shown_order(call: Any, row: dict[str, Any]) -> dict[str, Any]:
    made = shown(row)
    if on("order-price-moves"):
        lines = call.store.lines({one["productId"]: one["quantity"] for one in row["lines"]})
        made |= {"lines": lines, "total": round(sum(one["lineTotal"] for one in lines), 2)}
    if on("time-now"):
        made["placedAt"] = now()
    return made


def _orders(call: Any) -> Answer:
    query = queried(call.args, "offset", "limit", "status")
    rows = [one for one in call.store.orders.values() if one["_user"] == call.me.login]
    if query["status"] and not on("filter-status"):
        rows = [one for one in rows if one["status"] == query["status"]]
    if not on("sort-orders"):
        rows = rows[::-1]
    return page([_shown_order(call, one) for one in rows], query, "orders"), {}


def _create_order(call: Any) -> Answer:
    sent = call.body("OrderNew")
    if not sent["lines"]:
        raise IndexError("lines")
    key = call.request.headers.get("Idempotency-Key", "")
    held = key if on("order-key-shared") else f"{call.me.login} {key}"
    known = call.store.keys.get(held) if key and not on("order-key-ignored") else None
    if known is not None:
        if known[0] != sent and not on("order-key-any-body"):
            raise Refusal(409, "clash", "This key was used for another order.")
        return {"data": shown(call.store.orders[known[1]])}, {"Location": f"/orders/{known[1]}"}
    address = call.store.addresses.get(sent["addressId"])
    mine = address is not None and (address["_user"] == call.me.login or on("address-foreign-use"))
    if not mine or address.get("_gone"):
        raise Refusal(404, "not_found", "There is no such address.")
    wanted: dict[str, int] = {}
    for line in sent["lines"]:
        product = call.store.products.get(line["productId"])
        if product is None or product.get("_gone"):
            raise Refusal(404, "not_found", "There is no such product.")
        wanted[product["id"]] = wanted.get(product["id"], 0) + line["quantity"]
    lines = call.store.lines(wanted)
    summed = lines[:-1] if on("order-total") else lines
    made = {
        "id": new_id("or"),
        "status": "placed",
        "lines": lines,
        "itemCount": sum(wanted.values()) + (1 if on("order-count") else 0),
        "total": round(sum(one["lineTotal"] for one in summed), 2),
        "addressId": sent["addressId"],
        "placedAt": now(),
        "_user": call.me.login,
    }
    short = any(call.store.products[one]["stock"] < many for one, many in wanted.items())
    if not short or on("refused-order-kept"):
        call.store.orders[made["id"]] = made
    if short:
        raise Refusal(422, "out_of_stock", "There is not enough in stock.")
    if not on("stock-not-taken"):
        for one, many in wanted.items():
            call.store.products[one]["stock"] -= many
    if key:
        call.store.keys[held] = (sent, made["id"])
    return {"data": shown(made)}, {"Location": f"/orders/{made['id']}"}


def _order(call: Any) -> Answer:
    return {"data": _shown_order(call, _order_row(call, foreign=on("order-foreign-read") or on("open-orders")))}, {}


def _cancel(call: Any) -> Answer:
    row = _order_row(call, foreign=on("order-foreign-cancel"))
    if row["status"] == "cancelled" or (row["status"] == "paid" and not on("cancel-paid")):
        raise Refusal(409, "clash", f"It is {row['status']}.")
    row["status"] = "cancelled"
    for line in row["lines"]:
        call.store.products[line["productId"]]["stock"] += line["quantity"]
    return {"data": shown(row)}, {}


def _pay(call: Any) -> Answer:
    row = _order_row(call)
    if row["status"] != "placed" and not (on("pay-twice") and row["status"] == "paid"):
        raise Refusal(409, "clash", f"It is {row['status']}.")
    made = {**row, "status": "paid"}
    if not on("pay-not-kept"):
        row["status"] = "paid"
    return {"data": shown(made)}, {}


def _all_orders(call: Any) -> Answer:
    query = queried(call.args, "offset", "limit")
    return page([_shown_order(call, one) for one in call.store.orders.values()], query, "admin"), {}


ROUTES = {
    "readCart": _cart,
    "putItem": _put_item,
    "deleteItem": _delete_item,
    "listAddresses": _addresses,
    "createAddress": _create_address,
    "readAddress": _address,
    "putAddress": _put_address,
    "deleteAddress": _delete_address,
    "listOrders": _orders,
    "createOrder": _create_order,
    "readOrder": _order,
    "cancelOrder": _cancel,
    "payOrder": _pay,
    "listAllOrders": _all_orders,
}
