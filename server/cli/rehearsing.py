"""`aforo rehearse`: try a sale with a synthetic crowd, and learn what inflow is safe."""

from __future__ import annotations

import logging
import math
import secrets
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from server.cli.stopping import carried_out, cleaned_up

if TYPE_CHECKING:
    from engine.audit import Act
    from engine.engine import Engine
    from server.rehearsing.model import Wish
    from server.rehearsing.run import Result

FAILED = 1
BROKEN = 3
NOT_SAFE = 4
CUT_SHORT = "aforo rehearse: cut short; what is not removed yet, a worker removes within a minute"
BUYERS_PER_PROCESS = 4_000


def rehearse(
    sale: Annotated[str, typer.Argument(metavar="SALE", help="The id of the sale; it is only read.")],
    *,
    buyers: Annotated[int, typer.Option(min=1, max=100_000, help="People at the same time.")] = 500,
    minutes: Annotated[float, typer.Option(min=0.05, max=240, help="How long people act.")] = 3.0,
    expect: Annotated[int, typer.Option(min=0, help="Buyers you expect (default: --buyers).")] = 0,
    inside: Annotated[
        float, typer.Option(min=0, help="Seconds a real buyer stays inside; 0: from your carts, else assumed.")
    ] = 0.0,
    hold_ms: Annotated[float, typer.Option(min=1, help="99 of 100 holds must be answered within.")] = 1_000.0,
    purchase_ms: Annotated[float, typer.Option(min=1, help="99 of 100 purchases must be answered within.")] = 3_000.0,
    margin: Annotated[float, typer.Option(min=0, max=0.9, help="Share of the limit to leave unused.")] = 0.2,
    host: Annotated[str, typer.Option(help="Where the servers are (default: where `aforo up` runs).")] = "",
    processes: Annotated[int, typer.Option(min=0, max=64, help="Processes full of people; 0: as many as fit.")] = 0,
    seed: Annotated[int | None, typer.Option(help="The same seed, the same people; random when left out.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="Write the recommended room into the sale.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask before that.")] = False,
    organizer: Annotated[str | None, typer.Option(help="For which organizer (default: the first one).")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="The data folder of the running `aforo up`.")] = None,
) -> None:
    """Try a sale with a synthetic crowd, and learn how fast people can safely be let in.

    The crowd runs the sale's real configuration in a shadow sale, which pays at the sandbox, tells nobody, and is
    removed afterwards. Exit codes: 0 the settings hold this crowd, 1 it could not be rehearsed, 3 something is broken,
    4 the settings let in more than holds.
    """
    from rich.console import Console

    from server.rehearsing.model import Bounds, Wish
    from server.rehearsing.report import WIDTH_CHARS, tell, wire_of

    wish = Wish(
        sale=sale,
        buyers=buyers,
        seconds=minutes * 60,
        expected=expect or buyers,
        bounds=Bounds(hold_ms, purchase_ms),
        margin=margin,
        inside_s=inside,
        seed=secrets.randbelow(10**9) if seed is None else seed,
        processes=processes or max(1, math.ceil(buyers / BUYERS_PER_PROCESS)),
    )
    result = told(lambda: rehearsed(wish, host, data_dir))
    if as_json:
        print(wire_of(result))
    else:
        tell(result, Console(width=None if sys.stdout.isatty() else WIDTH_CHARS, highlight=False))
    if result.broken:
        raise typer.Exit(BROKEN)
    changed = apply and told(lambda: applied(result, yes, organizer, data_dir))
    if not changed and not result.advice.now_is_safe:
        raise typer.Exit(NOT_SAFE)


def told(do: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Run it on a loop of its own; what went wrong is said in a sentence."""
    from crowd.crowd import CrowdFault
    from engine.stores.batcher import LOST
    from server.cli.trouble import told_plainly
    from server.rehearsing.model import RehearsalFault

    went_away: tuple[type[Exception], ...] = (*LOST, CrowdFault)
    try:
        with cleaned_up(CUT_SHORT):
            return carried_out(do)
    except went_away as fault:
        print(
            f"aforo rehearse: cut short, since a store or the crowd went away: {type(fault).__name__} {fault}. "
            "A worker removes the shadow sale.",
            file=sys.stderr,
        )
        raise typer.Exit(FAILED) from fault
    except Exception as fault:
        if not isinstance(fault, RehearsalFault) and not told_plainly(fault):
            raise
        print(f"aforo rehearse: {fault}", file=sys.stderr)
        raise typer.Exit(FAILED) from fault


async def rehearsed(wish: Wish, host: str, data_dir: Path | None) -> Result:
    from rich.console import Console

    from crowd.api import Api
    from server.cli.open_engine import opened, operator
    from server.rehearsing import run
    from server.rehearsing.show import Show

    # What a store does in a crisis is in the servers' logs; here it would only tear the table apart.
    logging.getLogger().addHandler(logging.NullHandler())
    title = f"Rehearsing {wish.sale} with {wish.buyers:,} people for {wish.seconds / 60:g} minutes, seed {wish.seed}"
    show = Show(Console(stderr=True), title, wish.bounds, wish.seconds)
    async with opened(data_dir) as engine:
        with show.on_stage():
            api = Api(host or engine.settings.running_at())
            return await run.rehearse(engine, api, operator(), wish, show)


async def applied(result: Result, yes: bool, organizer: str | None, data_dir: Path | None) -> bool:
    from server.cli.open_engine import act_of, opened

    async with opened(data_dir) as engine:
        return await apply(engine, await act_of(engine, organizer), result, ask=not yes)


async def apply(engine: Engine, by: Act, result: Result, *, ask: bool) -> bool:
    """Write the recommended room into the sale, once it was shown and agreed to; whether it is set so now.

    Raises RehearsalFault, which says why not.
    """
    from engine.catalog.model import SaleState
    from engine.refusals import Refused
    from server.rehearsing.model import RehearsalFault
    from server.rehearsing.report import settings
    from server.rehearsing.run import room_of

    sale = result.wish.sale
    info = await engine.catalog.sale_info(sale)
    if info is None:
        raise RehearsalFault(f"There is no sale {sale} any more.")
    snapshot = await engine.onsale.sale(sale).snapshot()
    if not isinstance(snapshot, Refused) and snapshot.state in (SaleState.CLOSED, SaleState.ENDED):
        raise RehearsalFault(f"{sale} is over: its room lets nobody in any more, so nothing was changed.")
    recommended = result.advice.recommended
    if recommended is None:
        raise RehearsalFault("No room is recommended. Nothing was changed.")
    before, after = settings(room_of(info)), settings(recommended)
    if before is None:
        raise RehearsalFault(
            f"{sale} has no room, and a room cannot be added to a sale that exists. Nothing was changed."
        )
    assert after is not None, "a room is recommended"
    if before == after:
        say("The room is set as recommended already.")
        return True
    for name, value in after.items():
        say(f"  {name:14} {before[name]:>9,} → {value:,}")
    if ask and not typer.confirm(f"Change {sale} so?", err=True):
        say("Nothing was changed.")
        return False
    changed = await engine.catalog.change_sale(by, sale, {"room": after})
    if isinstance(changed, Refused):
        raise RehearsalFault(f"{sale} was not changed: {changed.code.sentence}")
    if isinstance(changed, list):
        raise RehearsalFault(f"{sale} was not changed: {'; '.join(map(str, changed))}")
    say(f"{sale} is changed.")
    return True


def say(line: str) -> None:
    print(line, file=sys.stderr)
