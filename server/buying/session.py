"""hello and ping: who the socket is, and whether the other end lives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, StringConstraints

from engine.access import BUYERS
from engine.ids import Token, new_buyer
from engine.limits import LOCALE_CHARS_MAX, PING_EVERY_S
from engine.refusals import Code, Refusal
from server.contract.asks import Ask
from server.contract.commands import command
from server.contract.needs import Need
from server.contract.stamps import VERSION, now_ms
from server.who.caller import Caller

LOCALE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
Locale = Annotated[str, StringConstraints(max_length=LOCALE_CHARS_MAX, pattern=LOCALE)]


class HelloAsk(Ask):
    buyer: Token | None = Field(default=None, description="The token from an earlier hello.")
    locale: Locale | None = None
    api_key: Token | None = Field(
        default=None,
        repr=False,
        description="An organizer's: their sales are there before they are public, and takings may be watched.",
    )


@dataclass(frozen=True, slots=True)
class HelloAnswer:
    buyer: str
    buyer_id: str
    now_ms: int
    server: str
    ping_s: int


@command("hello", needs=Need.NOBODY)
async def hello(caller: Caller, ask: HelloAsk) -> HelloAnswer:
    """Say who you are, or become somebody new; keep the token for next time."""
    signer, buyer = caller.services.engine.signer, caller.buyer
    if ask.buyer is not None:
        buyer = signer.buyer_of(ask.buyer)
        if buyer is None:
            raise Refusal(Code.UNAUTHORIZED)
    elif buyer is None:
        await caller.spend(BUYERS)
        buyer = new_buyer()
    if ask.api_key is not None:
        key = await caller.services.engine.access.check(ask.api_key)
        if key is None:
            caller.services.key_refused(ask.api_key, caller.address)
            raise Refusal(Code.UNAUTHORIZED)
        caller.works_for = key.organizer
    caller.become(buyer)
    caller.locale = ask.locale or caller.locale
    token = signer.buyer_token(buyer) if ask.buyer is None else signer.renewed(ask.buyer, buyer)
    return HelloAnswer(token, buyer, now_ms(), VERSION, PING_EVERY_S)


class PingAsk(Ask):
    pass


@dataclass(frozen=True, slots=True)
class PingAnswer:
    now_ms: int


@command("ping", needs=Need.NOBODY)
async def ping(_caller: Caller, _ask: PingAsk) -> PingAnswer:
    """Ask whether the server is there, and what its clock says."""
    return PingAnswer(now_ms())
