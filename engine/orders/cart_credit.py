"""What carts are paid with besides money: vouchers whose codes were typed, and credit of their buyers.

Owns which credit a cart has. Guarantees: a code is not kept, only which voucher it is of; one that can't count is
refused, and one that counts no more is an issue; a cart without credit asks nobody. Fails as its stores do.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from engine.catalog.model import SaleKind
from engine.credit import (
    NOTHING_PAID,
    Credit,
    CreditKind,
    CreditWhy,
    Ground,
    OwnCredit,
    Paid,
    looks_wrong,
    paid_by,
    why_not,
)
from engine.limits import CREDITS_PER_ORDER_MAX
from engine.orders.cart_rows import Written
from engine.orders.model import CartChange, CartRef, Issue
from engine.orders.pricing import Goods
from engine.refusals import Code, Refused

KindOf = Callable[[str], Awaitable[SaleKind | None]]

VOUCHER = "voucher_"  # and why it pays nothing
SENTENCES = {
    CreditWhy.UNKNOWN: "There is no such voucher.",
    CreditWhy.MISTYPED: "This code has a wrong character in it; look at it again.",
    CreditWhy.EXPIRED: "This voucher has expired.",
    CreditWhy.REVOKED: "This voucher no longer counts.",
    CreditWhy.USED_UP: "Nothing is left of this voucher.",
    CreditWhy.ELSEWHERE: "This voucher is not for this event.",
    CreditWhy.TOO_LITTLE: "The cart is below this voucher's minimum.",
    CreditWhy.TOO_MANY: f"A cart takes {CREDITS_PER_ORDER_MAX} vouchers at most, and each of them once.",
}


class CartCredit:
    def __init__(self, own: OwnCredit, kind_of: KindOf) -> None:
        self._own = own
        self._credit = own.credit
        self._kind_of = kind_of

    async def paid(self, sale: str, goods: Goods, chosen: Sequence[str], total: int) -> Paid:
        """What the credit that a cart has pays of it."""
        if not chosen:
            return NOTHING_PAID
        return paid_by(await self._credit.read(chosen), await self._ground(sale, goods, total))

    async def offered(self, goods: Goods) -> bool:
        """Whether a field for vouchers is of use."""
        return await self._credit.has_vouchers(goods.organizer_id)

    async def own(self, sale: str, goods: Goods, buyer: str, email: str) -> list[Credit]:
        """What a buyer may pay with of their own, first what ends first."""
        ground = await self._ground(sale, goods, 0)
        found = await self._own.of(goods.organizer_id, goods.currency, buyer, email)
        return [each for each in found if why_not(each, ground) in (None, CreditWhy.TOO_LITTLE)]

    async def chosen(self, cart: CartRef, goods: Goods, change: CartChange, there: Written) -> str | Refused | None:
        """Which credit a cart has after this change: ids, one after the other; None: what it has."""
        if change.voucher is None and change.own_credit is None:
            return None
        before = await self._credit.read(there.credits) if there.credits else []
        vouchers = [each.id for each in before if each.kind is CreditKind.VOUCHER]
        own = [each.id for each in before if each.kind is CreditKind.CREDIT]
        if change.voucher is not None:
            found = await self._voucher(cart.sale, goods, change.voucher) if change.voucher else None
            if isinstance(found, Refused):
                return found
            vouchers = [] if found is None else list(dict.fromkeys((*vouchers, found.id)))
            if len(vouchers) > CREDITS_PER_ORDER_MAX:
                return _refused(CreditWhy.TOO_MANY)
        if change.own_credit is not None:
            email = there.contact.email if change.contact is None else change.contact.email
            found_own = await self.own(cart.sale, goods, cart.buyer, email) if change.own_credit else []
            own = [each.id for each in found_own]
        return " ".join((*vouchers, *own)[:CREDITS_PER_ORDER_MAX])

    async def _voucher(self, sale: str, goods: Goods, typed: str) -> Credit | Refused:
        if looks_wrong(typed):
            return _refused(CreditWhy.MISTYPED)
        found = await self._credit.by_code(goods.organizer_id, typed)
        why = CreditWhy.UNKNOWN if found is None else why_not(found, await self._ground(sale, goods, 0))
        if found is None or why not in (None, CreditWhy.TOO_LITTLE):
            return _refused(why or CreditWhy.UNKNOWN)
        return found

    async def _ground(self, sale: str, goods: Goods, total: int) -> Ground:
        rehearsal = await self._kind_of(sale) is SaleKind.REHEARSAL
        return Ground(goods.organizer_id, sale, goods.currency, total, datetime.now(UTC), rehearsal)


def credit_issues(paid: Paid) -> list[Issue]:
    """A voucher that was typed is never passed over: it counts, or is taken out."""
    return [
        Issue(f"{VOUCHER}{each.why.value}", "voucher", SENTENCES[each.why])
        for each in paid.said
        if each.why is not None and each.credit.kind is CreditKind.VOUCHER
    ]


def _refused(why: CreditWhy) -> Refused:
    return Refused(Code.INVALID, {"fields": [{"path": "voucher", "message": SENTENCES[why], "why": why.value}]})
