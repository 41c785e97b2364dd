"""The words of letters that ask whether an address is its claimer's, in English, Spanish and Portuguese. Pure."""

from __future__ import annotations

import html
from collections.abc import Mapping

from engine.contacts.model import Purpose
from engine.limits import PROOF_CODE_S, PROOF_LINK_S
from engine.messages import LOCALES, Words, locale_of

_SENTENCES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "offers": "Confirm that you want offers from {site}",
        "entry": "{code} is your code for {site}",
        "why offers": "Somebody asked {site} to send offers near you to this address, once a day at most.",
        "why entry": "Somebody gave this address to join a sale at {site}.",
        "do": "If it was you, open this link and press the button. It works for {hours} hours:",
        "code": "Or type this code on the page you came from. It works for {minutes} minutes:",
        "not you": "If it wasn't you, do nothing: nothing else will be sent to you.",
        "button": "Confirm this address",
        "short": "{site}: your code is {code}. {link}",
    },
    "es": {
        "offers": "Confirma que quieres ofertas de {site}",
        "entry": "{code} es tu código para {site}",
        "why offers": "Alguien pidió a {site} ofertas cercanas en esta dirección, como mucho una vez al día.",
        "why entry": "Alguien dio esta dirección para entrar en una venta de {site}.",
        "do": "Si fuiste tú, abre este enlace y pulsa el botón. Funciona durante {hours} horas:",
        "code": "O escribe este código en la página de la que vienes. Funciona durante {minutes} minutos:",
        "not you": "Si no fuiste tú, no hagas nada: no se te enviará nada más.",
        "button": "Confirmar esta dirección",
        "short": "{site}: tu código es {code}. {link}",
    },
    "pt": {
        "offers": "Confirme que você quer ofertas de {site}",
        "entry": "{code} é o seu código para {site}",
        "why offers": "Alguém pediu a {site} ofertas por perto neste endereço, no máximo uma vez por dia.",
        "why entry": "Alguém deu este endereço para entrar em uma venda de {site}.",
        "do": "Se foi você, abra este link e aperte o botão. Ele vale por {hours} horas:",
        "code": "Ou digite este código na página de onde você veio. Ele vale por {minutes} minutos:",
        "not you": "Se não foi você, não faça nada: nada mais será enviado.",
        "button": "Confirmar este endereço",
        "short": "{site}: seu código é {code}. {link}",
    },
}


def letter_words(purpose: Purpose, locale: str, site: str, code: str, link: str) -> Words:
    """A letter with a link and a code."""
    locale = locale_of(locale)
    facts = {
        "site": site,
        "code": code,
        "link": link,
        "hours": str(PROOF_LINK_S // 3_600),
        "minutes": str(PROOF_CODE_S // 60),
    }
    said = {name: sentence.format(**facts) for name, sentence in _SENTENCES[locale].items()}
    why = said[f"why {purpose.value}"]
    text = f"{why}\n\n{said['do']}\n{link}\n\n{said['code']}\n{code}\n\n{said['not you']}\n"
    safe = {name: html.escape(sentence) for name, sentence in said.items()}
    page = (
        f'<!doctype html><html lang="{locale}"><meta charset="utf-8"><title>{safe[purpose.value]}</title>'
        f'<p>{html.escape(why)}</p><p>{safe["do"]}</p><p><a href="{html.escape(link)}">{safe["button"]}</a></p>'
        f"<p>{safe['code']}</p><p><strong>{code}</strong></p><p><small>{safe['not you']}</small></p></html>"
    )
    return Words(said[purpose.value], text, page, said["short"])


assert all(set(_SENTENCES[locale]) == set(_SENTENCES["en"]) for locale in LOCALES)
