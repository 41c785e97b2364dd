"""`aforo load` and `python -m loadtest.load`: Locust with the options of a run, and nothing else to remember."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from server.cli.stopping import cleaned_up, followed

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

ROOT = Path(__file__).parents[2]
STOP_S = 15
WEB_HOST = "127.0.0.1"  # the page knows the API key


@app.command()
def main(
    scenario: Annotated[str, typer.Argument(help="queue_rush, seat_grab, promo_burst, dashboards or mixed.")],
    *,
    host: Annotated[str, typer.Option(help="Where it runs, as in http://127.0.0.1:8080; empty: one of our own.")] = "",
    users: Annotated[int, typer.Option(min=1, help="People at the same time.")] = 100,
    ramp: Annotated[float, typer.Option(min=0.1, help="How many come each second until all are there.")] = 50,
    minutes: Annotated[float, typer.Option(min=0.01, help="How long it runs, the ramp included.")] = 1,
    think: Annotated[float, typer.Option(min=0, help="Pauses of people times this.")] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed, the same people.")] = 1,
    seats: Annotated[int, typer.Option(min=160, max=200_000, help="Seats of the sale that is made.")] = 20_000,
    sale: Annotated[str, typer.Option(help="A sale that exists, instead of one made for the run.")] = "",
    processes: Annotated[int, typer.Option(min=1, max=64, help="Worker processes here.")] = 1,
    web: Annotated[
        bool, typer.Option("--web", help="Locust's page on http://127.0.0.1:8089 instead of a run by itself.")
    ] = False,
    report: Annotated[Path | None, typer.Option(help="Write Locust's HTML report here.")] = None,
    api_key: Annotated[str, typer.Option(envvar="AFORO_API_KEY", help="Makes the sale and reads its orders.")] = "",
    data_dir: Annotated[Path | None, typer.Option(help="Of the running `aforo up`: lets `aforo verify` run.")] = None,
) -> None:
    """People on WebSockets with pauses as they make them, by Locust; then an audit of everything that was told."""
    from crowd.scenarios import SCENARIOS
    from loadtest.target import TargetFault, target_of

    if scenario not in SCENARIOS:
        raise typer.BadParameter(f"there is no {scenario}; there are {', '.join(SCENARIOS)}")
    command = [sys.executable, "-m", "locust", "-f", str(Path(__file__).parents[1] / "locustfile.py")]
    command += ["--scenario", scenario, "--sale", sale, "--seats", str(seats), "--seed", str(seed)]
    command += ["--think", str(think), "--users", str(users), "--spawn-rate", str(ramp), "--stop-timeout", str(STOP_S)]
    command += (
        ["--web-host", WEB_HOST]
        if web
        else ["--headless", "--only-summary", "--run-time", f"{max(1, round(minutes * 60))}s"]
    )
    command += ["--processes", str(processes)] if processes > 1 else []
    command += ["--html", str(report)] if report else []
    try:
        with cleaned_up(), target_of(host, api_key, data_dir) as target:
            near = ["--data-dir", str(target.data_dir)] if target.data_dir else []
            environment = {**os.environ, "AFORO_API_KEY": target.key, "PYTHONPATH": str(ROOT)}
            ended = followed([*command, *near, "--host", target.base_url], environment)
    except TargetFault as fault:
        print(f"aforo load: {fault}", file=sys.stderr)
        raise typer.Exit(1) from fault
    raise typer.Exit(ended)


if __name__ == "__main__":
    app(prog_name="aforo load")
