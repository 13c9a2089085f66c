"""The certificate of a server that speaks https: files that were given, or one of a local authority of our own.

The authority is made once and kept in the user's cache folder, so that a browser which was told to trust it goes on
doing so; the certificate of the server is made each time it starts. It is for every world: no client takes a wildcard
for all names below a top-level one, and so worlds have names one level further down.
"""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from specdouble.files import private_folder, write_private
from specdouble.mock.options import Options
from specdouble.mock.pipeline.problems import StartError
from specdouble.mock.state.worlds import SECURE

NAMES = ("localhost", f"*{SECURE}", "127.0.0.1", "::1")
_DAYS = 365  # of a certificate; some clients refuse those that last longer than 398


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files in PEM: the chain of a certificate, its key, and the authority to trust where we made it."""

    chain: Path
    key: Path
    authority: Path | None = None


def certificate_of(options: Options) -> Certificate | None:
    """Return the certificate that a server is to have; None where it speaks plain http.

    Raises:
        StartError: the files do not fit, need a password, or there is nowhere to keep those that are made.
        ModuleNotFoundError: one is to be made, and the library for it is not installed.

    """
    if options.tls_cert:
        found = Certificate(Path(options.tls_cert), Path(options.tls_key or options.tls_cert))
        _check(found)
        return found
    if options.tls_key:
        raise StartError("a key without its certificate", where="--tls-key", next_step="Give --tls-cert too")
    return _made(options.host) if options.tls else None


def _check(found: Certificate) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    where = f"--tls-cert {found.chain}" + (f" --tls-key {found.key}" if found.key != found.chain else "")
    asked = False

    def password() -> str:
        nonlocal asked
        asked = True
        return ""

    try:
        context.load_cert_chain(found.chain, found.key, password)
    except (ssl.SSLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or ""
        said = "the key needs a password, which a server cannot ask for" if asked else _SAID.get(reason, _NONE)
        raise StartError(said, where=where, next_step="Give a certificate and its key as PEM files") from None


_NONE = "a file holds no certificate, or no key"
_SAID = {"KEY_VALUES_MISMATCH": "the key is that of another certificate"}


def _made(host: str) -> Certificate:
    import trustme

    folder = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "specdouble" / "tls"
    chain, key, authority = folder / "localhost.pem", folder / "localhost-key.pem", folder / "authority.pem"
    kept = folder / "authority-key.pem"
    now = datetime.now(UTC).replace(tzinfo=None)
    try:
        private_folder(folder)
        try:
            local = trustme.CA.from_pem(authority.read_bytes(), kept.read_bytes())
        except (OSError, ValueError):
            local = trustme.CA(organization_name="specdouble on this machine")
            write_private(kept, local.private_key_pem.bytes())
            write_private(authority, local.cert_pem.bytes())
        names = dict.fromkeys((*NAMES, *([host.strip("[]")] if _is_named(host) else ())))
        made = local.issue_cert(*names, not_before=now - timedelta(days=1), not_after=now + timedelta(days=_DAYS))
        write_private(key, made.private_key_pem.bytes())
        write_private(chain, b"".join(one.bytes() for one in made.cert_chain_pems))
    except OSError as error:
        said = f"its certificate cannot be kept ({error.strerror})"
        next_step = "Set XDG_CACHE_HOME to a folder of yours, or give --tls-cert"
        raise StartError(said, where=f"--tls {folder}", next_step=next_step) from None
    return Certificate(chain, key, authority)


def _is_named(host: str) -> bool:
    """Whether a host is one that clients could ask for: no number written short, and not all of them."""
    return host not in ("", "0.0.0.0", "::") and not host.replace(".", "").isdigit()  # noqa: S104 - only compared
