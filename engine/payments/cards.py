"""Validates cards: a wrong one is refused before the cart is locked or the provider asked.

Pure; takes today's month as an argument. Guarantees: messages never repeat what was typed.
"""

from __future__ import annotations

import re
from datetime import date

from engine.payments.port import Card

NUMBER_DIGITS_MIN = 12
NUMBER_DIGITS_MAX = 19
EXPIRES = re.compile(r"(0[1-9]|1[0-2])\s*/\s*([0-9]{2})")
CVC = re.compile(r"[0-9]{3,4}")
CENTURY = 2000


def read_card(number: str, expires: str, cvc: str) -> Card:
    """A card as typed, with the spaces and dashes people put into numbers taken out."""
    return Card(re.sub(r"[ \-]", "", number), expires.strip(), cvc.strip())


def card_mistakes(card: Card, today: date) -> list[tuple[str, str]]:
    """What is wrong with a card, as (field, message); nothing when it can be asked for money."""
    found = []
    digits = card.number
    plausible = digits.isascii() and digits.isdigit() and NUMBER_DIGITS_MIN <= len(digits) <= NUMBER_DIGITS_MAX
    if not plausible or not luhn(digits):
        found.append(("card.number", "This is not a card number."))
    match = EXPIRES.fullmatch(card.expires)
    if match is None:
        found.append(("card.expires", "Month and year are needed, as MM/YY."))
    elif (CENTURY + int(match[2]), int(match[1])) < (today.year, today.month):
        found.append(("card.expires", "The card has expired."))
    if CVC.fullmatch(card.cvc) is None:
        found.append(("card.cvc", "The security code has 3 or 4 digits."))
    return found


def luhn(digits: str) -> bool:
    """The check digit every card number carries."""
    total = 0
    for position, character in enumerate(reversed(digits)):
        value = int(character)
        if position % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0
