"""Places, carts, holds and purchases over plain HTTP: the same asks as on the socket."""

from __future__ import annotations

from engine.refusals import Code, accept
from server.buying.cart import cart_of, change_in, enter, hold_in, release_in
from server.buying.orders import checkout_in
from server.buying.room import challenge, join, leave
from server.contract.asks import parse
from server.contract.carts import ChangeBody, EnterAsk, HoldAnswer, HoldBody, ReleaseAnswer, ReleaseBody
from server.contract.credit import OwnCreditsShape, own_shape
from server.contract.needs import Need
from server.contract.orders import CheckoutAnswer, CheckoutBody, MyOrders
from server.contract.rooms import ChallengeAnswer, ChallengeAsk, JoinAnswer, JoinAsk, LeaveAsk, PlaceBody
from server.contract.routes import Reply, route
from server.contract.shapes import CartShape
from server.who.call import Call

ROOM = (Code.UNKNOWN_SALE, Code.SALE_NOT_OPEN, Code.SALE_CLOSED, Code.BAD_PLACE)
ENTRY = (
    Code.NETWORK_BUSY,
    Code.TOO_MANY_TRIES,
    Code.CHALLENGE_NEEDED,
    Code.CONTACT_NEEDED,
    Code.ACCOUNT_NEEDED,
    Code.ACCOUNT_USED,
    Code.NOT_IN_SEGMENT,
    Code.CONTACT_USED,
    Code.ENTRY_CODE_NEEDED,
    Code.ENTRY_CODE_WRONG,
)
CART = (Code.UNKNOWN_SALE, Code.NO_CART, Code.CART_ENDED)
CODE = (Code.CODE_UNKNOWN, Code.TOO_MANY_TRIES, Code.NETWORK_BUSY)
HOLD = (
    *CART,
    Code.CART_LOCKED,
    Code.SALE_PAUSED,
    Code.SEAT_TAKEN,
    Code.UNKNOWN_SEAT,
    Code.UNKNOWN_POOL,
    Code.UNKNOWN_SECTION,
    Code.SHORT,
    Code.NONE_TOGETHER,
    Code.OVER_MAXIMUM,
    Code.NOT_ELIGIBLE,
    Code.TOO_FAR,
    Code.WINDOW_OVER,
    Code.CONFLICT,
)
BUY = (
    *CART,
    Code.CART_LOCKED,
    Code.CART_INCOMPLETE,
    Code.PAYMENT_DECLINED,
    Code.PAYMENT_PENDING,
    Code.PAYMENT_UNAVAILABLE,
    Code.TERMS_NEEDED,
    Code.TERMS_CHANGED,
    Code.ALREADY_SOLD,
    Code.EVENT_CANCELLED,
    Code.CONFLICT,
)


@route("POST", "/api/sales/{sale}/places", needs=Need.BUYER, status=201, idempotent=True, codes=(*ROOM, *ENTRY))
async def take_place(call: Call, body: PlaceBody) -> JoinAnswer:
    """Join the room of a sale, or get your place again."""
    return await join(call, parse(JoinAsk, {"sale": call.sale_part(), **body.model_dump()}))


@route("POST", "/api/sales/{sale}/challenges", needs=Need.BUYER, status=201, codes=ROOM)
async def ask_challenge(call: Call) -> ChallengeAnswer:
    """A proof of work to solve for a place: good for you and this sale, for five minutes, once."""
    return await challenge(call, parse(ChallengeAsk, {"sale": call.sale_part()}))


@route("DELETE", "/api/sales/{sale}/places/mine", needs=Need.BUYER, status=204, answer=None, codes=ROOM)
async def give_up_place(call: Call) -> Reply:
    """Leave: give up the place, and the cart with all it holds."""
    await leave(call, parse(LeaveAsk, {"sale": call.sale_part()}))
    return Reply(None, 204)


@route(
    "POST",
    "/api/sales/{sale}/carts",
    needs=Need.BUYER,
    status=201,
    idempotent=True,
    codes=(*ROOM, *ENTRY, Code.NO_PLACE, Code.NOT_YOUR_TURN, Code.TURN_MISSED, Code.SALE_PAUSED),
)
async def open_cart(call: Call, body: PlaceBody) -> CartShape:
    """Enter when it is your turn: opens your cart, or answers your live one."""
    return await enter(call, parse(EnterAsk, {"sale": call.sale_part(), **body.model_dump()}))


@route("GET", "/api/sales/{sale}/carts/mine", needs=Need.BUYER, codes=CART)
async def read_cart(call: Call) -> CartShape:
    """Your cart; reading it also counts as a sign of life."""
    sale = call.sale_part()
    cart = await cart_of(call, sale)
    await (await call.sale(sale)).touch([call.known_buyer()])
    return cart


@route("PATCH", "/api/sales/{sale}/carts/mine", needs=Need.BUYER, codes=(*CART, Code.CART_LOCKED, *CODE))
async def change_cart(call: Call, body: ChangeBody) -> CartShape:
    """Write contact, order key, ticket types, answers, a coupon, a code or a voucher into the cart."""
    return await change_in(call, call.sale_part(), body)


@route("GET", "/api/sales/{sale}/carts/mine/credit", needs=Need.BUYER, codes=CART)
async def own_credit(call: Call) -> OwnCreditsShape:
    """What you have as credit and may pay your cart with: of your account, and of an address shown to be yours."""
    sale, orders = call.sale_part(), call.services.engine.orders
    book = await orders.price_books.of(sale)
    found = accept(await orders.credit_of(sale, call.known_buyer()))
    return {
        "currency": "" if book is None else book.goods.currency,
        "items": [own_shape(each) for each in found],
    }


@route("POST", "/api/sales/{sale}/carts/mine/holds", needs=Need.BUYER, status=201, idempotent=True, codes=HOLD)
async def hold(call: Call, body: HoldBody) -> HoldAnswer:
    """Hold the named seats, the best ones together, or units of a pool: all or nothing."""
    return await hold_in(call, call.sale_part(), body)


@route(
    "POST",
    "/api/sales/{sale}/carts/mine/releases",
    needs=Need.BUYER,
    status=201,
    idempotent=True,
    codes=(*CART, Code.CART_LOCKED, Code.NOT_HELD, Code.CONFLICT),
)
async def release(call: Call, body: ReleaseBody) -> ReleaseAnswer:
    """Give back seats and units, or everything."""
    return await release_in(call, call.sale_part(), body)


@route("POST", "/api/sales/{sale}/carts/mine/orders", needs=Need.BUYER, status=201, idempotent=True, codes=BUY)
async def checkout(call: Call, body: CheckoutBody) -> CheckoutAnswer:
    """Buy what the cart holds; repeating the same order id never buys twice."""
    return await checkout_in(call, call.sale_part(), body)


@route("GET", "/api/sales/{sale}/orders/mine", needs=Need.BUYER, answer=MyOrders, codes=(Code.UNKNOWN_SALE,))
async def my_orders(call: Call) -> dict[str, object]:
    """Your orders in a sale."""
    await call.sale(call.sale_part())
    orders = await call.services.engine.orders.of_buyer(call.sale_part(), call.known_buyer())
    return {"items": [each.wire() for each in orders]}
