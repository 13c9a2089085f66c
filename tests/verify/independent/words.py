"""How the independent server speaks: its refusals, its 422s and the form of its requests."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, Field
from starlette.exceptions import HTTPException as AnyHTTPException

MAIL = r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"
NICK = r"^[a-z0-9][a-z0-9_-]{1,28}[a-z0-9]$"


def whole(text: str) -> str:
    """Refuse what is no text: half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("kein Text") from None
    return text


Text = Annotated[str, AfterValidator(whole)]


class Login(BaseModel):
    """Who logs in."""

    email: Annotated[str, Field(pattern=MAIL)]
    password: Text
    tenant_id: Text = "default"


class Enrolment(BaseModel):
    """Who is to be registered."""

    email: Annotated[str, Field(pattern=MAIL)]
    password: Annotated[str, Field(min_length=8, max_length=128), AfterValidator(whole)]
    tenant_id: Text = "default"


class Fresh(BaseModel):
    """A refresh token."""

    refresh_token: Text


class NewKey(BaseModel):
    """What a key is to be."""

    name: Text
    scopes: Text = "*"


class Purchase(BaseModel):
    """What is bought."""

    tokens: Annotated[int, Field(gt=0, lt=2**53)]
    price_cents: Annotated[int, Field(gt=0)]
    save_payment_method: bool = False
    off_session: bool = False


class Payment(BaseModel):
    """Which payment is meant."""

    payment_intent_id: Text


class Nick(BaseModel):
    """A nickname."""

    nickname: Annotated[str, Field(pattern=NICK)]


def no(status: int, sentence: str, code: str = "") -> HTTPException:
    """Refuse: with a sentence, or with an object that has a code and the sentence."""
    detail: Any = {"error_code": code, "message": sentence} if code else sentence
    return HTTPException(status, detail, {"WWW-Authenticate": 'Bearer realm="elsewhere"'} if status == 401 else None)


def speak(app: FastAPI) -> None:
    """Give an application its way of refusing."""

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        told = [
            {"loc": list(one["loc"]) or ["body"], "msg": f"Bitte prüfen: {one['msg']}", "type": f"x.{one['type']}"}
            for one in error.errors()
        ]
        return JSONResponse({"detail": told}, 422)

    @app.exception_handler(AnyHTTPException)
    async def refused(request: Request, error: AnyHTTPException) -> JSONResponse:
        if error.status_code == 405:
            allowed: set[str] = set()
            for route in app.routes:
                if getattr(route, "path_regex", None) and route.path_regex.match(request.url.path):  # type: ignore[attr-defined]
                    allowed |= getattr(route, "methods", None) or set()
            return JSONResponse({"detail": "So nicht."}, 405, {"Allow": ",".join(sorted(allowed))})
        if error.status_code == 400 and "parsing the body" in str(error.detail):
            told = [{"loc": ["body"], "msg": "Das ist kein JSON.", "type": "x.json"}]
            return JSONResponse({"detail": told}, 422)
        return JSONResponse({"detail": error.detail}, error.status_code, dict(error.headers or {}))
