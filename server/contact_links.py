"""Where the links of letters lead that ask whether an address is its claimer's.

Guarantees: a GET changes nothing and looks nothing up, so that a mail scanner which follows links confirms nothing and
learns nothing; a link works once, for a day.
"""

from __future__ import annotations

from aiohttp import web

from server.keys import PROCESS
from server.plain_page import button, language, page

LINK = r"{token:prf_[A-Za-z0-9_-]{16}(?:\.[0-9]{1,5})?\.[A-Za-z0-9_-]{22}}"
WORDS = {
    "en": ("Is this your address?", "Yes, confirm it", "Done. Your address is confirmed.", "This link is too old."),
    "es": (
        "¿Es tuya esta dirección?",
        "Sí, confirmarla",
        "Hecho. Tu dirección está confirmada.",
        "Este enlace ya no sirve.",
    ),
    "pt": (
        "Este endereço é seu?",
        "Sim, confirmar",
        "Feito. Seu endereço está confirmado.",
        "Este link não vale mais.",
    ),
}


def add_contact_links(app: web.Application) -> None:
    app.router.add_get(f"/c/{LINK}", ask)
    app.router.add_post(f"/c/{LINK}", confirm)


async def ask(request: web.Request) -> web.Response:
    question, yes, *_ = WORDS[language(request)]
    return page(request, question, button(yes))


async def confirm(request: web.Request) -> web.Response:
    confirmed = await request.app[PROCESS].engine.contacts.confirm_link(request.match_info["token"])
    *_, done, too_old = WORDS[language(request)]
    return page(request, too_old if confirmed is None else done, "")
