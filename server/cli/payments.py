"""`aforo payments …`: money that is on its way, and money that waits for somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Column, Table

from server.cli.open_engine import DataDir, Organizer, act_of, with_engine

if TYPE_CHECKING:
    from engine.engine import Engine
    from engine.orders import OpenRefund

payments_app = typer.Typer(help="Look at money that is on its way.", no_args_is_help=True)


@payments_app.command("list")
def list_(organizer: Organizer = None, data_dir: DataDir = None) -> None:
    """List refunds that are not through: what the provider does not give back first, then what is slow.

    Example: `aforo payments list`
    """

    async def do(engine: Engine) -> list[OpenRefund]:
        from engine.limits import OPEN_REFUNDS_LISTED_MAX
        from engine.orders import open_refunds

        return await open_refunds(engine.db, (await act_of(engine, organizer)).organizer_id, OPEN_REFUNDS_LISTED_MAX)

    found = with_engine(data_dir, do)
    if not found:
        print("Every refund is through.")
        return
    from engine.money import money

    amount = Column("amount", justify="right")
    table = Table("order", amount, "state", "why", "asked", "see to it by", box=None, pad_edge=False)
    for each in found:
        asked, due = f"{each.asked_at:%Y-%m-%d %H:%M}", f"{each.due_at:%Y-%m-%d}"
        said = money(each.amount, each.currency, "en")
        table.add_row(each.code, said, each.state.value, each.failure or "", asked, due)
    Console().print(table)
