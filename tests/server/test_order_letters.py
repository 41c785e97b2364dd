"""Letters of orders over the wire: in whose language, sent again by whom, and the way back to a forgotten key."""

from __future__ import annotations

import re
from typing import Any

import aiohttp

from engine.limits import ORDER_KEY_LETTERS_PER_NETWORK_BURST
from engine.onsale import Sale
from tests.server.conftest import MakeSale, Site, api
from tests.server.test_purchase import CARD, KEY, shop

LOCALE = "SELECT locale FROM orders WHERE id = $1"
NEW = "cuatro gatos negros"


async def bought(site: Site, sale: Sale, seat: int = 3, **more: Any) -> dict[str, Any]:
    client = await site.buyer()
    await shop(client, sale, seat)
    order: dict[str, Any] = (await client.ok("checkout", sale=sale.id, order="o-1", card=CARD, **more))["order"]
    return order | {"token": client.hello["buyer"]}


async def worked(site: Site) -> None:
    engine = site.engine
    await engine.key_resets.settle()
    while await engine.confirming.consumer.step(engine.db):
        pass
    await engine.confirming.step()
    await engine.letterbox.post.step()
    await engine.letterbox.post.settle()


async def mails(site: Site) -> list[dict[str, Any]]:
    async with site.http.get(f"{site.url}/dev/mail/list") as response:
        items: list[dict[str, Any]] = (await response.json())["items"]
        return items


async def test_the_language_is_what_the_page_says_or_the_browser(site: Site, make_sale: MakeSale) -> None:
    sale = await make_sale()
    said = await bought(site, sale, 3, locale="pt-BR")
    assert await site.engine.db.fetchval(LOCALE, said["id"]) == "pt"
    client = await site.buyer()
    await shop(client, sale, 4)
    headers = {"Authorization": f"Bearer {client.hello['buyer']}", "Accept-Language": "es-AR,es;q=0.9"}
    path = f"{site.url}/api/sales/{sale.id}/carts/mine/orders"
    async with site.http.post(path, json={"order": "o-1", "card": CARD}, headers=headers) as response:
        order = (await response.json())["order"]
    assert await site.engine.db.fetchval(LOCALE, order["id"]) == "es"
    refused = await client.refused("checkout", sale=sale.id, order="o-2", card=CARD, locale="<script>")
    assert refused["code"] == "invalid"


async def test_the_letter_is_shown_with_what_is_attached(site: Site, sale: Sale) -> None:
    order = await bought(site, sale)
    await worked(site)
    (mail,) = [each for each in await mails(site) if each["template"] == "order_confirmed"]
    assert mail["files"] == [f"tickets-{order['code']}.pdf", "event.ics"]
    for name, kind, begins in zip(
        mail["files"], ("application/pdf", "text/calendar"), (b"%PDF", b"BEGIN"), strict=True
    ):
        async with site.http.get(f"{site.url}/dev/mail/{mail['id']}/{name}") as response:
            assert (response.status, response.content_type) == (200, kind)
            assert "attachment" in response.headers["Content-Disposition"]
            assert (await response.read()).startswith(begins)
    async with site.http.get(f"{site.url}/dev/mail/{mail['id']}/other.pdf") as response:
        assert response.status == 404


async def test_whoever_has_it_open_has_it_sent_again(site: Site, sale: Sale) -> None:
    order = await bought(site, sale)
    path = f"{site.url}/o/{order['code']}/letter"
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as stranger:
        async with stranger.post(path) as response:
            assert (response.status, (await response.json())["code"]) == (403, "bad_order_key")
        opened = {"code": order["code"], "key": KEY}
        async with stranger.post(f"{site.url}/api/orders/open", json=opened) as response:
            assert response.status == 200
        async with stranger.post(path) as response:
            told = await response.text()
            assert response.status == 202
            assert order["contact"]["email"] not in told
        async with stranger.post(path, headers={"Origin": "https://evil.example"}) as response:
            assert response.status == 403


async def test_a_forgotten_key(site: Site, sale: Sale) -> None:
    order = await bought(site, sale)
    forgot = f"{site.url}/api/orders/forgotten-key"
    answers = []
    for code in (order["code"], "2222-2222-2222", "no code"):
        async with site.http.post(forgot, json={"code": code}) as response:
            answers.append((response.status, await response.text()))
    assert set(answers) == {(202, "{}")}
    await worked(site)
    (mail,) = [each for each in await mails(site) if each["template"] == "order_key_reset"]
    found = re.search(r"/o/([\w-]+)#key=(\S+)", mail["link"])
    assert found is not None
    body = {"code": found[1], "token": found[2], "key": NEW}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as before:
        opened = {"code": order["code"], "key": KEY}
        async with before.post(f"{site.url}/api/orders/open", json=opened) as response:
            assert response.status == 200
        async with site.http.put(forgot, json=body | {"key": "short"}) as response:
            assert response.status == 422
        async with site.http.put(forgot, json=body) as response:
            assert response.status == 204
        async with site.http.put(forgot, json=body) as response:
            assert (response.status, (await response.json())["code"]) == (403, "wrong_link")
        async with before.get(f"{site.url}/o/{order['code']}/receipt.pdf") as response:
            assert response.status == 403, "what the old key opened is shut"
    assert (await api(site, f"GET /api/orders/{order['code']}", order["token"]))["order"]["id"] == order["id"]
    for key, status in ((KEY, 403), (NEW, 200)):
        async with site.http.post(f"{site.url}/api/orders/open", json={"code": order["code"], "key": key}) as response:
            assert response.status == status
    await worked(site)
    (changed,) = [each for each in await mails(site) if each["template"] == "order_key_changed"]
    assert changed["to"] == order["contact"]["email"]


async def test_a_network_asks_for_so_many_letters(site: Site) -> None:
    seen = set()
    headers = {"X-Forwarded-For": "192.0.2.77"}
    for _ in range(ORDER_KEY_LETTERS_PER_NETWORK_BURST + 3):
        path = f"{site.url}/api/orders/forgotten-key"
        async with site.http.post(path, json={"code": "2222-2222-2222"}, headers=headers) as response:
            seen.add(response.status)
    assert seen == {202, 429}
