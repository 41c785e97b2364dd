"""What ten thousand extra places cost whoever wants them, under each rule of entry.

The time from one network is found with the real script: a clock that the bench sets goes on as far as the script says.
The work of challenges is measured, solved by the library itself at the sizes that a network gets as it fills up.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import altcha

from engine.access import PLACES, Allowance, Allowances, Taken, Wait
from engine.access.challenges import Challenges, tries_at
from engine.keyring import Keyring
from engine.limits import PROOFS_PER_NETWORK_AND_HOUR_MAX
from loadtest.bench.measure import Bench, Figures, Measure, Row

PLACES_WANTED = 10_000
PLACES_SOONER = 1_000
ASKED_AT_ONCE = 500
LOADS = (0.0, 0.75, 1.0)
SOLVED_EACH = 12
MS_PER_S = 1_000
S_PER_HOUR = 3_600
BEGAN_MS = 1_800_000_000_000
ADDRESSES = "198.51.100.{}"


async def filled(bench: Bench, hosts: int, wanted: int) -> tuple[float, list[float]]:
    """Seconds until so many places were taken from these hosts, and how busy their network was at each place."""
    now_ms = BEGAN_MS
    allowances = Allowances(bench.engine.redis, clock=lambda: now_ms)
    allowance = Allowance(f"bench-{hosts}", PLACES.burst, PLACES.per_second)
    loads: list[float] = []
    while len(loads) < wanted:
        asks = min(ASKED_AT_ONCE, wanted - len(loads))
        answers = await asyncio.gather(
            *(allowances.take(allowance, ADDRESSES.format((len(loads) + at) % hosts + 1)) for at in range(asks))
        )
        loads += [answer.load for answer in answers if isinstance(answer, Taken)]
        waits = [answer.ms for answer in answers if isinstance(answer, Wait)]
        if waits:
            now_ms += max(waits)
    return (now_ms - BEGAN_MS) / MS_PER_S, loads


def solving(challenges: Challenges, load: float) -> float:
    """Processor seconds per try: the library's own solver, in this thread."""
    began, tries = time.thread_time(), 0
    for at in range(SOLVED_EACH):
        asked = altcha.Challenge.from_dict(challenges.ask("bench", f"buyer-{at}", "open", load))
        solution = altcha.solve_challenge(asked)
        assert solution is not None, "a challenge has a solution"
        tries += solution.counter + 1
    return (time.thread_time() - began) / tries


async def measure(bench: Bench) -> Figures:
    bench.step("what ten thousand places cost")
    wanted = PLACES_SOONER if bench.quick else PLACES_WANTED
    from_address, loads = await filled(bench, 1, wanted)
    from_network, _ = await filled(bench, 250, wanted)
    challenges = Challenges(Keyring.of_secret(b"of the benchmark alone"))
    per_try = [await asyncio.to_thread(solving, challenges, load) for load in LOADS]
    try_s = sorted(per_try)[len(per_try) // 2]
    work_s = sum(tries_at(load) / 2 * try_s for load in loads)
    return {
        "places": wanted,
        "from_one_address_s": round(from_address, 1),
        "from_one_24_s": round(from_network, 1),
        "try_us": round(try_s * 1_000_000, 1),
        "quiet_challenge_ms": round(tries_at(0.0) / 2 * try_s * MS_PER_S, 1),
        "busy_challenge_ms": round(tries_at(1.0) / 2 * try_s * MS_PER_S, 1),
        "challenges_processor_s": round(work_s, 1),
        "letters_s": (wanted / PROOFS_PER_NETWORK_AND_HOUR_MAX - 1) * S_PER_HOUR,
        "challenges_of_quiet_networks_processor_s": round(wanted * tries_at(0.0) / 2 * try_s, 1),
    }


def rows(figures: Figures) -> Iterator[Row]:
    places = f"{figures['places']:,} places"
    yield Row(f"{places} from one address, any rule", "s", figures["from_one_address_s"])
    yield Row("… from all of one /24", "s", figures["from_one_24_s"])
    yield Row(
        f"{places} under `challenge`, one address",
        "processor s",
        figures["challenges_processor_s"],
        beside=f"a challenge: {figures['quiet_challenge_ms']} ms, {figures['busy_challenge_ms']} ms on a busy network",
    )
    yield Row("… from networks that are quiet", "processor s", figures["challenges_of_quiet_networks_processor_s"])
    yield Row(
        f"{places} under `contact`, one /24",
        "s",
        figures["letters_s"],
        beside=f"{figures['places']:,} inboxes of one's own, by letters of which "
        f"{PROOFS_PER_NETWORK_AND_HOUR_MAX:,} an hour go out",
    )
    yield Row(f"{places} under `code`", "codes", 1, beside="known once, it serves all of them: networks are counted")


ENTRY_COSTS = Measure("entry_costs", measure, rows)
