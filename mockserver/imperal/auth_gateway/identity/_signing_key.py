"""The RSA key that access tokens are signed with: given in a file, or made once and kept."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from specdouble.mock.kit import StartError, World

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

KEY_BITS = 2048  # RFC 7518 asks for 2048 at least, and common verifiers refuse less


def signing_key(world: World, file: str | None) -> RSAPrivateKey:
    """Return the key of a file, or else the one that is kept with the state, as the sessions of its tokens are.

    Raises:
        StartError: the file holds no key that can be used.

    """
    if file:
        return _private_key(file)
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    made: list[RSAPrivateKey] = []

    def make() -> str:
        made.append(_private_key(None))
        return _pem(made[0]).decode()

    text = world.secret("signing key", make)
    loaded = made[0] if made else load_pem_private_key(text.encode(), None)
    assert isinstance(loaded, RSAPrivateKey)  # noqa: S101 - for types: it was made here
    return loaded


def _pem(key: RSAPrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _private_key(given: str | None) -> RSAPrivateKey:
    """Read the key file that was given, or keep one in the user's cache folder so that tokens outlive a restart."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    root = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    path = Path(given) if given else Path(root) / "specdouble" / "signing-key.pem"
    try:
        loaded = load_pem_private_key(path.read_bytes(), None)
        if isinstance(loaded, RSAPrivateKey):
            return loaded
        raise ValueError("another key")
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        if given:
            locked = isinstance(error, TypeError)
            said = "it needs a password, which a server cannot ask for" if locked else "it holds no RSA private key"
            said = (error.strerror or said) if isinstance(error, OSError) else said
            raise StartError(
                said, where=f"--signing-key {path}", next_step="Give a PEM file with an RSA private key"
            ) from None
    made = generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(_pem(made))
        fresh.replace(path)
    except OSError:
        pass  # a read-only home: the key lives as long as the process
    return made
