"""`aforo picture …`: pictures that organizers named, whether each is shown, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from server.cli.open_engine import DataDir, Organizer, act_of, with_engine
from server.cli.trouble import Trouble

if TYPE_CHECKING:
    from engine.engine import Engine
    from engine.pictures import PictureView
    from engine.refusals import Refused

picture_app = typer.Typer(help="Look at pictures of events, fetch them again, take them down.", no_args_is_help=True)

Url = Annotated[str, typer.Argument(metavar="URL", help="The address that the organizer gave.")]


@picture_app.command("list")
def list_(organizer: Organizer = None, data_dir: DataDir = None) -> None:
    """List an organizer's pictures, newest first: whether each is shown, and why not.

    Example: `aforo picture list`
    """

    async def do(engine: Engine) -> Sequence[PictureView]:
        return await engine.pictures.list((await act_of(engine, organizer)).organizer_id)

    table = Table(Column("address", overflow="fold"), "state", Column("tries", justify="right"), "why not", box=None)
    for view in with_engine(data_dir, do):
        table.add_row(escape(view.url), view.state.value, str(view.tries), escape(view.fault))
    Console().print(table)


@picture_app.command()
def fetch(url: Url, organizer: Organizer = None, data_dir: DataDir = None) -> None:
    """Fetch a picture that failed once more.

    Example: `aforo picture fetch https://example.org/boleros.jpg`
    """

    async def do(engine: Engine) -> Refused | None:
        return await engine.pictures.fetch_again(await act_of(engine, organizer), url)

    if with_engine(data_dir, do) is not None:
        raise Trouble("No picture with this address failed; `aforo picture list` shows them.")


@picture_app.command()
def remove(url: Url, organizer: Organizer = None, data_dir: DataDir = None) -> None:
    """Show a picture no more, and forget its files.

    Example: `aforo picture remove https://example.org/boleros.jpg`
    """

    async def do(engine: Engine) -> Refused | None:
        return await engine.pictures.take_down(await act_of(engine, organizer), url)

    if with_engine(data_dir, do) is not None:
        raise Trouble("There is no picture with this address; `aforo picture list` shows them.")
