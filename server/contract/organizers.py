"""Organizers: as buyers see them, and what they say of themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, HttpUrl, TypeAdapter, ValidationError, field_validator
from typing_extensions import TypedDict

from engine.access import KeyRule, OrganizerChange, OrganizerView
from engine.limits import LINE_CHARS_MAX, NAME_CHARS_MAX, REFUND_RULE_CHARS_MAX, TERMS_CHARS_MAX
from engine.text import Form, Written
from server.contract.asks import Ask

KeyRuleWord = Literal["required", "before_download"]
WEB_ADDRESS = TypeAdapter(HttpUrl)
TermsVersion = Annotated[int, Field(ge=1, le=2**31 - 1)]


class TermsShape(TypedDict):
    version: int
    text: str
    url: str


class OrganizerShape(TypedDict):
    """An organizer as buyers see it. Its terms, where it has any, are accepted by their version at checkout."""

    id: str
    name: str
    terms: TermsShape | None
    refund_rule: str
    order_key: KeyRuleWord


class WrittenTermsShape(TermsShape):
    refund_rule: str
    written_at: datetime


class TermsBody(Ask):
    text: Annotated[str, Written(TERMS_CHARS_MAX, Form.PARAGRAPH, chars_min=0)] = Field(
        default="", description="Plain text."
    )
    url: Annotated[str, Written(LINE_CHARS_MAX, chars_min=0)] = Field(
        default="", description="Where the terms, or more of them, stand: https or http."
    )

    @field_validator("url")
    @classmethod
    def is_a_web_address(cls, url: str) -> str:
        """Pages make a link of it, so nothing but a web address will do."""
        if url:
            try:
                WEB_ADDRESS.validate_python(url)
            except ValidationError:
                raise ValueError("is not a web address; one begins with https://") from None
        return url


class OrganizerBody(Ask):
    name: Annotated[str, Written(NAME_CHARS_MAX)]
    terms: TermsBody | None = Field(
        default=None, description="What buyers accept; without it there is nothing to accept."
    )
    refund_rule: Annotated[str, Written(REFUND_RULE_CHARS_MAX, chars_min=0)] = Field(
        default="", description="When money is given back, in a few words."
    )
    order_key: KeyRuleWord = Field(
        default="required",
        description="When a buyer chooses the key of an order: at checkout, or before the first download.",
    )

    def engine_change(self) -> OrganizerChange:
        terms = self.terms or TermsBody()
        return OrganizerChange(self.name, terms.text, terms.url, self.refund_rule, KeyRule(self.order_key))


def organizer_shape(view: OrganizerView) -> OrganizerShape:
    terms = view.terms
    return {
        "id": view.id,
        "name": view.name,
        "terms": None if terms is None else {"version": terms.version, "text": terms.text, "url": terms.url},
        "refund_rule": view.refund_rule,
        "order_key": view.order_key.value,
    }


class TaxRulesShape(TypedDict):
    """Taxes of new sales, by the country of their venue."""

    version: Annotated[int, Field(description="0 while none were written.")]
    countries: Annotated[
        dict[str, dict[str, Any]],
        Field(description="By two letters of ISO 3166; below each, taxes as `taxes` of a sale are written."),
    ]
