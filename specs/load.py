"""Reading a document, in JSON or YAML, from a file or an http(s) URL."""

import os
from pathlib import Path
from typing import Any

from specs.errors import SpecError

TIMEOUT = 10.0


def is_url(source: str | os.PathLike[str]) -> bool:
    """Tell whether `source` is an http(s) URL, as opposed to a path."""
    return str(source).lower().startswith(("http://", "https://"))


def read(source: str | os.PathLike[str], timeout: float = TIMEOUT) -> bytes:
    """Return the bytes behind a path or an http(s) URL.

    Raises:
        SpecError: the file is missing or unreadable, or the URL does not answer with a document in time.

    """
    return _download(str(source), timeout) if is_url(source) else _read_file(Path(source))


def parse(data: bytes, where: str) -> Any:
    """Return what JSON or YAML text says; `where` names its origin in messages.

    YAML is read as the JSON it stands for: dates stay strings, `on` and `no` are words, keys are strings.

    Raises:
        SpecError: the text is neither, with the line of the first mistake.

    """
    import orjson

    if data.lstrip()[:1] in (b"{", b"["):
        try:
            return orjson.loads(data)
        except orjson.JSONDecodeError as error:
            if not _looks_like_flow_yaml(data):
                raise SpecError(
                    f"line {error.lineno} is not valid JSON ({error.msg.split(':')[0]})",
                    where=where,
                    next_step="Correct that line",
                ) from None
    return _parse_yaml(data, where)


def load(source: str | os.PathLike[str], timeout: float = TIMEOUT) -> dict[str, Any]:
    """Read an OpenAPI 3 document from a path or an http(s) URL, as it was published.

    Raises:
        SpecError: it cannot be read, has a syntax error, or is something else than an OpenAPI 3 document.

    """
    return openapi(parse(read(source, timeout), str(source)), str(source))


def openapi(document: Any, where: str) -> dict[str, Any]:
    """Return `document` if it is an OpenAPI 3 document.

    Raises:
        SpecError: it is something else; the message says what it looks like.

    """
    if not isinstance(document, dict):
        raise SpecError("not an OpenAPI document: it holds no mapping", where=where, next_step="Check the file name")
    version = document.get("openapi")
    if isinstance(version, str) and version.startswith("3."):
        if isinstance(document.get("paths"), dict):
            return document
        raise SpecError("the document has no paths", where=where, next_step="Add a `paths` mapping")
    if "swagger" in document:
        raise SpecError(
            f"this is Swagger {document['swagger']}", where=where, next_step="Convert it to OpenAPI 3 first"
        )
    if "overlay" in document:
        raise SpecError("this is an overlay, not a document", where=where, next_step="Pass it with --overlay")
    raise SpecError(
        "not an OpenAPI document: the field `openapi` does not say 3.x", where=where, next_step="Check the file name"
    )


def _read_file(path: Path) -> bytes:
    from specs.errors import closest

    try:
        return path.read_bytes()
    except FileNotFoundError:
        siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        guess = closest(path.name, siblings)
        raise SpecError(
            "no such file", where=str(path), closest=str(path.with_name(guess)) if guess else None
        ) from None
    except OSError as error:
        raise SpecError(f"cannot be read ({error.strerror})", where=str(path)) from None


def _download(url: str, timeout: float) -> bytes:
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    headers = {"Accept": "application/json, application/yaml;q=0.9, */*;q=0.5", "User-Agent": "understudy"}
    try:
        with urlopen(Request(url, headers=headers), timeout=timeout) as answer:  # noqa: S310 - is_url() let only http(s) in
            data: bytes = answer.read()
            return data
    except HTTPError as error:
        error.close()
        raise SpecError(f"the server answered {error.code}", where=url, next_step="Check the address") from None
    except TimeoutError:
        raise SpecError(f"no answer within {timeout:g} seconds", where=url, next_step="Try again later") from None
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        if isinstance(reason, TimeoutError):
            raise SpecError(f"no answer within {timeout:g} seconds", where=url, next_step="Try again later") from None
        raise SpecError(f"cannot be reached ({reason})", where=url, next_step="Check the address") from None


def _looks_like_flow_yaml(data: bytes) -> bool:
    """Tell `{openapi: 3.1.0}` (YAML) from JSON with a mistake: JSON quotes its first key."""
    return data.lstrip()[1:].lstrip()[:1] not in (b'"', b"{", b"[", b"")


def _parse_yaml(data: bytes, where: str) -> Any:
    import yaml

    from specs.yaml_loader import JsonLoader

    try:
        return _string_keys(yaml.load(data, Loader=JsonLoader))  # noqa: S506 - a safe loader with fewer types
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1} " if error.problem_mark else ""
        raise SpecError(
            f"{line}is not valid YAML ({error.problem or error.context})", where=where, next_step="Correct that line"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0]
        raise SpecError(f"neither JSON nor YAML ({reason})", where=where, next_step="Check the file name") from None


def _string_keys(value: Any) -> Any:
    """Make every key a string, as JSON has it: `200:` under `responses` means "200"."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else _key(key): _string_keys(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_string_keys(item) for item in value]
    return value


def _key(key: Any) -> str:
    if key is None:
        return "null"
    return str(key).lower() if isinstance(key, bool) else str(key)
