"""`aforo sandbox …`: the other side of the sandbox, where money that comes later comes from, and what banks do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from server.cli.open_engine import DataDir, Organizer, act_of, with_engine
from server.cli.trouble import Trouble

if TYPE_CHECKING:
    from engine.engine import Engine
    from engine.orders import OrderView
    from engine.payments import Payout

sandbox_app = typer.Typer(help="Play the other side of the sandbox payment provider.", no_args_is_help=True)
Code = Annotated[str, typer.Argument(help="The purchase code of the order.")]


@sandbox_app.command("pay")
def pay(code: Code, data_dir: DataDir = None) -> None:
    """The money for an order arrives: a transfer, or a Pix.

    Example: `aforo sandbox pay ABCD-EFGH`
    """

    async def do(engine: Engine) -> bool:
        return await engine.orders.transfer_arrives((await order_of(engine, code)).id)

    if not with_engine(data_dir, do):
        raise Trouble(f"{code} awaits no money at the sandbox.")
    print("The money has arrived.")


@sandbox_app.command("dispute")
def dispute(
    code: Code,
    won: Annotated[bool, typer.Option("--won", help="The dispute is over: its money is back.")] = False,
    lost: Annotated[bool, typer.Option("--lost", help="The dispute is over: the bank keeps the money.")] = False,
    data_dir: DataDir = None,
) -> None:
    """A buyer's bank takes back what was paid for an order; or how that ended.

    Example: `aforo sandbox dispute ABCD-EFGH`, then `aforo sandbox dispute ABCD-EFGH --won`
    """
    if won and lost:
        raise Trouble("A dispute is won or lost.")

    async def do(engine: Engine) -> bool:
        from engine.payments import DisputeState, end_dispute, open_dispute

        order = await order_of(engine, code)
        if won or lost:
            state = DisputeState.WON if won else DisputeState.LOST
            found = await end_dispute(engine.db, order.id, state)
        else:
            found = await open_dispute(engine.db, order.id)
        if found is None:
            return False
        await tell(engine, order.id, found)
        return True

    if not with_engine(data_dir, do):
        raise Trouble(
            f"No dispute about {code} is open."
            if won or lost
            else f"Nothing of {code} can be disputed at the sandbox, or it is disputed already."
        )
    print("The dispute is won." if won else "The dispute is lost." if lost else "The order is disputed.")


@sandbox_app.command("return")
def return_(code: Code, data_dir: DataDir = None) -> None:
    """What was given back of an order comes back: the buyer's bank does not take it.

    Example: `aforo sandbox return ABCD-EFGH`
    """

    async def do(engine: Engine) -> int:
        from engine.payments import refunds_come_back

        order = await order_of(engine, code)
        came = await refunds_come_back(engine.db, order.id)
        if came:
            await tell(engine, order.id)
        return came

    came = with_engine(data_dir, do)
    if not came:
        raise Trouble(f"Nothing was given back of {code}.")
    print(f"{came:,} came back. A worker takes it in, or `aforo payments reconcile`.")


@sandbox_app.command("pay-out")
def pay_out(organizer: Organizer = None, data_dir: DataDir = None) -> None:
    """All that the sandbox has for an organizer goes to its bank.

    Example: `aforo sandbox pay-out`
    """

    async def do(engine: Engine) -> list[Payout]:
        from engine.payments import BookNews
        from engine.payments import pay_out as paid_out

        of = (await act_of(engine, organizer)).organizer_id
        paid = await paid_out(engine.db, of)
        if paid:
            await engine.reconciliation.heard(BookNews("sandbox", of))
        return paid

    paid = with_engine(data_dir, do)
    from engine.money import money

    for each in paid:
        print(f"{money(each.amount, each.currency, 'en')} were paid out.")
    if not paid:
        print("There is nothing to pay out.")


async def order_of(engine: Engine, code: str) -> OrderView:
    found = await engine.orders.by_code(code)
    if found is None:
        raise Trouble(f"{code} is the code of no order.")
    return found[1]


async def tell(engine: Engine, order: str, dispute: str = "") -> None:
    """The sandbox tells that its books have changed."""
    from engine.payments import BookNews, seller_of

    seller = await seller_of(engine.db, order)
    if seller is not None:
        await engine.reconciliation.heard(BookNews("sandbox", seller, dispute))
