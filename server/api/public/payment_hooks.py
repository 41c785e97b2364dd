"""What payment providers tell by themselves, each account at an address of its own.

Guarantees: what is not signed by the account's provider is refused and counted, and nothing else of it is looked at;
a body has a bound. A repeat is harmless. Where the provider can't be asked how it stands, it is to tell it again.
"""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from engine.access import network_of
from engine.audit import RefusalKind
from engine.limits import HOOK_BODY_BYTES_MAX
from engine.payments import Told
from server.contract.needs import Address, Need
from server.services import SERVICES
from server.who.call import admitted

STATUS = {
    Told.TAKEN: HTTPStatus.NO_CONTENT,
    Told.LATER: HTTPStatus.SERVICE_UNAVAILABLE,
    Told.FORGED: HTTPStatus.BAD_REQUEST,
    Told.UNKNOWN: HTTPStatus.NOT_FOUND,
}


async def take(request: web.Request) -> web.StreamResponse:
    engine = request.app[SERVICES].engine
    body = await request.content.read(HOOK_BODY_BYTES_MAX + 1)
    while len(body) <= HOOK_BODY_BYTES_MAX and (more := await request.content.read(HOOK_BODY_BYTES_MAX)):
        body += more
    if len(body) > HOOK_BODY_BYTES_MAX:
        return web.Response(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    account = request.match_info["payment_account"]
    told = await engine.orders.provider_told(account, request.headers.get("Stripe-Signature", ""), body)
    if told is Told.FORGED:
        call = await admitted(request.app[SERVICES], request, Need.NOBODY)
        engine.audit.tally.note(RefusalKind.HOOK, network_of(call.address), account)
    return web.Response(status=STATUS[told])


ADDRESSES = (Address("POST", r"/hooks/payments/{payment_account:pac_[\w-]{1,60}}", Need.NOBODY, take),)
