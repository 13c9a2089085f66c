"""Multipart forms: the fields and the files of an upload, checked where the document cannot be (rule E01)."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from specdouble.mock.kit import Call, invalid


@dataclass(slots=True)
class Upload:
    """One file of a form: its name and content type as the client gave them, and its bytes."""

    name: str
    content_type: str
    content: bytes


def read(call: Call, file: str) -> tuple[dict[str, str], Upload]:
    """Return the fields of a multipart form and the file in the named part; refuses with 422 what has none."""
    from werkzeug.formparser import FormDataParser  # only here: uploads are rare, and this is half of Flask
    from werkzeug.http import parse_options_header

    mimetype, options = parse_options_header(call.headers.get("content-type"))
    if mimetype != "multipart/form-data":
        raise invalid((("body",), "Input should be a form: send multipart/form-data", "value_error"))
    try:
        parser = FormDataParser(stream_factory=lambda *_sizes, **_names: BytesIO(), silent=False)
        _stream, fields, files = parser.parse(BytesIO(call.raw), mimetype, len(call.raw), options)
    except ValueError as error:
        raise invalid((("body",), f"Input should be a form: {error}", "value_error")) from None
    sent = files.get(file)
    if sent is None:
        raise invalid((("body", file), "Field required", "missing"))
    wrong = [name for name, value in fields.items() if "\0" in value]
    if wrong:
        raise invalid(*((("body", name), "Value must not contain NUL", "value_error") for name in wrong))
    upload = Upload(sent.filename or "", sent.content_type or "application/octet-stream", sent.read())
    return fields.to_dict(), upload
