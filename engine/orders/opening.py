"""Opening: what codes open for a cart that are typed into it: unlocks of its sale, coupons, and vouchers.

Guarantees: one field serves every code, whether it shows more of the sale, takes something off, or both; what a coupon
unlocks, a cart that has the coupon is shown, known to the scripts before it is written down. A code that means nothing
is refused in the same words whatever it is like. Fails as its stores do.
"""

from __future__ import annotations

from typing import NamedTuple

from engine.coupons import CODE, Meeting, codes_in, folded, opened_by
from engine.limits import COUPON_CHARS_MAX, COUPONS_PER_CART_MAX
from engine.onsale import Onsale
from engine.onsale.model import Cart
from engine.orders.cart_credit import CartCredit
from engine.orders.cart_rows import Written
from engine.orders.model import CartChange, CartRef
from engine.orders.pricing import Goods
from engine.refusals import Code, Refused


class Opened(NamedTuple):
    unlocks: tuple[str, ...]
    coupon: str | None  # codes of coupons that the cart has then; None: those that it has
    credits: str | None = None  # ids of credit that it is paid with then; the same


class Opening:
    def __init__(self, onsale: Onsale, meeting: Meeting, credit: CartCredit) -> None:
        self._onsale = onsale
        self._credit = credit
        self._meeting = meeting

    async def of(self, sale: str, cart: Cart, goods: Goods, change: CartChange, there: Written) -> Opened | Refused:
        """What the codes of a change open; `there` is what the cart has already."""
        chosen = await self._credit.chosen(CartRef(sale, cart.id, cart.buyer), goods, change, there)
        if isinstance(chosen, Refused):
            return chosen
        coupon = change.coupon
        unlocks = {each.id for each in goods.unlocks if change.code is not None and change.code in each.codes}
        if change.typed is not None and await self._is_coupon(sale, goods, folded(change.typed)):
            before = codes_in(there.coupon if coupon is None else coupon)
            coupon = " ".join(dict.fromkeys((*before, folded(change.typed))))
            if len(coupon) > COUPON_CHARS_MAX:
                return Refused(Code.INVALID, {"fields": [{"path": "code", "message": TOO_MANY}]})
        elif change.code is not None and not unlocks:
            return Refused(Code.CODE_UNKNOWN)
        if coupon and goods.unlocks and goods.takes_coupons:
            for code in codes_in(coupon)[:COUPONS_PER_CART_MAX]:
                found = await self._meeting.known(goods.organizer_id, sale, code)
                unlocks.update(() if found is None else opened_by(found, sale))
        for unlock in sorted(unlocks):
            refused = await self._onsale.sale(sale).show(cart, unlock)
            if refused is not None:
                return refused
        return Opened(tuple(sorted(unlocks)), coupon, chosen)

    async def _is_coupon(self, sale: str, goods: Goods, code: str) -> bool:
        if not goods.takes_coupons or CODE.fullmatch(code) is None:
            return False
        return await self._meeting.known(goods.organizer_id, sale, code) is not None


TOO_MANY = "A cart takes no more codes; take one out first."
