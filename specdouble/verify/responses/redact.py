"""Redaction by value: whatever this run knows to be a secret is replaced in every text that leaves it.

Names of fields are not enough: a fault may print a token where nobody expects one. So each secret is learned when it
is sent or received, and replaced wherever its value stands.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from specdouble.verify.api.pack import Words

Looks = tuple[tuple[str, "re.Pattern[str]", str], ...]

SHORTEST = 6  # a shorter value stands in ordinary words too
FEWEST = 5  # different characters: "aaaaaaaa" is a probe of a length, and stands in other probes

# Fields that carry a secret in a request or in the one response that hands it out.
SECRET_FIELDS = {
    "password": "password", "current_password": "password", "new_password": "password",
    "access_token": "access token", "refresh_token": "refresh token", "token": "token",
    "api_key": "API key", "client_secret": "client secret", "code_verifier": "code verifier",
}  # fmt: skip


def fields_of(path: str, words: Words) -> dict[str, str]:
    """Return the fields that carry a secret in the bodies of a path."""
    local = next((more for start, more in words.local_secrets.items() if path.startswith(start)), {})
    return {**SECRET_FIELDS, **words.secret_fields, **local}


# What is a secret of somebody by its look, though this process has never seen it: a JWT; a pack knows more of them.
LOOKS = re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?")
_WORD = re.compile(r"[\w-]{4,}")
_SENTENCE = 160  # characters of a text in which parts of words are looked at too
_ALIKE = 6  # characters at either end by which a changed secret is still told


def ordinary(secrets: Iterable[str], texts: Iterable[str]) -> set[str]:
    """Return the secrets that may stand in a response by chance: words, numbers, and what stands in one of the texts.

    Nobody chose the passwords of given people for a test. One that is a part of an address, of a name that the
    contract knows, or of a sentence, is replaced in what a run writes, but no finding.
    """
    known = [one.lower() for one in texts]
    return {one for one in secrets if one.isalpha() or one.isdigit() or any(one.lower() in text for text in known)}


class Redactor:
    """The secrets of a run, by value, with what each one is.

    `known` holds them as they are; a secret is replaced in its other spellings too: inside JSON, in a URL. What was
    only ever sent in `refused` requests is replaced like the others, but nobody's secret: it may be an ordinary word.
    """

    def __init__(self, looks: Looks = ()) -> None:
        self.looks = [(LOOKS, "eyJ"), *((pattern, sign) for _kind, pattern, sign in looks)]
        self.known: dict[str, str] = {}
        self.refused: set[str] = set()
        self.ordinary: set[str] = (
            set()
        )  # given secrets that may stand in a response by chance: replaced, and no finding
        self._numbers: dict[str, int] = {}  # secret -> how many were known before it
        self._words: dict[str, list[str]] = {}  # longest word of a secret -> the secrets
        self._spelt: dict[str, str] = {}  # another spelling -> the secret

    @classmethod
    def of(cls, secrets: dict[str, str], looks: Looks = ()) -> Redactor:
        """Return a redactor that knows these secrets by value, and what others look like (`Words.secret_looks`)."""
        made = cls(looks)
        for value, kind in secrets.items():
            made.learn(value, kind)
        return made

    def learn(self, value: Any, kind: str) -> None:
        """Remember a secret; values that stand in ordinary text too are left alone."""
        if not isinstance(value, str):
            return
        self.refused.discard(value)
        if value in self.known:
            return
        if len(value) >= SHORTEST and len(set(value)) >= FEWEST:
            self._numbers[value] = len(self.known)
            self.known[value] = kind
            self._words.setdefault(max(_WORD.findall(value), key=len, default=""), []).append(value)
            for other in (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], quote(value, safe="")):
                if other != value:
                    self._spelt[other] = value

    def learn_from(self, body: Any, fields: dict[str, str]) -> None:
        """Remember the secrets in the named fields of a JSON body, at any depth."""
        if isinstance(body, dict):
            for name, value in body.items():
                if isinstance(value, str) and name in fields:
                    # Random requests send words, which stand in ordinary responses; no word is that long.
                    if not value.isalpha() or len(value) > 20:
                        self.learn(value, fields[name])
                else:
                    self.learn_from(value, fields)
        elif isinstance(body, list):
            for item in body:
                self.learn_from(item, fields)

    def shown(self, text: str, known: int | None = None) -> list[str]:
        """Return the secrets that stand in a text: those that were not only refused, of the first `known` ones.

        Through the words of the text, since a run knows thousands of secrets. In a short text, such as a sentence of
        refusal, a secret is also found as a part of a word.
        """
        if len(text) <= _SENTENCE:
            found = [one for one in self.known if one in text]
        else:
            words = set(_WORD.findall(text)) & self._words.keys()
            found = [one for word in words | {""} for one in self._words.get(word, ()) if one in text]
        nobodys = self.refused | self.ordinary
        return [one for one in found if one not in nobodys and (known is None or self._numbers[one] < known)]

    def clean(self, text: str) -> str:
        """Replace every known secret in a text by its kind and a short mark of which one it is."""
        if len(text) < SHORTEST:
            return text
        # A pattern of all secrets of a long run takes a second to build; those that are there are few.
        there = [one for one in self.known if one in text] + [one for one in self._spelt if one in text]
        if there:
            there.sort(key=len, reverse=True)
            text = re.sub("|".join(map(re.escape, there)), lambda found: self._mark(found[0]), text)
        for pattern, sign in self.looks:
            if sign in text:
                text = pattern.sub(lambda found: f"<secret {_digest(found[0])}>", text)
        return text

    def mask(self, value: str) -> str:
        """Clean the value of a header that carries a credential: what was made from a secret is not shown either."""
        cleaned = self.clean(value)
        if cleaned != value:
            return cleaned
        scheme, _, rest = value.partition(" ") if value.startswith(("Bearer ", "Token ")) else ("", "", value)
        ends = {rest[:_ALIKE].lower(), rest[-_ALIKE:].lower()} if len(rest) >= _ALIKE else set()
        kind = next((kind for one, kind in self.known.items() if any(end in one.lower() for end in ends)), "")
        return f"{scheme} <altered {kind} {_digest(rest)}>".strip() if kind else value

    def clean_all(self, value: Any) -> Any:
        """Replace every known secret in every string of a JSON value."""
        if isinstance(value, str):
            return self.clean(value)
        if isinstance(value, dict):
            return {self.clean(str(name)): self.clean_all(one) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.clean_all(one) for one in value]
        return value

    def _mark(self, value: str) -> str:
        secret = self._spelt.get(value, value)
        return f"<{self.known[secret]} {_digest(secret)}>"


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:4]
