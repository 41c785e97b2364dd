"""Postgres is unreachable for a while: asks are refused as retryable, and changes are sent afterwards."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from pydantic import SecretStr

from engine import limits
from engine.engine import Engine
from engine.onsale import Sale
from engine.onsale.calls import BATCH_KEYS
from engine.settings import Settings
from engine.stores.embedded import EmbeddedStores
from engine.stores.keys import sale_keys
from engine.stores.scripts import call, pack, script
from loadtest.faults.site import POSTGRES_SOCKET
from loadtest.faults.wire import Wire
from tests.promos.city import until
from tests.server.conftest import Site, make_sale, organizer, sale, site

__all__ = ["make_sale", "organizer", "sale", "site"]
pytestmark = pytest.mark.faults

FAR_MS = 9_000_000_000_000


@pytest.fixture
async def wire(stores: EmbeddedStores, open_folder: Path) -> AsyncIterator[tuple[Wire, Path]]:
    """A wire to Postgres, and the folder of its near end."""
    folder = open_folder / f"wire-{secrets.token_hex(4)}"
    folder.mkdir()
    wire = Wire(partial(asyncio.open_unix_connection, stores.postgres.socket_folder / POSTGRES_SOCKET), seed=1)
    server = await asyncio.start_unix_server(wire.serve, folder / POSTGRES_SOCKET)
    yield wire, folder
    server.close()
    await wire.close()


@pytest.fixture
async def engine(redis_url: str, database_url: str, wire: tuple[Wire, Path]) -> AsyncIterator[Engine]:
    over_wire = f"{database_url.partition('?')[0]}?host={wire[1]}"
    settings = Settings(redis_url=redis_url, database_url=over_wire, secret=SecretStr(secrets.token_hex(32)))
    async with Engine.open(settings) as engine:
        yield engine


async def test_who_asks_meanwhile_is_told_to_ask_again(site: Site, sale: Sale, wire: tuple[Wire, Path]) -> None:
    client = await site.buyer()
    await client.ok("hold", sale=sale.id, hold="h1", seats=[3])
    wire[0].cut()
    assert (await client.refused("change", sale=sale.id, key="a key of mine"))["code"] == "unavailable"
    wire[0].mend()
    await client.ok("change", sale=sale.id, key="a key of mine")


async def test_a_cart_that_ended_meanwhile_is_told_afterwards(
    site: Site, sale: Sale, wire: tuple[Wire, Path], caplog: pytest.LogCaptureFixture
) -> None:
    client = await site.buyer()
    await client.ok("hold", sale=sale.id, hold="h1", seats=[3])
    wire[0].cut()
    await carts_expire(site, sale)

    async def given_up() -> bool:
        return "a changed cart was not told" in caplog.text

    await until(given_up)
    wire[0].mend()
    told = await client.event("cart")
    assert (told["cart"]["state"], told["reason"]) == ("ended", "expired")


async def carts_expire(site: Site, sale: Sale) -> None:
    """As if every cart's time were over."""
    item = (limits.CARTS_EXPIRED_PER_CALL_MAX, limits.ENDED_CART_KEPT_MS, limits.SHOPPER_GONE_AFTER_MS)
    keys = sale_keys(sale.id, *BATCH_KEYS["carts_expire"])
    await call(site.engine.redis, script("onsale/carts_expire"), keys, (pack([item]), FAR_MS))
