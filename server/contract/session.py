"""Asks and answers of hello and ping; and being a buyer over plain HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, StringConstraints

from engine.ids import MadeId, Token
from engine.limits import ACCESS_TOKEN_CHARS_MAX, ID_CHARS_MAX, LOCALE_CHARS_MAX, OPENED_FORGOTTEN_MAX
from engine.text import Written
from server.contract.asks import Ask

LOCALE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"


Locale = Annotated[str, StringConstraints(max_length=LOCALE_CHARS_MAX, pattern=LOCALE)]


# An API key, a token made from one, or a guest link.
ShownKey = Annotated[
    str,
    StringConstraints(pattern=rf"^[A-Za-z0-9._-]{{0,{ACCESS_TOKEN_CHARS_MAX}}}$", max_length=ACCESS_TOKEN_CHARS_MAX),
]


class HelloAsk(Ask):
    buyer: Token | None = Field(default=None, description="The token from an earlier hello.")
    locale: Locale | None = None
    api_key: ShownKey | None = Field(
        default=None,
        repr=False,
        description="An organizer's: their sales are there before they are public, and takings may be watched.",
    )
    organizer: MadeId | None = Field(
        default=None, description="The organizer that whoever is logged in works for: the same, as far as they may."
    )


@dataclass(frozen=True, slots=True)
class HelloAnswer:
    buyer: str
    buyer_id: str
    now_ms: int
    server: str
    ping_s: int


class PingAsk(Ask):
    pass


@dataclass(frozen=True, slots=True)
class PingAnswer:
    now_ms: int


class ForgetBody(Ask):
    opened: Annotated[list[Annotated[str, Written(ID_CHARS_MAX)]], Field(max_length=OPENED_FORGOTTEN_MAX)] = Field(
        default=[], description="Codes of orders that this browser opened with their keys in the last hour."
    )


@dataclass(frozen=True, slots=True)
class Buyer:
    buyer: str
    buyer_id: str
