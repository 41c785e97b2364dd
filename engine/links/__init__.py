"""Links: named links of organizers, and by which of them buyers came."""

from engine.links.context import CONTEXT
from engine.links.known import KnownLink, KnownLinks
from engine.links.links import LinkChange, Links, LinkView
from engine.links.touches import LINK_NAME, CameBy, Source, touched
from engine.links.visits import Visits

__all__ = [
    "CONTEXT",
    "LINK_NAME",
    "CameBy",
    "KnownLink",
    "KnownLinks",
    "LinkChange",
    "LinkView",
    "Links",
    "Source",
    "Visits",
    "touched",
]
