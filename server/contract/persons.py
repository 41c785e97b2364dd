"""What buyers say of themselves, where they are, and which promos they may see from there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from engine.ids import SaleId
from engine.limits import CONSENT_CHARS_MAX, EMAIL_CHARS_MAX, LOCALE_CHARS_MAX, NAME_CHARS_MAX, ZONE_CHARS_MAX
from engine.messages import (
    EmailAddress,
    PhoneNumber,
    PushEndpoint,
    PushPoint,
    PushSecret,
)
from engine.people import Position, position_of
from engine.text import Form, Written
from server.contract.asks import Ask
from server.contract.promo_shapes import PromoShape
from server.contract.routes import Query

ACCURACY_M_MAX = 1_000_000


ZoneName = Annotated[str, Written(ZONE_CHARS_MAX)]


class Where(Ask):
    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False)
    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False)
    accuracy_m: float | None = Field(default=None, ge=0, le=ACCURACY_M_MAX, allow_inf_nan=False)

    def report(self) -> Position:
        return position_of(self.latitude, self.longitude, self.accuracy_m)


class PromosAsk(Where):
    zone: ZoneName | None = Field(default=None, description="No longer used: your profile says it.")


class PromosAnswer(TypedDict):
    promos: list[PromoShape]
    now_ms: int


class PromosQuery(Query):
    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False)
    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False)
    accuracy_m: float | None = Field(default=None, ge=0, le=ACCURACY_M_MAX, allow_inf_nan=False)
    zone: ZoneName | None = Field(default=None, description="No longer used: your profile says it.")


class ProfileBody(Ask):
    name: Annotated[str, Written(NAME_CHARS_MAX, chars_min=0)] | None = None
    email: EmailAddress | None = None
    phone: PhoneNumber | None = Field(default=None, description="As in +34600000000.")
    locale: Annotated[str, Written(LOCALE_CHARS_MAX)] | None = None
    zone: ZoneName | None = None
    consent: bool | None = Field(default=None, description="Whether promos may be told, one a day at most.")
    sale: SaleId | None = Field(
        default=None, description="On whose page you say so: consent is for its organizer alone."
    )
    wording: Annotated[str, Written(CONSENT_CHARS_MAX, Form.PARAGRAPH)] | None = Field(
        default=None, description="The words you said yes or no to; kept with it."
    )
    channels: list[Literal["push", "email", "sms"]] | None = Field(default=None, max_length=3)
    position: Where | None = None


class ProfileShape(TypedDict):
    name: str
    email: str | None
    phone: str | None
    email_confirmed: bool
    phone_confirmed: bool
    locale: str
    zone: str
    consent: bool
    channels: list[Literal["push", "email", "sms"]]


class PushKeys(Ask):
    p256dh: PushPoint
    auth: PushSecret


class PushBody(Ask):
    endpoint: PushEndpoint
    keys: PushKeys


class PushKeyShape(TypedDict):
    key: str


class ClaimBody(Ask):
    purpose: Literal["offers", "entry"]
    channel: Literal["email", "sms"]
    address: Annotated[str, Written(EMAIL_CHARS_MAX, chars_min=3)]
    locale: Annotated[str, Written(LOCALE_CHARS_MAX)] = "en"


class CodeBody(Ask):
    purpose: Literal["offers", "entry"]
    channel: Literal["email", "sms"]
    address: Annotated[str, Written(EMAIL_CHARS_MAX, chars_min=3)]
    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] = Field(description="The digits of the letter.")


@dataclass(frozen=True, slots=True)
class Claim:
    code_until: datetime
    link_until: datetime


@dataclass(frozen=True, slots=True)
class Proof:
    address: str
    confirmed: bool
