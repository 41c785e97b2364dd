"""`aforo sandbox pay`: the other side of the sandbox, where money that comes later comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from server.cli.open_engine import DataDir, with_engine
from server.cli.trouble import Trouble

if TYPE_CHECKING:
    from engine.engine import Engine

sandbox_app = typer.Typer(help="Play the other side of the sandbox payment provider.", no_args_is_help=True)


@sandbox_app.command("pay")
def pay(code: Annotated[str, typer.Argument(help="The purchase code of the order.")], data_dir: DataDir = None) -> None:
    """The money for an order arrives: a transfer, or a Pix.

    Example: `aforo sandbox pay ABCD-EFGH`
    """

    async def do(engine: Engine) -> bool:
        found = await engine.orders.by_code(code)
        if found is None:
            raise Trouble(f"{code} is the code of no order.")
        _, order = found
        return await engine.orders.transfer_arrives(order.id)

    if not with_engine(data_dir, do):
        raise Trouble(f"{code} awaits no money at the sandbox.")
    print("The money has arrived.")
