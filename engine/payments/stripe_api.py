"""Stripe's HTTP API, as much of it as payments ask for, at one pinned version.

Owns the connections. Guarantees: it is told apart what certainly was not asked (NotAsked) from what may have been
(NotAnswered); an answer that refuses is an answer. Repeats nothing by itself: who asks knows what is harmless.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

from engine.limits import STRIPE_ANSWER_BYTES_MAX, STRIPE_CALL_S_MAX

URL = "https://api.stripe.com"
VERSION = "2026-10-28.endive"  # the shapes of answers that `stripe.py` reads
REFUSES_KEY = (401, 403)
NOT_NOW = (409, 429)  # another request for the same thing is under way, or there are too many
FAULT = 500


class NotAsked(Exception):
    """Nothing has happened there: it could not be reached."""


class KeyRefused(NotAsked):
    """It knows no such key, or the key may not do this."""


class NotAnswered(Exception):
    """It may have been asked, and did not say how it went."""


@dataclass(frozen=True, slots=True)
class Said:
    status: int
    body: Mapping[str, Any]

    @property
    def fine(self) -> bool:
        return self.status < 300

    @property
    def error(self) -> Mapping[str, Any]:
        found = self.body.get("error")
        return found if isinstance(found, Mapping) else {}


class StripeApi:
    def __init__(self, secret: str, url: str = URL) -> None:
        self._secret = secret
        self._url = url
        self._session: aiohttp.ClientSession | None = None

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Said:
        return await self._ask("GET", path, query=query)

    async def post(
        self, path: str, form: Mapping[str, str] | None = None, *, once: str = "", seconds: float = STRIPE_CALL_S_MAX
    ) -> Said:
        """`once` is the idempotency key: a repeat under it is answered as the first was."""
        return await self._ask("POST", path, form=form or {}, once=once, seconds=seconds)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        once: str = "",
        seconds: float = STRIPE_CALL_S_MAX,
    ) -> Said:
        headers = {"Authorization": f"Bearer {self._secret}", "Stripe-Version": VERSION}
        if once:
            headers["Idempotency-Key"] = once
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        try:
            async with self._session.request(
                method,
                self._url + path,
                params=query,
                data=form,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=seconds),
                allow_redirects=False,
            ) as answer:
                raw = await answer.content.read(STRIPE_ANSWER_BYTES_MAX)
                status = answer.status
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotAsked(type(error).__name__) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NotAnswered(type(error).__name__) from error
        return read_answer(status, raw)


def read_answer(status: int, raw: bytes) -> Said:
    if status in REFUSES_KEY:
        raise KeyRefused(f"it refuses the key ({status})")
    if status in NOT_NOW or status >= FAULT:
        raise NotAnswered(f"it answers {status}")
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise NotAnswered("it answers no JSON") from error
    if not isinstance(body, dict):
        raise NotAnswered("it answers no object")
    return Said(status, body)
