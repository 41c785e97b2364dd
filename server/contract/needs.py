"""What whoever asks must be: declared with each route, command and address, and by no default.

Guarantees: it is checked in one place, `server/who/admission.py`, before a handler runs. docs/authorization.md is made
of these declarations, and a test asks a running server whether it keeps to them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

from aiohttp import web


class Need(Enum):
    NOBODY = "nobody"  # anybody, known or not
    BUYER = "buyer"  # who shows a buyer's token, or the cookie that carries it
    OPENED = "opened"  # the buyer of the order in the path, or a browser that opened it with its key
    ORGANIZER = "organizer"  # who shows an API key
    OPERATOR = "operator"  # who asks straight from a network of operators


@dataclass(frozen=True, slots=True)
class Address:
    """What is no route of the API: pages, files, links, probes, the socket. `path` is as aiohttp matches it."""

    method: str
    path: str
    needs: Need
    run: Callable[[web.Request], Awaitable[web.StreamResponse]]
