"""`aforo storm` and `python -m loadtest.storm`."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer

from server.cli.stopping import carried_out, cleaned_up

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

BROKEN = 3
UNEVEN = 1.2  # the kernel deals connections to server processes by chance


@app.command()
def main(
    scenario: Annotated[str, typer.Argument(help="queue_rush, seat_grab, promo_burst, dashboards or mixed.")],
    *,
    host: Annotated[str, typer.Option(help="Where it runs, as in http://127.0.0.1:8080; empty: one of our own.")] = "",
    sockets: Annotated[int, typer.Option(min=1, max=200_000, help="People, each on a socket.")] = 1_000,
    seconds: Annotated[float, typer.Option(min=1, help="How long they act.")] = 20.0,
    processes: Annotated[int, typer.Option(min=1, max=64, help="Client processes.")] = 2,
    servers: Annotated[int, typer.Option(min=0, max=64, help="Server processes of our own; 0: as sockets need.")] = 0,
    seats: Annotated[int, typer.Option(min=160, max=200_000, help="Seats of the sale.")] = 20_000,
    think: Annotated[float, typer.Option(min=0, help="Pauses of people times this; 0: as fast as answers come.")] = 0.0,
    seed: Annotated[int | None, typer.Option(help="The same seed, the same people; random when left out.")] = None,
    api_key: Annotated[str, typer.Option(envvar="AFORO_API_KEY", help="Makes the sale and reads its orders.")] = "",
    data_dir: Annotated[Path | None, typer.Option(help="Of the running `aforo up`: lets `aforo verify` run.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    picture: Annotated[
        Path | None, typer.Option(help="Write the latencies here, as SVG, or as PNG (needs Chromium).")
    ] = None,
) -> None:
    """As many sockets as this machine carries, as fast as answers come; then an audit of everything that was told."""
    from crowd.crowd import CrowdFault, TooManySockets, check_files, processes_for, raise_files_max
    from crowd.scenarios import SCENARIOS
    from loadtest.chromium import NoPicture
    from loadtest.storm.report import as_text, picture_of, wire_of
    from loadtest.storm.run import Wish, run
    from loadtest.target import TargetFault, target_of

    if scenario not in SCENARIOS:
        raise typer.BadParameter(f"there is no {scenario}; there are {', '.join(SCENARIOS)}")
    if picture is not None and picture.suffix not in (".svg", ".png"):
        raise typer.BadParameter(f"a picture is SVG or PNG: {picture} should end in .svg or .png")
    seed = secrets.randbelow(10**9) if seed is None else seed
    print(f"{scenario}, {sockets:,} sockets, seed {seed}", file=sys.stderr)
    wish = Wish(SCENARIOS[scenario], sockets, seconds, processes, seats, think, seed)
    try:
        if picture is not None:
            ready_for(picture)
        files_max = raise_files_max()
        check_files(sockets, processes, files_max)
        servers = servers or max(os.cpu_count() or 1, processes_for(int(sockets * UNEVEN), files_max))
        with cleaned_up(), target_of(host, api_key, data_dir, servers) as target:
            result = carried_out(lambda: run(target, wish, say))
    except (TargetFault, CrowdFault, TooManySockets, NoPicture) as fault:
        print(f"aforo storm: {fault}", file=sys.stderr)
        raise typer.Exit(1) from fault
    if picture is not None:
        draw(picture, picture_of(result.outcome.tally, f"{scenario}, {sockets:,} sockets"))
    print(wire_of(result) if as_json else as_text(result), end=os.linesep)
    if result.findings.wrong:
        raise typer.Exit(BROKEN)


def ready_for(picture: Path) -> None:
    """Now, not after minutes. Raises NoPicture when a PNG can't be made here."""
    from loadtest.chromium import check

    if picture.suffix == ".png":
        check()
    picture.parent.mkdir(parents=True, exist_ok=True)


def draw(picture: Path, svg: str) -> None:
    from loadtest.chromium import take
    from loadtest.storm.report import HEIGHT, WIDTH

    if picture.suffix == ".png":
        carried_out(lambda: take(f"<style>body {{ margin: 0 }}</style>{svg}", picture, (WIDTH, HEIGHT)))
    else:
        picture.write_text(svg, encoding="utf-8")


def say(line: str) -> None:
    print(f"  {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    app(prog_name="aforo storm")
