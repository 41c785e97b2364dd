"""An office with webhooks: two organizers, a partner, and the steps of a worker by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Network

import asyncpg
import pytest

from engine.access import Sealer
from engine.audit import Act
from engine.keyring import Keyring
from engine.orders import ORDER_PAID
from engine.outbox import tell
from engine.outgoing import Outgoing
from engine.stores.office import Office as Guarded
from engine.webhooks import DeliveryDetail, DeliveryView, NewWebhook, Webhooks, WebhookView
from tests.webhooks.partner import Partner, partner_at

FILL = """
INSERT INTO organizer (id, name) VALUES ('org_a', 'Sala Norte'), ('org_b', 'Sala Sur');
INSERT INTO sale (kind, id, organizer_id, currency, person_max, cart_ms, prices, opens_at, closes_at, draw_secret,
                  draw_commit)
SELECT 'event', 'sale-' || o, 'org_' || o, 'EUR', 1, 1000, '{}', now(), now() + interval '1 day', '', ''
FROM unnest('{a,b}'::text[]) AS o;
"""
LOOPBACK = [IPv4Network("127.0.0.0/8")]
DUE_NOW = "UPDATE webhook_delivery SET due_at = now() WHERE state = 'due'"
A, B = Act("org_a", "test"), Act("org_b", "test")


def webhooks_on(db: asyncpg.Pool, seconds: float = 10.0, secret: bytes = b"s" * 32) -> Webhooks:
    return Webhooks(db, Guarded(db), Sealer(Keyring.of_secret(secret), b"webhook"), Outgoing(LOOPBACK, seconds=seconds))


@dataclass
class Office:
    db: asyncpg.Pool
    webhooks: Webhooks
    partner: Partner
    told: int = 0

    async def create(self, path: str = "/in", by: Act = A) -> NewWebhook:
        made = await self.webhooks.endpoints.create(by, self.partner.url + path, ["order.paid"])
        assert isinstance(made, NewWebhook), made
        return made

    async def tell(self, *orders: str, by: str = "a") -> None:
        """These orders are paid, and every webhook has its delivery."""
        for order in orders:
            self.told += 1
            async with self.db.acquire() as connection, connection.transaction():
                await tell(
                    connection,
                    ORDER_PAID,
                    subject=order,
                    organizer=f"org_{by}",
                    body={
                        "sale": f"sale-{by}",
                        "order": order,
                        "buyer": "somebody-secret",
                        "total": self.told,
                        "currency": "EUR",
                        "paid_at": datetime.now(UTC),
                    },
                    sale_kind="event",
                )
        await self.webhooks.consumer.step(self.db)

    async def send(self) -> None:
        """What a worker does, until nothing is due."""
        while await self.webhooks.sender.step():
            await self.webhooks.sender.settle()

    async def again(self) -> None:
        """The same once all waits are over."""
        await self.db.execute(DUE_NOW)
        await self.send()

    async def deliveries(self, webhook: NewWebhook, by: Act = A) -> list[DeliveryView]:
        """Oldest first."""
        found = await self.webhooks.endpoints.deliveries(by.organizer_id, webhook.id, limit=1_000)
        assert isinstance(found, list), found
        return found[::-1]

    async def delivery(self, webhook: NewWebhook, at: int = 0) -> DeliveryDetail:
        listed = (await self.deliveries(webhook))[at]
        found = await self.webhooks.endpoints.delivery(A.organizer_id, webhook.id, listed.id)
        assert isinstance(found, DeliveryDetail), found
        return found

    async def show(self, webhook: NewWebhook) -> WebhookView:
        view = await self.webhooks.endpoints.show(A.organizer_id, webhook.id)
        assert isinstance(view, WebhookView), view
        return view

    def heard(self, path: str = "/in") -> list[str]:
        """The orders that came in at a path, in the order they came."""
        return [each.body["data"]["order"] for each in self.partner.taken[path]]


@pytest.fixture
async def partner() -> AsyncIterator[Partner]:
    async with partner_at() as partner:
        yield partner


@pytest.fixture
async def office(db: asyncpg.Pool, partner: Partner) -> AsyncIterator[Office]:
    await db.execute(FILL)
    webhooks = webhooks_on(db)
    await webhooks.consumer.step(db)  # it starts from now
    yield Office(db, webhooks, partner)
    partner.go_on.set()
    await webhooks.close()
