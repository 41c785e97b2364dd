"""The languages there are, and how they write prices, moments and distances. Pure."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from engine.limits import SMS_CHARS_MAX
from engine.money import GAP, money

LOCALES = ("en", "es", "pt")
OWN_NAME = "Aforo"

_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
}
_DAY = {"en": "{clock} on {day} {month}", "es": "{clock} del {day} de {month}", "pt": "{clock} de {day} de {month}"}
_YEAR = {"en": " {year}", "es": " de {year}", "pt": " de {year}"}


def locale_of(wanted: str) -> str:
    """The nearest language there is: es-AR reads es, anything unknown reads en."""
    language = wanted.replace("_", "-").partition("-")[0].lower()
    return language if language in LOCALES else "en"


def site_name(url: str) -> str:
    """What readers know an installation by: its host, where that is a name."""
    host = urlsplit(url).hostname or ""
    return host if "." in host and not host.replace(".", "").isdigit() else OWN_NAME


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
