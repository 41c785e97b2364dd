"""GET /ws: from a request to a socket.

Owns: origin check, subprotocol, cookie identity, the bounds on sockets, that frames are masked. Makes aiohttp's
WebSocketResponse; our frames then go straight to its transport: whole and in order, because compression is off.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from engine.limits import CLOSE_S_MAX, MESSAGE_BYTES_MAX
from engine.refusals import Code, Refusal
from server.contract.wire import BY_SUBPROTOCOL, JSON
from server.live.masking import take_masked_only
from server.live.socket import LIVE, Socket
from server.services import SERVICES
from server.who.addresses import address_of, origin_allowed
from server.who.tokens import buyer_of


async def upgrade(request: web.Request) -> web.StreamResponse:
    services, live = request.app[SERVICES], request.app[LIVE]
    if services.draining.is_set():
        raise Refusal(Code.UNAVAILABLE)
    if not origin_allowed(request, services.engine.settings):
        raise Refusal(Code.FORBIDDEN, "Another site's page may not open a socket here.")
    address = address_of(request, services.engine.settings)
    live.sockets.welcome(address)
    ws: web.WebSocketResponse[Any] = web.WebSocketResponse(
        timeout=CLOSE_S_MAX,
        autoping=False,
        protocols=tuple(BY_SUBPROTOCOL),
        compress=False,
        max_msg_size=MESSAGE_BYTES_MAX + 1,  # aiohttp refuses what reaches it
        decode_text=False,
    )
    await ws.prepare(request)
    if request.transport is None:
        return ws  # gone again before it was here
    take_masked_only(request.transport)
    wire = BY_SUBPROTOCOL.get(ws.ws_protocol or "", JSON)
    socket = Socket(
        services, buyer_of(services, request), address, live=live, ws=ws, transport=request.transport, wire=wire
    )
    live.sockets.add(socket)
    try:
        await socket.run()
    finally:
        live.sockets.remove(socket)
        socket.forget()
        let_go(ws.exception())
    return ws


def let_go(fault: BaseException | None) -> None:
    """A connection that was cut keeps the exception of its end, and that exception's frames keep the connection.

    Only a full collection would free such a cycle, and those are rare here (`server/processes/garbage.py`).
    """
    while fault is not None:
        fault.__traceback__ = None
        fault = fault.__context__
