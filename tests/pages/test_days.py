"""Tickets that admit on several days: on the page, on paper, in the calendar and in letters."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest

from engine.audit import Act
from engine.catalog import EventShown, SaleInfo
from engine.catalog.model import EventStatus
from engine.engine import Engine
from engine.orders import Bought, CartChange, OrderView
from engine.refusals import Refused
from server.buying.about import about
from server.pages.language import moment
from server.pages.order_letters import Sold, fields
from server.pages.sources import names_of
from server.pages.ticket_paper import tickets_pdf
from server.pages.tickets import paper_data
from tests.orders.house import House, open_festival
from tests.pages.test_ticket_paper import data, read, ticket

KEY = "tres tristes tigres"
UID = re.compile(r"UID:(\S+)")


@pytest.fixture
async def house(engine: Engine) -> House:
    return await open_festival(engine)


async def bought(house: House, *seats: int, **units: int) -> tuple[OrderView, dict[str, str]]:
    buyer = await house.buyer_holding(*seats, units=units)
    assert not isinstance(await house.engine.orders.change_cart(house.sale.id, buyer, CartChange(key=KEY)), Refused)
    done = await house.buy(buyer)
    assert isinstance(done, Bought), done
    return done.order, {"Cookie": f"aforo_buyer={house.engine.signer.buyer_token(buyer)}"}


async def info_of(house: House) -> SaleInfo:
    info = await house.engine.catalog.sale_info(house.sale.id)
    assert info is not None
    assert info.event is not None
    return info


async def calendar(http: aiohttp.ClientSession, path: str, headers: dict[str, str] | None = None) -> str:
    async with http.get(path, headers=headers) as answer:
        assert answer.status == 200
        return (await answer.text()).replace("\r\n ", "")


async def test_the_calendar_of_a_pass_has_each_of_its_days(http: aiohttp.ClientSession, house: House) -> None:
    order, cookie = await bought(house, **{"pass": 1})
    made = await calendar(http, f"/o/{order.code}/event.ics", cookie)
    sale = house.sale.id
    assert UID.findall(made) == [f"{day}.{sale}@aforo" for day in ("fri", "sat", "sun")]
    info = await info_of(house)
    for day in info.days:
        assert f"SUMMARY:Festival · {day.name}" in made
    assert made.count("BEGIN:VTIMEZONE") == made.count("END:VCALENDAR") == 1
    assert made.count("T120000") >= 2
    both, theirs = await bought(house, 0, parking=1)
    assert UID.findall(await calendar(http, f"/o/{both.code}/event.ics", theirs)) == [
        f"{sale}@aforo",
        f"sat.{sale}@aforo",
    ], "what admits to the event has the event"
    assert UID.findall(await calendar(http, f"/s/{sale}/event.ics")) == UID.findall(made)


async def test_a_calendar_takes_over_a_day_that_changed(http: aiohttp.ClientSession, house: House) -> None:
    order, cookie = await bought(house, saturday=1)
    path, by, info = f"/o/{order.code}/event.ics", Act(house.organizer, "test"), await info_of(house)
    assert "SEQUENCE:0" in await calendar(http, path, cookie)
    written = {day.id: {"name": day.name, "starts": day.starts_at.isoformat()} for day in info.days}
    written["sat"]["starts"] = (info.days[1].starts_at + timedelta(hours=1)).isoformat()
    assert isinstance(await house.engine.catalog.change_sale(by, house.sale.id, {"days": written}), SaleInfo)
    house.engine.orders.price_books.forget(house.sale.id)
    assert "SEQUENCE:1" in await calendar(http, path, cookie)
    assert info.event is not None
    moved = {"starts": (info.event.starts_at + timedelta(days=28)).isoformat()}
    assert isinstance(await house.engine.catalog.events.move(by, info.event.id, moved), EventShown)
    house.engine.orders.price_books.forget(house.sale.id)
    assert "SEQUENCE:2" in await calendar(http, path, cookie)


async def test_a_ticket_on_paper_names_its_days(house: House) -> None:
    order, _ = await bought(house, **{"pass": 1, "sunday": 1, "parking": 1})
    info, occasion = await info_of(house), await about(house.engine, house.sale.id)
    days = [f"{day.name}: {moment(day.starts_at, 'Europe/Madrid', 'en')}" for day in info.days]
    assert occasion.starts_at is not None
    event = moment(occasion.starts_at, "Europe/Madrid", "en") + ", local time at the venue"
    shown = {
        each["place"][0]["value"]: each["when"]
        for each in paper_data(order, occasion, names_of(info, frozenset()), "en")["tickets"]
    }
    assert shown == {"Sunday": [days[2]], "Pass": days, "Parking": [event]}
    gone = replace(occasion, status=EventStatus.POSTPONED)
    shown = {
        each["place"][0]["value"]: each["when"]
        for each in paper_data(order, gone, names_of(info, frozenset()), "en")["tickets"]
    }
    assert shown["Pass"][1:] == ["Friday, Saturday, Sunday"]
    assert not any(":" in line.partition("was ")[0] for line in shown["Pass"])
    whole = moment(occasion.starts_at, "Europe/Madrid", "en")
    starts = fields(Sold(occasion, info), order, "en")["starts"]
    assert starts == f"{' · '.join([whole, *days])} (Europe/Madrid)", "one of them admits to the event"
    alone, _ = await bought(house, **{"pass": 1})
    starts = fields(Sold(occasion, info), alone, "en")["starts"]
    assert starts == f"{' · '.join(days)} (Europe/Madrid)"


@pytest.mark.parametrize(
    "title", ["Festival", "A festival with a name that needs three lines of the largest letters there are on it"]
)
@pytest.mark.parametrize("days", [3, 14])
def test_a_ticket_for_many_days_can_be_read_at_the_gate(days: int, title: str) -> None:
    when = [f"Saturday {number}: Saturday {number} September 2027, 12:00" for number in range(1, days + 1)]
    made = tickets_pdf(data(ticket(when=when), event=title))
    assert made is not None
    ((codes, words),) = read(made)
    assert len(codes) == 1
    for line in when:
        assert line in words
