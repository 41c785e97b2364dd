"""Proofs: links in letters about accounts. Whoever opens one shows that the address is theirs.

Owns: the table account_proof. Guarantees: a link is good once and until its end; only the SHA-256 of its token is
kept, so who holds the database can't use it; an address gets a bounded number of letters a day, whoever asks for
them.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

import asyncpg

from engine.accounts import login_sql as sql
from engine.ids import fingerprint, new_id
from engine.limits import ACCOUNT_LETTERS_PER_ADDRESS_AND_DAY_MAX

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
TOKEN_BYTES = 32


class Purpose(Enum):
    REGISTER = "register"
    RESET = "reset"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What becomes true when a proof is used."""

    email: str
    account: str | None = None
    name: str = ""
    locale: str = "en"
    organizer: str = ""
    password_hash: str | None = field(default=None, repr=False)
    browser: bytes | None = field(default=None, repr=False)  # the fingerprint of what the browser was given that asked


@dataclass(frozen=True, slots=True)
class NewProof:
    id: str
    token: str = field(repr=False)
    until_at: datetime


class Proofs:
    def __init__(self, db: asyncpg.Pool) -> None:
        self._db = db

    async def add(self, connection: asyncpg.Connection, purpose: Purpose, wanted: Wanted, seconds: float) -> NewProof:
        """A proof to be sent, in the caller's transaction; one of no seconds is good for nothing."""
        proof, token = new_id("prf"), secrets.token_urlsafe(TOKEN_BYTES)
        until_at = await connection.fetchval(
            sql.INSERT_PROOF,
            *(proof, purpose.value, fingerprint(token), wanted.email, wanted.account),
            *(wanted.name, wanted.locale, wanted.organizer, wanted.password_hash, wanted.browser, seconds),
        )
        return NewProof(proof, token, until_at)

    async def may_write(self, connection: asyncpg.Connection, email: str) -> bool:
        """Whether this address was not written to too often today."""
        sent: int = await connection.fetchval(sql.LETTERS_TODAY, email)
        return sent < ACCOUNT_LETTERS_PER_ADDRESS_AND_DAY_MAX

    async def look(self, purpose: Purpose, token: str) -> Wanted | None:
        """What a link is for, without using it."""
        if TOKEN.fullmatch(token) is None:
            return None
        row = await self._db.fetchrow(sql.FIND_PROOF, purpose.value, fingerprint(token))
        return None if row is None else wanted_of(row)

    async def take(self, connection: asyncpg.Connection, purpose: Purpose, token: str) -> Wanted | None:
        """Use a link, in the caller's transaction; None when it is none, was used, or has ended."""
        if TOKEN.fullmatch(token) is None:
            return None
        row = await connection.fetchrow(sql.LOCK_PROOF, purpose.value, fingerprint(token))
        if row is None:
            return None
        await connection.execute(sql.USE_PROOF, row["id"])
        return wanted_of(row)

    async def void(self, connection: asyncpg.Connection, account: str) -> None:
        """No link that an account was sent before is good for anything."""
        await connection.execute(sql.VOID_PROOFS, account)


def wanted_of(row: asyncpg.Record) -> Wanted:
    return Wanted(
        row["email"],
        row["account_id"],
        row["name"],
        row["locale"],
        row["organizer"],
        row["password_hash"],
        row["browser_sha256"],
    )
