"""Money and moments as people of each language write them, for what the server renders itself.

Small on purpose: pages in a browser use Intl; this serves titles, pictures and PDFs.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from engine.catalog import decimals_of
from server.pages.language import name_of

SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "BRL": "R$", "JPY": "¥"}
SEPARATORS = {"en": (",", "."), "es": (".", ","), "pt": (".", ",")}


def decimal_amount(minor: int, currency: str) -> str:
    """`4500` as `45.00`: the plain form that machines read."""
    places = decimals_of(currency)
    if places == 0:
        return str(minor)
    sign = "-" if minor < 0 else ""
    whole, rest = divmod(abs(minor), 10**places)
    return f"{sign}{whole}.{rest:0{places}d}"


def money(minor: int, currency: str, language: str) -> str:
    """`4500` as `€45.00` in English, as `45,00 €` in Spanish and Portuguese."""
    thousands, point = SEPARATORS[language]
    whole, _, decimals = decimal_amount(abs(minor), currency).partition(".")
    grouped = f"{int(whole):,}".replace(",", thousands)
    amount = f"{grouped}{point}{decimals}" if decimals else grouped
    sign = "-" if minor < 0 else ""
    symbol = SYMBOLS.get(currency)
    if language == "en":
        return f"{sign}{symbol}{amount}" if symbol else f"{sign}{currency} {amount}"
    return f"{sign}{amount}\N{NO-BREAK SPACE}{symbol or currency}"


def moment(at: datetime, zone: str, language: str) -> str:
    """`Mon 1 March 2027, 20:30` at the clocks of `zone`."""
    local = at.astimezone(ZoneInfo(zone))
    weekday = name_of(language, "weekdays", local.weekday())
    month = name_of(language, "months", local.month - 1)
    of = " " if language == "en" else " de "
    return f"{weekday} {local.day}{of}{month}{of}{local.year}, {local:%H:%M}"
