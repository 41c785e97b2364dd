"""Files for everybody: built assets, icons, the manifest, robots and sitemap, a sale's picture and calendar."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from html import escape

from aiohttp import web

from engine.refusals import Code, RefusalError
from server.pages.calendar import Appointment, calendar_file, each_day
from server.pages.changed import NOTHING_THEN, when_words
from server.pages.context import PAGES, Pages
from server.pages.facts import SaleFacts
from server.who.languages import language_of

ICON = "icon.svg"
ICON_SIZES = (180, 192, 512)
XML = '<?xml version="1.0" encoding="UTF-8"?>'
HOUR = "public, max-age=3600"


async def show_file(request: web.Request) -> web.StreamResponse:
    """A built file, in the encoding this browser likes best."""
    asset = request.app[PAGES].assets.file(request.match_info.get("name") or request.path.removeprefix("/"))
    if asset is None:
        raise RefusalError(Code.NOT_FOUND)
    headers = {
        "Cache-Control": asset.cache_control,
        "ETag": asset.etag,
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if asset.etag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    encoding, body = asset.choose(request.headers.get("Accept-Encoding", ""))
    if encoding != "identity":
        headers["Content-Encoding"] = encoding
    headers["Content-Type"] = asset.content_type
    return web.Response(body=body, headers=headers)


async def show_icon(request: web.Request) -> web.StreamResponse:
    """The icon as a picture, for what cannot draw SVG."""
    pages = request.app[PAGES]
    icon = pages.assets.file(ICON)
    if icon is None:
        raise RefusalError(Code.NOT_FOUND)
    data = {"svg": icon.bodies["identity"].decode(), "size": int(request.match_info["size"])}
    return picture(request, await pages.documents.png("icon", data))


async def show_manifest(_: web.Request) -> web.StreamResponse:
    """Lets a phone keep Aforo on its home screen."""
    manifest = {
        "name": "Aforo",
        "short_name": "Aforo",
        "start_url": "/",
        "display": "standalone",
        "background_color": "#f3f4f1",
        "theme_color": "#14171a",
        "icons": [
            {"src": f"/{ICON}", "type": "image/svg+xml", "sizes": "any"},
            *({"src": f"/icon-{size}.png", "type": "image/png", "sizes": f"{size}x{size}"} for size in ICON_SIZES[1:]),
        ],
    }
    return web.Response(
        body=json.dumps(manifest).encode(), content_type="application/manifest+json", headers={"Cache-Control": HOUR}
    )


async def show_robots(request: web.Request) -> web.StreamResponse:
    origin = request.app[PAGES].origin(request)
    closed = ("/api/", "/o", "/office", "/account", "/s/*/room", "/s/*/seats", "/s/*/checkout")
    lines = [
        "User-agent: *",
        "Allow: /api/docs",
        *(f"Disallow: {path}" for path in closed),
        f"Sitemap: {origin}/sitemap.xml",
        "",
    ]
    return web.Response(text="\n".join(lines), headers={"Cache-Control": HOUR})


async def show_apple_pay(request: web.Request) -> web.StreamResponse:
    """The file by which Apple knows this host, where there is one."""
    file = request.app[PAGES].engine.settings.apple_pay_file
    if file is None:
        raise RefusalError(Code.NOT_FOUND)
    return web.FileResponse(file, headers={"Content-Type": "text/plain", "Cache-Control": HOUR})


async def show_sitemap(request: web.Request) -> web.StreamResponse:
    pages = request.app[PAGES]
    origin = escape(pages.origin(request))
    paths = ["/", *(f"/s/{escape(sale)}" for sale in await pages.sources.listed())]
    body = "".join(f"<url><loc>{origin}{path}</loc></url>" for path in paths)
    text = f'{XML}\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{body}</urlset>\n'
    return web.Response(text=text, content_type="application/xml", headers={"Cache-Control": HOUR})


async def show_sale_picture(request: web.Request) -> web.StreamResponse:
    """What a link to the sale shows where it is shared."""
    pages, sale, language = request.app[PAGES], await known_sale(request), language_of(request)
    data = {
        "language": language,
        "name": sale.name,
        "when": when_words(sale, sale.starts_at, language),
        "place": sale.venue,
        "pattern": int.from_bytes(hashlib.sha256(sale.id.encode()).digest()[:2]),
    }
    response = picture(request, await pages.documents.png("picture", data))
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


async def show_sale_calendar(request: web.Request) -> web.StreamResponse:
    sale = await known_sale(request)
    origin = request.app[PAGES].origin(request)
    return calendar_response(sale, f"{origin}/s/{sale.id}", sale.description)


async def known_sale(request: web.Request) -> SaleFacts:
    pages: Pages = request.app[PAGES]
    sale = await pages.sources.facts(request.match_info["sale"])
    if sale is None:
        raise RefusalError(Code.UNKNOWN_SALE)
    return sale


def calendar_response(sale: SaleFacts, address: str, description: str) -> web.Response:
    event = Appointment(
        uid=f"{sale.id}@aforo",
        name=sale.name,
        description=description,
        place=", ".join(part for part in (sale.venue, sale.address) if part),
        address=address,
        zone=sale.zone,
        starts_at=sale.starts_at,
        ends_at=sale.ends_at,
        written_at=datetime.now(UTC),
        latitude=sale.latitude,
        longitude=sale.longitude,
        sequence=sale.revision,
        cancelled=sale.status in NOTHING_THEN,
    )
    made = calendar_file(*(each_day(event, sale.id, sale.days) or [event]))
    headers = {"Cache-Control": "no-cache", "Content-Disposition": f'attachment; filename="{sale.id}.ics"'}
    return web.Response(body=made, content_type="text/calendar", charset="utf-8", headers=headers)


def picture(request: web.Request, body: bytes) -> web.Response:
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers = {"Cache-Control": HOUR, "ETag": etag}
    if etag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type="image/png", headers=headers)
