"""What a caller must be: declared with each route, command and address, without a default.

Guarantees: it is checked in one place, `server/who/admission.py`, before a handler runs. docs/authorization.md is
generated from these declarations, and a test checks a running server against it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

from aiohttp import web

from engine.access import Permission


class Need(Enum):
    NOBODY = "nobody"  # anybody, known or not
    BUYER = "buyer"  # who shows a buyer's token, or the cookie that carries it
    OWN = "own"  # who shows a buyer's token, or is logged in
    OPENED = "opened"  # the buyer of the order in the path, or a browser that opened it with its key
    ACCOUNT = "account"  # who is logged in
    KEY = "key"  # who shows an API key, and no token made from one
    HALF = "half"  # who is, but for the second factor
    OPERATOR = "operator"  # who asks straight from a network of operators


# What is declared: what a caller must be, or may do for the organizer it works for.
Needed = Need | Permission


@dataclass(frozen=True, slots=True)
class Address:
    """An address that is no API route: pages, files, links, probes, the socket. `path` is as aiohttp matches it."""

    method: str
    path: str
    needs: Need
    run: Callable[[web.Request], Awaitable[web.StreamResponse]]
