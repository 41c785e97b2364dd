"""One HTTP request, as a handler sees it, with its sender as far as the route needs one.

Guarantees: whoever is an account, key or link is who the request shows now; a permission was decided for what the path
names before a handler runs, and `ground` says on what, so that an office write can check it again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

from aiohttp import web

from engine.access import About, KeyShown, Permission, Permit, Reach
from engine.accounts import SessionShown, SessionState
from engine.audit import ActorKind, Ground
from engine.ids import is_made_id, is_sale_id
from engine.orders import OrderView
from engine.refusals import Code, RefusalError
from server.contract.needs import Address, Need, Needed
from server.contract.routes import Route
from server.contract.stamps import clock_ms
from server.services import Services
from server.who.addresses import address_of, agent_of, is_operator
from server.who.admission import admit, admit_fresh, lacking, reach_of
from server.who.caller import Caller, Undeclared
from server.who.languages import language_of
from server.who.tokens import OPENED_COOKIE, bearer, buyer_of, key_shown, permit_shown, session_of, source_carried

MS_PER_S = 1_000
ORGANIZER_HEADER = "Aforo-Organizer"


class Call(Caller):
    """One HTTP request, as a handler sees it."""

    __slots__ = ("ground", "needs", "parts", "request")

    def __init__(self, services: Services, request: web.Request, buyer: str | None = None) -> None:
        super().__init__(services, buyer, address_of(request, services.engine.settings))
        self.request = request
        self.agent = agent_of(request)
        self.locale = language_of(request)
        self.carried = source_carried(request)
        self.parts: Mapping[str, str] = request.match_info  # of the path, by name
        self.needs: Needed = Need.NOBODY
        self.ground: Ground | None = None  # on what its permission was decided

    def part(self, name: str) -> str:
        """The id in a part of the path; what can't be an id names nothing."""
        found = self.parts[name]
        if not is_made_id(found):
            raise RefusalError(Code.NOT_FOUND)
        return found

    def sale_part(self) -> str:
        """The sale of the path; what can't be a sale's id is no sale."""
        sale = self.parts["sale"]
        if not is_sale_id(sale):
            raise RefusalError(Code.UNKNOWN_SALE)
        return sale

    @property
    def is_operator(self) -> bool:
        return is_operator(self.request, self.services.engine.settings)

    @property
    def organizer(self) -> str:
        """Whom it works for, in what was declared to need a permission."""
        if self.permit is None:
            raise Undeclared("a permission")
        return self.permit.organizer

    @property
    def actor(self) -> tuple[ActorKind, str]:
        """Who acts for the organizer."""
        if self.permit is None:
            raise Undeclared("a permission")
        return self.permit.kind, self.permit.actor

    @property
    def reach(self) -> Reach:
        """Where the permission that was declared holds."""
        if self.permit is None or not isinstance(self.needs, Permission):
            raise Undeclared("a permission")
        return reach_of(self.permit, self.needs)

    async def buyers(self) -> list[str]:
        """The buyers that this end is: of its cookie, and those linked to the account it is logged in to."""
        own = [] if self.buyer is None else [self.buyer]
        if self.session is None or self.session.state is not SessionState.IN:
            return own
        linked = await self.services.engine.accounts.buyers.of(self.session.account)
        return list(dict.fromkeys((*own, *(each.buyer for each in linked))))

    @property
    def shown_key(self) -> KeyShown:
        """The API key, in what was declared to need one."""
        if self.key is None:
            raise Undeclared("an API key")
        return self.key

    @property
    def account(self) -> str:
        """Who is logged in, in what was declared to need an account."""
        return self.logged_in.account

    @property
    def logged_in(self) -> SessionShown:
        if self.session is None:
            raise Undeclared("an account")
        return self.session

    def opened_order(self) -> OrderView:
        """The order of the path, in what was declared to need it open."""
        if self.order is None:
            raise Undeclared("an order that is open")
        return self.order


OPENED = web.RequestKey("opened", OrderView)  # the order of a request that needs one to be open
PERMIT = web.RequestKey("permit", Permit)  # what the sender of a request may do, where it works for an organizer


def guarded(services: Services, each: Address) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """What aiohttp calls for an address."""

    async def handle(request: web.Request) -> web.StreamResponse:
        if each.needs is not Need.NOBODY:  # then it does not matter who it is
            call = await admitted(services, request, each.needs)
            if call.order is not None:
                request[OPENED] = call.order
        return await each.run(request)

    return handle


async def admitted(services: Services, request: web.Request, need: Needed, route: Route | None = None) -> Call:
    """The sender; refused unless it is what the route needs, or may do it to what the path names."""
    call = await identified(services, request, need)
    call.needs = need
    if call.permit is not None:
        request[PERMIT] = call.permit
    admit(need, call)
    if route is not None and route.members and call.session is None:
        raise RefusalError(Code.FORBIDDEN, "Only somebody who is logged in may do this.")
    if isinstance(need, Permission):
        call.ground = await grounded(call, need, narrowed=route is not None and route.narrowed)
        if route is not None and route.and_needs is not None:
            admit(route.and_needs, call)
            await grounded(call, route.and_needs, narrowed=False)
    if route is not None and route.steps_up:
        admit_fresh(call)
    return call


async def grounded(call: Call, permission: Permission, *, narrowed: bool) -> Ground:
    """On what the permission is decided: the organizer, or what the path names where it does not hold everywhere."""
    assert call.permit is not None, "it was admitted"
    if reach_of(call.permit, permission).everything:
        return Ground(permission.value)
    parts, catalog, there_is_none = call.parts, call.services.engine.catalog, Code.NOT_FOUND
    about: About | None
    if "sale" in parts:
        about, there_is_none = await catalog.about_sale(call.organizer, call.sale_part()), Code.UNKNOWN_SALE
    elif "event" in parts:
        about = await catalog.about_event(call.organizer, call.part("event"))
    elif "venue" in parts:
        about = About(venue=call.part("venue"))
    elif narrowed:
        return Ground(permission.value, anywhere=True)
    else:
        raise lacking(permission)
    if about is None or call.permit.decides(permission, about, datetime.now(UTC)) is None:
        raise RefusalError(there_is_none)  # to this caller
    return Ground(permission.value, about.event, about.venue)


async def identified(services: Services, request: web.Request, need: Needed) -> Call:
    """Who asks, as far as what is needed can tell: a buyer, somebody who is logged in, a key or a link."""
    call = Call(services, request)
    if need is Need.OPERATOR:  # known by its network, also while stores are away
        return call
    token = bearer(request)
    if need in (Need.ACCOUNT, Need.HALF, Need.OWN):
        call.session = await session_of(services, request)
        call.buyer = buyer_of(services, request)
        return call
    if need is Need.KEY:
        call.key = None if token is None else await key_shown(services, token, call.address)
        return call
    if isinstance(need, Permission):
        if token is not None:
            call.permit = await permit_shown(services, token, call.address)
        else:
            call.session = await session_of(services, request)
            await work_for(call, request.headers.get(ORGANIZER_HEADER))
        return call
    call.buyer = buyer_of(services, request)
    if token is not None and call.buyer is None:
        call.permit = await permit_shown(services, token, call.address)
    if need is Need.OPENED:
        call.order = await opened(call)
    return call


async def work_for(caller: Caller, organizer: str | None) -> None:
    """Let somebody who is logged in work for an organizer: the one that is named, or the only one there is."""
    if caller.session is None or caller.session.state is not SessionState.IN:
        return
    account, grants = caller.session.account, caller.services.engine.accounts.grants
    if organizer is None:
        memberships = await grants.memberships(account)
        organizer = memberships[0].organizer if len(memberships) == 1 else None
    if organizer is None or not is_made_id(organizer):
        return
    permit = await grants.permit(account, organizer)
    if permit is None:
        return
    if await grants.owes(caller.session, organizer):
        raise RefusalError(Code.SECOND_FACTOR_NEEDED)
    caller.work_by(permit)


async def opened(call: Call) -> OrderView | None:
    """The order of the path, if this browser or account bought it, or gave its key within the hour."""
    signer, token = call.services.engine.signer, call.request.cookies.get(OPENED_COOKIE, "")
    found = await call.services.engine.orders.by_code(call.request.match_info["code"])
    if found is None:
        return None
    buyer, order = found
    now_s = clock_ms() // MS_PER_S
    if call.buyer == buyer or signer.pass_opens(token, order.code, now_s, order.key_changes):
        return order
    call.session = await session_of(call.services, call.request)
    if buyer in await call.buyers():
        call.buyer = buyer  # by their account this end is that buyer as well
        return order
    return None
