"""Passwords: hashed with a pepper that is not in the database, compared at the same cost whether there is one or not.

Form: `key:$argon2id$…`, with the number of the key of the keyring that peppered it. Guarantees: who holds the
database alone can't try passwords; the loop never hashes. Beyond a bounded queue it is refused as busy. A password
whose pepper was retired fits nothing.
"""

from __future__ import annotations

import hmac
import os
import re
from base64 import b64encode
from dataclasses import dataclass

from zxcvbn_rs_py import zxcvbn

from engine.accounts.breached import is_breached
from engine.hashing import HASHER, Cost, Hashing
from engine.keyring import PASSWORDS, Key, Keyring
from engine.limits import PASSWORD_JUDGED_CHARS_MAX, PASSWORD_SCORE_MIN, PASSWORDS_WAITING_MAX
from engine.refusals import Code, RefusalError, Refused

BEGINS_A_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")
BREACHED = "It is on a list of passwords that were stolen elsewhere and are tried first."
LONGER = "Several words that don't belong together are easy to remember and hard to guess."


@dataclass(frozen=True, slots=True)
class Strength:
    """How hard a password is to guess: 0 to 4, and what would make it better."""

    score: int
    breached: bool
    hint: str

    @property
    def is_enough(self) -> bool:
        return not self.breached and self.score >= PASSWORD_SCORE_MIN


def strength(password: str, own: tuple[str, ...] = ()) -> Strength:
    """`own` is what others know of somebody: it makes a password weaker."""
    words = [part for each in own for part in (each, *re.split(r"[@.\s]+", each)) if part]
    told = zxcvbn(password[:PASSWORD_JUDGED_CHARS_MAX], words)
    if is_breached(password):
        return Strength(0, True, BREACHED)
    score = int(told.score)
    if score >= PASSWORD_SCORE_MIN or told.feedback is None or told.feedback.warning is None:
        return Strength(score, False, "" if score >= PASSWORD_SCORE_MIN else LONGER)
    return Strength(score, False, f"{_sentence(str(told.feedback.warning))} {LONGER}")


def _sentence(warning: str) -> str:
    """`Warning.ThisIsACommonPassword` as it reads."""
    return BEGINS_A_WORD.sub(" ", warning.rpartition(".")[2].replace("IsA", "Is a ")).capitalize() + "."


def weak(password: str, own: tuple[str, ...] = ()) -> Refused | None:
    """Why a password can't be chosen."""
    found = strength(password, own)
    return None if found.is_enough else Refused(Code.WEAK_PASSWORD, {"hint": found.hint, "breached": found.breached})


class Passwords:
    def __init__(self, keyring: Keyring, *, cost: Cost = HASHER) -> None:
        self._ring = keyring.of(PASSWORDS)
        self.hashing = Hashing(processes=os.cpu_count() or 1, niceness=0, cost=cost)

    async def close(self) -> None:
        await self.hashing.close()

    async def hashed(self, password: str) -> str:
        """What is kept of a password."""
        self._admit()
        key = self._ring.signing
        return f"{key.id}:{await self.hashing.hash(_peppered(key, password))}"

    async def fits(self, password: str, kept: str | None) -> bool:
        """Whether it is the one that is kept; None, for who has none, takes as long to say no."""
        self._admit()
        key_id, _, hashed = (kept or "").partition(":")
        key = self._ring.find(key_id) if kept else None
        if key is None:
            await self.hashing.verify(self.hashing.cost.of_nobody(), _peppered(self._ring.signing, password))
            return False
        return await self.hashing.verify(hashed, _peppered(key, password))

    async def spend(self, password: str = "") -> None:
        """Take as long as a login does."""
        await self.fits(password, None)

    def is_old(self, kept: str) -> bool:
        """Whether what is kept of a password was made with another key, or at another cost, than today's."""
        key_id, _, hashed = kept.partition(":")
        return key_id != str(self._ring.signing.id) or not self.hashing.cost.made(hashed)

    def _admit(self) -> None:
        if self.hashing.waiting >= PASSWORDS_WAITING_MAX:
            raise RefusalError(Code.BUSY)


def _peppered(key: Key, password: str) -> str:
    return b64encode(hmac.digest(key.parts[0], password.encode(), "sha256")).decode()
