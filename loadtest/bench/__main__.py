"""`aforo bench` and `python -m loadtest.bench`."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
import uvloop

if TYPE_CHECKING:
    from loadtest.bench.run import Wish

INTERRUPTED = 130

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    *,
    quick: Annotated[bool, typer.Option("--quick", help="One short round of everything.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print the table as Markdown.")] = False,
    only: Annotated[
        list[str] | None, typer.Option(help="A measurement to run, such as holds_engine; may be repeated.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write the report to this HTML file, too.")] = None,
    picture: Annotated[Path | None, typer.Option(help="Write the report as PNG, too (needs Chromium).")] = None,
) -> None:
    """Measure this machine, on stores of the benchmark's own, and print each figure beside its baseline.

    Examples: `aforo bench --quick` · `aforo bench --only fanout --only watchers` · `aforo bench --report bench.html`
    """
    from loadtest.bench.picture import NoPicture
    from loadtest.bench.run import MEASURES, Form, Wish

    form = Form.JSON if as_json else Form.MARKDOWN if as_markdown else Form.TABLE
    unknown = set(only or ()) - {measure.name for measure in MEASURES}
    if unknown:
        raise typer.BadParameter(
            f"there is no {', '.join(sorted(unknown))}; there are {', '.join(m.name for m in MEASURES)}"
        )
    if picture is not None and picture.suffix != ".png":
        raise typer.BadParameter(f"a picture is a PNG: {picture} should end in .png")
    wish = Wish(quick=quick, form=form, only=only or (), report=report, picture=picture)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(until_told(wish))
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("stopped; nothing is left behind", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    except NoPicture as why:
        print(f"aforo: {why}", file=sys.stderr)
        raise typer.Exit(1) from None


async def until_told(wish: Wish) -> None:
    """Measure; SIGTERM ends it as Ctrl-C does, with everything cleaned up."""
    from loadtest.bench.run import bench

    task = asyncio.current_task()
    assert task is not None, "we run in one"
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await bench(wish)


if __name__ == "__main__":
    app(prog_name="aforo bench")
