"""The pages behind links in letters and notices: the offer, unsubscribing in one click (RFC 8058), and confirming an
address. Small pages: a sentence, perhaps a button; no script, and nothing that is fetched.

Guarantees: a link works for whom it was signed and for nothing else. A GET changes nothing but "opened", and one that
asks about an address looks nothing up: a mail scanner that follows links unsubscribes nobody and confirms nothing.
"""

from __future__ import annotations

import hashlib
import html
from base64 import b64encode
from datetime import date

from aiohttp import web

from engine.messages import LOCALES
from engine.refusals import Code, RefusalError
from server.contract.needs import Address, Need
from server.services import SERVICES

# Colours are those of web/shared/ui/tokens.css.
STYLE = """\
:root{color-scheme:light dark;--paper:#f3f4f1;--card:#fff;--ink:#14171a;--soft:#484e54;--line:#d5d8d2}
@media (prefers-color-scheme:dark){:root{--paper:#0f1214;--card:#181c1f;--ink:#f2f3ef;--soft:#b9bfc4;--line:#2b3136}}
body{margin:0;padding:32px 16px;background:var(--paper);color:var(--ink);\
font:16px/1.5 Archivo,"Helvetica Neue",Helvetica,Arial,sans-serif}
main{box-sizing:border-box;max-width:560px;margin:0 auto;padding:28px;background:var(--card);\
border:1px solid var(--line);border-top:6px solid #ffc629;border-radius:4px}
h1{margin:0 0 20px;font-size:26px;line-height:1.2;overflow-wrap:anywhere}
h2{margin:24px 0 4px;font-size:18px}
p{margin:0 0 14px}
fieldset{min-width:0;margin:20px 0;padding:12px 0 0;border:0;border-top:1px dashed var(--line)}
legend{padding:0 12px 0 0;font-weight:700}
label{display:inline-flex;align-items:center;gap:10px;min-height:44px;margin:0 18px 8px 0}
input,select{font:inherit;color:inherit}
select,input:not([type=checkbox]){min-height:44px;box-sizing:border-box;padding:4px 8px;background:var(--paper);\
border:1px solid var(--soft);border-radius:4px;max-width:100%}
input[type=checkbox]{width:22px;height:22px;flex:none}
button{min-height:48px;padding:0 24px;background:#ffc629;color:#14171a;border:0;border-radius:4px;font:inherit;\
font-weight:700;cursor:pointer}
:focus-visible{outline:3px solid var(--ink);outline-offset:2px}
"""
STYLE_HASH = b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
NO_SCRIPT = f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'"
NOTICE = r"{token:[0-9]{1,15}\.[0-9-]{10}(?:\.[0-9]{1,5}\.[0-9]{1,12}\.[0-9]{1,12})?\.[A-Za-z0-9_-]{10,60}}"
PROOF = r"{token:prf_[A-Za-z0-9_-]{16}(?:\.[0-9]{1,5})?\.[A-Za-z0-9_-]{22}}"
STOPPING = {
    "en": ("Stop these offers?", "Stop them", "Done. You won't get any more offers."),
    "es": ("¿No quieres más ofertas?", "No quiero más", "Hecho. No recibirás más ofertas."),
    "pt": ("Não quer mais ofertas?", "Não quero mais", "Feito. Você não receberá mais ofertas."),
}
CONFIRMING = {
    "en": ("Is this your address?", "Yes, confirm it", "Done. Your address is confirmed.", "This link has expired."),
    "es": (
        "¿Es tuya esta dirección?",
        "Sí, confirmarla",
        "Hecho. Tu dirección está confirmada.",
        "Este enlace ha caducado.",
    ),
    "pt": (
        "Este endereço é seu?",
        "Sim, confirmar",
        "Feito. Seu endereço está confirmado.",
        "Este link expirou.",
    ),
}


# ── notices ──


async def follow(request: web.Request) -> web.Response:
    number, day = noticed(request)
    await request.app[SERVICES].engine.promos.opened(day, number)
    return web.Response(status=302, headers={"Location": "/promos", "Cache-Control": "no-store"})


async def ask_to_stop(request: web.Request) -> web.Response:
    noticed(request)
    question, yes, _ = STOPPING[language(request)]
    return page(request, question, button(yes))


async def stop(request: web.Request) -> web.Response:
    number, _ = noticed(request)
    await request.app[SERVICES].engine.persons.unsubscribe(number)
    return page(request, STOPPING[language(request)][2], "")


def noticed(request: web.Request) -> tuple[int, str]:
    known = request.app[SERVICES].engine.signer.notice_of(request.match_info["token"])
    if known is None:
        raise RefusalError(Code.NOT_FOUND)
    try:
        date.fromisoformat(known[1])
    except ValueError as error:
        raise RefusalError(Code.NOT_FOUND) from error
    return known


# ── addresses ──


async def ask_to_confirm(request: web.Request) -> web.Response:
    question, yes, *_ = CONFIRMING[language(request)]
    return page(request, question, button(yes))


async def confirm(request: web.Request) -> web.Response:
    confirmed = await request.app[SERVICES].engine.contacts.confirm_link(request.match_info["token"])
    *_, done, too_old = CONFIRMING[language(request)]
    return page(request, too_old if confirmed is None else done, "")


# ── the page ──


def language(request: web.Request) -> str:
    wanted = request.headers.get("Accept-Language", "")[:2].lower()
    return wanted if wanted in LOCALES else "en"


def page(request: web.Request, title: str, body: str, *, status: int = 200) -> web.Response:
    """`body` is HTML, `title` is text."""
    text = (
        f'<!doctype html><html lang="{language(request)}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style>"
        f"<main><h1>{html.escape(title)}</h1>{body}</main></html>"
    )
    headers = {"Content-Security-Policy": NO_SCRIPT, "Cache-Control": "no-store"}
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)


def button(text: str) -> str:
    """A form that posts to its own address."""
    return f'<form method="post"><button>{html.escape(text)}</button></form>'


# What a link is for stands in it, signed, or is its secret; so it needs nobody, and nobody is asked.
ADDRESSES = (
    Address("GET", f"/n/{NOTICE}", Need.NOBODY, follow),
    Address("GET", f"/u/{NOTICE}", Need.NOBODY, ask_to_stop),
    Address("POST", f"/u/{NOTICE}", Need.NOBODY, stop),
    Address("GET", f"/c/{PROOF}", Need.NOBODY, ask_to_confirm),
    Address("POST", f"/c/{PROOF}", Need.NOBODY, confirm),
)
