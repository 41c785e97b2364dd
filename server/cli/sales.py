"""`aforo sale …`, `aforo layout` and `aforo draw`: making, steering and looking at sales."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Column, Table

from server.cli.open_engine import DataDir, Organizer, act_of, with_engine
from server.cli.trouble import Trouble, mistakes_in, read, source_of

if TYPE_CHECKING:
    from engine.audit import Act
    from engine.catalog import (
        Catalog,
        CreatedSale,
        DateCopy,
        Entry,
        Mistake,
        Phase,
        SaleCard,
        SaleInfo,
        Switches,
    )
    from engine.engine import Engine
    from engine.refusals import Refused
    from engine.settings import Settings

sale_app = typer.Typer(help="Create, run and inspect sales.", no_args_is_help=True)

SaleId = Annotated[str, typer.Argument(metavar="SALE", help="The id of the sale.")]
Steer = Callable[["Catalog", "Act", str], Awaitable["Switches | Refused"]]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
LIST_MAX = 200


@sale_app.command()
def create(
    file: Annotated[Path, typer.Argument(metavar="FILE.yaml", help="What is sold, as docs/selling.md describes it.")],
    as_json: AsJson = False,
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """Create a sale from a YAML file; nothing is stored until everything is right. Prints its id and addresses.

    Example: `aforo sale create jazz.yaml`
    """
    text = read(file)

    async def do(engine: Engine) -> tuple[CreatedSale | list[Mistake], Settings]:
        return await engine.catalog.sale_from_yaml(text, await act_of(engine, organizer)), engine.settings

    created, settings = with_engine(data_dir, do)
    if isinstance(created, list):
        raise mistakes_in(file, created)
    if as_json:
        print(json.dumps({"sale": created.id, **addresses(settings, created.id)}, indent=2))
        return
    print(created.id)
    tell_where(settings, created.id)


def addresses(settings: Settings, sale: str) -> dict[str, str]:
    base = settings.base_url or settings.running_at()
    return {"page": f"{base}/s/{sale}", "desk": f"{base}/office/sales/{sale}"}


def tell_where(settings: Settings, sale: str) -> None:
    """On stderr, for people: what a script reads is the id, or the sentence, and nothing else."""
    at = addresses(settings, sale)
    print(f"  event page  {at['page']}\n  live desk   {at['desk']}", file=sys.stderr)


def steer(sale: str, organizer: str | None, data_dir: Path | None, how: Steer) -> Settings:
    from engine.refusals import accept

    async def do(engine: Engine) -> Settings:
        accept(await how(engine.catalog, await act_of(engine, organizer), sale))
        return engine.settings

    return with_engine(data_dir, do)


@sale_app.command("open")
def open_(sale: SaleId, organizer: Organizer = None, data_dir: DataDir = None) -> None:
    """Open a sale now, before its time.

    Example: `aforo sale open jazz`
    """
    settings = steer(sale, organizer, data_dir, lambda catalog, act, sale_id: catalog.open_now(act, sale_id))
    print(f"{sale} is open")
    tell_where(settings, sale)


@sale_app.command()
def pause(sale: SaleId, organizer: Organizer = None, data_dir: DataDir = None) -> None:
    """Pause a sale: nobody is let in and nothing more is held; what is in carts can still be bought.

    Example: `aforo sale pause jazz`
    """
    steer(sale, organizer, data_dir, lambda catalog, act, sale_id: catalog.pause(act, sale_id))
    print(f"{sale} is paused; resume it with `aforo sale resume {sale}`")


@sale_app.command()
def resume(sale: SaleId, organizer: Organizer = None, data_dir: DataDir = None) -> None:
    """Resume a paused sale.

    Example: `aforo sale resume jazz`
    """
    steer(sale, organizer, data_dir, lambda catalog, act, sale_id: catalog.resume(act, sale_id))
    print(f"{sale} is open again")


@sale_app.command()
def close(sale: SaleId, organizer: Organizer = None, data_dir: DataDir = None) -> None:
    """End a sale early; what is in carts can still be bought until the carts' deadlines.

    Example: `aforo sale close jazz`
    """
    steer(sale, organizer, data_dir, lambda catalog, act, sale_id: catalog.close_early(act, sale_id))
    print(f"{sale} has ended; what is in carts can still be bought until their deadlines")


@sale_app.command()
def reopen(
    sale: SaleId,
    closes: Annotated[str | None, typer.Option(help="Until when, as in docs/selling.md; else as planned.")] = None,
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """Have a sale that is over go on; its room and its numbers are as they were.

    Example: `aforo sale reopen jazz --closes "2037-03-01 12:00"`
    """
    from engine.refusals import accept

    async def do(engine: Engine) -> tuple[Switches | list[Mistake], Settings]:
        body = {} if closes is None else {"closes": closes}
        done = await engine.catalog.reopen(await act_of(engine, organizer), sale, body)
        return done if isinstance(done, list) else accept(done), engine.settings

    done, settings = with_engine(data_dir, do)
    if isinstance(done, list):
        raise Trouble("; ".join(str(mistake) for mistake in done))
    print(f"{sale} goes on")
    tell_where(settings, sale)


@sale_app.command()
def clone(
    sale: SaleId,
    starts: Annotated[str, typer.Option(help="When the copy's event starts, as in docs/selling.md.")],
    ends: Annotated[str | None, typer.Option(help="When it ends; else it lasts as long.")] = None,
    *,
    preview: Annotated[bool, typer.Option("--preview", help="Show what it would be, and make nothing.")] = False,
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """Make a sale like this one, of an event like its own, on another date.

    Example: `aforo sale clone jazz --starts "2037-03-02 20:30"`
    """
    from engine.catalog import COPIED, LEFT
    from engine.refusals import accept

    async def do(engine: Engine) -> tuple[DateCopy | list[Mistake], Settings]:
        body = {"starts": starts, "ends": ends, "preview": preview}
        done = await engine.catalog.copies.clone(await act_of(engine, organizer), sale, body)
        return done if isinstance(done, list) else accept(done), engine.settings

    done, settings = with_engine(data_dir, do)
    if isinstance(done, list):
        raise Trouble("; ".join(str(mistake) for mistake in done))
    (copy,) = done.sales
    print(copy.id or "nothing was made")
    times = f"  opens {copy.opens_at.isoformat()}, closes {copy.closes_at.isoformat()}"
    print(f"{times}\n  copied: {', '.join(COPIED)}\n  not copied: {', '.join(LEFT)}", file=sys.stderr)
    if copy.id:
        tell_where(settings, copy.id)


@sale_app.command()
def change(
    sale: SaleId,
    file: Annotated[Path, typer.Argument(metavar="FILE.yaml", help="What is to change, as docs/selling.md says.")],
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """Change a sale by a YAML file: times, entry, phases, days, questions, room. What the file doesn't name stays.

    Example: `aforo sale change jazz presale.yaml`
    """
    with_engine(data_dir, lambda engine: change_sale(engine, organizer, sale, file))
    print(f"{sale} is changed; open pages know it.")


async def change_sale(engine: Engine, organizer: str | None, sale: str, file: Path) -> None:
    from engine.refusals import accept

    act, source = await act_of(engine, organizer), source_of(file)
    made = await engine.catalog.change_sale(act, sale, source.tree, source.lines)
    if isinstance(made, list):
        raise mistakes_in(file, made)
    accept(made)


def moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


@sale_app.command("list")
def list_(organizer: Organizer = None, data_dir: DataDir = None) -> None:
    """List the sales of an organizer, newest first.

    Example: `aforo sale list`
    """

    async def do(engine: Engine) -> list[tuple[SaleCard, str, str]]:
        act = await act_of(engine, organizer)
        page = await engine.catalog.organizer_sales(act.organizer_id, limit=LIST_MAX)
        return [(card, *await stands(engine, card.id)) for card in page.items]

    # An id is there to be copied, so it stays whole.
    columns = (Column("sale", no_wrap=True, overflow="ignore"), "event", "starts", "state", "left")
    table = Table(*columns, box=None, pad_edge=False)
    for card, state, left in with_engine(data_dir, do):
        table.add_row(
            card.id, card.name, f"{card.starts_at.astimezone(ZoneInfo(card.zone)):%Y-%m-%d %H:%M}", state, left
        )
    Console().print(table)


async def stands(engine: Engine, sale: str) -> tuple[str, str]:
    from engine.refusals import Refused

    snapshot = await engine.onsale.sale(sale).snapshot()
    if isinstance(snapshot, Refused):
        away = await engine.archive.is_away(sale)
        return ("over" if away else "being restored"), "?"
    return snapshot.state.value, str(snapshot.room.left)


@sale_app.command()
def show(
    sale: SaleId,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Show where a sale stands: times, room, counters.

    Example: `aforo sale show jazz --json`
    """
    shown = with_engine(data_dir, lambda engine: standing(engine, sale))
    if as_json:
        print(json.dumps(shown, indent=2))
        return
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, value in shown.items():
        table.add_row(name, str(value))
    Console().print(table)


async def standing(engine: Engine, sale: str) -> dict[str, str | int]:
    from engine.refusals import accept

    info = await info_of(engine, sale)
    segments = {row["id"]: row["name"] for row in await engine.segments.of_organizer(info.organizer_id)}
    await engine.archive.wake(sale)
    snapshot = accept(await engine.onsale.sale(sale).snapshot())
    counters, room = snapshot.counters, snapshot.room
    return {
        "sale": info.id,
        "event": info.event.name if info.event else "",
        "state": snapshot.state.value,
        "entry": entry_words(info.entry_now, segments),
        "opens": info.times.opens_at.isoformat(),
        "closes": info.times.closes_at.isoformat(),
        **{f"phase {each.name}": phase_words(each, segments) for each in info.phases},
        **{f"day {each.name}": f"{each.starts_at:%Y-%m-%d %H:%M} UTC" for each in info.days},
        "waiting": counters.waiting,
        "shopping": counters.shopping,
        "held": counters.held,
        "sold": counters.sold,
        "left": room.left,
        "orders": counters.orders,
        f"revenue ({info.currency}, minor units)": counters.revenue,
        "viewers": counters.viewers,
    }


def entry_words(entry: Entry, segments: Mapping[str | None, str]) -> str:
    return f"segment {segments[entry.segment]}" if entry.segment in segments else entry.rule.value


def phase_words(phase: Phase, segments: Mapping[str | None, str]) -> str:
    begins = "from the opening" if not phase.from_ms else f"from {moment(phase.from_ms):%Y-%m-%d %H:%M} UTC"
    ends = f" until {moment(phase.until_ms):%Y-%m-%d %H:%M} UTC" if phase.until_ms else ""
    return f"{begins}{ends}, entry: {entry_words(phase.entry, segments)}"


async def info_of(engine: Engine, sale: str) -> SaleInfo:
    info = await engine.catalog.sale_info(sale)
    if info is None:
        raise Trouble(f"There is no sale {sale}; `aforo sale list` names them.")
    return info


def layout(
    venue: Annotated[str, typer.Argument(metavar="VENUE", help="The id of the venue.")],
    file: Annotated[Path, typer.Argument(metavar="FILE.yaml", help="Its sections, as docs/layouts.md describes them.")],
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """Store a new version of a venue's seats; sales that exist keep theirs.

    Example: `aforo layout ven_3kq… theatre.yaml`
    """
    from engine.catalog import BadSource, read_yaml
    from engine.refusals import accept

    try:
        source = read_yaml(read(file))
    except BadSource as bad:
        raise Trouble(f"{file}: {bad.mistake}") from bad

    async def do(engine: Engine) -> int | list[Mistake]:
        made = await engine.catalog.create_layout(await act_of(engine, organizer), venue, source.tree)
        return made if isinstance(made, list) else accept(made)

    version = with_engine(data_dir, do)
    if isinstance(version, list):
        raise mistakes_in(file, version)
    print(f"{venue} version {version}")
