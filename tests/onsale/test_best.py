"""Best available: together, the best there are, leaving nobody alone.

Rows of these plans don't say how remote they are, as those that were packed by older versions: the first are the best.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import asyncpg
import pytest

from engine.catalog.model import RowPlan, SalePlan, SaleState, SectionPlan
from engine.ids import new_buyer
from engine.onsale import Keeper, Onsale, Sale
from engine.onsale.model import BestHold, Held, SeatsHold, SoldFacts
from engine.refusals import Code, Refused
from engine.stores.keys import sale_key
from tests.onsale.conftest import HandClock, OpenSale
from tests.onsale.plans import plan_of
from tests.onsale.test_keeper import insert

OpenSections = Callable[..., Awaitable[Sale]]


@pytest.fixture
def open_sections(onsale: Onsale, fresh_sale_id: Callable[[], str]) -> OpenSections:
    """Publish a sale of these sections and open it."""

    async def opened(*sections: SectionPlan) -> Sale:
        seats = sum(row.seats for section in sections for row in section.rows)
        plan = replace(plan_of(fresh_sale_id(), rows=0), seats=seats, sections=sections)
        await onsale.publish(plan)
        sale = onsale.sale(plan.id)
        assert await sale.set_state(SaleState.OPEN)
        return sale

    return opened


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


async def test_the_lowest_of_seats_as_good_as_others(open_sections: OpenSections) -> None:
    rows = (RowPlan("A", 0, 2, (30, 30)), RowPlan("B", 2, 2, (20, 40)), RowPlan("C", 4, 2, (20, 41)))
    sale = await open_sections(SectionPlan("stalls", "Stalls", 0, rows))
    assert [await best(sale, 2) for _ in range(3)] == [(0, 1), (2, 3), (4, 5)]


async def test_accessible_seats_are_given_last(open_sections: OpenSections) -> None:
    near = RowPlan("A", 0, 4, (2, 1, 1, 2), accessible=(1, 2))
    everywhere = RowPlan("A", 8, 2, (2, 1), accessible=(0, 1))
    stalls = SectionPlan("stalls", "Stalls", 0, (near, RowPlan("B", 4, 4, (9, 8, 8, 9))))
    sale = await open_sections(stalls, SectionPlan("platform", "Platform", 1, (everywhere,)))
    assert [await best(sale, 2, "stalls") for _ in range(4)] == [(4, 5), (6, 7), (0, 1), (2, 3)]
    assert await best(sale, 1, "platform") == (9,), "the best of them, where all are"


async def test_what_is_left_of_many_rows(open_sections: OpenSections) -> None:
    remote = (9, 3, 14, 6, 1, 12, 8, 15, 5, 2, 11, 7, 13, 4, 10)
    rows = tuple(RowPlan(str(nth), 2 * nth, 2, (0, each)) for nth, each in enumerate(remote))
    sale = await open_sections(SectionPlan("stalls", "Stalls", 0, rows))
    await take(sale, *range(0, 10, 2))
    await take(sale, *range(10, 20, 2))
    await take(sale, *range(20, 30, 2))
    given = await asyncio.gather(*(best(sale, 1) for _ in remote))
    assert given == [(2 * remote.index(each) + 1,) for each in range(1, 16)]


STALLS = SectionPlan("stalls", "Stalls", 0, (RowPlan("A", 0, 3, (9, 7, 8)), RowPlan("B", 3, 3, (6, 2, 1))))
BOX = SectionPlan("box", "Box", 1, (RowPlan("A", 6, 3, (3, 2, 1)),))


async def test_what_an_older_version_wrote_goes_by_the_order_of_rows(
    open_sections: OpenSections, onsale: Onsale
) -> None:
    """It knows no fields of sections, and drops them when it rebuilds a sale; whoever updates it brings them back."""
    sale = await open_sections(STALLS, BOX)
    assert await best(sale, 1) == (5,)
    await onsale.client.hdel(sale_key(sale.id, "sale"), "sections", "rows:stalls", "rows:box")
    assert [await best(sale, 1), await best(sale, 1, "box"), await best(sale, 1, "nowhere")] == [
        (0,),
        (6,),
        Code.UNKNOWN_SECTION,
    ]
    await onsale.update(replace(plan_of(sale.id, rows=0), seats=9, sections=(STALLS, BOX)))
    assert [await best(sale, 2), await best(sale, 1, "box")] == [(3, 4), (8,)]


async def test_a_sale_that_was_lost_goes_on_with_the_best(
    onsale: Onsale, db: asyncpg.Pool, fresh_sale_id: Callable[[], str]
) -> None:
    plan = replace(plan_of(fresh_sale_id(), rows=0), seats=9, sections=(STALLS, BOX))
    await db.execute("INSERT INTO organizer (id, name) VALUES ('org_test', 'Test')")
    await insert(db, plan)

    async def plan_by_id(_: str) -> SalePlan:
        return plan

    async def nothing_sold(_: str) -> SoldFacts:
        return SoldFacts()

    await Keeper(onsale, db, plan_by_id, nothing_sold, now=lambda: plan.opens_at).rebuild(plan.id)
    sale = onsale.sale(plan.id)
    await sale.set_state(SaleState.OPEN)
    assert [await best(sale, 2), await best(sale, 1), await best(sale, 2, "box")] == [(4, 5), (3,), (7, 8)]


async def test_carts_end_until_the_seats_are_found(open_sections: OpenSections, clock: HandClock) -> None:
    """More carts are due than one call ends by itself, and the last of them holds what is asked for."""
    stalls = SectionPlan("stalls", "Stalls", 0, (RowPlan("A", 0, 200),))
    sale = await open_sections(stalls, SectionPlan("box", "Box", 1, (RowPlan("A", 200, 2),)))
    await asyncio.gather(*(take(sale, seat) for seat in range(200)))
    clock.at_ms += 1
    await take(sale, 200, 201)
    clock.at_ms += 600_000
    assert await best(sale, 2, "box") == (200, 201)


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
