"""A sale in Redis, on a clock that the test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from engine.access.signing import Signer
from engine.catalog.model import SalePlan, SaleState
from engine.keyring import Keyring
from engine.onsale import Onsale, Sale
from engine.stores.redis import RedisClient
from tests.onsale.plans import plan_of

NOW_MS = 1_795_000_000_000
OpenSale = Callable[..., Awaitable[Sale]]


@dataclass
class HandClock:
    """The instant that scripts are told."""

    at_ms: int = NOW_MS

    def __call__(self) -> int:
        return self.at_ms


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def onsale(redis: RedisClient, clock: HandClock) -> AsyncIterator[Onsale]:
    onsale = Onsale(redis, Signer(Keyring.of_secret(b"the secret of all the tests")), clock=clock)
    yield onsale
    await onsale.drained()


@pytest.fixture
def open_sale(onsale: Onsale, fresh_sale_id: Callable[[], str]) -> OpenSale:
    """Publish a sale after `plan_of` and open it."""

    async def opened(**wishes: Any) -> Sale:
        plan: SalePlan = plan_of(fresh_sale_id(), **wishes)
        await onsale.publish(plan)
        sale = onsale.sale(plan.id)
        assert await sale.set_state(SaleState.OPEN)
        return sale

    return opened
