"""Turns what the steps showed into advice. Pure; every rule of the advice is here.

Guarantees: nothing is advised that was not seen to hold, less the margin; without a pace that did, nothing is advised.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from server.rehearsing.model import Advice, Funnel, Load, Outlook, Room, Step, Wish

COMES_SHARE = 0.85  # of a crowd joins the room; the others only look
SHOPPERS_MIN = 10
FULL = 0.9  # of a core, or of a machine
LATE_MS = 250.0
NOT_OURS_SHARE = 0.35  # of what is used: then the limit is not only the installation's


def advise(
    wish: Wish, now: Room, steps: Sequence[Step], funnel: Funnel, *, inside_s: float, cores: int, servers: int
) -> Advice:
    """`steps` in the order they were tried, the first with the settings as they are."""
    # Until the stock was gone there was no time to see what a pace costs.
    held = [step for step in steps if step.held and not step.gone]
    broke = [step for step in steps if not step.held]
    stuck = [step for step in held if not step.reached and not step.people_short]
    limit = max((step.rate for step in held), default=0.0)
    safe = limit * (1 - wish.margin)
    worst = next(iter([*broke, *stuck]), max(steps, key=lambda step: step.rate))
    seen = max(wish.buyers, now.shoppers if steps[0].held and not now.open else 0)
    recommended = room_for(safe, limit, inside_s, now, seen) if limit else None
    met = bool(broke or stuck)
    unknown = "" if limit else why_unknown(steps, met)
    saturated = first_of(worst.load, cores, servers) if met else ""
    more = servers + 1 if saturated.startswith(NAMES["servers"]) and servers < cores else 0
    return Advice(
        limit_per_minute=limit * 60 if limit else None,
        limit_was_met=met,
        safe_per_minute=safe * 60 if limit else None,
        first=saturated,
        recommended=recommended,
        processes=more,
        now=outlook_of(now, inside_s, wish.expected, funnel),
        then=outlook_of(recommended, inside_s, wish.expected, funnel) if recommended else None,
        waiting_max=round(funnel.waiting_max * wish.expected / wish.buyers),
        now_is_safe=bool(steps) and steps[0].held,
        unknown=unknown,
        notes=(
            *notes_on(steps, worst, met),
            *(note_on_places(recommended, safe * inside_s) if recommended else [f"No room is recommended: {unknown}."]),
        ),
    )


def why_unknown(steps: Sequence[Step], met: bool) -> str:
    """Why no pace was seen to hold."""
    if met:
        return "no pace that was tried held"
    if any(step.gone for step in steps):
        return "nearly everything was sold or held before a pace could be seen, so the stock is the limit of this crowd"
    return "nobody came in"


def room_for(safe_per_s: float, limit_per_s: float, inside_s: float, now: Room, shoppers_max: int) -> Room:
    """The room through which `safe_per_s` come in once it is full; until then never more than the limit.

    Its pace is a whole number, so that of a few a second it is the number of shoppers that keeps the margin. More than
    `shoppers_max` were not seen inside, and are not advised.
    """
    shoppers = min(shoppers_max, max(SHOPPERS_MIN, math.floor(safe_per_s * inside_s)))
    pace = math.ceil(safe_per_s) if math.ceil(safe_per_s) <= limit_per_s else math.floor(safe_per_s)
    return Room(shoppers, max(1, pace), now.claim_seconds)


def inflow_of(room: Room, inside_s: float) -> float:
    """Buyers let in per second once the room is full."""
    return min(float(room.per_second), room.shoppers / inside_s)


def outlook_of(room: Room, inside_s: float, expected: int, funnel: Funnel) -> Outlook:
    inflow = inflow_of(room, inside_s)
    coming = expected * COMES_SHARE
    wanted = coming * funnel.units_each
    sold_out = wanted >= funnel.stock
    admitted = funnel.stock / funnel.units_each if sold_out and funnel.units_each else coming
    # The room fills at its pace, and then lets in as many as leave.
    at_once = min(admitted, room.shoppers)
    seconds = at_once / room.per_second + (admitted - at_once) / inflow + inside_s
    return Outlook(inflow * 60, room.shoppers, round(min(wanted, funnel.stock)), seconds / 60, sold_out)


def first_of(load: Load, cores: int, servers: int) -> str:
    """What was saturated first, in words with figures."""
    used = load.cores
    if used.get("valkey", 0.0) >= FULL:
        return f"Valkey: {used['valkey']:.2f} of the one core it can use"
    if servers and used.get("servers", 0.0) >= FULL * servers and servers < cores:
        return f"the server processes: {used['servers']:.2f} of {servers} cores"
    if load.machine >= FULL:
        most, most_cores = max(used.items(), key=lambda each: each[1], default=("", 0.0))
        told = f", most by {NAMES[most]} ({most_cores:.2f})" if most else ""
        return f"the processors of this machine: {load.machine * cores:.2f} of {cores} cores{told}"
    if servers and used.get("servers", 0.0) >= FULL * servers:
        return f"the server processes: {used['servers']:.2f} of {servers} cores"
    if used.get("worker", 0.0) >= FULL:
        return f"the worker: {used['worker']:.2f} of its core"
    if load.lag_ms >= LATE_MS:
        return f"the event loop of a server process: {load.lag_ms:.0f} ms late"
    busy = f"{load.machine * cores:.1f} of {cores} cores were busy" if load.machine else "none that can be seen"
    return f"no processor ({busy}): look at the disk of Postgres and at the network"


NAMES = {
    "servers": "the server processes",
    "valkey": "Valkey",
    "postgres": "Postgres",
    "worker": "the worker",
    "crowd": "the crowd itself",
    "others": "other programs",
}


def notes_on(steps: Sequence[Step], worst: Step, met: bool) -> list[str]:
    """What a reader should know before believing the figures."""
    notes = []
    used = sum(worst.load.cores.values())
    for part, remedy in (("crowd", "rehearse from another machine"), ("others", "rehearse when nothing else runs")):
        its = worst.load.cores.get(part, 0.0)
        if met and used and its / used >= NOT_OURS_SHARE:
            who = NAMES[part][0].upper() + NAMES[part][1:]
            notes.append(f"{who} took {its:.2f} of {used:.2f} cores in use: the real limit is higher; {remedy}.")
    if not met and steps[-1].people_short and not steps[-1].gone:
        notes.append("Nobody was left waiting: this many people can't bring more. Rehearse with more to see the limit.")
    return notes


def note_on_places(room: Room, wanted: float) -> list[str]:
    if room.shoppers >= math.floor(wanted) or room.shoppers <= SHOPPERS_MIN:
        return []
    return [
        f"The safe inflow would fill {wanted:,.0f} places; more than {room.shoppers:,} inside were not rehearsed. "
        f"Rehearse with --buyers {math.ceil(wanted / 100) * 100} to allow so many."
    ]
