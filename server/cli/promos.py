"""`aforo promo …`: promos from a file, and how they run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from server.cli.open_engine import DataDir, Organizer, act_of, with_engine
from server.cli.trouble import mistakes_in, read

if TYPE_CHECKING:
    from engine.catalog import Mistake
    from engine.engine import Engine
    from engine.promos import CreatedStore, PromoView
    from engine.refusals import Refused

promo_app = typer.Typer(help="Create, run and inspect promos.", no_args_is_help=True)

PromoId = Annotated[str, typer.Argument(metavar="PROMO", help="The id of the promo.")]
LIST_MAX = 200


@promo_app.command()
def create(
    file: Annotated[Path, typer.Argument(metavar="FILE.yaml", help="As docs/flash-promos.md describes it.")],
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """Create a store with its products, segments and promos; nothing is stored until everything is right.

    Example: `aforo promo create bakery.yaml`
    """
    text = read(file)

    async def do(engine: Engine) -> CreatedStore | list[Mistake]:
        return await engine.promos.shelf.store_from_yaml(text, await act_of(engine, organizer))

    created = with_engine(data_dir, do)
    if isinstance(created, list):
        raise mistakes_in(file, created)
    for promo in created.promos:
        print(promo)


@promo_app.command("list")
def list_(organizer: Organizer = None, data_dir: DataDir = None) -> None:
    """List promos with their state and live counts.

    Example: `aforo promo list`
    """

    async def do(engine: Engine) -> list[PromoView]:
        act = await act_of(engine, organizer)
        return await engine.promos.of_organizer(act.organizer_id, limit=LIST_MAX)

    columns = (Column("promo", no_wrap=True), "name", "store", "state", "told", "in carts", "bought")
    table = Table(*columns, box=None, pad_edge=False)
    for promo in with_engine(data_dir, do):
        totals = {
            name: sum(window.counts.get(name, 0) for window in promo.windows)
            for name in ("notified", "in_carts", "bought")
        }
        table.add_row(promo.id, promo.name, promo.store, promo.state, *map(str, totals.values()))
    Console().print(table)


def steer(promo: str, organizer: str | None, data_dir: Path | None, how: str) -> None:
    from engine.refusals import accept

    async def do(engine: Engine) -> None:
        act = await act_of(engine, organizer)
        ways = {"pause": engine.promos.pause, "resume": engine.promos.resume, "end": engine.promos.end}
        done: str | Refused = await ways[how](act, promo)
        accept(done)

    with_engine(data_dir, do)


@promo_app.command()
def pause(promo: PromoId, organizer: Organizer = None, data_dir: DataDir = None) -> None:
    """Pause a promo: nobody else is told and nothing more is held; what is in carts can still be bought.

    Example: `aforo promo pause prm_…`
    """
    steer(promo, organizer, data_dir, "pause")
    print(f"{promo} is paused; resume it with `aforo promo resume {promo}`")


@promo_app.command()
def resume(promo: PromoId, organizer: Organizer = None, data_dir: DataDir = None) -> None:
    """Resume a paused promo.

    Example: `aforo promo resume prm_…`
    """
    steer(promo, organizer, data_dir, "resume")
    print(f"{promo} is on again")


@promo_app.command()
def end(promo: PromoId, organizer: Organizer = None, data_dir: DataDir = None) -> None:
    """End a promo for good; what is in carts can still be bought until the carts' deadlines.

    Example: `aforo promo end prm_…`
    """
    steer(promo, organizer, data_dir, "end")
    print(f"{promo} has ended")
