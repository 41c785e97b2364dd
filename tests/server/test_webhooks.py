"""Webhooks from outside: made over HTTP, told of a real purchase, looked at and steered with a key."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook

from engine.audit import Act
from engine.engine import Engine
from engine.onsale import Sale
from engine.settings import Settings
from tests.server.conftest import Site, api
from tests.server.test_purchase import CARD, shop
from tests.webhooks.partner import Partner, partner_at


@pytest.fixture
async def engine(redis_url: str, database_url: str, tmp_path: Path) -> AsyncIterator[Engine]:
    """One that may call this machine."""
    settings = Settings(
        redis_url=redis_url,
        database_url=database_url,
        secret=SecretStr(secrets.token_hex(32)),
        data_dir=tmp_path,
        trusted_networks=("127.0.0.1",),
        outgoing_allow=("127.0.0.0/8",),
    )
    async with Engine.open(settings) as engine:
        await engine.webhooks.consumer.step(engine.db)
        yield engine


@pytest.fixture
async def partner() -> AsyncIterator[Partner]:
    async with partner_at() as partner:
        yield partner


@pytest.fixture
async def own(site: Site, organizer: Act) -> str:
    """A key of the organizer whose sale it is."""
    return (await site.engine.access.create(organizer.organizer_id)).key


@pytest.fixture
async def others(site: Site) -> str:
    access = site.engine.access
    return (await access.create(await access.create_organizer("Somebody else"))).key


async def send(site: Site) -> None:
    webhooks = site.engine.webhooks
    await webhooks.consumer.step(site.engine.db)
    while await webhooks.sender.step():
        await webhooks.sender.settle()


async def made(site: Site, key: str, partner: Partner, **more: Any) -> dict[str, str]:
    body = {"url": f"{partner.url}/in", "topics": ["order.paid"], **more}
    found: dict[str, str] = await api(site, "POST /api/webhooks", key, body, status=201)
    return found


async def test_a_purchase_is_told(site: Site, sale: Sale, own: str, others: str, partner: Partner) -> None:
    webhook, _ = await made(site, own, partner, label="till"), await made(site, others, partner)
    buyer = await site.buyer()
    await shop(buyer, sale, 3)
    bought = await buyer.ok("checkout", sale=sale.id, order="o-1", card=CARD)
    await send(site)
    (taken,) = partner.taken["/in"]
    body = Webhook(webhook["secret"]).verify(taken.raw, taken.headers)
    assert body["data"]["sale"] == sale.id
    assert body["data"]["order"] == bought["order"]["id"]
    assert buyer.hello["buyer_id"] not in taken.raw.decode()
    shown = await api(site, f"GET /api/webhooks/{webhook['id']}", own)
    assert (shown["label"], shown["topics"], shown["due"], shown["sequence"]) == ("till", ["order.paid"], 0, 1)
    assert webhook["secret"] not in str(shown)
    page = await api(site, f"GET /api/webhooks/{webhook['id']}/deliveries?state=sent&limit=1", own)
    (delivery,) = page["items"]
    assert (delivery["id"], delivery["status"], page["next"]) == (taken.id, 204, 1)
    assert (await api(site, f"GET /api/webhooks/{webhook['id']}/deliveries?before=1", own)) == {
        "items": [],
        "next": None,
    }
    detail = await api(site, f"GET /api/webhooks/{webhook['id']}/deliveries/{taken.id}", own)
    assert detail["body"] == body
    assert [each["status"] for each in detail["tries"]] == [204]


async def test_a_webhook_is_steered(site: Site, own: str, partner: Partner) -> None:
    webhook = (await made(site, own, partner))["id"]
    await api(site, f"POST /api/webhooks/{webhook}/pause", own, status=204)
    told = await api(site, f"POST /api/webhooks/{webhook}/test", own, status=202)
    await send(site)
    shown = await api(site, f"GET /api/webhooks/{webhook}", own)
    assert (shown["paused"], shown["due"]) == ("by_hand", 1)
    await api(site, f"POST /api/webhooks/{webhook}/resume", own, status=204)
    await send(site)
    again = f"POST /api/webhooks/{webhook}/deliveries/{told['delivery']}/replay"
    assert await api(site, again, own, status=202) == {"count": 1, "next": None}
    replay = f"POST /api/webhooks/{webhook}/replay"
    assert (await api(site, replay, own, {"from_sequence": 1}, status=202))["count"] == 1
    await send(site)
    assert [each.id for each in partner.taken["/in"]] == [told["delivery"]] * 2
    await api(site, f"DELETE /api/webhooks/{webhook}", own, status=204)
    assert (await api(site, "GET /api/webhooks", own))["items"] == []


async def test_a_wrong_webhook_is_told_what_is_wrong(site: Site, own: str) -> None:
    wrong = {"url": "https://10.0.0.1/", "topics": ["order.lost"]}
    problem = await api(site, "POST /api/webhooks", own, wrong, status=422)
    assert [each["path"] for each in problem["fields"]] == ["url", "topics.0"]


async def test_others_find_nothing(site: Site, own: str, others: str, partner: Partner) -> None:
    webhook = (await made(site, own, partner))["id"]
    told = (await api(site, f"POST /api/webhooks/{webhook}/test", own, status=202))["delivery"]
    asks: list[tuple[str, Any]] = [
        (f"GET /api/webhooks/{webhook}", None),
        (f"DELETE /api/webhooks/{webhook}", None),
        (f"POST /api/webhooks/{webhook}/pause", None),
        (f"POST /api/webhooks/{webhook}/resume", None),
        (f"POST /api/webhooks/{webhook}/test", None),
        (f"POST /api/webhooks/{webhook}/replay", {"from_sequence": 1}),
        (f"GET /api/webhooks/{webhook}/deliveries", None),
        (f"GET /api/webhooks/{webhook}/deliveries/{told}", None),
        (f"POST /api/webhooks/{webhook}/deliveries/{told}/replay", None),
    ]
    for ask, body in asks:
        assert (await api(site, ask, others, body, status=404))["code"] == "not_found"
        assert (await api(site, ask, "nobody", body, status=401))["code"] == "unauthorized"
    assert (await api(site, "GET /api/webhooks", others))["items"] == []
    assert (await api(site, f"GET /api/webhooks/{webhook}", own))["due"] == 1
