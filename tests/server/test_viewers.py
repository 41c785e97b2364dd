"""Who counts as a viewer of a sale: whoever watches it, but for those who hold a key of an organizer."""

from __future__ import annotations

from engine.audit import Act
from engine.onsale import Sale
from engine.refusals import accept
from tests.eventually import until
from tests.server.conftest import Site

TOPICS = ["counters"]


async def counted(sale: Sale) -> int:
    return accept(await sale.snapshot()).counters.viewers


async def test_an_organizer_who_watches_is_not_a_viewer(site: Site, sale: Sale, organizer: Act) -> None:
    key = (await site.engine.access.create(organizer.organizer_id)).key
    office = await site.socket()
    await office.ok("hello", api_key=key)
    await office.ok("watch", sale=sale.id, topics=[*TOPICS, "takings"])
    for _ in range(2):
        await (await site.buyer()).ok("watch", sale=sale.id, topics=TOPICS)
    hub = site.process.hubs.of(sale.id)
    assert (hub.watchers, hub.viewers) == (3, 2)
    assert site.process.figures().watchers == 3

    async def two_are_told() -> bool:
        return await counted(sale) == 2

    await until("two viewers", two_are_told)


async def test_whoever_shows_a_key_while_watching_is_no_longer_a_viewer(site: Site, sale: Sale, organizer: Act) -> None:
    key = (await site.engine.access.create(organizer.organizer_id)).key
    guest = await site.buyer()
    await guest.ok("watch", sale=sale.id, topics=TOPICS)

    async def one_is_told() -> bool:
        return await counted(sale) == 1

    async def nobody_is_told() -> bool:
        return await counted(sale) == 0

    await until("one viewer", one_is_told)
    await guest.ok("hello", api_key=key)
    assert site.process.hubs.of(sale.id).viewers == 0
    await until("no viewer", nobody_is_told)
