"""Pictures over HTTP: named in a sale, served for ever, and looked at by their organizer."""

from __future__ import annotations

from typing import Any

from tests.pictures.conftest import picture
from tests.server.conftest import MakeSale, Site

KEPT = """
UPDATE picture SET state = 'kept', mark = $1, width = 960, height = 640, widths = '{480,960}' WHERE url = $2
"""
MARK = "0123456789abcdef0123456789abcdef"
URL = "https://example.org/boleros.jpg"


async def named(site: Site, sale_id: str) -> None:
    """The event of a sale names a picture, as if it had from the beginning."""
    db = site.engine.db
    await db.execute(
        "UPDATE event SET picture = $1 FROM sale s WHERE event.id = s.event_id AND s.id = $2", URL, sale_id
    )
    await db.execute(
        "INSERT INTO picture (organizer_id, url) SELECT organizer_id, $1 FROM sale WHERE id = $2"
        " ON CONFLICT (organizer_id, url) DO UPDATE SET state = 'due', mark = NULL, due_at = now() + interval '1 day'",
        URL,
        sale_id,
    )


async def asked(site: Site, path: str, key: str | None = None) -> Any:
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    async with site.http.get(site.url + path, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def test_a_sale_names_its_picture_once_it_is_kept(site: Site, make_sale: MakeSale) -> None:
    sale = await make_sale()
    await named(site, sale.id)
    assert (await asked(site, f"/api/sales/{sale.id}"))["event"]["pictures"] == []
    await site.engine.db.execute(KEPT, MARK, URL)
    event = (await site.engine.catalog.sale_info(sale.id)).event  # type: Any
    assert [size.name for size in event.shown.sizes] == [f"{MARK}-480.webp", f"{MARK}-960.webp"]
    cards = (await site.engine.catalog.sales(limit=200)).items
    assert next(card for card in cards if card.id == sale.id).shown == event.shown


async def test_a_picture_is_served_for_ever_and_as_nothing_else(site: Site) -> None:
    body = picture(480, 320, "WEBP")
    await site.engine.pictures.files.put(f"{MARK}-480.webp", body)
    path = f"{site.url}/pictures/{MARK}-480.webp"
    async with site.http.get(path) as answer:
        assert await answer.read() == body
        assert answer.content_type == "image/webp"
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    async with site.http.get(path, headers={"If-None-Match": answer.headers["ETag"]}) as again:
        assert again.status == 304


async def test_no_other_path_leads_to_a_picture(site: Site) -> None:
    for name in ("f" * 32 + "-480.webp", "..%2f..%2fetc%2fpasswd", "x.webp", "0" * 32 + "-480.svg"):
        async with site.http.get(f"{site.url}/pictures/{name}") as answer:
            assert answer.status == 404


async def test_its_organizer_reads_why_a_picture_is_not_shown(site: Site, make_sale: MakeSale, key: str) -> None:
    sale = await make_sale()
    await named(site, sale.id)
    await site.engine.db.execute("UPDATE picture SET state = 'failed', fault = 'the answer is 404' WHERE url = $1", URL)
    listed = (await asked(site, "/api/organizer/pictures", key))["items"]
    (mine,) = [each for each in listed if each["url"] == URL]
    assert (mine["state"], mine["fault"], mine["pictures"]) == ("failed", "the answer is 404", [])
    headers = {"Authorization": f"Bearer {key}"}
    fetch = f"{site.url}/api/organizer/pictures/fetch"
    async with site.http.post(fetch, headers=headers, json={"url": URL}) as answer:
        assert answer.status == 204
    async with site.http.post(fetch, headers=headers, json={"url": "https://example.org/unknown"}) as answer:
        assert answer.status == 404
