"""Tax ids: whether one can be right, for countries whose check digits we are sure of.

Pure. Spain (NIF, NIE, CIF), Portugal (NIF), Brazil (CPF, CNPJ, also with letters); of any other country only length and
characters are looked at. An id that can be right need not exist. Fails with no more than a sentence that says what is
wrong, which reads after the name of the field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from engine.limits import TAX_ID_CHARS_MAX

PUNCTUATION = str.maketrans("", "", " .-/")
PLAIN = re.compile(r"[A-Z0-9]{4,20}")
NIF_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
NIE_DIGITS = {"X": "0", "Y": "1", "Z": "2"}
CIF = re.compile(r"[ABCDEFGHJNPQRSUVW][0-9]{7}[0-9A-J]")
CIF_LETTERS = "JABCDEFGHI"
CIF_WITH_LETTER, CIF_WITH_DIGIT = "NPQRSW", "ABEH"
PT_NIF = re.compile(r"(?:[1235689][0-9]|45|7[0-24579])[0-9]{7}")
CPF, CNPJ = re.compile(r"[0-9]{11}"), re.compile(r"[0-9A-Z]{12}[0-9]{2}")
MOD = 11


def plain_tax_id(country: str, text: str) -> str:
    """An id without its punctuation, and without the letters of its country before it."""
    plain = text.upper().translate(PUNCTUATION)
    return plain[2:] if plain.startswith(country) and country in CHECKED and len(plain) > 2 + 8 else plain


def wrong_tax_id(country: str, text: str) -> str | None:
    """Why this can't be a tax id of the country; None when it can."""
    if len(text) > TAX_ID_CHARS_MAX:
        return f"must be at most {TAX_ID_CHARS_MAX} characters"
    plain = plain_tax_id(country, text)
    if PLAIN.fullmatch(plain) is None:
        return "must be letters and digits, at least four of them"
    known = CHECKED.get(country)
    if known is None or known[1](plain):
        return None
    return f"is no {known[0]}: a letter or digit of it is wrong, or missing"


def _is_spanish(plain: str) -> bool:
    if re.fullmatch(r"[0-9XYZ][0-9]{7}[A-Z]", plain):
        number = NIE_DIGITS.get(plain[0], plain[0]) + plain[1:-1]
        return plain[-1] == NIF_LETTERS[int(number) % len(NIF_LETTERS)]
    if re.fullmatch(r"[KLM][0-9]{7}[A-Z]", plain):
        return plain[-1] == NIF_LETTERS[int(plain[1:-1]) % len(NIF_LETTERS)]
    return CIF.fullmatch(plain) is not None and _is_cif(plain)


def _is_cif(plain: str) -> bool:
    digits = [int(each) for each in plain[1:-1]]
    doubled = sum(sum(divmod(2 * each, 10)) for each in digits[::2])
    check = -(doubled + sum(digits[1::2])) % 10
    by_digit, by_letter = plain[-1] == str(check), plain[-1] == CIF_LETTERS[check]
    if plain[0] in CIF_WITH_LETTER:
        return by_letter
    return by_digit if plain[0] in CIF_WITH_DIGIT else by_digit or by_letter


def _is_portuguese(plain: str) -> bool:
    return PT_NIF.fullmatch(plain) is not None and _check(plain[:-1], range(9, 1, -1)) == plain[-1]


def _is_brazilian(plain: str) -> bool:
    if len(set(plain)) == 1:
        return False  # 111.111.111-11 adds up, and is nobody's
    if CPF.fullmatch(plain):
        return plain[-2:] == _check(plain[:9], range(10, 1, -1)) + _check(plain[:10], range(11, 1, -1))
    if CNPJ.fullmatch(plain):
        weights = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
        return plain[-2:] == _check(plain[:12], weights[1:]) + _check(plain[:13], weights)
    return False


def _check(text: str, weights: Sequence[int]) -> str:
    """The check digit; letters count by their place behind the digits, as in CNPJs from 2026 on."""
    rest = sum((ord(each) - ord("0")) * weight for each, weight in zip(text, weights, strict=True)) % MOD
    return "0" if rest < 2 else str(MOD - rest)


CHECKED: dict[str, tuple[str, Callable[[str], bool]]] = {
    "ES": ("NIF", _is_spanish),
    "PT": ("NIF", _is_portuguese),
    "BR": ("CPF or CNPJ", _is_brazilian),
}
