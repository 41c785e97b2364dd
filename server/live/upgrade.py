"""GET /ws: from a request to a socket.

Owns: origin check, subprotocol, cookie identity, the bounds on sockets, that frames are masked. Makes aiohttp's
WebSocketResponse; our frames then go straight to its transport: whole and in order, because compression is off.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from engine.limits import CLOSE_S_MAX, MESSAGE_BYTES_MAX
from engine.refusals import Code, Refusal
from server.api.routing import buyer_of
from server.keys import PROCESS
from server.live import commands
from server.live.identity import address_of, origin_allowed
from server.live.masking import take_masked_only
from server.live.socket import Socket
from server.live.wire import BY_SUBPROTOCOL, JSON

assert commands.__all__, "the table of commands is filled by importing them"


async def upgrade(request: web.Request) -> web.StreamResponse:
    process = request.app[PROCESS]
    if process.draining:
        raise Refusal(Code.UNAVAILABLE)
    if not origin_allowed(request, process.engine.settings):
        raise Refusal(Code.FORBIDDEN, "Another site's page may not open a socket here.")
    address = address_of(request, process.engine.settings)
    process.sockets.welcome(address)
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
    socket = Socket(process, buyer_of(process, request), address, ws=ws, transport=request.transport, wire=wire)
    process.sockets.add(socket)
    try:
        await socket.run()
    finally:
        process.sockets.remove(socket)
        socket.forget()
        let_go(ws.exception())
    return ws


def let_go(fault: BaseException | None) -> None:
    """A connection that was cut keeps the exception of its end, and that exception's frames keep the connection.

    Only a full collection would free such a cycle, and those are rare here (`server/garbage.py`).
    """
    while fault is not None:
        fault.__traceback__ = None
        fault = fault.__context__
