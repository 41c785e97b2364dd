"""SMS through an HTTP gateway: POST {"to", "text", "id"} as JSON, any 2xx means taken.

The id is also sent as Idempotency-Key, so that a gateway can tell a repeat. The gateway is the operator's choice, and
may be in the operator's own network.
"""

from __future__ import annotations

import aiohttp

from engine.limits import SMS_S_MAX
from engine.messages.addresses import country_of_mobile
from engine.messages.channel import Channel
from engine.messages.email import word
from engine.messages.model import Message, Outcome, Sent

NO_SUCH_NUMBER = frozenset({404, 410})


class Sms(Channel):
    name = "sms"

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token
        self._session: aiohttp.ClientSession | None = None

    async def _send(self, message: Message) -> Sent:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SMS_S_MAX))
        headers = {"Idempotency-Key": word(message.id)}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        body = {"to": message.to, "text": message.words.short, "id": message.id}
        try:
            async with self._session.post(self._url, json=body, headers=headers, allow_redirects=False) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            return Sent(Outcome.LATER, type(error).__name__, in_doubt=True)
        if 200 <= status < 300:
            return Sent(Outcome.SENT)
        if status in NO_SUCH_NUMBER:
            return Sent(Outcome.BOUNCED, str(status))
        return Sent(Outcome.LATER if status == 429 or status >= 500 else Outcome.REFUSED, str(status))

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


class OnlyTo(Channel):
    """Sends to mobile numbers of the listed countries only: strangers choose the number and the operator pays, and
    numbers that share revenue with whoever triggers messages are in few countries.
    """

    def __init__(self, countries: frozenset[str], channel: Channel) -> None:
        self.name = channel.name
        self._countries = countries
        self._channel = channel

    async def _send(self, message: Message) -> Sent:
        if country_of_mobile(message.to) not in self._countries:
            return Sent(Outcome.REFUSED, "not a mobile number of a country that was named")
        return await self._channel.send(message)

    async def close(self) -> None:
        await self._channel.close()
