"""Who asks: what a command may know about the other end, whether it came over a socket or plain HTTP.

Owns: the buyer's identity during one connection or request. Never holds a secret longer than the call.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime

from engine.access import About, Allowance, KeyShown, Permission, Permit, Taken
from engine.accounts import SessionShown
from engine.catalog.model import SaleKind
from engine.onsale import Sale
from engine.onsale.model import FeedPosition
from engine.orders import OrderView
from engine.refusals import Code, RefusalError
from server.services import Services


class Undeclared(RuntimeError):
    """A handler relies on what it was not declared to need: a mistake of ours."""


@dataclass(slots=True)
class Answered:
    """What an answer tells of the buyer's cart: all that the sale's feed says of it up to here."""

    as_of: FeedPosition = ("", 0)


class Caller:
    """The other end of an ask."""

    __slots__ = ("address", "agent", "buyer", "carried", "key", "locale", "order", "permit", "services", "session")

    unknown = Code.UNAUTHORIZED  # what an end is told that does not say which buyer it is

    def __init__(self, services: Services, buyer: str | None, address: str) -> None:
        self.services = services
        self.buyer = buyer
        self.address = address
        self.agent = ""  # the browser, as it names itself: for mandates, and stored nowhere
        self.locale = ""  # the language it reads
        self.carried = ""  # by which links its browser came, as that says
        self.order: OrderView | None = None  # what it has opened
        self.key: KeyShown | None = None  # an API key, in what was declared to need one
        self.session: SessionShown | None = None  # of an account that is logged in
        self.permit: Permit | None = None  # what this end may do for the organizer it works for

    @property
    def works_for(self) -> str | None:
        return None if self.permit is None else self.permit.organizer

    @property
    def is_operator(self) -> bool:
        return False

    def known_buyer(self) -> str:
        """The buyer, in what was declared to need one."""
        if self.buyer is None:
            raise Undeclared("a buyer")
        return self.buyer

    async def sale(self, sale_id: str) -> Sale:
        """The sale, when there is one that this end may reach."""
        known = self.services.known_sales
        if sale_id not in known:
            await known.check(sale_id, await self.organizer_of(sale_id))
        return self.services.engine.onsale.sale(sale_id)

    async def about(self, sale_id: str) -> About | None:
        """What a sale of the organizer that it works for is about; None when it is another's, or none."""
        if self.permit is None:
            return None
        return await self.services.engine.catalog.about_sale(self.permit.organizer, sale_id)

    async def may(self, permission: Permission, sale_id: str) -> bool:
        """Whether it may do this in a sale."""
        about = await self.about(sale_id)
        if self.permit is None or about is None:
            return False
        return self.permit.decides(permission, about, datetime.now(UTC)) is not None

    async def organizer_of(self, sale_id: str) -> str | None:
        """Whom it works for, where it may look at this sale before others may."""
        return self.works_for if await self.may(Permission.EVENT_READ, sale_id) else None

    def work_by(self, permit: Permit) -> None:
        """From now on this end may do that, for that organizer."""
        self.permit = permit

    async def kind(self, sale_id: str) -> SaleKind:
        """What the sale is, when there is one that this end may reach."""
        await self.sale(sale_id)
        kind = await self.services.engine.catalog.kinds.of(sale_id)
        if kind is None:
            raise RefusalError(Code.UNKNOWN_SALE)
        return kind

    async def owns(self, sale_id: str) -> bool:
        """Whether this end works for the sale's organizer."""
        return self.works_for is not None and await self.services.engine.catalog.owns(self.works_for, sale_id)

    async def spend(self, allowance: Allowance) -> Taken:
        """Take one from what this end's network may do; refused with how long to wait."""
        return await self.services.engine.allowances.spend(allowance, self.address)

    def attend(self, sale_id: str) -> None:
        """Called when this buyer has something in the sale; a socket then hears what becomes of it."""

    def asking(self, _sale_id: str) -> AbstractContextManager[Answered]:
        """Held while an answer is made that tells how this buyer's cart stands; a socket then needs no event for it."""
        return nullcontext(Answered())

    def follow_promos(self) -> None:
        """Called when this end asked for promos; a socket then hears when the list may have changed."""

    def become(self, buyer: str) -> None:
        """From now on this end is `buyer`."""
        self.buyer = buyer
