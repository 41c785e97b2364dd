"""GET /ws: from a request to a socket.

Owns: origin check, cookie identity, the bounds on sockets. aiohttp reads the request; what comes after the handshake is
ours (`frames.py`), and aiohttp hears of the connection again when it has ended.
"""

from __future__ import annotations

from aiohttp import web

from engine.refusals import Code, RefusalError
from server.contract.needs import Address, Need
from server.contract.wire import BY_SUBPROTOCOL, JSON
from server.live.frames import Frames, Upgraded, handshake
from server.live.socket import LIVE, Socket
from server.services import SERVICES
from server.who.addresses import address_of, agent_of, origin_allowed
from server.who.languages import language_of
from server.who.tokens import buyer_of, session_of, source_carried


async def upgrade(request: web.Request) -> web.StreamResponse:
    services, live = request.app[SERVICES], request.app[LIVE]
    if services.draining.is_set():
        raise RefusalError(Code.UNAVAILABLE)
    if not origin_allowed(request, services.engine.settings):
        raise RefusalError(Code.FORBIDDEN, "Another site's page may not open a socket here.")
    address = address_of(request, services.engine.settings)
    live.sockets.welcome(address)
    session = await session_of(services, request)
    answer, protocol = handshake(request, BY_SUBPROTOCOL)
    if request.transport is None:
        return Upgraded()  # disconnected during the handshake
    frames = Frames(request.transport)
    wire = BY_SUBPROTOCOL.get(protocol or "", JSON)
    socket = Socket(services, buyer_of(services, request), address, live=live, frames=frames, wire=wire)
    socket.is_of(session)
    socket.agent = agent_of(request)
    socket.locale = language_of(request)
    socket.carried = source_carried(request)
    live.sockets.add(socket)
    frames.begin(socket, answer)
    try:
        await frames.ended
    finally:
        frames.transport.abort()
        live.sockets.remove(socket)
    return Upgraded()


ADDRESSES = (Address("GET", "/ws", Need.NOBODY, upgrade),)
