"""Outgoing requests: no name, spelling, redirect or change of mind reaches an address that is not public."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from ipaddress import IPv4Network

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from engine.limits import OUTGOING_ANSWER_BYTES_MAX
from engine.outgoing import Forbidden, Outgoing, Unanswered, is_public

LOOPBACK = [IPv4Network("127.0.0.0/8")]
PRIVATE = [
    *("127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
    *("192.0.0.8", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1"),
    *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "fec0::1", "2001:db8::1", "100::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::7f00:1"),
    *("2002:7f00:1::", "2002:a00:1::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "localhost", "", "300.1.1.1"),
]


@dataclass
class Far:
    """A server that must not be reached, or answers in ways it should not."""

    port: int = 0
    hits: int = 0
    never: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.hits += 1
        match request.path:
            case "/moved":
                return web.Response(status=302, headers={"Location": "/here"})
            case "/away":
                return web.Response(status=307, headers={"Location": request.query["to"]})
            case "/huge":
                return web.Response(body=b"x" * (OUTGOING_ANSWER_BYTES_MAX + 1))
            case "/endless":
                answer = web.StreamResponse()
                await answer.prepare(request)
                while True:
                    await answer.write(b"x" * 65_536)
            case "/silent":
                await self.never.wait()
        return web.Response(status=201, body=b"ok")


@pytest.fixture
async def far() -> AsyncIterator[Far]:
    far = Far()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", far.take)
    async with TestServer(app) as server:
        assert server.port is not None
        far.port = server.port
        yield far
        far.never.set()


@dataclass
class Names(AbstractResolver):
    """A resolver that answers what it is told, each answer once, the last one for ever."""

    answers: list[list[str]]
    asked: int = 0

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_INET) -> list[ResolveResult]:
        some = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [
            ResolveResult(
                hostname=host,
                host=each,
                port=port,
                family=socket.AF_INET6 if ":" in each else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for each in some
        ]

    async def close(self) -> None: ...


async def post(outgoing: Outgoing, url: str) -> int:
    try:
        return (await outgoing.post(url, b"hello", {})).status
    finally:
        await outgoing.close()


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_what_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "localhost.", "0x7f.1", "127.1", "2130706433", "0x7f000001", "017700000001"),
        *("[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "0", "[::]"),
    ],
)
async def test_no_spelling_of_this_machine_is_called(far: Far, scheme: str, host: str) -> None:
    with pytest.raises((Forbidden, Unanswered)):
        await post(Outgoing(), f"{scheme}://{host}:{far.port}/")
    assert far.hits == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"])
async def test_a_name_that_leads_inside_is_not_called(address: str) -> None:
    with pytest.raises(Forbidden, match="not a public one"):
        await post(Outgoing(resolver=Names([[address]])), "https://127.0.0.1.nip.example/")


async def test_what_a_name_says_later_is_judged_anew(far: Far) -> None:
    """The address that is judged is the one that is connected to: there is no second look at the name."""
    names = Names([["127.0.0.1"], ["10.0.0.1"]])
    outgoing = Outgoing(LOOPBACK, resolver=names)
    assert (await outgoing.post(f"http://turn.example:{far.port}/", b"", {})).status == 201
    with pytest.raises(Forbidden):
        await outgoing.post(f"http://turn.example:{far.port + 1}/", b"", {})
    await outgoing.close()
    assert names.asked == 2


async def test_only_the_port_of_https_is_called_outside() -> None:
    for url in ("https://push.example:25/", "https://push.example:8443/", "http://push.example/"):
        with pytest.raises(Forbidden):
            await post(Outgoing(resolver=Names([["8.8.8.8"]])), url)


@pytest.mark.parametrize(
    "url", ["ftp://a.example/", "file:///etc/passwd", "https://", "nonsense", "https://u:p@a.example/"]
)
async def test_what_is_no_address_of_the_web(url: str) -> None:
    with pytest.raises(Forbidden):
        await post(Outgoing(), url)


async def test_a_network_that_is_allowed_is_called(far: Far) -> None:
    assert await post(Outgoing(LOOPBACK), f"http://127.0.0.1:{far.port}/") == 201


async def test_a_redirect_is_an_answer(far: Far) -> None:
    assert await post(Outgoing(LOOPBACK), f"http://127.0.0.1:{far.port}/moved") == 302
    assert far.hits == 1


@pytest.mark.parametrize("path", ["huge", "endless"])
async def test_no_more_of_an_answer_is_read_than_is_needed(far: Far, path: str) -> None:
    with pytest.raises(Unanswered, match="too large"):
        await post(Outgoing(LOOPBACK), f"http://127.0.0.1:{far.port}/{path}")


async def test_an_answer_that_never_comes_is_not_waited_for(far: Far) -> None:
    with pytest.raises(Unanswered):
        await post(Outgoing(LOOPBACK, seconds=0.2), f"http://127.0.0.1:{far.port}/silent")


async def get(outgoing: Outgoing, url: str, redirects_max: int = 3) -> int:
    try:
        return (await outgoing.get(url, {}, bytes_max=1_000, redirects_max=redirects_max)).status
    finally:
        await outgoing.close()


async def test_a_redirect_is_followed_where_it_is_asked_for(far: Far) -> None:
    assert await get(Outgoing(LOOPBACK), f"http://127.0.0.1:{far.port}/moved") == 201
    assert far.hits == 2


@pytest.mark.parametrize(
    "there",
    [
        *("http://127.0.0.2:{port}/", "//127.0.0.2:{port}/", "https://127.0.0.2:{port}/", "https://169.254.169.254/"),
        *("http://8.8.8.8/", "https://8.8.8.8:{port}/", "file:///etc/passwd", "https://u:p@a.example/"),
    ],
)
async def test_a_redirect_is_judged_like_a_first_address(far: Far, there: str) -> None:
    to = there.format(port=far.port)
    with pytest.raises(Forbidden):
        await get(Outgoing([IPv4Network("127.0.0.1/32")]), f"http://127.0.0.1:{far.port}/away?to={to}")
    assert far.hits == 1


async def test_a_name_that_turns_inside_between_redirects_is_not_called(far: Far) -> None:
    """The first answer of the resolver may be called, the second may not: the same name, asked anew."""
    names = Names([["127.0.0.1"], ["127.0.0.2"]])
    outgoing = Outgoing([IPv4Network("127.0.0.1/32")], resolver=names)
    with pytest.raises(Forbidden):
        to = f"http://turn.example:{far.port}/secret"
        await get(outgoing, f"http://first.example:{far.port}/away?to={to}")
    assert (far.hits, names.asked) == (1, 2)


async def test_redirects_come_to_an_end(far: Far) -> None:
    to = "/moved"
    with pytest.raises(Forbidden):
        await get(Outgoing(LOOPBACK), f"http://127.0.0.1:{far.port}/away?to={to}", redirects_max=1)
    assert far.hits == 2


@pytest.mark.parametrize("path", ["huge", "endless"])
async def test_no_more_is_got_than_was_said(far: Far, path: str) -> None:
    with pytest.raises(Unanswered, match="too large"):
        await get(Outgoing(LOOPBACK), f"http://127.0.0.1:{far.port}/{path}")
