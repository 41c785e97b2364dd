"""Permits: whose address it is, one notice per inbox and day, and what text messages may cost."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from engine.audit import Act
from engine.messages import Outcome, Sent
from tests.promos.city import ORGANIZER, City
from tests.promos.lines import SENT, Line, Worker, hurry, notices


async def test_an_address_that_nobody_confirmed_is_not_written_to(city: City, lines: dict[str, Line]) -> None:
    await city.buyer(confirmed=False, phone="+34600000000")
    await city.running()
    await Worker(city, lines).step()
    assert [line.taken for line in lines.values()] == [[], [], []]
    assert [row["state"] for row in await notices(city)] == ["failed"]


@pytest.mark.parametrize("channel", ["email", "sms"])
async def test_one_notice_a_day_per_address_whoever_has_it(city: City, lines: dict[str, Line], channel: str) -> None:
    names = ("ana@example.org", "ana+1@example.org", "ana+2@example.org")
    for name in names * 2:
        address = {"email": name} if channel == "email" else {"email": None, "phone": "+34600000000"}
        await city.buyer(**address)
    await city.running()
    for _ in range(7):
        await Worker(city, lines).step()
        await hurry(city)
    assert len(lines[channel].taken) == 1
    states = Counter(row["state"] for row in await notices(city))
    assert states == {"sent": 1, "failed": 5}


async def test_a_notice_that_is_tried_again_keeps_its_inbox(city: City, lines: dict[str, Line]) -> None:
    for _ in range(2):
        await city.buyer(email="ana@example.org")
    await city.running()
    replies = iter([Sent(Outcome.LATER), SENT])
    lines["email"].answers = lambda _: next(replies)
    for _ in range(7):
        await Worker(city, lines).step()
        await hurry(city)
    assert len({message.id for message in lines["email"].taken}) == 1
    assert Counter(row["state"] for row in await notices(city)) == {"sent": 1, "failed": 1}


async def test_text_messages_have_a_budget(city: City, lines: dict[str, Line]) -> None:
    for at in range(5):
        await city.buyer(phone=f"+3460000000{at}", channels=["sms", "email"])
    await city.running()
    await asyncio.gather(*(Worker(city, lines, sms_per_day=2).step() for _ in range(2)))
    await hurry(city)
    await Worker(city, lines, sms_per_day=2).step()
    assert (len(lines["sms"].taken), len(lines["email"].taken)) == (2, 3)
    assert await city.engine.db.fetchval("SELECT messages FROM sms_spent") == 2


@pytest.mark.parametrize(("organizer", "sent"), [(ORGANIZER, 0), ("org_other", 1)])
async def test_what_an_organizer_reports_silences_that_organizer(
    city: City, lines: dict[str, Line], organizer: str, sent: int
) -> None:
    await city.engine.db.execute("INSERT INTO organizer (id, name) VALUES ('org_other', 'Other')")
    await city.engine.suppression.reported(Act(organizer, "ak_1"), "email", "ana@example.org", "bounced")
    await city.buyer(email="ana@example.org")
    await city.running()
    await Worker(city, lines).step()
    assert len(lines["email"].taken) == sent
