"""What anybody may ask a cookie for: to be a buyer, to open an order with its key; and to have both taken back."""

from __future__ import annotations

from engine.access import BUYERS, ORDER_KEY_LETTERS, ORDER_OPENINGS
from engine.ids import new_buyer
from engine.limits import ORDER_PASS_S
from engine.orders import read_code
from engine.refusals import Code, accept
from server.buying.orders import opened_by_key, opened_order
from server.contract.asks import Nothing
from server.contract.needs import Need
from server.contract.orders import ChangedKeyBody, ForgottenKeyBody, OrderAnswer, OrderAsk
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
    engine, view = call.services.engine, await opened_by_key(call, body)
    token = engine.signer.pass_token(view.code, clock_ms() // 1000 + ORDER_PASS_S, view.key_changes)
    cookie = {"Set-Cookie": opened_cookie_of(token, view.code, call.request)}
    return Reply(await opened_order(engine, view), 200, cookie)


@route("POST", "/api/orders/forgotten-key", needs=Need.NOBODY, status=202, codes=(Code.NETWORK_BUSY,))
async def forget_key(call: Call, body: ForgottenKeyBody) -> Nothing:
    """Send a link to choose another key to the address of the order with this code, if there is one."""
    await call.spend(ORDER_KEY_LETTERS)
    call.services.engine.key_resets.ask(body.code)
    return {}


@route(
    "PUT",
    "/api/orders/forgotten-key",
    needs=Need.NOBODY,
    status=204,
    answer=None,
    codes=(Code.WRONG_LINK, Code.NETWORK_BUSY, Code.INVALID),
)
async def change_key(call: Call, body: ChangedKeyBody) -> Reply:
    """Choose another key, by the link of the letter: once, and within an hour. The old one then opens nothing."""
    engine = call.services.engine
    await call.spend(ORDER_OPENINGS)
    if refused := await engine.key_resets.choose(body.code, body.token, body.key):
        accept(refused)
    await engine.allowances.take(ORDER_OPENINGS, call.address, -1)
    return Reply(None, 204)
