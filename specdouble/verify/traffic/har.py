"""Reading HAR files (HTTP Archive 1.2) as browsers and test tools write them: Chrome, Firefox, Playwright, mitmproxy.

They differ in what they leave out. Bodies are text, base64, or files beside the HAR (Playwright, also inside of a ZIP);
mostly they are decoded already, though the headers still name a coding.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import msgspec
import orjson

from specdouble.verify.problems import SettingsError
from specdouble.verify.reports.stored.reading import said
from specdouble.verify.traffic.exchange import Seen, decoded, headers

Attached = Callable[[str], bytes | None]
_NO_BODY = (204, 304)


class _Pair(msgspec.Struct):
    name: str = ""
    value: str | None = ""


class _Posted(msgspec.Struct, rename={"mime_type": "mimeType", "file": "_file"}):
    mime_type: str | None = ""
    text: str | None = None
    params: list[_Pair] | None = None
    encoding: str | None = None
    file: str | None = None


class _Asked(msgspec.Struct, rename={"post_data": "postData", "body_size": "bodySize"}):
    method: str
    url: str
    headers: list[_Pair] = []
    post_data: _Posted | None = None
    body_size: float | None = -1


class _Content(msgspec.Struct, rename={"mime_type": "mimeType", "file": "_file"}):
    size: float | None = 0
    mime_type: str | None = ""
    text: str | None = None
    encoding: str | None = None
    file: str | None = None


class _Answered(msgspec.Struct, rename={"body_size": "bodySize", "error": "_error", "failure": "_failureText"}):
    status: int = 0
    headers: list[_Pair] = []
    content: _Content = msgspec.field(default_factory=_Content)
    body_size: float | None = -1
    error: str | None = None
    failure: str | None = None


class _Entry(msgspec.Struct):
    request: _Asked
    response: _Answered
    time: float | None = 0


class _Log(msgspec.Struct):
    entries: list[msgspec.Raw]


class _File(msgspec.Struct):
    log: _Log


def read(path: str) -> tuple[list[Seen], list[str]]:
    """Return the exchanges of a file (`.har`, `.har.gz`, or the ZIP of Playwright), and what could not be read of it.

    Raises:
        SettingsError: it cannot be read, or is no HAR file.

    """
    where = f"--har {path}"
    try:
        raw, attached = _opened(Path(path).expanduser())
    except OSError as error:
        raise SettingsError(f"{where}: {error.strerror or error}.") from None
    except (zipfile.BadZipFile, EOFError, KeyError):
        raise SettingsError(f"{where}: it is damaged, or a ZIP file without a .har in it.") from None
    try:
        entries = msgspec.json.decode(raw.removeprefix(b"\xef\xbb\xbf"), type=_File).log.entries
    except msgspec.ValidationError as error:
        raise SettingsError(f"{where} is no HAR file ({said(error)}).") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{where} is no JSON ({error}); export the traffic as HAR with content.") from None
    found, notes = [], []
    for number, one in enumerate(entries):
        try:
            found.append(_seen(msgspec.json.decode(one, type=_Entry), attached))
        except msgspec.ValidationError as error:
            notes.append(f"{path}: entry {number} was left out ({said(error)}).")
    return found, notes


def _opened(path: Path) -> tuple[bytes, Attached]:
    """Return the text of a HAR file, and how files are read that it names."""
    if path.suffix == ".zip":
        archive = zipfile.ZipFile(path)
        names = archive.namelist()
        (name,) = [one for one in names if one.endswith(".har")][:1] or [""]
        return archive.read(name), lambda one: archive.read(one) if one in names else None
    raw = path.read_bytes()
    root = path.resolve().parent

    def beside(name: str) -> bytes | None:
        file = (root / name).resolve()
        return file.read_bytes() if file.is_relative_to(root) and file.is_file() else None

    return (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw), beside


def _seen(entry: _Entry, attached: Attached) -> Seen:
    request, response = entry.request, entry.response
    asked = headers((one.name, one.value or "") for one in request.headers)
    told = headers((one.name, one.value or "") for one in response.headers)
    if response.content.mime_type and "content-type" not in told and response.content.mime_type != "x-unknown":
        told["content-type"] = response.content.mime_type
    trouble = "" if response.status > 0 else response.error or response.failure or "no response"
    return Seen(
        request.method.upper(),
        request.url,
        asked,
        _sent(request, asked.get("content-encoding", ""), attached),
        max(response.status, 0),
        told,
        _received(request.method, response, told.get("content-encoding", ""), attached),
        max(entry.time or 0, 0) / 1000,
        trouble,
    )


def _sent(request: _Asked, coding: str, attached: Attached) -> bytes | None:
    posted = request.post_data
    if posted is None:
        return b"" if not request.body_size or request.body_size < 0 else None
    found = _bytes(posted.text, posted.encoding, posted.file, attached)
    if found is None and posted.params and "urlencoded" in (posted.mime_type or ""):
        return urlencode([(one.name, one.value or "") for one in posted.params]).encode()
    if not found and "multipart" in (posted.mime_type or ""):
        return None  # browsers leave files out
    return _plain(found, coding)


def _received(method: str, response: _Answered, coding: str, attached: Attached) -> bytes | None:
    content = response.content
    found = _bytes(content.text, content.encoding, content.file, attached)
    if found is None:
        empty = method.upper() == "HEAD" or response.status in _NO_BODY or response.body_size == 0 or content.size == 0
        return b"" if empty and not (content.size or 0) > 0 else None
    return _plain(found, coding)


def _bytes(text: str | None, encoding: str | None, file: str | None, attached: Attached) -> bytes | None:
    if text is None:
        return attached(file) if file else None
    if encoding == "base64":
        try:
            return base64.b64decode(text)
        except (binascii.Error, ValueError):
            return None
    return text.encode("utf-8", "surrogatepass")


def _plain(content: bytes | None, coding: str) -> bytes | None:
    """Return a body without the coding that its headers name, where it still has it."""
    if not content or not coding:
        return content
    try:
        orjson.loads(content)
    except orjson.JSONDecodeError:
        found = decoded(content, coding)
        return content if found is None else found
    return content
