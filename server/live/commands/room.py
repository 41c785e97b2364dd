"""join and leave: a buyer's place in the room of a sale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from engine.access import PLACES
from engine.ids import SaleId, Token, is_rehearsal
from engine.refusals import accept
from server.caller import Caller
from server.clock import now_ms
from server.live.commands.watch import Nothing
from server.live.registry import Ask, command

PlaceToken = Annotated[Token, Field(description="A signed place kept from before.")]


class JoinAsk(Ask):
    sale: SaleId
    place: PlaceToken | None = None


@dataclass(frozen=True, slots=True)
class JoinAnswer:
    number: int
    place: int | None
    token: str
    again: bool
    now_ms: int


class LeaveAsk(Ask):
    sale: SaleId


@command("join")
async def join(caller: Caller, ask: JoinAsk) -> JoinAnswer:
    """Take a place in the room, or hear again which one is yours."""
    sale, buyer = await caller.sale(ask.sale), caller.known_buyer()
    if not sale.signed_for(buyer, ask.place) and not is_rehearsal(ask.sale):
        await caller.spend(PLACES)
    joined = accept(await sale.join(buyer, ask.place))
    return JoinAnswer(joined.number, joined.place, joined.token, joined.again, now_ms())


@command("leave")
async def leave(caller: Caller, ask: LeaveAsk) -> Nothing:
    """Give up the place, and the cart with all it holds."""
    accept(await (await caller.sale(ask.sale)).leave(caller.known_buyer()))
    return {}
