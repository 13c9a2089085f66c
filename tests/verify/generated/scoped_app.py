"""A small app with scopes: tokens say what they are for, and some operations ask for more than others."""

# FastAPI reads annotations, so they are no strings here.
import uuid
from typing import Annotated, Any

import jwt
from fastapi import Depends, FastAPI, HTTPException, Query, Security
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm, SecurityScopes
from pydantic import BaseModel, Field

KEY = "a-key-of-this-test-that-is-long-enough"
SCOPES = {"notes:read": "Read notes", "notes:write": "Write notes"}
PEOPLE = {"ann": "notes:read notes:write", "ben": "notes:read"}
bearer = OAuth2PasswordBearer(tokenUrl="/token", scopes=SCOPES, auto_error=False)


class NoteIn(BaseModel):
    """A note as it is written."""

    text: Annotated[str, Field(min_length=1, max_length=80)]


class Note(NoteIn):
    """A note."""

    id: str


class Labels(BaseModel):
    """The labels of a note, in no order."""

    labels: Annotated[list[Annotated[str, Field(pattern="^[a-z]{2,12}$")]], Field(max_length=8)]


class RemarkIn(BaseModel):
    """A remark as it is written."""

    note_id: str
    text: Annotated[str, Field(min_length=1, max_length=80)]


class Remark(RemarkIn):
    """What somebody says of a note."""

    id: str


class Token(BaseModel):
    """What signing in gives."""

    access_token: str
    token_type: str = "bearer"


class Draft(BaseModel):
    """A note that is being written in steps."""

    id: str
    step: int


class Problem(BaseModel):
    """Why not."""

    detail: Any


def make_app(fault: str = "none") -> FastAPI:
    """Return the app with a fault.

    With `scope-ignored` every token may write, with `scope-of-create` may make notes; with `remarks-stay` a note goes
    without its remarks, and with `label-lost` all labels but one are kept.
    """
    refusals: dict[int | str, Any] = {code: {"model": Problem} for code in (401, 403, 404)}
    app = FastAPI(title="Notes", version="1")
    notes: dict[str, dict[str, Any]] = {}
    drafts: dict[str, dict[str, Any]] = {}
    remarks: dict[str, dict[str, Any]] = {}
    labels: dict[str, list[str]] = {}

    def caller(asked: SecurityScopes, token: Annotated[str | None, Depends(bearer)]) -> str:
        try:
            said = jwt.decode(token or "", KEY, ["HS256"])
        except jwt.InvalidTokenError:
            raise HTTPException(401, "sign in first", {"WWW-Authenticate": "Bearer"}) from None
        if fault != "scope-ignored" and not set(asked.scopes) <= set(said["scope"].split()):
            raise HTTPException(403, "the token is not for this")
        return str(said["sub"])

    Reads = Annotated[str, Security(caller, scopes=["notes:read"])]  # noqa: N806 - a type
    Writes = Annotated[str, Security(caller, scopes=["notes:write"])]  # noqa: N806 - a type
    Makes = Reads if fault == "scope-of-create" else Writes  # noqa: N806 - a type

    @app.post("/token", responses={401: {"model": Problem}})
    def token(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> Token:
        if form.password != f"{form.username}-pass" or form.username not in PEOPLE:
            raise HTTPException(401, "wrong name or password")
        said = {"sub": form.username, "scope": PEOPLE[form.username], "jti": uuid.uuid4().hex}
        return Token(access_token=jwt.encode(said, KEY, "HS256"))

    @app.get("/notes", responses=refusals)
    def list_notes(who: Reads) -> list[Note]:
        return [Note(**one) for one in notes.values()]

    @app.post("/notes", status_code=201, responses=refusals)
    def create_note(body: NoteIn, who: Makes) -> Note:
        made = {"id": uuid.uuid4().hex[:8], "text": body.text}
        notes[made["id"]] = made
        return Note(**made)

    @app.get("/notes/{note_id}", responses=refusals)
    def read_note(note_id: str, who: Reads) -> Note:
        if note_id not in notes:
            raise HTTPException(404, "no such note")
        return Note(**notes[note_id])

    @app.delete("/notes/{note_id}", status_code=204, responses=refusals)
    def delete_note(note_id: str, who: Writes) -> None:
        """Remove a note with its remarks."""
        if notes.pop(note_id, None) is None:
            raise HTTPException(404, "no such note")
        for key in [key for key, one in remarks.items() if one["note_id"] == note_id and fault != "remarks-stay"]:
            del remarks[key]

    def labels_of(note_id: str) -> Labels:
        if note_id not in notes:
            raise HTTPException(404, "no such note")
        return Labels(labels=labels.get(note_id, []))

    @app.get("/notes/{note_id}/labels", responses=refusals)
    def read_labels(note_id: str, who: Reads) -> Labels:
        return labels_of(note_id)

    @app.put("/notes/{note_id}/labels", responses=refusals)
    def set_labels(note_id: str, body: Labels, who: Writes) -> Labels:
        labels_of(note_id)
        labels[note_id] = sorted(set(body.labels))[: 1 if fault == "label-lost" else None]
        return labels_of(note_id)

    @app.post("/remarks", status_code=201, responses=refusals)
    def create_remark(body: RemarkIn, who: Writes) -> Remark:
        if body.note_id not in notes:
            raise HTTPException(404, "no such note")
        made = {"id": uuid.uuid4().hex[:8], **body.model_dump()}
        remarks[made["id"]] = made
        return Remark(**made)

    @app.get("/remarks/{remark_id}", responses=refusals)
    def read_remark(remark_id: str, who: Reads) -> Remark:
        if remark_id not in remarks:
            raise HTTPException(404, "no such remark")
        return Remark(**remarks[remark_id])

    @app.get("/drafts/start")
    def start() -> Draft:
        made = {"id": uuid.uuid4().hex, "step": 1}
        drafts[made["id"]] = made
        return Draft(**made)

    @app.get("/drafts", responses={404: {"model": Problem}})
    def draft(id: Annotated[str, Query()]) -> Draft:  # noqa: A002
        if id not in drafts:
            raise HTTPException(404, "no such draft")
        return Draft(**drafts[id])

    return app


def document() -> dict[str, Any]:
    """Return the document of the healthy app."""
    return make_app().openapi()
