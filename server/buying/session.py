"""hello and ping: who the socket is, and whether the other end lives."""

from __future__ import annotations

from engine.access import BUYERS
from engine.ids import new_buyer
from engine.limits import PING_EVERY_S
from engine.refusals import Code, RefusalError
from server.contract.commands import command
from server.contract.needs import Need
from server.contract.session import HelloAnswer, HelloAsk, PingAnswer, PingAsk
from server.contract.stamps import VERSION, clock_ms
from server.who.call import work_for
from server.who.caller import Caller
from server.who.tokens import permit_shown


@command("hello", needs=Need.NOBODY)
async def hello(caller: Caller, ask: HelloAsk) -> HelloAnswer:
    """Say who you are, or become somebody new; keep the token for next time."""
    signer, buyer = caller.services.engine.signer, caller.buyer
    if ask.buyer is not None:
        buyer = signer.buyer_of(ask.buyer)
        if buyer is None:
            raise RefusalError(Code.UNAUTHORIZED)
    elif buyer is None:
        await caller.spend(BUYERS)
        buyer = new_buyer()
    if ask.api_key is not None:
        permit = await permit_shown(caller.services, ask.api_key, caller.address)
        if permit is None:
            raise RefusalError(Code.UNAUTHORIZED)
        caller.work_by(permit)
    elif ask.organizer is not None:
        await work_for(caller, ask.organizer)
        if caller.permit is None:
            raise RefusalError(Code.FORBIDDEN)
    caller.become(buyer)
    caller.locale = ask.locale or caller.locale
    token = signer.buyer_token(buyer) if ask.buyer is None else signer.renewed(ask.buyer, buyer)
    return HelloAnswer(token, buyer, clock_ms(), VERSION, PING_EVERY_S)


@command("ping", needs=Need.NOBODY)
async def ping(_caller: Caller, _ask: PingAsk) -> PingAnswer:
    """Ask whether the server is there, and what its clock says."""
    return PingAnswer(clock_ms())
