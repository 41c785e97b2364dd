"""The report of a rehearsal: for people, and as JSON."""

from __future__ import annotations

import dataclasses
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from server.rehearsing.model import Advice, Outlook, Room, Wish
from server.rehearsing.run import Result
from server.rehearsing.show import table_of, wire_of_step

WIDTH_CHARS = 132  # where no terminal says how wide it is


def wire_of(result: Result) -> str:
    advice, funnel = result.advice, result.funnel
    told: dict[str, Any] = {
        "sale": result.wish.sale,
        "buyers": result.wish.buyers,
        "expected": result.wish.expected,
        "seed": result.wish.seed,
        "ended": result.ended,
        "inside_s": round(result.inside_s, 1),
        "inside_from": result.inside_from,
        "steps": [wire_of_step(step) for step in result.steps],
        "funnel": dataclasses.asdict(funnel) | {"units_each": round(funnel.units_each, 3)},
        "limit_per_minute": rounded(advice.limit_per_minute),
        "limit_was_met": advice.limit_was_met,
        "safe_inflow_per_minute": rounded(advice.safe_per_minute),
        "saturates_first": advice.first,
        "waiting_max": advice.waiting_max,
        "now": {"settings": settings(result.room), "is_safe": advice.now_is_safe, **outlook_wire(advice.now)},
        "recommended": {
            "settings": settings(advice.recommended) if advice.recommended else None,
            "processes": advice.processes or None,
            **(outlook_wire(advice.then) if advice.then else {}),
        },
        "broken": result.broken,
        "failed": dict(result.failed),
        "notes": list(advice.notes),
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()


def rounded(per_minute: float | None) -> float | None:
    return None if per_minute is None else round(per_minute, 1)


def settings(room: Room) -> dict[str, int] | None:
    """As a change of the sale takes them."""
    if room.open:
        return None
    return {"shoppers": room.shoppers, "per_second": room.per_second, "claim_seconds": room.claim_seconds}


def outlook_wire(outlook: Outlook) -> dict[str, Any]:
    return {
        "admitted_per_minute": round(outlook.per_minute, 1),
        "units_sold": outlook.sold,
        "sold_out": outlook.sold_out,
        "minutes": round(outlook.minutes, 1),
    }


def tell(result: Result, console: Console) -> None:
    """Print it for people; in colours where the console has them."""
    name = result.info.event.name if result.info.event else result.wish.sale
    console.print(f"[bold]{name}[/bold] ({result.wish.sale}), rehearsed with {result.wish.buyers:,} people")
    console.print()
    console.print(table_of(result.steps, result.wish.bounds))
    console.print(f"It ended since {result.ended}.")
    console.print()
    console.print(findings(result))
    console.print()
    console.print(settings_table(result))
    if result.failed:
        listed = ", ".join(f"{what} {count:,}" for what, count in result.failed)
        console.print(f"- Asks that failed: {listed}.", soft_wrap=True)
    for note in result.advice.notes:
        console.print(f"- {note}", soft_wrap=True)
    for each in result.broken:
        console.print(f"[red]BROKEN[/red] {each}", soft_wrap=True)


def findings(result: Result) -> Table:
    advice, funnel, wish = result.advice, result.funnel, result.wish
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for each in inflow(advice, wish):
        table.add_row(*each)
    table.add_row("saturates first", advice.first or "nothing did")
    table.add_row(
        "who came in",
        f"{funnel.admitted:,}, of whom {funnel.orders:,} bought {funnel.units:,}: {funnel.units_each:.2f} each",
    )
    table.add_row("time inside", f"{result.inside_s:.0f} s, {result.inside_from}")
    table.add_row("waiting at most", f"about {advice.waiting_max:,} of {wish.expected:,}")
    sound = (
        "every invariant held, all was as it was told" if not result.broken else f"{len(result.broken)} BROKEN, below"
    )
    table.add_row("audit", sound)
    return table


def inflow(advice: Advice, wish: Wish) -> list[tuple[str, str]]:
    """What is safe, and by how much; or why that can't be said."""
    if advice.safe_per_minute is None or advice.limit_per_minute is None:
        return [("safe inflow", f"not known: {advice.unknown}")]
    per = "the most that held" if advice.limit_was_met else "the most that was tried, and it held"
    return [
        ("safe inflow", f"{advice.safe_per_minute:,.0f} a minute"),
        ("", f"{advice.limit_per_minute:,.0f} is {per}; {wish.margin:.0%} of it are left as a margin"),
    ]


def settings_table(result: Result) -> Table:
    advice, wish = result.advice, result.wish
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(f"with {wish.expected:,} buyers")
    table.add_column("as it is set", justify="right")
    table.add_column("recommended", justify="right")
    now, then = result.room, advice.recommended
    if now.open:
        table.add_row("room", "none", "one, in a new sale" if then else "-")
    before, after = settings(now) or {}, (settings(then) if then else None) or {}
    for name in ("shoppers", "per_second", "claim_seconds"):
        table.add_row(name, *(f"{each[name]:,}" if name in each else "-" for each in (before, after)))
    if advice.processes:
        table.add_row("processes (AFORO_PROCESSES)", "", str(advice.processes))
    let_in = "everybody at once" if now.open else f"{advice.now.per_minute:,.0f}"
    table.add_row("let in a minute", let_in, f"{advice.then.per_minute:,.0f}" if advice.then else "-")
    table.add_row("sold", sold(advice.now), sold(advice.then) if advice.then else "-")
    table.add_row("the rehearsed crowd", "[green]held[/green]" if advice.now_is_safe else "[red]too much[/red]", "")
    return table


def sold(outlook: Outlook) -> str:
    if outlook.sold_out:
        return f"out in {length(outlook.minutes)}"
    return f"{outlook.sold:,} in {length(outlook.minutes)}"


def length(minutes: float) -> str:
    if minutes < 2:
        return f"{minutes * 60:.0f} s"
    return f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:.1f} hours"
