"""A stand-in for Stripe: localstripe as a process of its own, and the bad line to it.

The line loses answers, asks twice, cuts off, and checks each request against what Stripe publishes. It also speaks for
localstripe what that lacks: to confirm with a payment method or a confirmation token, to search by metadata, an
outcome that isn't known yet, with which card a charge was paid, and money that comes later (stripe_later). localstripe
ignores idempotency keys, and never refuses a refund for its amount.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
import stripe
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.providers.stripe_later import Later, unlike_answer
from tests.providers.stripe_requests import mistakes

SERVE = """
import socket
from aiohttp import web
from localstripe.resources import Store
from localstripe.server import app
Store.dump_to_disk = lambda self: None
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
web.run_app(app, sock=listening, print=None)
"""
SECRET = "sk_test_ofNobody"
CARDS = {
    "good": "4242424242424242",
    "declined": "4000000000000341",
    "hidden": "4000056655665556",
    "asks": "4000002500003155",
    "asks, then declined": "4000008400001629",
}
UNKNOWN_THERE = ("allowed_payment_method_types[]",)
ANSWERS_S_MAX = 30.0


@contextmanager
def running() -> Iterator[str]:
    """Its address."""
    process = subprocess.Popen([sys.executable, "-c", SERVE], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


class Wire:
    """The line to localstripe. Set what becomes of requests from now on."""

    def __init__(self, there: str) -> None:
        self.there = there
        self.silent = False  # what is asked for is done, and not said
        self.twice = False  # each request arrives twice, and the second answer comes back
        self.lost: set[str] = set()  # ends of paths whose answers are lost, each once
        self.refused: list[str] = []  # what Stripe would not have taken
        self.asked: list[str] = []
        self.server = TestServer(self._app())
        self._hidden: set[str] = set()
        self._methods: dict[str, str] = {}
        self._intents: dict[str, list[str]] = {}  # by order
        self._again = asyncio.Event()
        self._tokens: dict[str, str] = {}
        self.sums: dict[str, tuple[int, str]] = {}  # by token: what its buyer agreed to in a wallet
        self.later = Later()

    def _app(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._take)
        return app

    async def open(self) -> None:
        await self.server.start_server()
        self._http = aiohttp.ClientSession(headers={"Authorization": f"Bearer {SECRET}"})

    async def close(self) -> None:
        self.speak()
        await self._http.close()
        await self.server.close()

    @property
    def url(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    def sdk(self) -> stripe.StripeClient:
        """Stripe's own client, past the line: it sees what the server has."""
        return stripe.StripeClient(SECRET, base_addresses={"api": self.there})

    async def card(self, kind: str, *, as_token: bool = False) -> str:
        """A payment method, or a confirmation token, as Stripe's page gives one."""
        card = {"number": CARDS[kind], "exp_month": "12", "exp_year": "2040", "cvc": "123"}
        form = {"type": "card", **{f"card[{name}]": value for name, value in card.items()}}
        said = await self._there("POST", "/v1/payment_methods", form)
        method: str = said[1]["id"]
        self._methods[method] = kind
        if not as_token:
            return method
        token = f"ctoken_{len(self._tokens)}"
        self._tokens[token] = method
        return token

    async def authenticate(self, intent: str, secret: str, *, well: bool) -> None:
        """The buyer answers what the bank asks."""
        form = {"client_secret": secret, "success": "true" if well else "false"}
        await self._there("POST", f"/v1/payment_intents/{intent}/_authenticate", form)

    def reveal(self, order: str) -> None:
        self._hidden.difference_update(self._intents[order])

    def intents(self, order: str) -> list[str]:
        return self._intents.get(order, [])

    def speak(self) -> None:
        self.silent = False
        self._again.set()
        self._again = asyncio.Event()

    async def _there(self, method: str, path: str, fields: Any) -> tuple[int, Any]:
        spoken = self.later.ask(method, path, dict(fields or ()))
        if spoken is not None:
            self.refused += unlike_answer(spoken[1])
            return spoken
        data = {"data" if method == "POST" else "params": fields}
        async with self._http.request(method, self.there + path, **data) as answer:
            return answer.status, await answer.json()

    async def _take(self, request: web.Request) -> web.StreamResponse:
        form = await request.post() if request.method == "POST" else request.query
        fields = [(name, str(value)) for name, value in form.items()]
        self.refused += mistakes(request.method, request.path, fields, request.headers)
        self.asked.append(f"{request.method} {request.path}")
        if request.headers["Authorization"] != f"Bearer {SECRET}":
            return web.json_response({"error": {"type": "invalid_request_error"}}, status=401)
        status, body = await self._do(request.method, request.path, fields)
        if self.twice and request.method == "POST":
            status, body = await self._do(request.method, request.path, fields)
        lost = next((end for end in self.lost if request.path.endswith(end) and request.method == "POST"), None)
        if lost is not None:
            self.lost.discard(lost)
            assert request.transport is not None
            request.transport.close()
        elif self.silent and request.method == "POST":
            await asyncio.wait_for(self._again.wait(), ANSWERS_S_MAX)
        return web.json_response(self._masked(body), status=status)

    async def _do(self, method: str, path: str, fields: list[tuple[str, str]]) -> tuple[int, Any]:
        if path.endswith("/search"):
            return await self._search(dict(fields)["query"])
        if path.endswith("/confirm") and "/pi_later" not in path:
            return await self._confirm(path, dict(fields))
        begun = self.later.begin(dict(fields)) if method == "POST" and path == "/v1/payment_intents" else None
        known = [each for each in fields if each[0] not in UNKNOWN_THERE]
        status, body = begun or await self._there(method, path, known)
        if method == "POST" and path == "/v1/payment_intents" and "id" in body:
            self._intents.setdefault(body["metadata"]["order"], []).append(body["id"])
        return status, body

    async def _confirm(self, path: str, form: dict[str, str]) -> tuple[int, Any]:
        intent = path.removesuffix("/confirm")
        method = form.get("payment_method") or self._tokens.get(form.get("confirmation_token", ""), "")
        _, stands = await self._there("GET", intent, None)
        if stands["status"] != "requires_payment_method" or stands["last_payment_error"]:
            return 400, {"error": {"type": "invalid_request_error", "code": "payment_intent_unexpected_state"}}
        if method not in self._methods:
            return 400, {"error": {"type": "invalid_request_error", "code": "resource_missing"}}
        agreed = self.sums.get(form.get("confirmation_token", ""))
        if agreed is not None and agreed != (stands["amount"], stands["currency"]):
            self.refused.append(f"{stands['amount']} {stands['currency']} is paid where {agreed} was agreed to")
        await self._there("POST", intent, {"payment_method": method})
        if self._methods[method] == "hidden":
            self._hidden.add(stands["id"])
        return await self._there("POST", path, {"expand[]": "latest_charge"})

    async def _search(self, query: str) -> tuple[int, Any]:
        match = re.fullmatch(r"metadata\['order'\]:'([\w-]+)'", query)
        assert match is not None, query
        found = [(await self._there("GET", f"/v1/payment_intents/{each}", None))[1] for each in self.intents(match[1])]
        return 200, {"object": "search_result", "data": found, "has_more": False}

    def _masked(self, body: Any) -> Any:
        """As Stripe says it: localstripe doesn't tell of a charge with which card it was paid."""
        if isinstance(body, dict) and isinstance(body.get("latest_charge"), dict):
            number = CARDS.get(self._methods.get(body.get("payment_method", ""), ""), "")
            card = {"payment_method_details": {"type": "card", "card": {"last4": number[-4:]}}}
            body = {**body, "latest_charge": {**body["latest_charge"], **card}}
        if isinstance(body, dict) and body.get("id") in self._hidden and body.get("status") == "succeeded":
            return {**body, "status": "processing"}
        return body
