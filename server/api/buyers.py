"""Buyers: a token, and the cookie that carries it in a browser."""

from __future__ import annotations

from dataclasses import dataclass

from engine.access import BUYERS
from engine.ids import new_buyer
from engine.refusals import Code
from server.api.routing import Call, Reply, Who, route
from server.live.identity import cookie_of


@dataclass(frozen=True, slots=True)
class Buyer:
    buyer: str
    buyer_id: str


@route("POST", "/api/buyers", Who.ALL, status=201, answer=Buyer, codes=(Code.NETWORK_BUSY,))
async def be_buyer(call: Call) -> Reply:
    """Your buyer token, or a new one; also set as a cookie."""
    if call.buyer is None:
        await call.spend(BUYERS)
    buyer = call.buyer or new_buyer()
    token = call.process.engine.signer.buyer_token(buyer)
    return Reply(Buyer(token, buyer), 201, {"Set-Cookie": cookie_of(token, call.request)})
