"""The letter once more, from the page of the order and from the office: to its own address, a few times a day."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from engine.audit import Act
from engine.limits import ORDER_LETTERS_AGAIN_PER_DAY
from engine.refusals import Code, Refused
from tests.letters.conftest import Desk
from tests.mail_sink import Sink

ACTS = "SELECT act, subject, actor FROM audit WHERE act = 'order.resend'"


async def test_it_comes_again_a_few_times(desk: Desk, sink: Sink) -> None:
    order = await desk.buy(3)
    await desk.work()
    again = desk.engine.confirming.again
    for _ in range(ORDER_LETTERS_AGAIN_PER_DAY):
        assert await again(order.sale, order.id) == "a…@example.org"
    assert await again(order.sale, order.id) == Refused(Code.TOO_MANY_LETTERS)
    await desk.send()
    assert len(sink.letters) == 1 + ORDER_LETTERS_AGAIN_PER_DAY
    assert {letter["To"] for letter in sink.letters} == {"ana@example.org"}
    assert all(len(list(letter.iter_attachments())) == 2 for letter in sink.letters)


async def test_of_many_at_once_no_more_are_sent(desk: Desk) -> None:
    order = await desk.buy(3)
    told = await asyncio.gather(*(desk.engine.confirming.again(order.sale, order.id) for _ in range(12)))
    assert sum(isinstance(each, str) for each in told) == ORDER_LETTERS_AGAIN_PER_DAY
    assert len(await desk.letters(order)) == ORDER_LETTERS_AGAIN_PER_DAY


async def test_what_was_refunded_has_none(desk: Desk) -> None:
    order = await desk.buy(3)
    await desk.engine.db.execute("UPDATE orders SET state = 'refunding' WHERE id = $1", order.id)
    assert await desk.engine.confirming.again(order.sale, order.id) == Refused(Code.NO_LETTER)


async def test_the_office_sends_it_and_is_noted(desk: Desk) -> None:
    order, other = await desk.buy(3), await desk.engine.access.create_organizer("Other")
    by = Act(desk.house.organizer, "desk")
    assert await desk.engine.confirming.again(order.sale, order.id, by) == "a…@example.org"
    (act,) = await desk.engine.db.fetch(ACTS)
    assert (act["subject"], act["actor"]) == (order.id, "desk")
    theirs = replace(by, organizer_id=other)
    assert await desk.engine.confirming.again(order.sale, order.id, theirs) == Refused(Code.UNKNOWN_SALE)
    assert len(await desk.engine.db.fetch(ACTS)) == 1
