"""Endpoints: what an organizer does with webhooks: make, look, pause, resume, delete, test, replay.

Guarantees: an organizer reaches their own alone; a secret is shown once and lies sealed; each act is in the audit.
Fails with mistakes or refusals, as values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import asyncpg

from engine.access import Sealer
from engine.audit import Act, write
from engine.catalog import Mistake
from engine.ids import new_id
from engine.limits import (
    ROWS_PER_DELETE_MAX,
    WEBHOOK_REPLAY_MAX,
    WEBHOOKS_FORGIVEN_AT_ONCE,
    WEBHOOKS_PER_ORGANIZER_MAX,
    WEBHOOKS_RESEALED_PER_STEP_MAX,
)
from engine.outbox import DECLARED
from engine.outgoing import Forbidden, Outgoing
from engine.refusals import Code, Refused
from engine.stores.office import Office
from engine.stores.turns import take_turn
from engine.webhooks import sql
from engine.webhooks.model import (
    TEST_TOPIC,
    DeliveryDetail,
    DeliveryView,
    NewWebhook,
    Paused,
    Replayed,
    TryView,
    WebhookView,
)
from engine.webhooks.signing import new_secret, payload

TOO_MANY = f"is one more than there may be: an organizer has at most {WEBHOOKS_PER_ORGANIZER_MAX}"
NOT_FOUND = Refused(Code.NOT_FOUND)


def topics_offered() -> list[str]:
    """What a webhook may be told of."""
    return sorted(topic.name for topic in DECLARED.values() if topic.for_organizers)


class Endpoints:
    def __init__(self, office: Office, sealer: Sealer, outgoing: Outgoing) -> None:
        self._office = office
        self._sealer = sealer
        self._outgoing = outgoing

    async def create(self, by: Act, url: str, topics: Sequence[str], label: str = "") -> NewWebhook | list[Mistake]:
        """A webhook that is told of these topics from now on."""
        if mistakes := self._mistakes(url, topics):
            return mistakes
        made = NewWebhook(new_id("whk"), new_secret())
        sealed = self._sealer.seal(made.secret, made.id)
        async with self._office.transaction(by) as connection:
            await take_turn(connection, f"webhooks of {by.organizer_id}")
            if await connection.fetchval(sql.COUNT, by.organizer_id) >= WEBHOOKS_PER_ORGANIZER_MAX:
                return [Mistake("url", None, TOO_MANY)]
            wanted = sorted(set(topics))
            await connection.execute(sql.CREATE, made.id, by.organizer_id, url, label, wanted, sealed)
            await write(connection, by, "webhook.create", made.id, after={"topics": wanted})
        return made

    def _mistakes(self, url: str, topics: Sequence[str]) -> list[Mistake]:
        found = []
        try:
            self._outgoing.judge(url)
        except Forbidden as forbidden:
            found.append(Mistake("url", None, f"can't be called: {forbidden}"))
        offered = topics_offered()
        if not topics:
            found.append(Mistake("topics", None, f"is empty; there are {', '.join(offered)}"))
        for at, topic in enumerate(topics):
            if topic not in offered:
                found.append(Mistake(f"topics.{at}", None, f"is no topic; there are {', '.join(offered)}"))
        return found

    # ── looking ──

    async def list(self, organizer: str) -> list[WebhookView]:
        return [_view(row) for row in await self._office.fetch(organizer, sql.SHOW, organizer, None)]

    async def show(self, organizer: str, webhook: str) -> WebhookView | Refused:
        row = await self._office.fetchrow(organizer, sql.SHOW, organizer, webhook)
        return NOT_FOUND if row is None else _view(row)

    async def deliveries(
        self, organizer: str, webhook: str, *, state: str | None = None, before: int | None = None, limit: int = 50
    ) -> Sequence[DeliveryView] | Refused:
        """Newest first, from before this sequence on."""
        view = await self.show(organizer, webhook)
        if isinstance(view, Refused):
            return view
        newest = view.sequence + 1 if before is None else before
        rows = await self._office.fetch(organizer, sql.DELIVERIES, webhook, newest, state, limit)
        return [_delivery(row) for row in rows]

    async def delivery(self, organizer: str, webhook: str, delivery: str) -> DeliveryDetail | Refused:
        """One delivery: what is sent, and what each try was answered."""
        async with self._office.reading(organizer) as db:
            row = await db.fetchrow(sql.DELIVERY, organizer, webhook, delivery)
            if row is None:
                return NOT_FOUND
            rows = await db.fetch(sql.TRIES, webhook, row["sequence"])
        tries = [
            TryView(one["number"], one["at"], one["took_ms"], one["status"], one["fault"], one["answer"])
            for one in rows
        ]
        last = tries[-1] if tries else None
        shown = {**row, "status": last and last.status, "fault": last.fault if last else ""}
        body = payload(row["topic"], row["version"], row["told_at"], row["sequence"], row["data"])
        return DeliveryDetail(_delivery(shown), body, tuple(tries))

    # ── steering ──

    async def pause(self, by: Act, webhook: str) -> Refused | None:
        """Nothing more is sent; what it is told waits for it."""
        async with self._office.transaction(by) as connection:
            if not await self._lock(connection, by, webhook):
                return NOT_FOUND
            await connection.execute(sql.PAUSE, webhook, Paused.BY_HAND.value)
            await write(connection, by, "webhook.pause", webhook)
        return None

    async def resume(self, by: Act, webhook: str) -> Refused | None:
        """Start sending again, oldest first."""
        async with self._office.transaction(by) as connection:
            if not await self._lock(connection, by, webhook):
                return NOT_FOUND
            was_paused = await connection.fetchval(sql.RESUME, webhook) is not None
            await write(connection, by, "webhook.resume", webhook)
        after: int | None = 0 if was_paused else None
        while after is not None:
            async with self._office.transaction(by) as connection:
                after = await connection.fetchval(sql.FORGIVE, webhook, after, WEBHOOKS_FORGIVEN_AT_ONCE)
        return None

    async def delete(self, by: Act, webhook: str) -> Refused | None:
        """Delete it with all its deliveries, most of them beforehand, so that the last transaction is short."""
        if isinstance(found := await self.show(by.organizer_id, webhook), Refused):
            return found
        left = True
        while left:
            async with self._office.transaction(by) as connection:
                left = await connection.execute(sql.DELETE_SOME, webhook, ROWS_PER_DELETE_MAX) != "DELETE 0"
        async with self._office.transaction(by) as connection:
            if not await self._lock(connection, by, webhook):
                return NOT_FOUND
            await connection.execute(sql.DELETE, webhook)
            await write(connection, by, "webhook.delete", webhook)
        return None

    async def test(self, by: Act, webhook: str) -> str | Refused:
        """Send a test delivery; answers its id."""
        delivery = new_id("msg")
        async with self._office.transaction(by) as connection:
            if not await self._lock(connection, by, webhook):
                return NOT_FOUND
            await connection.execute(sql.ADD_ONE, webhook, delivery, TEST_TOPIC, {"webhook": webhook})
            await write(connection, by, "webhook.test", webhook)
        return delivery

    async def replay(
        self, by: Act, webhook: str, *, delivery: str | None = None, from_sequence: int = 1
    ) -> Replayed | Refused:
        """Send again, under the same ids: one delivery, or all from a sequence on, some thousands at a time."""
        async with self._office.transaction(by) as connection:
            if not await self._lock(connection, by, webhook):
                return NOT_FOUND
            rows = await connection.fetch(sql.REPLAY, webhook, delivery, from_sequence, WEBHOOK_REPLAY_MAX)
            if delivery is not None and not rows:
                return NOT_FOUND
            await write(connection, by, "webhook.replay", webhook, detail={"deliveries": len(rows)})
        full = len(rows) == WEBHOOK_REPLAY_MAX
        return Replayed(len(rows), max(row["sequence"] for row in rows) + 1 if full else None)

    async def _lock(self, connection: asyncpg.Connection, by: Act, webhook: str) -> bool:
        return await connection.fetchval(sql.LOCK, by.organizer_id, webhook) is not None


def _view(row: Any) -> WebhookView:
    return WebhookView(
        id=row["id"],
        url=row["url"],
        label=row["label"],
        topics=tuple(row["topics"]),
        sequence=row["sequence"],
        due=row["due"],
        paused=None if row["paused_why"] is None else Paused(row["paused_why"]),
        paused_at=row["paused_at"],
        failing_since=row["failing_since"],
        created_at=row["created_at"],
    )


def _delivery(row: Any) -> DeliveryView:
    return DeliveryView(
        id=row["id"],
        sequence=row["sequence"],
        topic=row["topic"],
        version=row["version"],
        subject=row["subject"],
        state=row["state"],
        tries=row["tries"],
        due_at=row["due_at"] if row["state"] == "due" else None,
        created_at=row["created_at"],
        done_at=row["done_at"],
        status=row["status"],
        fault=row["fault"] or "",
    )


class Resealing:
    """Seals the secrets of webhooks anew once another key seals, so that the one before can go.

    A step is bounded, may be repeated, and may run twice at once. What can't be unsealed stays as it is.
    """

    def __init__(self, db: asyncpg.Pool, sealer: Sealer) -> None:
        self._db = db
        self._sealer = sealer
        self._after = ""

    async def step(self) -> int:
        """Look at some webhooks; answers how many were sealed anew."""
        if not self._sealer.names_keys:
            return 0
        rows = await self._db.fetch(
            sql.SEALED_OTHERWISE, self._after, self._sealer.prefix, WEBHOOKS_RESEALED_PER_STEP_MAX
        )
        done = 0
        for row in rows:
            secret = self._sealer.unseal(row["secret"], row["id"])
            if secret is not None:
                await self._db.execute(sql.SEAL_ANEW, row["id"], row["secret"], self._sealer.seal(secret, row["id"]))
                done += 1
        # Those that can't be unsealed are passed over, and looked at again from the beginning.
        self._after = rows[-1]["id"] if rows else ""
        return done
