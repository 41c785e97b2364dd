"""Codes of authenticator apps: the published vectors, each code once, a little drift."""

from __future__ import annotations

import asyncio
import base64

import asyncpg
import pyotp
import pytest

from engine.accounts import recovery
from engine.accounts.totp import Totp, step_of
from engine.keyring import Keyring

# RFC 6238, appendix B, for SHA-1; its codes have eight digits, of which ours are the last six.
SECRET = base64.b32encode(b"12345678901234567890").decode()
VECTORS = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
    20000000000: "65353130",
}
NOW_S = 1_700_000_000


@pytest.mark.parametrize(("at_s", "code"), VECTORS.items())
def test_the_published_vectors_hold(at_s: int, code: str) -> None:
    assert step_of(SECRET, code[-6:], at_s) == at_s // 30
    assert step_of(SECRET, code[-6:], at_s + 30) == at_s // 30, "a step of drift"
    assert step_of(SECRET, code[-6:], at_s + 90) is None


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "28708२", "287 082", "\uff12\uff18\uff17\uff10\uff18\uff12", "-28708"]
)
def test_what_is_no_code_is_none(code: str) -> None:
    assert step_of(SECRET, code, 59) is None


class Clock:
    now = float(NOW_S)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def account(db: asyncpg.Pool) -> str:
    made = "acc_ana"
    await db.execute("INSERT INTO account (id, email) VALUES ($1, 'ana@example.org')", made)
    return made


async def test_a_code_is_taken_once_however_many_show_it(db: asyncpg.Pool, account: str) -> None:
    clock = Clock()
    totp = Totp(Keyring.of_secret(b"s" * 32), clock=clock)
    async with db.acquire() as connection, connection.transaction():
        made = await totp.begin(connection, account, "ana@example.org")
    assert made is not None
    app = pyotp.TOTP(made.secret)
    assert app.provisioning_uri(name="ana@example.org", issuer_name="Aforo") == made.uri
    assert made.qr.startswith("<svg")
    stored = await db.fetchval("SELECT secret FROM account_totp")
    assert made.secret not in stored

    async def spent(code: str) -> bool:
        async with db.acquire() as connection, connection.transaction():
            return await totp.spend(connection, account, code)

    assert not await spent(app.at(NOW_S)), "nothing counts before it is confirmed"
    async with db.acquire() as connection, connection.transaction():
        assert not await totp.confirm(connection, account, app.at(NOW_S + 300))
        assert await totp.confirm(connection, account, app.at(NOW_S))
        assert not await totp.confirm(connection, account, app.at(NOW_S)), "it is confirmed already"
        assert await totp.begin(connection, account, "ana@example.org") is None, "an app is not replaced in passing"
    assert not await spent(app.at(NOW_S)), "the code that confirmed it is spent"
    clock.now += 60
    both = await asyncio.gather(*(spent(app.at(clock.now)) for _ in range(5)))
    assert sum(both) == 1
    assert not await spent(app.at(clock.now - 30)), "an older code comes too late"
    assert await spent(app.at(clock.now + 30)), "a clock may be half a minute ahead"


async def test_a_secret_of_another_account_gives_no_codes_here(db: asyncpg.Pool, account: str) -> None:
    totp = Totp(Keyring.of_secret(b"s" * 32), clock=Clock())
    async with db.acquire() as connection, connection.transaction():
        other = "acc_bo"
        await connection.execute("INSERT INTO account (id, email) VALUES ($1, 'bo@example.org')", other)
        mine, theirs = [await totp.begin(connection, each, "x@example.org") for each in (account, other)]
        assert mine is not None
        assert theirs is not None
        await connection.execute(
            "UPDATE account_totp t SET secret = o.secret FROM account_totp o"
            " WHERE t.account_id = $1 AND o.account_id = $2",
            *(account, other),
        )
        assert not await totp.confirm(connection, account, pyotp.TOTP(theirs.secret).at(NOW_S)), "it is sealed for them"


async def test_a_recovery_code_counts_once_and_new_ones_void_the_old(db: asyncpg.Pool, account: str) -> None:
    async def spent(code: str) -> bool:
        async with db.acquire() as connection, connection.transaction():
            return await recovery.spend(connection, account, code)

    async with db.acquire() as connection, connection.transaction():
        codes = await recovery.make(connection, account)
    assert len(set(codes)) == 10
    assert sum(await asyncio.gather(*(spent(codes[0]) for _ in range(5)))) == 1
    assert await spent(codes[1].replace("-", " ").upper()), "however it is typed"
    assert not await spent("")
    async with db.acquire() as connection, connection.transaction():
        fresh = await recovery.make(connection, account)
    assert not await spent(codes[2])
    assert await spent(fresh[2])
    kept = await db.fetch("SELECT code_sha256 FROM recovery_code")
    assert not any(code.replace("-", "").encode() in row["code_sha256"] for code in fresh for row in kept)
