"""Refusals in the words of the document: its statuses, its error schema, or RFC 9457 where it has none."""

from __future__ import annotations

import difflib
from collections import Counter
from http import HTTPStatus
from typing import Any

from specdouble.mock.inferred.api import EPOCH, Api
from specdouble.mock.inferred.responses.success import written
from specdouble.mock.pipeline.negotiation import negotiated
from specdouble.mock.pipeline.problems import Problem
from specdouble.openapi import Content, Operation
from specdouble.openapi.bodies import Bodies, BodyError
from specdouble.openapi.media_types import is_json, is_xml
from specdouble.openapi.model.evidence.words import plain
from specdouble.openapi.values import meaning
from specdouble.openapi.values.context import Context, chance
from specdouble.openapi.values.flat import Flat
from specdouble.openapi.values.make import MISSING

_INSTEAD = {
    400: (400, 422),
    401: (401, 403),
    403: (403, 401),
    404: (404, 410),
    405: (405,),
    409: (409, 422, 412, 400),
    412: (412, 409),
    413: (413, 400),
    415: (415, 400, 422),
    422: (422, 400),
    428: (428, 412, 400),
}
PROBLEM = "application/problem+json"
_SENTENCE = frozenset({"message", "detail", "details", "description", "errordescription", "reason", "msg", "text",
                       "errormessage", "info", "explanation", "cause", "hint", "debug", "developermessage",
                       "usermessage", "errormsg", "longmessage", "statusmessage"})  # fmt: skip
_CODE = frozenset({"code", "errorcode", "status", "statuscode", "httpstatus", "httpcode", "errortype", "type",
                   "error", "errorid", "statusreason", "kind", "key", "name", "httpstatuscode"})  # fmt: skip
_LISTS = frozenset({"", "errors", "details", "violations", "issues", "messages", "problems", "error",
                    "validationerrors", "detail", "loc"})  # fmt: skip
_PLACES = frozenset({"field", "path", "property", "param", "parameter", "location", "pointer", "source",
                     "propertypath"})  # fmt: skip


class Refusals:
    """Writes refusals of one service."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self._usual: Content | None = None
        self._looked = False
        self._open: list[str] = []  # keys of the schemas that are being filled

    def write(
        self, operation: Operation | None, problem: Problem, accept: str | None = None, path: str = ""
    ) -> tuple[int, str, bytes]:
        """Return the status, the media type and the body of a refusal."""
        status = self.status(operation, problem)
        sentence, fields = spoken(problem)
        declared = operation.response(status) if operation is not None else None
        if declared is not None and declared.content:
            media, content = negotiated(declared.content, accept)
            told = self._as_told(content, media, problem)
            if told:
                return status, media, written(told)
            return status, media, self._body(content, media, status, sentence, fields, path)
        usual = self.usual()
        if usual is not None:
            return status, usual.media_type, self._body(usual, usual.media_type, status, sentence, fields, path)
        body: dict[str, Any] = {"type": "about:blank", "title": _phrase(status), "status": status, "detail": sentence}
        if fields:
            body["errors"] = [{"pointer": at, "detail": text} for at, text in fields]
        return status, PROBLEM, written(body)

    def _as_told(self, content: Content, media: str, problem: Problem) -> dict[str, Any]:
        """Return what is wrong with a request in the form of FastAPI, {} where the document has another one."""
        told = {"detail": _parts(problem)}
        if not told["detail"] or not is_json(media) or "detail" not in self.api.flats.members(content.schema):
            return {}
        return told if self.api.maker.fits(self.api.flats.of(content.schema), told) else {}

    def status(self, operation: Operation | None, problem: Problem) -> int:
        """Return the status that is declared for a kind of refusal, or the usual one."""
        if operation is None:
            return problem.status
        given = operation.responses
        choices = _INSTEAD.get(problem.status, (problem.status,))
        kinds = {one.get("type") for one in _parts(problem)} if problem.status == 422 else set()
        if "json_invalid" in kinds:
            choices = (400, 422)
        elif kinds & {"media_type", "model_attributes_type"} and 415 in given and _is_media(problem):
            choices = (415,)
        elif 404 in given and operation.response(400) is None and _is_of_path(problem):
            choices = (422, 404)  # what cannot be a key names nothing
        for status in choices:
            if status in given:
                return status
        return 400 if problem.status == 422 else problem.status

    def usual(self) -> Content | None:
        """Return the content of the error response that most operations have, None where no document has any."""
        if not self._looked:
            self._looked = True
            counted: Counter[str] = Counter()
            contents: dict[str, Content] = {}
            for operation in self.api.operations.values():
                for status, response in operation.responses.items():
                    if not (status == 0 or 4 <= status <= 5 or 400 <= status < 600):
                        continue
                    for media, content in (response.content or {}).items():
                        if isinstance(content.schema, dict) and (is_json(media) or media.startswith("text/")):
                            name = str(content.schema.get("$ref") or (content.pointer if is_json(media) else media))
                            counted[name] += 1
                            contents.setdefault(name, content)
                        break
            if counted:
                self._usual = contents[counted.most_common(1)[0][0]]
        return self._usual

    def _body(self, content: Content, media: str, status: int, sentence: str, fields: list[tuple[str, str]],
              path: str) -> bytes:  # fmt: skip
        api = self.api
        flat = api.flats.of(content.schema)
        context = Context(chance("error", status), EPOCH, False, False, 0, "http://localhost")
        if not is_json(media) and not is_xml(media) and flat.type not in ("object", "array"):
            return sentence.encode()
        value = self._value(flat, "", status, sentence, fields, path, context, 0)
        if value is MISSING:
            value = {"detail": sentence, "status": status}
        made = api.fitter.fit(content.schema, value, context)
        if is_xml(media):
            try:
                return Bodies({content.media_type: content}, api.schemas.shapes).encode(made, content.media_type)[0]
            except (BodyError, ValueError, TypeError):
                return sentence.encode()
        return written(made)

    def _value(self, flat: Flat, name: str, status: int, sentence: str, fields: list[tuple[str, str]], path: str,
               context: Context, depth: int) -> Any:  # fmt: skip
        """Return a value that says what went wrong, MISSING where a member is about something else."""
        short = plain(name)
        if flat.options:
            for index in range(len(flat.options)):
                made = self._value(
                    self.api.flats.option(flat, index), name, status, sentence, fields, path, context, depth
                )
                if made is not MISSING:
                    return made
            return MISSING
        kind = flat.type
        if kind == "object" and (depth >= 4 or (flat.key and flat.key in self._open)):
            return MISSING  # an error inside of an error of its own kind says nothing further
        if kind == "object":
            return self._members(flat, short, status, sentence, fields, path, context, depth)
        if kind == "array":
            if flat.items is None or short in _LISTS:
                return self._list(flat, name, status, sentence, fields, path, context, depth)
            return MISSING
        if kind in ("integer", "number"):
            return status if short in _CODE else MISSING
        if kind == "boolean":
            return (
                False if short in ("success", "ok", "succeeded") else True if short in ("error", "iserror") else MISSING
            )
        return self._text(flat, short, status, sentence, path)

    def _list(self, flat: Flat, name: str, status: int, sentence: str, fields: list[tuple[str, str]], path: str,
              context: Context, depth: int) -> Any:  # fmt: skip
        if flat.items is None:
            return [sentence]
        inner = self.api.flats.of(flat.items)
        made = []
        for at, text in fields or [("", sentence)]:
            one = self._value(
                inner, name.removesuffix("s"), status, text, [(at, text)] if at else [], path, context, depth + 1
            )
            if one is MISSING and inner.type in ("string", ""):
                one = at.rpartition("/")[2] if name == "loc" else text
            if one is not MISSING:
                made.append(one)
        return made

    def _members(self, flat: Flat, short: str, status: int, sentence: str, fields: list[tuple[str, str]], path: str,
                 context: Context, depth: int) -> dict[str, Any]:  # fmt: skip
        made: dict[str, Any] = {}
        names = {plain(one) for one in flat.properties}
        self._open.append(flat.key)
        for name, schema in flat.properties.items():
            inner = self.api.flats.of(schema)
            key = plain(name)
            if key in _PLACES and inner.type in ("string", "") and fields:
                made[name] = fields[0][0]
                continue
            if key == "error" and inner.type in ("string", "") and names & _SENTENCE:
                value: Any = self._text(inner, "code", status, _phrase(status), path)
            else:
                value = self._value(inner, name, status, sentence, fields, path, context, depth + 1)
            if value is not MISSING and (value != [] or name in flat.required):
                made[name] = value
            elif name in flat.required:
                fresh = self.api.maker.make(schema, context, name)
                if fresh is not MISSING:
                    made[name] = fresh
        self._open.pop()
        if not flat.properties:
            made = {"message": sentence, "status": status}
        return made

    def _text(self, flat: Flat, short: str, status: int, sentence: str, path: str) -> Any:
        if flat.enum:
            wanted = plain(_phrase(status))
            known = {plain(str(one)): one for one in flat.enum}
            close = difflib.get_close_matches(wanted, known, n=1, cutoff=0.4)
            return known[close[0]] if close else MISSING
        formed = str(flat.rules.get("format") or "")
        if formed == "date-time" or short in ("timestamp", "time"):
            return meaning.stamp(EPOCH)
        if formed.startswith("uri") or short in ("instance", "href", "url", "documentationurl"):
            return "about:blank" if short == "type" else path or "about:blank"
        if short == "title":
            return _phrase(status)
        if (
            short in _SENTENCE
            or short in ("", "error", "errors")
            or short.endswith(("message", "description", "detail"))
        ):
            return sentence
        if short in ("status", "statuscode", "httpstatus", "httpcode"):
            return str(status)
        if short in _CODE or short.endswith("code"):
            return _phrase(status).lower().replace(" ", "_")
        return path if short == "path" and path else MISSING


def _is_media(problem: Problem) -> bool:
    return any(" is not declared: send " in str(one.get("msg")) or "send application/json, not" in str(one.get("msg"))
               for one in _parts(problem))  # fmt: skip


def _is_of_path(problem: Problem) -> bool:
    """Tell whether all that is wrong with a request stands in its path."""
    parts = _parts(problem) if problem.status == 422 else []
    return bool(parts) and all(one.get("loc", ("",))[0] == "path" for one in parts)


def spoken(problem: Problem) -> tuple[str, list[tuple[str, str]]]:
    """Return the sentence of a refusal, and what is wrong where, by JSON pointer."""
    parts = _parts(problem)
    if parts:
        fields = [("/" + "/".join(map(str, one.get("loc", ())[1:])), str(one.get("msg"))) for one in parts]
        first = parts[0]
        where = ".".join(map(str, first.get("loc", ())))
        return f"{where}: {first.get('msg')}", fields
    detail = problem.detail if problem.raw is None else problem.raw
    if isinstance(detail, dict):
        detail = detail.get("message") or detail.get("detail") or str(detail)
    return str(detail or _phrase(problem.status)), []


def _parts(problem: Problem) -> list[dict[str, Any]]:
    return [one for one in problem.detail if isinstance(one, dict)] if isinstance(problem.detail, list) else []


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
