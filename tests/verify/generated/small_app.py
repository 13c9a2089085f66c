"""A small API for the tests of generated checks: people with shelves of their own, books on them, a shared catalogue.

Started by `python small_app.py PORT [FAULT]`; a fault is one of `FAULTS`, each a thing that a server may do wrong.
"""

import sys
import uuid
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import Body, Depends, FastAPI, HTTPException, Query, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

FAULTS = (
    "none", "no-auth", "foreign-read", "foreign-write", "delete-keeps", "deleted-listed", "patch-resets", "put-merges",
    "create-lost", "page-overlap", "page-long", "filter-ignored", "sort-ignored", "mass-assignment", "crash",
    "admin-open", "wrong-type", "leaks-foreign-list", "no-bound", "failed-write", "children-stay",
    "crash-longest", "crash-made", "login-400", "location-elsewhere",
)  # fmt: skip
Name = Annotated[str, Field(min_length=1, max_length=40)]


class Login(BaseModel):
    """Who signs in."""

    email: str
    password: str


class Token(BaseModel):
    """What signing in gives."""

    access_token: str


class ShelfIn(BaseModel):
    """A shelf as it is written."""

    model_config = ConfigDict(extra="forbid")
    name: Name
    colour: Literal["red", "green", "blue"] = "red"
    capacity: int | None = Field(None, ge=1, le=500)


class ShelfPatch(BaseModel):
    """What may be changed of a shelf."""

    model_config = ConfigDict(extra="forbid")
    name: Name = Field(None)  # type: ignore[assignment]
    colour: Literal["red", "green", "blue"] = Field(None)  # type: ignore[assignment]
    capacity: int | None = Field(None, ge=1, le=500)


class Shelf(BaseModel):
    """A shelf."""

    id: str = Field(json_schema_extra={"readOnly": True})
    owner: str = Field(json_schema_extra={"readOnly": True})
    name: Name
    colour: Literal["red", "green", "blue"]
    capacity: int | None
    created_at: datetime = Field(json_schema_extra={"readOnly": True})


class Shelves(BaseModel):
    """A page of shelves."""

    items: list[Shelf]
    total: int


class BookIn(BaseModel):
    """A book as it is written."""

    title: Name
    pages: int = Field(100, ge=1, le=5000)


class Book(BaseModel):
    """A book."""

    id: str
    shelf_id: str
    title: Name
    pages: int


class Genre(BaseModel):
    """A word of the catalogue."""

    slug: Annotated[str, Field(pattern="^[a-z]{3,20}$")]
    title: Name


class Problem(BaseModel):
    """Why not."""

    detail: Any


bearer = HTTPBearer(auto_error=False)
PEOPLE = {"ann@example.com": "ann-pass-1", "ben@example.com": "ben-pass-1", "chief@example.com": "chief-pass-1"}


def make_app(fault: str = "none") -> FastAPI:
    """Return the app with a fault."""
    refusals: dict[int | str, Any] = {code: {"model": Problem} for code in (401, 403, 404)}
    app = FastAPI(title="Shelves", version="1")
    tokens: dict[str, str] = {}
    shelves: dict[str, dict[str, Any]] = {}
    books: dict[str, dict[str, Any]] = {}
    genres: dict[str, dict[str, Any]] = {"novel": {"slug": "novel", "title": "Novels"}}

    def caller(given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> str:
        who = tokens.get(given.credentials) if given else None
        if who is None:
            if fault == "no-auth":
                return "ann@example.com"
            raise HTTPException(401, "sign in first", {"WWW-Authenticate": "Bearer"})
        return who

    Caller = Annotated[str, Depends(caller)]  # noqa: N806 - a type
    Taken: Any = dict[str, Any] if fault in ("mass-assignment", "no-bound") else ShelfIn  # noqa: N806 - a type

    def chief(who: Caller) -> str:
        if who != "chief@example.com" and fault != "admin-open":
            raise HTTPException(403, "for the chief only")
        return who

    def shelf_of(shelf_id: str, who: str, *, write: bool = False) -> dict[str, Any]:
        found = shelves.get(shelf_id)
        lenient = fault == ("foreign-write" if write else "foreign-read")
        if found is None or (found["owner"] != who and not lenient):
            raise HTTPException(404, "no such shelf")
        return found

    @app.post("/login", responses={401: {"model": Problem}})
    def login(body: Login) -> Token:
        if PEOPLE.get(body.email) != body.password:
            raise HTTPException(400 if fault == "login-400" else 401, "wrong email or password")
        token = uuid.uuid4().hex
        tokens[token] = body.email
        return Token(access_token=token)

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/shelves", responses=refusals)
    def list_shelves(
        who: Caller,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        offset: Annotated[int, Query(ge=0)] = 0,
        colour: Literal["red", "green", "blue"] | None = None,
        sort: Literal["name", "-name", "created_at"] = "created_at",
    ) -> Shelves:
        rows = [one for one in shelves.values() if one["owner"] == who or fault == "leaks-foreign-list"]
        if fault == "deleted-listed":
            rows += [one for one in trash if one["owner"] == who]
        if colour and fault != "filter-ignored":
            rows = [one for one in rows if one["colour"] == colour]
        if fault != "sort-ignored":
            rows.sort(key=lambda one: one[sort.strip("-")], reverse=sort.startswith("-"))
        start = max(0, offset - 1) if fault == "page-overlap" else offset
        size = limit + 1 if fault == "page-long" else limit
        return Shelves(items=rows[start : start + size], total=len(rows))

    trash: list[dict[str, Any]] = []

    @app.post("/shelves", status_code=201, responses=refusals)
    def create_shelf(body: Annotated[Taken, Body()],
                     who: Caller, response: Response) -> Shelf:  # fmt: skip
        given = body if isinstance(body, dict) else body.model_dump()
        if fault == "crash-longest" and len(given["name"]) == 40:
            raise RuntimeError("broken")
        made = {"colour": "red", "capacity": None, **given} if fault == "mass-assignment" else {
            "colour": "red", "capacity": None, "name": "", **given}  # fmt: skip
        own = {"id": uuid.uuid4().hex[:12], "owner": who, "created_at": datetime.now(UTC)}
        made = {**own, **made} if fault == "mass-assignment" else {**made, **own}
        if fault != "create-lost":
            shelves[made["id"]] = made
        response.headers["Location"] = f"/{'shelf' if fault == 'location-elsewhere' else 'shelves'}/{made['id']}"
        return Shelf.model_construct(**made)

    @app.get("/shelves/{shelf_id}", responses=refusals, response_model=Any if fault == "wrong-type" else Shelf)
    def read_shelf(shelf_id: str, who: Caller) -> Any:
        found = shelf_of(shelf_id, who)
        return {**found, "name": 17} if fault == "wrong-type" else found

    @app.put("/shelves/{shelf_id}", responses=refusals)
    def replace_shelf(shelf_id: str, body: ShelfIn, who: Caller) -> Shelf:
        found = shelf_of(shelf_id, who, write=True)
        found.update(body.model_dump(exclude_unset=fault == "put-merges"))
        return Shelf(**found)

    @app.patch("/shelves/{shelf_id}", responses=refusals)
    def update_shelf(shelf_id: str, body: ShelfPatch, who: Caller) -> Shelf:
        found = shelf_of(shelf_id, who, write=True)
        found.update(body.model_dump(exclude_unset=True))
        if fault == "patch-resets":
            found["capacity"] = body.capacity
        if fault == "failed-write" and body.name == "x":
            raise HTTPException(403, "no")
        return Shelf(**found)

    @app.delete("/shelves/{shelf_id}", status_code=204, responses=refusals)
    def delete_shelf(shelf_id: str, who: Caller) -> None:
        found = shelf_of(shelf_id, who, write=True)
        if fault != "delete-keeps":
            del shelves[shelf_id]
        trash.append(found)
        if fault != "children-stay":
            for key in [key for key, one in books.items() if one["shelf_id"] == shelf_id]:
                del books[key]

    @app.get("/shelves/{shelf_id}/books", responses=refusals)
    def list_books(shelf_id: str, who: Caller) -> list[Book]:
        shelf_of(shelf_id, who)
        return [Book(**one) for one in books.values() if one["shelf_id"] == shelf_id]

    @app.post("/shelves/{shelf_id}/books", status_code=201, responses=refusals)
    def create_book(shelf_id: str, body: BookIn, who: Caller) -> Book:
        shelf_of(shelf_id, who, write=True)
        made = {"id": uuid.uuid4().hex[:8], "shelf_id": shelf_id, **body.model_dump()}
        books[made["id"]] = made
        return Book(**made)

    @app.get("/books/{book_id}", responses=refusals)
    def read_book(book_id: str, who: Caller) -> Book:
        if fault == "crash" and len(books) > 1:
            raise RuntimeError("broken")
        found = books.get(book_id)
        if found is None:
            raise HTTPException(404, "no such book")
        if fault == "crash-made":
            raise RuntimeError("broken")
        if fault != "children-stay":
            shelf_of(found["shelf_id"], who)
        return Book(**found)

    @app.delete("/books/{book_id}", status_code=204, responses=refusals)
    def delete_book(book_id: str, who: Caller) -> None:
        read_book(book_id, who)
        del books[book_id]

    @app.get("/genres")
    def list_genres() -> list[Genre]:
        return [Genre(**one) for one in genres.values()]

    @app.put("/genres/{slug}", responses=refusals)
    def put_genre(
        slug: Annotated[str, Field(pattern="^[a-z]{3,20}$")], body: Genre, who: Annotated[str, Depends(chief)]
    ) -> Genre:
        genres[slug] = {**body.model_dump(), "slug": slug}
        return Genre(**genres[slug])

    @app.get("/genres/{slug}", responses={404: {"model": Problem}})
    def read_genre(slug: str) -> Genre:
        if slug not in genres:
            raise HTTPException(404, "no such genre")
        return Genre(**genres[slug])

    @app.delete("/genres/{slug}", status_code=204, responses=refusals)
    def delete_genre(slug: str, who: Annotated[str, Depends(chief)]) -> None:
        if genres.pop(slug, None) is None:
            raise HTTPException(404, "no such genre")

    return app


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(
        make_app(sys.argv[2] if len(sys.argv) > 2 else "none"),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_level="warning",
    )
