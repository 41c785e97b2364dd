"""Asks and answers about a place in the room of a sale, and about what a sale may want for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from engine.ids import SaleId, Token
from engine.limits import ENTRY_CODE_CHARS_MAX, PROOF_CHARS_MAX
from engine.text import Written
from server.contract.asks import Ask


class EntryBody(Ask):
    """What a sale may ask for a place; fields it does not ask for are ignored."""

    proof: Annotated[str, Written(PROOF_CHARS_MAX)] | None = Field(
        default=None, description="A solved challenge, base64 as the ALTCHA libraries make it."
    )
    code: Annotated[str, Written(ENTRY_CODE_CHARS_MAX)] | None = Field(
        default=None, repr=False, description="The code that opens the sale."
    )


PlaceToken = Annotated[Token, Field(description="A signed place kept from before.")]


class PlaceBody(EntryBody):
    place: PlaceToken | None = None


class JoinAsk(PlaceBody):
    sale: SaleId


@dataclass(frozen=True, slots=True)
class JoinAnswer:
    number: int
    place: int | None
    token: str
    again: bool
    now_ms: int


class ChallengeAsk(Ask):
    sale: SaleId


class ChallengeShape(TypedDict):
    """A challenge of the ALTCHA protocol, version 2."""

    parameters: dict[str, Any]
    signature: str


class ChallengeAnswer(TypedDict):
    challenge: ChallengeShape
    now_ms: int


class LeaveAsk(Ask):
    sale: SaleId
