"""Files: what was uploaded is given back, byte for byte."""

from __future__ import annotations

from typing import Any

from specdouble.mock.inferred.act import Act
from specdouble.mock.inferred.items.making import touched
from specdouble.mock.inferred.items.store import FILES
from specdouble.mock.inferred.operations.acting.actions import _answer, _given
from specdouble.mock.inferred.operations.writing.kept import file_of, keep, stem
from specdouble.mock.inferred.operations.writing.receipts import receipt
from specdouble.mock.inferred.pointing import read
from specdouble.mock.inferred.responses.success import respond, status_of
from specdouble.mock.pipeline.call import Response
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.collections import Doc
from specdouble.openapi.bodies.base import File
from specdouble.openapi.media_types import covers, kind_of
from specdouble.openapi.model.evidence.words import plain
from specdouble.openapi.values.make import MISSING


def upload(act: Act) -> Response:
    """Keep the file of a request."""
    within, kind = act.within, act.kind
    file = file_of(act)
    record = _record(act)
    if record is None and kind is not None and not act.spec.path.count("{"):
        from specdouble.mock.inferred.operations.writing.create import create

        made = create(act)
        newest = next(act.world.state[kind.store].newest(), None)
        if newest is not None and file is not None:
            keep(act, file, f"{kind.name}/{newest['key']}", {kind.name: newest["key"]})
        return made
    if file is not None:
        of = {**within, kind.name: record["key"]} if record is not None and kind is not None else within
        keep(act, file, stem(act.place), of)
        if kind is not None and record is not None:
            keep(act, file, f"{kind.name}/{record['key']}", of)
    if kind is None or record is None:
        return respond(act, receipt(act, None))
    changes = {**_given(act, kind), **_described(act, record["value"], file)}
    if changes and isinstance(record["value"], dict):
        record = act.items.change(kind, record, touched(act, kind, {**record["value"], **changes}))
    return _answer(act, kind, record)


def download(act: Act) -> Response:
    """Give back the file that was uploaded, or a small one of the declared kind.

    Where a success is declared only for a file that is not ready, a server sends its caller on to the file.
    """
    record = _record(act)
    moved = _redirect(act)
    if moved and _DIRECT not in act.call.text_query:
        return respond(act, MISSING, "read", wanted=(moved,), facts={"location": _direct(act)})
    store = act.world.state[act.api.store(FILES)]
    held = store.get(stem(act.place))
    if held is None and record is not None and act.kind is not None:
        held = store.get(f"{act.kind.name}/{record['key']}")
    status, declared = status_of(act, "read")
    if held is not None and held.get("gone"):
        raise Problem(404, "The file was deleted.")
    if held is None and not moved:
        return respond(act, MISSING, "read")
    if held is None:
        return Response(b"mock", status=200, content_type="application/octet-stream")
    if moved:
        return Response(held["data"], status=200, content_type=held["type"])
    kinds = list(declared.content or {})
    media = held["type"] if any(covers(kind_of(one), kind_of(held["type"])) for one in kinds) or not kinds else kinds[0]
    if "*" in media:
        media = held["type"]
    return Response(held["data"], status=status, content_type=media)


_DIRECT = "__file=1"  # in the query of an address that gives a file itself


def _redirect(act: Act) -> int:
    """Return the status with which a download sends its caller on, 0 for one that gives the file itself."""
    given = act.spec.responses
    if any(one in given for one in (200, 203, 206, 2, 0)):
        return 0
    return next((one for one in (302, 303, 307, 301, 308) if one in given), 0)


def _direct(act: Act) -> str:
    query = "&".join(filter(None, (act.call.text_query, _DIRECT)))
    return f"http://{act.call.headers.get('host') or 'localhost'}{act.api.base}{act.place}?{query}"


def _record(act: Act) -> Doc | None:
    kind = act.kind
    if kind is None:
        return None
    if kind.name in act.within:
        return act.items.get(kind, act.within[kind.name], {})
    own = [one for one in act.spec.parameters if one.location == "path" and one.name not in act.meaning.within]
    return act.items.get(kind, act.key, act.within) if own else None


def _described(act: Act, value: Any, file: File | None) -> dict[str, Any]:
    """Return what an item says of its file: name, size, media type."""
    if file is None or not isinstance(value, dict) or act.kind is None:
        return {}
    found: dict[str, Any] = {}
    for name, schema in act.api.flats.members(act.kind.schema).items():
        short, kind = plain(name), act.api.flats.of(schema).type
        if short in ("size", "filesize", "contentlength", "bytes", "sizebytes") and kind in ("integer", "number"):
            found[name] = len(file.data)
        elif short in ("filename", "originalname", "originalfilename") and kind == "string" and file.name:
            found[name] = file.name
        elif short in ("mimetype", "contenttype", "mediatype") and kind == "string":
            found[name] = file.media_type
    return {name: one for name, one in found.items() if read(value, f"/{name}") != one}
