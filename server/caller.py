"""Who asks: what a command may know about the other end, whether it came over a socket or plain HTTP.

Owns: the buyer's identity during one connection or request. Never holds a secret longer than the call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.access import Allowance, Taken
from engine.refusals import Code, Refusal

if TYPE_CHECKING:
    from engine.catalog.model import SaleKind
    from engine.onsale import Sale
    from server.process import Process


class Caller:
    """The other end of an ask."""

    __slots__ = ("address", "buyer", "locale", "process", "works_for")

    def __init__(self, process: Process, buyer: str | None, address: str) -> None:
        self.process = process
        self.buyer = buyer
        self.address = address
        self.locale = ""
        self.works_for: str | None = None  # the organizer whose key this end has shown

    def known_buyer(self) -> str:
        if self.buyer is None:
            raise Refusal(Code.HELLO_FIRST)
        return self.buyer

    async def sale(self, sale_id: str) -> Sale:
        """The sale, when there is one that this end may reach."""
        known = self.process.known_sales
        if sale_id not in known:
            await known.check(sale_id, self.works_for)
        return self.process.engine.onsale.sale(sale_id)

    async def kind(self, sale_id: str) -> SaleKind:
        """What the sale is, when there is one that this end may reach."""
        await self.sale(sale_id)
        kind = await self.process.engine.catalog.kinds.of(sale_id)
        if kind is None:
            raise Refusal(Code.UNKNOWN_SALE)
        return kind

    async def owns(self, sale_id: str) -> bool:
        """Whether this end has shown a key of the sale's organizer."""
        return self.works_for is not None and await self.process.engine.catalog.owns(self.works_for, sale_id)

    async def spend(self, allowance: Allowance) -> Taken:
        """Take one from what this end's network may do; refused with how long to wait."""
        return await self.process.engine.allowances.spend(allowance, self.address)

    def attend(self, sale_id: str) -> None:
        """Called when this buyer has something in the sale; a socket then hears what becomes of it."""

    def become(self, buyer: str) -> None:
        """From now on this end is `buyer`."""
        self.buyer = buyer
