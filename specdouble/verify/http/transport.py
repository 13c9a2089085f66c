"""The one place that builds HTTP clients: no cookies, which certificates are trusted, and through which proxy.

httpx would read all of this from the environment by itself, and more than is wanted: a proxy for loopback, and
passwords from `.netrc`. So it is told not to look there, and given what a run is meant to use.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

import httpx

from specdouble.verify.problems import SettingsError

if TYPE_CHECKING:
    from specdouble.verify.settings.values import Settings


def http_client(settings: Settings, timeout: float | None = None) -> httpx.Client:
    """Return a client for the servers of a run; it follows no redirects and keeps no cookies.

    Args:
        settings: the settings of the run.
        timeout: seconds to wait for a response (default: those of the settings).

    Raises:
        SettingsError: a certificate file or a proxy that cannot be used.

    """
    context = tls(settings)
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=20)
    mounts: dict[str, httpx.HTTPTransport] = {}
    for url in (*settings.urls.values(), settings.control):
        proxy = proxy_of(settings, url)
        if proxy:
            origin = f"{urlsplit(url).scheme}://{urlsplit(url).netloc.rpartition('@')[2]}"
            mounts[origin] = _through(proxy, context, limits)
    return httpx.Client(
        timeout=timeout or settings.timeout,
        verify=context,
        trust_env=False,
        limits=limits,
        mounts=mounts,
        # Callers share connections, never a session: what one of them was given is not sent by the next.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )


def async_client(settings: Settings) -> httpx.AsyncClient:
    """Return a client that passes requests on to the target of a run: it adds nothing of its own to them.

    Raises:
        SettingsError: a certificate file or a proxy that cannot be used.

    """
    try:
        made = httpx.AsyncClient(
            timeout=settings.timeout,
            verify=tls(settings),
            trust_env=False,
            proxy=proxy_of(settings, settings.target) or None,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=50),
        )
    except (ImportError, ValueError) as error:
        raise SettingsError(f"--proxy cannot be used: {error}") from None
    made.headers.clear()
    return made


def speaks_tls(url: str, seconds: float = 3.0) -> bool:
    """Whether a server speaks TLS where a URL says that it does not."""
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        return False
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # nothing is sent
    try:
        with (
            socket.create_connection((parts.hostname, parts.port or 80), seconds) as plain,
            context.wrap_socket(plain, server_hostname=parts.hostname),
        ):
            return True
    except OSError:  # what TLS raises is one
        return False


def _through(proxy: str, context: ssl.SSLContext, limits: httpx.Limits) -> httpx.HTTPTransport:
    try:
        return httpx.HTTPTransport(verify=context, limits=limits, proxy=proxy)
    except (ImportError, ValueError) as error:
        shown = proxy.rpartition("@")[2]
        raise SettingsError(f"the proxy {shown} cannot be used: {error}") from None


def proxy_of(settings: Settings, url: str) -> str:
    """Return the proxy of a URL, or an empty text.

    `--proxy` holds for everything. Else the environment does (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY), but never
    for this machine: a proxy would look for the server on its own.
    """
    from specdouble.verify.settings.urls import is_loopback

    if not url or url == "off" or settings.proxy == "off":
        return ""
    if settings.proxy:
        return settings.proxy
    given = getproxies_environment()
    parts = urlsplit(url)
    proxy = given.get(parts.scheme) or given.get("all") or ""
    if not proxy or is_loopback(url) or _bypassed(parts.netloc.rpartition("@")[2], parts.hostname or "", given):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _bypassed(place: str, host: str, given: dict[str, str]) -> bool:
    """Whether NO_PROXY names a host: by itself, by its end, by `*`, or by a network (10.0.0.0/8)."""
    if proxy_bypass_environment(place, given):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    for word in given.get("no", "").split(","):
        try:
            if address in ipaddress.ip_network(word.strip(), strict=False):
                return True
        except ValueError:
            continue
    return False


def tls(settings: Settings) -> ssl.SSLContext:
    """Return what a run trusts and shows in TLS.

    Trusted are the authorities of SSL_CERT_FILE and SSL_CERT_DIR, or the public ones where neither is set, and those of
    `--ca-file` beside them.

    Raises:
        SettingsError: a file that is not there, or is none of certificates.

    """
    own = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    return _context(*own, settings.insecure, settings.ca_file, settings.client_cert, settings.client_key)


@lru_cache(maxsize=4)
def _context(
    file: str | None, folder: str | None, insecure: bool, ca_file: str, client_cert: str, client_key: str
) -> ssl.SSLContext:
    """Make what `tls` says; reading all authorities takes some fifty milliseconds, and a run has several clients."""
    if file or folder:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        _trust(context, "SSL_CERT_FILE" if file else "SSL_CERT_DIR", file, folder)
    else:
        context = httpx.create_ssl_context(trust_env=False)
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if ca_file:
        _trust(context, "--ca-file", ca_file)
    if client_cert:
        _show(context, client_cert, client_key)
    elif client_key:
        raise SettingsError("--client-key is of no use alone; --client-cert names the certificate that it belongs to.")
    return context


def _trust(context: ssl.SSLContext, name: str, file: str | None, folder: str | None = None) -> None:
    try:
        context.load_verify_locations(cafile=_home(file), capath=_home(folder))
    except ssl.SSLError:
        raise SettingsError(f"{name}: {file} is no file of certificates; it must be PEM (-----BEGIN …).") from None
    except OSError as error:
        raise SettingsError(f"{name}: {file or folder}: {error.strerror}.") from None


def _show(context: ssl.SSLContext, cert: str, key: str) -> None:
    """Show a client certificate; a key that asks for a password is refused, for nobody could type it in a pipeline."""
    for name, path in (("--client-cert", cert), ("--client-key", key)):
        if path and not os.path.isfile(_home(path) or ""):
            raise SettingsError(f"{name}: there is no file {path}.")
    try:
        context.load_cert_chain(_home(cert) or "", _home(key) or None, password=lambda: b"")
    except ssl.SSLError as error:
        more = "it must be PEM, with a certificate and (here or in --client-key) its key, which has no password"
        if error.reason == "KEY_VALUES_MISMATCH":
            more = "the key is that of another certificate"
        raise SettingsError(f"--client-cert {cert}: {more}.") from None
    except OSError as error:
        raise SettingsError(f"--client-cert {cert}: {error.strerror}.") from None


def _home(path: str | None) -> str | None:
    return os.path.expanduser(path) if path else None


def trouble(error: Exception, timeout: float) -> str:
    """Say in a few words what went wrong with a connection, and which option helps."""
    text = str(error)
    if isinstance(error, httpx.TimeoutException):
        return f"no answer within {timeout:g} seconds"
    if isinstance(error, httpx.ProxyError):
        return f"the proxy refused ({text}); --proxy, HTTPS_PROXY or HTTP_PROXY names it, NO_PROXY makes exceptions"
    told = next((said for sign, said in _TLS if sign in text.upper().replace("_", " ")), "")
    if told:
        return told
    if isinstance(error, httpx.ConnectError):
        return "the connection was refused" if "refused" in text.lower() else f"cannot connect ({error})"
    return f"the connection broke ({error or type(error).__name__})"


# What TLS says (in capitals, without underscores), and what it means to somebody who started a run.
_TLS = (
    ("HOSTNAME MISMATCH", "its certificate is for another name; give the URL that the certificate names"),
    ("IP ADDRESS MISMATCH", "its certificate is for another address; give the URL that the certificate names"),
    ("CERTIFICATE HAS EXPIRED", "its certificate has expired; renew it, or verify with --insecure"),
    (
        "CERTIFICATE VERIFY FAILED",
        "its certificate is of an authority that is not trusted here; --ca-file FILE (or SSL_CERT_FILE) names a "
        "private one, --insecure looks at no certificate",
    ),
    ("CERTIFICATE REQUIRED", "it asks for a client certificate: --client-cert FILE, --client-key FILE"),
    ("ALERT BAD CERTIFICATE", "it does not take this client certificate: --client-cert FILE, --client-key FILE"),
    ("ALERT UNKNOWN CA", "it does not trust the authority of this client certificate: --client-cert FILE"),
    ("ALERT HANDSHAKE FAILURE", "TLS failed; it may ask for a client certificate: --client-cert, --client-key"),
    ("WRONG VERSION NUMBER", "it does not speak TLS there; is the URL http:// or another port?"),
    ("RECORD LAYER FAILURE", "it does not speak TLS there; is the URL http:// or another port?"),
)
