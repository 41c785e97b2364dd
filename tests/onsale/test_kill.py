"""Valkey killed with -9 under holds: what was answered is there after it is back."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from engine.access.signing import Signer
from engine.catalog.model import SaleState
from engine.ids import new_buyer
from engine.keyring import Keyring
from engine.onsale import Onsale
from engine.onsale.model import Cart, Held, SeatsHold, SeatState, Snapshot
from engine.refusals import Code, Refused
from engine.stores.embedded_valkey import EmbeddedValkey
from engine.stores.redis import connect
from tests.onsale.plans import plan_of

SEATS = 400


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    """A Valkey of the test's own, to be killed."""
    server = EmbeddedValkey(tmp_path / "valkey", tmp_path / "v.sock")
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def own(valkey: EmbeddedValkey) -> AsyncIterator[Onsale]:
    client = await connect(valkey.url)
    onsale = Onsale(client, Signer(Keyring.of_secret(b"the secret of all the tests")))
    yield onsale
    await onsale.drained()
    await client.aclose()


@pytest.mark.faults
async def test_holds_over_a_kill(own: Onsale, valkey: EmbeddedValkey, sale_id: str) -> None:
    await own.publish(plan_of(sale_id, rows=SEATS // 20, seats_per_row=20))
    sale = own.sale(sale_id)
    await sale.set_state(SaleState.OPEN)
    buyers = [new_buyer() for _ in range(SEATS)]
    answered = asyncio.Event()

    async def hold(number: int) -> Held | Refused:
        """Three buyers want each pair of seats."""
        verdict = await sale.hold(SeatsHold(buyers[number], "h1", (number // 3, number // 3 + 200)))
        if number == 60:
            answered.set()
        return verdict

    async def in_turn(start: int) -> list[Held | Refused]:
        return [await hold(number) for number in range(start, SEATS, 20)]

    turns = [asyncio.create_task(in_turn(start)) for start in range(20)]
    async with asyncio.timeout(30):
        await answered.wait()
        assert valkey.pid is not None
        os.kill(valkey.pid, signal.SIGKILL)
        await asyncio.to_thread(restart, valkey)
        verdicts = await asyncio.gather(*turns)
    told = {start + 20 * at: verdict for start, turn in enumerate(verdicts) for at, verdict in enumerate(turn)}
    held = {
        seat: buyers[number] for number, verdict in told.items() if isinstance(verdict, Held) for seat in verdict.seats
    }
    refused = Counter(verdict.code for verdict in told.values() if isinstance(verdict, Refused))
    assert set(refused) <= {Code.SEAT_TAKEN}, "a lost reply is asked again, not refused"
    snapshot = await sale.snapshot()
    assert isinstance(snapshot, Snapshot)
    states = [SeatState(snapshot.seats[seat // 4] >> 6 - 2 * (seat % 4) & 3) for seat in range(SEATS)]
    assert {seat for seat, state in enumerate(states) if state is SeatState.HELD} == held.keys()
    assert snapshot.counters.held == len(held) == 2 * -(-SEATS // 3)
    for seat, buyer in held.items():
        cart = await sale.cart(buyer)
        assert isinstance(cart, Cart)
        assert seat in cart.seats


def restart(valkey: EmbeddedValkey) -> None:
    """As its supervisor does it."""
    valkey.stop()
    valkey.start()
