"""Letters about orders, drawn as they are sent: what was bought, the tickets as a PDF, the date as a calendar file.

What is sold is kept for a few seconds, since orders of a sale come together. Guarantees: an order without tickets
has no letter. Fails as the stores do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.catalog import SaleInfo
from engine.engine import Engine
from engine.kept import Kept
from engine.limits import LETTER_SALES_KEPT, LETTER_SALES_KEPT_S
from engine.messages import Drawn, File, Template
from engine.money import money
from engine.orders import OrderState, OrderView, admitted
from server.buying.about import About, about
from server.pages.changed import when_words
from server.pages.documents import Documents
from server.pages.facts import Names
from server.pages.language import moment, say
from server.pages.order_files import CALENDAR, PDF, calendar_of
from server.pages.press import Press
from server.pages.sources import names_of
from server.pages.ticket_paper import tickets_pdf
from server.pages.tickets import day_lines, line_words, owed_rows, paper_data, tickets_data


@dataclass(frozen=True, slots=True)
class Sold:
    """What all orders of a sale have in common."""

    about: About
    info: SaleInfo | None


class OrderLetters:
    def __init__(self, engine: Engine, documents: Documents, press: Press | None = None) -> None:
        """Tickets are drawn by the press; without one by this process, which is meant for a few."""
        self._engine = engine
        self._press = press
        self._documents = documents
        self._sales = Kept("what is sold in", self._look, kept_s=LETTER_SALES_KEPT_S, most=LETTER_SALES_KEPT)

    def register(self) -> None:
        """From now on letters about orders can be drawn in this process."""
        self._engine.letterbox.post.drawn_by(Template.ORDER_CONFIRMED, self.confirmed)

    async def confirmed(self, data: Mapping[str, str], language: str) -> Drawn | None:
        order = await self._engine.orders.one(data["sale"], data["order"])
        if order is None or order.state is not OrderState.PAID or not order.contact.email:
            return None  # it was refunded, or who bought was erased
        sold = await self._sales.of(order.sale)
        names = names_of(sold.info, seats_of(order))
        lines = [
            (line_words(line, sold.about, names, language), money(line.line.list_price, order.currency, language))
            for line in order.lines
        ]
        lines += owed_rows(order, language)
        lines.append((say(language, "total"), money(order.total, order.currency, language)))
        return Drawn(
            fields(sold, order, language), lines, self._files(order, sold.about, names, data["link"], language)
        )

    def _files(self, order: OrderView, about: About, names: Names, link: str, language: str) -> list[File]:
        async def tickets() -> bytes:
            data = paper_data(order, about, names, language)
            drawn = tickets_pdf(data) if self._press is None else await self._press.tickets(data)
            return drawn or await self._documents.pdf("tickets", tickets_data(order, about, names, language))

        async def calendar() -> bytes:
            return calendar_of(order, about, link)

        files = [File(f"tickets-{order.code}.pdf", PDF, tickets)]
        if about.starts_at is not None:
            files.append(File("event.ics", CALENDAR, calendar))
        return files

    async def _look(self, sale: str) -> Sold:
        return Sold(await about(self._engine, sale), await self._engine.catalog.sale_info(sale))


def fields(sold: Sold, order: OrderView, language: str) -> dict[str, str]:
    """What the words of the letter are filled with."""
    it = sold.about
    found = {"product": it.name, "store": it.place} if it.promo else {"event": it.name}
    found["venue"] = it.where
    if it.starts_at is not None:
        days, whole = day_lines(admitted(order), it, language), when_words(it, it.starts_at, language)
        if not days or any(not ticket.days for ticket in order.tickets):
            days = [whole, *(day for day in days if day != whole)]
        found["starts"] = f"{' · '.join(days)} ({it.zone})"
    if it.offered_until is not None:
        found["offered_until"] = f"{moment(it.offered_until, it.zone, language)} ({it.zone})"
    if sold.info is not None:
        found |= {"organizer": sold.info.organizer.name, "refund_rule": sold.info.organizer.refund_rule}
    return {name: value for name, value in found.items() if value}


def seats_of(order: OrderView) -> frozenset[int]:
    return frozenset(line.line.seat for line in order.lines if line.line.seat is not None)
