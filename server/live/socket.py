"""One WebSocket: reads asks, answers them side by side, and carries events.

Owns: the buyer's identity on this connection, its rate, what it watches.
Guarantees: every readable ask gets one answer; bounds on rate, size, asks in flight and unsent bytes.
Fails: a flood, malformed or oversized messages close the socket with the documented code.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from typing_extensions import override

from engine.access import Permit
from engine.accounts import SessionShown
from engine.limits import (
    ASKS_BURST_MAX,
    ASKS_IN_FLIGHT_PER_SOCKET_MAX,
    ASKS_PER_SECOND_MAX,
    BAD_MESSAGES_IN_A_ROW_MAX,
    DRAIN_S_MAX,
    FLOOD_ASKS_MAX,
    ID_CHARS_MAX,
    SALES_ATTENDED_PER_SOCKET_MAX,
)
from engine.refusals import Code, RefusalError
from server.contract.asks import Ask, parse
from server.contract.commands import COMMANDS, Command
from server.contract.events import Close
from server.contract.faults import or_unavailable
from server.contract.problems import error_body
from server.contract.wire import PING_FRAME, Unreadable, Wire
from server.live.frames import Frames
from server.live.hub import Hub
from server.live.hubs import Hubs
from server.live.promos import LivePromos
from server.live.rights import Rights
from server.live.sockets import Sockets
from server.services import Services
from server.who.admission import admit
from server.who.caller import Answered, Caller

log = logging.getLogger(__name__)

AskId = int | str


@dataclass(frozen=True, slots=True)
class Live:
    """What the sockets of one process share."""

    hubs: Hubs
    sockets: Sockets
    promos: LivePromos
    rights: Rights


LIVE = web.AppKey("live", Live)


class Socket(Caller):
    """A connection and the buyer behind it."""

    unknown = Code.HELLO_FIRST

    __slots__ = (
        "_allowance",
        "_allowance_at",
        "_bad_in_a_row",
        "_flood",
        "_frames",
        "_loop",
        "_number",
        "_parting",
        "_running",
        "attended",
        "behind",
        "heard_at",
        "id",
        "live",
        "pinged_at",
        "put",
        "transport",
        "watched",
        "wire",
    )

    def __init__(
        self,
        services: Services,
        buyer: str | None,
        address: str,
        *,
        live: Live,
        frames: Frames,
        wire: Wire,
    ) -> None:
        super().__init__(services, buyer, address)
        self.id = services.request_id()
        self.live = live
        self.transport = frames.transport
        self.put = frames.transport.write  # for hubs, which leave out who is behind or lost
        self.behind = False  # more is unsent than the bound
        self.wire = wire
        self.watched: dict[str, Hub] = {}
        self.attended: dict[str, Hub] = {}
        self.heard_at = self.pinged_at = time.monotonic()
        self._frames = frames
        self._allowance = float(ASKS_BURST_MAX)
        self._allowance_at = self.heard_at
        self._flood = 0
        self._bad_in_a_row = 0
        self._loop = asyncio.get_running_loop()
        self._number = 0  # of the last ask
        self._running: dict[int, asyncio.Task[None]] = {}
        self._parting: asyncio.Task[None] | None = None

    # ── out ──

    def send(self, message: Any) -> None:
        self.write(self.wire.frame(message))

    def write(self, ready: bytes) -> None:
        self._frames.write(ready)

    def ping(self, now: float) -> None:
        self.pinged_at = now
        self.write(PING_FRAME)

    async def close(self, close: Close) -> None:
        await self._frames.close(close.code, close.reason)

    async def finish_asks(self) -> None:
        """Wait for the asks that are being answered, for DRAIN_S_MAX at most."""
        if self._running:
            _, running = await asyncio.wait(self._running.values(), timeout=DRAIN_S_MAX)
            if running:
                self.services.metrics.cut_short()

    # ── in ──

    def took(self, data: bytes) -> None:
        self.heard_at = time.monotonic()
        close = self._take(data)
        if close is not None:
            self._send_away(close)
        elif self.crowded:
            self._frames.stop_reading()  # until it is not: TCP then slows the client down

    def pinged(self, data: bytes) -> None:
        if self._controlled():
            self._frames.pong(data)

    def ponged(self) -> None:
        self._controlled()

    def _controlled(self) -> bool:
        """A ping or a pong came, which costs as much of the rate as an ask."""
        self.heard_at = time.monotonic()
        if self._within_rate():
            return True
        if self._flood > FLOOD_ASKS_MAX:
            self._send_away(Close.FLOOD)
        return False

    def _send_away(self, close: Close) -> None:
        self._parting = self._loop.create_task(self.close(close))

    def stalled(self) -> None:
        """The client does not read as fast as it is told: hubs tell it nothing until it has caught up."""
        self.behind = True
        for hub in self.watched.values():
            hub.falls_behind(self)

    def drained(self) -> None:
        self.behind = False
        for hub in list(self.watched.values()):
            hub.caught_up(self)
        self._read_on()

    def _read_on(self) -> None:
        if not self.crowded:
            self._frames.go_on_reading()

    def _take(self, data: bytes) -> Close | None:
        """Begin to answer; or refuse, and say whether that was the last straw."""
        refused_for_rate = not self._within_rate()
        ask_id: AskId | None = None
        try:
            fields = self._readable(data)
            ask_id = self._ask_id(fields)
            if refused_for_rate:
                raise RefusalError(Code.TOO_MANY_ASKS)
            command, ask = self._understood(fields)
        except RefusalError as refusal:
            return self._refuse(ask_id, refusal)
        self._bad_in_a_row = 0
        self._number = number = self._number + 1
        self._running[number] = self._loop.create_task(self._answer(number, ask_id, command, ask))
        return None

    def _readable(self, data: bytes) -> dict[str, Any]:
        try:
            fields = self.wire.decode(data)
        except Unreadable as error:
            raise RefusalError(Code.BAD_MESSAGE) from error
        if not isinstance(fields, dict):
            raise RefusalError(Code.BAD_MESSAGE, "A message is an object with id and do.")
        return fields

    @staticmethod
    def _ask_id(fields: dict[str, Any]) -> AskId:
        ask_id = fields.pop("id", None)
        if isinstance(ask_id, bool) or not isinstance(ask_id, (int, str)):
            raise RefusalError(Code.BAD_MESSAGE, "id must be an integer or a short string.")
        if isinstance(ask_id, str) and len(ask_id) > ID_CHARS_MAX:
            raise RefusalError(Code.BAD_MESSAGE, f"id is longer than {ID_CHARS_MAX} characters.")
        return ask_id

    @staticmethod
    def _understood(fields: dict[str, Any]) -> tuple[Command, Ask]:
        do = fields.pop("do", None)
        command = COMMANDS.get(do) if isinstance(do, str) else None
        if command is None:
            raise RefusalError(Code.UNKNOWN_COMMAND)
        return command, parse(command.ask, fields)

    def _refuse(self, ask_id: AskId | None, refusal: RefusalError) -> Close | None:
        self.services.metrics.refused(refusal.code.word)
        self.send({"re": ask_id, "error": error_body(refusal)})
        if refusal.code is Code.BAD_MESSAGE:
            self._bad_in_a_row += 1
            if self._bad_in_a_row >= BAD_MESSAGES_IN_A_ROW_MAX:
                return Close.MALFORMED
        return Close.FLOOD if self._flood > FLOOD_ASKS_MAX else None

    def _within_rate(self) -> bool:
        """A bucket of ASKS_BURST_MAX that refills with ASKS_PER_SECOND_MAX."""
        passed_s = self.heard_at - self._allowance_at
        self._allowance_at = self.heard_at
        self._allowance = min(ASKS_BURST_MAX, self._allowance + passed_s * ASKS_PER_SECOND_MAX)
        if self._allowance < 1:
            self._flood += 1
            return False
        self._allowance -= 1
        if self._allowance > ASKS_BURST_MAX / 2:
            self._flood = 0
        return True

    @property
    def crowded(self) -> bool:
        """Too much is unanswered or unsent."""
        return self.behind or len(self._running) >= ASKS_IN_FLIGHT_PER_SOCKET_MAX

    # ── answers ──

    async def _answer(self, number: int, ask_id: AskId | None, command: Command, ask: Ask) -> None:
        reply: dict[str, Any]
        try:
            admit(command.needs, self)
            reply = {"re": ask_id, "ok": await or_unavailable(command.run(self, ask), command.do)}
            self.services.metrics.answered(command.do)
        except RefusalError as refusal:
            self.services.refused(refusal.code, self.address, command.do, self.permit)
            reply = {"re": ask_id, "error": error_body(refusal)}
        except Exception:
            log.exception("a command failed", extra={"do": command.do, "socket": self.id})
            self.services.metrics.refused(Code.INTERNAL.word)
            reply = {"re": ask_id, "error": error_body(RefusalError(Code.INTERNAL))}
        finally:
            del self._running[number]
        self.send(reply)
        if self._frames.stopped:
            self._read_on()

    # ── what it follows ──

    def attend(self, sale_id: str) -> None:
        """From now on this socket hears what becomes of its buyer's cart in the sale."""
        if sale_id not in self.attended and self.buyer is not None:
            if len(self.attended) >= SALES_ATTENDED_PER_SOCKET_MAX:
                oldest = next(iter(self.attended))
                self.attended.pop(oldest).attending.remove(self, self.buyer)
            hub = self.live.hubs.of(sale_id)
            hub.attending.add(self, self.buyer)
            self.attended[sale_id] = hub

    @override
    def asking(self, sale_id: str) -> AbstractContextManager[Answered]:
        hub = self.attended.get(sale_id)
        return super().asking(sale_id) if hub is None else hub.attending.asking(self, self.known_buyer())

    def follow_promos(self) -> None:
        self.live.promos.follow(self)

    def is_of(self, session: SessionShown | None) -> None:
        """Who is logged in at the other end, by the cookie that it came with."""
        self.session = session
        if session is not None:
            self.live.rights.follow(self)

    @override
    def work_by(self, permit: Permit) -> None:
        super().work_by(permit)
        self.live.rights.follow(self)

    def become(self, buyer: str) -> None:
        """The socket says who it is; carts of another identity are none of its business any more."""
        if self.buyer is not None and self.buyer != buyer:
            for hub in self.attended.values():
                hub.attending.remove(self, self.buyer)
            self.attended.clear()
        self.buyer = buyer

    def lost(self) -> None:
        """The connection ended, or is about to: from now on nobody writes to it."""
        self.live.rights.forget(self)
        for hub in self.watched.values():
            hub.stop_watching(self)
        if self.buyer is not None:
            for hub in self.attended.values():
                hub.attending.remove(self, self.buyer)
        self.watched.clear()
        self.attended.clear()
