"""`aforo people …` and `aforo promo …`: an organizer's people, and promos from a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from server.cli.open_engine import DataDir, Organizer, act_of, with_engine
from server.cli.sales import read
from server.cli.trouble import Trouble, mistakes_in

if TYPE_CHECKING:
    from engine.catalog import Mistake
    from engine.engine import Engine
    from engine.people import Rejected, Report
    from engine.promos import CreatedStore, PromoView
    from engine.refusals import Refused

people_app = typer.Typer(help="Import the people who are told about promos.", no_args_is_help=True)
promo_app = typer.Typer(help="Create, run and inspect promos.", no_args_is_help=True)

PromoId = Annotated[str, typer.Argument(metavar="PROMO", help="The id of the promo.")]
SHOWN_MAX = 20
LIST_MAX = 200


@people_app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with a header, or JSON lines.")],
    rejected: Annotated[Path | None, typer.Option(help="Write every rejected line's number and reasons here.")] = None,
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """Import an organizer's people; who has the same reference is updated, so a file can be imported again.

    Example: `aforo people import people.csv --rejected wrong.txt`
    """
    from engine.people import BadFile, import_people

    if not file.is_file():
        raise Trouble(f"There is no file {file}.")
    report_file = rejected.open("w", encoding="utf-8") if rejected else None
    shown: list[str] = []

    def on_rejected(line: Rejected) -> None:
        text = f"line {line.line}: {'; '.join(line.reasons)}"
        if report_file is not None:
            report_file.write(text + "\n")
        elif len(shown) < SHOWN_MAX:
            shown.append(text)

    async def do(engine: Engine) -> Report:
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("importing", total=file.stat().st_size)
            return await import_people(
                engine.db,
                engine.vault,
                file,
                by=await act_of(engine, organizer),
                on_rejected=on_rejected,
                on_progress=lambda report: progress.update(task, completed=report.bytes_read),
            )

    try:
        report = with_engine(data_dir, do)
    except (BadFile, UnicodeDecodeError) as wrong:
        raise Trouble(f"{file} cannot be imported: {wrong}") from wrong
    finally:
        if report_file is not None:
            report_file.close()
    for text in shown:
        print(text)
    print(f"{report.lines} lines: {report.added} added, {report.changed} changed, {report.rejected} rejected")


# ── promos ──


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
