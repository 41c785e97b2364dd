"""Whom a receipt is made out to besides its buyer, as it is asked and answered."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from engine.limits import LINE_CHARS_MAX, NAME_CHARS_MAX, POSTAL_CODE_CHARS_MAX, TAX_ID_CHARS_MAX
from engine.orders import TaxIdentity
from engine.text import Form, Written
from server.contract.asks import Ask


class TaxIdentityBody(Ask):
    """All of it but the postal code, or nothing."""

    name: Annotated[str, Written(NAME_CHARS_MAX, chars_min=0)] = Field(default="", repr=False)
    tax_id: Annotated[str, Written(TAX_ID_CHARS_MAX, chars_min=0)] = Field(
        default="", repr=False, description="Checked where we are sure how: ES, PT and BR."
    )
    address: Annotated[str, Written(LINE_CHARS_MAX, Form.PARAGRAPH, chars_min=0)] = Field(
        default="", repr=False, description="Street and number, in as many lines as it takes."
    )
    postal_code: Annotated[str, Written(POSTAL_CODE_CHARS_MAX, chars_min=0)] = Field(default="", repr=False)
    city: Annotated[str, Written(NAME_CHARS_MAX, chars_min=0)] = Field(default="", repr=False)
    country: Annotated[str, Written(2, chars_min=0)] = Field(default="", repr=False, description="ISO 3166, as in ES.")

    def identity(self) -> TaxIdentity:
        return TaxIdentity(**self.model_dump())


class NameReceiptBody(Ask):
    tax_identity: TaxIdentityBody = Field(
        repr=False, description="With nothing in it the receipt is made out to the buyer alone."
    )
