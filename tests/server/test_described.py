"""What is sent is what is served as described: every command, in both formats, and proof that a difference is seen."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, get_args

import pytest

from engine.coupons import Why
from engine.credit import CreditWhy
from engine.onsale.model import Counters as EngineCounters
from engine.onsale.model import RoomState as EngineRoom
from engine.orders import issues
from engine.orders.cart_credit import VOUCHER
from engine.orders.pricing import TYPE_NEEDED, TYPE_UNKNOWN
from engine.refusals import Code
from server.contract.commands import COMMANDS
from server.contract.live import Counters, CountersChange, RoomChange, RoomState, Takings
from server.contract.problems import TELLS, Told
from server.contract.shapes import IssueCode
from server.contract.wire import WIRES
from tests.server.conftest import MakeSale, Site
from tests.server.described import check, check_frame

HERE = {"latitude": 41.65, "longitude": -0.88}
CONTACT = {"name": "Ada Lovelace", "email": "ada@example.org"}
CARD = {"number": "4242 4242 4242 4242", "expires": "12/40", "cvc": "123"}
TOPICS = ["room", "seats", "pools", "counters", "takings"]


@pytest.mark.parametrize("subprotocol", [wire.subprotocol for wire in WIRES])
async def test_every_command_is_answered_as_described(
    site: Site, make_sale: MakeSale, key: str, subprotocol: str
) -> None:
    await site.engine.follower.step()  # where people are, for promos
    sale = await make_sale()
    client = await site.socket(subprotocol)
    asked = set[str]()

    async def ok(do: str, **fields: Any) -> dict[str, Any]:
        asked.add(do)
        return await client.ok(do, **fields)

    await ok("hello", api_key=key, locale="pt-BR")
    known = await ok("watch", sale=sale.id, topics=TOPICS)
    assert set(TOPICS) <= set(known)
    await ok("challenge", sale=sale.id)
    place = await ok("join", sale=sale.id)
    await ok("enter", sale=sale.id, place=place["token"])
    await ok("hold", sale=sale.id, hold="h-1", best={"seats": 2, "section": "stalls"})
    await ok("hold", sale=sale.id, hold="h-2", pool={"pool": "floor", "units": 2}, cart=False)
    await ok("release", sale=sale.id, release="r-1", units={"floor": 1})
    await ok("cart", sale=sale.id)
    await ok("change", sale=sale.id, contact=CONTACT, key="tres tristes tigres", types={"pool:floor": {"general": 1}})
    bought = await ok("checkout", sale=sale.id, order="o-1", card=CARD)
    await ok("order", code=bought["order"]["code"], key="tres tristes tigres")
    await ok("promos", **HERE)
    await client.event("takings")
    await ok("watch", sale=sale.id, topics=TOPICS, epoch=known["epoch"], seq=known["seq"])
    await ok("unwatch", sale=sale.id)
    await ok("leave", sale=sale.id)
    await ok("ping")
    assert asked == set(COMMANDS)


ROOM_EVENT = {"on": "room", "sale": "jazz", "epoch": "e1", "seq": 3, "tail": 4}
HELD = {"seats": [1], "units": {}, "deadline_at_ms": 5, "now_ms": 4, "again": False}
HOLD = {"id": 1, "do": "hold", "sale": "jazz", "hold": "h-1", "seats": [1]}
REFUSED = {"code": "seat_taken", "message": "No.", "retryable": False, "seats": [1]}


@pytest.mark.parametrize(
    ("message", "ask"),
    [
        (ROOM_EVENT | {"mood": "calm"}, None),
        (ROOM_EVENT | {"state": "dreaming"}, None),
        (ROOM_EVENT | {"secret": 7}, None),
        ({name: each for name, each in ROOM_EVENT.items() if name != "seq"}, None),
        ({"re": 1, "ok": HELD | {"extra": 1}}, HOLD),
        ({"re": 1, "ok": HELD | {"units": {"floor": "2"}}}, HOLD),
        ({"re": 1, "ok": HELD, "now_ms": 4}, HOLD),
        ({"re": 1, "ok": HELD}, HOLD | {"colour": "red"}),
        ({"re": 1, "error": REFUSED | {"code": "rain"}}, HOLD),
        ({"re": 1, "error": REFUSED | {"left": 2}}, HOLD),
        ({"re": None, "error": REFUSED | {"weather": "rain"}}, None),
    ],
)
def test_what_is_not_described_is_seen(message: dict[str, Any], ask: dict[str, Any] | None) -> None:
    with pytest.raises(AssertionError):
        check_frame(message, ask)


def test_what_is_described_passes() -> None:
    check_frame(ROOM_EVENT, None)
    check_frame({"re": 1, "ok": HELD}, HOLD)
    check_frame({"re": None, "error": REFUSED}, None)
    with pytest.raises(AssertionError):
        check("openapi", {"$ref": "#/components/schemas/Made"}, {"id": "v-1", "name": "x"}, "body")


def test_what_is_live_of_a_sale_has_the_members_of_the_engine() -> None:
    room = {each.name for each in fields(EngineRoom)}
    counted = {each.name for each in fields(EngineCounters)}
    assert set(RoomState.__annotations__) == set(RoomChange.__annotations__) == room
    assert set(Counters.__annotations__) == set(CountersChange.__annotations__)
    assert {*Counters.__annotations__, *Takings.__annotations__} == counted


def test_issues_of_a_cart_have_the_codes_of_the_engine() -> None:
    known = {getattr(issues, name) for name in dir(issues) if name.isupper() and isinstance(getattr(issues, name), str)}
    by_codes = {f"{issues.COUPON}{why.value}" for why in Why}
    # Of vouchers, others are refused when they are typed, and never get as far as a cart.
    by_codes |= {f"{VOUCHER}{why.value}" for why in CreditWhy if why.value not in ("unknown", "mistyped", "too_many")}
    assert {*known - {issues.COUPON}, *by_codes, TYPE_UNKNOWN, TYPE_NEEDED} == set(get_args(IssueCode))


def test_what_refusals_tell_has_a_form() -> None:
    assert {name for told in TELLS.values() for name in told} == set(Told.__annotations__)
    assert Code.SEAT_TAKEN in TELLS
