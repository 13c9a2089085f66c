"""What the independent server keeps: people, sessions, keys, money and nicknames, in SQLite tables of its own shape."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import threading
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

SCHEMA = """
CREATE TABLE account (no INTEGER PRIMARY KEY AUTOINCREMENT, uid TEXT UNIQUE, mail TEXT, tenant TEXT, salt BLOB,
    digest BLOB, born REAL, seen REAL, nick TEXT UNIQUE, UNIQUE (mail, tenant));
CREATE TABLE visit (sid TEXT PRIMARY KEY, no INTEGER, fresh TEXT UNIQUE, born REAL, seen REAL, agent TEXT);
CREATE TABLE pass (no INTEGER PRIMARY KEY AUTOINCREMENT, owner INTEGER, name TEXT, digest TEXT UNIQUE, head TEXT,
    scopes TEXT, born REAL, used REAL);
CREATE TABLE book (no INTEGER PRIMARY KEY AUTOINCREMENT, owner INTEGER, ref TEXT, amount INTEGER, why TEXT, said TEXT,
    born REAL);
CREATE TABLE bill (no INTEGER PRIMARY KEY AUTOINCREMENT, pid TEXT UNIQUE, owner INTEGER, cents INTEGER, tokens INTEGER,
    born REAL, done REAL);
"""
GRANT = 3100  # tokens of a newcomer


def stamp(when: float | None) -> str | None:
    """Write a moment with microseconds and an offset, as Python does."""
    return None if when is None else datetime.fromtimestamp(when, UTC).isoformat(timespec="microseconds")


def digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Account:
    """Somebody with an account; `sid` is the visit of the token that they came with, if they came with one."""

    no: int
    uid: str
    mail: str
    tenant: str
    born: float
    seen: float
    nick: str | None
    sid: str | None = None


class State:
    """One database in memory; every public method is one transaction."""

    TENANTS = ("default", "elsewhere")

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self.db.executescript(SCHEMA)
        self.db.execute("UPDATE sqlite_sequence SET seq = 70000")
        for number in range(40):  # other people are here already
            who = self.enrol(f"resident{number}@example.net", "not-for-you", "default")
            assert who is not None
            if number % 3 == 0:
                self.rename(who.no, f"resident{number}")

    def rows(self, query: str, *values: Any) -> list[Any]:
        with self.lock:
            return self.db.execute(query, values).fetchall()

    def one(self, query: str, *values: Any) -> Any:
        found = self.rows(query, *values)
        return found[0] if found else None

    # -- people ----------------------------------------------------------------------------------------------------

    def enrol(self, mail: str, password: str, tenant: str) -> Account | None:
        """Make an account with its grant; None when the address is taken in that tenant."""
        salt, now = secrets.token_bytes(8), time.time()
        uid = f"imp_u_{secrets.token_hex(8)}"
        with self.lock:
            if self.one("SELECT 1 FROM account WHERE mail = ? AND tenant = ?", mail.lower(), tenant):
                return None
            self.db.execute(
                "INSERT INTO account (uid, mail, tenant, salt, digest, born, seen) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (uid, mail.lower(), tenant, salt, _hash(password, salt), now, now),
            )
            who = self.account("uid", uid)
            assert who is not None
            self.enter(who.no, uuid.uuid4().hex, GRANT, "grant", None)
            return who

    def account(self, column: str, value: Any, sid: str | None = None) -> Account | None:
        found = self.one(f"SELECT no, uid, mail, tenant, born, seen, nick FROM account WHERE {column} = ?", value)
        return Account(*found, sid) if found else None

    def known(self, mail: str, password: str, tenant: str) -> Account | None:
        found = self.one("SELECT no, salt, digest FROM account WHERE mail = ? AND tenant = ?", mail.lower(), tenant)
        if not found or not secrets.compare_digest(_hash(password, found[1]), found[2]):
            return None
        self.rows("UPDATE account SET seen = ? WHERE no = ?", time.time(), found[0])
        return self.account("no", found[0])

    def rename(self, no: int, nick: str) -> bool:
        try:
            self.rows("UPDATE account SET nick = ? WHERE no = ?", nick, no)
        except sqlite3.IntegrityError:
            return False
        return True

    # -- visits ----------------------------------------------------------------------------------------------------

    def arrive(self, no: int, agent: str) -> tuple[str, str]:
        """Open a visit; return its id and its refresh token."""
        sid, fresh, now = str(uuid.uuid4()), secrets.token_urlsafe(40), time.time()
        self.rows("INSERT INTO visit VALUES (?, ?, ?, ?, ?, ?)", sid, no, digest(fresh), now, now, agent)
        return sid, fresh

    def renew(self, token: str, *, reusable: bool = False) -> tuple[Account, str, str] | None:
        """Exchange a refresh token for another one."""
        with self.lock:
            found = self.one("SELECT sid, no FROM visit WHERE fresh = ?", digest(token))
            if not found:
                return None
            fresh = token if reusable else secrets.token_urlsafe(40)
            self.rows("UPDATE visit SET fresh = ?, seen = ? WHERE sid = ?", digest(fresh), time.time(), found[0])
            who = self.account("no", found[1], found[0])
            return (who, found[0], fresh) if who else None

    def leave(self, token: str) -> None:
        self.rows("DELETE FROM visit WHERE fresh = ?", digest(token))

    # -- keys ------------------------------------------------------------------------------------------------------

    def mint(self, no: int, name: str, scopes: str) -> tuple[Any, str]:
        secret = f"imp_live_{secrets.token_urlsafe(24)}"
        with self.lock:
            self.rows(
                "INSERT INTO pass (owner, name, digest, head, scopes, born) VALUES (?, ?, ?, ?, ?, ?)",
                no, name, digest(secret), secret[:13], scopes, time.time(),
            )  # fmt: skip
            return self.one(
                "SELECT no, head, name, scopes, born, used FROM pass WHERE digest = ?", digest(secret)
            ), secret

    def by_key(self, secret: str) -> Account | None:
        found = self.one("SELECT owner FROM pass WHERE digest = ?", digest(secret))
        if not found:
            return None
        self.rows("UPDATE pass SET used = ? WHERE digest = ?", time.time(), digest(secret))
        return self.account("no", found[0])

    # -- money -----------------------------------------------------------------------------------------------------

    def enter(self, owner: int, ref: str, amount: int, why: str, said: str | None) -> None:
        self.rows(
            "INSERT INTO book (owner, ref, amount, why, said, born) VALUES (?, ?, ?, ?, ?, ?)",
            owner, ref, amount, why, said, time.time(),
        )  # fmt: skip

    def held(self, owner: int) -> tuple[int, float]:
        """Return the balance of an account and when it moved last."""
        found = self.one("SELECT COALESCE(SUM(amount), 0), MAX(born) FROM book WHERE owner = ?", owner)
        return int(found[0]), float(found[1])

    def pay(self, pid: str, *, again: bool = False) -> tuple[Any, bool] | None:
        """Complete a payment once; return it and whether it was complete before."""
        with self.lock:
            bill = self.one("SELECT pid, owner, tokens, done FROM bill WHERE pid = ?", pid)
            if bill is None:
                return None
            if bill[3] is None or again:
                self.enter(bill[1], pid, bill[2], "topup", "Tokens that were bought")
                self.rows("UPDATE bill SET done = ? WHERE pid = ?", time.time(), pid)
            return bill, bill[3] is not None


def _hash(password: str, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", password.encode("utf-8", "surrogatepass"), salt, 100)
