"""Documents as data: JSON or YAML text, and what makes it an OpenAPI document."""

import os
import re
from typing import Any

from specdouble.openapi.errors import SpecError
from specdouble.openapi.reading.source import TIMEOUT, read

VERSIONS = ("2.0", "3.0", "3.1", "3.2")

# What other documents about APIs have at the top.
_OTHERS = {
    "asyncapi": "an AsyncAPI document",
    "item": "a Postman collection",
    "arazzo": "an Arazzo description",
    "discoveryVersion": "a discovery document of Google",
    "log": "an HTTP archive (HAR)",
    "apiVersion": "a manifest of Kubernetes",
    "$schema": "a JSON Schema",
}

Duplicates = list[tuple[str, int]]


def parse(data: bytes, where: str, duplicates: Duplicates | None = None) -> Any:
    """Return what JSON or YAML text says; `where` names its origin in messages.

    YAML is read as the JSON it stands for, by version 1.2: dates stay strings, `on` and `no` are words, keys are
    strings. With `duplicates`, keys that stand twice are noted there (see `parse_yaml`) instead of refused.

    Raises:
        SpecError: the text is neither, with the line of the first mistake.

    """
    found: Duplicates = []
    text = data.decode("utf-8-sig", "replace") if data[:3] == b"\xef\xbb\xbf" else None
    start = (text or data[:200].decode("utf-8", "replace")).lstrip()[:1]
    value = _json(data, where, found) if start in ("{", "[") else _yaml(data, where, found)
    if duplicates is not None:
        duplicates += found
    elif found:
        key, line = found[0]
        at = f"line {line}: " if line else ""
        raise SpecError(f"{at}the key {key} stands twice", where=where, next_step="Remove one of them")
    return value


def load(source: str | os.PathLike[str], timeout: float = TIMEOUT) -> dict[str, Any]:
    """Read an OpenAPI document from a path or an http(s) URL, as it was published.

    Raises:
        SpecError: it cannot be read, has a syntax error, or is something else than an OpenAPI document.

    """
    return openapi(parse(read(source, timeout), str(source)), str(source))


def version_of(document: dict[str, Any]) -> str:
    """Return "2.0", "3.0", "3.1" or "3.2"; of a later 3.x the latest known."""
    if "swagger" in document:
        return "2.0"
    text = str(document.get("openapi", ""))[:3]
    return text if text in VERSIONS else VERSIONS[-1]


def openapi(document: Any, where: str) -> dict[str, Any]:
    """Return `document` if it is an OpenAPI document, of version 2.0 or 3.x.

    Raises:
        SpecError: it is something else; the message says what it looks like.

    """
    if not isinstance(document, dict):
        what = "it is empty" if document is None else "it holds no mapping"
        raise SpecError(f"not an OpenAPI document: {what}", where=where, next_step="Check the file name")
    version = document.get("openapi", document.get("swagger"))
    if isinstance(version, float):  # without quotes: `swagger: 2.0`
        version = str(version)
    if isinstance(version, str) and re.match(r"3\.\d|2\.0$", version):
        _has_parts(document, where)
        return document
    if version is not None:
        field = "openapi" if "openapi" in document else "swagger"
        raise SpecError(
            f"not an OpenAPI document that can be read: the field `{field}` says {version!r}, not 2.0 or 3.x",
            where=where,
            next_step="Check the version",
        )
    if "overlay" in document:
        raise SpecError("this is an overlay, not a document", where=where, next_step="Pass it with --overlay")
    kind = next((name for field, name in _OTHERS.items() if field in document), "")
    if kind:
        raise SpecError(f"this is {kind}, not an OpenAPI document", where=where, next_step="Export it as OpenAPI first")
    said = "not an OpenAPI document: it says neither `openapi: 3.x` nor `swagger: 2.0`"
    raise SpecError(said, where=where, next_step="Check the file name")


def _has_parts(document: dict[str, Any], where: str) -> None:
    """Refuse a document without anything in it: 3.1 asks for paths, webhooks or components, the others for paths."""
    wanted = ("paths",) if version_of(document) in ("2.0", "3.0") else ("paths", "webhooks", "components")
    if not any(isinstance(document.get(part), dict) for part in wanted):
        raise SpecError(f"the document has no {' or '.join(wanted)}", where=where, next_step="Add a `paths` mapping")
    for part in ("paths", "webhooks", "components"):
        if part in document and not isinstance(document[part], dict):
            raise SpecError(f"`{part}` is no mapping", where=where, next_step="Correct it")


def _json(data: bytes, where: str, duplicates: Duplicates) -> Any:
    import json

    from specdouble.openapi.reading.json_text import parse_json

    try:
        return parse_json(data.decode(json.detect_encoding(data)), duplicates)
    except json.JSONDecodeError as error:
        if _looks_like_flow_yaml(data):
            return _yaml(data, where, duplicates)
        raise SpecError(
            f"line {error.lineno} is not valid JSON ({error.msg.split(':')[0]})",
            where=where,
            next_step="Correct that line",
        ) from None
    except RecursionError:
        raise SpecError("it is nested too deeply", where=where, next_step="Check the file") from None
    except ValueError as error:
        raise SpecError(f"neither JSON nor YAML ({error})", where=where, next_step="Check the file name") from None


def _looks_like_flow_yaml(data: bytes) -> bool:
    """Tell `{openapi: 3.1.0}` (YAML) from JSON with a mistake: JSON quotes its first key."""
    return data.removeprefix(b"\xef\xbb\xbf").lstrip()[1:].lstrip()[:1] not in (b'"', b"{", b"[", b"")


def _yaml(data: bytes, where: str, duplicates: Duplicates) -> Any:
    import yaml

    from specdouble.openapi.reading.yaml_text import YamlError, parse_yaml

    try:
        return parse_yaml(data, duplicates)
    except YamlError as mistake:
        raise SpecError(
            f"line {mistake.line} is not valid YAML ({mistake})", where=where, next_step="Correct that line"
        ) from None
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1} " if error.problem_mark else ""
        reason = str(error.problem or error.context)
        if (
            "cannot start any token" in reason
            and error.problem_mark
            and _begins_with_tab(data, error.problem_mark.line)
        ):
            reason = "a tab stands where only spaces may"
        raise SpecError(f"{line}is not valid YAML ({reason})", where=where, next_step="Correct that line") from None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0]
        raise SpecError(f"neither JSON nor YAML ({reason})", where=where, next_step="Check the file name") from None


def _begins_with_tab(data: bytes, line: int) -> bool:
    lines = data.splitlines()
    return line < len(lines) and lines[line].lstrip(b" ").startswith(b"\t")
