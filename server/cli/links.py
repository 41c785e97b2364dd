"""`aforo link …`: named links of an organizer, by which buyers come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from server.cli.open_engine import DataDir, Organizer, act_of, with_engine
from server.cli.trouble import Trouble

if TYPE_CHECKING:
    from engine.catalog import Mistake
    from engine.engine import Engine
    from engine.links import LinkView
    from engine.orders import BroughtBy
    from engine.refusals import Refused

link_app = typer.Typer(help="Make and look at links by which buyers come.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="A short word, as in `?from=poster`.")]


@link_app.command()
def make(
    name: Name,
    label: Annotated[str, typer.Argument(metavar="LABEL", help="What it is called, as in 'Posters in the metro'.")],
    sale: Annotated[str | None, typer.Option(help="The sale whose page it leads to.")] = None,
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """Make a link; prints what to add to the address of this site.

    Example: `aforo link make poster "Posters in the metro" --sale jazz`
    """
    from engine.links import LINK_NAME

    if LINK_NAME.fullmatch(name) is None:
        raise Trouble("The name of a link is a short word of a-z, 0-9 and -, such as poster-2.")

    async def do(engine: Engine) -> LinkView | list[Mistake]:
        return await engine.links.make(await act_of(engine, organizer), name, label, sale)

    made = with_engine(data_dir, do)
    if isinstance(made, list):
        raise Trouble("\n".join(map(str, made)))
    print(made.address or f"?from={made.name}")


@link_app.command("list")
def list_(organizer: Organizer = None, data_dir: DataDir = None) -> None:
    """List links: how often buyers came by each, and what they bought.

    Example: `aforo link list`
    """

    async def do(engine: Engine) -> tuple[list[LinkView], dict[str, BroughtBy]]:
        links = await engine.links.all_of((await act_of(engine, organizer)).organizer_id)
        return links, await engine.orders.brought_by([each.id for each in links])

    from engine.money import money
    from engine.orders import BroughtBy

    links, brought = with_engine(data_dir, do)
    heads = ("leads to", "visits", "carts", "orders", "first", "taken")
    table = Table(Column("name", no_wrap=True), "label", *heads, box=None, pad_edge=False)
    for each in links:
        came = brought.get(each.id, BroughtBy())
        counts = (str(each.visits), str(came.carts), str(came.orders), str(came.orders_first))
        taken = ", ".join(money(total, currency, "en") for currency, total in came.taken.items())
        name = f"{each.name} (archived)" if each.archived else each.name
        table.add_row(name, escape(each.label), each.sale or "", *counts, taken)
    Console().print(table)


@link_app.command()
def archive(
    name: Name,
    again: Annotated[bool, typer.Option("--undo", help="Take it up again.")] = False,
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """Archive a link: nobody comes by it any more, and what came of it stays.

    Example: `aforo link archive poster`
    """

    async def do(engine: Engine) -> LinkView | Refused | list[Mistake]:
        from engine.links import LinkChange
        from engine.refusals import Code, Refused

        act = await act_of(engine, organizer)
        for each in await engine.links.all_of(act.organizer_id):
            if each.name == name:
                return await engine.links.change(act, each.id, LinkChange(archived=not again))
        return Refused(Code.NOT_FOUND)

    from engine.links import LinkView

    if not isinstance(with_engine(data_dir, do), LinkView):
        raise Trouble(f"There is no link {name}; `aforo link list` names them.")
