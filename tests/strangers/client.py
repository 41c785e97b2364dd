"""A person or program somewhere: its own address, its own token, plain HTTP and live sockets.

Guarantees: every answer has the form docs/protocol.md gives it, else an AssertionError tells the answer.
"""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from tests.strangers.socket_client import FORMATS, LiveSocket
from tests.strangers.waiting import until

PROBLEM_TYPE = "application/problem+json"
ANSWER_S_MAX = 60
_numbers = itertools.count(1)


def an_address() -> str:
    """An address of this machine that nobody used yet, in a network of its own."""
    number = next(_numbers)
    assert number < 200 * 250, "there are no more addresses"
    return f"127.{number // 250 + 10}.{number % 250 + 1}.{1 + number % 200}"


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw) if self.raw else None

    @property
    def code(self) -> str | None:
        """The code of a refusal; None when it is none. A refusal of another form than documented fails."""
        is_problem = self.headers.get("Content-Type", "").startswith(PROBLEM_TYPE)
        assert is_problem or self.status < 400, (self.status, self.raw[:300])
        if not is_problem:
            return None
        problem = self.body
        assert {"type", "title", "status", "detail", "code", "retryable"} <= set(problem), problem
        assert problem["status"] == self.status, problem
        code: str = problem["code"]
        return code

    @property
    def retryable(self) -> bool:
        return self.code is not None and bool(self.body["retryable"])


class Client:
    """One end; close it when done."""

    def __init__(self, url: str, *, token: str | None = None, address: str | None = None) -> None:
        self.url = url
        self.token = token
        self.address = address or an_address()
        self.buyer_id: str | None = None
        self._sockets: list[LiveSocket] = []
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(local_addr=(self.address, 0)),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=ANSWER_S_MAX),
        )

    async def close(self) -> None:
        for socket in self._sockets:
            await socket.close()
        await self._session.close()

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request. `raw` goes as it is."""
        sent = {"Authorization": f"Bearer {self.token}"} if self.token is not None else {}
        if body is not None:
            raw = json.dumps(body).encode()
        data = None
        if raw is not None:
            sent["Content-Type"] = "application/json"
            data = io.BytesIO(raw)
        async with self._session.request(
            method, URL(f"{self.url}{path}", encoded=True), data=data, headers={**sent, **(headers or {})}
        ) as response:
            return Answer(response.status, response.headers.copy(), await response.read())

    async def ok(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The body of an answer that must not be a refusal; what may be asked again is."""

        async def once() -> Answer | None:
            try:
                answer = await self.ask(method, path, body, **more)
            except (aiohttp.ClientError, ConnectionError):
                return None
            return None if answer.retryable and answer.code != "payment_pending" else answer

        answer = await until(f"{method} {path}", once)
        assert answer.code is None, (method, path, body, answer.body)
        return answer.body

    async def refused(self, method: str, path: str, body: Any = None, **more: Any) -> str:
        """The code of an answer that must be a refusal."""
        answer = await self.ask(method, path, body, **more)
        assert answer.code is not None, (method, path, body, answer.raw[:300])
        return answer.code

    async def become_buyer(self) -> str:
        """Take a token; the id of the buyer."""
        made = await self.ok("POST", "/api/buyers")
        self.token, self.buyer_id = made["buyer"], made["buyer_id"]
        return str(made["buyer_id"])

    async def socket(self, subprotocol: str = FORMATS[0]) -> LiveSocket:
        """A live socket that has said hello with this client's token, when there is one."""
        socket = await self.bare_socket(subprotocol)
        if self.token is not None:
            await socket.ok("hello", buyer=self.token)
        return socket

    async def bare_socket(self, subprotocol: str = FORMATS[0]) -> LiveSocket:
        """A live socket that has said nothing yet; waits while the server can't be reached."""

        async def opened() -> LiveSocket | None:
            try:
                ws = await self._session.ws_connect(f"{self.url}/ws", protocols=(subprotocol,), max_msg_size=0)
            except (aiohttp.ClientError, ConnectionError):
                return None
            return LiveSocket(ws, subprotocol)

        socket = await until("a socket", opened)
        self._sockets.append(socket)
        return socket
