"""Best available: together, in the best row, leaving nobody alone."""

from __future__ import annotations

import asyncio

import pytest

from engine.ids import new_buyer
from engine.onsale import Sale
from engine.onsale.model import BestHold, Held, SeatsHold
from engine.refusals import Code, Refused
from tests.onsale.conftest import OpenSale


async def best(sale: Sale, seats: int, section: str | None = None) -> tuple[int, ...] | Code:
    held = await sale.hold(BestHold(new_buyer(), "h1", seats, section))
    return held.seats if isinstance(held, Held) else held.code


async def take(sale: Sale, *seats: int) -> None:
    assert isinstance(await sale.hold(SeatsHold(new_buyer(), "h1", seats)), Held)


async def test_the_middle_of_the_best_row(open_sale: OpenSale) -> None:
    sale = await open_sale()
    assert await best(sale, 2) == (4, 5)
    assert await best(sale, 4) == (0, 1, 2, 3)
    assert await best(sale, 4) == (6, 7, 8, 9)
    assert await best(sale, 4) == (13, 14, 15, 16)


async def test_no_seat_is_left_alone_where_another_row_has_room(open_sale: OpenSale) -> None:
    sale = await open_sale(rows=2, person_max=10)
    await take(sale, 3, 4, 5, 6, 7, 8, 9)
    # 0 1 2 are free in the first row; two of them would leave one alone.
    assert await best(sale, 2) == (14, 15)
    assert await best(sale, 3) == (0, 1, 2)


async def test_a_seat_is_left_alone_when_it_cannot_be_avoided(open_sale: OpenSale) -> None:
    sale = await open_sale(rows=1, seats_per_row=3)
    assert await best(sale, 2) in ((0, 1), (1, 2))
    assert await best(sale, 2) == Code.NONE_TOGETHER
    assert isinstance(await best(sale, 1), tuple)


async def test_seats_never_reach_over_two_rows(open_sale: OpenSale) -> None:
    sale = await open_sale(rows=2, seats_per_row=4, off_seats=(1, 6))
    assert await best(sale, 3) == Code.NONE_TOGETHER
    assert await best(sale, 2) in ((2, 3), (4, 5))


async def test_sections(open_sale: OpenSale) -> None:
    sale = await open_sale()
    assert await best(sale, 1, "stalls") == (4,)
    assert await best(sale, 1, "nowhere") == Code.UNKNOWN_SECTION


async def test_repeated_and_refused(open_sale: OpenSale) -> None:
    sale = await open_sale(person_max=2)
    ana = new_buyer()
    first = await sale.hold(BestHold(ana, "h1", 2))
    assert isinstance(first, Held)
    assert await sale.hold(BestHold(ana, "h1", 2)) == Held(first.seats, {}, first.deadline_at_ms, again=True)
    assert await sale.hold(BestHold(ana, "h1", 1)) == Refused(Code.CONFLICT)
    assert await sale.hold(BestHold(ana, "h2", 1)) == Refused(Code.OVER_MAXIMUM, {"person_max": 2, "has": 2})


@pytest.mark.parametrize("seats", [1, 2, 3])
async def test_many_at_once_get_different_seats(open_sale: OpenSale, seats: int) -> None:
    sale = await open_sale(rows=10, seats_per_row=20)
    given = await asyncio.gather(*(best(sale, seats) for _ in range(150)))
    taken = [seat for each in given if isinstance(each, tuple) for seat in each]
    assert len(taken) == len(set(taken))
    assert len(given) - given.count(Code.NONE_TOGETHER) >= min(150, 10 * (18 // seats))
