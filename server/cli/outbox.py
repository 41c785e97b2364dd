"""`aforo outbox …`: how far consumers are, and what is parked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from server.cli.open_engine import DataDir, with_engine
from server.cli.trouble import Trouble

if TYPE_CHECKING:
    from engine.engine import Engine
    from engine.outbox import CursorView, ParkedView

outbox_app = typer.Typer(help="Look at the outbox's consumers, and retry what is parked.", no_args_is_help=True)


@outbox_app.command("list")
def list_(data_dir: DataDir = None) -> None:
    """List consumers, how far each is behind, and what is parked.

    Example: `aforo outbox list`
    """

    async def do(engine: Engine) -> tuple[list[CursorView], list[ParkedView]]:
        return await engine.outbox.cursors(), await engine.outbox.parked()

    cursors, parked = with_engine(data_dir, do)
    names = ("behind", "for", "waiting", "oldest", "parked")
    table = Table(Column("consumer", no_wrap=True), *names, box=None, pad_edge=False)
    for each in cursors:
        lag, oldest = f"{each.lag_s:.0f} s", f"{each.oldest_work_s:.0f} s"
        table.add_row(each.consumer, str(each.behind), lag, str(each.waiting), oldest, str(each.parked))
    Console().print(table)
    if parked:
        rows = Table(Column("parked", no_wrap=True), "subject", "topic", "tries", "fault", box=None, pad_edge=False)
        for one in parked:
            rows.add_row(one.consumer, one.subject, one.topic, str(one.tries), one.fault)
        Console().print(rows)


@outbox_app.command()
def retry(
    consumer: Annotated[str, typer.Argument(metavar="CONSUMER", help="As `aforo outbox list` names it.")],
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="What is parked.")],
    data_dir: DataDir = None,
) -> None:
    """Retry a parked subject now; what waits behind it follows.

    Example: `aforo outbox retry promos.order_counts ord_…`
    """

    async def do(engine: Engine) -> bool:
        return await engine.outbox.retry(consumer, subject)

    if not with_engine(data_dir, do):
        raise Trouble(f"Nothing of {subject} is parked for {consumer}; `aforo outbox list` names what is.")
    print(f"{subject} is tried again")
