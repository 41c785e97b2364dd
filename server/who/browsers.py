"""The browser at the other end: what it says it is, in a few words; what it is known by; and the cookies of a login.

Guarantees: nothing of a User-Agent is kept but words of ours. A place is the network alone: there is no table of
places.
"""

from __future__ import annotations

import re
import secrets

from aiohttp import web
from multidict import CIMultiDict

from engine.access import network_of
from engine.accounts import Browser, NewSession
from engine.limits import KNOWN_BROWSER_DAYS, REGISTRATION_LINK_S
from server.observe.logs import REQUEST
from server.who.call import Call
from server.who.tokens import seconds_until, session_cookie_of, set_cookie

DAY_S = 24 * 3_600
KNOWN_COOKIE = "aforo_known"
ASKED_COOKIE = "aforo_asked"
PATH = "/api/security"
ASKED = re.compile(r"[A-Za-z0-9_-]{22}")
ASKED_BYTES = 16
# The first that is found counts: every browser says it is some others too.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def device_of(agent: str) -> str:
    """ "Firefox on Linux"; empty for what is no browser we know."""
    found = [next((word for mark, word in marks if mark in agent), "") for marks in (BROWSERS, SYSTEMS)]
    return " on ".join(filter(None, found))


def browser_of(call: Call) -> Browser:
    """Where somebody logs in from, and the session it came with."""
    return Browser(
        device_of(call.request.headers.get("User-Agent", "")),
        network_of(call.address),
        "",
        REQUEST.get(),
        None if call.session is None else call.session.id,
    )


def known_cookie(call: Call) -> str:
    """What says to which accounts this browser has been logged in."""
    return call.request.cookies.get(KNOWN_COOKIE, "")


def logged_in_cookies(call: Call, new: NewSession) -> CIMultiDict[str]:
    """What a browser carries from now on."""
    known = call.services.engine.accounts.logins.known.cookie(known_cookie(call), new.account)
    return CIMultiDict(
        [
            ("Set-Cookie", session_cookie_of(new.token, call.request, seconds_until(new.until_at))),
            _known(known, call.request),
        ]
    )


def logged_out_cookies(call: Call) -> CIMultiDict[str]:
    return CIMultiDict([("Set-Cookie", session_cookie_of("", call.request, 0))])


def asked_of(call: Call) -> str | None:
    """The secret of a browser that registered somebody."""
    carried = call.request.cookies.get(ASKED_COOKIE, "")
    return carried if ASKED.fullmatch(carried) else None


def asked_cookie(call: Call) -> tuple[str, CIMultiDict[str]]:
    """The secret by which this browser is known again when a link is opened in it."""
    carried = asked_of(call) or secrets.token_urlsafe(ASKED_BYTES)
    cookie = set_cookie(ASKED_COOKIE, carried, call.request, path=PATH, seconds=REGISTRATION_LINK_S, same_site="Strict")
    return carried, CIMultiDict([("Set-Cookie", cookie)])


def _known(cookie: str, request: web.Request) -> tuple[str, str]:
    seconds = KNOWN_BROWSER_DAYS * DAY_S
    return "Set-Cookie", set_cookie(KNOWN_COOKIE, cookie, request, path=PATH, seconds=seconds, same_site="Strict")
