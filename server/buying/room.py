"""join, leave and challenge: a buyer's place in the room of a sale."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from typing import Any

from engine.access import PLACES, Taken
from engine.refusals import accept
from server.buying.entering import brought_for, given, place_counted
from server.contract.asks import Nothing
from server.contract.commands import command
from server.contract.needs import Need
from server.contract.rooms import ChallengeAnswer, ChallengeAsk, JoinAnswer, JoinAsk, LeaveAsk
from server.contract.stamps import clock_ms
from server.who.caller import Caller


@command("challenge", needs=Need.BUYER)
async def challenge(caller: Caller, ask: ChallengeAsk) -> ChallengeAnswer:
    """A proof of work to solve for a place: good for this buyer and sale, for five minutes, once."""
    engine, buyer = caller.services.engine, caller.known_buyer()
    sale = await caller.sale(ask.sale)
    load, state = await asyncio.gather(engine.allowances.take(PLACES, caller.address, 0), sale.joined_in())
    used = load.load if isinstance(load, Taken) else 1.0
    asked: Any = engine.challenges.ask(ask.sale, buyer, accept(state), used)
    return {"challenge": asked, "now_ms": clock_ms()}


@command("join", needs=Need.BUYER)
async def join(caller: Caller, ask: JoinAsk) -> JoinAnswer:
    """Take a place in the room, or get yours again."""
    sale, buyer = await caller.sale(ask.sale), caller.known_buyer()
    kept = sale.signed_for(buyer, ask.place)
    async with (
        nullcontext() if kept else place_counted(caller, ask.sale),
        brought_for(caller, ask.sale, ask) as brought,
    ):
        joined = await given(caller, ask.sale, brought, lambda with_this: sale.join(buyer, ask.place, with_this))
    return JoinAnswer(joined.number, joined.place, joined.token, joined.again, clock_ms())


@command("leave", needs=Need.BUYER)
async def leave(caller: Caller, ask: LeaveAsk) -> Nothing:
    """Give up the place, and the cart with all it holds."""
    accept(await (await caller.sale(ask.sale)).leave(caller.known_buyer()))
    return {}
