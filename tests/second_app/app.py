"""The shop: its application, who may call, and the responses that a fault spoils."""

from __future__ import annotations

import json
import re
import threading
from typing import Any

from flask import Flask, Request, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from . import catalogue, selling
from .checking import Refusal, checked
from .document import TABLE, document
from .faults import on
from .store import ADMIN_KEY, Store, User, seeded

__all__ = ["create_app", "document"]
_ROUTES = {**catalogue.ROUTES, **selling.ROUTES}


class Call:
    """One request: who sends it, what it says, what it is about."""

    def __init__(self, store: Store, asked: Request, params: dict[str, str]) -> None:
        self.store, self.request, self.params = store, asked, params
        self.user: User | None = None
        self.args = asked.args

    @property
    def me(self) -> User:
        """Whoever is signed in."""
        assert self.user is not None
        return self.user

    def body(self, schema: str) -> dict[str, Any]:
        """Return the JSON body. Raises Refusal (400) where it is none, or does not keep the schema."""
        try:
            found = json.loads(self.request.get_data().decode())
        except (ValueError, RecursionError):
            raise Refusal(400, "invalid", "the body is no JSON") from None
        return checked(schema, found)


def _session(store: Store, asked: Request) -> User | None:
    sid = asked.cookies.get("sid", "")
    if on("session-prefix") and len(sid) >= 12:
        return next((user for one, user in store.sessions.items() if one.startswith(sid)), None)
    if on("session-any-case"):
        return next((user for one, user in store.sessions.items() if one.lower() == sid.lower()), None)
    return store.sessions.get(sid)


def _admitted(call: Call, way: list[Any], name: str) -> None:
    """Raise Refusal for whoever may not call an operation."""
    key = call.request.headers.get("X-Api-Key")
    call.user = _session(call.store, call.request)
    if not way:
        return
    if "session" in way[0]:
        if on("open-orders") and name == "readOrder":
            call.user = call.user or next((call.store.users[one["_user"]] for one in call.store.orders.values()), None)
        if on("open-cart") and name == "readCart":
            call.user = call.user or next(iter(call.store.users.values()))
        if call.user is None:
            raise Refusal(401, "unauthorized", "Sign in first.")
        return
    good = key == ADMIN_KEY
    if on("key-prefix"):
        good = bool(key) and str(key).startswith(ADMIN_KEY)
    if name == "listAllOrders":
        good = good or on("open-admin-orders") or (on("key-empty") and key == "")
    lax = {"createProduct": "user-is-admin", "deleteProduct": "user-deletes-product", "putCoupon": "user-coupons"}
    if call.user is not None and name in lax and on(lax[name]):
        good = True
    if not good:
        raise Refusal(403 if call.user is not None and not key else 401, "forbidden", "This is for administrators.")


def create_app() -> Flask:
    """Make the app with a store of its own."""
    app, store, lock = Flask(__name__), seeded(), threading.Lock()

    @app.errorhandler(HTTPException)
    def odd(error: HTTPException) -> Response:
        made = _json({"error": {"code": "http", "message": error.name}}, error.code or 500)
        if isinstance(error, MethodNotAllowed) and error.valid_methods and not on("method-allow"):
            declared = {method.upper() for path, method in TABLE if _rule(path) == str(request.url_rule)}
            declared = declared or set(error.valid_methods) - {"OPTIONS", "HEAD"}
            made.headers["Allow"] = ", ".join(sorted(declared))
        return made

    @app.errorhandler(Refusal)
    def refused(error: Refusal) -> Response:
        return _json({"error": {"code": error.code, "message": error.message}}, error.status)

    @app.errorhandler(Exception)
    def crashed(_error: Exception) -> Response:
        return _json({"error": {"code": "broken", "message": "Something went wrong."}}, 500)

    for (path, method), operation in TABLE.items():
        _route(app, store, lock, path, method, operation)
    if on("method-delete-cart-item-get"):
        app.add_url_rule(
            "/cart/items/<productId>", "extra", lambda productId: _json({"data": {}}, 200), methods=["GET"]
        )
    return app


def _rule(path: str) -> str:
    return re.sub(r"\{(\w+)\}", r"<\1>", path)


def _route(app: Flask, store: Store, lock: threading.Lock, path: str, method: str, operation: dict[str, Any]) -> None:
    name, way = operation["operationId"], operation["security"]
    status = next(int(one) for one in operation["responses"] if one.startswith("2"))

    def view(**params: str) -> Response:
        call = Call(store, request, params)
        with lock:
            _admitted(call, way, name)
            if name.startswith(("create", "put", "patch")) and name != "putImage" and request.mimetype not in (
                "application/json", "application/merge-patch+json",
            ):  # fmt: skip
                raise Refusal(400, "invalid", "JSON is needed")
            found, headers = _ROUTES[name](call)
        if isinstance(found, bytes):
            return Response(found, 200, content_type="application/octet-stream")
        if isinstance(found, Response):
            return found
        return _spoilt(name, found, status, headers)

    app.add_url_rule(_rule(path), name, view, methods=[method.upper()], provide_automatic_options=False)


def _spoilt(name: str, found: Any, status: int, headers: dict[str, str]) -> Response:
    """Return a success, with the fault that is on."""
    data = found.get("data") if isinstance(found, dict) else None
    if name == "createAddress" and on("status-create-200"):
        status = 200
    if name == "deleteAddress" and on("status-delete-200"):
        status, found = 200, {"data": None}
    if name == "listOrders" and on("field-missing"):
        for one in data or ():
            del one["placedAt"]
    if name == "readProduct" and on("field-renamed") and data:
        data["in_stock"] = data.pop("inStock")
    if name == "listReviews" and on("null-unexpected"):
        for one in data or ():
            one["text"] = None
    if name == "cancelOrder" and on("enum-unknown") and data:
        data["status"] = "canceled"
    if name == "createOrder" and on("number-as-text") and data:
        data["total"] = f"{data['total']:.2f}"
    if name == "listAddresses" and on("list-not-wrapped"):
        found = data
    if name == "createOrder" and on("header-location"):
        headers.pop("Location")
    if found is None:
        return Response(b"", status, headers)
    made = _json(found, status)
    made.headers.update(headers)
    if name == "readCart" and on("content-type-text"):
        made.headers["Content-Type"] = "text/plain"
    return made


def _json(value: Any, status: int) -> Response:
    if status == 404 and on("error-shape") and request.path.startswith("/orders/"):
        value = {"message": "no such order"}
    return Response(json.dumps(value), status, content_type="application/json")
