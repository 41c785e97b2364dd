"""Currencies: which exist, how many decimals their smallest unit has, and how people write amounts.

Pure. Guarantees: an amount becomes integer minor units without rounding, or a `ValueError` that says why not; it is
written as the pages write it (web/test/money-cases.json is tried on both).
"""

from __future__ import annotations

from decimal import Decimal

from engine.limits import PRICE_MINOR_MAX


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


CURRENCIES = _codes(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
    CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG
    HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA
    MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD
    RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX
    USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    """
)
GAP = "\N{NO-BREAK SPACE}"
_ENGLISH = {
    "AUD": "A$",
    "BRL": "R$",
    "CAD": "CA$",
    "CNY": "CN¥",
    "EUR": "€",
    "GBP": "£",
    "HKD": "HK$",
    "ILS": "₪",
    "INR": "₹",
    "JPY": "¥",
    "KRW": "₩",
    "MXN": "MX$",
    "NZD": "NZ$",
    "PHP": "₱",
    "TWD": "NT$",
    "USD": "$",
    "VND": "₫",
    "XAF": "FCFA",
    "XCD": "EC$",
    "XOF": "F\N{NARROW NO-BREAK SPACE}CFA",
    "XPF": "CFPF",
}
_SYMBOLS = {
    "en": _ENGLISH,
    "es": {"EUR": "€", "THB": "฿", "USD": "US$", "VND": "₫", "XPF": "CFPF"},
    "pt": _ENGLISH | {"AUD": "AU$", "JPY": "JP¥", "PHP": "PHP", "THB": "฿", "USD": "US$"},
}
_NONE = _codes("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF")
_THREE = _codes("BHD IQD JOD KWD LYD OMR TND")


def decimals_of(currency: str) -> int:
    """How many decimals an amount of `currency` may have (ISO 4217)."""
    if currency in _NONE:
        return 0
    return 3 if currency in _THREE else 2


def minor_units(amount: Decimal, currency: str) -> int:
    """45.50 EUR → 4550. Never rounds."""
    decimals = decimals_of(currency)
    scaled = amount.scaleb(decimals)
    if not scaled.is_finite() or scaled < 0:
        raise ValueError("must be zero or more")
    if scaled > PRICE_MINOR_MAX:
        raise ValueError("is too large")
    whole = int(scaled)
    if whole != scaled:
        allowed = "no decimals" if decimals == 0 else f"{decimals} decimals"
        raise ValueError(f"has more decimals than {currency} allows ({allowed})")
    return whole


def decimal_amount(minor: int, currency: str) -> str:
    """`4500` as `45.00`: the plain form that machines read."""
    places = decimals_of(currency)
    if places == 0:
        return str(minor)
    sign = "-" if minor < 0 else ""
    whole, rest = divmod(abs(minor), 10**places)
    return f"{sign}{whole}.{rest:0{places}d}"


def money(minor: int, currency: str, language: str) -> str:
    """`4550` as `€45.50` in English, `45,50 €` in Spanish, `€ 45,50` in Portuguese; `4500` has no empty decimals."""
    whole, _, decimals = decimal_amount(abs(minor), currency).partition(".")
    thousands, point = (",", ".") if language == "en" else (".", ",")
    # Spanish parts thousands from five digits on.
    number = whole if language == "es" and len(whole) < 5 else f"{int(whole):,}".replace(",", thousands)
    if decimals.strip("0"):
        number += point + decimals
    symbol = _SYMBOLS[language].get(currency, currency)
    sign = "-" if minor < 0 else ""
    if language == "es":
        return f"{sign}{number}{GAP}{symbol}"
    gap = GAP if language == "pt" or symbol[-1].isalpha() else ""
    return f"{sign}{symbol}{gap}{number}"
