"""Giving back a whole event, over HTTP and on the command line: foreseen to the cent, done once, nobody else's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.access import Permission
from engine.audit import Act
from engine.onsale import Sale
from engine.refusals import accept
from server.contract.stamps import in_ms
from tests.server.conftest import Site, api
from tests.server.test_order_records import key_for
from tests.server.test_refunds import bought

REFUNDS = "/api/organizer/events/{}/refunds"


@pytest.fixture
async def event(site: Site, sale: Sale) -> str:
    return str(await site.engine.db.fetchval("SELECT event_id FROM sale WHERE id = $1", sale.id))


@pytest.fixture
async def finance(site: Site, organizer: Act) -> str:
    return await key_for(site, organizer, Permission.ORDER_REFUND, Permission.ORDER_READ)


async def done(site: Site, key: str, event: str) -> dict[str, Any]:
    """As it stands once a worker did its part."""
    for _ in range(5):
        await site.engine.orders.cancelling.step()
    (found,) = (await api(site, f"GET {REFUNDS.format(event)}", key))["items"]
    return dict(found)


async def test_an_event_is_given_back_as_it_was_foreseen(site: Site, sale: Sale, event: str, finance: str) -> None:
    orders = [(await bought(site, sale, seat))[1] for seat in (0, 1)]
    path = REFUNDS.format(event)
    foreseen = await api(site, f"POST {path}/preview", finance, {})
    assert (foreseen["orders"], foreseen["people"], foreseen["by_provider"], foreseen["kept"]) == (2, 2, 9000, 0)
    begun = await api(site, f"POST {path}", finance, {"cancellation": "rain", "reason": "storm"}, 201)
    assert (begun["state"], begun["waiting"]) == ("running", 2)
    assert await api(site, f"POST {path}", finance, {"cancellation": "rain"}, 201) == begun, "a repeat is the same"
    ended = await done(site, finance, event)
    assert (ended["state"], ended["amount"], ended["given_back"], ended["refused"]) == ("done", 9000, 9000, 0)
    states = await site.engine.db.fetch("SELECT state FROM orders WHERE id = ANY ($1)", [each["id"] for each in orders])
    assert [row["state"] for row in states] == ["refunded"] * 2


async def test_nobody_is_offered_to_keep_tickets_of_a_cancelled_event(
    site: Site, sale: Sale, event: str, organizer: Act, finance: str
) -> None:
    await bought(site, sale, 0)
    in_a_day = in_ms(datetime.now(UTC) + timedelta(days=1))
    offer = {"choices": ["keep", "origin"], "choose_until_ms": in_a_day}
    path = REFUNDS.format(event)
    assert (await api(site, f"POST {path}/preview", finance, offer))["orders"] == 1
    accept(await site.engine.catalog.events.cancel(organizer, event))
    for asked, more in ((f"POST {path}/preview", {}), (f"POST {path}", {"cancellation": "rain"})):
        refused = await api(site, asked, finance, offer | more, 422)
        assert refused["fields"][0]["path"] == "choices"
    assert (await api(site, f"GET {path}", finance))["items"] == []


async def test_it_stands_still_until_it_is_told_to_go_on(site: Site, sale: Sale, event: str, finance: str) -> None:
    await bought(site, sale, 0)
    path = REFUNDS.format(event)
    begun = await api(site, f"POST {path}", finance, {"cancellation": "rain"}, 201)
    assert (await api(site, f"POST {path}/{begun['id']}/pause", finance))["state"] == "paused"
    assert (await done(site, finance, event))["waiting"] == 1
    assert (await api(site, f"POST {path}/{begun['id']}/resume", finance))["state"] == "running"
    assert (await done(site, finance, event))["state"] == "done"
    assert (await api(site, f"POST {path}/{begun['id']}/retry", finance))["waiting"] == 0
    await api(site, f"POST {path}/cnl_none/pause", finance, status=404)


async def test_a_neighbour_and_a_reader_give_nothing_back(site: Site, sale: Sale, event: str, organizer: Act) -> None:
    _, order = await bought(site, sale, 0)
    path = REFUNDS.format(event)
    access = site.engine.access
    neighbour = (await access.create(await access.create_organizer("Vecinos"))).key
    reader = await key_for(site, organizer, Permission.ORDER_READ)
    await api(site, f"POST {path}", neighbour, {"cancellation": "rain"}, 404)
    await api(site, f"POST {path}/preview", neighbour, {}, 404)
    await api(site, f"GET {path}", neighbour, status=404)
    await api(site, f"POST {path}", reader, {"cancellation": "rain"}, 403)
    await api(
        site,
        f"POST {path}",
        await key_for(site, organizer, Permission.ORDER_REFUND),
        {"cancellation": "a", "sales": ["other"]},
        404,
    )
    assert await site.engine.db.fetchval("SELECT revision FROM orders WHERE id = $1", order["id"]) == 0
