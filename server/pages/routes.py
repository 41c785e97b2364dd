"""Every address of the pages, in one list.

`add_pages` comes last when the application is put together: its final route answers what no other does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import web

from engine.engine import Engine
from server.pages import files, order_files, shells
from server.pages.assets import HASHED_FOLDER, Assets, built_folder
from server.pages.context import PAGES, Pages
from server.pages.sources import Sources

SALE = r"/s/{sale:[a-z0-9-]{3,40}}"
CODE = r"/o/{code:[A-Za-z0-9-]{1,40}}"


def add_pages(app: web.Application, engine: Engine, assets: Assets | None = None) -> None:
    """`assets` are those that were built, unless others are given."""
    pages = Pages(engine, Sources(engine), assets or Assets(built_folder()))
    app[PAGES] = pages
    app.cleanup_ctx.append(_closing)
    get = app.router.add_get
    get("/", shells.show_home)
    get("/promos", shells.show_promos)
    get(SALE, shells.show_sale)
    get(SALE + "/{view:room|seats|checkout}", shells.show_sale)
    get(SALE + "/picture.png", files.show_sale_picture)
    get(SALE + "/event.ics", files.show_sale_calendar)
    get("/o", shells.show_order)
    get(CODE, shells.show_order)
    get(CODE + "/tickets.pdf", order_files.show_tickets)
    get(CODE + "/receipt.pdf", order_files.show_receipt)
    get(CODE + "/event.ics", order_files.show_order_calendar)
    get(CODE + r"/tickets/{ticket:[\w-]{1,40}}.{form:svg|png}", order_files.show_qr)
    get("/dashboard", shells.show_dashboard)
    get("/dashboard/{sale:[a-z0-9-]{3,40}}", shells.show_dashboard)
    get("/robots.txt", files.show_robots)
    get("/sitemap.xml", files.show_sitemap)
    get("/app.webmanifest", files.show_manifest)
    get(r"/icon-{size:180|192|512}.png", files.show_icon)
    get("/{name:assets/.+}", files.show_file)
    for name in pages.assets.names:
        if not name.startswith(HASHED_FOLDER):
            get(f"/{name}", files.show_file)
    get(r"/{rest:(?!api(/|$)|ws$|healthz$|readyz$|metrics$).+}", shells.show_missing)


async def _closing(app: web.Application) -> AsyncIterator[None]:
    yield
    app[PAGES].documents.close()
