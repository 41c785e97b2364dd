"""One live socket, in either subprotocol: asks and answers by id, and every event in the order it came.

Guarantees: an event that comes with a smaller `seq` than one before it, of the same sale and epoch, fails the test.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from typing import Any

import aiohttp
import msgpack

FORMATS = ("aforo.json.1", "aforo.msgpack.1")
ANSWER_S_MAX = 60.0
RETRY_S = 0.05

Message = dict[str, Any]


class SocketLost(Exception):
    """The socket has closed; `code` says why, None when the connection just went away."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"the socket closed with {code}")
        self.code = code


class LiveSocket:
    """A socket that reads all the time, unless it is told not to."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse, subprotocol: str) -> None:
        assert ws.protocol == subprotocol, f"asked for {subprotocol}, got {ws.protocol}"
        self.ws = ws
        self.binary = subprotocol == FORMATS[1]
        self.events: list[Message] = []
        self.on_message: Callable[[Message], None] = lambda message: None
        self._ids = itertools.count(1)
        self._answers: dict[Any, asyncio.Future[Message]] = {}
        self._news = asyncio.Condition()
        self._reader = asyncio.create_task(self._read())

    def packed(self, message: Any) -> bytes:
        packed: bytes = msgpack.packb(message) if self.binary else json.dumps(message).encode()
        return packed

    async def send(self, message: Any) -> None:
        packed = self.packed(message)
        try:
            if self.binary:
                await self.ws.send_bytes(packed)
            else:
                await self.ws.send_str(packed.decode())
        except ConnectionError:
            raise SocketLost(self.ws.close_code) from None

    def _unpacked(self, frame: aiohttp.WSMessage) -> Message:
        if self.binary:
            assert frame.type is aiohttp.WSMsgType.BINARY, frame
            message: Message = msgpack.unpackb(frame.data)
        else:
            assert frame.type is aiohttp.WSMsgType.TEXT, frame
            message = json.loads(frame.data)
        return message

    async def _read(self) -> None:
        try:
            async for frame in self.ws:
                message = self._unpacked(frame)
                self.on_message(message)
                if "re" in message:
                    waiting = self._answers.pop(message["re"], None)
                    if waiting is not None and not waiting.done():
                        waiting.set_result(message)
                    elif message["re"] is None:
                        self.events.append(message)
                else:
                    self.events.append(message)
                async with self._news:
                    self._news.notify_all()
        finally:
            for waiting in self._answers.values():
                if not waiting.done():
                    waiting.set_exception(SocketLost(self.ws.close_code))
                    waiting.exception()  # looked at, so that nobody complains when the asker has gone too
            async with self._news:
                self._news.notify_all()

    async def ask(self, do: str, **fields: Any) -> Message:
        """Ask once; the whole answer. SocketLost when none can come any more."""
        number = next(self._ids)
        if self._reader.done():
            raise SocketLost(self.ws.close_code)
        waiting: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._answers[number] = waiting
        await self.send({"id": number, "do": do, **fields})
        answer = await asyncio.wait_for(waiting, ANSWER_S_MAX)
        assert set(answer) in ({"re", "ok"}, {"re", "error"}), answer
        if "error" in answer:
            assert {"code", "message", "retryable"} <= set(answer["error"]), answer
        return answer

    async def ask_alone(self, do: str, **fields: Any) -> Message:
        """Ask while nothing else is asked: a refusal whose `re` is null, as its id could not be read, is the answer."""
        seen = len(self.events)
        asking = asyncio.create_task(self.ask(do, **fields))
        refused = asyncio.create_task(self.until(lambda: [each for each in self.events[seen:] if "error" in each]))
        done, other = await asyncio.wait({asking, refused}, return_when=asyncio.FIRST_COMPLETED)
        for each in other:
            each.cancel()
        await asyncio.wait({asking, refused})
        if asking in done:
            return asking.result()
        answer: Message = refused.result()[0]
        return answer

    async def settled(self, do: str, **fields: Any) -> Message:
        """Ask until the answer is none that asking again may change; a pending payment is an answer."""
        end = asyncio.get_running_loop().time() + ANSWER_S_MAX
        while True:
            answer = await self.ask(do, **fields)
            error = answer.get("error", {"retryable": False, "code": None})
            if not error["retryable"] or error["code"] == "payment_pending":
                return answer
            assert asyncio.get_running_loop().time() < end, (do, fields, answer)
            await asyncio.sleep(RETRY_S)

    async def ok(self, do: str, **fields: Any) -> Any:
        answer = await self.settled(do, **fields)
        assert "ok" in answer, (do, fields, answer)
        return answer["ok"]

    async def refused(self, do: str, **fields: Any) -> Message:
        """The refusal of an ask that must be refused; it isn't asked again."""
        answer = await self.ask(do, **fields)
        assert "error" in answer, (do, fields, answer)
        error: Message = answer["error"]
        return error

    async def until(self, holds: Callable[[], Any], what: str = "an event") -> Any:
        """Wait, looking after each message; the first true value of `holds`."""

        async def looking() -> Any:
            async with self._news:
                while not (found := holds()):
                    if self._reader.done():
                        raise SocketLost(self.ws.close_code)
                    await self._news.wait()
                return found

        try:
            return await asyncio.wait_for(looking(), ANSWER_S_MAX)
        except TimeoutError:
            told = [event.get("on", event) for event in self.events][-20:]
            raise AssertionError(f"waited too long for {what}; the last events were {told}") from None

    async def event(self, on: str, since: int = 0, **like: Any) -> Message:
        """The first event of this name, from the `since`th on, that has these members."""

        def found() -> Message | None:
            for event in self.events[since:]:
                if event.get("on") == on and like.items() <= event.items():
                    return event
            return None

        event: Message = await self.until(found, f"{on} {like}")
        return event

    async def closed(self) -> int | None:
        """Wait until the other end has closed; its code."""
        await asyncio.wait_for(asyncio.wait([self._reader]), ANSWER_S_MAX)
        return self.ws.close_code

    async def drop(self) -> None:
        """Go away without a word, as a phone in a tunnel does."""
        self._reader.cancel()
        transport = self.ws.get_extra_info("socket") and self.ws._response.connection
        if transport is not None and transport.transport is not None:
            transport.transport.abort()
        await asyncio.wait([self._reader])

    async def close(self) -> None:
        await self.ws.close()
        self._reader.cancel()
        await asyncio.wait([self._reader])
