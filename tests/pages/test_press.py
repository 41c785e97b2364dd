"""The press: what it draws is what is drawn here, a wrong order harms no other, and killed it comes back."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest

from server.pages.press import NICENESS, NotDrawn, Press, PressEnded
from server.pages.ticket_paper import tickets_pdf
from tests.eventually import until
from tests.pages.test_ticket_paper import data, ticket


@pytest.fixture
async def press() -> AsyncIterator[Press]:
    press = Press()
    yield press
    await press.close()


async def test_it_draws_what_is_drawn_here(press: Press) -> None:
    wanted = [data(ticket(id=f"tkt_{nth}")) for nth in range(8)]
    drawn = await asyncio.gather(*(press.tickets(each) for each in wanted))
    assert drawn == [tickets_pdf(each) for each in wanted]
    assert await press.tickets(data(event="東京")) is None
    assert press.pid is not None
    assert os.getpriority(os.PRIO_PROCESS, press.pid) == min(19, os.getpriority(os.PRIO_PROCESS, 0) + NICENESS)


async def test_what_cant_be_drawn_harms_no_other(press: Press) -> None:
    told = await asyncio.gather(press.tickets({"nothing": 1}), press.tickets(data()), return_exceptions=True)
    assert isinstance(told[0], NotDrawn)
    assert told[1] == tickets_pdf(data())


async def test_killed_it_comes_back(press: Press) -> None:
    await press.tickets(data())
    first = press.pid
    assert first is not None
    os.kill(first, signal.SIGSTOP)
    waiting = asyncio.create_task(press.tickets(data()))
    await asyncio.sleep(0)
    os.kill(first, signal.SIGKILL)
    with pytest.raises(PressEnded):
        await waiting
    assert await press.tickets(data()) == tickets_pdf(data())
    assert press.pid != first


async def test_it_ends_with_whoever_started_it(press: Press) -> None:
    await press.tickets(data())
    process = press._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    assert await process.wait() == 0

    async def is_gone() -> bool:
        return press.pid is None

    await until("that it is gone", is_gone)
