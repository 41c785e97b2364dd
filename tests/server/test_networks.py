"""One network can't take places, or become buyers, without end: over sockets and HTTP, by one count."""

from __future__ import annotations

import asyncio
import time

from engine.catalog.model import SaleState
from engine.ids import new_buyer
from engine.limits import NETWORK_WAIT_MS_MAX, PLACES_PER_NETWORK_BURST, PLACES_PER_NETWORK_PER_S
from tests.server.conftest import PLAN, Client, MakeSale, Site, fresh_address, from_address

WITH_ROOM = PLAN.replace("room: false", "room: {shoppers: 10}")
LOBBY = WITH_ROOM.replace("opens: now", "lobby: now\nopens: in 1 hour")
STRANGERS_AT_ONCE = 50


async def places_taken(site: Site, sale: str, address: str, wanted: int) -> tuple[int, list[dict[str, object]]]:
    """How many of so many strangers at one address got a place in the room, and what the others were told."""
    told: list[dict[str, object]] = []
    taken = 0

    async def come(client: Client) -> None:
        nonlocal taken
        await client.ok("hello", buyer=site.engine.signer.buyer_token(new_buyer()))
        answer = await client.ask("join", sale=sale)
        if "ok" in answer:
            taken += 1
        else:
            told.append(answer["error"])

    async def in_turn(client: Client, count: int) -> None:
        for _ in range(count):
            await come(client)

    clients = [await site.socket(headers=from_address(address)) for _ in range(STRANGERS_AT_ONCE)]
    await asyncio.gather(*(in_turn(client, wanted // STRANGERS_AT_ONCE) for client in clients))
    return taken, told


async def test_one_address_takes_its_burst_of_places_and_little_more(site: Site, make_sale: MakeSale) -> None:
    sale = await make_sale(WITH_ROOM)
    address = fresh_address()
    began_at = time.monotonic()
    taken, told = await places_taken(site, sale.id, address, 2 * PLACES_PER_NETWORK_BURST)
    refilled = (time.monotonic() - began_at) * PLACES_PER_NETWORK_PER_S
    assert PLACES_PER_NETWORK_BURST <= taken <= PLACES_PER_NETWORK_BURST + refilled + 1
    assert {error["code"] for error in told} == {"network_busy"}
    assert all(0 < int(str(error["retry_after_ms"])) <= NETWORK_WAIT_MS_MAX for error in told)
    # Over HTTP it is the same count: at most what came back meanwhile is taken.
    for _ in range(PLACES_PER_NETWORK_BURST):
        token = site.engine.signer.buyer_token(new_buyer())
        headers = from_address(address) | {"Authorization": f"Bearer {token}"}
        async with site.http.post(f"{site.url}/api/sales/{sale.id}/places", json={}, headers=headers) as response:
            answer, retry_after = await response.json(), response.headers.get("Retry-After")
        if retry_after is not None:
            break
    assert (response.status, answer["code"]) == (429, "network_busy")
    assert int(retry_after or 0) >= 1
    # Elsewhere nobody notices.
    elsewhere = await site.socket(headers=from_address(fresh_address()))
    await elsewhere.ok("hello")
    assert (await elsewhere.ok("join", sale=sale.id))["again"] is False


async def test_who_has_a_place_comes_back_to_it_from_a_busy_network(site: Site, make_sale: MakeSale) -> None:
    sale = await make_sale(LOBBY, SaleState.LOBBY)
    address = fresh_address()
    first = await site.socket(headers=from_address(address))
    await first.ok("hello")
    joined = await first.ok("join", sale=sale.id)
    _, told = await places_taken(site, sale.id, address, PLACES_PER_NETWORK_BURST + 10 * STRANGERS_AT_ONCE)
    assert told
    again = await first.ok("join", sale=sale.id, place=joined["token"])
    assert (again["again"], again["number"]) == (True, joined["number"])
    other = joined["token"][:-1] + ("A" if joined["token"][-1] != "A" else "B")
    forged = await first.refused("join", sale=sale.id, place=other)
    assert forged["code"] in ("bad_place", "network_busy")
