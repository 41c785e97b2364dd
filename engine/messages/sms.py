"""SMS through an HTTP gateway: POST {"to", "text", "id"} as JSON, any 2xx means taken.

The id is also sent as Idempotency-Key, so that a gateway can tell a repeat.
"""

from __future__ import annotations

import aiohttp

from engine.messages.model import Message, Outcome, Sent

TIMEOUT_S = 10.0
NO_SUCH_NUMBER = frozenset({404, 410})


class Sms:
    name = "sms"

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token
        self._session: aiohttp.ClientSession | None = None

    async def send(self, message: Message) -> Sent:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S))
        headers = {"Idempotency-Key": message.id}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        body = {"to": message.to, "text": message.words.short, "id": message.id}
        try:
            async with self._session.post(self._url, json=body, headers=headers, allow_redirects=False) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            return Sent(Outcome.LATER, type(error).__name__)
        if 200 <= status < 300:
            return Sent(Outcome.SENT)
        if status in NO_SUCH_NUMBER:
            return Sent(Outcome.BOUNCED, str(status))
        return Sent(Outcome.LATER if status == 429 or status >= 500 else Outcome.REFUSED, str(status))

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
