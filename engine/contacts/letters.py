"""Letters that prove an address: written in the transaction that asks, drawn when the post sends them.

Owns nothing: the letter is a row of `message`. Guarantees: one letter for a proof; neither its link nor its code is
stored, both follow from the proof, so a letter that is sent twice says the same; once the proof has ended or was
confirmed nothing is sent. Fails as Postgres does.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime

import asyncpg

from engine.contacts import sql
from engine.contacts.model import Purpose
from engine.contacts.signing import ContactSigner
from engine.limits import LETTERS_PER_STEP_MAX, PROOF_CODE_S
from engine.messages import Drawn, Letter, Letterbox, Template

log = logging.getLogger(__name__)

TEMPLATES: Mapping[Purpose, Template] = {Purpose.OFFERS: Template.PROOF_OFFERS, Purpose.ENTRY: Template.PROOF_ENTRY}


class ProofLetters:
    def __init__(self, db: asyncpg.Pool, signer: ContactSigner, letterbox: Letterbox, *, public_url: str) -> None:
        self._db = db
        self._signer = signer
        self._letterbox = letterbox
        self._url = public_url
        for template in TEMPLATES.values():
            letterbox.post.drawn_by(template, self.drawn)

    async def write(
        self,
        connection: asyncpg.Connection,
        proof: str,
        purpose: Purpose,
        *,
        channel: str,
        address: str,
        locale: str,
        until: datetime,
    ) -> None:
        letter = Letter(
            key=f"proof:{proof}",
            template=TEMPLATES[purpose],
            to=address,
            locale=locale,
            data={"proof": proof},
            until=until,
            channel=channel,
        )
        await self._letterbox.write(connection, letter)

    async def drawn(self, data: Mapping[str, str], _: str) -> Drawn | None:
        """What opens something, made again from the proof."""
        proof = data["proof"]
        row = await self._db.fetchrow(sql.DRAWN, proof)
        if row is None:
            return None
        asked_at = row["asked_at"]
        shown = {
            "link": f"{self._url}/c/{self._signer.token(proof, asked_at)}",
            "proof_code": self._signer.code(proof, asked_at),
            "code_minutes": str(PROOF_CODE_S // 60),
        }
        return Drawn(shown, is_over=not row["is_open"])

    # ── of the release before ──

    async def adopt(self) -> int:
        """Write letters for what the release before has asked and not sent; answers how many proofs were looked at.

        It runs beside this one for a while, and whoever asked it waits for a letter. Goes with the column `address`.
        """
        async with self._db.acquire() as connection, connection.transaction():
            rows = await connection.fetch(sql.ADOPT, LETTERS_PER_STEP_MAX)
            for row in rows:
                if not row["is_open"]:
                    continue
                try:
                    await self.write(
                        connection,
                        row["id"],
                        Purpose(row["purpose"]),
                        channel=row["channel"],
                        address=row["address"],
                        locale=row["locale"],
                        until=row["link_until"],
                    )
                except ValueError:  # an address of another age must not hold up the others
                    log.warning("proof %s has an address that can't be written to", row["id"])
        return len(rows)

    async def adopt_due_s(self) -> float | None:
        seconds: float | None = await self._db.fetchval(sql.ADOPT_DUE_S)
        return seconds
