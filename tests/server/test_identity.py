"""Whose address it is, with proxies in between; and which pages may open sockets."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request

from engine.limits import AGENT_CHARS_MAX
from engine.settings import Settings, SettingsFault, load
from server.who.addresses import address_of, agent_of, origin_allowed
from server.who.tokens import cookie_of

PROXIES = "10.0.0.0/8, 192.0.2.7"


class Transport:
    """The other end, as aiohttp asks for it."""

    def __init__(self, address: str) -> None:
        self._address = address

    def get_extra_info(self, name: str) -> object:
        return (self._address, 4711) if name == "peername" else None


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("203.0.113.5", "198.51.100.1", "203.0.113.5"),
        ("10.1.2.3", "198.51.100.1", "198.51.100.1"),
        ("10.1.2.3", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("10.1.2.3", "198.51.100.1, 192.0.2.7", "198.51.100.1"),
        ("10.1.2.3", "", "10.1.2.3"),
        ("10.1.2.3", "garbage", "garbage"),
        ("10.1.2.3", "198.51.100.1, garbage", "garbage"),
    ],
)
def test_only_known_proxies_are_believed(peer: str, forwarded: str, found: str) -> None:
    request = make_mocked_request("GET", "/", headers={"X-Forwarded-For": forwarded}, transport=Transport(peer))
    assert address_of(request, Settings(proxies=PROXIES)) == found
    assert address_of(request, Settings()) == peer


def test_proxies_that_are_no_networks_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFORO_PROXIES", "10.0.0.0/8, nowhere")
    with pytest.raises(SettingsFault, match="AFORO_PROXIES"):
        load()


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"Origin": "http://tickets.example"}, True),
        ({"Origin": "https://partner.example"}, True),
        ({"Origin": "https://shop.example"}, True),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "https://tickets.example.evil.example"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-origin"}, True),
    ],
)
def test_origins(headers: dict[str, str], allowed: bool) -> None:
    settings = Settings(origins="https://partner.example", base_url="https://shop.example")
    request = make_mocked_request("GET", "/ws", headers={"Host": "tickets.example", **headers})
    assert origin_allowed(request, settings) is allowed


@pytest.mark.parametrize(("headers", "secure"), [({}, False), ({"X-Forwarded-Proto": "https"}, True)])
def test_cookie_is_secure_over_https(headers: dict[str, str], secure: bool) -> None:
    cookie = cookie_of("token", make_mocked_request("GET", "/", headers=headers))
    assert ("Secure" in cookie) is secure
    assert "HttpOnly" in cookie


@pytest.mark.parametrize(
    ("agent", "found"),
    [
        ("Mozilla/5.0 (iPhone)", "Mozilla/5.0 (iPhone)"),
        ("", ""),
        ("Caf\N{LATIN SMALL LETTER E WITH ACUTE}/1.0", "Caf/1.0"),
        ("x" * 5_000, "x" * AGENT_CHARS_MAX),
    ],
)
def test_what_a_browser_calls_itself_is_plain_and_bounded(agent: str, found: str) -> None:
    assert agent_of(make_mocked_request("GET", "/ws", headers={"User-Agent": agent})) == found
