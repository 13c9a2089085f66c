"""Secrets in responses: by the names of fields, by what a value looks like, and by being known to this run.

A name can be another one and a value can be known to nobody, so each way finds what the others miss.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from specdouble.openapi import Op
from specdouble.openapi.validation.compiled import Schemas
from specdouble.verify.responses.record import Record
from specdouble.verify.responses.redact import Looks, Redactor

if TYPE_CHECKING:
    from specdouble.verify.api.api import Api
    from specdouble.verify.responses.reply import Reply

PRIVATE_JWK = frozenset({"d", "p", "q", "dp", "dq", "qi", "k", "oth"})
# Never part of a response, whatever a schema leaves open.
JSON_TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")
PRIVATE_FIELDS = frozenset(
    {
        "password", "password_hash", "hashed_password", "db_config", "refresh_hash", "secret_hash", "pan", "cvc", "cvv",
        "iban", "card_number", "account_number",
    }
)  # fmt: skip
# A field that no schema knows is a warning; with such a name it is a leak.
PRIVATE_NAME = re.compile(
    r"pass(word|wd|phrase)|secret|private|credential|hash|token|salt|db_config|internal|(^|_)(number|pan|cvc|cvv|iban)$",
    re.IGNORECASE,
)
_UNLIKELY = ("Traceback (most recent call last)", 'File "/', "sqlalchemy.exc", "psycopg")

# What never belongs into a response, and what belongs there only in a field that the document declares for it.
_NEVER = (
    ("private key", re.compile(r"-----BEGIN (?!PUBLIC KEY|CERTIFICATE)[A-Z ]+-----")),
    (
        "password hash",
        re.compile(r"\$2[abxy]\$\d\d\$[./\w]{50,}|\$argon2(?:id|i|d)\$|\$(?:scrypt|pbkdf2[\w-]*|[56])\$"),
    ),
)
_DECLARED = (
    ("token (a JWT)", re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*")),
    (
        "key of another service",
        re.compile(
            r"\b[sr]k_(?:live|test)_\w{8,}|\bwhsec_\w{8,}|\bsk-[\w-]{20,}|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_\w{30,}"
            r"|\bxox[abprs]-[\w-]{10,}"
        ),
    ),
)
_HANDS_OUT = re.compile(r"token|secret|key|jwt|code", re.IGNORECASE)
_SIGNS = ("-----BEGIN ", "$2", "$argon2", "$scrypt", "$pbkdf2", "$5$", "$6$", "eyJ", "k_live_",
          "k_test_", "whsec_", "sk-", "AKIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "xox")  # fmt: skip
_DIGITS = re.compile(r"(?<![\w.-])(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{5})(?![\w-]|\.\d)")
_ISSUERS = re.compile(r"4|5[1-5]|2[2-7]|3[47]|3(?:0[0-5]|[68])|35|6(?:011|4[4-9]|5)")
_LENGTHS = {"4": (13, 16, 19), "5": (16,), "2": (16,), "3": (14, 15, 16), "6": (16, 19)}


def look(api: Api, op: Op, reply: Reply, record: Record, redactor: Redactor, known: int | None) -> None:
    """Write what a response shows and must not into a record; the first `known` secrets were there before it."""
    text, schemas, looks = reply.text, api.contract.of(op), api.words.secret_looks
    for sign in _UNLIKELY:
        if sign in text:
            record.add(
                "SECRET-03", op.id, "a response shows the server's inside", about=sign, promised="no stack traces",
                expected="a sentence", got=text,
            )  # fmt: skip
    for name, value in fields(reply.json):
        if name in PRIVATE_JWK and isinstance(value, str) and _is_key(reply.json):
            record.add(
                "SECRET-02", op.id, f"a key shows its private member {name}", about=name, source="RFC 7517",
                promised="public members only", expected="kty, use, alg, kid, n, e", got=f"{name} is there",
            )  # fmt: skip
        elif (
            name in PRIVATE_FIELDS
            and value is not None
            and name not in _declared(op, schemas)
            and not _is_schema(value)
        ):
            record.add(
                "SECRET-03", op.id, f"a response has the field {name}", about=name, source="a general promise",
                promised="no passwords, hashes, payment details or database settings in any response",
                expected="no such field", got=f"{name} is there",
            )  # fmt: skip
    if api.facts(op).secret and reply.status < 300:
        return
    for kind, where in _alike(op, reply, schemas, looks):
        record.add(
            "SECRET-04", op.id, f"a response shows what looks like a {kind}", about=f"{kind} {where}",
            promised="nothing secret in responses, whatever its field is called", source="a general promise",
            expected=f"no {kind}", got=f"{reply.status} with a {kind} in {where or 'the body'}",
        )  # fmt: skip
    for secret in redactor.shown(text, known):
        kind = redactor.known[secret]
        record.add(
            "SECRET-01", op.id, f"a response shows {_one(kind)} that was handed out or sent before", about=kind,
            promised="a secret is shown once, by the operation that makes it", source="a general promise",
            expected="no secret", got=f"{reply.status} with {_one(kind)}",
        )  # fmt: skip


def _one(kind: str) -> str:
    return f"an {kind}" if kind[:1].upper() in "AEIO" else f"a {kind}"


def _alike(op: Op, reply: Reply, schemas: Schemas, looks: Looks) -> Iterator[tuple[str, str]]:
    """Yield what looks like a secret and was not in the request: the kind, and the field it stands in."""
    text = reply.text
    if not any(sign in text for sign in (*_SIGNS, *(sign for _, _, sign in looks))) and not _DIGITS.search(text):
        return
    asked = unquote(reply.asked.decode("utf-8", "replace"))
    for where, one in _texts(reply.json if reply.json is not None else text):
        handed = where in _declared(op, schemas) and bool(_HANDS_OUT.search(where))
        for kind, value in secrets(one, looks, handed=handed):
            if value not in asked:
                yield kind, where


def secrets(text: str, looks: Looks = (), *, handed: bool = False) -> Iterator[tuple[str, str]]:
    """Yield what in a text looks like a secret: its kind and value; `handed` leaves out what may be handed out."""
    own = [(kind, pattern) for kind, pattern, _sign in looks if kind]
    for kind, pattern in _NEVER if handed else (*_NEVER, *_DECLARED, *own):
        found = pattern.search(text)
        if found:
            yield kind, found[0]
    for found in _DIGITS.finditer(text):
        if is_card(re.sub(r"\D", "", found[0])):
            yield "card number", found[0]


def is_card(digits: str) -> bool:
    """Whether digits are the number of a payment card: an issuer's beginning, its length, and the check digit."""
    if not _ISSUERS.match(digits) or len(digits) not in _LENGTHS[digits[0]] or len(set(digits)) < 2:
        return False
    doubled = [int(one) * (1 + number % 2) for number, one in enumerate(reversed(digits))]
    return sum(one // 10 + one % 10 for one in doubled) % 10 == 0


@cache
def _declared(op: Op, schemas: Schemas) -> frozenset[str]:
    """Return the names of all fields that the document declares in the successes of an operation."""
    found, seen = set[str](), set[str]()

    def walk(node: Any) -> None:
        if isinstance(node, list):
            for one in node:
                walk(one)
        elif isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                if node["$ref"] not in seen:
                    seen.add(node["$ref"])
                    walk(schemas.resolve(node))
                return
            found.update(node["properties"] if isinstance(node.get("properties"), dict) else ())
            for one in node.values():
                walk(one)

    for response in op.spec.responses.values():
        if response.status < 300:
            walk([one.schema for one in (response.content or {}).values()])
    return frozenset(found)


def _texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text and number of a JSON value with the name of the field it stands in."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield "", str(key)
            yield from _texts(one, key)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one, name)
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield name, str(value)


def fields(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield every field of a JSON value, at any depth."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield name, one
            yield from fields(one)
    elif isinstance(value, list):
        for one in value:
            yield from fields(one)


def _is_schema(value: Any) -> bool:
    """Tell whether a value is the schema of a parameter, as in an app's functions: it says what kind, not which one."""
    return isinstance(value, dict) and value.get("type") in JSON_TYPES


def _is_key(value: Any) -> bool:
    return any(name == "kty" for name, _ in fields(value))
