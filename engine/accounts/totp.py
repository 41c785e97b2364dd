"""Codes of authenticator apps (RFC 6238: SHA-1, six digits, steps of 30 seconds).

Owns: the table account_totp; secrets are sealed by the keyring. Guarantees: a secret counts once a code of it was
shown; a code is taken once, however many show it at the same moment, and none that is older than one that was taken.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable

import asyncpg

from engine.access import Sealer
from engine.accounts import factors_sql as sql
from engine.accounts.factor_model import TotpSecret
from engine.keyring import FACTORS, Keyring
from engine.limits import TOTP_DRIFT_STEPS

ISSUER = "Aforo"
SECRET_CHARS = 32  # of base32: 160 bits, as long as SHA-1
CODE = re.compile(r"[0-9]{6}")


class Totp:
    def __init__(self, keyring: Keyring, *, clock: Callable[[], float] = time.time) -> None:
        self._sealer = Sealer(keyring, b"authenticator app", FACTORS)
        self._clock = clock

    async def begin(self, connection: asyncpg.Connection, account: str, email: str) -> TotpSecret | None:
        """A new secret, good for nothing until it is confirmed; None when the account has an app already."""
        import pyotp

        secret = pyotp.random_base32(SECRET_CHARS)
        if await connection.fetchval(sql.BEGIN_TOTP, account, self._sealer.seal(secret, belongs_to(account))) is None:
            return None
        uri = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)
        return TotpSecret(secret, uri, qr_of(uri))

    async def confirm(self, connection: asyncpg.Connection, account: str, code: str) -> bool:
        """Let the secret count from now on, once a code of it was shown."""
        row = await connection.fetchrow(sql.TOTP, account)
        if row is None or row["confirmed_at"] is not None:
            return False
        secret = self._sealer.unseal(row["secret"], belongs_to(account))
        step = None if secret is None else step_of(secret, code, self._clock())
        if step is None:
            return False
        return await connection.fetchval(sql.CONFIRM_TOTP, account, row["secret"], step) is not None

    async def spend(self, connection: asyncpg.Connection, account: str, code: str) -> bool:
        """Whether it is a code of now, and nobody has shown it before. The secret is sealed anew by the newest key."""
        row = await connection.fetchrow(sql.TOTP, account)
        if row is None or row["confirmed_at"] is None:
            return False
        secret = self._sealer.unseal(row["secret"], belongs_to(account))
        step = None if secret is None else step_of(secret, code, self._clock())
        if secret is None or step is None:
            return False
        newest = row["secret"].startswith(self._sealer.prefix)
        sealed = row["secret"] if newest else self._sealer.seal(secret, belongs_to(account))
        return await connection.fetchval(sql.SPEND_STEP, account, step, sealed) is not None


def belongs_to(account: str) -> str:
    return f"totp:{account}"


def step_of(secret: str, code: str, now_s: float) -> int | None:
    """The step whose code this is, of those that may be now. Pure."""
    import pyotp
    from pyotp.exceptions import OTPVerificationError

    if CODE.fullmatch(code) is None:
        return None
    try:
        return pyotp.TOTP(secret).verify_and_get_timecode(code, for_time=int(now_s), valid_window=TOTP_DRIFT_STEPS)
    except OTPVerificationError:
        return None


def qr_of(uri: str) -> str:
    """The address as an SVG that an app can photograph."""
    import segno

    drawn = io.BytesIO()
    segno.make_qr(uri, error="m").save(drawn, kind="svg", light="#fff", xmldecl=False, omitsize=True)
    return drawn.getvalue().decode()
