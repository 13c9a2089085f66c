"""Tokens that look like those of a server; nobody signed them."""

from __future__ import annotations

import base64

import orjson


def token(imperal_id: str, **more: object) -> str:
    """Return a JWT of a person, valid until 2100."""
    body = {"sub": imperal_id, "exp": 4102444800, "sid": f"s-{imperal_id}", **more}
    parts = (base64.urlsafe_b64encode(orjson.dumps(one)).decode().rstrip("=") for one in ({"alg": "RS256"}, body))
    return f"{'.'.join(parts)}.{'c2lnbmF0dXJl' * 3}"
