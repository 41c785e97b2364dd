"""Where the links of notices lead: to the offer, and to no more offers in one click (RFC 8058).

Guarantees: a link works for whom it was signed and for nothing else; a GET changes nothing but "opened", so that a
mail scanner which follows links unsubscribes nobody.
"""

from __future__ import annotations

from datetime import date

from aiohttp import web

from engine.refusals import Code, Refusal
from server.keys import PROCESS
from server.plain_page import button, language, page

LINK = r"{token:[0-9]{1,15}\.[0-9-]{10}(?:\.[0-9]{1,5}\.[0-9]{1,12}\.[0-9]{1,12})?\.[A-Za-z0-9_-]{10,60}}"
ASKED = {
    "en": ("No more offers?", "Stop them", "Done. You will get no more offers."),
    "es": ("¿No quieres más ofertas?", "No quiero más", "Hecho. No recibirás más ofertas."),
    "pt": ("Não quer mais ofertas?", "Não quero mais", "Feito. Você não receberá mais ofertas."),
}


def add_promo_links(app: web.Application) -> None:
    app.router.add_get(f"/n/{LINK}", follow)
    app.router.add_get(f"/u/{LINK}", ask_to_stop)
    app.router.add_post(f"/u/{LINK}", stop)


async def follow(request: web.Request) -> web.Response:
    number, day = noticed(request)
    await request.app[PROCESS].engine.promos.opened(day, number)
    return web.Response(status=302, headers={"Location": "/promos", "Cache-Control": "no-store"})


async def ask_to_stop(request: web.Request) -> web.Response:
    noticed(request)
    question, yes, _ = words(request)
    return page(request, question, button(yes))


async def stop(request: web.Request) -> web.Response:
    number, _ = noticed(request)
    await request.app[PROCESS].engine.persons.unsubscribe(number)
    return page(request, words(request)[2], "")


def noticed(request: web.Request) -> tuple[int, str]:
    known = request.app[PROCESS].engine.signer.notice_of(request.match_info["token"])
    if known is None:
        raise Refusal(Code.NOT_FOUND)
    try:
        date.fromisoformat(known[1])
    except ValueError as error:
        raise Refusal(Code.NOT_FOUND) from error
    return known


def words(request: web.Request) -> tuple[str, str, str]:
    return ASKED[language(request)]
