"""The addresses of pages, asked of the real application on real stores."""

import gzip
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from engine.engine import Engine
from server.app import build
from server.observe.metrics import Metrics
from server.pages.assets import Assets
from server.pages.context import PAGES
from server.process import Process
from tests.pages.conftest import served

HTML = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """Built pages, in small."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "buyer-1.js").write_text("export const seats = 1;\n" * 100)
    (tmp_path / "icon.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z"/></svg>'
    )
    entry = {"file": "assets/buyer-1.js", "name": "buyer", "isEntry": True}
    (tmp_path / "manifest.json").write_text(json.dumps({"buyer/buyer.tsx": entry}))
    return tmp_path


@pytest.fixture
async def app(engine: Engine, dist: Path) -> web.Application:
    return build(Process(engine, Metrics()), Assets(dist))


@pytest.fixture
async def http(app: web.Application) -> AsyncIterator[aiohttp.ClientSession]:
    async with served(app, auto_decompress=False, headers={"Accept-Encoding": "identity"}) as client:
        yield client


async def text_of(http: aiohttp.ClientSession, path: str, status: int = 200, **headers: str) -> str:
    async with http.get(path, headers=HTML | headers) as answer:
        assert answer.status == status, path
        return (await answer.read()).decode()


def first_data(text: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="aforo">(.*?)</script>', text)
    assert found is not None
    data: dict[str, object] = json.loads(found[1])
    return data


PRIVATE = "private, no-store"  # what may hold one buyer's orders


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/", "no-cache"),
        ("/promos", "no-cache"),
        ("/o", "no-cache"),
        ("/o/ABCD-EFGH", PRIVATE),
        ("/office", "no-cache"),
        ("/office/events", "no-cache"),
        ("/office/settings/team", "no-cache"),
        ("/office/sales/theatre", "no-cache"),
        ("/office/sales/theatre/offers", "no-cache"),
        ("/office/offers/cpn_Zk3", "no-cache"),
        ("/account", "no-cache"),
        ("/account/sign-in", "no-cache"),
    ],
)
async def test_every_page_has_a_document_with_its_rules(http: aiohttp.ClientSession, path: str, kept: str) -> None:
    async with http.get(path, headers=HTML) as answer:
        assert answer.status == 200
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["Cache-Control"] == kept
        etag = answer.headers["ETag"]
    async with http.get(path, headers=HTML | {"If-None-Match": etag}) as again:
        assert again.status == 304


@pytest.mark.parametrize(
    ("old", "there"),
    [("/dashboard", "/office"), ("/dashboard/theatre?lang=es", "/office/sales/theatre?lang=es")],
)
async def test_links_to_the_dashboard_lead_to_the_office(http: aiohttp.ClientSession, old: str, there: str) -> None:
    async with http.get(old, headers=HTML, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (308, there)


async def test_a_document_travels_squeezed(http: aiohttp.ClientSession) -> None:
    plain = await text_of(http, "/")
    async with http.get("/", headers=HTML | {"Accept-Encoding": "br, gzip"}) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert gzip.decompress(await answer.read()).decode() == plain


async def test_a_sale_s_page_tells_search_engines_and_shares(http: aiohttp.ClientSession, coplas: str) -> None:
    text = await text_of(http, f"/s/{coplas}?lang=es")
    assert '<html lang="es">' in text
    assert "<title>Noche de coplas &amp; «Ñandú»</title>" in text
    assert 'src="/assets/buyer-1.js"' in text
    linked = re.search(r'<script type="application/ld\+json">(.*?)</script>', text)
    assert linked is not None
    event = json.loads(linked[1])
    assert event["name"] == "Noche de coplas & «Ñandú»"
    assert {offer["availability"] for offer in event["offers"]} == {"https://schema.org/PreSale"}


async def test_the_first_data_is_what_the_api_answers(http: aiohttp.ClientSession, coplas: str) -> None:
    data = first_data(await text_of(http, f"/s/{coplas}"))
    path = f"/api/sales/{coplas}"
    async with http.get(path) as answer:
        assert data == {"api": {path: json.loads(await answer.read())}}


async def test_the_language_is_the_visitor_s(http: aiohttp.ClientSession) -> None:
    assert '<html lang="pt">' in await text_of(http, "/", **{"Accept-Language": "pt-BR,en;q=0.5"})
    assert '<html lang="es">' in await text_of(http, "/", Cookie="aforo_lang=es")


async def test_what_is_not_there_has_a_page_for_people_and_a_problem_for_programs(http: aiohttp.ClientSession) -> None:
    for path in ("/s/no-such-sale", "/nothing/here", "/assets/none.js"):
        status = 404
        async with http.get(path, headers=HTML) as answer:
            assert answer.status == status
    async with http.get("/nothing/here", headers={"Accept": "application/json"}) as answer:
        assert answer.content_type == "application/problem+json"
    async with http.get("/api/nothing", headers=HTML) as answer:
        assert answer.content_type == "application/problem+json"


async def test_built_files_are_squeezed_and_kept_for_ever(http: aiohttp.ClientSession, dist: Path) -> None:
    async with http.get("/assets/buyer-1.js", headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(await answer.read()) == (dist / "assets" / "buyer-1.js").read_bytes()
        etag = answer.headers["ETag"]
    async with http.get("/assets/buyer-1.js", headers={"If-None-Match": etag}) as again:
        assert again.status == 304
    async with http.get("/assets/%2e%2e/manifest.json") as outside:
        assert outside.status == 404


async def test_pictures_calendars_and_what_machines_read(http: aiohttp.ClientSession, coplas: str) -> None:
    kinds = {
        f"/s/{coplas}/picture.png": "image/png",
        f"/s/{coplas}/event.ics": "text/calendar",
        "/icon.svg": "image/svg+xml",
        "/icon-180.png": "image/png",
        "/app.webmanifest": "application/manifest+json",
        "/robots.txt": "text/plain",
        "/sitemap.xml": "application/xml",
    }
    for path, kind in kinds.items():
        async with http.get(path) as answer:
            assert (answer.status, answer.content_type) == (200, kind), path
    assert f"/s/{coplas}</loc>" in await text_of(http, "/sitemap.xml")


async def test_apple_finds_the_file_that_stripe_has_for_it_where_there_is_one(
    engine: Engine, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    path = "/.well-known/apple-developer-merchantid-domain-association"
    async with http.get(path) as answer:
        assert answer.status == 404
    file = tmp_path / "association"
    file.write_text("7B227073704964")
    having = replace(engine, settings=engine.settings.model_copy(update={"apple_pay_file": file}))
    app = build(Process(having, Metrics()), Assets(None))
    async with served(app) as client, client.get(path) as answer:
        assert (answer.status, answer.content_type, await answer.text()) == (200, "text/plain", "7B227073704964")


async def test_a_page_starts_though_a_store_does_not_answer(
    app: web.Application, http: aiohttp.ClientSession, engine: Engine, coplas: str
) -> None:
    engine.db.terminate()
    assert app[PAGES].engine is engine
    assert 'src="/assets/buyer-1.js"' in await text_of(http, f"/s/{coplas}")
