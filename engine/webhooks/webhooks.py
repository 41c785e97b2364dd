"""Webhooks: the consumer of the outbox that tells organizers, and the wiring of its parts.

Guarantees: what an organizer's webhooks want becomes a delivery of each, once, with the next number of its sequence.
"""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from engine.access import Sealer
from engine.outbox import DECLARED, Consumer, Heard, Hearer, Start
from engine.outgoing import Outgoing
from engine.stores.database import as_json
from engine.stores.office import Office
from engine.webhooks import sql
from engine.webhooks.endpoints import Endpoints, Resealing
from engine.webhooks.sender import Sender

WEBHOOKS = Hearer("webhooks", lambda topic: topic.for_organizers, "tells organizers who asked for it")


class Webhooks:
    def __init__(self, db: asyncpg.Pool, office: Office, sealer: Sealer, outgoing: Outgoing) -> None:
        self.endpoints = Endpoints(office, sealer, outgoing)
        self.sender = Sender(db, sealer, outgoing)
        self.resealing = Resealing(db, sealer)
        self.consumer = Consumer(WEBHOOKS, hand_over, Start.NOW)

    async def close(self) -> None:
        await self.sender.close()


async def hand_over(connection: asyncpg.Connection, heard: Sequence[Heard]) -> None:
    """Give each webhook what it wants. Numbers are given under its lock, which a test takes as well."""
    wanting = await connection.fetch(
        sql.LOCK_WANTING, list({each.organizer for each in heard}), list({each.topic for each in heard})
    )
    if wanting:
        await connection.execute(
            sql.HAND_OVER,
            [each.topic for each in heard],
            [each.version for each in heard],
            [each.subject for each in heard],
            [each.organizer for each in heard],
            [as_json(public(each)) for each in heard],
            [each.told_at for each in heard],
        )


def public(heard: Heard) -> dict[str, object]:
    private = DECLARED[heard.topic].private
    return {name: value for name, value in heard.body.items() if name not in private}
