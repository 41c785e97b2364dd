"""Letters: sends what contact_proof says is due, by the channels of messages.

Guarantees: each letter is tried until its channel took or refused it, or did neither five times; a letter sent twice,
because a process died after the channel took it, has the same text and id. The address is forgotten once the letter was
sent.
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from engine import limits
from engine.contacts import sql
from engine.contacts.model import Purpose
from engine.contacts.signing import ContactSigner
from engine.contacts.words import letter_words
from engine.messages import Channels, Message, Outcome, locale_of
from engine.people import Suppression

BACKOFF_S = 5


class Letters:
    def __init__(
        self, db: asyncpg.Pool, signer: ContactSigner, channels: Channels, suppression: Suppression, *, public_url: str
    ) -> None:
        self._db = db
        self._suppression = suppression
        self._signer = signer
        self._channels = channels
        self._url = public_url
        self._site = urlsplit(public_url).hostname or public_url

    async def step(self) -> int:
        """Send what is due; answers how many letters were tried."""
        rows = await self._db.fetch(sql.LEASE_LETTERS, limits.LETTER_LEASE_S, limits.LETTERS_PER_STEP_MAX)
        for done in await asyncio.gather(*map(self._send, rows), return_exceptions=True):
            if isinstance(done, BaseException):
                raise done
        return len(rows)

    async def due_s(self) -> float | None:
        """Seconds until a letter is to be tried; None when none is."""
        seconds: float | None = await self._db.fetchval(sql.LETTERS_DUE_S)
        return seconds

    async def _send(self, row: Any) -> None:
        proof, asked_at = row["id"], row["asked_at"]
        link = f"{self._url}/c/{self._signer.token(proof, asked_at)}"
        words = letter_words(
            Purpose(row["purpose"]), row["locale"], self._site, self._signer.code(proof, asked_at), link
        )
        message = Message(proof, row["address"], locale_of(row["locale"]), words, link, "")
        sent = await self._channels[row["channel"]].send(message)
        if sent.outcome is Outcome.BOUNCED:
            await self._suppression.silence(row["channel"], row["address"], "bounced")
        if sent.outcome is Outcome.LATER and row["letter_tries"] < limits.LETTER_ATTEMPTS_MAX:
            await self._db.execute(sql.LETTER_LATER, proof, BACKOFF_S * 2 ** (row["letter_tries"] - 1))
        else:
            await self._db.execute(sql.LETTER_DONE, proof, "sent" if sent.outcome is Outcome.SENT else "failed")
