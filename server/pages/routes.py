"""Every address of the pages, in one list, with what it needs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from aiohttp import web

from engine.engine import Engine
from server.contract.needs import Address, Need
from server.contract.sales import PICTURE_ADDRESS
from server.pages import dev_mail, files, office, order_files, pictures, shells
from server.pages.assets import HASHED_FOLDER, Assets
from server.pages.context import PAGES, Pages
from server.pages.order_letters import OrderLetters
from server.pages.sources import Sources

SALE = r"/s/{sale:[a-z0-9-]{3,40}}"
PICTURE = PICTURE_ADDRESS + r"{picture:[0-9a-f]{32}-[0-9]{1,5}\.webp}"
CODE = r"/o/{code:[A-Za-z0-9-]{1,40}}"


FIXED = (
    Address("GET", "/", Need.NOBODY, shells.show_home),
    Address("GET", "/promos", Need.NOBODY, shells.show_promos),
    Address("GET", SALE, Need.NOBODY, shells.show_sale),
    Address("GET", SALE + "/{view:room|seats|checkout}", Need.NOBODY, shells.show_sale),
    Address("GET", "/series/{series:ser_[A-Za-z0-9_-]{1,60}}", Need.NOBODY, shells.show_series),
    Address("GET", SALE + "/picture.png", Need.NOBODY, files.show_sale_picture),
    Address("GET", PICTURE, Need.NOBODY, pictures.show_picture),
    Address("GET", SALE + "/event.ics", Need.NOBODY, files.show_sale_calendar),
    Address("GET", "/o", Need.NOBODY, shells.show_own_orders),
    Address("GET", CODE, Need.NOBODY, shells.show_order),
    Address("GET", CODE + "/tickets.pdf", Need.OPENED, order_files.show_tickets),
    Address("POST", CODE + "/letter", Need.OPENED, order_files.send_again),
    Address("GET", CODE + "/payment.svg", Need.OPENED, order_files.show_payment_code),
    Address("GET", CODE + "/receipt.pdf", Need.OPENED, order_files.show_receipt),
    Address("GET", CODE + "/credit-notes/{refund:[1-9][0-9]{0,4}}.pdf", Need.OPENED, order_files.show_credit_note),
    Address("GET", CODE + "/event.ics", Need.OPENED, order_files.show_order_calendar),
    Address("GET", CODE + r"/tickets/{ticket:[\w-]{1,40}}.{form:svg|png}", Need.OPENED, order_files.show_qr),
    Address("GET", CODE + r"/tickets/{ticket:[\w-]{1,40}}/picture.png", Need.OPENED, order_files.show_ticket),
    Address("GET", "/office", Need.NOBODY, office.show_office),
    Address("GET", f"/office/{{place:{'|'.join(office.PLACES)}}}", Need.NOBODY, office.show_office),
    Address("GET", r"/office/settings/{tab:[a-z][a-z0-9/_-]{1,80}}", Need.NOBODY, office.show_settings),
    Address("GET", "/office/events/{event:list|evt_[A-Za-z0-9_-]{1,60}}", Need.NOBODY, office.show_event),
    Address("GET", "/office/sales/{sale:[a-z0-9-]{3,40}}", Need.NOBODY, office.show_desk),
    Address("GET", "/office/sales/{sale:[a-z0-9-]{3,40}}/seats", Need.NOBODY, office.show_desk),
    Address("GET", "/office/sales/{sale:[a-z0-9-]{3,40}}/phases", Need.NOBODY, office.show_desk),
    Address("GET", "/office/sales/{sale:[a-z0-9-]{3,40}}/offers", Need.NOBODY, office.show_offers),
    Address("GET", "/office/offers/{coupon:cpn_[A-Za-z0-9_-]{1,40}}", Need.NOBODY, office.show_offer),
    Address("GET", "/office/orders/credit", Need.NOBODY, office.show_credit),
    Address(
        "GET", "/office/orders/{sale:[a-z0-9-]{3,40}}/{order:ord_[A-Za-z0-9_-]{1,40}}", Need.NOBODY, office.show_order
    ),
    Address("GET", "/account", Need.NOBODY, office.show_account),
    Address("GET", f"/account/{{place:{'|'.join(office.WAYS_IN)}}}", Need.NOBODY, office.show_account),
    Address("GET", "/dashboard", Need.NOBODY, office.show_moved),
    Address("GET", "/dashboard/{sale:[a-z0-9-]{3,40}}", Need.NOBODY, office.show_moved),
    Address("GET", "/robots.txt", Need.NOBODY, files.show_robots),
    Address("GET", "/.well-known/apple-developer-merchantid-domain-association", Need.NOBODY, files.show_apple_pay),
    Address("GET", "/sitemap.xml", Need.NOBODY, files.show_sitemap),
    Address("GET", "/app.webmanifest", Need.NOBODY, files.show_manifest),
    Address("GET", r"/icon-{size:180|192|512}.png", Need.NOBODY, files.show_icon),
)
BUILT = Address("GET", "/{name:assets/.+}", Need.NOBODY, files.show_file)
REST = Address("GET", r"/{rest:(?!api(/|$)|ws$|healthz$|readyz$|metrics$).+}", Need.NOBODY, shells.show_missing)


def addresses(assets: Assets) -> tuple[Address, ...]:
    """Every address of the pages. The last answers what no other does."""
    at_root = (name for name in assets.names if not name.startswith(HASHED_FOLDER))
    return (*FIXED, *dev_mail.ADDRESSES, BUILT, *(replace(BUILT, path=f"/{name}") for name in at_root), REST)


def share(app: web.Application, engine: Engine, assets: Assets) -> None:
    """Give the handlers of pages what they share."""
    app[PAGES] = pages = Pages(engine, Sources(engine), assets)
    OrderLetters(engine, pages.documents).register()
    app[pictures.REMEMBERED] = pictures.Remembered(engine.pictures.files)
    app.cleanup_ctx.append(_closing)


async def _closing(app: web.Application) -> AsyncIterator[None]:
    yield
    app[PAGES].documents.close()
