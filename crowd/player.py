"""Plays one person on one socket.

Guarantees: what was asked is asked again after a lost connection or a passing refusal, with the same id, as a good
client does; so a crash of the installation costs time, and never a purchase. Gives up after AWAY_S_MAX.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from crowd.acts import AGAIN, TIMED_OUT, Answer, Ask, Behaviour, Step, Think, Until
from crowd.people import Person
from crowd.socket_client import ClientSocket, connect
from crowd.tally import Tally

if TYPE_CHECKING:
    from server.contract.events import Event

ANSWER_S_MAX = 30.0
AWAY_S_MAX = 90.0
AGAIN_S = 0.1
AGAIN_S_MAX = 2.0
CONNECT_S_MAX = 30.0  # longer than a full accept queue takes to drain: giving up earlier only lengthens it
LOOK_S = 1.0  # so often somebody who waits looks whether the connection still stands


class GivenUp(Exception):
    """The installation did not come back in time."""


@dataclass(frozen=True, slots=True)
class Way:
    """How to get there."""

    host: str
    port: int
    local: str
    haste: float = 0.0  # pauses are multiplied by this: 0 for as fast as answers come


class Player:
    """One socket at a time; `play` may be called again for the next visit of the same person."""

    def __init__(self, person: Person, way: Way, tally: Tally) -> None:
        self.person = person
        self.connected = False
        self._way = way
        self._tally = tally
        self._client: ClientSocket | None = None
        self._token = ""
        self._ids = 0
        self._waiting: tuple[int, asyncio.Future[dict[str, Any]]] | None = None
        self._expected: tuple[Until, asyncio.Future[None]] | None = None
        self._watch: dict[str, Any] | None = None
        self._hurried = asyncio.Event()
        self._sent_away = False

    def hurry(self) -> None:
        """Wait for nothing any more: the time is up."""
        self._hurried.set()

    async def play(self, behaviour: Behaviour) -> None:
        """One visit. Raises GivenUp."""
        with suppress(StopIteration):
            step = next(behaviour)
            while True:
                step = behaviour.send(await self._do(step))

    async def come(self) -> None:
        """Connect, and say hello; coming back is counted by why one had to. Raises GivenUp."""
        why = ("back after bye" if self._sent_away else "back after loss") if self._token else ""
        began = time.monotonic()
        until = began + AWAY_S_MAX
        pause_s = AGAIN_S
        while not await self._connected():
            if time.monotonic() > until:
                raise GivenUp
            await asyncio.sleep(pause_s * (1 + self.person.chance.random()))
            pause_s = min(pause_s * 2, AGAIN_S_MAX)
        self._sent_away = False
        if why:
            self._tally.answered(why, time.monotonic() - began)

    def go(self) -> None:
        """Close the window."""
        if self._client is not None:
            self._client.lost = lambda: None
            self._client.close()
            self._client = None
        self.connected = False

    # ── steps ──

    async def _do(self, step: Step) -> Answer:
        match step:
            case Ask():
                return await self._ask(step)
            case Think():
                with suppress(TimeoutError):
                    async with asyncio.timeout(step.seconds * self._way.haste):
                        await self._hurried.wait()
                return Answer()
            case Until():
                return await self._until(step)

    async def _ask(self, ask: Ask) -> Answer:
        until = time.monotonic() + AWAY_S_MAX
        pause_s = AGAIN_S
        while True:
            if not self.connected:
                await self.come()
            began = time.monotonic()
            message = await self._answer(ask.do, ask.fields)
            took = time.monotonic() - began
            if message is None:
                self._tally.fails(ask.do, "no_answer")
            elif "ok" in message:
                self._tally.answered(ask.do, took)
                if ask.do == "watch":
                    self._watch = ask.fields
                    self.person.seen.begin(message["ok"])
                return Answer(message["ok"])
            else:
                code = message["error"]["code"]
                self._tally.answered(ask.do, took, code)
                if code not in AGAIN:
                    return Answer(code=code)
            if time.monotonic() > until:
                raise GivenUp
            await asyncio.sleep(pause_s * (1 + self.person.chance.random()))
            pause_s = min(pause_s * 2, AGAIN_S_MAX)

    async def _until(self, until: Until) -> Answer:
        if until.fits(self.person.seen):
            if until.name:
                self._tally.answered(until.name, 0.0)
            return Answer()
        came: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._expected = (until, came)
        began = time.monotonic()
        try:
            while not came.done():
                left_s = began + until.seconds_max - time.monotonic()
                try:
                    await asyncio.wait_for(asyncio.shield(came), max(0.0, min(left_s, LOOK_S)))
                except TimeoutError:
                    if left_s <= LOOK_S or self._hurried.is_set():
                        return Answer(code=TIMED_OUT)
                    if not self.connected:
                        await self.come()
        finally:
            self._expected = None
        if until.name:
            self._tally.answered(until.name, time.monotonic() - began)
        return Answer()

    # ── the socket ──

    async def _connected(self) -> bool:
        self.go()
        began = time.monotonic()
        try:
            async with asyncio.timeout(CONNECT_S_MAX):
                client = await connect(self._way.host, self._way.port, self._way.local)
        except (OSError, TimeoutError) as error:
            self._tally.fails("connect", "no_answer" if isinstance(error, TimeoutError) else "refused")
            return False
        self._client, self.connected = client, True
        client.answered = self._heard
        client.lost = self._lost
        hello = await self._answer("hello", {"buyer": self._token} if self._token else {})
        if hello is None or "ok" not in hello:
            self._tally.fails("hello", "no_answer" if hello is None else hello["error"]["code"])
            return False
        self._tally.answered("connect", time.monotonic() - began)
        self._token, self.person.buyer = hello["ok"]["buyer"], hello["ok"]["buyer_id"]
        if self._watch is not None:
            watched = await self._answer("watch", self._watch)
            if watched is None or "ok" not in watched:
                return False
            self.person.seen.begin(watched["ok"])
            self._looks()
        return True

    async def _answer(self, do: str, fields: dict[str, Any]) -> dict[str, Any] | None:
        """The answer; None when the connection is lost, or nothing came in time."""
        client = self._client
        if client is None or client.closed:
            self._lost()
            return None
        self._ids += 1
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting = (self._ids, answer)
        client.send({"id": self._ids, "do": do, **fields})
        try:
            async with asyncio.timeout(ANSWER_S_MAX):
                return await answer
        except ConnectionError:
            return None
        except TimeoutError:
            self.go()
            return None
        finally:
            self._waiting = None

    def _heard(self, message: dict[str, Any]) -> None:
        waiting = self._waiting
        if "on" in message:
            self._sent_away = self._sent_away or message["on"] == "bye"
            self.person.seen.take(cast("Event", message))
            self._looks()
        elif waiting is not None and message.get("re") == waiting[0] and not waiting[1].done():
            waiting[1].set_result(message)

    def _looks(self) -> None:
        """Something new is seen: it may be what is waited for."""
        if self._expected is not None:
            until, came = self._expected
            if not came.done() and until.fits(self.person.seen):
                came.set_result(None)

    def _lost(self) -> None:
        self.connected = False
        if self._waiting is not None and not self._waiting[1].done():
            self._waiting[1].set_exception(ConnectionError())
