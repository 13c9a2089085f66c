"""The bytes behind a path or an http(s) URL."""

import os
from pathlib import Path
from urllib.parse import unquote

from specdouble.openapi.errors import SpecError, closest

TIMEOUT = 10.0


def is_url(source: str | os.PathLike[str]) -> bool:
    """Tell whether `source` is an http(s) URL, as opposed to a path."""
    return str(source).lower().startswith(("http://", "https://"))


def read(source: str | os.PathLike[str], timeout: float = TIMEOUT) -> bytes:
    """Return the bytes behind a path or an http(s) URL.

    Raises:
        SpecError: the file is missing or unreadable, or the URL does not respond with a document in time.

    """
    return _download(str(source), timeout) if is_url(source) else _read_file(Path(source))


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        guess = closest(path.name, siblings)
        raise SpecError(
            "no such file", where=str(path), closest=str(path.with_name(guess)) if guess else None
        ) from None
    except IsADirectoryError:
        inside = sorted(p.name for p in path.iterdir() if p.suffix in (".json", ".yaml", ".yml"))
        guess = str(path / inside[0]) if inside else None
        raise SpecError("this is a folder", where=str(path), closest=guess, next_step="Name a document") from None
    except OSError as error:
        raise SpecError(f"cannot be read ({error.strerror})", where=str(path)) from None


def outside(ref: str, source: str, pointer: str) -> str:
    """Say of a reference at a place in a document why it is not followed: the file is not there, or nobody asked."""
    location = ref.partition("#")[0]
    own = not pointer.startswith("/x-referenced-files")  # others are relative to another file, which is not known here
    if source and own and not is_url(source) and not is_url(location):
        path = Path(source).parent / unquote(location)
        try:
            if not path.exists():
                beside = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
                near = closest(path.name, beside)
                hint = f" (did you mean {location.rpartition('/')[0] or '.'}/{near}?)" if near else ""
                return f"names a file that is not there{hint}"
        except OSError:  # no name of a file, or a folder that may not be read
            pass
    return "leaves the document"


def _download(url: str, timeout: float) -> bytes:
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    headers = {"Accept": "application/json, application/yaml;q=0.9, */*;q=0.5", "User-Agent": "specdouble"}
    try:
        with urlopen(Request(url, headers=headers), timeout=timeout) as response:  # noqa: S310 - is_url() let only http(s) in
            data: bytes = response.read()
            return data
    except HTTPError as error:
        error.close()
        raise SpecError(f"the server responded with {error.code}", where=url, next_step="Check the address") from None
    except TimeoutError:
        raise SpecError(f"no response within {timeout:g} seconds", where=url, next_step="Try again later") from None
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        if isinstance(reason, TimeoutError):
            raise SpecError(f"no response within {timeout:g} seconds", where=url, next_step="Try again later") from None
        raise SpecError(f"cannot be reached ({reason})", where=url, next_step="Check the address") from None
