"""`aforo sale issue`: sell to a customer who stands there, or telephoned."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from server.cli.open_engine import DataDir, Organizer, act_of, with_engine
from server.cli.sales import SaleId
from server.cli.stock import Units
from server.cli.trouble import Trouble

if TYPE_CHECKING:
    from engine.engine import Engine
    from engine.orders import Bought
    from engine.refusals import Refused


class PaidIn(Enum):
    CASH = "cash"
    TRANSFER = "transfer"
    INVOICE = "invoice"


def issue(
    sale: SaleId,
    *,
    best: Annotated[int, typer.Option(metavar="NUMBER", help="So many seats together, the best there are.")] = 0,
    section: Annotated[str, typer.Option(help="The id of the section they are in.")] = "",
    units: Units = None,
    ticket_type: Annotated[str, typer.Option("--type", help="The id of their ticket type.")] = "",
    tender: Annotated[PaidIn, typer.Option(help="In what it was paid.")] = PaidIn.CASH,
    reference: Annotated[str, typer.Option(help="Of the transfer, or the number of the invoice.")] = "",
    name: Annotated[str, typer.Option(help="Who buys.")] = "",
    email: Annotated[str, typer.Option(help="Where the tickets go.")] = "",
    reason: Annotated[str, typer.Option(help="Why it costs nothing; then nobody pays. No names.")] = "",
    allocation: Annotated[
        str, typer.Option(help="Out of which all of it comes, where members may draw on that: its id.")
    ] = "",
    whole: Annotated[bool, typer.Option("--whole", help="All that the allocation has.")] = False,
    order: Annotated[str, typer.Option(help="An id of your own: repeating it sells nothing more.")] = "",
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """Sell seats and units to a customer who paid you: all of them, or none.

    Example: `aforo sale issue jazz --best 2 --section stalls --email ana@example.org`
    """
    if whole and (not allocation or best or units):
        raise Trouble("--whole is all of an allocation: name it with --allocation, and no seats or units besides.")
    counts = counted(units or ())

    async def do(engine: Engine) -> Bought | Refused:
        from engine.ids import new_id
        from engine.orders import BestSeats, Contact, StaffOrder, Tender

        act = await act_of(engine, organizer)
        wanted = StaffOrder(
            order or new_id("ord"),
            Tender.NONE if reason else Tender(tender.value),
            best=BestSeats(best, section or None) if best else None,
            units=counts,
            type=ticket_type,
            contact=Contact(name, email) if name or email else None,
            reference=reference,
            allocation=allocation or None,
            whole=whole,
            over_maximum=True,
            reason=reason,
            over_quota=True,
        )
        return await engine.orders.by_staff.make(act, sale, wanted)

    from engine.refusals import Refused

    made = with_engine(data_dir, do)
    if isinstance(made, Refused):
        said = [each["message"] for each in (*made.detail.get("issues", ()), *made.detail.get("fields", ()))]
        raise Trouble(" ".join([made.code.sentence, *said]))
    print(f"{made.order.code}: {len(made.order.lines)} tickets, {made.order.total} {made.order.currency}")


def counted(units: Sequence[str]) -> dict[str, int]:
    """`floor:2`, and the pool of a product, which has a colon of its own."""
    counts = {}
    for each in units:
        pool, _, number = each.rpartition(":")
        if not pool or not number.isdecimal():
            raise Trouble(f"{each}: write a pool and a number, as in floor:2.")
        counts[pool] = int(number)
    return counts
