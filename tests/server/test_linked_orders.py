"""Orders of an account: those of each browser that is linked to it, and nobody else's."""

from __future__ import annotations

from engine.access import Role
from engine.accounts import Browser
from engine.audit import Act
from engine.onsale import Sale
from tests.server.conftest import Site
from tests.server.test_grants import Person, member
from tests.server.test_purchase import CARD, shop


async def bought(site: Site, sale: Sale, seat: int, order: str) -> tuple[str, str]:
    """A buyer with an order, and its code."""
    buyer = await site.buyer()
    await shop(buyer, sale, seat)
    placed = (await buyer.ok("checkout", sale=sale.id, order=order, card=CARD))["order"]
    found = site.engine.signer.buyer_of(buyer.hello["buyer"])
    assert found is not None
    return found, str(placed["code"])


async def codes(person: Person) -> list[str]:
    status, page = await person.asks("GET /api/orders?when=upcoming")
    assert status == 200
    return sorted(each["code"] for each in page["items"])


async def test_an_account_has_the_orders_of_its_browsers(site: Site, sale: Sale, organizer: Act) -> None:
    phone, laptop = await bought(site, sale, 7, "o-1"), await bought(site, sale, 9, "o-2")
    other = await bought(site, sale, 11, "o-3")
    ana, bo = await member(site, organizer, Role.GATE), await member(site, organizer, Role.GATE)
    buyers = site.engine.accounts.buyers
    assert await codes(ana) == []
    assert await buyers.link(ana.account, phone[0], Browser()) is None
    assert await buyers.link(ana.account, laptop[0], Browser()) is None
    assert await codes(ana) == sorted([phone[1], laptop[1]])
    assert await codes(bo) == []
    assert await ana.code(f"GET /api/orders/{phone[1]}") == ""
    assert await ana.code(f"GET /api/orders/{other[1]}") == "bad_order_key"
    assert await bo.code(f"GET /api/orders/{phone[1]}") == "bad_order_key"
    refused = await buyers.link(bo.account, phone[0], Browser())
    assert refused is not None, "a browser is one account's"
    assert await buyers.unlink(ana.account, phone[0], Browser())
    assert await codes(ana) == [laptop[1]]
    assert await ana.code(f"GET /api/orders/{phone[1]}") == "bad_order_key"
