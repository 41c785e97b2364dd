"""`make faults` and `python -m loadtest.faults`."""

from __future__ import annotations

import secrets
import sys
from typing import Annotated

import typer

from server.cli.stopping import carried_out, cleaned_up

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

BROKEN = 3
SHOPPING = ("mixed", "queue_rush", "seat_grab", "promo_burst")
NO_CLOCKS = "no clock is set: libfaketime is missing (Debian: apt-get install faketime)"


@app.command()
def main(
    *,
    seed: Annotated[int | None, typer.Option(help="The same mishaps in the same order; random when left out.")] = None,
    minutes: Annotated[float, typer.Option(min=0.01, help="How long new mishaps come.")] = 3.0,
    mishaps: Annotated[int, typer.Option(min=1, help="So many at most.")] = 1_000_000,
    only: Annotated[list[str] | None, typer.Option(help="A kind of mishap, such as 'kill valkey'; repeatable.")] = None,
    scenario: Annotated[
        str, typer.Option(help="What people do: mixed, queue_rush, seat_grab or promo_burst.")
    ] = "mixed",
    sockets: Annotated[int, typer.Option(min=1, max=900, help="People who shop meanwhile.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Hurt an installation of its own while people shop in it, and see whether anything is lost."""
    from loadtest.faults.clocks import library
    from loadtest.faults.report import as_json as told_as_json
    from loadtest.faults.report import as_text
    from loadtest.faults.run import Wish, run
    from loadtest.faults.schedule import JUMPS, KINDS

    if unknown := set(only or ()) - set(KINDS):
        raise typer.BadParameter(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
    if scenario not in SHOPPING:
        raise typer.BadParameter(f"there is no {scenario}; there are {', '.join(SHOPPING)}")
    kinds = tuple(only or KINDS)
    if library() is None:
        kinds = tuple(kind for kind in kinds if kind not in JUMPS)
        print(NO_CLOCKS, file=sys.stderr, flush=True)
        if not kinds:
            raise typer.BadParameter(NO_CLOCKS)
    seed = secrets.randbelow(10**9) if seed is None else seed
    print(f"seed {seed}", file=sys.stderr, flush=True)
    wish = Wish(seed, minutes * 60, sockets, mishaps_max=mishaps, kinds=kinds, scenario=scenario)
    with cleaned_up():
        report = carried_out(lambda: run(wish, say))
    print(told_as_json(report) if as_json else as_text(report))
    if report.wrong:
        raise typer.Exit(BROKEN)


def say(line: str) -> None:
    print(f"  {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    app(prog_name="make faults")
