"""Files: they come back byte by byte, and what is said of them is true."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from specdouble.openapi import Op
from specdouble.openapi.bodies import Bodies, File
from specdouble.openapi.model.evidence.words import plain
from specdouble.verify.api.rules import rule
from specdouble.verify.generated import Known, Request
from specdouble.verify.generated.filling import Filler
from specdouble.verify.problems import Unmet
from specdouble.verify.responses.reply import Reply
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import by_model, workshop

_NAME = "specdouble.txt"
_SENT = (
    ("any bytes", b"specdouble \xe4\xf6\xfc \x00\xff\r\nline", "application/octet-stream"),
    ("a text in Latin-1", "Gr\xfc\xdfe".encode("latin-1"), "text/plain"),
)
_SIZES = re.compile(r"(file|content|byte|attachment)?(size|length)(in)?(bytes)?|bytes|bytecount|numbytes")
_DIGESTS = re.compile(r"(sha|md|checksum|digest|hash|fingerprint|etag)")
_BY_LENGTH = {32: "md5", 40: "sha1", 56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}


def _files(op: Op, known: Known) -> bool:
    """Whether an operation takes a file that another one gives back."""
    about = known.about(op)
    return about.role in ("create", "upload", "upsert") and any(
        one.reads for one in known.uses(op.service, about.resource, "download")
    )


def _parts(op: Op, session: Session) -> list[str]:
    """Return the members of a form that are files."""
    content = Filler.content(op)
    flats = workshop(session).filler(op).flats
    members = flats.members(content.schema) if content is not None else {}
    return [
        name
        for name, one in members.items()
        if "binary" in str(flats.of(one).rules.values()) or "contentMediaType" in flats.of(one).rules
    ]


def _uploads(op: Op, session: Session) -> Iterator[tuple[str, bytes, Request, Reply]]:
    """Yield what kind of file was sent, its bytes, the request and the response, for each that was taken.

    Raises:
        Unmet: the operation takes no body.

    """
    shop = workshop(session)
    request = shop.request(op)
    content = Filler.content(op)
    if content is None or op.spec.body is None:
        raise Unmet("it takes no body")
    files = _parts(op, session)
    for said, data, kind in _SENT:
        headers = dict(request.headers)
        body = data
        if "multipart" in content.media_type and files:
            whole = {
                **shop.filler(op).body(op, full=False, example=False, refer=None),
                files[0]: File(data, _NAME, kind),
            }
            body, headers["Content-Type"] = Bodies(op.spec.body.content, shop.filler(op).schemas.shapes).encode(
                whole, content.media_type
            )
        reply = shop.send(request, content=body, headers=headers, body=None)
        if reply.ok:
            yield said, data, request, reply


@rule("LIFE-76")
@by_model(_files)
def test_a_file_comes_back_byte_by_byte(op: Op, session: Session, check: Check) -> None:
    """A file that was sent comes back as it was: any bytes, and those of a text in any encoding."""
    shop = workshop(session)
    for said, data, request, reply in _uploads(op, session):
        thing = shop.take(request, reply) or request.thing
        for reader in shop.known.uses(op.service, shop.known.about(op).resource, "download"):
            if thing is None or not reader.reads:
                continue
            got = shop.send(shop.build(reader, thing.who, request.how, thing))
            if check.that(
                got.ok,
                f"a file that was sent is answered with {got.status}",
                got,
                op=op,
                expected="2xx",
                about=f"{said} read",
            ):
                check.that(
                    got.content == data,
                    f"a file of {said} comes back as something else",
                    got,
                    op=op,
                    expected=repr(data),
                    got=repr(got.content[:80]),
                    about=said,
                )
    if not session.record.judged[op.id]["LIFE-76"]:
        check.does_not_apply("no file of these kinds is taken")


@rule("LIFE-79")
@by_model(lambda op, known: _files(op, known) and op.spec.success.schema is not None)
def test_what_is_said_of_a_file_is_true(op: Op, session: Session, check: Check) -> None:
    """The digest of a file is that of its bytes, its size is their number, its original name the one that was sent.

    Digests are MD5 and SHA in hexadecimal, told by the name of the member and by their length.
    """
    shop = workshop(session)
    for _said, data, request, reply in _uploads(op, session):
        thing = shop.take(request, reply)
        views = [shop.known.item(op, reply.json), shop.reading.item(thing) if thing is not None else None]
        for view in views:
            for name, expected, got in _claims(view or {}, data, named=bool(_parts(op, session))):
                check.that(
                    expected == got,
                    f"{name} of a file is not that of what was sent",
                    reply,
                    op=op,
                    expected=expected,
                    got=got,
                    about=name,
                )
    if not session.record.judged[op.id]["LIFE-79"]:
        check.does_not_apply("no digest, size or name of a file is shown")


def _claims(view: dict[str, Any], data: bytes, *, named: bool) -> Iterator[tuple[str, Any, Any]]:
    """Yield the members that tell of a file: their name, what they have to be, and what they are."""
    for name, value in view.items():
        short = plain(name)
        if isinstance(value, str) and _DIGESTS.search(short):
            text = value.rpartition(":")[2].lower()
            kind = _BY_LENGTH.get(len(text)) if re.fullmatch(r"[0-9a-f]+", text) else None
            if kind is not None:
                yield name, hashlib.new(kind, data, usedforsecurity=False).hexdigest(), text
        elif isinstance(value, int) and not isinstance(value, bool) and _SIZES.fullmatch(short):
            yield name, len(data), value
        elif named and isinstance(value, str) and short in ("originalname", "originalfilename"):
            yield name, _NAME, value
