"""`aforo payments …`: what waits for somebody, and whether our books are those of the providers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from server.cli.credit import minor
from server.cli.open_engine import DataDir, Organizer, act_of, with_engine
from server.cli.trouble import Trouble

if TYPE_CHECKING:
    from engine.engine import Engine
    from engine.orders import AwaitedMoney, OpenRefund
    from engine.reconciliation import Run, Task

payments_app = typer.Typer(
    help="Look at money that waits for somebody, and compare it with the providers' books.", no_args_is_help=True
)
SLOW = "slow"


@payments_app.command("list")
def list_(organizer: Organizer = None, data_dir: DataDir = None) -> None:
    """List what waits for somebody, what is due first: refunds that the provider does not give back, disputes, and
    where its books differ; then refunds that are slow.

    Example: `aforo payments list`
    """

    async def do(engine: Engine) -> tuple[list[Task], list[OpenRefund]]:
        from engine.limits import OPEN_REFUNDS_LISTED_MAX
        from engine.orders import RefundState, open_refunds

        whose = (await act_of(engine, organizer)).organizer_id
        refunds = await open_refunds(engine.db, whose, OPEN_REFUNDS_LISTED_MAX)
        return await engine.reconciliation.tasks.of(whose), [
            each for each in refunds if each.state is not RefundState.FAILED
        ]

    tasks, slow = with_engine(data_dir, do)
    if not tasks and not slow:
        print("Nothing waits for anybody.")
        return
    from engine.money import money

    def said(amount: int | None, currency: str | None) -> str:
        return "" if amount is None or currency is None else money(amount, currency, "en")

    amount = Column("amount", justify="right")
    table = Table("what", "order", amount, "why", "since", "see to it by", box=None, pad_edge=False)
    for each in tasks:
        since, due = f"{each.opened_at:%Y-%m-%d %H:%M}", f"{each.due_at:%Y-%m-%d}"
        sum_ = said(each.amount, each.currency)
        table.add_row(each.kind.value, each.code or each.order or "", sum_, each.why, since, due)
    for refund in slow:
        asked = f"{refund.asked_at:%Y-%m-%d %H:%M}"
        table.add_row("refund", refund.code, said(refund.amount, refund.currency), SLOW, asked, "")
    Console().print(table)


@payments_app.command("awaited")
def awaited(organizer: Organizer = None, data_dir: DataDir = None) -> None:
    """List orders whose buyers send the money by themselves, and of which nobody has seen it yet.

    Example: `aforo payments awaited`
    """

    async def do(engine: Engine) -> list[AwaitedMoney]:
        return await engine.orders.money_by_hand.awaited((await act_of(engine, organizer)).organizer_id)

    found = with_engine(data_dir, do)
    if not found:
        print("No money is awaited by hand.")
        return
    from engine.money import money

    table = Table("reference", Column("amount", justify="right"), "how", "pay by", box=None, pad_edge=False)
    for each in found:
        sum_ = money(each.amount, each.currency, "en")
        table.add_row(each.reference, sum_, each.method, f"{each.until:%Y-%m-%d %H:%M}")
    Console().print(table)


@payments_app.command("came")
def came(
    code: Annotated[str, typer.Argument(help="The purchase code of the order.")],
    amount: Annotated[str, typer.Argument(help="How much came, as in 45.00: exactly what the order owes.")],
    *,
    on: Annotated[str | None, typer.Option(help="The day on which it came, as in 2026-11-29 (default: today).")] = None,
    note: Annotated[str, typer.Option(help="For your members, as the bank's own reference.")] = "",
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """Say that the money of an order is there, which its buyer sent by themselves.

    Example: `aforo payments came ABCD-EFGH 45.00 --note "TR 77"`
    """
    day = datetime.now(UTC) if on is None else day_of(on)

    async def do(engine: Engine) -> str:
        from engine.payments import Came
        from engine.refusals import Refused

        found = await engine.orders.by_code(code)
        if found is None:
            raise Trouble(f"{code} is the code of no order.")
        order = found[1]
        said = Came(minor(amount, order.currency), day.date(), note)
        by = await act_of(engine, organizer)
        refused = await engine.orders.money_by_hand.came(by, order.sale, order.id, said)
        if isinstance(refused, Refused):
            fields = refused.detail.get("fields") or [{"message": refused.code.sentence}]
            raise Trouble(f"{code}: {fields[0]['message']}")
        after = await engine.orders.one(order.sale, order.id)
        return "" if after is None else after.state.value

    state = with_engine(data_dir, do)
    print(f"Noted. The order is {state}.")


@payments_app.command("reconcile")
def reconcile(
    organizer: Organizer = None,
    since: Annotated[
        str | None,
        typer.Option(help="Compare from this day on, as in 2026-11-29 (default: from before the last time)."),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Compare orders with the providers' books, in both directions, and list what differs. Workers do it daily.

    Exits with 3 where something differs, or a provider's books could not be read.

    Example: `aforo payments reconcile --since 2026-11-01`
    """
    begin = None if since is None else day_of(since)

    async def do(engine: Engine) -> tuple[Run, int]:
        by = await act_of(engine, organizer)
        with Console(stderr=True).status("waiting") as status:
            run = await engine.reconciliation.run(by, begin, lambda run: status.update(progress(run)))
        return run, len(await engine.reconciliation.disagreements(by.organizer_id, state="open"))

    run, still = with_engine(data_dir, do)
    print(f"{progress(run)}; {run.settled:,} are over, {still:,} are open.")
    for name in run.unreached:
        print(f"The books of {name} could not be read; they are next time.")
    if still or run.unreached:
        print("`aforo payments list` names what waits.")
        raise typer.Exit(3)


def day_of(text: str) -> datetime:
    """When a day begins that somebody named."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as wrong:
        raise Trouble(f"{text} is no day, as in 2026-11-29.") from wrong


def progress(run: Run) -> str:
    return f"{run.entries:,} new entries, {run.compared:,} orders compared, {run.found:,} new disagreements"
