"""Recovery codes: for who has lost every other second factor.

Owns: the table recovery_code. Guarantees: each code counts once; new codes void the ones before; who holds the database
can't use them, since 77 random bits can't be tried.
"""

from __future__ import annotations

import re
import secrets
from hashlib import sha256

import asyncpg

from engine.accounts import factors_sql as sql
from engine.ids import READABLE_ALPHABET
from engine.limits import RECOVERY_CODES

GROUPS, GROUP_CHARS = 4, 4
CODE = re.compile(rf"[{READABLE_ALPHABET}]{{{GROUPS * GROUP_CHARS}}}")


async def make(connection: asyncpg.Connection, account: str) -> list[str]:
    """New codes in the place of all others; the only time anybody sees them."""
    codes = [new_code() for _ in range(RECOVERY_CODES)]
    await connection.execute(sql.FORGET_CODES, account)
    await connection.execute(sql.INSERT_CODES, account, [fingerprint(account, plain(code)) for code in codes])
    return codes


async def spend(connection: asyncpg.Connection, account: str, shown: str) -> bool:
    """Whether it is a code that nobody has shown before."""
    code = plain(shown)
    if CODE.fullmatch(code) is None:
        return False
    return await connection.fetchval(sql.SPEND_CODE, account, fingerprint(account, code)) is not None


def new_code() -> str:
    return "-".join("".join(secrets.choice(READABLE_ALPHABET) for _ in range(GROUP_CHARS)) for _ in range(GROUPS))


def plain(code: str) -> str:
    """However somebody types it."""
    return re.sub(r"[\s-]", "", code).lower()


def fingerprint(account: str, code: str) -> bytes:
    return sha256(f"{account}:{code}".encode()).digest()
