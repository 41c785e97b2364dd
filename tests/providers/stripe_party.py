"""Stripe, as the conformance suite meets it: the bad line to localstripe."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from typing_extensions import override

from engine.ids import new_id
from engine.payments import BOLETO, PIX, SEPA_DEBIT, Means
from engine.payments.stripe import METHOD, Stripe
from engine.payments.stripe_api import StripeApi
from tests.providers.party import Party
from tests.providers.stripe_wire import CARDS, SECRET, Wire


class StripeParty(Party):
    def __init__(self, db: asyncpg.Pool, wire: Wire) -> None:
        self.wire = wire
        self.api = StripeApi(SECRET, wire.url)
        self.stripe = Stripe(db, self.api, new_id("pac"), (PIX, BOLETO, SEPA_DEBIT))
        super().__init__(self.stripe, (PIX, "BRL"))
        self._tokens: dict[str, str] = {}

    async def deal(self) -> None:
        """Cards of every kind, as the page would have them."""
        for kind in CARDS:
            self._tokens[kind] = await self.wire.card(kind)

    @override
    def means(self, kind: str) -> Means:
        return Means(METHOD, token=self._tokens[kind])

    @override
    async def arrives(self, order: str) -> bool:
        [intent] = self.wire.intents(order)
        return self.wire.later.pay(intent) and await self.stripe.hear(intent)

    @override
    async def reveal(self, order: str) -> None:
        self.wire.reveal(order)

    @override
    def cut(self, *, down: bool = False, silent: bool = False) -> None:
        self.api._url = nowhere() if down else self.wire.url
        self.wire.speak()
        self.wire.silent = silent


@asynccontextmanager
async def stripe_party(db: asyncpg.Pool, there: str) -> AsyncIterator[StripeParty]:
    wire = Wire(there)
    await wire.open()
    party = StripeParty(db, wire)
    try:
        await party.deal()
        yield party
        if wire.refused:
            pytest.fail(f"Stripe would not have taken it: {wire.refused}")
    finally:
        await party.provider.close()
        await wire.close()


def nowhere() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"http://127.0.0.1:{listening.getsockname()[1]}"
