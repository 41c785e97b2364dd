"""`aforo sale allocations|withhold|release|resize`: what a sale has to sell, changed while it runs."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Column, Table

from server.cli.open_engine import DataDir, Organizer, act_of, with_engine
from server.cli.sales import AsJson, SaleId
from server.cli.trouble import Trouble

if TYPE_CHECKING:
    from engine.catalog import Allocation, Mistake
    from engine.catalog.model import PoolPlan
    from engine.engine import Engine
    from engine.refusals import Refused

T = TypeVar("T")
Seats = Annotated[
    list[str] | None,
    typer.Option("--seats", metavar="SECTION:SEATS", help="As in 'stalls:A 1-4'; a row is 'stalls:A'. Repeat it."),
]
Units = Annotated[list[str] | None, typer.Option("--units", metavar="POOL:NUMBER", help="As in floor:20. Repeat it.")]


def allocations(
    sale: SaleId,
    organizer: Organizer = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """List what is withheld from a sale: what for, and until when.

    Example: `aforo sale allocations jazz`
    """

    async def do(engine: Engine) -> list[Allocation]:
        act = await act_of(engine, organizer)
        if not await engine.catalog.owns(act.organizer_id, sale):
            raise Trouble(f"There is no sale {sale}; `aforo sale list` names them.")
        return await engine.catalog.allocations.of(act.organizer_id, sale)

    found = with_engine(data_dir, do)
    if as_json:
        print(json.dumps([shown(each) for each in found], indent=2, ensure_ascii=False, default=datetime.isoformat))
        return
    if not found:
        print("Nothing is withheld.")
        return
    table = Table(Column("allocation", no_wrap=True), "name", "purpose", "seats", "units", "until", box=None)
    for each in found:
        units = ", ".join(f"{count} {pool}" for pool, count in each.units.items()) or "-"
        until = "released" if each.released_at else f"{each.release_at:%Y-%m-%d %H:%M} UTC" if each.release_at else "-"
        table.add_row(each.id, each.name, each.purpose, str(len(each.seats)), units, until)
    Console().print(table)


def withhold(
    sale: SaleId,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whom for, as in 'Banco del Río'.")],
    *,
    seats: Seats = None,
    units: Units = None,
    purpose: Annotated[str, typer.Option(help="artist, sponsor, press, house, accessibility or other.")] = "other",
    until: Annotated[str, typer.Option(help="When it is released by itself, as in 'in 3 days'.")] = "",
    staff: Annotated[bool, typer.Option("--staff", help="Members may draw on it: `aforo sale issue`.")] = False,
    more: Annotated[bool, typer.Option("--more", help="NAME is the id of one that gets these as well.")] = False,
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """Withhold seats and units that are free. Where some are held or sold, nothing is.

    Example: `aforo sale withhold jazz Sponsor --seats "stalls:A 1-4" --units floor:20 --until "in 3 days"`
    """
    if more and (until or staff or purpose != "other"):
        raise Trouble("--more adds seats and units to what there is: leave --purpose, --until and --staff out.")
    part = part_of(seats, units)
    body = {"name": name, "purpose": purpose, **part, "staff": staff, **({"release": until} if until else {})}

    async def do(engine: Engine) -> Allocation | Refused | list[Mistake]:
        act, withheld = await act_of(engine, organizer), engine.catalog.allocations
        return await (withheld.withhold(act, sale, name, part) if more else withheld.make(act, sale, body))

    made = accepted(with_engine(data_dir, do))
    print(f"{made.id}: {len(made.seats)} seats and {sum(made.units.values())} units are withheld")


def release(
    sale: SaleId,
    allocation: Annotated[str, typer.Argument(metavar="ALLOCATION", help="Its id, as `aforo sale allocations` says.")],
    *,
    seats: Seats = None,
    units: Units = None,
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """Let what is withheld be sold, at once: all of it, or the seats and units that are named.

    Example: `aforo sale release jazz sponsor --seats "stalls:A 3-4"`
    """
    part = part_of(seats, units)

    async def do(engine: Engine) -> Allocation | Refused | list[Mistake]:
        act, withheld = await act_of(engine, organizer), engine.catalog.allocations
        if seats or units:
            return await withheld.release_part(act, sale, allocation, part)
        return await withheld.release(act, sale, allocation)

    left = accepted(with_engine(data_dir, do))
    if left.released_at:
        print(f"{allocation} is released")
    else:
        print(f"{allocation} has {len(left.seats)} seats and {sum(left.units.values())} units still")


def resize(
    sale: SaleId,
    pool: Annotated[str, typer.Argument(metavar="POOL", help="The id of the pool.")],
    capacity: Annotated[int, typer.Argument(metavar="CAPACITY", help="How many units it is to have in all.")],
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """Give a pool more units, or fewer where so many are neither held, sold nor withheld.

    Example: `aforo sale resize jazz floor 350`
    """

    async def do(engine: Engine) -> PoolPlan | Refused | list[Mistake]:
        act = await act_of(engine, organizer)
        return await engine.catalog.allocations.resize(act, sale, pool, {"capacity": capacity})

    done = accepted(with_engine(data_dir, do))
    print(f"{pool} has {done.in_all:,} units, of which {done.withheld:,} are withheld")


def part_of(seats: list[str] | None, units: list[str] | None) -> dict[str, Any]:
    """Seats and units as they are asked for, of what was written with the options."""
    named: dict[str, list[str]] = {}
    for each in seats or ():
        section, _, references = each.partition(":")
        named.setdefault(section, []).append(references)
    counted = [each.partition(":") for each in units or ()]
    return {
        "seats": named,
        "units": {pool: int(number) if number.isdecimal() else number for pool, _, number in counted},
    }


def shown(allocation: Allocation) -> dict[str, Any]:
    return {name: getattr(allocation, name) for name in allocation.__slots__}


def accepted(answer: T | Refused | list[Mistake]) -> T:
    """The answer; else what is wrong, in words."""
    from engine.refusals import Refused

    if isinstance(answer, list):
        raise Trouble("\n".join(map(str, answer)))
    if isinstance(answer, Refused):
        missing = answer.detail
        said = [f"{len(missing[what])} seats are {word}" for what, word in TAKEN if missing.get(what)]
        said += [f"{left:,} units of {pool} are left" for pool, left in missing.get("short", {}).items()]
        raise Trouble(" ".join([answer.code.sentence, *(f"{each}." for each in said)]))
    return answer


TAKEN = (("held", "in carts"), ("gone", "sold or not for sale"), ("seats", "not in it"))
