"""URLs and paths as people write them, and which of them lead to this machine."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from functools import cache
from pathlib import PurePosixPath, PureWindowsPath
from urllib.parse import urlsplit

from specdouble.verify.problems import SettingsError


def password_in(url: str) -> str:
    """Return the password that a URL carries, or ""."""
    try:
        return urlsplit(url if "://" in url else f"//{url}").password or ""
    except ValueError:
        return ""


def base_url(name: str, text: str, paths: Sequence[str] = ()) -> str:
    """Return the base URL of a service, without what the paths of its document begin with themselves.

    Raises:
        SettingsError: it is none of http or https.

    """
    parts = urlsplit(text if "://" in text else f"http://{text}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError(f"--{name} {text!r} is no http(s) URL; write something like https://auth.example.com")
    path = parts.path.rstrip("/")
    before, _, last = path.rpartition("/")
    if last and sum(one.startswith(f"/{last}/") for one in paths) * 2 > len(paths):
        path = before  # the paths of the document begin with it
    return f"{parts.scheme}://{parts.netloc}{path}"


def proxy_url(text: str) -> str:
    """Return the URL of a proxy.

    Raises:
        SettingsError: it is none.

    """
    url = text if "://" in text else f"http://{text}"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https", "socks5", "socks5h") or not parts.hostname:
        raise SettingsError("--proxy is no URL of a proxy; write something like http://proxy.example.com:3128, or off.")
    return url


def in_repository(given: str) -> str:
    """Return a path in a repository with forward slashes.

    Raises:
        SettingsError: it leads out of the repository.

    """
    path = PurePosixPath(given.replace("\\", "/"))
    if path.is_absolute() or PureWindowsPath(given).drive or ".." in path.parts or not path.parts:
        raise SettingsError(
            f"--sarif-file {given!r} is no file in a repository; write its path from the root: docs/api.json."
        )
    return str(path)


def without_userinfo(url: str) -> str:
    """Return a URL without the name and the password that it may carry."""
    parts = urlsplit(url)
    return url.replace(f"{parts.netloc}", parts.netloc.rpartition("@")[2], 1)


@cache
def is_loopback(url: str) -> bool:
    """Tell whether a URL leads to this machine; a name is looked up once, and stays what it was then."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        pass
    try:
        return all(ipaddress.ip_address(one[4][0]).is_loopback for one in socket.getaddrinfo(host, None))
    except (OSError, ValueError):
        return False
