"""`aforo keyring …`: what the installation signs and seals with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from engine.limits import KEYRING_ANNOUNCED_S
from server.cli.open_engine import DataDir, operator, with_engine
from server.cli.trouble import Trouble

if TYPE_CHECKING:
    from datetime import datetime

    from engine.engine import Engine
    from engine.keyring import KeyView

keyring_app = typer.Typer(help="Rotate and retire the keys that sign tokens and seal texts.", no_args_is_help=True)

PurposeName = Annotated[str, typer.Argument(metavar="PURPOSE", help="As `aforo keyring list` names it.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


@keyring_app.command("list")
def list_(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List the keys of every purpose: which one signs, and from when the others may be retired.

    Examples: `aforo keyring list` · `aforo keyring list --json`
    """
    from engine.keyring import PURPOSES, keys

    async def do(engine: Engine) -> list[KeyView]:
        return await keys(engine.keyring)

    found = with_engine(data_dir, do)
    if as_json:
        print(json.dumps([fields(view) for view in found], indent=2))
        return
    purposes = {purpose.name: purpose for purpose in PURPOSES}
    whole = ("purpose", "key", "state", "active from (UTC)", "free from (UTC)")
    table = Table(*(Column(name, no_wrap=True) for name in whole), "what for", box=None, pad_edge=False)
    for view in found:
        purpose = purposes[view.purpose]
        what = f"{purpose.what}; never rotates" if purpose.fixed else purpose.what
        table.add_row(view.purpose, str(view.id), view.state.value, shown(view.active_at), shown(view.free_at), what)
    Console().print(table)


@keyring_app.command()
def rotate(
    purpose: PurposeName,
    after: Annotated[
        int, typer.Option(help="Seconds until the new key signs; by then every process has read it.")
    ] = KEYRING_ANNOUNCED_S,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Announce a new key, which takes over signing a minute later. What earlier keys signed stays valid.

    Examples: `aforo keyring rotate buyers` · `aforo keyring rotate seals --after 600`
    """
    from engine.keyring import rotate as rotate_key

    async def do(engine: Engine) -> KeyView:
        return await rotate_key(engine.keyring, purpose, operator(), after)

    made = with_engine(data_dir, do)
    if as_json:
        print(json.dumps(fields(made), indent=2))
    else:
        print(
            f"key {made.id} of {purpose} signs from {shown(made.active_at)} UTC on; key {made.id - 1} is checked still"
        )


@keyring_app.command()
def retire(
    purpose: PurposeName,
    key_id: Annotated[int, typer.Argument(metavar="KEY", min=1, help="The number of the key.")],
    force: Annotated[
        bool, typer.Option("--force", help="Also while what it made may still be shown, which is void then.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Destroy a key that another one has replaced. Refused while something it signed may still be in use.

    Examples: `aforo keyring retire passes 1` · `aforo keyring retire buyers 2 --force` when it leaked
    """
    from engine.keyring import VAULT
    from engine.keyring import retire as retire_key

    async def do(engine: Engine) -> str:
        if purpose == VAULT.name and (wrapped := (await engine.rewrapping.by_key()).get(key_id, 0)):
            raise Trouble(
                f"key {key_id} still wraps the keys of {wrapped:,} people, whom nobody could read again. "
                "A worker wraps them by the newest key; `aforo people status` says how far it is."
            )
        return await retire_key(engine.keyring, purpose, key_id, operator(), force=force)

    void = with_engine(data_dir, do)
    print(f"key {key_id} of {purpose} is retired" + (f": {void}" if void else ""))


@keyring_app.command()
def rewrap(data_dir: DataDir = None) -> None:
    """Wrap all keys with AFORO_SECRET; after that AFORO_OLD_SECRETS is no longer needed. Can be repeated.

    Example: `AFORO_SECRET=… AFORO_OLD_SECRETS=… aforo keyring rewrap`
    """
    from engine.keyring import rewrap as rewrap_keys

    async def do(engine: Engine) -> tuple[int, str]:
        return await rewrap_keys(engine.keyring, operator()), engine.keyring.root.id

    wrapped, root = with_engine(data_dir, do)
    print(f"{wrapped} keys were wrapped anew; the root key {root} wraps all of them")


def fields(view: KeyView) -> dict[str, Any]:
    return {
        "purpose": view.purpose,
        "id": view.id,
        "state": view.state.value,
        "root": view.root,
        "created_at": view.created_at.isoformat(),
        "active_at": view.active_at.isoformat(),
        "retired_at": view.retired_at and view.retired_at.isoformat(),
        "free_at": view.free_at and view.free_at.isoformat(),
        "public_key": view.public_key and view.public_key.hex(),
    }


def shown(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%d %H:%M:%S}"
