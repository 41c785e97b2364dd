"""What the conformance suite needs of a provider beside its port: ways to make a charge go as a test wants it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import asyncpg
from typing_extensions import override

from engine.ids import new_id
from engine.payments import (
    TRANSFER,
    Awaited,
    Captured,
    Card,
    Charge,
    ChargeAnswer,
    Means,
    Provider,
    Refund,
    RefundAnswer,
    Sandbox,
)

AMOUNT, CURRENCY, SALE = 4_500, "EUR", "a-sale"


@dataclass
class Party(ABC):
    """A provider, and its other side: what its customers and its own network do."""

    provider: Provider
    later: tuple[str, str] = (TRANSFER, CURRENCY)  # a method whose money comes later, and in what it is paid
    tells: bool = True  # by itself that money came

    @abstractmethod
    def means(self, kind: str) -> Means:
        """A way to pay that is `good`, `declined`, or `hidden`: for a while nobody knows whether it was captured."""

    async def arrives(self, order: str) -> bool:
        """The buyer's bank sends what an order awaits; False when nothing is awaited for it."""
        raise NotImplementedError

    async def refund(self, refund: Refund) -> RefundAnswer:
        """Ask for a refund, with whatever somebody has to do for it."""
        return await self.provider.refund(refund)

    @abstractmethod
    async def reveal(self, order: str) -> None:
        """What was hidden of a charge is known from now on."""

    @abstractmethod
    def cut(self, *, down: bool = False, silent: bool = False) -> None:
        """From now on it can't be reached, or does what it is asked and does not say so; or neither."""

    async def charge(self, order: str, kind: str = "good", amount: int = AMOUNT) -> ChargeAnswer:
        return await self.provider.charge(Charge(SALE, order, amount, CURRENCY, self.means(kind)))

    async def awaited(self) -> str:
        """An order whose money is awaited."""
        order = new_id("ord")
        assert isinstance(await self.charge_later(order), Awaited)
        return order

    async def charge_later(self, order: str) -> ChargeAnswer:
        method, currency = self.later
        return await self.provider.charge(Charge(SALE, order, AMOUNT, currency, Means(method)))

    async def captured(self) -> str:
        """An order whose money was captured."""
        order = new_id("ord")
        assert isinstance(await self.charge(order), Captured)
        return order


NUMBERS = {"good": "4242424242424242", "declined": "4000000000000002", "hidden": "4000000000000143"}


class SandboxParty(Party):
    def __init__(self, db: asyncpg.Pool) -> None:
        self.sandbox = Sandbox(db)
        super().__init__(self.sandbox)
        self._db = db

    @override
    def means(self, kind: str) -> Means:
        return Means.by(Card(NUMBERS[kind], "12/40", "123"))

    @override
    async def arrives(self, order: str) -> bool:
        return await self.sandbox.pay(order)

    @override
    async def reveal(self, order: str) -> None:
        said: Any = await self._db.execute("UPDATE sandbox_charge SET visible_at = now() WHERE order_id = $1", order)
        assert said == "UPDATE 1"

    @override
    def cut(self, *, down: bool = False, silent: bool = False) -> None:
        self.sandbox.down, self.sandbox.silent = down, silent
