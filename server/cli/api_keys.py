"""`aforo key …`: API keys of organizers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from server.cli.open_engine import DataDir, Organizer, operator, with_engine
from server.cli.trouble import Trouble

if TYPE_CHECKING:
    from engine.access import KeyShown, NewKey
    from engine.engine import Engine

key_app = typer.Typer(help="Create, list and revoke API keys.", no_args_is_help=True)


@key_app.command()
def create(
    label: Annotated[str, typer.Option(help="What the key is for.")] = "",
    organizer: Organizer = None,
    organizer_name: Annotated[str | None, typer.Option(help="Make a new organizer of this name first.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Create an API key; it is shown once and cannot be shown again.

    Example: `aforo key create --label "box office"`
    """

    async def do(engine: Engine) -> NewKey:
        access = engine.access
        owner = organizer or await access.first_organizer()
        if organizer_name:
            owner = await access.create_organizer(organizer_name, operator())
        if owner is None:
            raise Trouble("There is no organizer yet; name one with --organizer-name.")
        return await access.create(owner, label, operator())

    print(with_engine(data_dir, do).key)


@key_app.command("list")
def list_(data_dir: DataDir = None) -> None:
    """List the API keys, without the keys themselves.

    Example: `aforo key list`
    """

    async def do(engine: Engine) -> list[KeyShown]:
        return await engine.access.list()

    table = Table("key", "organizer", "label", "created", "revoked", box=None, pad_edge=False)
    for key in with_engine(data_dir, do):
        revoked = f"{key.revoked_at:%Y-%m-%d}" if key.revoked_at else ""
        table.add_row(key.id, key.organizer, key.label, f"{key.created_at:%Y-%m-%d}", revoked)
    Console().print(table)


@key_app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="KEY", help="The key's id, ak_… without its secret part.")],
    data_dir: DataDir = None,
) -> None:
    """Revoke an API key at once.

    Example: `aforo key revoke ak_3kq9x2mn4p5r`
    """

    async def do(engine: Engine) -> bool:
        return await engine.access.revoke(key_id, operator())

    if not with_engine(data_dir, do):
        raise Trouble(f"There is no live key {key_id}; `aforo key list` names them.")
    print(f"{key_id} is revoked")
