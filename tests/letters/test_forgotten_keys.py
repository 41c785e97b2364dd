"""A forgotten order key: a link to the order's own address, good once and for an hour, that tells nobody anything."""

from __future__ import annotations

import asyncio
import re

import pytest

from engine.limits import LETTERS_PER_INBOX_AND_DAY, ORDER_KEY_LETTERS_PER_DAY, ORDER_KEY_LINK_S
from engine.orders import OrderView
from engine.refusals import Code, Refused
from tests.letters.conftest import KEY, SITE, Desk
from tests.mail_sink import Sink

NEW = "cuatro gatos negros"
WRONG = Refused(Code.WRONG_LINK)


async def link_of(desk: Desk, sink: Sink, order: OrderView) -> str:
    """Ask, and read the token in the letter."""
    desk.engine.key_resets.ask(order.code)
    await desk.engine.key_resets.settle()
    await desk.send()
    said = sink.letters[-1].get_body(("plain",))
    assert said is not None
    found = re.search(rf"{SITE}/o/{order.code}#key=(\S+)", said.get_content())
    assert found is not None
    return found[1]


@pytest.mark.parametrize("hashed", [False, True])
async def test_another_key_by_letter(desk: Desk, sink: Sink, *, hashed: bool) -> None:
    order = await desk.buy(3)
    if hashed:
        await desk.engine.orders.hash_keys()
    token = await link_of(desk, sink, order)
    assert sink.letters[-1]["Subject"] == f"Elige una contraseña nueva para el pedido {order.code}"
    if not hashed:  # it is hashed between asking and choosing
        await desk.engine.orders.hash_keys()
    assert await desk.engine.key_resets.choose(order.code, token, NEW) is None
    for _ in range(2):  # sealed, then hashed
        assert await desk.engine.orders.open(order.code, KEY) == Refused(Code.BAD_ORDER_KEY)
        opened = await desk.engine.orders.open(order.code, NEW)
        assert isinstance(opened, OrderView)
        assert opened.key_changes == 1
        await desk.engine.orders.hash_keys()
    assert await desk.engine.key_resets.choose(order.code, token, "another one") == WRONG, "good once"
    await desk.send()
    changed = sink.letters[-1]
    assert changed["Subject"] == f"Se cambió la contraseña del pedido {order.code}"
    said = changed.get_body(("plain",))
    assert said is not None
    assert "#key=" not in said.get_content()


async def test_of_two_links_the_first_that_is_used_counts(desk: Desk, sink: Sink) -> None:
    order = await desk.buy(3)
    one, two = await link_of(desk, sink, order), await link_of(desk, sink, order)
    choose = desk.engine.key_resets.choose
    told = await asyncio.gather(choose(order.code, one, "the first key"), choose(order.code, two, "the second key"))
    assert sorted(map(str, told)) == sorted(map(str, [None, WRONG]))
    chosen, other = ("the first key", "the second key") if told[0] is None else ("the second key", "the first key")
    assert isinstance(await desk.engine.orders.open(order.code, chosen), OrderView)
    assert await desk.engine.orders.open(order.code, other) == Refused(Code.BAD_ORDER_KEY)
    assert [row["template"] for row in await desk.letters(order)].count("order_key_changed") == 1


async def test_hashing_meanwhile_does_not_bring_the_old_key_back(desk: Desk, sink: Sink) -> None:
    order = await desk.buy(3)
    token = await link_of(desk, sink, order)
    await asyncio.gather(desk.engine.orders.hash_keys(), desk.engine.key_resets.choose(order.code, token, NEW))
    await desk.engine.orders.hash_keys()
    assert isinstance(await desk.engine.orders.open(order.code, NEW), OrderView)
    assert await desk.engine.orders.open(order.code, KEY) == Refused(Code.BAD_ORDER_KEY)


async def test_a_link_is_of_one_order_and_ends(desk: Desk, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    order, other = await desk.buy(3), await desk.buy(4)
    token = await link_of(desk, sink, order)
    choose = desk.engine.key_resets.choose
    for code, tried in ((other.code, token), (order.code, token[:-1] + "!"), (order.code, ""), ("nothing", token)):
        assert await choose(code, tried, NEW) == WRONG
    now = int(token.split(".")[0])
    monkeypatch.setattr("engine.orders.key_resets.time.time", lambda: now + 1)
    assert await choose(order.code, token, NEW) == WRONG, f"it ends after {ORDER_KEY_LINK_S} s"


async def test_nobody_learns_whether_there_is_such_an_order(desk: Desk) -> None:
    order = await desk.buy(3)
    for code in (order.code, "K7QF-2M9X-TDRP", "no code at all", ""):
        desk.engine.key_resets.ask(code)
    await desk.engine.key_resets.settle()
    rows = await desk.engine.db.fetch("SELECT key FROM message WHERE template = 'order_key_reset'")
    assert [row["key"].split(":")[1] for row in rows] == [order.id]


async def test_an_order_and_an_inbox_have_so_many_a_day(desk: Desk) -> None:
    orders = [
        await desk.buy(units={"floor": 1}) for _ in range(LETTERS_PER_INBOX_AND_DAY // ORDER_KEY_LETTERS_PER_DAY + 1)
    ]
    for order in orders:
        for _ in range(ORDER_KEY_LETTERS_PER_DAY + 2):
            desk.engine.key_resets.ask(order.code)
            await desk.engine.key_resets.settle()
    counts = [len(await desk.letters(order)) for order in orders]
    assert counts[0] == ORDER_KEY_LETTERS_PER_DAY
    assert sum(counts) == LETTERS_PER_INBOX_AND_DAY


async def test_what_the_old_key_opened_is_shut(desk: Desk, sink: Sink) -> None:
    order, signer = await desk.buy(3), desk.engine.signer
    opened = signer.pass_token(order.code, 2_000_000_000, order.key_changes)
    assert signer.pass_opens(opened, order.code, 1_999_999_999, order.key_changes)
    token = await link_of(desk, sink, order)
    assert await desk.engine.key_resets.choose(order.code, token, NEW) is None
    found = await desk.engine.orders.by_code(order.code)
    assert found is not None
    assert not signer.pass_opens(opened, order.code, 1_999_999_999, found[1].key_changes)
