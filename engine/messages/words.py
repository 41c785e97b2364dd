"""The words of notices in English, Spanish and Portuguese.

Pure. Guarantees: every language has every sentence (checked at import); what others wrote is escaped in HTML.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from engine.limits import SMS_CHARS_MAX
from engine.messages.model import Words
from engine.money import GAP, money

LOCALES = ("en", "es", "pt")
OWN_NAME = "Aforo"

_SENTENCES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "subject": "{product} at {store} for {price}",
        "body": "Until {until} you get {product} at {store} for {price} instead of {regular}. It is {distance} away.",
        "few": "There are {stock} in all. Put one in your cart, and it is yours for a minute.",
        "look": "Look at the offer",
        "why": "You are getting this because you asked to hear about offers near you, once a day at most.",
        "stop": "Stop these offers",
        "short": "{product} at {store}: {price} until {until}. {link}",
    },
    "es": {
        "subject": "{product} en {store} por {price}",
        "body": "Hasta las {until} tienes {product} en {store} por {price} en vez de {regular}. Está a {distance}.",
        "few": "Hay {stock} en total. Lo que pongas en el carrito queda reservado un minuto.",
        "look": "Ver la oferta",
        "why": "Recibes este mensaje porque pediste enterarte de ofertas cerca de ti, como mucho una vez al día.",
        "stop": "No quiero más ofertas",
        "short": "{product} en {store}: {price} hasta las {until}. {link}",
    },
    "pt": {
        "subject": "{product} em {store} por {price}",
        "body": "Até às {until} você leva {product} em {store} por {price} em vez de {regular}. Fica a {distance}.",
        "few": "São {stock} no total. O que você põe no carrinho fica reservado por um minuto.",
        "look": "Ver a oferta",
        "why": "Você recebe esta mensagem porque pediu para saber de ofertas por perto, no máximo uma vez por dia.",
        "stop": "Não quero mais ofertas",
        "short": "{product} em {store}: {price} até às {until}. {link}",
    },
}

_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
}
_DAY = {"en": "{clock} on {day} {month}", "es": "{clock} del {day} de {month}", "pt": "{clock} de {day} de {month}"}
_YEAR = {"en": " {year}", "es": " de {year}", "pt": " de {year}"}


@dataclass(frozen=True, slots=True)
class Offer:
    """What a notice is about."""

    product: str
    store: str
    zone: str
    price: int
    regular: int
    currency: str
    stock: int
    closes_at: datetime


def locale_of(wanted: str) -> str:
    """The nearest language there is: es-AR reads es, anything unknown reads en."""
    language = wanted.replace("_", "-").partition("-")[0].lower()
    return language if language in LOCALES else "en"


def site_name(url: str) -> str:
    """What readers know an installation by: its host, where that is a name."""
    host = urlsplit(url).hostname or ""
    return host if "." in host and not host.replace(".", "").isdigit() else OWN_NAME


def notice_words(offer: Offer, locale: str, distance_m: float, link: str, stop: str, *, now: datetime) -> Words:
    """A promo notice in the reader's language, as it is sent at `now`."""
    locale = locale_of(locale)
    sentences = _SENTENCES[locale]
    facts = {
        "product": offer.product,
        "store": offer.store,
        "price": price_words(offer.price, offer.currency, locale),
        "regular": price_words(offer.regular, offer.currency, locale),
        "until": until_words(offer.closes_at, ZoneInfo(offer.zone), now, locale),
        "distance": distance(distance_m, locale),
        "stock": str(offer.stock),
        "link": link,
    }
    said = {name: sentence.format(**facts) for name, sentence in sentences.items()}
    text = f"{said['body']}\n{said['few']}\n\n{link}\n\n-- \n{said['why']}\n{said['stop']}: {stop}\n"
    return Words(one_line(said["subject"]), text, _html(said, locale, link, stop), short(said["short"], link))


def _html(said: Mapping[str, str], locale: str, link: str, stop: str) -> str:
    safe = {name: html.escape(sentence) for name, sentence in said.items()}
    return (
        f'<!doctype html><html lang="{locale}"><meta charset="utf-8"><title>{safe["subject"]}</title>'
        f"<h1>{safe['subject']}</h1><p>{safe['body']}</p><p>{safe['few']}</p>"
        f'<p><a href="{html.escape(link)}">{safe["look"]}</a></p>'
        f'<p><small>{safe["why"]} <a href="{html.escape(stop)}">{safe["stop"]}</a></small></p></html>'
    )


def short(sentence: str, link: str) -> str:
    """Cut the words rather than the link."""
    if len(sentence) <= SMS_CHARS_MAX:
        return one_line(sentence)
    return f"{one_line(sentence)[: max(0, SMS_CHARS_MAX - len(link) - 2)]}… {link}"


def one_line(text: str) -> str:
    """No line breaks: a subject is a header."""
    return " ".join(text.split())


def price_words(minor: int, currency: str, locale: str) -> str:
    """A price for a line of text: a no-break space would make a text message twice as long."""
    return money(minor, currency, locale).replace(GAP, " ")


def until_words(closes_at: datetime, zone: ZoneInfo, now: datetime, locale: str) -> str:
    """A moment by the store's clock: with its day unless that is today, with its year unless that is this year."""
    at, today = closes_at.astimezone(zone), now.astimezone(zone)
    clock = at.strftime("%H:%M")
    if at.date() == today.date():
        return clock
    day, year = _DAY[locale].format(clock=clock, day=at.day, month=_MONTHS[locale].split()[at.month - 1]), _YEAR[locale]
    return day if at.year == today.year else day + year.format(year=at.year)


def distance(metres: float, locale: str) -> str:
    if metres < 1_000:
        return f"{max(10, round(metres, -1)):.0f} m"
    kilometres = f"{metres / 1_000:.1f} km"
    return kilometres if locale == "en" else kilometres.replace(".", ",")


assert all(set(_SENTENCES[locale]) == set(_SENTENCES["en"]) for locale in LOCALES)
