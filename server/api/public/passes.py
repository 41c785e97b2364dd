"""What anybody may ask a cookie for: to be a buyer, to open an order with its key; and to have both taken back."""

from __future__ import annotations

from engine.access import BUYERS
from engine.ids import new_buyer
from engine.limits import ORDER_PASS_S
from engine.orders import read_code
from engine.refusals import Code
from server.buying.orders import order
from server.contract.needs import Need
from server.contract.orders import OrderAnswer, OrderAsk
from server.contract.routes import Reply, route
from server.contract.session import Buyer, ForgetBody
from server.contract.stamps import clock_ms
from server.who.call import Call
from server.who.tokens import cookie_of, forgetting_cookies, opened_cookie_of


@route(
    "POST",
    "/api/buyers",
    needs=Need.NOBODY,
    status=201,
    answer=Buyer,
    headers=("Set-Cookie",),
    codes=(Code.NETWORK_BUSY,),
)
async def be_buyer(call: Call) -> Reply:
    """Your buyer token, or a new one; also set as a cookie."""
    if call.buyer is None:
        await call.spend(BUYERS)
    buyer = call.buyer or new_buyer()
    token = call.services.engine.signer.buyer_token(buyer)
    return Reply(Buyer(token, buyer), 201, {"Set-Cookie": cookie_of(token, call.request)})


@route("POST", "/api/buyers/forget", needs=Need.NOBODY, status=204, answer=None, headers=("Set-Cookie",))
async def forget_browser(call: Call, body: ForgetBody) -> Reply:
    """Take back this browser's cookies: it is no buyer any more, and opens no order without code and key."""
    codes = filter(None, map(read_code, body.opened))
    return Reply(None, 204, forgetting_cookies(codes, call.request))


@route(
    "POST",
    "/api/orders/open",
    needs=Need.NOBODY,
    answer=OrderAnswer,
    headers=("Set-Cookie",),
    codes=(Code.BAD_ORDER_KEY, Code.NETWORK_BUSY, Code.TOO_MANY_TRIES),
)
async def open_order(call: Call, body: OrderAsk) -> Reply:
    """Open an order with its code and the key its buyer chose; its files are then open to this browser for an hour."""
    answer = await order(call, body)
    code = answer["order"]["code"]
    token = call.services.engine.signer.pass_token(code, clock_ms() // 1000 + ORDER_PASS_S)
    return Reply(answer, 200, {"Set-Cookie": opened_cookie_of(token, code, call.request)})
