"""Documents of the office and of people's accounts: the same for everybody, since who asks is known by the API alone.

A token of a letter is in the fragment of its link, which browsers never send. So no address here holds one.
"""

from __future__ import annotations

from aiohttp import web
from yarl import URL

from server.pages.shells import shell

WAYS_IN = ("sign-in", "register", "verify", "forgot", "reset", "second-factor", "email")
TABS = ("events", "offers", "orders", "tasks", "audience", "venues", "reports", "settings")
PLACES = (*TABS, "approvals", "account", "invitation", "guest", *WAYS_IN)


async def show_office(request: web.Request) -> web.StreamResponse:
    return office(request, request.match_info.get("place", "today"))


async def show_settings(request: web.Request) -> web.StreamResponse:
    return office(request, f"settings/{request.match_info['tab']}")


async def show_event(request: web.Request) -> web.StreamResponse:
    return office(request, "event-list" if request.match_info["event"] == "list" else "event")


async def show_desk(request: web.Request) -> web.StreamResponse:
    return office(request, "sale")


async def show_offers(request: web.Request) -> web.StreamResponse:
    return office(request, "sale-offers")


async def show_offer(request: web.Request) -> web.StreamResponse:
    return office(request, "offer")


async def show_credit(request: web.Request) -> web.StreamResponse:
    return office(request, "credit")


async def show_order(request: web.Request) -> web.StreamResponse:
    return office(request, "order")


def office(request: web.Request, view: str) -> web.Response:
    return shell(request, request.path, "office_title", "office_text", entry="office", view=view, listed=False)


async def show_account(request: web.Request) -> web.StreamResponse:
    return shell(request, request.path, "account_title", "account_text", view="account", listed=False)


async def show_moved(request: web.Request) -> web.StreamResponse:
    """Where the dashboard was: links that people kept lead to the office."""
    sale = request.match_info.get("sale")
    there = URL(f"/office/sales/{sale}" if sale else "/office")
    raise web.HTTPPermanentRedirect(there.with_query(request.query))
