"""`aforo sandbox pay`: the other side of the sandbox, where the money of transfers comes from."""

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
    """The transfer for an order arrives.

    Example: `aforo sandbox pay ABCD-EFGH`
    """

    async def do(engine: Engine) -> bool:
        found = await engine.orders.by_code(code)
        if found is None:
            raise Trouble(f"{code} is the code of no order.")
        _, order = found
        return await engine.orders.transfer_arrives(order.id)

    if not with_engine(data_dir, do):
        raise Trouble(f"{code} awaits no transfer at the sandbox.")
    print("The transfer has arrived.")
