"""One HTTP request, as a handler sees it, with its sender as far as the route needs one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from engine.access import KeyShown
from engine.ids import is_made_id, is_sale_id
from engine.orders import OrderView
from engine.refusals import Code, RefusalError
from server.contract.needs import Address, Need
from server.contract.stamps import clock_ms
from server.services import Services
from server.who.addresses import address_of, is_operator
from server.who.admission import admit
from server.who.caller import Caller, Undeclared
from server.who.tokens import OPENED_COOKIE, bearer, buyer_of, key_shown

MS_PER_S = 1_000


class Call(Caller):
    """One HTTP request, as a handler sees it."""

    __slots__ = ("organizer_key", "request")

    def __init__(self, services: Services, request: web.Request, buyer: str | None, key: KeyShown | None) -> None:
        super().__init__(services, buyer, address_of(request, services.engine.settings))
        self.request = request
        self.organizer_key = key
        self.works_for = None if key is None else key.organizer

    def part(self, name: str) -> str:
        """The id in a part of the path; what can't be an id names nothing."""
        found = self.request.match_info[name]
        if not is_made_id(found):
            raise RefusalError(Code.NOT_FOUND)
        return found

    def sale_part(self) -> str:
        """The sale of the path; what can't be a sale's id is no sale."""
        sale = self.request.match_info["sale"]
        if not is_sale_id(sale):
            raise RefusalError(Code.UNKNOWN_SALE)
        return sale

    @property
    def is_operator(self) -> bool:
        return is_operator(self.request, self.services.engine.settings)

    @property
    def key(self) -> KeyShown:
        """The organizer's key, in what was declared to need one."""
        if self.organizer_key is None:
            raise Undeclared("an organizer's key")
        return self.organizer_key

    @property
    def organizer(self) -> str:
        return self.key.organizer

    def opened_order(self) -> OrderView:
        """The order of the path, in what was declared to need it open."""
        if self.order is None:
            raise Undeclared("an order that is open")
        return self.order


OPENED = web.RequestKey("opened", OrderView)  # the order of a request that needs one to be open


def guarded(services: Services, each: Address) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """What aiohttp calls for an address."""

    async def handle(request: web.Request) -> web.StreamResponse:
        if each.needs is not Need.NOBODY:  # then it does not matter who it is
            call = await admitted(services, request, each.needs)
            if call.order is not None:
                request[OPENED] = call.order
        return await each.run(request)

    return handle


async def admitted(services: Services, request: web.Request, need: Need) -> Call:
    """The sender; refused unless it is what the route needs."""
    call = await identified(services, request, need)
    admit(need, call)
    return call


async def identified(services: Services, request: web.Request, need: Need) -> Call:
    """A caller is either an organizer, where a key is needed, or a buyer, if it presents a token."""
    if need is Need.OPERATOR:  # known by its network, also while stores are away
        return Call(services, request, None, None)
    token = bearer(request)
    if need is Need.ORGANIZER:
        return Call(services, request, None, None if token is None else await key_shown(services, request, token))
    buyer = buyer_of(services, request)
    key = None if token is None or buyer is not None else await key_shown(services, request, token)
    call = Call(services, request, buyer, key)
    if need is Need.OPENED:
        call.order = await opened(call)
    return call


async def opened(call: Call) -> OrderView | None:
    """The order of the path, if this browser bought it, or gave its key within the hour."""
    code, engine, cookies = call.request.match_info["code"], call.services.engine, call.request.cookies
    found = await engine.orders.by_code(code)
    if found is None:
        return None
    buyer, order = found
    if call.buyer == buyer or engine.signer.pass_opens(cookies.get(OPENED_COOKIE, ""), code, clock_ms() // MS_PER_S):
        return order
    return None
