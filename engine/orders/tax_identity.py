"""Tax identity: whom a receipt is made out to, where its buyer wants a company named, or themselves with a tax id.

Pure. Guarantees: what is wrong is said at its field, and a part of an identity is none; it never shows in a traceback's
repr. Fails with no more than that.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields

import orjson

from engine.countries import COUNTRIES, NO_COUNTRY
from engine.limits import LINE_CHARS_MAX, NAME_CHARS_MAX, POSTAL_CODE_CHARS_MAX, TAX_ID_CHARS_MAX
from engine.tax_ids import wrong_tax_id
from engine.text import BadText, Form, Written

FIELD = "tax_identity"
TEXTS = {
    "name": Written(NAME_CHARS_MAX),
    "tax_id": Written(TAX_ID_CHARS_MAX),
    "address": Written(LINE_CHARS_MAX, Form.PARAGRAPH),
    "postal_code": Written(POSTAL_CODE_CHARS_MAX, chars_min=0),
    "city": Written(NAME_CHARS_MAX),
}
SHOWN = 3  # characters of a tax id


@dataclass(frozen=True, slots=True)
class TaxIdentity:
    """Empty: the receipt is made out to the buyer alone."""

    name: str = field(default="", repr=False)
    tax_id: str = field(default="", repr=False)
    address: str = field(default="", repr=False)  # street and number, in as many lines as it takes
    postal_code: str = field(default="", repr=False)
    city: str = field(default="", repr=False)
    country: str = field(default="", repr=False)  # ISO 3166, two letters

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))

    def wire(self) -> dict[str, str]:
        return asdict(self)

    @property
    def masked(self) -> TaxIdentity:
        """Enough for whoever knows them, and too little for anybody else."""
        shown = f"…{self.tax_id[-SHOWN:]}" if len(self.tax_id) > SHOWN else ""
        return TaxIdentity(" ".join(f"{word[:1]}…" for word in self.name.split()), shown, country=self.country)


UNNAMED = TaxIdentity()


def mistakes_of(identity: TaxIdentity, *, taken: bool) -> list[dict[str, str]]:
    """What of it can't stand on a receipt, as path and message; nothing of one that is empty.

    `taken`: whether the sale has receipts made out to others at all.
    """
    if not identity:
        return []
    if not taken:
        return [{"path": FIELD, "message": "is not asked for in this sale"}]
    wrong: dict[str, str] = {}
    for name, written in TEXTS.items():
        try:
            written.read(getattr(identity, name))
        except BadText as bad:
            wrong[name] = str(bad)
    if identity.country not in COUNTRIES:
        wrong["country"] = NO_COUNTRY
    elif "tax_id" not in wrong and (said := wrong_tax_id(identity.country, identity.tax_id)):
        wrong["tax_id"] = said
    return [{"path": f"{FIELD}.{name}", "message": message} for name, message in wrong.items()]


def packed(identity: TaxIdentity) -> str:
    return orjson.dumps(identity.wire()).decode()


def unpacked(text: str) -> TaxIdentity:
    return TaxIdentity(**orjson.loads(text))
