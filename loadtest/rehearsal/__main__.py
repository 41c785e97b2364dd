"""`aforo rehearse` and `python -m loadtest.rehearsal`."""

from __future__ import annotations

import logging
import math
import secrets
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from loadtest.stopping import carried_out, cleaned_up

if TYPE_CHECKING:
    from loadtest.rehearsal.model import Wish
    from loadtest.rehearsal.run import Result

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

FAILED = 1
BROKEN = 3
NOT_SAFE = 4
CUT_SHORT = "aforo rehearse: cut short; what is not removed yet, a worker removes within a minute"
BUYERS_PER_PROCESS = 4_000


@app.command()
def main(
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
    """Try a sale with a synthetic crowd before its buyers do.

    The crowd runs the sale's real configuration in a shadow sale, which pays at the sandbox, tells nobody, and is
    removed afterwards. Exit codes: 0 the settings hold this crowd, 1 it could not be rehearsed, 3 something is broken,
    4 the settings let in more than holds.
    """
    from loadtest.rehearsal.model import Bounds, Wish
    from loadtest.rehearsal.report import WIDTH_CHARS, tell, wire_of

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
    from engine.stores.batcher import LOST
    from loadtest.rehearsal.run import RehearsalFault
    from loadtest.storm.crowds import CrowdFault
    from server.cli.app import told_plainly

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
    from loadtest.crowd.api import Api
    from loadtest.rehearsal.run import rehearse
    from loadtest.rehearsal.show import Show
    from server.cli.open_engine import opened

    # What a store does in a crisis is in the servers' logs; here it would only tear the table apart.
    logging.getLogger().addHandler(logging.NullHandler())
    title = f"Rehearsing {wish.sale} with {wish.buyers:,} people for {wish.seconds / 60:g} minutes, seed {wish.seed}"
    show = Show(Console(stderr=True), title, wish.bounds, wish.seconds)
    async with opened(data_dir) as engine:
        with show.on_stage():
            return await rehearse(engine, Api(host or engine.settings.running_at()), wish, show)


async def applied(result: Result, yes: bool, organizer: str | None, data_dir: Path | None) -> bool:
    from loadtest.rehearsal.apply import apply
    from server.cli.open_engine import act_of, opened

    async with opened(data_dir) as engine:
        return await apply(engine, await act_of(engine, organizer), result, ask=not yes)


if __name__ == "__main__":
    app(prog_name="aforo rehearse")
