"""What the handlers of pages share, and helpers for their requests.

Owns: the built files, the sources and the renderer of this process.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from aiohttp import web

from engine.engine import Engine
from engine.limits import DOCUMENTS_BURST_MAX, DOCUMENTS_PER_MINUTE_MAX
from engine.refusals import Code, RefusalError
from server.pages.assets import Assets
from server.pages.documents import Documents
from server.pages.headers import HOST
from server.pages.sources import Sources
from server.who.addresses import address_of, is_https
from server.who.rates import AddressRate


@dataclass(slots=True)
class Pages:
    engine: Engine
    sources: Sources
    assets: Assets
    documents: Documents = field(default_factory=Documents)
    drawn: AddressRate = field(default_factory=lambda: AddressRate(DOCUMENTS_PER_MINUTE_MAX, DOCUMENTS_BURST_MAX))

    def origin(self, request: web.Request) -> str:
        """The address buyers see: AFORO_BASE_URL, or the one this browser used."""
        if self.engine.settings.base_url:
            return self.engine.settings.base_url
        if not HOST.fullmatch(request.host):
            return self.engine.settings.public_url
        return f"{'https' if is_https(request) else 'http'}://{request.host}"

    def may_draw(self, request: web.Request) -> None:
        """Refuse an address that has too many documents made."""
        if not self.drawn.allow(address_of(request, self.engine.settings)):
            raise RefusalError(Code.TOO_MANY_ASKS)


PAGES = web.AppKey("pages", Pages)
